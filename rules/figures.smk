# What the paper's figures show: a CSV of exactly what is drawn and a JSON of annotations; drawing.smk draws them.


rule figure_01_data:
    input:
        code=code("figure_01_data"),
        workflow="resources/workflow.csv",
        scores="results/{study}/scores.csv",
    output:
        data="paper_figures/{study}/figure_01.csv",
        annotations="results/{study}/figures/figure_01.json",
    log:
        "results/{study}/logs/figure_01_data.log",
    benchmark:
        "results/{study}/timings/figure_01_data.tsv"
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
    shell:
        recorded(
            "python scripts/figure_01_data.py --workflow {input.workflow} --scores {input.scores}"
            " --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_02_data:
    input:
        code=code("figure_02_data"),
        scores="results/{study}/scores.csv",
        printed=printed_tables,
    output:
        data="paper_figures/{study}/figure_02.csv",
        annotations="results/{study}/figures/figure_02.json",
    log:
        "results/{study}/logs/figure_02_data.log",
    benchmark:
        "results/{study}/timings/figure_02_data.tsv"
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
        published=printed_option,
    shell:
        recorded(
            "python scripts/figure_02_data.py --scores {input.scores} --main-recipe {params.recipe}"
            " --main-size {params.size} {params.published} --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_03_data:
    input:
        code=code("figure_03_data"),
        components="results/{study}/statistics/components.json",
    output:
        data="paper_figures/{study}/figure_03.csv",
        annotations="results/{study}/figures/figure_03.json",
    log:
        "results/{study}/logs/figure_03_data.log",
    benchmark:
        "results/{study}/timings/figure_03_data.tsv"
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
    shell:
        recorded(
            "python scripts/figure_03_data.py --components {input.components}"
            " --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_04_data:
    input:
        code=code("figure_04_data"),
        components="results/{study}/statistics/components.json",
        predictions="results/{study}/statistics/predictions.csv",
    output:
        data="paper_figures/{study}/figure_04.csv",
        annotations="results/{study}/figures/figure_04.json",
    log:
        "results/{study}/logs/figure_04_data.log",
    benchmark:
        "results/{study}/timings/figure_04_data.tsv"
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
    shell:
        recorded(
            "python scripts/figure_04_data.py --components {input.components} --predictions {input.predictions}"
            " --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_05_data:
    input:
        code=code("figure_05_data"),
        scores="results/{study}/scores.csv",
    output:
        data="paper_figures/{study}/figure_05.csv",
        annotations="results/{study}/figures/figure_05.json",
    log:
        "results/{study}/logs/figure_05_data.log",
    benchmark:
        "results/{study}/timings/figure_05_data.tsv"
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
        base=main_base,
    shell:
        recorded(
            "python scripts/figure_05_data.py --scores {input.scores} --main-recipe {params.recipe}"
            " --student-base {params.base} --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_06_data:
    input:
        code=code("figure_06_data"),
        scores="results/{study}/scores.csv",
    output:
        data="paper_figures/{study}/figure_06.csv",
        annotations="results/{study}/figures/figure_06.json",
    log:
        "results/{study}/logs/figure_06_data.log",
    benchmark:
        "results/{study}/timings/figure_06_data.tsv"
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
        recipes=text(TRANSLATIONS),
        base=main_base,
    shell:
        recorded(
            "python scripts/figure_06_data.py --scores {input.scores} --recipes {params.recipes}"
            " --student-base {params.base} --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_07_data:
    input:
        code=code("figure_07_data"),
        scores="results/{study}/scores.csv",
    output:
        data="paper_figures/{study}/figure_07.csv",
        annotations="results/{study}/figures/figure_07.json",
    log:
        "results/{study}/logs/figure_07_data.log",
    benchmark:
        "results/{study}/timings/figure_07_data.tsv"
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
    shell:
        recorded(
            "python scripts/figure_07_data.py --scores {input.scores} --main-recipe {params.recipe}"
            " --main-size {params.size} --student-base {params.base} --out {output.data}"
            " --annotations {output.annotations} &> {log}"
        )


rule figure_08_data:
    input:
        code=code("figure_08_data"),
        scores="results/{study}/scores.csv",
        languages=f"{PRINTED}/table08_languages.csv",
        autonyms="resources/autonyms.csv",
    output:
        data="paper_figures/{study}/figure_08.csv",
        annotations="results/{study}/figures/figure_08.json",
    log:
        "results/{study}/logs/figure_08_data.log",
    benchmark:
        "results/{study}/timings/figure_08_data.tsv"
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
    shell:
        recorded(
            "python scripts/figure_08_data.py --scores {input.scores} --main-recipe {params.recipe}"
            " --main-size {params.size} --student-base {params.base} --languages {input.languages}"
            " --autonyms {input.autonyms} --out {output.data} --annotations {output.annotations} &> {log}"
        )


rule figure_09_data:
    input:
        code=code("figure_09_data"),
        measurements="results/{study}/measurements.csv",
        comparison=comparison_table,
    output:
        data="paper_figures/{study}/figure_09.csv",
        annotations="results/{study}/figures/figure_09.json",
    log:
        "results/{study}/logs/figure_09_data.log",
    benchmark:
        "results/{study}/timings/figure_09_data.tsv"
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
        base=drawn_base,
        comparison=comparison_option,
    shell:
        recorded(
            "python scripts/figure_09_data.py --measurements {input.measurements} --main-recipe {params.recipe}"
            " --main-size {params.size} --student-base {params.base} {params.comparison} --out {output.data}"
            " --annotations {output.annotations} &> {log}"
        )
