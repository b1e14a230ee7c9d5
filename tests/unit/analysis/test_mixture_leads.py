"""How far a mixture leads the best of its teachers: by hand, and that its interval holds whoever is the best."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import mixture_leads
from polyglot.analysis.decision_words import mixture_line, mixtures
from polyglot.analysis.mixture_leads import LEADS, lead, of_base, page
from polyglot.analysis.ranking import RANKED_COLUMNS
from polyglot.analysis.resampling import Draws


def around(*estimates, spread=0.1):
    """Draws two spreads below and above each estimate, by turns, so that no two scores move together."""
    signs = np.array([[(draw >> place) % 2 * 2 - 1 for place in range(len(estimates))] for draw in range(64)])
    return np.array(estimates), np.array(estimates) + spread * signs


def test_the_lead_is_over_the_best_and_its_interval_is_made_of_all_leads():
    # leads of 0.3 over the first and 0.1 over the second, each with errors of -0.2, 0, 0 and 0.2
    best, over, low, high = lead(*around(0.5, 0.2, 0.4))
    assert best == 1
    assert (over, low, high) == pytest.approx((0.1, -0.1, 0.3))


def test_a_teacher_far_behind_hardly_widens_the_interval_and_a_rival_does():
    of_two = lead(*around(0.5, 0.45, 0.45))
    # of a second teacher without errors the lead is what it is
    estimate, drawn = around(0.5, 0.4)
    certain = lead(np.append(estimate, 0.48), np.column_stack([drawn, drawn[:, 0] - 0.02]))
    assert of_two[1:] == pytest.approx((0.05, -0.15, 0.25))
    assert certain == pytest.approx((1, 0.02, -0.1, 0.02))


def test_the_interval_holds_a_mixture_as_good_as_equal_teachers():
    """The highest of nine equal teachers is above them by chance, and the highest of each draw is once more."""
    random = np.random.default_rng(5)
    noise = random.standard_normal((1000, 10))
    held = again = 0
    for seen in random.standard_normal((200, 10)):
        drawn = seen + noise
        _, _, low, high = lead(seen, drawn)
        held += low <= 0 <= high
        ends = np.percentile(drawn[:, 0] - drawn[:, 1:].max(axis=1), [2.5, 97.5])
        again += ends[0] <= 0 <= ends[1]
    assert held >= 0.95 * 200
    assert again < 0.7 * 200


def ranked(estimates, low=0.0):
    rows = [(score, language, *line) for score in ["gain"] for language in ("es", "all") for line in estimates]
    table = pd.DataFrame(rows, columns=["score", "language", "teacher", "estimate"])
    return table.assign(student_base="base-a", low=low).reindex(
        columns=["score", "student_base", "language", "teacher", *RANKED_COLUMNS]
    )


@pytest.fixture
def drawn(monkeypatch):
    """Teachers ann, bob and the mixture both, in one language; the scores of each draw are given."""
    draws = around(0.2, 0.4, 0.5)[1][:, :, None]
    made = Draws({}, dict.fromkeys(("gain", "pg_score", "pg_score_gain"), draws), {}, 0)
    monkeypatch.setattr(mixture_leads, "draws_of", lambda *_: made)
    return pd.DataFrame({"teacher": ["ann", "bob", "both"], "language": "es"})


def leads(rows, ranking, **of):
    return of_base("base-a", rows, ranking, {}, of or {"both": ["ann", "bob"]}, 1)


def test_each_language_and_their_mean_have_a_row(drawn):
    made = leads(drawn, ranked([("ann", 0.2), ("bob", 0.4), ("both", 0.5)]))
    assert [(row["language"], row["best"]) for row in made] == [("all", "bob"), ("es", "bob")]
    assert [made[0][name] for name in ("lead", "low", "high")] == pytest.approx([0.1, -0.1, 0.3])


def test_a_teacher_without_the_score_is_left_out_and_without_intervals_there_is_none(drawn):
    made = leads(drawn, ranked([("ann", 0.2), ("bob", np.nan), ("both", 0.5)], low=np.nan))
    assert (made[0]["best"], made[0]["lead"]) == ("ann", pytest.approx(0.3))
    assert np.isnan(made[0]["low"]) and np.isnan(made[0]["high"])
    assert leads(drawn, ranked([("ann", np.nan), ("bob", np.nan), ("both", 0.5)])) == []
    assert leads(drawn, ranked([("ann", 0.2), ("bob", 0.1), ("both", np.nan)])) == []


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.03, "both (ann and bob) is better than bob, the best of its teachers: +0.020 (0.010 to 0.030)."),
        (-0.03, -0.01, "both (ann and bob) is worse than bob, the best of its teachers: +0.020 (−0.030 to −0.010)."),
        (
            -0.01,
            0.03,
            "both (ann and bob) cannot be told from bob, the best of its teachers: +0.020 (−0.010 to 0.030).",
        ),
        (None, None, "both (ann and bob) against bob, the best of its teachers: +0.020, with an unknown error."),
    ],
)
def test_a_mixture_in_a_sentence(low, high, words):
    row = {"mixture": "both", "teachers": ["ann", "bob"], "best": "bob", "lead": 0.02, "low": low, "high": high}
    assert mixture_line(row) == words
    assert mixtures({"mixtures": [row]}) == f"**Mixtures.** {words}"
    assert mixtures({}) == ""


def test_the_page_has_the_mean_over_languages_in_a_sentence_and_every_lead_in_a_table():
    rows = [
        ("gain", "base-a", language, "both", "bob", lead, -0.1, 0.3)
        for language, lead in (("all", 0.125), ("es", 0.25))
    ]
    text = page(pd.DataFrame(rows, columns=list(LEADS.columns)), {"both": ["ann", "bob"]})
    assert "- both (ann and bob) cannot be told from bob, the best of its teachers: +0.125 (−0.100 to 0.300)." in text
    line = ["both", "es", "gain (student − base)", "bob", "+0.250", "−0.100", "0.300"]
    assert line in [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
