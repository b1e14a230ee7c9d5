# Everything that was measured, one row a student: intrinsic metrics, evaluation, and the student's own two anchors.
# A table for each student base and language, so that one more language reads nothing of the others again.


rule collect:
    input:
        code=code("collect"),
        measured=lambda wildcards: DESIGN.measured(DESIGN.cells_of(wildcards.student_base, wildcards.language)),
    output:
        "results/{study}/measurements/{student_base}/{language}.csv",
    log:
        "results/{study}/logs/collect/{student_base}/{language}.log",
    benchmark:
        "results/{study}/timings/collect/{student_base}/{language}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(1000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        results="results/{study}",
        cells=lambda wildcards: text(
            [list(cell) for cell in DESIGN.cells_of(wildcards.student_base, wildcards.language)]
        ),
        base=lambda wildcards: config["student_bases"][wildcards.student_base]["model"],
        reference=lambda wildcards: config["student_bases"][wildcards.student_base]["reference"],
        measures=text({name: config["benchmarks"][name]["measures"] for name in DESIGN.benchmarks}),
    shell:
        recorded(
            "python scripts/collect.py --results {params.results} --cells {params.cells} --base {params.base}"
            " --reference {params.reference} --measures {params.measures} --out {output} &> {log}"
        )


rule measurements:
    input:
        code=code("measurements"),
        tables=sorted(
            {f"results/{{study}}/measurements/{cell.student_base}/{cell.language}.csv" for cell in DESIGN.cells}
        ),
    output:
        "results/{study}/measurements.csv",
    log:
        "results/{study}/logs/measurements.log",
    benchmark:
        "results/{study}/timings/measurements.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(1000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
    shell:
        recorded("python scripts/measurements.py --tables {input.tables} --out {output} &> {log}")
