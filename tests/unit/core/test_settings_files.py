"""Long settings travel as files, however long they are; records hold their text."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from polyglot.core import errors
from polyglot.core.errors import InputError
from polyglot.core.settings_files import ARGUMENT, FOLDER, expanded, shortened, word_of
from polyglot.study.commands import SettingsFiles, text
from tests.conftest import ROOT, program

# of '["ñ"]', by sha256sum
WORD = "@results/.settings/f118601da3b33ebe901ed6d12241b111fde4fa27f4944c10a3fb71e68a4f6b4a.json"
SHOUT = """
import sys
from pathlib import Path
from polyglot.core.errors import run


def main():
    Path(sys.argv[4]).write_text(str(len(sys.argv[2])))


if __name__ == "__main__":
    run(main)
"""


def test_only_what_linux_takes_in_no_command_becomes_a_file(tmp_path):
    words = ["n" * (ARGUMENT - 1), "ñ" * (ARGUMENT // 2)]
    short = shortened(words, tmp_path / "there")
    subprocess.run(["true", *short], check=True)
    assert short[0] == words[0] and len(short[1]) == len(WORD)
    (tmp_path / "results").symlink_to(tmp_path / "there/results")
    assert expanded(short) == words


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_text_is_named_by_what_it_holds_and_written_once():
    assert word_of('["ñ"]', write=False) == WORD and not FOLDER.exists()
    assert word_of('["ñ"]', write=True) == WORD
    (file,) = FOLDER.iterdir()
    first = file.stat().st_mtime_ns
    word_of('["ñ"]', write=True)
    assert file.stat().st_mtime_ns == first
    assert expanded(["--names", WORD, "@x", f"a{WORD}"]) == ["--names", '["ñ"]', "@x", f"a{WORD}"]


@pytest.mark.parametrize("fault", ["changed", "gone"])
def test_a_file_that_is_not_what_its_name_says_is_refused(fault):
    word_of('["ñ"]', write=True)
    (file,) = FOLDER.iterdir()
    file.unlink() if fault == "gone" else file.write_text('["n"]')
    with pytest.raises(InputError, match=rf"^{file}: gone, or not what its name says; delete it and run"):
        expanded([WORD])


def test_short_settings_stay_readable_and_long_ones_are_files(monkeypatch):
    monkeypatch.setattr(SettingsFiles, "begun", False)
    assert text({"a": "it's"}) == """'{"a": "it'"'"'s"}'"""
    word, other = text(["x" * 3000]), text(["y" * 3000])
    assert not FOLDER.exists()  # no job has them yet
    SettingsFiles.begin([SimpleNamespace(params=["1", f"--names {word}", 2])])
    assert len(list(FOLDER.iterdir())) == 1 and other != word
    text(["z" * 3000])
    assert len(list(FOLDER.iterdir())) == 2  # a run has begun
    assert word.startswith("@results/.settings/") and json.loads(expanded([word])[0]) == ["x" * 3000]
    monkeypatch.setattr(sys, "argv", ["program", "--names", word])
    errors.run(lambda: None)
    assert sys.argv == ["program", "--names", json.dumps(["x" * 3000])]


def test_a_folder_that_cannot_be_written_ends_in_one_line(monkeypatch):
    monkeypatch.setattr(SettingsFiles, "begun", False)
    word = text(["x" * 3000])
    FOLDER.parent.write_text("no folder")
    with pytest.raises(InputError, match=r"^results.*; results must be writable, with free space$"):
        SettingsFiles.begin([SimpleNamespace(params=[word])])


def test_a_setting_longer_than_a_command_line_reaches_its_program_and_its_record(tmp_path):
    content = json.dumps(["x" * 300_000])  # Linux ends a command with an argument of 131,072
    word = word_of(content, write=True)
    package = tmp_path / "scripts/polyglot"
    package.mkdir(parents=True)
    (package / "core").symlink_to(ROOT / "scripts/polyglot/core")
    (package / "__init__.py").symlink_to(ROOT / "scripts/polyglot/__init__.py")
    (package / "shout.py").write_text(SHOUT)
    output = "results/test/said.txt"
    (tmp_path / "results/test").mkdir()
    command = program("core.record", "--wildcards", "{}", "--threads", "1", "--code", "scripts/polyglot/shout.py")
    command += ["--inputs", "scripts/polyglot/shout.py", "--outputs", output, "--logs", "results/test/logs/shout.log"]
    command += ["--", sys.executable, "-m", "polyglot.shout", "--names", word, "--out", output]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / output).read_text() == "300004"
    record = json.loads((tmp_path / f"results/test/audit/records/{output}.json").read_text(encoding="utf-8"))
    assert record["params"]["names"] == ["x" * 300_000] and record["command"][4] == content
