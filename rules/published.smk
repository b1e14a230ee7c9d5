# The study `published`: the paper's printed numbers in the columns of every other study.


rule published_measurements:
    input:
        code=code("published_measurements"),
        printed=PRINTED_TABLES,
    output:
        measurements="results/published/measurements.csv",
        teachers="results/published/teachers.csv",
    log:
        "results/published/logs/published_measurements.log",
    benchmark:
        "results/published/timings/published_measurements.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        folder=lambda wildcards, input: os.path.dirname(input.printed[0]),
    shell:
        recorded(
            "python scripts/published_measurements.py --published {params.folder}"
            " --out {output.measurements} --teachers {output.teachers} &> {log}"
        )
