# Requests: which seed prompts, with which demonstrations, every teacher is asked; the same for all teachers.


rule select_requests:
    input:
        code=code("select_requests"),
        seeds=lambda wildcards: DESIGN.seed_tables(wildcards.language),
    output:
        requests="results/{study}/requests/{language}/{method}.parquet",
        counts="results/{study}/requests/{language}/{method}.counts.json",
    log:
        "results/{study}/logs/select_requests/{language}/{method}.log",
    benchmark:
        "results/{study}/timings/select_requests/{language}/{method}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(4000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        requests=lambda wildcards: DESIGN.requests(wildcards.language, wildcards.method),
        examples=config["synthesis"]["examples"],
        rounds=config["synthesis"]["rounds"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/select_requests.py --seeds {input.seeds} --language {wildcards.language}"
            " --method {wildcards.method} --count {params.requests} --examples {params.examples}"
            " --rounds {params.rounds} --seed {params.seed} --out {output.requests} &> {log}"
        )
