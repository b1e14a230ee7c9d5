"""Rows of fetched data sets: every format, nested columns, sorted files, and what broken files say."""

import gzip
import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polyglot.core.errors import InputError
from polyglot.hub.dataset_rows import BATCH, OddRow, matching, read_places, read_rows

ROWS = [
    {"text": "كيف حالك؟", "turns": [{"role": "user", "content": "مرحبا"}], "extra": 1},
    {"text": "お元気ですか", "turns": [], "extra": 2},
    {"text": "Jak se máte?", "turns": None, "extra": 3},
]
WANTED = [{key: row[key] for key in ("text", "turns")} for row in ROWS]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("name", ["data/train.parquet", "data/train.jsonl", "data/train.jsonl.gz"])
def test_every_format_gives_the_same_rows(tmp_path, name):
    write(tmp_path / name, ROWS)
    assert list(read_rows(tmp_path, ["text", "turns"], ["data/train*"])) == WANTED
    assert [place for place, _ in read_places(tmp_path, ["text"], [name])] == [f"{name}#{row}" for row in range(3)]


CHATS = [
    {"turns": [{"role": "user", "content": "Ahoj", "header": {"ip": "x", "agent": "y"}}], "language": "Czech"},
    {"turns": [], "language": None},
    {"turns": None, "language": "Arabic"},
]


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl"])
def test_one_field_of_a_nested_column_can_be_asked_for(tmp_path, name):
    write(tmp_path / name, CHATS)
    rows = list(read_rows(tmp_path, ["turns.content", "turns.role", "language"], [name]))
    assert [row["turns"] and row["turns"][0]["content"] for row in rows] == ["Ahoj", [], None]
    if name.endswith(".parquet"):
        assert rows[0]["turns"] == [{"role": "user", "content": "Ahoj"}]
        (row, *_) = read_rows(tmp_path, ["turns.header.agent"], [name])
        assert row == {"turns": [{"header": {"agent": "y"}}]}


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl"])
@pytest.mark.parametrize("column", ["turns.text", "turns.header.text", "language.text", "text.text"])
def test_a_missing_nested_column_is_named_in_full(tmp_path, name, column):
    write(tmp_path / name, CHATS[:1])
    with pytest.raises(InputError, match=rf"{name}: .*column '{column}' is missing; it has "):
        list(read_rows(tmp_path, [column], [name]))


def test_files_come_sorted_each_once_and_hidden_ones_never(tmp_path):
    for number, name in enumerate(["b.parquet", "a/z.jsonl", ".cache/a.parquet", "a.parquet"]):
        write(tmp_path / name, [{"n": number}])
    assert [row["n"] for row in read_rows(tmp_path, ["n"], ["**/*.parquet", "*.parquet", "a/*"])] == [1, 3, 0]


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl", "x.jsonl.gz"])
def test_a_missing_column_is_named_with_its_file(tmp_path, name):
    write(tmp_path / name, ROWS)
    with pytest.raises(InputError, match=rf"{name}: .*column 'prompt' is missing; it has text, turns, extra"):
        list(read_rows(tmp_path, ["text", "prompt"], [name]))


def test_a_row_that_lacks_the_column_is_named_by_its_line(tmp_path):
    write(tmp_path / "x.jsonl", [{"a": 1}, {"b": 1}])
    with pytest.raises(InputError, match=r"x\.jsonl: line 2: column 'a' is missing; it has b\."):
        list(read_rows(tmp_path, ["a"], ["*.jsonl"]))


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl", "x.jsonl.gz"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.31, 0.91])
def test_truncated_files_are_errors(tmp_path, name, share):
    path = write(tmp_path / name, ROWS * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=rf"{name}: .*fetch it anew"):
        list(read_rows(tmp_path, ["text"], [name]))


def test_a_parquet_file_that_is_damaged_inside_is_an_error(tmp_path):
    path = write(tmp_path / "x.parquet", [{"text": f"{number} " * 50} for number in range(2000)])
    content = bytearray(path.read_bytes())
    content[200:4000] = b"\xff" * 3800
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.parquet: not a whole parquet file"):
        list(read_rows(tmp_path, ["text"], ["*"]))


def test_lines_that_are_no_objects_or_no_text(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n[1]\n')
    with pytest.raises(InputError, match="line 2 is not a JSON object"):
        list(read_rows(tmp_path, ["a"], ["*"]))
    (tmp_path / "x.jsonl").write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(InputError, match="line 1 is not UTF-8"):
        list(read_rows(tmp_path, ["a"], ["*"]))


def test_odd_lines_are_odd_rows_and_blank_ones_are_none(tmp_path):
    lines = [b'\xef\xbb\xbf{"a": 1, "b.c": 2}', b"", b"  ", b"{", b"[1]", b'{"b": 1}', b'{"a": "\xff"}', b'{"a": NaN}']
    lines += [b'{"a": ' + b"[" * 100_000, b'{"a": 7}']
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    rows = [row for _, row in read_places(tmp_path, ["a"], ["*"])]
    assert [row for row in rows if isinstance(row, dict)][::2] == [{"a": 1}, {"a": 7}]
    problems = [row.problem.split(" (")[0].split(";")[0] for row in rows if isinstance(row, OddRow)]
    assert problems[:2] == ["line 4 is not valid JSON", "line 5 is not a JSON object"]
    assert problems[2].startswith("line 6: column 'a' is missing")
    assert problems[3:] == ["line 7 is not UTF-8", "line 9 is not valid JSON"]


DOTTED = [
    {"header.accept-language": "cs", "turns": [{"role": "user", "a.b": {"c.d": 1}, "content": "Ahoj"}], "a": {"b": 1}}
]


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl"])
def test_names_with_dots_that_nobody_needs_are_not_read(tmp_path, name):
    write(tmp_path / name, DOTTED)
    (row,) = read_rows(tmp_path, ["turns.content", "a.b"], [name])
    assert row["turns"][0]["content"] == "Ahoj" and row["a"] == {"b": 1} and set(row) == {"turns", "a"}


def test_maps_and_structs_of_lists_are_walked(tmp_path):
    kinds = pa.schema([("m", pa.map_(pa.string(), pa.int64())), ("s", pa.struct([("r", pa.list_(pa.string()))]))])
    table = pa.Table.from_pylist([{"m": [("k", 1)], "s": {"r": ["x", "y"]}}], schema=kinds)
    pq.write_table(table, tmp_path / "x.parquet")
    assert list(read_rows(tmp_path, ["s.r"], ["*"])) == [{"s": {"r": ["x", "y"]}}]


def test_nothing_to_read_names_the_folder_and_the_globs(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path}/absent: no file matches data/\*\.parquet"):
        list(read_rows(tmp_path / "absent", ["a"], ["data/*.parquet"]))
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"x\.csv: neither \.parquet nor"):
        matching(tmp_path, ["*"])


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl"])
def test_memory_does_not_grow_with_the_rows(tmp_path, name):
    write(tmp_path / name, [{"text": f"{number} " * 200} for number in range(40 * BATCH)])
    rows = read_rows(tmp_path, ["text"], [name])
    next(rows)
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    most = 0
    for _ in rows:
        most = max(most, pa.total_allocated_bytes() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # two batches of the 13 MB that the texts hold
    assert most < 8_000_000
