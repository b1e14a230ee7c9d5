# The hub: commits of models and data sets, all in resources/revisions.csv; data sets, fetched at these commits.
from polyglot.revisions import Entry, in_force, read_locks

REGISTRY = "resources/revisions.csv"
try:
    LOCKS = in_force(read_locks(Path(REGISTRY), Path(workflow.basedir) / "resources/schemas/revisions.schema.yaml"))
except InputError as error:
    sys.exit(f"error: {error}")


def locked(kind, repository):
    """The commit that a repository is locked at; a word that no fetch accepts where it is not locked."""
    lock = LOCKS.get(Entry(kind, repository))
    return lock.commit if lock else "unlocked"


rule fetch_dataset:
    input:
        code=code("fetch_dataset"),
    output:
        directory("results/{study}/datasets/{dataset}"),
    log:
        "results/{study}/logs/fetch_dataset/{dataset}.log",
    benchmark:
        "results/{study}/timings/fetch_dataset/{dataset}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=2000,
        runtime=lambda wildcards, attempt: sizing.minutes(240, attempt),
    params:
        wildcards=named,
        hub=lambda wildcards: config["datasets"][wildcards.dataset]["hub"],
        revision=lambda wildcards: locked("dataset", config["datasets"][wildcards.dataset]["hub"]),
        files=lambda wildcards: text(config["datasets"][wildcards.dataset]["files"]),
    shell:
        RECORD + "python scripts/fetch_dataset.py --hub {params.hub} --revision {params.revision}"
        " --files {params.files} --out {output} &> {log}"
