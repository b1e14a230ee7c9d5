"""The commits that a study fetches from the hub, and whether a run can start: locks, network, free disk."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from polyglot.hub.repository import kept_gb
from polyglot.hub.revisions import Entry, Lock, in_force, offline_message, read_locks, unlocked_message
from polyglot.study.config import Config
from polyglot.study.sizing import disk_shortage, weights_gb

Wanted = tuple[Entry, float, Path]  # a repository, its size in GB and the folder that it is fetched to


class Locked:
    """The registry of commits as a study's config needs it. Raises InputError for a registry that is not valid.

    `overlays` are the files over config.yaml that make the config.
    """

    def __init__(self, config: Config, registry: Path, schema: Path, overlays: Iterable[Path]) -> None:
        self.config, self.overlays = config, list(overlays)
        self.locks: dict[Entry, Lock] = in_force(read_locks(registry, schema))

    def commit(self, kind: str, repository: str) -> str:
        """The commit at which a repository is locked; "unlocked" if it has no lock."""
        lock = self.locks.get(Entry(kind, repository))
        return lock.commit if lock else "unlocked"

    def hub(self, kind: str, name: str) -> str:
        """The repository of a model ("model") or of a data set ("dataset")."""
        return self.config[f"{kind}s"][name]["hub"]

    def needed(self) -> list[tuple[str, str, str]]:
        """Every repository that the config names, whatever this study needs of them: kind, repository, branch."""
        return sorted(
            {
                (kind, entry["hub"], entry.get("branch", "main"))
                for kind in ("model", "dataset")
                for entry in self.config[f"{kind}s"].values()
                if "hub" in entry
            }
        )

    def fetched_by(self, job: Any) -> Wanted | None:
        """What a job of Snakemake fetches from the hub; None where it fetches nothing."""
        kind = job.rule.name.removeprefix("fetch_")
        if job.rule.name not in ("fetch_model", "fetch_dataset"):
            return None
        entry = self.config[f"{kind}s"][job.wildcards[kind]]
        size_gb = weights_gb(entry["size_b"]) if kind == "model" else entry["size_gb"]
        return Entry(kind, entry["hub"]), size_gb, Path(job.output[0])

    def why_not(self, wanted: Iterable[Wanted], folder: Path) -> str | None:
        """Why a run must not start: a repository without a lock or out of reach, too small a disk; None if it can."""
        wanted = list(wanted)
        entries = {entry for entry, _, _ in wanted}
        if missing := entries - set(self.locks):
            return unlocked_message(missing, self.overlays)
        if entries and os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
            return offline_message(entries, self.overlays)
        needed = sum(max(gb - kept_gb(target, self.locks[entry].commit), 0) for entry, gb, target in wanted)
        return disk_shortage(folder, needed, free_gb(folder))


def free_gb(folder: Path) -> float:
    """Free space of the disk that holds a folder, in GB."""
    return shutil.disk_usage(folder).free / 1e9


def existing(*folders: str) -> Path:
    """The first folder that exists; the current one where none does."""
    return next((path for path in map(Path, folders) if path.is_dir()), Path())
