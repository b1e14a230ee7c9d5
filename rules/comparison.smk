# The students of one language beside other models: Figure 9, Tables 18 and 19. Nothing where the design lacks the language.
COMPARED = config.get("comparison", {})
LANGUAGE_TABLES = ["18", "19"] if DESIGN.compared_models else []


if DESIGN.compared_models:

    rule comparison:
        input:
            code=code("comparison"),
            measurements="results/{study}/measurements.csv",
            evaluations=DESIGN.compared_evaluations(),
        output:
            "results/{study}/comparison.csv",
        log:
            "results/{study}/logs/comparison.log",
        benchmark:
            "results/{study}/timings/comparison.tsv"
        conda:
            ENV
        threads: 1
        resources:
            mem_mb=lambda wildcards, attempt: sizing.memory_mb(500, attempt),
            runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
        params:
            job=job,
            evaluations="results/{study}/evaluations/models",
            language=COMPARED["language"],
            base=config["student_bases"][DESIGN.compared_base]["model"],
            models=COMPARED["models"],
            benchmarks=text(DESIGN.benchmarks),
        shell:
            recorded(
                "python scripts/comparison.py --measurements {input.measurements}"
                " --evaluations {params.evaluations} --language {params.language} --base {params.base}"
                " --models {params.models} --benchmarks {params.benchmarks} --out {output} &> {log}"
            )

    rule language_tables:
        input:
            code=code("language_tables"),
            seeds=expand("results/{{study}}/seeds/{source}.counts.json", source=DESIGN.sources_of(COMPARED["language"])),
            comparison="results/{study}/comparison.csv",
        output:
            csv=expand("results/{{study}}/tables/table_{number}.csv", number=LANGUAGE_TABLES),
            markdown=expand("results/{{study}}/tables/table_{number}.md", number=LANGUAGE_TABLES),
            latex=expand("results/{{study}}/tables/table_{number}.tex", number=LANGUAGE_TABLES),
        log:
            "results/{study}/logs/language_tables.log",
        benchmark:
            "results/{study}/timings/language_tables.tsv"
        conda:
            ENV
        threads: 1
        resources:
            mem_mb=lambda wildcards, attempt: sizing.memory_mb(500, attempt),
            runtime=lambda wildcards, attempt: sizing.minutes(2, attempt),
        params:
            job=job,
            language=COMPARED["language"],
            name=text(config["languages"][COMPARED["language"]]["name"]),
            baseline="{teacher}/{recipe}-{size}".format(**COMPARED["baseline"]),
            folder="results/{study}/tables",
        shell:
            recorded(
                "python scripts/language_tables.py --seeds {input.seeds} --comparison {input.comparison}"
                " --language {params.language} --language-name {params.name} --baseline {params.baseline}"
                " --out {params.folder} &> {log}"
            )
