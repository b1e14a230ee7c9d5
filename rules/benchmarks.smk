# Benchmarks: local items, made once for each language, with an order of options that is the same for every model.


rule prepare_benchmark:
    input:
        code=code("prepare_benchmark"),
        adapter=lambda wildcards: code(f"polyglot/benchmarks/{config['benchmarks'][wildcards.benchmark]['adapter']}"),
        resources=lambda wildcards: adapter_files("benchmarks", wildcards.benchmark),
        seeds=lambda wildcards: [
            f"results/{STUDY}/seeds/{source}.parquet"
            for source in [config["benchmarks"][wildcards.benchmark].get("source")]
            if source
        ],
        datasets=lambda wildcards: [
            f"results/{STUDY}/datasets/{dataset}" for dataset in DESIGN.benchmark_datasets(wildcards.benchmark)
        ],
    output:
        rows="results/{study}/benchmarks/{benchmark}/{language}.jsonl",
        shots="results/{study}/benchmarks/{benchmark}/{language}.shots.jsonl",
        counts="results/{study}/benchmarks/{benchmark}/{language}.counts.json",
    log:
        "results/{study}/logs/prepare_benchmark/{benchmark}/{language}.log",
    benchmark:
        "results/{study}/timings/prepare_benchmark/{benchmark}/{language}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(30, attempt),
    params:
        job=job,
        adapter=lambda wildcards: config["benchmarks"][wildcards.benchmark]["adapter"],
        number=lambda wildcards: config["benchmarks"][wildcards.benchmark]["items"],
        shots=lambda wildcards: config["benchmarks"][wildcards.benchmark]["shots"],
        seeds=lambda wildcards, input: f"--seeds {input.seeds}" if input.seeds else "",
        datasets=lambda wildcards, input: f"--dataset {input.datasets}" if input.datasets else "",
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/prepare_benchmark.py --benchmark {wildcards.benchmark} --adapter {params.adapter}"
            " --language {wildcards.language} --items {params.number} --shots {params.shots} {params.seeds}"
            " {params.datasets}"
            " --resources resources --seed {params.seed} --out {output.rows} &> {log}"
        )
