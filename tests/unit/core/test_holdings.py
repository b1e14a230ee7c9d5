"""What resources/languages/holdings.csv says against lists that others keep: lm-eval's task files, NLLB's codes."""

import re
from pathlib import Path

import lm_eval
import pytest
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from polyglot.core.holdings import parts

TASKS = Path(lm_eval.__file__).parent / "tasks"


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
    assert parts("global-mmlu")["tl"] == "fil" and parts("aya")["ku"] == "kur" and parts("unknown") == {}
