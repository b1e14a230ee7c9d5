"""The Hugging Face hub: files of a repository at a pinned commit, fetched into a folder; a broken fetch is taken up.

Every refusal of the hub becomes an InputError: one line that names the repository and the cure.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from polyglot.errors import InputError

COMMIT = re.compile(r"[0-9a-f]{40}")
PAGES = {"model": "https://huggingface.co", "dataset": "https://huggingface.co/datasets"}


@contextmanager
def refusals(kind: str, repository: str, revision: str | None = None) -> Iterator[None]:
    """Turn what the hub, or the way to it, answers instead of data into an InputError."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except GatedRepoError as error:
        cure = f"accept its licence at {PAGES[kind]}/{repository} and set HF_TOKEN to a token of that account"
        raise InputError(f"{repository}: gated; {cure}") from error
    except RepositoryNotFoundError as error:
        raise InputError(f"{repository}: not on the hub, or private; check its name, or set HF_TOKEN") from error
    except RevisionNotFoundError as error:
        raise InputError(
            f"{repository}: has no commit {revision}; lock one that it has: snakemake --cores 1 lock_revisions"
        ) from error
    except (HTTPError, FileNotFoundError, ConnectionError) as error:  # the hub's own errors are among these
        raise InputError(f"{repository}: cannot be fetched ({error}); run the same command again to resume") from error


@contextmanager
def fetched(
    kind: str, repository: str, commit: str, out: Path, files: Sequence[str], ignored: Sequence[str] = ()
) -> Iterator[Path]:
    """Yield a folder with the repository's files that match the patterns; rename it to `out` if the block succeeds.

    What is there already is kept when the fetch or the block fails, so that the next call goes on from it. Raises
    InputError where the revision is no commit, no file matches, or the hub refuses.
    """
    from huggingface_hub import snapshot_download

    if not COMMIT.fullmatch(commit):
        raise InputError(f"{repository}: revision {commit!r} is no commit of 40 hexadecimal digits; lock one")
    folder = out.with_name(f".{out.name}.{commit[:12]}.fetching")
    with refusals(kind, repository, commit):
        snapshot_download(
            repository,
            repo_type=kind,
            revision=commit,
            local_dir=folder,
            allow_patterns=list(files),
            ignore_patterns=list(ignored),
        )
    if not any(path.is_file() and ".cache" not in path.relative_to(folder).parts for path in folder.rglob("*")):
        raise InputError(f"{repository}: has no file like {', '.join(files)} at this commit; mend the patterns")
    yield folder
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    if out.is_dir():
        shutil.rmtree(out)
    folder.rename(out)
