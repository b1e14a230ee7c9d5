# Teacher outputs: one engine load answers the requests of all direct methods for a teacher, a language and a trial.


REQUESTS = expand("results/{{study}}/requests/{{language}}/{method}.parquet", method=DESIGN.direct_methods)
SYNTHETIC = [
    f"results/{{study}}/synthetic/{{teacher}}/{{language}}/{method}/trial{{trial}}" for method in DESIGN.direct_methods
]


rule generate:
    input:
        code=code("generate"),
        templates=files_below("resources/prompts"),
        model=lambda wildcards: DESIGN.model_folder(teacher(wildcards)["model"]),
        requests=REQUESTS,
    output:
        rows=[f"{prefix}.parquet" for prefix in SYNTHETIC],
        rejected=[f"{prefix}.rejected.parquet" for prefix in SYNTHETIC],
        counts=[f"{prefix}.counts.json" for prefix in SYNTHETIC],
    log:
        "results/{study}/logs/generate/{teacher}/{language}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/generate/{teacher}/{language}/trial{trial}.tsv"
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
    conda:
        ENV
    threads: 1
    resources:
        gpu=lambda wildcards: gpus(DESIGN.size_b(teacher(wildcards)["model"]), teacher(wildcards)["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(teacher(wildcards)["model"]), teacher(wildcards)["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(120, attempt),
    params:
        job=job,
        name=lambda wildcards: config["languages"][wildcards.language]["name"],
        style=lambda wildcards: teacher(wildcards)["style"],
        sampling=lambda wildcards: text(teacher(wildcards)["sampling"]),
        max_model_len=lambda wildcards: teacher(wildcards)["max_model_len"],
        dtype=lambda wildcards: teacher(wildcards)["dtype"],
        max_characters=config["synthesis"]["max_characters"],
        wanted=rows_wanted,
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
        out=lambda wildcards: f"results/{wildcards.study}/synthetic/{wildcards.teacher}/{wildcards.language}",
    shell:
        recorded(
            "python scripts/generate.py --model {input.model} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --language-name {params.name:q} --trial {wildcards.trial}"
            " --style {params.style} --sampling {params.sampling} --max-model-len {params.max_model_len}"
            " --max-characters {params.max_characters}"
            " --dtype {params.dtype} --gpus {resources.gpu} --seed {params.seed} --chunk-size {params.chunk_size}"
            " --templates resources/prompts --requests {input.requests} --wanted {params.wanted}"
            " --out {params.out} &> {log}"
        )


rule generate_api:
    input:
        code=code("generate_api"),
        templates=files_below("resources/prompts"),
        requests=REQUESTS,
    output:
        rows=[f"{prefix}.parquet" for prefix in SYNTHETIC],
        rejected=[f"{prefix}.rejected.parquet" for prefix in SYNTHETIC],
        counts=[f"{prefix}.counts.json" for prefix in SYNTHETIC],
    log:
        "results/{study}/logs/generate_api/{teacher}/{language}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/generate_api/{teacher}/{language}/trial{trial}.tsv"
    wildcard_constraints:
        teacher=any_of(DESIGN.api_teachers),
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(600, attempt),
    params:
        job=job,
        name=lambda wildcards: config["languages"][wildcards.language]["name"],
        api=lambda wildcards: text(teacher(wildcards)["api"]),
        sampling=lambda wildcards: text(teacher(wildcards)["sampling"]),
        max_characters=config["synthesis"]["max_characters"],
        wanted=rows_wanted,
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
        out=lambda wildcards: f"results/{wildcards.study}/synthetic/{wildcards.teacher}/{wildcards.language}",
    shell:
        recorded(
            "python scripts/generate_api.py --api {params.api} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --language-name {params.name:q} --trial {wildcards.trial}"
            " --sampling {params.sampling} --seed {params.seed} --chunk-size {params.chunk_size}"
            " --templates resources/prompts --requests {input.requests} --wanted {params.wanted}"
            " --out {params.out} &> {log}"
        )
