"""Polyglot-Ko: what is read of its print, parameters counted by hand, pinned verdicts, and tests that turn."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from polyglot.analysis.claims.check_korean_claims import KOREAN_TESTS, KoreanEvidence
from polyglot.analysis.claims.korean_model_claims import over_ranks, ranks_of
from polyglot.analysis.claims.ledger import DIFFERS, NOT_DERIVABLE, REPRODUCED, check_all
from polyglot.analysis.parameter_counts import count
from polyglot.analysis.polyglot_ko import load_polyglot_ko
from polyglot.core.errors import InputError

PRINTED = Path("resources/published")
# model: parameters, norms and biases that each rank holds (6 rows of the width a layer and 2 at the end), 2 · width
COUNTED = {
    "polyglot-ko-1.3b": (1_331_810_304, (6 * 24 + 2) * 2048, 2 * 2048),
    "polyglot-ko-3.8b": (3_809_974_272, (6 * 32 + 2) * 3072, 2 * 3072),
    "polyglot-ko-5.8b": (5_885_059_072, (6 * 28 + 2) * 4096, 2 * 4096),
    "polyglot-ko-12.8b": (12_893_603_840, (6 * 40 + 2) * 5120, 2 * 5120),
}
EXPECTED = {
    REPRODUCED: """
        KO-params-1.3b KO-params-3.8b KO-params-5.8b KO-tokens-1.3b KO-data-sum KO-like-size-small KO-multilingual
        KO-size
    """,
    DIFFERS: """
        KO-params-12.8b KO-best KO-like-size KO-shots KO-fifty KO-hellaswag-f1 KO-wic-metric KO-wic-12.8b KO-constant
        KO-twins
    """,
    NOT_DERIVABLE: "KO-tokens-3.8b KO-tokens-5.8b KO-tokens-12.8b",
}
VALUES = {
    "KO-params-5.8b": "5885059072",
    "KO-params-12.8b": "12893603840",
    "KO-tokens-1.3b": "213.9",
    "KO-data-sum": "857.2 to 863.2",
    "KO-best": "17",
    "KO-like-size": "10",
    "KO-like-size-small": "15",
    "KO-multilingual": "16",
    "KO-size": "4",
    "KO-shots": "28",
    "KO-fifty": "17",
    "KO-hellaswag-f1": "0.4828",
    "KO-wic-metric": "0.3297",
    "KO-wic-12.8b": "0.3280",
    "KO-constant": "75",
    "KO-twins": "2",
}


@pytest.fixture(scope="module")
def evidence():
    columns = ["parameters", "replicated", "of_a_vocabulary_row"]
    return KoreanEvidence(load_polyglot_ko(PRINTED), pd.DataFrame.from_dict(COUNTED, "index", columns=columns))


@pytest.fixture(scope="module")
def ledger(evidence):
    return check_all(evidence.printed["polyglot_ko_claims"], evidence, KOREAN_TESTS)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(PRINTED, tmp_path / "published"))


def test_a_small_architecture_counted_by_hand():
    # two embeddings of 128 · 8; a layer: two norms, 8 · 24 + 24, 8 · 8 + 8, 8 · 32 + 32, 32 · 8 + 8; the last norm
    layer = 2 * 16 + 216 + 72 + 288 + 264
    assert count(layers=2, width=8, heads=2, feed_forward=32, context=16, vocabulary=128) == {
        "parameters": 2 * 128 * 8 + 2 * layer + 16,
        "replicated": 2 * (32 + 8 + 8) + 16,
        "of_a_vocabulary_row": 16,
    }


@pytest.mark.parametrize("model", ["polyglot-ko-1.3b", "polyglot-ko-12.8b"])
def test_the_printed_architectures_are_counted_without_weights(evidence, model):
    row = evidence.models.loc[model]
    shape = [int(row[name]) for name in ("layers", "width", "heads", "feed_forward", "context", "padded_vocabulary")]
    assert tuple(count(*shape).values()) == COUNTED[model]


def test_the_verdicts_and_values(ledger):
    results = {verdict: sorted(rows["claim_id"]) for verdict, rows in ledger.rows.groupby("verdict")}
    assert results == {verdict: sorted(claims.split()) for verdict, claims in EXPECTED.items()}
    values = ledger.rows.set_index("claim_id")["recomputed_value"]
    assert {claim_id: values[claim_id] for claim_id in VALUES} == VALUES


def test_one_row_a_claim_with_the_columns_of_the_other_ledger(ledger, evidence):
    assert ledger.rows["claim_id"].tolist() == evidence.printed["polyglot_ko_claims"]["claim_id"].tolist()
    assert set(KOREAN_TESTS) == set(ledger.rows["claim_id"]) and len(ledger.rows) == 21
    columns = ["claim_id", "where", "statement", "unit", "paper_value", "recomputed_value", "verdict", "note"]
    assert list(ledger.rows.columns) == columns and ledger.rows.notna().all(axis=None)
    assert ledger.rows.set_index("claim_id").at["KO-tokens-5.8b", "paper_value"] == "172"


def outcome(claim_id, evidence):
    return KOREAN_TESTS[claim_id](evidence)


def change(evidence, name, **columns):
    return replace(evidence, printed={**evidence.printed, name: evidence.printed[name].assign(**columns)})


def rescored(evidence, **scores):
    """The evidence with one model's cells moved by an amount, as `polyglot_ko_12_8b=0.2`."""
    table = evidence.printed["polyglot_ko_kobest_f1"]
    keys = table["model"].str.replace(r"\W", "_", regex=True)
    return change(evidence, "polyglot_ko_kobest_f1", f1=table["f1"] + keys.map(scores).fillna(0))


def test_the_largest_model_is_printed_as_the_sum_over_four_ranks(evidence):
    # 128 more rows of 10,240 for a vocabulary of 30,208, and 3 · 242 · 5,120 for what is held four times
    assert over_ranks(evidence, "polyglot-ko-12.8b", 4) == 12_893_603_840 + 128 * 10_240 + 3 * 242 * 5120
    assert [ranks_of(evidence, model) for model in COUNTED] == [1, 1, 1, 4]
    assert "over 4 ranks" in outcome("KO-params-12.8b", evidence).note
    wrong = replace(evidence, counted=evidence.counted + 1)
    assert outcome("KO-params-1.3b", wrong).verdict == DIFFERS and ranks_of(wrong, "polyglot-ko-12.8b") is None


def test_tokens_agree_only_where_the_cards_share_the_sequences(evidence):
    note = outcome("KO-tokens-12.8b", evidence).note
    assert "need 270.9" in note and "64 replicas share evenly, 256, gives 157.8" in note
    # 328,000 steps of 256 sequences are 172.0 billion tokens
    assert outcome("KO-tokens-5.8b", change(evidence, "polyglot_ko_models", steps=328_000)).verdict == REPRODUCED
    # 100,000 steps of 1,024 sequences are 209.7 billion tokens, of 1,280 they are 262.1
    fewer = change(evidence, "polyglot_ko_models", steps=100_000)
    assert outcome("KO-tokens-1.3b", fewer).verdict == NOT_DERIVABLE


def test_gigabytes_must_lie_between_the_bounds(evidence):
    sources = evidence.printed["polyglot_ko_sources"]["gigabytes"]
    less = change(evidence, "polyglot_ko_sources", gigabytes=sources.replace("87.0", "86.0"))
    assert outcome("KO-data-sum", less)[:2] == (DIFFERS, "856.2 to 862.2")


def test_orders_turn_with_the_scores(evidence):
    assert outcome("KO-best", rescored(evidence, polyglot_ko_12_8b=0.5)).verdict == REPRODUCED
    assert outcome("KO-like-size", rescored(evidence, polyglot_ko_5_8b=0.1)).verdict == REPRODUCED
    assert outcome("KO-like-size-small", rescored(evidence, polyglot_ko_1_3b=-0.2)).verdict == DIFFERS
    assert outcome("KO-multilingual", rescored(evidence, polyglot_ko_5_8b=-0.3)).verdict == DIFFERS
    assert outcome("KO-size", rescored(evidence, polyglot_ko_3_8b=-0.1))[:2] == (DIFFERS, "3")
    table = evidence.printed["polyglot_ko_kobest_f1"]
    more = change(evidence, "polyglot_ko_kobest_f1", f1=table["shots"] / 100)
    assert outcome("KO-shots", more)[:2] == (REPRODUCED, "35")


def test_equal_cells_and_constant_answers_are_counted(evidence):
    table = evidence.printed["polyglot_ko_kobest_f1"]
    apart = change(evidence, "polyglot_ko_kobest_f1", f1=0.5 + table.index / 1000)
    assert outcome("KO-twins", apart)[:2] == (REPRODUCED, "0")
    assert outcome("KO-constant", apart)[:2] == (REPRODUCED, "84")
    # 699 / (1,404 + 699) = 0.33238
    assert "699 of 1404 items" in outcome("KO-constant", evidence).note
    same = change(evidence, "polyglot_ko_kobest_f1", f1=0.3333)
    assert outcome("KO-constant", same).value == "0"
    # 21 pairs of 7 models in 20 cells
    assert outcome("KO-twins", same).value == "420"


def test_fifty_examples_fit_where_they_are_short(evidence):
    # 230.07 characters · 2.23 bytes / 4.746 bytes a token = 108.1 tokens: 18 examples of BoolQ, one of them the item
    short = change(evidence, "kobest_lengths", characters=100_000)
    assert outcome("KO-fifty", short).verdict == REPRODUCED
    # SentiNeg's have the most bytes then: 60 · 2.47 / 4.746 = 31.2 tokens, 65.6 of them in 2,048, one the item
    rows = evidence.printed["kobest_lengths"]["rows"]
    assert outcome("KO-fifty", change(evidence, "kobest_lengths", characters=rows * 60)).value == "64"


def test_reruns_decide_what_is_printed(evidence):
    reruns = evidence.printed["polyglot_ko_reruns"]
    same = change(evidence, "polyglot_ko_reruns", rerun=reruns["printed"])
    for claim_id in ("KO-hellaswag-f1", "KO-wic-12.8b"):
        assert outcome(claim_id, same).verdict == REPRODUCED
        assert "boolq of polyglot-ko-12.8b; sentineg of polyglot-ko-12.8b" in outcome(claim_id, evidence).note
        assert outcome(claim_id, change(evidence, "polyglot_ko_reruns", metric="accuracy")).verdict == NOT_DERIVABLE
    assert "0.5320 (length-normalised accuracy" in outcome("KO-hellaswag-f1", evidence).note
    card = [0.3297, 0.485, 0.465, 0.329]
    printed = reruns["printed"].where(reruns["metric"] != "as printed in the report")
    agreed = change(
        evidence, "polyglot_ko_reruns", printed=printed.fillna(pd.Series(card, index=range(7, 11)).round(3))
    )
    assert outcome("KO-wic-metric", agreed).verdict == REPRODUCED


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("polyglot_ko_sources.csv", "Clova call,<1.0", "Clova call,little", "line 11, column 'gigabytes'"),
        ("polyglot_ko_models.csv", "polyglot-ko-1.3b,24", "polyglot-ko-1.4b,24", "line 2, column 'model'"),
        ("polyglot_ko_kobest_f1.csv", "copa,xglm-7.5b,5,0.6731", "copa,xglm-7.5b,5,67.31", "line 11, column 'f1'"),
        ("polyglot_ko_kobest_f1.csv", "copa,xglm-7.5b,5,0.6731\n", "", "no row for copa, xglm-7.5b, 5"),
        ("polyglot_ko_reruns.csv", "polyglot-ko-12.8b,boolq,0", "polyglot-ko-12.8b,boolq,1", "line 3, column 'shots'"),
        ("kobest_tasks.csv", "wic,3318,610", "wic,3318,-610", "kobest_tasks.csv: line 6, column 'validation'"),
        ("kobest_lengths.csv", ",2.23,", ",22.3,", "kobest_lengths.csv: line 2, column 'bytes_a_character'"),
        ("polyglot_ko_tokenizers.csv", "1.754", "0", "polyglot_ko_tokenizers.csv: line 3, column 'tokens_a_word'"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_column(copy, file, old, new, message):
    text = (copy / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_polyglot_ko(copy)
