"""Files are written whole or not at all, and what cannot be read is named."""

import errno
from random import Random

import pandas as pd
import pytest

from polyglot.core.errors import InputError, run
from polyglot.core.files import (
    clear_leftovers,
    read_json,
    read_jsonl,
    read_parquet,
    whole,
    write_counts,
    write_json,
    write_jsonl,
    write_parquet,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"old": 1})
    with pytest.raises(ValueError):
        write_json(file, {"new": float("nan")})
    assert read_json(file) == {"old": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_is_replaced_whole(tmp_path):
    for content in ("one", "two"):
        with whole(tmp_path / "model") as folder:
            folder.mkdir()
            (folder / content).touch()
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["two"]


def test_what_a_killed_program_left_of_a_folder_is_removed(tmp_path):
    for name in (".model-1.5b.17.5b", ".model-1.5b.other.5b", ".model.17"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").touch()
    (tmp_path / ".model-1.5b.18.5b").symlink_to(tmp_path / ".model.17")  # goes itself, not what it points to
    clear_leftovers(tmp_path / "model-1.5b")
    assert (tmp_path / ".model.17/weights").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".model-1.5b.other.5b", ".model.17"]
    clear_leftovers(tmp_path / "absent/model")


def test_jsonl_keeps_every_script_as_it_is(tmp_path):
    rows = [{"text": text} for text in ("¿Qué?", "日本語\u2028行", "مرحبا", "čeština", "한국어")]
    write_jsonl(tmp_path / "a.jsonl", rows)
    assert read_jsonl(tmp_path / "a.jsonl") == rows
    assert "日本語" in (tmp_path / "a.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("reader", [read_json, read_jsonl, read_parquet])
def test_a_broken_file_is_named(tmp_path, reader):
    file = tmp_path / "broken"
    file.write_bytes(b'{"a": ')
    with pytest.raises(InputError, match="broken"):
        reader(file)


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"\0" * 50, b"1" * 5000, b"[" * 100_000], ids=lambda text: text[:4])
@pytest.mark.parametrize("reader", [read_json, read_jsonl])
def test_what_a_disk_or_a_copy_leaves_of_json_is_named(tmp_path, reader, content):
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(InputError, match="broken: "):
        reader(tmp_path / "broken")


def test_a_parquet_is_read_or_named_whatever_part_of_it_is_damaged(tmp_path):
    file, random = tmp_path / "rows.parquet", Random(1)
    write_parquet(file, pd.DataFrame({"row_id": [f"r{n}" for n in range(300)], "seed_ids": [["a", "b"]] * 300}))
    content, named = file.read_bytes(), 0
    for place in (random.randrange(len(content)) for _ in range(400)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :])
        try:
            read_parquet(file, ["row_id"])
        except InputError as error:
            assert str(error).startswith(f"{file}: ")
            named += 1
    assert named > 50


def test_a_truncated_parquet_is_named(tmp_path):
    file = tmp_path / "rows.parquet"
    write_parquet(file, pd.DataFrame({"row_id": list("abc")}))
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"rows\.parquet.*delete it"):
        read_parquet(file)


def test_a_missing_column_is_named(tmp_path):
    write_parquet(tmp_path / "rows.parquet", pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match=r"'b' is missing; it has a"):
        read_parquet(tmp_path / "rows.parquet", ["b"])


def test_counts_must_add_up(tmp_path):
    write_counts(tmp_path / "counts.json", 3, 1, ["empty", "empty"], by_language={"es": 1})
    assert read_json(tmp_path / "counts.json") == {
        "seen": 3,
        "kept": 1,
        "rejected": {"empty": 2},
        "by_language": {"es": 1},
    }
    with pytest.raises(AssertionError, match="3 seen is not 1 kept"):
        write_counts(tmp_path / "counts.json", 3, 1, ["empty"])


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (InputError("a.json: is wrong;\n fix it"), ["a.json: is wrong; fix it"]),
        (
            OSError(errno.ENOSPC, "No space left on device", "rows.parquet"),
            ["rows.parquet", "no space", "run the same"],
        ),
        (OSError(errno.EDQUOT, "over", "m.safetensors"), ["m.safetensors: disk quota exceeded; free some, or ask"]),
        (PermissionError(errno.EACCES, "no", "a.csv"), ["a.csv: permission denied; let this user write there"]),
        (ModuleNotFoundError("No module named 'vllm'", name="vllm"), ["vllm", "make env"]),
        (FileNotFoundError(errno.ENOENT, "No such file", "seeds.parquet"), ["seeds.parquet", "not found"]),
    ],
)
def test_what_a_user_can_mend_is_one_line(raised, words, capsys):
    def main():
        raise raised

    with pytest.raises(SystemExit) as ended:
        run(main)
    message = str(ended.value)
    assert message.startswith("error: ") and "\n" not in message
    assert all(word in message for word in words)


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)
