"""Commands of Snakemake as a person types them, for messages."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path


def snakemake_command(overlays: Iterable[object], *words: str, cores: int = 2) -> str:
    """A command for a study: `overlays`, the files over config.yaml that make its config, then more words."""
    files = [str(file) for file in overlays]
    if files:
        words = ("--configfile", *files, *(words if not words or words[0].startswith("-") else ("--", *words)))
    return shlex.join([".venv/bin/snakemake", "--cores", str(cores), *words])


def overlays_of(study: str, project: Path) -> list[str]:
    """The file in studies/ that gives a study its name; none where no file does."""
    line = re.compile(rf"^study: +[\"']?{re.escape(study)}[\"']?\s*(#.*)?$", re.MULTILINE)
    files = sorted((project / "studies").glob("*.yaml"))
    named = (file.name for file in files if line.search(file.read_text(encoding="utf-8", errors="replace")))
    return [f"studies/{name}" for name in named][:1]
