"""Hold a study to what is known of it by other ways than its own folder: the workflow, and a hash kept elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from polyglot.audit.findings import Finding
from polyglot.audit.manifest import is_after
from polyglot.audit.manifest_chain import read_chain
from polyglot.audit.records import folders, manifest_path
from polyglot.audit.truth import Truth, short
from polyglot.core.provenance import sha256_of


@dataclass(frozen=True)
class Outside:
    """What is known of a study from outside.

    Attributes:
        outputs: all that the workflow makes of this study.
        manifest: SHA-256 of its manifest, or of one that the manifest has replaced; empty where none is known.
        signers: who may sign the manifest (`audit.sign`).
    """

    outputs: Iterable[str] = ()
    manifest: str = ""
    signers: Path | None = None


NOTHING = Outside()


def check(root: Path, study: str, truth: Truth, outside: Outside) -> Iterator[Finding]:
    """Outputs that the workflow asks for and no record speaks of, and another past than the one known."""
    own = tuple(f"{folder}/" for folder in folders(study))
    for path in outside.outputs:
        if path.startswith(own) and path not in truth.files and not is_after(path, study):
            yield Finding("missing", path, "an output that the workflow makes of this study", "no record of it")
    if not outside.manifest:
        return
    file = root / manifest_path(study)
    seen = [sha256_of(file)] if file.is_file() else []
    if outside.manifest.lower() not in (*seen, *read_chain(root, study).replaced):
        expected = f"the manifest {short(outside.manifest)}, or that it has replaced it"
        yield Finding(
            "broken_chain", manifest_path(study), expected, f"{short(seen[0])}, of another past" if seen else "none"
        )
