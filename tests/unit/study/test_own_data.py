"""What a config says of the user's own files is checked at parse, and the files are inputs of their rules."""

import copy
import re
from types import SimpleNamespace

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.analysed import Analysed
from polyglot.study.config import validate
from polyglot.study.design import Design
from polyglot.study.materials import materials
from polyglot.study.site import read_site
from polyglot.study.views import Views
from tests.conftest import ROOT

SCHEMA, BASE = ROOT / "resources/schemas/config.schema.yaml", ROOT / "config.yaml"
PROMPTS = "docs/examples/prompts.csv"


@pytest.fixture(scope="module")
def base():
    return yaml.safe_load(BASE.read_text(encoding="utf-8"))


@pytest.fixture
def config(base):
    return copy.deepcopy(base)


def own(**changes):
    return {"adapter": "file", "path": PROMPTS, "languages": ["es"], **changes}


def documented(name):
    """The study that docs/adding.md shows as studies/{name}.yaml."""
    page = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
    return yaml.safe_load(re.search(rf"^```yaml\n# studies/{name}\.yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1])


def laid_over(base, overlay):
    for key, value in overlay.items():
        base[key] = laid_over(base.get(key, {}), value) if isinstance(value, dict) else value
    return base


def error_of(config):
    with pytest.raises(InputError) as caught:
        validate(config, SCHEMA, BASE, [])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (own(path="docs/examples/nothing.csv"), ["sources.mine.path", "nothing.csv is no file", "project's folder"]),
        (own(path="../secrets.csv"), ["sources.mine.path", "does not match"]),
        (own(path="/etc/passwd.csv"), ["sources.mine.path", "does not match"]),
        (own(path="docs/examples/prompts.xlsx"), ["sources.mine.path", "does not match"]),
        ({"adapter": "file", "languages": ["es"]}, ["sources.mine.path", "reads a file of yours; name it"]),
        (own(adapter="chatterbot"), ["sources.mine.path", "adapter chatterbot reads none", "use adapter file"]),
        (own(dataset="gsm8k"), ["sources.mine.dataset", "reads no data set"]),
        (own(columns={"promt": "a"}), ["sources.mine.columns", "unknown key promt", "prompt"]),
        (own(columns={"prompt": "a", "messages": "b"}), ["sources.mine.columns", "messages beside prompt"]),
        (
            {"adapter": "table", "dataset": "gsm8k", "languages": ["en"], "columns": {"response": "answer"}},
            ["sources.mine.columns", "no column of prompts", "add prompt or messages"],
        ),
        (
            {"adapter": "gsm8k", "dataset": "gsm8k", "languages": ["en"], "columns": {"prompt": "question"}},
            ["sources.mine.columns", "adapter gsm8k reads none"],
        ),
    ],
)
def test_a_source_that_cannot_be_read_ends_at_parse(config, entry, words):
    config["sources"]["mine"] = entry
    message = error_of(config)
    assert all(word in message for word in words), message


def test_the_users_file_is_an_input_so_that_a_change_reruns_what_stands_on_it(config):
    config["sources"]["mine"] = own(columns={"prompt": "question"}, rows=5)
    validate(config, SCHEMA, BASE, [])
    view = Views(Design(config), read_site(ROOT / "site.yaml"))
    job = SimpleNamespace(source="mine")
    assert view.source_dataset(job) == [PROMPTS]
    assert "question" in view.source_options(job, SimpleNamespace(dataset=PROMPTS))
    assert view.sampled_rows(job) == """--rows '{"es": 5}'"""


def test_the_licence_of_ones_own_rows_is_among_those_that_bind(config):
    config["sources"] |= {"mine": own(licence="CC0-1.0"), "unstated": own()}
    config["seeds"]["sources"] = ["mine", "unstated"]
    listed = [entry for entry in materials(Design(config), lambda *_: "") if entry.role == "seed source"]
    assert {(entry.id, entry.title, entry.licence) for entry in listed} == {
        ("mine", "prompts.csv", "CC0-1.0"),
        ("unstated", "prompts.csv", "none stated"),
    }


@pytest.fixture
def given(config):
    config["sources"] |= {"mine": own(languages=["es", "id"]), "theirs": own()}
    config["teachers"] |= {"my-data": {"rows": "given", "source": "mine"}}
    block = {
        "name": "given",
        "teachers": ["my-data"],
        "languages": ["es", "id"],
        "recipes": ["given"],
        "sizes": [10500],
    }
    config["design"].append({**block, "student_bases": ["olmo-3-7b"], "trials": 2})
    return config


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("teachers.my-data", {"rows": "given"}, ["teachers.my-data.source", "names no source of its rows; add it"]),
        ("teachers.my-data", {"rows": "given", "source": "my"}, ["teachers.my-data.source", "'my' is unknown", "mine"]),
        ("teachers.public", {"rows": "public", "source": "mine"}, ["teachers.public.source", "is unused"]),
        ("teachers.my-data.source", "theirs", ["the rows of my-data hold no id", "add it to sources.theirs.languages"]),
        ("recipes.more", ["given", "respond"], ["recipes.more", "given stands alone"]),
        ("design.10.recipes", ["mix"], ["design.10.teachers", "my-data writes nothing", "not of recipe mix"]),
        ("design.10.teachers", ["gemma-3-4b"], ["gemma-3-4b is not asked in recipe given", "teacher with rows: given"]),
    ],
)
def test_given_rows_without_a_source_or_in_another_recipe_end_at_parse(given, path, value, words):
    *parents, last = path.split(".")
    here = given
    for key in parents:
        here = here[int(key) if isinstance(here, list) else key]
    here[last] = value
    message = error_of(given)
    assert all(word in message for word in words), message


def test_a_source_that_is_only_given_is_read_without_being_shown_or_held_out(given):
    validate(given, SCHEMA, BASE, [])
    design = Design(given)
    assert design.given_sources == {"my-data": "mine"} and "mine" not in design.sources
    assert (design.held_out_share("mine"), design.held_out_share("aya")) == (0.0, 0.05)
    assert design.wanted["my-data", "id", "given", 2] == 10500
    given["seeds"]["sources"].append("mine")
    assert Design(given).held_out_share("mine") == 0.05
    roles = {entry.role for entry in materials(design, lambda *_: "") if entry.id == "mine"}
    assert roles == {"teacher my-data"}


def test_a_decision_reads_what_was_given_beside_what_was_generated(given):
    files = Analysed(Design(given)).decided_rows(SimpleNamespace(study="paper"))
    own = [file for file in files if "/my-data/id/" in file and "trial2" in file]
    assert own == [
        "results/paper/data/my-data/id/given-10500/trial2.parquet",
        "results/paper/synthetic/my-data/id/given/trial2.counts.json",
    ]
    assert "results/paper/synthetic/gemma-3-4b/id/translate/trial1.counts.json" in files


def test_a_data_set_of_the_hub_that_is_given_is_fetched(given):
    given["sources"]["mine"] = {"adapter": "table", "dataset": "magpie-pro-300k", "languages": ["es", "id"]}
    given["sources"]["mine"]["columns"] = {"messages": "conversations"}
    given["seeds"]["sources"].remove("magpie-pro")
    validate(given, SCHEMA, BASE, [])
    assert "magpie-pro-300k" in Design(given).datasets
    given["design"].pop()
    assert "magpie-pro-300k" not in Design(given).datasets


def questions(**changes):
    entry = {"adapter": "choices_file", "path": "docs/examples/questions.jsonl", "measures": "overall", "shots": 0}
    return {**entry, "formulation": "letters", "metric": "accuracy", "languages": ["es"], "items": 0, **changes}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (questions(path="docs/examples/none.jsonl"), ["benchmarks.mine.path", "none.jsonl is no file"]),
        (questions(path="docs/examples/prompts.csv"), ["benchmarks.mine.path", "does not match"]),
        (questions(path={"es": "../x.jsonl"}), ["benchmarks.mine.path.es", "does not match"]),
        (questions(languages=["es", "id"]), ["benchmarks.mine.path", "not those of the benchmark: id", "file of each"]),
        (questions(formulation="generate", metric="exact_match"), ["benchmarks.mine.formulation", "items of letters"]),
        (questions(adapter="cldr"), ["benchmarks.mine.path", "cldr reads none", "choices_file", "pairs_file"]),
        (questions(source="aya"), ["benchmarks.mine", "reads a file of yours; remove dataset and source"]),
    ],
)
def test_a_benchmark_of_ones_own_that_cannot_be_asked_ends_at_parse(config, entry, words):
    config["benchmarks"]["mine"] = entry
    message = error_of(config)
    assert all(word in message for word in words), message


def test_a_file_of_items_is_an_input_in_its_language_alone(config):
    files = {"es": "docs/examples/questions.jsonl", "id": "docs/examples/pairs.jsonl"}
    config["benchmarks"]["mine"] = questions(path=files, languages=["es", "id"], licence="MIT")
    config["evaluation"]["benchmarks"].append("mine")
    config["evaluation"]["benchmarks"].remove("filbench")
    config["design"] = config["design"][:1]
    validate(config, SCHEMA, BASE, [])
    view = Views(Design(config), read_site(ROOT / "site.yaml"))
    for language, file in files.items():
        assert view.benchmark_datasets(SimpleNamespace(benchmark="mine", language=language)) == [file]
    listed = materials(Design(config), lambda *_: "")
    assert [entry.licence for entry in listed if entry.id == "mine"] == ["MIT", "MIT"]


@pytest.mark.parametrize("name", ["own_prompts", "own_rows", "own_items"])
def test_what_the_page_shows_is_a_study(config, name):
    test = yaml.safe_load((ROOT / "studies/test.yaml").read_text(encoding="utf-8"))
    validate(laid_over(laid_over(config, test), documented(name)), SCHEMA, BASE, [])
