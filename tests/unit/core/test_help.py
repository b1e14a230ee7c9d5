"""Every program explains itself."""

import runpy
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted(
    ".".join(file.relative_to("scripts").with_suffix("").parts)
    for file in Path("scripts/polyglot").rglob("*.py")
    if 'if __name__ == "__main__":' in file.read_text(encoding="utf-8")
)


@pytest.mark.filterwarnings("ignore:.*found in sys.modules")
@pytest.mark.parametrize("name", PROGRAMS)
def test_help_of_every_program(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module(name, run_name="__main__")
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: ") and "--help" in shown
