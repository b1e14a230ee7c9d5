"""Where a run goes on after a kill: from the newest checkpoint that was written whole, and only from one of the same
data, settings, seed, base and versions. So a run that was killed gives the same bytes as one that was not.
"""

import hashlib
import importlib.metadata
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, write_json
from polyglot.core.identity import digest
from polyglot.training.training_settings import Settings

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def run_digest(base: Path, data: Path, settings: Settings, seed: int) -> str:
    """What a checkpoint depends on, as one hash: base, data, settings, seed and the versions of the packages."""
    hashes = []
    for file in (*sorted(base.iterdir()), data):
        with open(file, "rb") as content:
            hashes.append(f"{file.name} {hashlib.file_digest(content, 'sha256').hexdigest()}")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return digest(*hashes, json.dumps(asdict(settings), sort_keys=True), seed, *versions)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end: its state, written last, reads, and no weights or state are cut."""
    try:
        read_json(checkpoint / "trainer_state.json")
        for weights in checkpoint.glob("*.safetensors"):
            with open(weights, "rb") as content:
                header = int.from_bytes(content.read(8), "little")
                ends = [
                    item["data_offsets"][1] for item in json.loads(content.read(header)).values() if "dtype" in item
                ]
            if weights.stat().st_size != 8 + header + max(ends):
                return False
    except (OSError, ValueError, OverflowError):
        return False
    return all(zipfile.is_zipfile(state) for state in (*checkpoint.glob("*.pt"), *checkpoint.glob("*.pth")))


def newest_checkpoint(folder: Path, key: str) -> Path | None:
    """The checkpoint to go on from; None to begin. Deletes broken ones, and all that were made under another key."""
    content = folder / "digest.json"
    if content.is_file() and read_json(content) != {"digest": key}:
        shutil.rmtree(folder)
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True):
        if content.is_file() and is_whole(checkpoint):
            return checkpoint
        shutil.rmtree(checkpoint)
    write_json(content, {"digest": key})
    return None


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Raise InputError naming `folder` where weights cannot be written: the libraries' errors name no file."""
    try:
        yield
    except (SafetensorError, RuntimeError) as error:
        if "No space left" not in str(error) and "inline_container" not in str(error):  # torch.save's own words
            raise
        raise InputError(f"{folder}: no space left on device; free some and run the same command again") from error
