"""What resources/languages/holdings.csv says against lists that others keep: lm-eval's task files, NLLB's codes."""

import re
from pathlib import Path

import lm_eval
import pandera.pandas as pa
import pytest
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from polyglot.core.holdings import RESOURCES, parts
from polyglot.core.sheets import read_sheet
from polyglot.seeds.hub_source import iso_code

TASKS = Path(lm_eval.__file__).parent / "tasks"
SHEET = pa.DataFrameSchema(
    {
        "dataset": pa.Column(str),
        "language": pa.Column(str, pa.Check.str_matches(r"^[a-z]{2,3}$")),
        "part": pa.Column(str),
    },
    unique=["dataset", "language"],
    strict=True,
)


def test_every_line_has_a_data_set_a_code_and_a_part_and_none_stands_twice():
    assert len(read_sheet(RESOURCES / "languages/holdings.csv", SHEET)) > 400


def named(pattern):
    """The `dataset_name` of each of lm-eval's task files that match."""
    texts = [file.read_text(encoding="utf-8") for file in TASKS.glob(pattern) if file.is_file()]
    return {match.group(1) for text in texts if (match := re.search(r"^dataset_name: (.+)$", text, re.MULTILINE))}


@pytest.mark.parametrize(
    ("dataset", "known"),
    [
        ("belebele", named("belebele/belebele_*.yaml")),
        ("include", named("include/default/*/_*_template_yaml")),
        ("global-mmlu", named("global_mmlu/full/*/_*_template_yaml")),
        ("mgsm", {file.stem.rpartition("_")[2] for file in TASKS.glob("mgsm/direct/mgsm_direct_*.yaml")}),
        ("afrimgsm", named("afrimgsm/direct/prompt_1/afrimgsm_*.yaml")),
        ("flores", set(FAIRSEQ_LANGUAGE_CODES)),
        ("sib200", set(FAIRSEQ_LANGUAGE_CODES)),
    ],
)
def test_parts_are_those_of_the_data_set(dataset, known):
    held = parts(dataset)
    assert held and set(held.values()) <= known
    assert len(set(held.values())) == len(held)


def test_parts_belong_to_their_languages():
    assert [parts("belebele")[code] for code in ("ar", "az", "fa", "lv", "sr", "sw", "tl", "zh")] == [
        *("arb_Arab", "azj_Latn", "pes_Arab", "lvs_Latn", "srp_Cyrl", "swh_Latn", "tgl_Latn", "zho_Hans"),
    ]
    assert [parts("include")[code] for code in ("eu", "mk", "fa")] == ["Basque", "North Macedonian", "Persian"]
    assert parts("afrimgsm") == {"am": "amh", "en": "eng", "fr": "fra", "sw": "swa", "yo": "yor"}
    assert parts("global-mmlu")["tl"] == "fil" and parts("aya")["ku"] == "kur" and parts("unknown") == {}


def test_a_source_calls_its_languages_what_its_adapter_reads():
    for source in ("oasst2", "wildchat"):
        assert parts(source) and {code: iso_code(part) for code, part in parts(source).items()} == {
            code: code for code in parts(source)
        }
    assert set(parts("oasst2")) == {"ca", "de", "en", "es", "fr", "pt", "ru", "th", "zh"}
    assert {"ar", "cs", "de", "en", "es", "id", "ja", "tl"} <= set(parts("wildchat"))  # the paper's Tables 6 and 18
