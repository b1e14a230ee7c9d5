"""Corpora from a package, a file of one's own and a data set of the hub, by shards; and what bad ones get."""

import copy
import hashlib
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from polyglot.core.adapter import adapters
from polyglot.core.errors import InputError
from polyglot.pretraining import clean_corpus
from polyglot.pretraining.corpora import hub_text, packaged_json, text_file
from polyglot.pretraining.corpus_adapter import CORPORA, Part
from polyglot.study.corpus_views import CorpusViews, check_corpora, check_tokenizers

CONFIG = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
PROSE = "연구개발과제의 최종보고서는 협약이 끝난 날부터 예순 날 안에 제출하며, 그 뒤에 평가를 마치고 공개한다."
ENGLISH = "This text has been written in English alone, and so it is no part of a Korean corpus at all, is it?"
ALL = Part(0, 1)


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A package of two JSON files, and the options that name it."""
    folder = tmp_path / "small_texts"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('a corpus is never imported')")
    contents = {
        "a.json": {"pages": [{"text": "하나", "title": "제목"}, {"text": "둘"}]},
        "b.json": {"text": ["둘", "셋"]},
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    joined = b"".join((folder / name).read_bytes() for name in sorted(contents))
    return {"package": "small_texts", "keys": ["text"], "sha256": hashlib.sha256(joined).hexdigest()}


def test_a_package_gives_the_texts_under_its_keys_each_once(package):
    assert [(raw.text, raw.origin) for raw in packaged_json.texts(package, None, ALL)] == [
        ("하나", "a.json#/pages/0/text"),
        ("둘", "a.json#/pages/1/text"),
        ("셋", "b.json#/text/1"),
    ]
    shards = [[raw.text for raw in packaged_json.texts(package, None, Part(number, 2))] for number in (0, 1)]
    assert shards == [["하나", "셋"], ["둘"]]


def test_a_package_with_other_files_than_the_config_says_is_refused(package):
    with pytest.raises(InputError, match=r"package small_texts: SHA-256 of its 2 JSON files is .*, not 0{64}; install"):
        list(packaged_json.texts(package | {"sha256": "0" * 64}, None, ALL))


def test_a_file_of_ones_own_gives_its_column(tmp_path):
    file = tmp_path / "mine.jsonl"
    file.write_text('{"body": "하나"}\n{"body": 2}\nnot json\n{"body": "넷"}\n', encoding="utf-8")
    rows = list(text_file.texts({"column": "body"}, file, ALL))
    assert [(row.text, row.origin) for row in rows if row.problem is None] == [
        ("하나", "mine.jsonl#1"),
        ("넷", "mine.jsonl#4"),
    ]
    assert rows[1].problem == "a int where text is expected" and rows[2].problem.startswith("not valid JSON")
    with pytest.raises(InputError, match=r"mine\.jsonl: line 1: column 'text' is missing; it has body"):
        list(text_file.texts({"column": "text"}, file, ALL))


def test_a_data_set_is_divided_by_its_files(tmp_path):
    for number in range(3):
        pd.DataFrame({"text": [f"글 {number}"], "url": ["x"]}).to_parquet(tmp_path / f"train-{number}.parquet")
    parts = [[raw.text for raw in hub_text.texts({"column": "text"}, tmp_path, Part(at, 2))] for at in (0, 1)]
    assert parts == [["글 0", "글 2"], ["글 1"]]
    with pytest.raises(InputError, match="holds 3 files, too few for 4 shards; set shards of the corpus to 3 or less"):
        list(hub_text.texts({"column": "text"}, tmp_path, Part(0, 4)))


def test_a_file_that_is_cut_is_named(tmp_path):
    file = tmp_path / "train-0.parquet"
    pd.DataFrame({"text": ["글"] * 50}).to_parquet(file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"train-0\.parquet: not a whole parquet file .*delete the folder"):
        list(hub_text.texts({"column": "text"}, tmp_path, ALL))


def clean(monkeypatch, tmp_path, rows):
    """Run the program on a file of these texts."""
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps({"text": row}, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    arguments = ["--corpus", "mine", "--adapter", "text_file", "--options", '{"column": "text"}', "--place", file]
    arguments += ["--language", "ko", "--words", "resources/corpora/ko.yaml", "--shard", 0, "--shards", 1]
    arguments += ["--cleaning", json.dumps(CONFIG["cleaning"]), "--out", tmp_path / "cleaned/00000.parquet"]
    monkeypatch.setattr(sys, "argv", ["clean_corpus", *map(str, arguments)])
    clean_corpus.main()


def test_a_shard_is_cleaned_with_its_rejects_and_counts(monkeypatch, tmp_path):
    clean(monkeypatch, tmp_path, [f"{PROSE}  계좌 110-123-456789", ENGLISH, 7, "짧다"])
    kept = pd.read_parquet(tmp_path / "cleaned/00000.parquet")
    assert kept["text"].tolist() == [f"{PROSE} 계좌 <|acc|>"] and kept["origin"].tolist() == ["mine.jsonl#1"]
    rejected = pd.read_parquet(tmp_path / "cleaned/00000.rejected.parquet")
    assert rejected["reason"].tolist() == ["other_language", "unreadable", "too_short"]
    counts = json.loads((tmp_path / "cleaned/00000.counts.json").read_text("utf-8"))
    assert (counts["seen"], counts["kept"]) == (4, 1) and counts["masked"] == {"ACCOUNT": 1}
    assert counts["edited"] | {"personal data": 1, "spaces": 1} == counts["edited"]


def test_a_shard_in_another_language_is_one_line_and_leaves_nothing(monkeypatch, tmp_path):
    with pytest.raises(
        InputError, match=r"corpus mine, shard 0 of 1: none of its 2 texts is kept \(other_language 2\)"
    ):
        clean(monkeypatch, tmp_path, [ENGLISH, ENGLISH + "!"])
    assert not (tmp_path / "cleaned").exists()


def changed(path, value):
    config = copy.deepcopy(CONFIG)
    *parents, last = path.split(".")
    here = config
    for key in parents:
        here = here[key]
    here[last] = value
    return config


HUB = {"adapter": "hub_text", "languages": ["ko"], "shards": 1, "dataset": "korean-webtext", "column": "text"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("corpora.new", HUB | {"adapter": "web"}, "corpora.new.adapter: 'web' is unknown; allowed: hub_text"),
        ("corpora.new", HUB | {"dataset": "c4"}, "corpora.new.dataset: 'c4' is unknown"),
        ("corpora.new", HUB | {"languages": ["xx"]}, "corpora.new.languages: 'xx' is unknown"),
        ("corpora.new", HUB | {"licence": "MIT"}, "corpora.new.licence: remove it; adapter hub_text reads column"),
        ("corpora.rnd-manuals.dataset", "korean-webtext", "corpora.rnd-manuals.dataset: remove it"),
        (
            "corpora.new",
            {"adapter": "text_file", "languages": ["ko"], "shards": 1, "path": "no.csv", "licence": "MIT"},
            "corpora.new.column: is missing; adapter text_file reads column, licence, path",
        ),
        ("cleaning.mean_word", {"least": 9, "most": 3}, "cleaning.mean_word: least 9 is above most 3"),
        ("cleaning.benchmarks", ["kobest"], "cleaning.benchmarks: 'kobest' is unknown"),
    ],
)
def test_a_corpus_that_cannot_be_is_refused_by_its_key(path, value, message):
    with pytest.raises(InputError) as caught:
        check_corpora(changed(path, value), "mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml: {message}")


def test_a_benchmark_of_a_corpus_s_own_texts_cannot_decide_which_of_them_are_kept():
    config = changed("benchmarks.endings", {"corpus": "rnd-manuals", "languages": ["ko"]})
    config["cleaning"]["benchmarks"] = ["kobest-copa-0"]
    check_corpora(config, "mine.yaml")
    config["cleaning"]["benchmarks"] += ["endings"]
    with pytest.raises(InputError) as caught:
        check_corpora(config, "mine.yaml")
    assert str(caught.value) == (
        "mine.yaml: cleaning.benchmarks: endings is made of the texts that corpus rnd-manuals keeps, so it cannot"
        " decide which texts are kept; name benchmarks of other texts"
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("tokenizers.ko-4k.corpora", ["no"], "tokenizers.ko-4k.corpora: 'no' is unknown"),
        (
            "tokenizers.ko-4k",
            CONFIG["tokenizers"]["ko-4k"] | {"vocabulary": 60_000, "padded_to": 40_000},
            "tokenizers.ko-4k.padded_to: 60000 entries make 80000 rows",
        ),
        ("compared_tokenizers", ["ko"], "compared_tokenizers: 'ko' is unknown"),
        ("corpora.rnd-manuals.languages", ["de"], "tokenizers.ko-4k.morphemes: corpus rnd-manuals is in de"),
    ],
)
def test_a_tokenizer_that_cannot_be_is_refused_by_its_key(path, value, message):
    with pytest.raises(InputError) as caught:
        check_tokenizers(changed(path, value), "mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml: {message}")


def test_the_page_names_every_adapter():
    page = Path("docs/korean.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {adapter.title} |" for name, adapter in adapters(CORPORA).items()]
    assert len(rows) == 3 and [row for row in rows if row not in page] == []


def test_the_kept_texts_of_corpora_are_named_shard_by_shard():
    views = CorpusViews(CONFIG | {"study": "s"})
    assert views.kept(["rnd-manuals"]) == [
        "results/s/corpora/rnd-manuals/kept/00000.parquet",
        "results/s/corpora/rnd-manuals/kept/00001.parquet",
    ]
