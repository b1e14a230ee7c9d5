"""Files that a user brings as prompts: what is read, what is one reject, and what ends in one line."""

import json
import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet
from polyglot.hub.dataset_rows import OddRow
from polyglot.hub.own_files import own_rows
from polyglot.seeds import fetch_seeds
from polyglot.seeds.named_columns import reader
from polyglot.seeds.sources import file
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def raw(path, languages=("es",), **columns):
    return list(file.rows(languages, {"columns": columns} if columns else {}, 1, path))


def error_of(path, languages=("es",), **columns):
    with pytest.raises(InputError) as caught:
        raw(path, languages, **columns)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def fetch(monkeypatch, tmp_path, path, *languages, columns=None, adapter="file", share=0):
    words = ["--source", "mine", "--adapter", adapter, "--dataset", path, "--languages", *languages]
    words += ["--benchmark-share", share, "--seed", 1, "--out", tmp_path / "mine.parquet"]
    words += ["--options", json.dumps({"columns": columns} if columns else {})]
    monkeypatch.setattr(sys, "argv", ["fetch_seeds", *map(str, words)])
    fetch_seeds.main()
    return read_parquet(tmp_path / "mine.parquet"), read_json(tmp_path / "mine.counts.json")


def test_the_example_is_judged_masked_and_counted_as_any_source(monkeypatch, tmp_path):
    columns = {"prompt": "question", "response": "answer"}
    kept, counts = fetch(monkeypatch, tmp_path, EXAMPLES / "prompts.csv", "es", "id", columns=columns)
    assert sorted(kept["origin"]) == [f"prompts.csv#{line}" for line in (2, 3, 5, 6, 7)]
    assert counts["seen"] == 6 and counts["rejected"] == {"wrong_language": 1}
    assert counts["masked"] == {"es": {"EMAIL": 1}}
    by_line = kept.set_index("origin")
    assert by_line.loc["prompts.csv#3", "prompt"] == "¿Cómo preparo un mate?\nExplica los pasos."
    assert by_line.loc["prompts.csv#7", "response"] is None and by_line.loc["prompts.csv#7", "language"] == "id"


def test_conversations_give_their_first_exchange_and_the_users_own_ids(monkeypatch, tmp_path):
    columns = {"messages": "messages", "id": "id"}
    kept, counts = fetch(monkeypatch, tmp_path, EXAMPLES / "conversations.jsonl", "es", columns=columns)
    assert counts["kept"] == 5
    row = kept.set_index("origin").loc["conversations.jsonl#2 chat-2"]
    assert row["prompt"] == "Dame una excusa amable para no ir a una cena."
    assert row["response"].startswith("Gracias por pensar en mí")


def test_a_data_set_of_the_hub_is_read_by_its_columns(monkeypatch, tmp_path):
    (tmp_path / "set").mkdir()
    turns = [{"from": "human", "value": "¿Qué hora es en Lima?"}, {"from": "gpt", "value": "Son las tres de la tarde."}]
    pd.DataFrame({"conversations": [turns], "lang": ["Spanish"]}).to_parquet(tmp_path / "set/train.parquet")
    columns = {"messages": "conversations", "language": "lang"}
    kept, _ = fetch(monkeypatch, tmp_path, tmp_path / "set", "es", columns=columns, adapter="table")
    assert kept[["prompt", "response"]].values.tolist() == [["¿Qué hora es en Lima?", "Son las tres de la tarde."]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", '\ufeffprompt,response\n\nHola,Buenas\n"dos\nlíneas",x\nsolo\n"mal"a,b\nAdiós,\n'),
        (
            "a.jsonl",
            '{"prompt": "Hola", "response": "Buenas"}\n\n{"prompt": "dos\\nlíneas", "response": "x"}\n[1]\n{"a\n'
            '{"prompt": "Adiós"}\n',
        ),
    ],
)
def test_a_broken_line_is_one_reject_and_lines_are_counted_as_an_editor_counts_them(tmp_path, name, content):
    rows = raw(written(tmp_path, name, content))
    assert [row.prompt for row in rows if row.problem is None] == ["Hola", "dos\nlíneas", "Adiós"]
    assert len([row for row in rows if row.problem]) == 2
    lines = {"a.csv": [3, 4, 6, 7, 8], "a.jsonl": [1, 3, 4, 5, 6]}[name]
    assert [row.origin for row in rows] == [f"{name}#{line}" for line in lines]


BOTH = {"prompt": "prompt", "response": "response"}


@pytest.mark.parametrize(
    ("name", "content", "columns", "words"),
    [
        ("a.csv", "prompt\nHola\nAdiós\n".encode("latin-1"), {}, ["a.csv: line 3 is not UTF-8 (byte 0xf3)", "save it"]),
        ("a.csv", "prompt\nHola\n".encode("utf-16"), {}, ["a.csv: line 1 is not UTF-8"]),
        ("a.csv", 'prompt,response\nHola,"x\nAdiós,y\n', {}, ["a.csv: line 2: a quotation mark", "close it"]),
        ("a.csv", "prompt;response\nHola;x\n", BOTH, ["a.csv: line 2: has no column 'prompt'; it has prompt;response"]),
        ("a.csv", "prompt,prompt\nHola,x\n", {}, ["a.csv: line 1: column 'prompt' stands there twice", "rename"]),
        ("a.csv", "prompt,response\n,x\n,y\n", {}, ["a.csv: column 'prompt' is empty in every row", "name the right"]),
        ("a.csv", "prompt,response\nHola,\n", BOTH, ["a.csv: column 'response' is empty in every row"]),
        ("a.csv", "prompt\n", {}, ["a.csv: holds no rows; put some in"]),
        ("a.jsonl", "", {}, ["a.jsonl: holds no rows"]),
        ("a.jsonl", "nada\n", {}, ["a.jsonl: line 1: not valid JSON", "1 of the first 1 rows", "correct these lines"]),
        ("a.parquet", "nada", {}, ["a.parquet: not a readable parquet file", "write it again"]),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_with_line_and_cure(tmp_path, name, content, columns, words):
    message = error_of(written(tmp_path, name, content), **columns)
    assert all(word in message for word in words), message


def test_languages_come_from_a_column_or_are_the_only_language_of_the_source(tmp_path):
    path = written(tmp_path, "a.csv", "prompt,language\nHola,Spanish\nHalo,id\nSalut,fr\nX,\n")
    rows = raw(path, ["es", "id"])
    assert [(row.language, row.left_out, row.problem) for row in rows] == [
        ("es", None, None),
        ("id", None, None),
        ("und", "another_language", None),
        ("und", None, "says no language"),
    ]
    assert "says no language" in error_of(written(tmp_path, "b.csv", "prompt\nHola\n"), ["es", "id"])


def test_cells_that_hold_no_text_are_rejects_and_numbers_of_rows_stand_for_lines(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"prompt": ["Hola", None]}).to_parquet(path)
    rows = raw(path)
    assert [(row.origin, row.prompt) for row in rows] == [("a.parquet#1", "Hola"), ("a.parquet#2", None)]
    number = reader("t", {}, ["es"])("a.parquet#2", {"prompt": 7})
    assert number.problem == "a int where text is expected"


def test_parallel_rows_of_a_file_share_an_id_and_those_of_two_files_do_not():
    row = {"prompt": "Hola", "parallel": "k"}
    ids = [reader(table, {}, ["es"])("x#1", row).parallel_id for table in ("a.csv", "a.csv", "b.csv")]
    assert ids[0] == ids[1] != ids[2]


def test_a_long_cell_is_read_whole(tmp_path):
    ((line, row),) = own_rows(written(tmp_path, "a.csv", f"prompt\n{'a' * 200_000}\n"))
    assert line == 2 and len(row["prompt"]) == 200_000 and not isinstance(row, OddRow)
