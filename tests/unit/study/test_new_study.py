"""A study from the name of a language: valid for every language that a data set of many languages holds."""

import copy
import csv
import sys
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from polyglot.core.errors import InputError
from polyglot.core.holdings import parts
from polyglot.study import new_study
from polyglot.study.config import validate
from polyglot.study.design import Design
from polyglot.study.new_study import code_of, held, study_of
from polyglot.study.other_language import study_in

BASE, SCHEMA = Path("config.yaml"), Path("resources/schemas/config.schema.yaml")
HOLDINGS = Path("resources/languages/holdings.csv")
DATASETS = ("belebele", "sib200", "include", "global-mmlu", "mgsm", "aya")


@pytest.fixture(scope="module")
def base():
    return yaml.safe_load(BASE.read_text(encoding="utf-8"))


def test_every_language_of_a_data_set_has_a_valid_study(base, tmp_path):
    with open(HOLDINGS, encoding="utf-8", newline="") as lines:
        codes = sorted({row["language"] for row in csv.DictReader(lines)})
    assert len(codes) >= 100
    for code in codes:
        overlay = tmp_path / f"{code}.yaml"
        overlay.write_text(study_of(code_of(code), base, overlay), encoding="utf-8")
        config = copy.deepcopy(base)
        update_config(config, yaml.safe_load(overlay.read_text(encoding="utf-8")))
        validate(config, SCHEMA, BASE, [overlay])
        assert config["design"][0]["languages"] == [code] and config["study"] == code
    assert sum(len(held(code, base)) >= 3 for code in codes) >= 40


def test_a_study_has_what_holds_its_language(base):
    basque = yaml.safe_load(study_of("eu", base, Path("studies/eu.yaml")))
    assert basque["languages"] == {"eu": {"name": "Basque", "flores": "eus_Latn"}}
    assert basque["evaluation"]["benchmarks"] == ["belebele", "sib200", "include", "native-text"]
    assert basque["scoring"]["benchmarks"] == ["belebele", "sib200", "include"]
    assert basque["seeds"]["sources"][0] == "aya" and basque["design"][0]["recipes"] == ["mix"]
    icelandic = study_of("is", base, Path("studies/is.yaml"))
    assert "# No seeds in the language" in icelandic and "put in English words" in icelandic
    assert yaml.safe_load(icelandic)["design"][0]["recipes"] == ["translate"]
    assert yaml.safe_load(study_of("th", base, Path("th.yaml")))["contamination"]["characters"] == {"th": 30}


def test_the_demo_speaks_every_language_of_its_texts(base):
    demo = copy.deepcopy(base)
    update_config(demo, yaml.safe_load(Path("studies/demo.yaml").read_text(encoding="utf-8")))
    for code in ("bn", "he", "hi", "ja", "ko", "ru", "ta", "th", "tr", "ur", "yo", "zh"):
        config = copy.deepcopy(demo)
        update_config(config, study_in(code, demo))
        validate(config, SCHEMA, BASE, [Path("studies/demo.yaml")])
        assert config["design"][0]["languages"] == [code] and config["study"] == f"demo-{code}"
        assert config["scoring"]["benchmarks"] == ["corpus-text"] and Design(config).cells
    korean = study_in("ko", demo)
    assert korean["evaluation"]["benchmarks"] == ["cldr-culture", "corpus-preference", "number-words", "corpus-text"]
    assert list(korean["sources"]) == ["chatterbot", "arithmetic"]
    assert study_in("th", demo)["sources"] == {"chatterbot": {"languages": ["de", "en", "es", "id", "ja", "ko", "th"]}}
    with pytest.raises(InputError, match="language 'sw': held by none of the seeds of the study demo"):
        study_in("sw", demo)


@pytest.mark.parametrize(
    ("tag", "code"), [("eus", "eu"), ("SW", "sw"), ("fil", "tl"), ("nb", "no"), ("arb", "ar"), ("ceb", "ceb")]
)
def test_a_language_has_one_code(tag, code):
    assert code_of(tag) == code


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("", "no BCP 47 code of a language"),
        ("klingonese", "no BCP 47 code of a language"),
        ("qq", "no BCP 47 code of a language"),
        ("zh-Hant", "give the language alone, zh, without script or country"),
        ("ha", "none of the 176 of lid.176"),
    ],
)
def test_what_is_no_language_is_refused(tag, words):
    with pytest.raises(InputError, match=words):
        code_of(tag)


def test_a_language_that_nothing_holds_is_refused(base):
    with pytest.raises(InputError, match=r"language 'vo': held by none of belebele, sib200, .* define a benchmark"):
        study_of(code_of("vo"), base, Path("studies/vo.yaml"))


def test_languages_without_words_are_named(base):
    config = copy.deepcopy(base)
    update_config(config, yaml.safe_load(study_of("kn", base, Path("studies/kn.yaml"))))
    kannada = Design(config)
    assert {name: kannada.asked_in_english(name, Path("resources")) for name in kannada.benchmarks} == {
        "belebele": ["kn"],
        "sib200": ["kn"],
        "native-text": [],
    }
    assert Design(base).asked_in_english("belebele", Path("resources")) == []


def test_a_study_that_is_there_is_not_written_over(tmp_path, monkeypatch, capsys):
    command = ["new_study", "--language", "eu", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    new_study.main()
    said = capsys.readouterr().out
    assert "eu.yaml: Basque, measured by belebele, sib200, include, native-text" in said
    (tmp_path / "eu.yaml").write_text("study: mine\n")
    with pytest.raises(InputError, match=r"eu\.yaml: is there already; edit it, or remove it"):
        new_study.main()
    assert (tmp_path / "eu.yaml").read_text() == "study: mine\n"


def test_the_page_lists_what_each_language_has():
    lines = [line.strip("| ").split(" | ") for line in Path("docs/languages.md").read_text("utf-8").splitlines()]
    table = {cells[0]: cells[2:] for cells in lines if len(cells) == 10 and cells[0].isalpha() and len(cells[0]) < 4}
    assert list(table) == sorted(set().union(*map(parts, DATASETS)))
    for code, cells in table.items():
        held = [cell == "yes" for cell in cells]
        assert held[:5] + held[6:7] == [code in parts(name) for name in DATASETS], code
        assert (cells[7] == "own") == Path(f"resources/questions/{code}.yaml").is_file(), code
