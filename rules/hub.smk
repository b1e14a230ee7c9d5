# The hub: commits of models and data sets, all in resources/revisions.csv; data sets, fetched at these commits.
import shutil

from polyglot.hub import kept_gb
from polyglot.planning.sums import disk
from polyglot.revisions import Entry, in_force, offline_message, read_locks, unlocked_message
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


# every repository that the config names, whatever this study needs of them, and the branch to lock
HUB = sorted(
    {("model", entry["hub"], entry.get("branch", "main")) for entry in config["models"].values() if "hub" in entry}
    | {("dataset", entry["hub"], entry.get("branch", "main")) for entry in config["datasets"].values()}
)


def of_the_hub(job):
    """What a job fetches from the hub, its size in GB and its folder; None where it fetches nothing."""
    if job.rule.name == "fetch_model":
        entry = config["models"][job.wildcards["model"]]
        return Entry("model", entry["hub"]), weights_gb(entry["size_b"]), Path(job.output[0])
    if job.rule.name == "fetch_dataset":
        entry = config["datasets"][job.wildcards["dataset"]]
        return Entry("dataset", entry["hub"]), entry["size_gb"], Path(job.output[0])


def why_not(wanted):
    """Why a run must not start: a repository without a lock or out of reach, or a disk too small for what is to come."""
    entries = {entry for entry, _, _ in wanted}
    if missing := entries - set(LOCKS):
        return unlocked_message(missing)
    if entries and os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return offline_message(entries)
    needed = sum(max(gb - kept_gb(folder, LOCKS[entry].commit), 0) for entry, gb, folder in wanted)
    return disk_shortage(results_folder(), needed, free_gb())


def results_folder():
    return next(path for path in (Path(DESIGN.folder), Path("results"), Path(".")) if path.is_dir())


def free_gb():
    return shutil.disk_usage(results_folder()).free / 1e9


onstart:
    # once, before the first job of a real run; a dry run plans without locks
    wanted = [found for found in map(of_the_hub, workflow.dag.needrun_jobs()) if found]
    if problem := why_not(wanted):
        sys.exit(f"error: {problem}")
    planned = sum(disk(DESIGN).values()) if wanted else 0
    if planned > free_gb():
        told = (
            f"{planned:.0f} GB are planned for the whole study (`snakemake plan`), and {free_gb():.0f} GB are free"
        )
        print(f"note: {results_folder()}: {told}; docs/models-and-data.md says what can go", file=sys.stderr)
