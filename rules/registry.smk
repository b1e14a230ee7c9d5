# The hub's commits, locked in the registry, and its data sets, fetched at these commits.


# Declares no output, so that it runs whenever it is asked: what it changes is a file that people keep under version
# control, like the config, and that is read at parse.
rule lock_revisions:
    input:
        code=code("lock_revisions"),
        schema=REGISTRY_SCHEMA,
    log:
        f"{DESIGN.folder}/logs/lock_revisions.log",
    benchmark:
        f"{DESIGN.folder}/timings/lock_revisions.tsv"
    localrule: True
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        registry=REGISTRY,
        needed=text(HUB),
        renew=text(config["revisions"]["renew"]),
    shell:
        "python scripts/lock_revisions.py --registry {params.registry} --schema {input.schema}"
        " --needed {params.needed} --renew {params.renew} 2>&1 | tee {log}"


rule fetch_dataset:
    input:
        code=code("fetch_dataset"),
    output:
        directory("results/{study}/datasets/{dataset}"),
    log:
        "results/{study}/logs/fetch_dataset/{dataset}.log",
    benchmark:
        "results/{study}/timings/fetch_dataset/{dataset}.tsv"
    localrule: True
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(240, attempt),
    params:
        job=job,
        hub=lambda wildcards: config["datasets"][wildcards.dataset]["hub"],
        revision=lambda wildcards: locked("dataset", config["datasets"][wildcards.dataset]["hub"]),
        files=lambda wildcards: text(config["datasets"][wildcards.dataset]["files"]),
    shell:
        recorded(
            "python scripts/fetch_dataset.py --hub {params.hub} --revision {params.revision}"
            " --files {params.files} --out {output} &> {log}"
        )
