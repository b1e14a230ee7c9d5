# Contamination: what a training set holds of the benchmarks of its language, and the table of all of them.


CONTAMINATION = config["contamination"]


rule contamination_cell:
    input:
        code=code("contamination"),
        rows=f"results/{{study}}/data/{DATA}.parquet",
        benchmarks=lambda wildcards: [task["items"] for task in DESIGN.tasks(wildcards.language) if task["items"]],
    output:
        total=f"results/{{study}}/contamination/{DATA}.json",
        rows=f"results/{{study}}/contamination/{DATA}.parquet",
    log:
        f"results/{{study}}/logs/contamination_cell/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/contamination_cell/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: sizing.minutes(20, attempt),
    params:
        job=job,
        benchmarks=lambda wildcards: text(
            {task["benchmark"]: task["items"] for task in DESIGN.tasks(wildcards.language) if task["items"]}
        ),
        gram=lambda wildcards: (
            f"--n {CONTAMINATION['characters'][wildcards.language]} --characters"
            if wildcards.language in CONTAMINATION["characters"]
            else f"--n {CONTAMINATION['n']}"
        ),
        item_share=CONTAMINATION["item_share"],
        limit=CONTAMINATION["limit"],
    shell:
        recorded(
            "python scripts/contamination.py --data {input.rows} --benchmarks {params.benchmarks} {params.gram}"
            " --item-share {params.item_share} --limit {params.limit} --out {output.total} &> {log}"
        )


rule contamination_table:
    input:
        code=code("contamination_table"),
        totals=of_cells(f"results/{{study}}/contamination/{DATA}.json"),
    output:
        csv="results/{study}/contamination/contamination.csv",
        markdown="results/{study}/contamination/contamination.md",
    log:
        "results/{study}/logs/contamination_table.log",
    benchmark:
        "results/{study}/timings/contamination_table.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(1000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        folder="results/{study}/contamination",
        cells=text(DESIGN.trials),
        above=CONTAMINATION["above"],
    shell:
        recorded(
            "python scripts/contamination_table.py --folder {params.folder} --cells {params.cells}"
            " --above {params.above} --out {output.csv} &> {log}"
        )
