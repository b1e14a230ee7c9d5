"""A job's environment: it imports the project's modules and the packages beside its interpreter, nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path

from polyglot.core.errors import InputError

# where Python would look for other modules, or what it would run before or after the program
DROPPED = ("PYTHONHOME", "PYTHONUSERBASE", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONPYCACHEPREFIX")
IMPORTED = (".py", ".pyc", ".so", ".zip", ".egg", ".pth")


def isolated(environment: Mapping[str, str], source: Path) -> dict[str, str]:
    """`environment` with `source` as the only module path of the user's; neither their site nor the working folder."""
    kept = {name: value for name, value in environment.items() if name not in DROPPED}
    return kept | {"PYTHONPATH": str(source.resolve()), "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1"}


def refuse_strangers(source: Path) -> None:
    """Raise InputError naming a module in `source` beside the project's: it would shadow an installed package."""
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        if entry.name in ("polyglot", "__pycache__") or entry.name.startswith("."):
            continue
        if entry.is_dir() or entry.name.endswith(IMPORTED):
            raise InputError(f"{source}/{entry.name}: would be imported in place of a package; move it elsewhere")
