"""How the order of teachers moves between protocols, on rankings invented by hand."""

import json
import math
import sys

import pandas as pd
import pytest

from polyglot.analysis import protocols
from polyglot.analysis.benchmark_gains import GAINS
from polyglot.analysis.protocols import MOVED, moved, order_correlation, page, told_apart
from polyglot.core.sheets import check, read_sheet, write_sheet

PAIRS = [["sums", "sums-chat"]]


def ranked(benchmark, *teachers, language="all"):
    """Rows of gains.csv: (teacher, gain, half the width of its interval, tie group)."""
    rows = [
        {
            "benchmark": benchmark,
            "student_base": "olmo",
            "language": language,
            "teacher": name,
            "decides": benchmark == "sums",
            "estimate": gain,
            "low": gain - half,
            "high": gain + half,
            "rank_low": 1,
            "rank_high": len(teachers),
            "p_best": 1 / len(teachers),
            "tie_group": group,
            "smallest_difference": 0.1,
        }
        for name, gain, half, group in teachers
    ]
    return check(pd.DataFrame(rows), GAINS, "gains.csv")


PLAIN = ranked(
    "sums", ("aya", 0.30, 0.02, 1), ("gemma", 0.20, 0.02, 2), ("llama", 0.10, 0.20, 2), ("opal", 0.05, 0.02, 3)
)
CHAT = ranked(
    "sums-chat", ("aya", 0.1, 0.02, 2), ("gemma", 0.40, 0.02, 1), ("llama", 0.38, 0.3, 1), ("opal", 0.0, 0.3, 2)
)


def test_teachers_are_told_apart_by_their_intervals_or_by_the_best_of_a_tie_group():
    # llama's interval holds everyone: only the best of group 1 is told from it, by the errors of their difference
    assert told_apart(PLAIN) == {
        ("aya", "gemma"),
        ("aya", "llama"),
        ("aya", "opal"),
        ("gemma", "opal"),
    }
    none = ranked("sums", ("aya", 0.3, math.nan, 1), ("gemma", 0.1, math.nan, 1))
    assert told_apart(none) == set()


def test_a_pair_of_opposite_directions_is_named_from_both_sides():
    table = check(moved(pd.concat([PLAIN, CHAT]), PAIRS), MOVED, "protocols.csv").set_index("teacher")
    # aya is above gemma in plain text and below it in turns, both clearly; llama is told from aya in plain text alone
    assert table["reversed"].to_dict() == {"aya": "gemma", "gemma": "aya", "llama": None, "opal": None}
    assert table.loc["gemma", ["plain_estimate", "chat_estimate"]].tolist() == [0.2, 0.4]
    # of six pairs aya–gemma and aya–llama change their order: (4 − 2) / 6
    assert table["tau"].tolist() == pytest.approx([1 / 3] * 4)
    text = page(table.reset_index())
    assert (
        "Kendall's τ between both orders of 4 teachers is 0.33. Told apart in opposite directions: aya and gemma."
        in text
    )
    assert "| aya       | 0.300         | 0.280 to 0.320         | 1–4           | 0.100" in text


def test_the_same_order_has_no_pair_and_each_language_its_line():
    again = PLAIN.assign(benchmark="sums-chat")
    spanish = [rows.assign(language="es") for rows in (PLAIN, CHAT)]
    table = moved(pd.concat([PLAIN, again, *spanish]), PAIRS)
    of_all, of_spanish = table[table["language"] == "all"], table[table["language"] == "es"]
    assert set(of_all["tau"]) == {1.0} and of_all["reversed"].isna().all()
    assert of_spanish["reversed"].notna().sum() == 2
    text = page(table)
    assert "is 1.00. No two teachers are told apart in opposite directions." in text
    assert "| es         | 0.33          | aya and gemma" in text


def test_no_order_is_no_number():
    assert order_correlation(pd.Series([0.1]), pd.Series([0.2])) is None
    assert order_correlation(pd.Series([0.1, 0.1]), pd.Series([0.2, 0.3])) is None
    assert order_correlation(pd.Series([0.1, None]), pd.Series([0.2, 0.3])) is None
    lone = moved(pd.concat([PLAIN.head(1), CHAT.head(1)]), PAIRS)
    assert "There are no two orders to compare" in page(lone) and "τ between" not in page(lone)


def test_without_intervals_nobody_is_told_apart():
    table = moved(pd.concat([PLAIN.assign(low=math.nan, high=math.nan), CHAT]), PAIRS)
    assert table["reversed"].isna().all()
    assert "By one protocol no gain has an interval, so no teachers are told apart." in page(table)


@pytest.mark.parametrize("pairs", [PAIRS, []])
def test_the_program_writes_a_table_that_reads_back_and_a_page(tmp_path, monkeypatch, pairs):
    write_sheet(tmp_path / "gains.csv", pd.concat([PLAIN, CHAT.assign(tie_group=1, low=-1.0, high=1.0)]))
    options = {"gains": tmp_path / "gains.csv", "pairs": json.dumps(pairs), "out": tmp_path / "protocols.csv"}
    monkeypatch.setattr(sys, "argv", ["protocols.py", *(str(x) for k, v in options.items() for x in (f"--{k}", v))])
    protocols.main()
    assert len(read_sheet(tmp_path / "protocols.csv", MOVED)) == 4 * len(pairs)
    text = (tmp_path / "protocols.md").read_text(encoding="utf-8")
    assert ("No two benchmarks of this study differ in protocol alone" in text) == (not pairs)
