"""Resume a killed run from its newest complete checkpoint, if data, settings, seed, base and versions are the same.

A killed and resumed run thus gives the same bytes as an uninterrupted one.
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

KEY_FILE = "digest.json"
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def run_digest(base: Path, data: Path, settings: Settings, seed: int) -> str:
    """Hash of everything that a checkpoint depends on: base, data, settings, seed and package versions."""
    hashes = []
    for file in (*sorted(base.iterdir()), data):
        with open(file, "rb") as content:
            hashes.append(f"{file.name} {hashlib.file_digest(content, 'sha256').hexdigest()}")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return digest(*hashes, json.dumps(asdict(settings), sort_keys=True), seed, *versions)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint is complete: its state, written last, is readable, and no weights or states are cut.

    The folders of a sharded one are complete with `.metadata`, which is written when all their shards are.
    """
    try:
        read_json(checkpoint / "trainer_state.json")
        for weights in checkpoint.glob("*.safetensors"):
            with open(weights, "rb") as content:
                header = int.from_bytes(content.read(8), "little")
                tensors = [entry for entry in json.loads(content.read(header)).values() if "dtype" in entry]
                ends = [tensor["data_offsets"][1] for tensor in tensors]
            if weights.stat().st_size != 8 + header + max(ends):
                return False
    except (OSError, ValueError, OverflowError):
        return False
    if not all((folder / ".metadata").is_file() for folder in checkpoint.iterdir() if folder.is_dir()):
        return False
    return all(zipfile.is_zipfile(state) for state in (*checkpoint.glob("*.pt"), *checkpoint.glob("*.pth")))


def known_digest(folder: Path) -> str:
    """The digest of the run that the checkpoints in `folder` are of."""
    return read_json(folder / KEY_FILE)["digest"]


def newest_checkpoint(folder: Path, key: str) -> Path | None:
    """The checkpoint to resume from; None to start. Deletes broken checkpoints, and all checkpoints of another key."""
    key_file = folder / KEY_FILE
    if key_file.is_file() and read_json(key_file) != {"digest": key}:
        shutil.rmtree(folder)
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True):
        if key_file.is_file() and is_whole(checkpoint):
            return checkpoint
        shutil.rmtree(checkpoint)
    write_json(key_file, {"digest": key})
    return None


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Raise InputError naming `folder` if the disk is full: the libraries' errors name no file."""
    try:
        yield
    except (SafetensorError, RuntimeError) as error:
        if "No space left" not in str(error) and "inline_container" not in str(error):  # message of torch.save
            raise
        raise InputError(
            f"{folder}: no space left on device; free some space and run the same command again"
        ) from error
