"""Items and rows behind the scores, read from a study's files, and the errors that follow from them."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.anchor_checks import shared_requests
from polyglot.analysis.observations import (
    Observations,
    data_names,
    influences,
    read_items,
    read_rows,
    score_errors,
)
from polyglot.analysis.score import score
from polyglot.core.errors import InputError
from polyglot.core.files import write_jsonl, write_parquet
from tests.unit.study_samples import frame, measured

HUNDRED = [f"i{number:03d}" for number in range(100)]
RIGHT = {"base": range(50), "reference": range(56), "student": range(10, 58)}


def records(right, ids=HUNDRED):
    return [{"item_id": name, "correct": number in right} for number, name in enumerate(ids)]


def folders(tmp_path, **more):
    for model, right in RIGHT.items():
        write_jsonl(tmp_path / model / "facts.samples.jsonl", records(right))
    return {model: tmp_path / model for model in RIGHT}


def rows_of(data, **values):
    count = max(len(value) for value in values.values())
    known = {"prompt_distance": [0.1] * count, "response_distance": [0.2] * count, "score": [3.0] * count}
    table = pd.DataFrame({**known, "perplexity": [9.0] * count, **values}).astype(float)
    return table.assign(data=data, request_id=[f"q{number}" for number in range(count)])


def test_items_of_all_models_stand_side_by_side(tmp_path):
    items = read_items(folders(tmp_path), {"facts": "accuracy"}, ["facts"])
    assert items[["base", "reference", "student"]].sum().tolist() == [50, 56, 48]
    assert items["item_id"].tolist() == HUNDRED


def test_a_model_that_lacks_an_item_is_paired_over_the_others(tmp_path):
    places = folders(tmp_path)
    write_jsonl(tmp_path / "student" / "facts.samples.jsonl", records(RIGHT["student"])[:90])
    items = read_items(places, {"facts": "accuracy"}, ["facts"])
    assert items["student"].isna().sum() == 10
    gains = (items["student"] - items["base"]).to_numpy()
    expected = np.sqrt(np.var(gains[:90], ddof=1) / 90)
    assert score_errors(items, gains[:, None])[0] == pytest.approx(expected)
    write_jsonl(tmp_path / "base" / "facts.samples.jsonl", records([], ids=["other"]))
    apart = read_items(places, {"facts": "accuracy"}, ["facts"])
    assert np.isnan(score_errors(apart, (apart["student"] - apart["base"]).to_numpy()[:, None])).all()


def test_an_item_that_occurs_twice_is_named(tmp_path):
    places = folders(tmp_path)
    write_jsonl(tmp_path / "base" / "facts.samples.jsonl", records([], ids=["x", "x"]))
    with pytest.raises(InputError, match=r"facts\.samples\.jsonl: item x occurs twice"):
        read_items(places, {"facts": "accuracy"}, ["facts"])


def test_errors_of_the_anchors_gain_and_pgr_by_hand(tmp_path):
    row = measured(base_score=0.5, reference_score=0.56, student_score=0.48)
    (name,) = data_names(frame([row]))
    items = read_items(folders(tmp_path), {"facts": "accuracy"}, ["facts"]).rename(columns={"student": name})
    observations = {("base-a", "es"): Observations(items, rows_of(name, score=[3.0, 4.0, 5.0]))}
    (scored,) = score(frame([row]), "mix", 60, observations).scores.to_dict("records")
    assert scored["anchor_valid"] and scored["anchor_gap_se"] == pytest.approx(0.0239, abs=5e-5)
    # gain: 10 items lost, 8 won of 100
    gain_se = np.sqrt((18 / 100 - 0.02**2) / 99)
    assert scored["gain_se"] == pytest.approx(gain_se)
    # PGR = −1/3: the values d + a/3 are −1 (10 times), 4/3 (6 times: won, and a reference's too), 1 (twice)
    values = np.array([-1.0] * 10 + [4 / 3] * 6 + [1.0] * 2 + [0.0] * 82)
    assert values.mean() == pytest.approx(0)
    assert scored["pgr_se"] == pytest.approx(np.sqrt(np.var(values, ddof=1) / 100) / 0.06)


def test_the_error_of_the_intrinsic_z_is_that_of_its_rows():
    rows = [measured(teacher="ann", judge_score=4.0), measured(teacher="bob", judge_score=3.0, perplexity=19.0)]
    rows = [
        {**row, "prompt_diversity": 0.4 + number / 10, "response_diversity": 0.5} for number, row in enumerate(rows)
    ]
    rows[1]["response_diversity"] = 0.7
    table = frame(rows)
    ann, bob = data_names(table)
    scores = [3.0, 4.0, 5.0, np.nan]
    observed = pd.concat([rows_of(ann, score=scores), rows_of(bob, score=[3.0, 3.0, 3.0])])
    items = pd.DataFrame(
        columns=["benchmark", "decides", "item_id", "weight", "stratum", "base", "reference", ann, bob]
    )
    items["decides"] = items["decides"].astype(bool)
    result = score(table, "mix", 60, {("base-a", "es"): Observations(items, observed)}).scores
    # only the judge's scores vary: their mean has the error 1 / √3, on a scale where half a point is one SD
    assert result["z_intrinsic_se"].tolist() == pytest.approx([1 / np.sqrt(3) / 0.5 / 4, 0.0])


def test_influences_are_the_spread_of_the_metrics_over_repeated_rows():
    random = np.random.default_rng(2)

    def of_set(count):
        vectors = random.normal([2.0, 0.5, 0.0], 1, (count, 3))
        vectors /= np.linalg.norm(vectors, axis=1)[:, None]
        distances = 1 - (vectors @ vectors.sum(axis=0) - 1) / (count - 1)
        return pd.DataFrame(
            {
                "prompt_distance": distances,
                "response_distance": distances,
                "score": random.integers(1, 6, count).astype(float),
                "perplexity": np.exp(random.normal(2, 0.5, count)),
            }
        )

    sets = [of_set(80) for _ in range(1500)]
    means = np.array([table.mean().to_numpy() for table in sets])
    features = np.column_stack([means[:, :3], -np.log1p(means[:, 3])])
    errors = np.sqrt(np.mean([np.square(influences(table)).sum(axis=0) for table in sets], axis=0))
    np.testing.assert_allclose(errors, features.std(axis=0), rtol=0.06)


def test_rows_of_a_data_set_are_read_with_their_requests(tmp_path):
    write_parquet(tmp_path / "trial1.parquet", pd.DataFrame({"row_id": ["a", "b"], "request_id": ["q1", "q2"]}))
    both = pd.DataFrame({"row_id": ["b", "a"], "prompt_distance": [0.2, 0.1], "response_distance": [0.4, 0.3]})
    write_parquet(tmp_path / "diversity.parquet", both)
    write_parquet(
        tmp_path / "judge.parquet", pd.DataFrame({"row_id": ["a", "b"], "score": pd.array([3, None], "Int64")})
    )
    scored = {"perplexity": [9.0, 7.0], "token_nll": [2.2, 1.9], "rank": [3.0, None], "alone_nll": [2.5, 2.5]}
    scored["one_shot_gain"] = [0.5, None]
    write_parquet(tmp_path / "perplexity-s.parquet", pd.DataFrame({"row_id": ["a", "b"], **scored}))
    lengths = {"prompt_length": [5, 6], "response_length": [70, 80]}
    write_parquet(tmp_path / "length.parquet", pd.DataFrame({"row_id": ["a", "b"], **lengths}))
    rows = read_rows(tmp_path / "trial1.parquet", tmp_path, "s")
    assert rows["request_id"].tolist() == ["q1", "q2"]
    assert rows["prompt_distance"].tolist() == pytest.approx([0.1, 0.2])
    assert rows["score"].tolist()[0] == 3 and np.isnan(rows["score"][1])
    assert rows["rank"].tolist()[0] == 3 and np.isnan(rows["rank"][1])
    assert rows["response_length"].tolist() == [70, 80]


def test_requests_in_common():
    table = frame([measured(teacher="ann"), measured(teacher="bob")])
    ann, bob = data_names(table)
    rows = pd.concat([rows_of(ann, score=[1.0] * 4), rows_of(bob, score=[1.0] * 4).replace("q3", "q4")])
    observations = {("base-a", "es"): Observations(pd.DataFrame(), rows)}
    assert shared_requests(table, observations) == {("base-a", "es"): 0.75}
    assert shared_requests(table.head(1), observations) == {}
