# The paper's tables, each as CSV, Markdown and LaTeX.


rule score_tables:
    input:
        code=code("score_tables"),
        scores="results/{study}/scores.csv",
        printed=printed_tables,
    output:
        csv=expand("results/{{study}}/tables/table_{number}.csv", number=SCORE_TABLES),
        markdown=expand("results/{{study}}/tables/table_{number}.md", number=SCORE_TABLES),
        latex=expand("results/{{study}}/tables/table_{number}.tex", number=SCORE_TABLES),
    log:
        "results/{study}/logs/score_tables.log",
    benchmark:
        "results/{study}/timings/score_tables.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
        base=main_base,
        families=families,
        published=printed_option,
        folder="results/{study}/tables",
    shell:
        recorded(
            "python scripts/score_tables.py --scores {input.scores} --main-recipe {params.recipe}"
            " --main-size {params.size} --main-base {params.base} --families {params.families} {params.published}"
            " --out {params.folder} &> {log}"
        )


rule statistics_tables:
    input:
        code=code("statistics_tables"),
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        printed=printed_tables,
    output:
        csv=expand("results/{{study}}/tables/table_{number}.csv", number=STATISTICS_TABLES),
        markdown=expand("results/{{study}}/tables/table_{number}.md", number=STATISTICS_TABLES),
        latex=expand("results/{{study}}/tables/table_{number}.tex", number=STATISTICS_TABLES),
    log:
        "results/{study}/logs/statistics_tables.log",
    benchmark:
        "results/{study}/timings/statistics_tables.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        published=printed_option,
        folder="results/{study}/tables",
    shell:
        recorded(
            "python scripts/statistics_tables.py --mixed {input.mixed} --components {input.components}"
            " {params.published} --out {params.folder} &> {log}"
        )


rule fact_tables:
    input:
        code=code("fact_tables"),
        printed=PRINTED_TABLES,
    output:
        csv=expand("results/published/tables/table_{number}.csv", number=FACT_TABLES),
        markdown=expand("results/published/tables/table_{number}.md", number=FACT_TABLES),
        latex=expand("results/published/tables/table_{number}.tex", number=FACT_TABLES),
    log:
        "results/published/logs/fact_tables.log",
    benchmark:
        "results/published/timings/fact_tables.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        published=lambda wildcards, input: os.path.dirname(input.printed[0]),
        folder=lambda wildcards, output: os.path.dirname(output.csv[0]),
    shell:
        recorded("python scripts/fact_tables.py --published {params.published} --out {params.folder} &> {log}")


rule study_tables:
    input:
        code=code("study_tables"),
        seeds=expand("results/{{study}}/seeds/{source}.counts.json", source=DESIGN.sources),
        printed=[f"{PRINTED}/table06_seed_counts.csv", f"{PRINTED}/table18_tagalog_seed.csv"],
        teachers="results/{study}/teachers.csv",
        languages=f"{PRINTED}/table08_languages.csv",
    output:
        csv=expand("results/{{study}}/tables/table_{number}.csv", number=STUDY_TABLES),
        markdown=expand("results/{{study}}/tables/table_{number}.md", number=STUDY_TABLES),
        latex=expand("results/{{study}}/tables/table_{number}.tex", number=STUDY_TABLES),
    log:
        "results/{study}/logs/study_tables.log",
    benchmark:
        "results/{study}/timings/study_tables.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        facts=text(TEACHER_FACTS),
        names=text({cell.language: config["languages"][cell.language]["name"] for cell in DESIGN.cells}),
        benchmarks=text({name: config["benchmarks"][name] for name in DESIGN.benchmarks}),
        folder="results/{study}/tables",
    shell:
        recorded(
            "python scripts/study_tables.py --seeds {input.seeds} --printed {input.printed} --teachers {input.teachers}"
            " --facts {params.facts} --names {params.names} --languages {input.languages} --benchmarks {params.benchmarks}"
            " --out {params.folder} &> {log}"
        )
