"""The decision: which score decides, who is first, prices, and what the words say in each case."""

import json
from argparse import Namespace
from pathlib import Path

import pandas as pd
import pytest

from polyglot.analysis.decide import (
    add_prices,
    certainty,
    decides,
    decision,
    examples,
    licences_of,
    mixtures_of,
    written_rows,
)
from polyglot.analysis.decision_words import (
    answer,
    body,
    cautions,
    change,
    helps,
    how_sure,
    opening,
    page,
    price,
    quoted,
)
from polyglot.analysis.prices import price as priced
from polyglot.analysis.prices import read_counts, refused, summed
from polyglot.analysis.ranking import of_base
from polyglot.analysis.score import score
from polyglot.analysis.summaries import cells
from polyglot.core.files import write_parquet
from tests.unit.study_samples import frame, measured, tiny

COUNTS = {"seen": 40, "kept": 8, "rejected": {"copied": 20, "surplus": 10, "truncated": 2}, "prompt_tokens": 4000}
COUNTS |= {"completion_tokens": 800, "cost_usd": 0.02}


def ranking(rows):
    """Rows of ranking.csv of one base: (score, language, teacher, estimate, low, high, tie_group, smallest)."""
    names = ["score", "language", "teacher", "estimate", "low", "high", "tie_group", "smallest_difference"]
    table = pd.DataFrame(rows, columns=names).assign(student_base="base-a", p_best=0.9, rank_low=1, rank_high=2)
    return table.astype({name: "Int64" for name in ("tie_group", "rank_low", "rank_high")})


GAINS = [
    ("gain", "es", "ann", 0.15, 0.10, 0.20, 1, 0.05),
    ("gain", "es", "bob", 0.01, -0.04, 0.06, 2, 0.05),
]
ERRORS = {"items": {"es": {"quiz": 40}}, "trials": 1, "gain": {}}
HALVED = {"difference_se": 0.02, "items_times": 4.0, "trials_times": None}


def entry(rows=GAINS, changes=None, **valid):
    """The decision of Spanish by rows of a ranking; `changes` are laid over the measurements of the first teacher."""
    of_cells = cells(
        score(frame([measured(teacher="ann"), measured(teacher="bob", **(changes or {}))]), "mix", 60).scores
    )
    of_cells["anchor_valid"] = pd.array([valid.get("anchor", False)] * len(of_cells), dtype="boolean")
    return decision(ranking(rows), of_cells, {**ERRORS, "gain": {"es": HALVED}}, "es")


@pytest.mark.parametrize(
    ("valid", "known", "expected", "why"),
    [
        ({"es": True}, {"gain", "pg_score"}, "gain", "what the rows are for"),
        ({"ja": None}, {"gain", "pg_score"}, "gain", "what the rows are for"),
        ({"es": True}, {"pg_score"}, "pg_score", "no gain is known, and the reference is clearly better"),
        ({"es": True, "id": False}, {"pg_score"}, None, "the reference is not clearly better than the base in id"),
        ({"ja": None}, {"pg_score"}, None, "the gain of no teacher is known"),
        ({"es": True}, set(), None, "no teacher has a PG-Score"),
    ],
)
def test_gain_decides_wherever_it_is_known(valid, known, expected, why):
    name, reason = decides(valid, known)
    assert name == expected and why in reason


def test_another_answer_by_pg_score_is_said_where_it_has_a_meaning():
    by_pg_score = [
        ("pg_score", "es", name, *rest)
        for name, *rest in (("ann", 0.1, 0, 0.2, 2, 0.1), ("bob", 0.4, 0.3, 0.5, 1, 0.1))
    ]
    valid = entry([*GAINS, *by_pg_score], anchor=True)
    assert valid["score"] == "gain" and valid["first"] == ["ann"]
    assert how_sure(valid).endswith("By PG-Score, which adds metrics of the rows, the answer is another: bob.")
    assert "By PG-Score" not in how_sure(entry([*GAINS, *by_pg_score], anchor=False))


def test_a_single_winner_with_what_would_have_been_too_small():
    of_es = entry()
    assert (of_es["certainty"], of_es["first"], of_es["score"]) == ("single", ["ann"], "gain")
    assert of_es["change"] == {"over": "bob", "lead": pytest.approx(0.14), "least_lead": 0.05, **HALVED}
    assert answer(of_es) == "**ann**. It is better than every other teacher."
    assert helps(of_es) == "Training on rows of ann helps: students gain +0.150 (0.100 to 0.200) on their base."
    assert change(of_es) == (
        "The lead of ann over bob is 0.140, large enough to show: 0.050. The error of a difference in gain is 0.0200;"
        " 4.0 times as many items would halve it."
    )


def test_a_tie_is_no_winner_and_harm_is_said():
    tied = [("gain", "es", name, -0.1, -0.2, -0.01, 1, 0.3) for name in ("ann", "bob")]
    of_es = entry(tied)
    assert of_es["certainty"] == "tied"
    assert answer(of_es) == "**no single winner**. ann and bob cannot be told apart."
    assert helps(of_es) == "Even rows of ann harm: students lose against their base, −0.100 (−0.200 to −0.010)."
    assert "too small to be told from none: it takes 0.300" in change(of_es)


@pytest.mark.parametrize(("behind", "words"), [(["cleo"], "1 other stands"), (["cleo", "dan"], "2 others stand")])
def test_those_behind_a_tie_are_counted(behind, words):
    tied = {"certainty": "tied", "first": ["ann", "bob"], "score": "gain"}
    rows = [{"teacher": name, "estimate": 0.1, "short": False} for name in ("ann", "bob", *behind)]
    assert answer({**tied, "teachers": rows}) == f"**ann or bob**. These cannot be told apart; {words} behind."


def test_one_teacher_and_unknown_errors_get_a_sentence_in_place_of_an_interval():
    alone = entry(GAINS[:1])
    assert alone["certainty"] == "alone" and "only teacher" in answer(alone) and change(alone) == "A second teacher."
    unknown = entry([(*row[:4], None, None, 1, None) for row in GAINS])
    assert unknown["certainty"] == "unknown"
    assert answer(unknown) == "**no answer**: no score has an interval. ann is the highest by gain (student − base)."
    assert certainty(ranking([(*row[:3], None, None, None, None, None) for row in GAINS])) == "none"


def test_a_short_data_set_is_marked_and_explained_wherever_its_teacher_stands():
    tied = [("gain", "es", name, 0.1, 0.0, 0.2, 1, 0.3) for name in ("ann", "bob")]
    of_es = entry(tied, {"rows": 9})
    assert answer(of_es) == "**no single winner**. ann and bob § cannot be told apart."
    (line,) = cautions(of_es, [of_es])[1].split("\n")
    assert line.startswith("- bob § has 9 of the 60 rows asked in es")
    assert cautions(entry(tied), [entry(tied)]) == []


def test_refused_answers_are_those_that_nobody_could_use():
    assert refused(COUNTS) == {"of": 30, "refused": 22, "reasons": {"copied": 20, "truncated": 2}}
    of_es = entry()
    add_prices(of_es, {("ann", "es"): COUNTS}, {"ann": {"kind": "pairs"}}, {})
    assert "- Most answers of ann were refused: 22 of 30 (copied 20, truncated 2)." in cautions(of_es, [of_es])[1]


def test_counts_are_summed_over_methods_and_trials(tmp_path):
    for method in ("generate", "respond"):
        place = tmp_path / "ann/es" / method
        place.mkdir(parents=True)
        for trial in (1, 2):
            (place / f"trial{trial}.counts.json").write_text(json.dumps(COUNTS))
    total = read_counts(tmp_path, "ann", "es", ["generate", "respond"], [1, 2])
    assert (total["seen"], total["kept"], total["rejected"]["copied"], total["prompt_tokens"]) == (160, 32, 80, 16000)


@pytest.mark.parametrize(
    ("rate", "costs", "words"),
    [
        ({"kind": "api"}, {"fees_usd": 25.0}, "25.00 US $ in fees; no GPU of yours"),
        # 4,000 / 100 + 800 / 20 = 80 s for 8 rows; 10,000 rows take 1,250 times that, 27.8 h
        ({"kind": "gpu", "read": 100, "write": 20}, {"fees_usd": 0.0, "gpu_hours": 250 / 9}, "no fees; 27.8 GPU-hours"),
        (
            {"kind": "cpu", "read": 100, "write": 20},
            {"fees_usd": 0.0, "cpu_hours": 250 / 9},
            "no fees; 27.8 CPU-hours; GPU-hours not measured here",
        ),
        ({"kind": "pairs"}, {}, "not measured here"),
    ],
)
def test_the_price_of_ten_thousand_rows(rate, costs, words):
    result = priced(COUNTS, rate)
    assert result == pytest.approx({"fees_usd": None, "gpu_hours": None, "cpu_hours": None, **costs})
    assert price(result) == words
    assert price(priced({**COUNTS, "kept": 0}, rate)) == "not measured here" == price(None)


def test_fees_without_a_price_are_said_to_be_unknown_with_the_tokens_to_price():
    total = summed([COUNTS, {**COUNTS, "cost_usd": None}, COUNTS])  # 24 rows
    assert total["cost_usd"] is None and total["prompt_tokens"] == 12_000
    words = "fees not known, for the config has no price: 5,000,000 tokens read, 1,000,000 written; no GPU of yours"
    assert price(priced(total, {"kind": "api"})) == words


def test_a_mixture_costs_what_its_teachers_rows_cost_by_their_shares():
    of_es = entry()
    of_es["teachers"].append({**of_es["teachers"][0], "teacher": "both"})
    counts = {("ann", "es"): COUNTS, ("bob", "es"): {**COUNTS, "kept": 16, "cost_usd": 0.0}}
    rates = {"ann": {"kind": "api"}, "bob": {"kind": "gpu", "read": 100, "write": 20}}
    add_prices(of_es, counts, rates, {("both", "es"): {"ann": 3, "bob": 1}})
    own = {row["teacher"]: row["price"] for row in of_es["teachers"]}
    # ann takes 0.02 $ for 8 rows, bob 80 s for 16: of 10,000 rows 7,500 and 2,500 are theirs
    assert own["both"] == pytest.approx({"fees_usd": 18.75, "gpu_hours": 2500 * 5 / 3600, "cpu_hours": None})
    assert price(own["both"]) == "18.75 US $ in fees; 3.5 GPU-hours"
    assert of_es["teachers"][2]["answers"]["of"] == 60
    unpriced = {**counts, ("ann", "es"): {**COUNTS, "cost_usd": None}}
    add_prices(of_es, unpriced, rates, {("both", "es"): {"ann": 3, "bob": 1}})
    made = of_es["teachers"][2]["price"]  # three quarters of the 5,000,000 tokens that ann reads for 10,000 rows
    assert made["fees_usd"] is None and made["unpriced"]["prompt_tokens"] == 3_750_000


def test_who_wrote_a_mixture_is_counted_in_its_data_sets(tmp_path):
    for trial, teachers in ((1, ["ann", "bob", "ann"]), (2, ["bob"])):
        write_parquet(tmp_path / f"both/es/mix-60/trial{trial}.parquet", pd.DataFrame({"teacher": teachers}))
    bases = [measured(teacher="both", trial=trial, student_base=base) for base in ("x", "y") for trial in (1, 2)]
    rows = frame([*bases, measured(teacher="ann")])
    assert written_rows(tmp_path, rows, ["both"]) == {("both", "es"): {"ann": 2, "bob": 2}}


def test_the_best_two_stand_side_by_side_for_the_first_prompts_that_they_share(tmp_path):
    alike = ("a", "1")  # to which two teachers gave the same answer
    rows = {
        "ann": [alike, ("b", "2"), ("c", "3"), ("d", "4")],
        "bob": [alike, ("d", "8"), ("b", "9"), ("c", "x" * 700)],
    }
    for name, pairs in rows.items():
        recipe = {"ann": "mix", "bob": "given"}[name]
        table = pd.DataFrame(pairs, columns=["prompt", "response"])
        write_parquet(tmp_path / f"{name}/es/{recipe}-60/trial1.parquet", table)
    scores = frame([measured(teacher="ann"), measured(teacher="ann", trial=2), measured(teacher="bob", recipe="given")])
    shown = examples(entry(), tmp_path, scores)
    assert [row["prompt"] for row in shown["rows"]] == ["b", "c"] and shown["teachers"] == ["ann", "bob"]
    assert shown["rows"][0]["answers"] == ["2", "9"] and len(shown["rows"][1]["answers"][1]) == 604
    assert examples(entry(GAINS[:1]), tmp_path, scores) is None
    assert examples(entry(), tmp_path, scores[scores["teacher"] != "ann"]) is None  # a mixture, of others' rows


def test_a_decision_has_the_leads_of_mixtures_by_the_score_that_decides():
    line = {"student_base": "base-a", "language": "es", "mixture": "both", "best": "ann", "lead": 0.01}
    leads = pd.DataFrame(
        [{**line, "score": name, "low": low, "high": 0.1} for name, low in (("gain", None), ("pg", 0))]
    )
    of_es = {**entry(), "student_base": "base-a"}
    made = mixtures_of(leads.astype({"low": float}), of_es, {"both": ["ann", "bob"]})
    lead = {"mixture": "both", "best": "ann", "lead": 0.01, "low": None, "high": 0.1}
    assert made == [{"teachers": ["ann", "bob"], **lead}]
    named = {"names": {"es": "Spanish"}, "licences": {}, "decisions": [{**of_es, "mixtures": made}]}
    text = "\n".join(body(named))
    assert "**Mixtures.** both (ann and bob) against ann, the best of its teachers: +0.010" in text


def test_a_page_of_print_says_that_nothing_can_decide():
    scores = score(tiny(), "mix", 60).scores
    rows, _, report = of_base("base-a", scores, {}, 1)
    decisions = [
        {"student_base": "base-a", **decision(pd.DataFrame(rows), cells(scores), report, language)}
        for language in ("all", "es", "id")
    ]
    content = {"study": "print", "recipe": "mix", "size": 60, "names": {"es": "Spanish"}, "decisions": decisions}
    text = page({**content, "licences": {"ann": [{"name": "X", "url": None, "terms": None}]}, "examples": []})
    assert text.startswith(
        "# Which teacher: study print\n\nFor students of base-a, in Spanish (es) and id (id): **no answer**"
    )
    assert "not measured here" in text and "| X " in text and "A run of the study" in text
    nothing = {**content, "decisions": [], "licences": {}, "examples": []}
    assert "no data set has the recipe mix at 60 rows" in opening(nothing)[1] and body(nothing) == []


def test_the_licences_of_rows_are_those_of_teacher_and_seeds_or_of_the_data_that_were_given():
    roles = {"teacher ann": "Gemma", "teacher bob": "CC-BY-4.0", "seed source": "BSD-3-Clause"}
    kinds = {"teacher ann": "model"}
    materials = [
        {"kind": kinds.get(role, "dataset"), "id": role, "title": role, "url": "u", "licence": licence, "role": role}
        for role, licence in roles.items()
    ]
    files = {"licences": "resources/licences.yaml", "licences_schema": "resources/schemas/licences.schema.yaml"}
    arguments = Namespace(
        materials=materials, printed_licences=None, **{key: Path(path) for key, path in files.items()}
    )
    names = licences_of(arguments, {"ann": {"es"}, "bob": {"es"}})
    assert [item["name"] for item in names["ann"]] == ["Gemma Terms of Use", "BSD 3-Clause License"]
    assert [item["terms"] for item in names["bob"]] == ["Name the source of adapted prompts."]


def test_text_of_models_cannot_leave_its_line():
    assert quoted("a `b`\n# c\x1b[31m") == "`a 'b' # c`" and quoted("x" * 200) == f"`{'x' * 160} […]`"
