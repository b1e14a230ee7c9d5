"""Rankings of small studies known by hand, and the coverage of their intervals in simulated ones."""

import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import ranking, resampling
from polyglot.analysis.observations import Observations, data_names
from polyglot.analysis.ranking import ALL, RANKING, differences_seen, of_base, rank, rank_runs, times_to_halve
from polyglot.analysis.ranking_page import page, verdict
from polyglot.analysis.resampling import resample, trial_variance
from polyglot.analysis.score import score
from polyglot.analysis.simulation import World, coverage, simulate
from polyglot.core.sheets import read_sheet, write_sheet
from polyglot.evaluation.standard_errors import deviations
from tests.unit.study_samples import frame, measured

ITEMS = 200
ABILITY = {"ann": 0.9, "bob": 0.6, "cec": 0.6}


def study(abilities=ABILITY, languages=("es",), trials=2, items=ITEMS, reference=0.95, seed=4):
    """Measurements and observations of students that answer a share of the items; base 0.4."""
    random = np.random.default_rng(seed)
    rows, answers = [], {}
    for language in languages:
        hard = random.random(items)
        right = {"base": hard < 0.4, "reference": hard < reference}
        for teacher, ability in abilities.items():
            for trial in range(1, trials + 1):
                key = {"teacher": teacher, "language": language, "trial": trial}
                (name,) = data_names(frame([measured(**key)]))
                right[name] = hard + 0.1 * random.standard_normal(items) < ability
                rows.append(
                    measured(
                        **key,
                        base_score=right["base"].mean(),
                        reference_score=right["reference"].mean(),
                        student_score=right[name].mean(),
                        judge_score=3 + ability + 0.01 * trial,
                        perplexity=9 + ability,
                        prompt_diversity=0.5 + ability / 10,
                        response_diversity=0.5 + ability / 10,
                    )
                )
        answers[language] = pd.DataFrame(right).astype(float)
    measurements = frame(rows)
    observations = {}
    for language, table in answers.items():
        ids = {
            "benchmark": "facts",
            "decides": True,
            "item_id": [f"i{n}" for n in range(len(table))],
            "weight": 1.0,
            "stratum": "",
        }
        names = [name for name in table.columns if "/" in name]
        values = random.normal(3, 0.1, (40 * len(names), 4))
        of_rows = pd.DataFrame(values, columns=["prompt_distance", "response_distance", "score", "perplexity"])
        of_rows = of_rows.assign(data=np.repeat(names, 40), request_id=[f"q{n}" for n in range(40)] * len(names))
        observations["base-a", language] = Observations(pd.DataFrame(ids).join(table), of_rows)
    return score(measurements, "mix", 60, observations).scores, observations


def ranked(scores, observations):
    rows, _, report = of_base("base-a", scores, observations, 1)
    return pd.DataFrame(rows), report


def only(table, score_name="gain", language=ALL):
    return table[(table["score"] == score_name) & (table["language"] == language)].set_index("teacher")


def test_a_better_teacher_is_told_from_two_that_are_alike():
    table, _ = ranked(*study())
    gain = only(table)
    assert gain["tie_group"].to_dict() == {"ann": 1, "bob": 2, "cec": 2}
    assert gain.at["ann", "rank_high"] == 1 and gain.at["ann", "p_best"] > 0.99
    assert gain.loc[["bob", "cec"], "rank_low"].tolist() == [2, 2]
    assert (gain["low"] < gain["estimate"]).all() and (gain["estimate"] < gain["high"]).all()
    assert gain["p_best"].sum() == pytest.approx(1)
    spanish = only(table, language="es")  # of one language: `all` is that language
    assert spanish["estimate"].tolist() == gain["estimate"].tolist() and spanish["tie_group"].tolist() == [1, 2, 2]


def test_a_small_lead_names_no_best_and_says_what_would_have_shown():
    table, report = ranked(*study({"ann": 0.62, "bob": 0.60}, items=60, seed=6))
    gain = only(table)
    assert gain["tie_group"].tolist() == [1, 1] and (gain["rank_low"] == 1).all() and (gain["rank_high"] == 2).all()
    lead = abs(gain["estimate"].diff().iloc[1])
    assert (gain["smallest_difference"] > lead).all()
    assert "No teacher can be told from another." in verdict(gain.reset_index())
    assert report["trial_freedom"] == 2 and report["trials"] == 2


def test_without_valid_anchors_pg_score_tells_nobody_apart():
    table, _ = ranked(*study(reference=0.43))
    pg = only(table, "pg_score")
    assert (pg["tie_group"] == 1).all()
    assert pg[["low", "high", "rank_low", "rank_high", "p_best", "smallest_difference"]].isna().all().all()
    assert pg["estimate"].notna().all() and only(table, "pg_score_gain")["low"].notna().all()
    assert "an anchor is not valid" in verdict(pg.reset_index())


def test_print_has_estimates_and_no_interval():
    scores, _ = study()
    table, report = ranked(scores, {})
    assert not report["observed"] and (only(table)["tie_group"] == 1).all() and only(table)["low"].isna().all()


def test_one_teacher_is_not_ranked():
    table, _ = ranked(*study({"ann": 0.9}, languages=("es", "id")))
    gain = only(table)
    assert gain[["rank_low", "p_best", "smallest_difference"]].isna().all().all() and gain["low"].notna().all()
    assert "only teacher" in verdict(gain.reset_index())


@pytest.mark.parametrize("items", [1])
def test_one_item_gives_no_interval(items):
    table, _ = ranked(*study(items=items))
    assert only(table)["low"].isna().all() and (only(table)["tie_group"] == 1).all()


def test_equal_answers_have_wide_intervals_and_a_tie():
    scores, observations = study({"ann": 0.6, "bob": 0.6}, trials=1)
    items = observations["base-a", "es"].items
    names = [name for name in items.columns if "/" in name]
    items[names] = np.repeat(items[["base"]].to_numpy(), 2, axis=1)  # both students are the base
    scores["gain"] = 0.0
    gain = only(ranked(scores, observations)[0])
    assert (gain["tie_group"] == 1).all()
    assert gain["high"].tolist() == pytest.approx([1 - 0.025 ** (1 / ITEMS)] * 2, rel=0.1)


def test_a_teacher_without_a_language_is_not_ranked_over_all():
    scores, observations = study(languages=("es", "id"))
    part = scores[(scores["teacher"] != "cec") | (scores["language"] != "id")]
    table, _ = ranked(part, observations)
    assert np.isnan(only(table).at["cec", "estimate"]) and pd.isna(only(table).at["cec", "tie_group"])
    assert only(table, language="id").loc[["ann", "bob"], "low"].notna().all()


def test_leads_are_judged_by_paired_errors():
    random = np.random.default_rng(1)
    shared = random.normal(0, 1, (4000, 1))  # what both teachers share, which cancels
    estimate = np.array([0.5, 0.0])
    drawn = estimate + shared + random.normal(0, 0.1, (4000, 2))
    result = rank(estimate, drawn)
    assert result.low[0] < result.high[1] and result.tie_group.tolist() == [1, 2]
    assert differences_seen(estimate, drawn, 0)[1] == pytest.approx(1.645 * np.sqrt(2) * 0.1, rel=0.05)


def test_what_would_halve_an_error():
    assert times_to_halve(1.0, 0.0) == 4
    assert times_to_halve(3.0, 0.5) == pytest.approx(3 / (3.5 / 4 - 0.5))
    assert times_to_halve(0.2, 1.0) is None and times_to_halve(None, 1.0) is None and times_to_halve(0.0, 1.0) is None


def test_trials_are_pooled_and_answers_are_not_counted_twice():
    steady, noisy = (World(teachers=6, languages=6, items=300, trials=4, trial_noise=noise) for noise in (0.0, 0.4))
    variances = [np.mean([trial_variance(simulate(world, n)[0])[0] for n in range(5)]) for world in (steady, noisy)]
    assert variances[0] < 1e-4 and np.sqrt(variances[1]) == pytest.approx(0.08, rel=0.25)  # 0.4 logits near one half
    assert trial_variance(simulate(steady, 0)[0])[1] == 6 * 6 * 3
    assert trial_variance(simulate(World(trials=1), 0)[0]) == (0.0, 0)


def test_the_same_seed_gives_the_same_draws():
    panels, _ = simulate(World(teachers=3, languages=2), 1)
    first, again, other = (resample(panels, 3, 50, seed).drawn["pg_score_gain"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("spread", [0.05, 0.5, 1.0, 3.0])
def test_ranks_hold_the_truth_however_far_teachers_are_apart(spread):
    """Ten teachers `spread` apart, in units of the errors: at 0.05 nothing tells them apart."""
    random = np.random.default_rng(7)
    held = []
    for _ in range(200):
        truth = random.normal(0, spread, 10)
        estimate = truth + random.normal(0, 1, 10)
        result = rank(estimate, estimate + random.normal(0, 1, (400, 10)))
        ranks = 1 + (truth > truth[:, None]).sum(axis=1)
        held.append(((result.rank_low <= ranks) & (ranks <= result.rank_high)).mean())
    assert 0.925 <= np.mean(held) <= 0.975


def test_teachers_whose_students_answer_alike_share_their_ranks():
    drawn = np.random.default_rng(1).normal(0, 1, (1000, 1)) * np.ones(3) + [0.0, 0.0, -9.0]
    result = rank(np.array([0.0, 0.0, -9.0]), drawn)
    assert (result.rank_low.tolist(), result.rank_high.tolist()) == ([1, 1, 3], [2, 2, 3])
    assert result.p_best.tolist() == pytest.approx([0.5, 0.5, 0.0], abs=0.01)


def test_runs_of_ranks_hold_95_per_cent_on_average():
    random = np.random.default_rng(1)
    alike = random.permuted(np.tile(np.arange(1, 11), (4000, 1)), axis=1)
    low, high = rank_runs(alike)
    lengths = high - low + 1
    # nine ranks hold 90 % of the draws and ten hold all
    assert sorted(set(lengths)) == [9, 10] and 5 <= (lengths == 10).sum() <= 6
    clear = np.tile(np.arange(1, 11), (100, 1))
    np.testing.assert_array_equal(rank_runs(clear), [np.arange(1, 11), np.arange(1, 11)])


def covered():
    return coverage(World(), 60, 400, seed=11)


def test_intervals_hold_the_truth_of_simulated_studies():
    table = covered()
    assert table["interval"].between(0.92, 0.98).all(), table
    assert table["rank"].dropna().between(0.92, 0.985).all(), table
    assert (table["wrong"].dropna() < 0.05).all()
    assert (table["named"].dropna() > 0.05).all()  # not by never naming any


@pytest.mark.parametrize("broken", ["items", "trials", "rows", "spread"])
def test_a_broken_interval_misses_these_limits(monkeypatch, broken):
    if broken == "items":  # as if each item were answered by two independent students
        monkeypatch.setattr(resampling, "deviations", lambda *given: deviations(*given) / np.sqrt(2))
    elif broken == "trials":
        monkeypatch.setattr(resampling, "trial_variance", lambda panels: (0.0, 0))
    elif broken == "rows":
        noise = resampling._noise
        monkeypatch.setattr(resampling, "_noise", lambda r, d, s, f: noise(r, d, s, f) * (len(s) != World().rows))
    else:
        monkeypatch.setattr(resampling, "_spread", lambda errors: 0.0)
    table = covered()
    assert not table["interval"].between(0.92, 0.98).all()


def test_the_program_writes_the_contract_and_a_page(monkeypatch, tmp_path):
    scores, observations = study(languages=("es", "id"))
    write_sheet(tmp_path / "scores.csv", scores)
    for (base, language), observed in observations.items():
        observed.write(tmp_path / base / f"{language}.csv")
    arguments = ["--scores", tmp_path / "scores.csv", "--observations", tmp_path, "--main-recipe", "mix"]
    arguments += ["--main-size", 60, "--seed", 1, "--greedy", '["bob", "zed"]', "--out", tmp_path / "ranking.csv"]
    monkeypatch.setattr(sys, "argv", ["ranking", *map(str, arguments)])
    ranking.main()
    table = read_sheet(tmp_path / "ranking.csv", RANKING)
    assert list(table.columns) == [
        *("score", "student_base", "language", "teacher", "estimate", "low", "high", "rank_low", "rank_high", "p_best"),
        *("tie_group", "smallest_difference"),
    ]
    assert len(table) == 3 * 3 * 3
    text = (tmp_path / "ranking.md").read_text()
    assert "trials are one sample of data: bob." in text and "ann is better than every other teacher." in text
    before = {
        name: (tmp_path / name).read_bytes()
        for name in ("ranking.csv", "ranking.weights.csv", "ranking.json", "ranking.md")
    }
    ranking.main()
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def weighted(scores, observations):
    table = pd.DataFrame(of_base("base-a", scores, observations, 1)[1])
    return table.set_index(["weight", "teacher"])


def test_other_weights_of_the_halves_are_ranked_from_the_same_draws():
    scores, observations = study(languages=("es", "id"))
    table, rows = weighted(scores, observations), ranked(scores, observations)[0]
    equal, pg = table.loc[0.5], only(rows, "pg_score")
    columns = ["estimate", "low", "high", "rank_low", "rank_high", "tie_group"]
    assert np.allclose(equal[columns].astype(float), pg[columns].astype(float))
    assert table.loc[0.0, "tie_group"].to_dict() == {"ann": 1, "bob": 2, "cec": 2}  # PGR alone orders as gain does
    of_intrinsic = scores.groupby("teacher")["z_intrinsic"].mean()
    assert table.loc[1.0, "estimate"].to_dict() == pytest.approx(of_intrinsic.to_dict())
    # the intervals of one half alone do not stand on the other's observations
    fewer = {key: Observations(part.items, part.rows.iloc[::2]) for key, part in observations.items()}
    widths, of_fewer = (part["high"] - part["low"] for part in (table, weighted(scores, fewer)))
    assert (of_fewer / widths).loc[0.0].between(0.9, 1.1).all()
    assert not (of_fewer / widths).loc[1.0].between(0.9, 1.1).any()


def test_without_valid_anchors_the_intrinsic_half_alone_has_intervals():
    scores, observations = study(reference=0.46, items=60)
    assert not scores["anchor_valid"].any()
    table = weighted(scores, observations)
    assert table.loc[[0.0, 0.25, 0.5, 0.75], ["low", "high", "rank_low"]].isna().all(axis=None)
    assert table.loc[1.0, ["low", "high", "rank_low"]].notna().all(axis=None)
    assert weighted(study()[0], {})["low"].isna().all()
    lacking = weighted(scores.assign(pgr=scores["pgr"].mask(scores["teacher"] == "bob")), observations)
    assert lacking.xs("bob", level="teacher")["tie_group"].isna().all()


def test_the_page_says_what_the_intervals_lack():
    table, report = ranked(*study(trials=1))
    text = page(table, {"draws": 2000, "greedy": [], "bases": {"base-a": report}})
    assert "§" not in text
    short = page(table, {"draws": 2000, "greedy": [], "bases": {"base-a": {**report, "short": [["ann", "es"]]}}})
    assert "| ann § " in short and "bob §" not in short and "§ marks teachers whose data set" in short
    assert "Every data set has one trial" in text
    unknown, lacking = ranked(study()[0], {})
    assert "no score has an interval" in page(unknown, {"draws": 2000, "greedy": [], "bases": {"base-a": lacking}})
