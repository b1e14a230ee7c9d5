# Raw prompts: one table a source, wrong-language and empty rows kept aside with their reasons.


rule fetch_seeds:
    input:
        code=code("fetch_seeds"),
        adapter=lambda wildcards: code(f"polyglot/sources/{config['sources'][wildcards.source]['adapter']}"),
        resources=lambda wildcards: adapter_files("sources", wildcards.source),
        dataset=lambda wildcards: [
            f"results/{STUDY}/datasets/{dataset}"
            for dataset in [config["sources"][wildcards.source].get("dataset")]
            if dataset
        ],
    output:
        seeds="results/{study}/seeds/{source}.parquet",
        rejected="results/{study}/seeds/{source}.rejected.parquet",
        counts="results/{study}/seeds/{source}.counts.json",
    log:
        "results/{study}/logs/fetch_seeds/{source}.log",
    benchmark:
        "results/{study}/timings/fetch_seeds/{source}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: sizing.memory_mb(4000 if input.dataset else 2000, attempt),
        runtime=lambda wildcards, input, attempt: sizing.minutes(180 if input.dataset else 30, attempt),
    params:
        job=job,
        adapter=lambda wildcards: config["sources"][wildcards.source]["adapter"],
        languages=lambda wildcards: config["sources"][wildcards.source]["languages"],
        options=lambda wildcards, input: text(
            {} if input.dataset else {"rows": config["sources"][wildcards.source].get("rows")}
        ),
        dataset=lambda wildcards, input: f"--dataset {input.dataset}" if input.dataset else "",
        rows=lambda wildcards: f"--rows {text(rows)}" if (rows := DESIGN.rows(wildcards.source)) else "",
        share=config["seeds"]["benchmark_share"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/fetch_seeds.py --source {wildcards.source} --adapter {params.adapter}"
            " --options {params.options} --languages {params.languages} --resources resources {params.dataset} {params.rows}"
            " --benchmark-share {params.share} --seed {params.seed} --out {output.seeds} &> {log}"
        )
