# Everything that was measured, one row a student: intrinsic metrics, evaluation, and the student's own two anchors.


rule collect:
    input:
        code=code("collect"),
        measured=DESIGN.measured(),
    output:
        "results/{study}/measurements.csv",
    log:
        "results/{study}/logs/collect.log",
    benchmark:
        "results/{study}/timings/collect.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        wildcards=named,
        results="results/{study}",
        cells=text([list(cell) for cell in DESIGN.cells]),
        anchors=text({name: [entry["model"], entry["reference"]] for name, entry in config["student_bases"].items()}),
        measures=text({name: config["benchmarks"][name]["measures"] for name in DESIGN.benchmarks}),
    shell:
        RECORD
        + "python scripts/collect.py --results {params.results} --cells {params.cells} --anchors {params.anchors}"
        " --measures {params.measures} --out {output} &> {log}"
