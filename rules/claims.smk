# What the numbers say: the ledger of claims, the anchors, the sensitivity of the order of teachers, the coverage.


rule anchors:
    input:
        code=code("anchors"),
        measurements="results/{study}/measurements.csv",
        scores="results/{study}/scores.csv",
    output:
        expand("results/{{study}}/anchors/{name}.csv", name=["anchors", "places", "orders", "identical", "chance"]),
        page="results/{study}/anchors/anchors.md",
    log:
        "results/{study}/logs/anchors.log",
    benchmark:
        "results/{study}/timings/anchors.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=800,
        runtime=2,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
        chance=chance,
        folder="results/{study}/anchors",
    shell:
        recorded(
            "python scripts/anchors.py --measurements {input.measurements} --scores {input.scores}"
            " --main-recipe {params.recipe} --main-size {params.size} --chance {params.chance}"
            " --out {params.folder} &> {log}"
        )


rule sensitivity:
    input:
        code=code("sensitivity"),
        scores="results/{study}/scores.csv",
        evaluations=anchor_evaluations,
    output:
        expand("results/{{study}}/sensitivity/{name}.csv", name=["variants", "survival", "alpha"]),
        page="results/{study}/sensitivity/sensitivity.md",
    log:
        "results/{study}/logs/sensitivity.log",
    benchmark:
        "results/{study}/timings/sensitivity.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=800,
        runtime=2,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
        base=main_base,
        benchmarks=benchmark_options,
        folder="results/{study}/sensitivity",
    shell:
        recorded(
            "python scripts/sensitivity.py --scores {input.scores} --main-recipe {params.recipe}"
            " --main-size {params.size} --student-base {params.base} {params.benchmarks} --out {params.folder} &> {log}"
        )


rule claims:
    input:
        code=code("claims"),
        claims=f"{PRINTED}/claims.csv",
        scores="results/{study}/scores.csv",
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        languages=f"{PRINTED}/table08_languages.csv",
        comparison=comparison_table,
        printed=printed_tables,
    output:
        ledger="results/{study}/claims.csv",
        page="results/{study}/claims.md",
    log:
        "results/{study}/logs/claims.log",
    benchmark:
        "results/{study}/timings/claims.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=2,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
        base=main_base,
        families=families,
        comparison=comparison_option,
        published=printed_option,
    shell:
        recorded(
            "python scripts/claims.py --claims {input.claims} --scores {input.scores}"
            " --mixed {input.mixed} --components {input.components} --languages {input.languages}"
            " --families {params.families} --main-recipe {params.recipe} --main-size {params.size}"
            " --main-base {params.base} {params.comparison} {params.published} --out {output.ledger} &> {log}"
        )


rule coverage:
    input:
        code=code("coverage"),
        coverage="resources/coverage.csv",
    output:
        sheet="results/published/coverage.csv",
        page="results/published/coverage.md",
    log:
        "results/published/logs/coverage.log",
    benchmark:
        "results/published/timings/coverage.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        tables=[Path(file).stem.removeprefix("table_") for file in tables_of("published")],
        figures=[Path(file).stem.removeprefix("figure_") for file in figures_of("published")],
    shell:
        recorded(
            "python scripts/coverage.py --coverage {input.coverage} --tables {params.tables} --figures {params.figures}"
            " --out {output.sheet} &> {log}"
        )
