# Where every number came from, and whether it still holds.


# no benchmark, here and below: nothing would vouch for the timing of what comes last
rule manifest:
    input:
        code=code("manifest"),
        made=evidence,
    output:
        "results/{study}/audit/manifest.jsonl",
    log:
        "results/{study}/logs/manifest.log",
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(1000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(20, attempt),
    params:
        wildcards=named,
    shell:
        RECORD + "python scripts/manifest.py --study {wildcards.study} --out {output} &> {log}"
