# Intrinsic metrics of a data set: one JSON a metric, with the values of every row beside it.
INTRINSIC = f"results/{{study}}/intrinsic/{DATA}"
ROWS = f"results/{{study}}/data/{DATA}.parquet"
EMBEDDER = config["embedders"][config["intrinsic"]["embedder"]]
JUDGE = config["judges"][config["intrinsic"]["judge"]]


rule diversity:
    input:
        code=code("diversity"),
        rows=ROWS,
        model=DESIGN.model_folder(EMBEDDER["model"]),
    output:
        metric=f"{INTRINSIC}/diversity.json",
        rows=f"{INTRINSIC}/diversity.parquet",
    log:
        f"results/{{study}}/logs/diversity/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/diversity/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=gpus(DESIGN.size_b(EMBEDDER["model"]), EMBEDDER["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(EMBEDDER["model"]), EMBEDDER["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        embedder=config["intrinsic"]["embedder"],
        pooling=EMBEDDER["pooling"],
        dtype=EMBEDDER["dtype"],
        max_model_len=EMBEDDER["max_model_len"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/diversity.py --data {input.rows} --model {input.model}"
            " --embedder {params.embedder} --pooling {params.pooling} --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --gpus {resources.gpu} --seed {params.seed}"
            " --out {output.metric} --rows {output.rows} &> {log}"
        )


rule perplexity:
    input:
        code=code("perplexity"),
        rows=ROWS,
        model=lambda wildcards: DESIGN.base_folder(wildcards.student_base),
    output:
        metric=f"{INTRINSIC}/perplexity-{{student_base}}.json",
        rows=f"{INTRINSIC}/perplexity-{{student_base}}.parquet",
    log:
        f"results/{{study}}/logs/perplexity/{DATA}/{{student_base}}.log",
    benchmark:
        f"results/{{study}}/timings/perplexity/{DATA}/{{student_base}}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=lambda wildcards: gpus(DESIGN.base_size_b(wildcards.student_base), config["intrinsic"]["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.base_size_b(wildcards.student_base), config["intrinsic"]["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        dtype=config["intrinsic"]["dtype"],
        max_model_len=lambda wildcards: DESIGN.training(wildcards.student_base)["max_length"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/perplexity.py --data {input.rows} --model {input.model}"
            " --dtype {params.dtype} --max-model-len {params.max_model_len} --gpus {resources.gpu}"
            " --seed {params.seed} --out {output.metric} --rows {output.rows} &> {log}"
        )


rule judge:
    input:
        code=code("judge"),
        templates=files_below("resources/judge"),
        rows=ROWS,
        model=DESIGN.model_folder(JUDGE["model"]),
    output:
        metric=f"{INTRINSIC}/judge.json",
        rows=f"{INTRINSIC}/judge.parquet",
    log:
        f"results/{{study}}/logs/judge/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/judge/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=gpus(DESIGN.size_b(JUDGE["model"]), JUDGE["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(JUDGE["model"]), JUDGE["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(120, attempt),
    params:
        job=job,
        judge=config["intrinsic"]["judge"],
        style=JUDGE["style"],
        name=lambda wildcards: config["languages"][wildcards.language]["name"],
        dtype=JUDGE["dtype"],
        max_model_len=JUDGE["max_model_len"],
        max_tokens=JUDGE["max_tokens"],
        invalid_limit=JUDGE["invalid_rate_limit"],
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/judge.py --data {input.rows} --model {input.model}"
            " --judge {params.judge} --style {params.style} --language-name {params.name:q}"
            " --templates resources/judge --dtype {params.dtype} --max-model-len {params.max_model_len}"
            " --max-tokens {params.max_tokens} --invalid-limit {params.invalid_limit}"
            " --chunk-size {params.chunk_size} --gpus {resources.gpu} --seed {params.seed}"
            " --out {output.metric} --rows {output.rows} &> {log}"
        )


rule length:
    input:
        code=code("length"),
        rows=ROWS,
        model=DESIGN.model_folder(config["intrinsic"]["length_model"]),
    output:
        metric=f"{INTRINSIC}/length.json",
        rows=f"{INTRINSIC}/length.parquet",
    log:
        f"results/{{study}}/logs/length/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/length/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
    shell:
        recorded(
            "python scripts/length.py --data {input.rows} --model {input.model}"
            " --out {output.metric} --rows {output.rows} &> {log}"
        )


rule fidelity:
    input:
        code=code("fidelity"),
        rows=ROWS,
    output:
        metric=f"{INTRINSIC}/fidelity.json",
        rows=f"{INTRINSIC}/fidelity.parquet",
    log:
        f"results/{{study}}/logs/fidelity/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/fidelity/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
    shell:
        recorded(
            "python scripts/fidelity.py --data {input.rows} --language {wildcards.language}"
            " --out {output.metric} --rows {output.rows} &> {log}"
        )
