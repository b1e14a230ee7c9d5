# The frozen rows of a data set: intrinsic metrics and training both read exactly these.


rule mix:
    input:
        code=code("mix"),
        synthetic=lambda wildcards: expand(
            "results/{{study}}/{folder}/{{teacher}}/{{language}}/{method}/trial{{trial}}.parquet",
            folder="filtered" if DESIGN.is_filtered(wildcards.recipe) else "synthetic",
            method=config["recipes"][wildcards.recipe],
        ),
    output:
        rows=f"results/{{study}}/data/{DATA}.parquet",
        counts=f"results/{{study}}/data/{DATA}.counts.json",
    log:
        f"results/{{study}}/logs/mix/{DATA}.log",
    benchmark:
        f"results/{{study}}/timings/mix/{DATA}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        parts=lambda wildcards, input: [
            f"{method}={file}" for method, file in zip(config["recipes"][wildcards.recipe], input.synthetic)
        ],
        shortage=config["mixing"]["shortage"],
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/mix.py --synthetic {params.parts} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --recipe {wildcards.recipe} --size {wildcards.size}"
            " --trial {wildcards.trial} --shortage {params.shortage} --seed {params.seed} --out {output.rows} &> {log}"
        )
