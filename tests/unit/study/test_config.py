"""A config is refused at parse with one line that names the key and what is allowed."""

import copy
from pathlib import Path

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.config import leaves, validate
from polyglot.study.design import Design

SCHEMA = Path("resources/schemas/config.schema.yaml")
BASE = Path("config.yaml")


@pytest.fixture(scope="module")
def base():
    return yaml.safe_load(BASE.read_text(encoding="utf-8"))


def error_of(config, overlays=()):
    with pytest.raises(InputError) as caught:
        validate(config, SCHEMA, BASE, overlays)
    message = str(caught.value)
    assert "\n" not in message
    return message


def changed(base, path, value):
    config = copy.deepcopy(base)
    *parents, last = path.split(".")
    here = config
    for key in parents:
        here = here[int(key) if isinstance(here, list) else key]
    here[last] = value
    return config


def test_the_config_and_every_study_are_valid(base):
    validate(base, SCHEMA, BASE, [])
    for study in Path("studies").glob("*.yaml"):
        merged = merge(base, yaml.safe_load(study.read_text(encoding="utf-8")))
        validate(merged, SCHEMA, BASE, [study])


def merge(base, overlay):
    if isinstance(base, dict) and isinstance(overlay, dict):
        return base | {key: merge(base[key], value) if key in base else value for key, value in overlay.items()}
    return overlay


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("synthesis.exampels", 3, ["synthesis", "exampels", "examples", "oversampling"]),
        ("design.0.teachers", ["gemma-9"], ["design.0.teachers", "gemma-9", "gemma-3-27b"]),
        ("languages.eu", {}, ["languages.eu", "name"]),
        ("languages.eu", {"name": ""}, ["languages.eu.name"]),
        ("seed", -1, ["seed", "minimum of 0"]),
        ("synthesis.examples", -1, ["synthesis.examples", "minimum of 0"]),
        ("training.method", "qlora", ["training.method", "qlora", "full", "lora"]),
        ("device", "tpu", ["device", "cpu", "cuda"]),
        ("evaluation.benchmarks", ["mmlu"], ["evaluation.benchmarks", "mmlu", "cldr-culture"]),
        ("intrinsic.judge", "nobody", ["intrinsic.judge", "nobody", "m-prometheus-14b"]),
        ("intrinsic.second_judge", "nobody", ["intrinsic.second_judge", "nobody", "smollm2-135m"]),
        ("intrinsic.second_judge", "m-prometheus-14b", ["intrinsic.second_judge", "family", "Qwen 2.5", "null"]),
        ("intrinsic.judge_check_rows", 0, ["intrinsic.judge_check_rows", "minimum of 1"]),
        ("teachers.new", {"sampling": {"temperature": 1, "max_tokens": 9}}, ["teachers.new", "exactly one of", "api"]),
        ("screening.rows", 2, ["screening.rows", "2 rows cannot be in 3 parts"]),
        ("screening.evidence", "paper", ["screening.evidence", "paper is the study itself", "published"]),
        ("screening.evidence", "../paper", ["screening.evidence", "'../paper' does not match"]),
        ("study", "published", ["study", "published", "reserved"]),
        ("sources.aya.dataset", "aia", ["sources.aya.dataset", "aia", "aya-dataset"]),
        ("sources.arithmetic.dataset", "gsm8k", ["sources.arithmetic.dataset", "arithmetic reads no data set"]),
        ("sources.own", {"adapter": "aya", "languages": ["cs"]}, ["sources.own.dataset", "aya reads a data set"]),
        ("sources.aya.rows", {"cs": 5}, ["sources.aya.rows", "de, es, id, ja"]),
        ("sources.aya.rows", 0, ["sources.aya.rows"]),
        ("sources.aya.adapter", "ayah", ["sources.aya.adapter", "ayah", "wildchat"]),
        (
            "models.olmo-3-7b.chat_template",
            "chatlm",
            ["models.olmo-3-7b.chat_template", "chatlm.jinja", "chatml, gemma-3"],
        ),
        (
            "teachers.granite-micro.sampling.max_tokens",
            4090,
            ["granite-micro.sampling.max_tokens", "max_model_len 4096"],
        ),
        ("judges.m-prometheus-14b.max_tokens", 16384, ["judges.m-prometheus-14b.max_tokens", "no room", "16384"]),
        ("benchmarks.mgsm.max_gen_toks", 99999, ["benchmarks.mgsm.max_gen_toks", "99999 tokens leaves no room"]),
        ("design.0.sizes", [2], ["design.0.sizes", "2 rows", "3 parts"]),
        ("design.0.teachers", ["public"], ["design.0.teachers", "public writes nothing", "recipe mix"]),
        ("design.0.recipes", ["public"], ["design.0.teachers", "gpt-4o-mini is not asked in recipe public", "rows"]),
        ("languages.de", {"name": "German"}, ["design.5.languages", "de cannot be", "languages.de.flores"]),
        ("languages.en", {"name": "English"}, ["design.5.languages", "en cannot be", "languages.en.flores"]),
        ("languages.de.flores", "german", ["languages.de.flores", "german"]),
        ("synthesis.translator", "nobody", ["synthesis.translator", "nobody", "nllb-200-3.3b"]),
        ("quality.recipes", ["best"], ["quality.recipes", "best", "polyglot-tl"]),
        ("comparison.models", ["gpt"], ["comparison.models", "gpt", "qwen-3-4b"]),
        ("comparison.baseline.size", 7, ["comparison.baseline", "teacher gemma-3-27b, recipe polyglot-tl, size 7"]),
        ("comparison.language", "ar", ["comparison.language", "llama-3.1-8b, olmo-3-32b, olmo-3-7b", "keep one base"]),
        ("teachers.new", {"rows": "public", "model": "x"}, ["teachers.new", "model does not go with rows"]),
    ],
)
def test_what_is_wrong_is_named(base, path, value, words):
    message = error_of(changed(base, path, value))
    assert all(word in message for word in words), message


@pytest.mark.parametrize("key", ["api_key", "hf_token", "password", "OPENAI_API_KEY"])
def test_a_secret_is_refused_and_not_repeated(base, key):
    message = error_of(changed(base, f"teachers.gpt-4o-mini.api.{key}", "very-private"))
    assert key in message and "environment" in message and "very-private" not in message


def test_a_secret_value_is_refused_under_any_key(base):
    message = error_of(changed(base, "teachers.gpt-4o-mini.api.model", "sk-" + "a1" * 12))
    assert "looks like a secret" in message and "a1a1" not in message


def test_an_overlay_is_named_by_its_own_file(base, tmp_path):
    overlay = tmp_path / "mine.yaml"
    overlay.write_text("trainig: {epochs: 1}\n", encoding="utf-8")
    message = error_of(base, [overlay])
    assert "mine.yaml: top level: unknown key trainig" in message and "training" in message


def test_a_packaged_model_needs_a_chat_template(base):
    config = copy.deepcopy(base)
    del config["models"]["smollm2-135m"]["chat_template"]
    assert "models.smollm2-135m.chat_template: is missing, and a package brings none; use chatml" in error_of(config)


def test_two_benchmarks_of_one_ability_are_refused(base):
    config = changed(base, "benchmarks.other", base["benchmarks"]["cldr-culture"])
    config["evaluation"]["benchmarks"] = ["cldr-culture", "other"]
    assert "both measure culture" in error_of(config)
    config["benchmarks"]["other"]["protocol"] = "chat"
    config["evaluation"]["benchmarks"] += ["filbench"]  # Tagalog, which the design has, is in no other
    config["scoring"]["benchmarks"] = ["other"]
    validate(config, SCHEMA, BASE, [])
    config["scoring"]["benchmarks"] = ["cldr-culture", "other"]
    assert "scoring.benchmarks: cldr-culture and other both measure culture; keep one" in error_of(config)


def test_protocols_that_cannot_be_are_refused(base):
    assert "benchmarks.mgsm.protocol: 'turns' is unknown; allowed: plain, chat" in error_of(
        changed(base, "benchmarks.mgsm.protocol", "turns")
    )
    config = changed(base, "benchmarks.native-text.protocol", "chat")
    assert "benchmarks.native-text.protocol: native text is always in the chat template; remove it" in error_of(config)
    config = changed(base, "evaluation.benchmarks", ["native-text", "global-mmlu-lite-chat"])
    assert "scoring.benchmarks: is missing, and none of evaluation.benchmarks is of the paper" in error_of(config)


def test_a_language_without_a_benchmark_is_refused(base):
    config = changed(base, "languages.eu", {"name": "Basque"})
    config["design"][0]["languages"] = ["de", "eu"]
    content = error_of(config)
    assert "design.0.languages: eu is held by none of evaluation.benchmarks (global-mmlu-lite, m-rewardbench" in content
    assert "add a benchmark that holds it, or take it out of the design" in content
    config["benchmarks"]["mgsm"]["languages"].append("eu")
    assert "benchmarks.mgsm.languages: adapter mgsm cannot serve eu; it serves bn, de, en, es" in error_of(config)


def test_a_recipe_without_seeds_is_refused(base):
    config = changed(base, "design.0.languages", ["de", "ko"])
    assert "design.0.recipes: mix (generate) needs seeds in ko, which none of seeds.sources (aya, tulu-3," in error_of(
        config
    )
    config["design"][0]["recipes"] = ["translate"]
    config["scoring"] = {"main_recipe": "mix", "main_size": 10500}
    validate(config, SCHEMA, BASE, [])
    config["seeds"]["sources"] = ["aya"]
    assert "needs seeds in en, which none of seeds.sources (aya) holds" in error_of(config)


def test_the_main_cells_are_the_first_of_the_design_where_none_are_named(base):
    assert Design(base).main == ("mix", 10500)
    assert Design(changed(base, "scoring", {"main_recipe": "respond", "main_size": 7})).main == ("respond", 7)


def test_the_task_sets_of_the_paper(base):
    """Arabic and Indonesian have two tasks, Czech one, German, Spanish and Japanese three; no other decides."""
    held = {code: 0 for code in base["design"][0]["languages"]}
    deciding = Design(base).deciding
    assert deciding == ["global-mmlu-lite", "m-rewardbench", "mgsm", "filbench"]
    for benchmark in deciding:
        for code in held:
            held[code] += code in base["benchmarks"][benchmark]["languages"]
    assert held == {"ar": 2, "cs": 1, "de": 3, "es": 3, "id": 2, "ja": 3}


def test_a_study_without_a_benchmark_of_the_paper_says_what_decides(base):
    config = changed(base, "evaluation.benchmarks", ["native-text", "instructions"])
    assert "scoring.benchmarks: is missing" in error_of(config)
    config["scoring"]["benchmarks"] = ["instructions"]
    config["design"][0]["languages"] = ["de"]
    validate(config, SCHEMA, BASE, [])


def test_the_deciding_benchmarks_are_of_the_study_and_of_one_kind(base):
    config = changed(base, "scoring.benchmarks", ["mgsn"])
    assert "scoring.benchmarks: 'mgsn' is unknown" in error_of(config)
    config["scoring"]["benchmarks"] = ["mgsm", "native-text"]
    assert "have no common mean; keep one kind" in error_of(config)
    config["scoring"]["benchmarks"] = ["native-text"]
    validate(config, SCHEMA, BASE, [])
    assert Design(config).deciding == ["native-text"]


def test_data_sets_of_a_benchmark_are_checked(base):
    config = changed(base, "benchmarks.mgsm.dataset", ["mgsm", "mgsn"])
    assert "benchmarks.mgsm.dataset: 'mgsn' is unknown" in error_of(config)


@pytest.mark.parametrize(
    ("rows", "damage", "fault"),
    [
        ("nllb-both", {"kind": "repeated", "share": 0.5}, "teachers.planted.rows: nllb-both cannot be damaged"),
        ("public", {"kind": "other_language", "share": 0.5}, "damage.language: kind other_language needs it"),
        ("public", {"kind": "repeated", "share": 0.5, "language": "de"}, "other_language alone takes it"),
        ("public", {"kind": "other_language", "share": 0.5, "language": "tl"}, "tl is a language of the design"),
        ("public", {"kind": "other_language", "share": 0.5, "language": "ko"}, "ko is held by none of seeds.sources"),
        ("public", {"kind": "repeated", "share": 0}, "share"),
        ("public", {"kind": "burnt", "share": 1}, "'burnt' is unknown"),
    ],
)
def test_damage_that_cannot_be_is_refused(base, rows, damage, fault):
    config = copy.deepcopy(base)
    config["teachers"]["planted"] = {"rows": rows, "damage": damage}
    config["design"][-1]["teachers"] = ["public", *(["planted"] if rows == "public" else [])]
    assert fault in error_of(config)


def test_every_key_of_the_schema_is_described():
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    blocks = [value for key, value in leaves(schema) if key.rpartition(".")[2] == "properties"]
    undescribed = [name for block in blocks for name, entry in block.items() if "description" not in entry]
    assert len(blocks) > 10 and undescribed == []


def test_every_object_of_the_schema_is_closed():
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    objects = [value for _, value in leaves(schema) if isinstance(value, dict) and value.get("type") == "object"]
    assert all("additionalProperties" in value for value in [schema, *objects])
