"""The Hugging Face hub: a repository's current head, and resumable download of its files at a pinned commit.

Every refusal of the hub becomes an InputError: one line that names the repository and the cure. Tokens come from the
environment (HF_TOKEN), the hub's address too (HF_ENDPOINT).
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from polyglot.core.errors import InputError

COMMIT = re.compile(r"[0-9a-f]{40}")
PAGES = {"model": "https://huggingface.co", "dataset": "https://huggingface.co/datasets"}


class Unreachable(InputError):
    """The hub does not answer, or this machine is offline: further repositories would fail too."""


class Head(NamedTuple):
    """The current head of a repository."""

    commit: str
    licence: str
    gated: bool


@contextmanager
def refusals(kind: str, repository: str, revision: str = "") -> Iterator[None]:
    """Turn errors of the hub and of the network into an InputError."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name = f"{kind} {repository}"
    try:
        yield
    except GatedRepoError as error:
        cure = f"accept its licence at {PAGES[kind]}/{repository} and set HF_TOKEN to a token of that account"
        raise InputError(f"{name}: gated; {cure}") from error
    except RepositoryNotFoundError as error:
        raise InputError(f"{name}: not on the hub, or private; check its name, or set HF_TOKEN") from error
    except RevisionNotFoundError as error:
        cure = "fix its branch in the config, or its row in resources/revisions.csv"
        raise InputError(f"{name}: has no revision {revision}; {cure}") from error
    except HFValidationError as error:
        raise InputError(f"{name}: no name that the hub knows; fix it in the config") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        cure = (
            "set one that may read it"
            if status in (401, 403)
            else "run the same command again: what is fetched is kept"
        )
        content = f"answers {status} to HF_TOKEN" if status in (401, 403) else f"answers {status}"
        raise InputError(f"{name}: the hub {content}; {cure}") from error
    except (HTTPError, LocalEntryNotFoundError, ConnectionError) as error:
        raise Unreachable(f"{name}: {_way(error)}") from error


def _way(error: BaseException) -> str:
    """The reason why the hub was not reached, and the cure."""
    from huggingface_hub import constants
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled) or isinstance(error.__cause__, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set and it is not here; unset it, or fetch on a machine with a way to the hub"
    cause = error.__cause__ or error
    return (
        f"the hub ({constants.ENDPOINT}) cannot be reached ({type(cause).__name__}); run the same command again "
        "where it can: what is fetched is kept"
    )


def head_of(kind: str, repository: str, branch: str) -> Head:
    """The current head of a repository's branch. Raises InputError."""
    from huggingface_hub import HfApi

    with refusals(kind, repository, branch):
        info = HfApi().repo_info(repository, repo_type=kind, revision=branch, timeout=20)
    tags = [tag.removeprefix("license:") for tag in info.tags or [] if tag.startswith("license:")]
    return Head(info.sha, tags[0] if tags else "", bool(info.gated))


def unfinished(out: Path, commit: str) -> Path:
    """The hidden folder in which a fetch keeps its whole files until `out` is complete."""
    return out.with_name(f".{out.name}.{commit[:12]}.fetching")


def kept_gb(out: Path, commit: str) -> float:
    """Size of the unfinished download of `out`, in GB."""
    return sum(file.stat().st_size for file in unfinished(out, commit).rglob("*") if file.is_file()) / 1e9


@contextmanager
def fetched(
    kind: str, repository: str, commit: str, out: Path, files: Sequence[str], ignored: Sequence[str] = ()
) -> Iterator[Path]:
    """Yield a folder with the repository's files that match the patterns; rename it to `out` if the block succeeds.

    Files that are whole are kept when the fetch or the block fails, so that the next call goes on from them. Raises
    InputError where the revision is no commit, no file matches, or the hub refuses.
    """
    from huggingface_hub import snapshot_download

    if not COMMIT.fullmatch(commit):
        raise InputError(f"{kind} {repository}: not locked; run `.venv/bin/snakemake --cores 1 lock_revisions`")
    folder = unfinished(out, commit)
    for other in out.parent.glob(f".{out.name}.{'[0-9a-f]' * 12}.fetching"):
        if other != folder:  # of a commit that is no longer locked
            shutil.rmtree(other)
    for orphan in (folder / ".cache").rglob(
        "*.incomplete"
    ):  # of a fetch that was killed; the hub's client never reads it
        orphan.unlink()
    with refusals(kind, repository, commit):
        snapshot_download(
            repository,
            repo_type=kind,
            revision=commit,
            local_dir=folder,
            allow_patterns=list(files),
            ignore_patterns=list(ignored),
        )
    if not any(path.is_file() and path.relative_to(folder).parts[0] != ".cache" for path in folder.rglob("*")):
        raise InputError(f"{kind} {repository}: has no file like {', '.join(files)} at {commit}; fix the patterns")
    yield folder
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    if out.is_dir():
        shutil.rmtree(out)
    folder.rename(out)
