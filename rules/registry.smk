# The hub: commits of models and data sets, all in resources/revisions.csv; data sets, fetched at these commits.
import shutil

from polyglot.revisions import Entry, in_force, read_locks, unlocked_message
from polyglot.sizing import disk_shortage, weights_gb

REGISTRY = "resources/revisions.csv"
REGISTRY_SCHEMA = "resources/schemas/revisions.schema.yaml"
try:
    LOCKS = in_force(read_locks(Path(REGISTRY), Path(workflow.basedir) / REGISTRY_SCHEMA))
except InputError as error:
    sys.exit(f"error: {error}")


def locked(kind, repository):
    """The commit that a repository is locked at; a word that no fetch accepts where it is not locked."""
    lock = LOCKS.get(Entry(kind, repository))
    return lock.commit if lock else "unlocked"


# every repository that the config names, whatever this study needs of them
HUB = sorted(
    {Entry("model", entry["hub"]) for entry in config["models"].values() if "hub" in entry}
    | {Entry("dataset", entry["hub"]) for entry in config["datasets"].values()}
)


def of_the_hub(job):
    """What a job fetches from the hub and its size in GB, or None where it fetches nothing."""
    if job.rule.name == "fetch_model":
        entry = config["models"][job.wildcards["model"]]
        return Entry("model", entry["hub"]), weights_gb(entry["size_b"])
    if job.rule.name == "fetch_dataset":
        entry = config["datasets"][job.wildcards["dataset"]]
        return Entry("dataset", entry["hub"]), entry["size_gb"]


def why_not(jobs):
    """Why these jobs must not start: a repository without a lock, or a disk too small for what they fetch."""
    wanted = [found for found in map(of_the_hub, jobs) if found]
    if missing := {entry for entry, _ in wanted} - set(LOCKS):
        return unlocked_message(missing)
    folder = next(path for path in (Path(DESIGN.folder), Path("results"), Path(".")) if path.is_dir())
    return disk_shortage(folder, sum(gb for _, gb in wanted), shutil.disk_usage(folder).free / 1e9)


onstart:
    # once, before the first job of a real run; a dry run plans without locks
    if problem := why_not(workflow.dag.needrun_jobs()):
        sys.exit(f"error: {problem}")


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
        needed=text([list(entry) for entry in HUB]),
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
        wildcards=named,
        hub=lambda wildcards: config["datasets"][wildcards.dataset]["hub"],
        revision=lambda wildcards: locked("dataset", config["datasets"][wildcards.dataset]["hub"]),
        files=lambda wildcards: text(config["datasets"][wildcards.dataset]["files"]),
    shell:
        RECORD + "python scripts/fetch_dataset.py --hub {params.hub} --revision {params.revision}"
        " --files {params.files} --out {output} &> {log}"
