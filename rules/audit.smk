# Where every number came from, and whether it still holds.
from glob import glob


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
        job=job,
    shell:
        recorded("python scripts/manifest.py --study {wildcards.study} --out {output} &> {log}")


PAGES = ["summary.md", "index.html", "findings.csv", "findings.json"]


# it has no output, so that it runs whenever it is asked for, and what it writes stays when it fails
rule audit:
    input:
        code=code("audit"),
        manifest=f"{DESIGN.folder}/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
    log:
        f"{DESIGN.folder}/logs/audit.log",
    conda:
        ENV
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        study=STUDY,
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        pages=[f"{DESIGN.folder}/audit/{name}" for name in PAGES],
    shell:
        "python scripts/record.py --wildcards {params.job} --threads {threads} --code {input.code}"
        " --outputs {params.pages} --logs {log} --failures-too -- python scripts/audit.py --study {params.study}"
        " --schemas {input.schemas} --template {input.template} --log {log} --threads {threads} --out {params.folder} &> {log}"


use rule audit as audit_published with:
    input:
        code=code("audit"),
        manifest="results/published/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
    log:
        "results/published/logs/audit_published.log",
    params:
        job=job,
        study="published",
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        pages=[f"results/published/audit/{name}" for name in PAGES],
