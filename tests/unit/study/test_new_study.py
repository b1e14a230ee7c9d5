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
from polyglot.study.new_study import code_of, held, missing, study_of, write_over
from polyglot.study.other_language import study_in

BASE, SCHEMA = Path("config.yaml"), Path("resources/schemas/config.schema.yaml")
HOLDINGS = Path("resources/languages/holdings.csv")
DATASETS = ("belebele", "sib200", "include", "global-mmlu", "mgsm", "afrimgsm", "aya", "oasst2", "wildchat")


@pytest.fixture(scope="module")
def base():
    return yaml.safe_load(BASE.read_text(encoding="utf-8"))


def test_languages_of_data_sets_have_valid_studies(base, tmp_path):
    with open(HOLDINGS, encoding="utf-8", newline="") as lines:
        codes = sorted({row["language"] for row in csv.DictReader(lines)})
    assert len(codes) >= 100
    for place, code in enumerate(codes):
        overlay = tmp_path / f"{code}.yaml"
        overlay.write_text(study_of(code_of(code), base, overlay), encoding="utf-8")
        if place % 5:  # a quarter of a second each: a fifth of them is checked whole
            continue
        config = copy.deepcopy(base)
        update_config(config, yaml.safe_load(overlay.read_text(encoding="utf-8")))
        validate(config, SCHEMA, BASE, [overlay])
        assert config["design"][0]["languages"] == [code] and config["study"] == code
    abilities = [len(set(held(code, base)) - {"native-text"}) for code in codes]
    assert [sum(number >= least for number in abilities) for least in (1, 2, 3)] == [115, 88, 55]  # docs/languages.md


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


@pytest.mark.parametrize(
    ("code", "benchmarks", "sources", "recipe"),
    [
        ("ko", "belebele sib200 include kmmlu hae-rae m-rewardbench native-text", "aya wildchat", "mix"),
        ("sw", "belebele sib200 global-mmlu mgsm native-text", "aya", "mix"),
        ("yo", "belebele sib200 global-mmlu afrimgsm native-text", "aya", "mix"),
        ("ro", "belebele sib200 global-mmlu", "wildchat", "mix"),
        ("ca", "belebele sib200 native-text", "oasst2", "translate"),
        ("is", "belebele sib200", "", "translate"),
    ],
)
def test_a_study_asks_one_benchmark_an_ability_and_takes_the_seeds_there_are(base, code, benchmarks, sources, recipe):
    study = yaml.safe_load(study_of(code, base, Path("of.yaml")))
    assert study["evaluation"]["benchmarks"] == benchmarks.split()
    assert list(study["sources"]) == sources.split()
    assert study["seeds"]["sources"] == [*sources.split(), "tulu-3", "gsm8k", "magpie-pro"]
    assert study["design"][0]["recipes"] == [recipe]


def test_what_a_language_lacks_is_said_and_nothing_else(base):
    def said(code):
        return missing(code, held(code, base), base)

    unmeasured = "Identification of the language was not measured: only what is clearly in another is foreign."
    assert said("sw") == ["Not measured, for want of a data set in the language: culture, chat.", unmeasured]
    assert said("de") == []
    assert said("ca") == [
        "Few seeds in the language: prompts are translated from English, nothing is answered or made anew.",
        "Not measured, for want of a data set in the language: culture, knowledge, math, chat.",
        "No sentence in resources/judge_check/praise.yaml: the judge is not checked against empty praise.",
        unmeasured,
    ]
    assert said("is")[2].startswith("No answers of people") and said("is")[3].startswith("No words in resources/quest")
    assert "# Nothing is missing" in study_of("de", base, Path("de.yaml"))


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


def test_a_written_study_is_put_into_a_language_that_its_data_sets_hold(base):
    basque = copy.deepcopy(base)
    update_config(basque, yaml.safe_load(study_of("eu", base, Path("studies/eu.yaml"))))
    swahili = study_in("sw", basque)
    assert swahili["evaluation"]["benchmarks"] == ["belebele", "sib200", "native-text"]
    assert swahili["scoring"]["benchmarks"] == ["belebele", "sib200"]
    assert swahili["sources"]["aya"] == {"languages": ["eu", "sw"]}


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
    table = {cells[0]: cells[2:] for cells in lines if len(cells) == 13 and cells[0].isalpha() and len(cells[0]) < 4}
    assert list(table) == sorted(set().union(*map(parts, DATASETS)))
    for code, cells in table.items():
        held = [cell == "yes" for cell in cells]
        assert held[:6] + held[7:10] == [code in parts(name) for name in DATASETS], code
        assert (cells[10] == "own") == Path(f"resources/questions/{code}.yaml").is_file(), code


@pytest.mark.parametrize(
    ("study", "device", "options"),
    [
        ("demo", "cpu", "--profile profiles/demo"),
        ("planted", "cpu", "--cores 2"),
        ("planted", "cuda", "--profile slurm"),
    ],
)
def test_a_study_over_another_runs_where_that_does(base, tmp_path, capsys, study, device, options):
    config = copy.deepcopy(base)
    update_config(config, yaml.safe_load(Path(f"studies/{study}.yaml").read_text(encoding="utf-8")))
    write_over("ko", config | {"device": device}, ["my own.yaml"], tmp_path)
    written = tmp_path / f"{study}-ko.yaml"
    command = f".venv/bin/snakemake {options} --configfile 'my own.yaml' {written}"
    assert f"next: {command}\n" in capsys.readouterr().out and f"# {command}\n" in written.read_text(encoding="utf-8")
