"""Numbers that do not follow from what they rest on are found, though every file is as its job wrote it."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from polyglot.audit import rescoring
from polyglot.audit.contents import Contents
from polyglot.audit.truth import Truth
from tests.unit import audit_tree as tree

# two of four right; the standard error of the mean of (1, 1, 0, 0) is 0.5 / √3
ANSWERS = [{"item_id": str(n), "options": ["a", "b"], "correct": n < 2} for n in range(4)]
STATED = {"benchmark": "b", "language": "es", "metric": "accuracy", "score": 0.5, "se": 0.28867513459481287, "n": 4}
STATED |= {"chance": 0.5, "ties": 0}
STUDENT, ANCHOR = "evaluations/students/base/t/es/mix-3/trial1", "evaluations/models"


@pytest.fixture
def findings(tmp_path):
    """What is unfounded in a study of these files, all of them as their jobs wrote them."""

    def unfounded(files):
        for name, content in files.items():
            path = tmp_path / tree.RESULTS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, pd.DataFrame):
                content.to_parquet(path, index=False)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        params = {"base": "small", "reference": "large", "deciding": ["b", "c"], "measures": {"b": "math", "c": None}}
        paths = [f"{tree.RESULTS}/{name}" for name in files]
        truth = Truth(
            lines={path: {"kind": "output", "output": path} for path in paths},
            jobs={path: {"params": params, "inputs": {}} for path in paths},
        )
        contents = Contents(tmp_path, tree.STUDY, truth, frozenset(paths))
        return [
            (item.kind, item.file.removeprefix(f"{tree.RESULTS}/"), item.expected, item.seen)
            for item in rescoring.check(contents)
        ]

    return unfounded


def evaluated(folder, benchmark="b", **changes):
    lines = "".join(json.dumps(record) + "\n" for record in ANSWERS)
    return {f"{folder}/{benchmark}.json": {**STATED, **changes}, f"{folder}/{benchmark}.samples.jsonl": lines}


def test_an_evaluation_states_what_its_records_give(findings):
    assert findings(evaluated(STUDENT)) == []


@pytest.mark.parametrize(
    ("changes", "expected", "seen"),
    [
        ({"score": 0.75}, "score 0.5, by", "0.75"),
        ({"se": 0.01}, "se 0.288", "0.01"),
        ({"score": None}, "score 0.5, by", "None"),
        ({"ties": 3}, "ties 0, by", "3"),
    ],
)
def test_an_evaluation_that_its_records_do_not_give_is_unfounded(findings, changes, expected, seen):
    ((kind, file, wanted, stated),) = findings(evaluated(STUDENT, **changes))
    assert (kind, file, stated) == ("unfounded", f"{STUDENT}/b.json", seen) and wanted.startswith(expected)


def test_a_macro_f1_that_its_records_do_not_give_is_unfounded(findings):
    # always option 0, right twice of four: F1 2/3 and 0
    records = [{**answer, "answer": n // 2, "scores": [-1.0, -2.0]} for n, answer in enumerate(ANSWERS)]
    lines = {f"{STUDENT}/b.samples.jsonl": "".join(json.dumps(record) + "\n" for record in records)}
    assert findings({**evaluated(STUDENT, macro_f1=1 / 3), **lines}) == []
    ((kind, _, wanted, stated),) = findings({**evaluated(STUDENT, macro_f1=0.5), **lines})
    assert (kind, stated) == ("unfounded", "0.5") and wanted.startswith("macro_f1 0.333")


def test_records_without_an_outcome_say_nothing_of_a_score(findings):
    files = evaluated(STUDENT, score=0.9)
    assert findings({**files, f"{STUDENT}/b.samples.jsonl": '{"item_id": "0", "prediction": 1}\n'}) == []


def measured(student_score, math="0.5", judge_score="3.5"):
    """Student, base and reference each have 0.5 in `b` and 0.5 in `c`; of the student's `c` nothing was asked."""
    files = {}
    for folder in (STUDENT, f"{ANCHOR}/small/es", f"{ANCHOR}/large/es"):
        files |= evaluated(folder) | evaluated(folder, "c")
    files[f"{STUDENT}/c.json"] = {**STATED, "n": 0, "score": None, "se": None}
    files[f"{STUDENT}/c.samples.jsonl"] = ""
    files["intrinsic/t/es/mix-3/trial1/judge.json"] = {"judge_score": 3.5, "judge_invalid_rate": 0.25}
    row = f"base,t,es,mix,3,1,{student_score},0.5,0.5,{math},{judge_score},0.25\n"
    header = "student_base,teacher,language,recipe,size,trial,student_score,base_score,reference_score,math,"
    header += "judge_score,judge_invalid_rate\n"
    return {**files, "measurements/base/es.csv": header + row}


def test_a_measurement_is_the_mean_of_the_evaluations_that_decide(findings):
    assert findings(measured("0.5")) == []
    for stated, seen in (("0.95", "0.95"), ("", "nan")):
        ((kind, file, wanted, said),) = findings(measured(stated))
        assert (kind, file, said) == ("unfounded", "measurements/base/es.csv", seen)
        assert wanted == f"student_score 0.5 of base/t/es/mix/3/1, by {tree.RESULTS}/{STUDENT}"


def test_abilities_and_metrics_in_a_measurement_are_those_of_their_files(findings):
    ((_, _, wanted, said),) = findings(measured("0.5", math="0.9"))
    assert (wanted, said) == (f"math 0.5 of base/t/es/mix/3/1, by {tree.RESULTS}/{STUDENT}", "0.9")
    ((_, _, wanted, said),) = findings(measured("0.5", judge_score="5.0"))
    folder = f"{tree.RESULTS}/intrinsic/t/es/mix-3/trial1"
    assert (wanted, said) == (f"judge_score 3.5 of base/t/es/mix/3/1, by {folder}", "5.0")


@pytest.mark.parametrize(
    ("metric", "stated", "rows", "mean"),
    [
        ("judge", {"judge_score": 3.0}, {"score": [2, None, 4]}, {"judge_score": 4.0}),
        ("perplexity-base", {"perplexity": 6.0}, {"perplexity": [4.0, 8.0, None]}, {"perplexity": 5.0}),
        (
            "length",
            {"prompt_length": 2.0, "response_length": 5.0},
            {"prompt_length": [1, 3], "response_length": [4, 6]},
            {"prompt_length": 2.0, "response_length": 9.0},
        ),
    ],
)
def test_a_metric_is_the_mean_of_its_rows(findings, metric, stated, rows, mean):
    folder = "intrinsic/t/es/mix-3/trial1"
    files = {f"{folder}/{metric}.parquet": pd.DataFrame(rows)}
    assert findings({**files, f"{folder}/{metric}.json": stated}) == []
    ((kind, file, *_),) = findings({**files, f"{folder}/{metric}.json": mean})
    assert (kind, file) == ("unfounded", f"{folder}/{metric}.json")


ITEM = {"item_id": "1", "options": ["a", "b", "c"], "answer": 2}


@pytest.mark.parametrize(
    ("record", "right"),
    [
        ({**ITEM, "loglikelihoods": [-3.0, -2.0, -1.0]}, True),
        ({**ITEM, "loglikelihoods": [-1.0, -2.0, -3.0]}, False),
        ({**ITEM, "loglikelihoods": [-1.0, -2.0, -1.0], "tied": 2}, 0.5),
        # a continuation is judged by its normalised scores
        ({**ITEM, "loglikelihoods": [-1.0, -2.0, -3.0], "scores": [-1.0, -0.9, -0.5]}, True),
        # in reverse the answer is the first option
        ({**ITEM, "loglikelihoods": [-3.0, -2.0, -1.0], "reverse": {"loglikelihoods": [-3.0, -2.0, -1.0]}}, 0.5),
        ({"item_id": "1", "text": "It makes 1,5 + 2 = 12.", "prediction": "12", "answer": "12"}, True),
        ({"item_id": "1", "text": "It makes 13.", "prediction": "12", "answer": "12"}, False),
        ({"item_id": "1", "text": "la casa roja", "answer": "la casa"}, 0.8),  # two of three words, two of two
        ({"item_id": "1", "checks": [{"followed": True}, {"followed": False}], "text": "x"}, False),
        ({"item_id": "1", "answer": "casa", "bits": 8.0, "bytes": 4}, -2.0),
    ],
)
def test_a_record_scores_what_its_answer_does(findings, record, right):
    samples = f"{STUDENT}/b.samples.jsonl"
    assert findings({samples: json.dumps({**record, "correct": right})}) == []
    ((kind, file, expected, seen),) = findings({samples: json.dumps({**record, "correct": 0.25})})
    assert (kind, file, seen) == ("unfounded", samples, "0.25; 1 such records")
    assert expected == f"{float(right)} for item 1, by its answer"


def test_a_measurement_leaves_out_what_one_of_the_three_could_not_read(findings):
    # the reference has no record of the last item: of the other three each has two right in b; two of four in c
    files, large = measured(repr(2 / 3)), f"{ANCHOR}/large/es"
    files[f"{large}/b.json"] = {**STATED, "n": 3, "score": 2 / 3, "se": 1 / 3, "unread": ["3"]}
    files[f"{large}/b.samples.jsonl"] = "".join(json.dumps(record) + "\n" for record in ANSWERS[:3])
    table = "measurements/base/es.csv"
    assert {wanted.split(" of ")[0] for _, _, wanted, _ in findings(files)} == {
        f"{anchor}_score {(2 / 3 + 0.5) / 2}" for anchor in ("base", "reference")
    }
    files[table] = files[table].replace(",0.5,0.5,", f",{(2 / 3 + 0.5) / 2},{(2 / 3 + 0.5) / 2},", 1)
    assert findings(files) == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (",0.5,,0.1,", ",0.5,,0.2,", "gain 0.09999"),
        (",0.5,,0.1,", ",0.9,,0.1,", "pgr 0.5"),
        (",0.25,,0.1,", ",0.75,,0.1,", "pg_score 0.25"),
        ("base,t,es,mix,3,1,0.5,", "base,t,es,mix,3,1,0.7,", "prompt_diversity 0.5"),
    ],
)
def test_a_score_follows_from_its_measurements(findings, old, new, wanted):
    assert tree.SCORES.count(old) == 1
    assert findings({"measurements.csv": tree.MEASUREMENTS, "scores.csv": tree.SCORES}) == []
    results = findings({"measurements.csv": tree.MEASUREMENTS, "scores.csv": tree.SCORES.replace(old, new)})
    assert {(kind, file) for kind, file, *_ in results} == {("unfounded", "scores.csv")}
    assert any(expected.startswith(wanted) and "base/t/es/mix/3/1" in expected for _, _, expected, _ in results)


def test_scores_without_measurements_beside_them_are_held_to_themselves(findings):
    header, row = tree.SCORES.splitlines()
    printed = row.replace(",0.5,0.1,0.4,0.6,0.02,true,0.5,,0.1,", ",,,,,,,0.5,,,")  # a PGR alone, as a paper prints it
    assert printed != row
    assert findings({"scores.csv": f"{header}\n{printed}\n"}) == []


def test_the_numbers_of_a_small_study_hold(small_study, tmp_path):
    from polyglot.audit.verify import verify

    project = Path(shutil.copytree(small_study, tmp_path / "project", copy_function=shutil.copyfile))
    verified = verify(project, tree.STUDY, project)
    assert list(rescoring.check(Contents(project, tree.STUDY, verified.truth, verified.good))) == []
