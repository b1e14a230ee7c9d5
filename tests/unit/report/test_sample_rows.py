"""Samples for readers: seeded rows, flags, pages and sheets in three scripts, agreement by hand."""

import csv
import io
import itertools
import math
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.files import write_parquet
from polyglot.report import agreement as agreement_program
from polyglot.report import sample_rows
from polyglot.report.raters import JUDGE, agreement, alpha, icc, kappa, kappa_interval, ratings, read_filled
from polyglot.report.sample_rows import SHEET, contaminated, draw, flags, guarded, outliers, plain, read_cell, sheet
from tests.conftest import ROOT

TEXTS = {
    "ar": ("ما عاصمة مصر؟", "القاهرة هي عاصمة مصر."),
    "ja": ("富士山の高さは？", "3776メートルです。"),
    "cs": ("Kolik je dvě plus tři?", "Pět, tedy 2 + 3 = 5."),
}
HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>'


def cell(folder, language="ar", rows=3, **changes):
    """Files of one data set of `rows` rows; returns the arguments of sample_rows.py that name them."""
    ids = [f"{number:016x}" for number in range(rows)]
    prompt, response = TEXTS[language]
    data = {"row_id": ids, "recipe": "mix", "size": rows, "trial": 1, "method": "generate"}
    tables = {
        "data": {**data, "prompt": prompt, "response": [f"{response} {number}" for number in range(rows)]},
        "judge": {"row_id": ids, "score": pd.array([3] * rows, "Int64"), "feedback": "dobře", "cut": False},
        "fidelity": {
            "row_id": ids,
            "prompt_language": language,
            "prompt_ok": True,
            "response_language": language,
            "response_ok": True,
        },
        "perplexity": {"row_id": ids, "perplexity": [8.0] * rows},
    }
    arguments = []
    for name, columns in tables.items():
        path = folder / f"{name}.parquet"
        write_parquet(path, pd.DataFrame({**columns, **changes.get(name, {})}))
        arguments += [f"--{name}", str(path)]
    return arguments


def run_sample_rows(monkeypatch, folder, arguments, language="ar", rows=20):
    more = ["--teacher", "tee", "--language", language, "--language-name", "Arabic", "--judge-name", "j", "--base", "b"]
    more += ["--rows", str(rows), "--seed", "7", "--templates", str(ROOT / "resources/pages"), "--out"]
    monkeypatch.setattr(sys, "argv", ["sample_rows.py", *arguments, *more, str(folder / f"out/{language}")])
    sample_rows.main()
    return folder / f"out/{language}"


@pytest.mark.parametrize("language", TEXTS)
def test_a_page_and_a_sheet_in_each_script(tmp_path, monkeypatch, language):
    out = run_sample_rows(monkeypatch, tmp_path, cell(tmp_path, language), language)
    page = out.with_suffix(".html").read_text(encoding="utf-8")
    assert TEXTS[language][1] in page and f'dir="auto" lang="{language}"' in page and "3 of 5" in page
    content = out.with_suffix(".csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == SHEET and {row["prompt"] for row in rows} == {TEXTS[language][0]}
    assert {row[name] for row in rows for name in ("annotator", "fluency", "cultural_fit", "comment")} == {""}
    assert len(pd.read_parquet(out.with_suffix(".parquet"))) == len(rows) == 3


def test_text_of_a_model_is_escaped_on_the_page(tmp_path, monkeypatch):
    rows = cell(tmp_path, data={"response": [HOSTILE, "</div></article><b>", "javascript:alert(1)"]})
    page = run_sample_rows(monkeypatch, tmp_path, rows).with_suffix(".html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page and "<b>" not in page
    assert "default-src 'none'" in page


def test_a_sample_depends_only_on_ids_and_seed():
    rows = pd.DataFrame({"row_id": [f"{number:02x}" for number in range(50)]})
    rows = rows.assign(prompt_ok=True, response_ok=True, perplexity=2.0, outlier=False, score=3, cut=False)
    rows = rows.assign(contaminated=False)
    first = draw(rows, 10, "Czech", 1, "x")
    again = draw(rows.sample(frac=1, random_state=3), 10, "Czech", 1, "x")
    assert list(first["row_id"]) == list(again["row_id"]) and len(first) == 10
    assert list(first["row_id"]) != list(draw(rows, 10, "Czech", 2, "x")["row_id"])
    assert len(draw(rows, 99, "Czech", 1)) == 50


def test_flags_name_the_faults_of_a_row():
    good = {"prompt_ok": True, "response_ok": True, "perplexity": 5.0, "outlier": False, "score": 4, "cut": False}
    good |= {"contaminated": False, "prompt_language": "ja", "response_language": "zh"}
    assert flags(pd.Series(good), "Japanese") == []
    bad = {"response_ok": False, "perplexity": math.nan, "score": None, "cut": True, "contaminated": True}
    assert flags(pd.Series(good | bad), "Japanese") == [
        "response not in Japanese (zh)",
        "perplexity could not be measured",
        "invalid answer of the judge",
        "judged without its end, which was too long",
        "shares text with a benchmark",
    ]


def test_rows_that_share_text_with_a_benchmark_are_those_with_a_share(tmp_path):
    rows = [("r1", "sums", 0.0), ("r1", "pairs", 0.2), ("r2", "sums", 0.0), ("r3", "sums", 1.0)]
    pd.DataFrame(rows, columns=["row_id", "benchmark", "share"]).to_parquet(tmp_path / "a.parquet")
    assert contaminated([tmp_path / "a.parquet"]) == {"r1", "r3"}
    assert contaminated([]) == set()


def test_an_outlier_is_far_from_the_median_of_the_log():
    # logs (base e) 1, 2, 3, 4 and x: median 3, absolute deviations 2, 1, 0, 1, x − 3, their median 1; limit 3 · 1.4826
    near, far = 3 + 3 * 1.4826 - 0.01, 3 + 3 * 1.4826 + 0.01
    assert outliers([math.exp(log) for log in (1, 2, 3, 4, near)]) == [False] * 5
    assert outliers([math.exp(log) for log in (1, 2, 3, 4, far)]) == [False] * 4 + [True]
    assert outliers([8.0, 8.0, 9000.0]) == [False] * 3  # no spread, no outlier
    assert outliers([None, math.nan]) == [False, False]


@pytest.mark.parametrize(
    "start", ["", " ", "\n", "\t", "\r", "\N{NO-BREAK SPACE}", "\u3000", "\ufeff", "\u200b", "\u00ad \u2060"]
)
@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@x", "=cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠x", "﹦1"])
def test_no_cell_is_a_formula(start, text):
    assert guarded(start + text).startswith("'")
    assert not guarded(f"{start}a{text}").startswith("'") or start == "\t"


def test_ordinary_texts_are_unchanged_and_long_texts_fit_a_cell():
    assert guarded("القاهرة = عاصمة") == "القاهرة = عاصمة"
    assert plain("a\x00b\x1b[0m\r\nc\td") == "a\ufffdb\ufffd[0m\nc\td"
    assert len(guarded("あ" * 40_000)) < 32_767 and "cut here" in guarded("あ" * 40_000)


@given(st.text())
def test_any_text_reads_back_as_a_single_row_of_the_sheet(text):
    rows = pd.DataFrame({"row_id": ["00aa"], "method": ["respond"], "prompt": [text], "response": [text]})
    rows_read = list(csv.DictReader(io.StringIO(sheet(rows, "ar").decode("utf-8-sig"), newline="")))
    (row,) = rows_read
    assert row["row"] == "row-00aa" and not row["prompt"].startswith(("=", "+", "-", "@"))


def test_a_metric_without_a_row_is_named(tmp_path):
    cell(tmp_path, judge={"row_id": ["x", "y", "z"]})
    parts = {name: tmp_path / f"{name}.parquet" for name in ("judge", "fidelity", "perplexity")}
    with pytest.raises(InputError, match=r"judge\.parquet: has no row 0000000000000000 of .*data\.parquet"):
        read_cell(tmp_path / "data.parquet", parts)


def filled(path, lines, head="row,annotator,fluency,cultural_fit"):
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_filled_sheet_is_read_in_the_formats_of_spreadsheets(tmp_path):
    semicolons = filled(
        tmp_path / "eva.csv", ["row-a1;;5;4,0", "row-b2;Jan;٣;", ";;;"], "\ufeffrow;annotator;fluency;cultural_fit"
    )
    table = read_filled(semicolons, ["a1", "b2"])
    assert table[["row_id", "annotator"]].to_numpy().tolist() == [["a1", "eva"], ["b2", "Jan"]]
    assert table["fluency"].tolist() == [5, 3] and table["cultural_fit"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["row-zz,eva,1,1"], r"eva\.csv: row 2, column 'row': 'row-zz' is not in the samples"),
        (
            ["row-a1,eva,1,1", "row-b2,eva,6,1"],
            r"eva\.csv: row 3, column 'fluency': '6' is not a whole number from 1 to 5",
        ),
        (["row-a1,eva,1,3.5"], r"row 2, column 'cultural_fit': '3\.5' is not a whole number"),
        (["row-a1,eva,1,gut"], r"row 2, column 'cultural_fit': 'gut' is not a whole number"),
        (["row-a1,eva,1,1", "row-b2,eva,1,1", "row-a1,eva,2,2"], r"row 4, column 'row': eva rated row-a1 in row 2 too"),
        (['row-a1,"ev"a,1,1'], r"not readable as CSV"),
    ],
)
def test_a_bad_sheet_is_one_line_with_file_row_and_column(tmp_path, lines, message):
    path = filled(tmp_path / "eva.csv", lines)
    with pytest.raises(InputError, match=message) as caught:
        read_filled(path, ["a1", "b2"])
    assert "\n" not in str(caught.value) and str(caught.value).startswith(str(path))


def test_a_sheet_without_a_column_or_in_another_encoding_is_named(tmp_path):
    with pytest.raises(InputError, match=r"row 1: column 'cultural_fit' is missing"):
        read_filled(filled(tmp_path / "eva.csv", [], "row,annotator,fluency"), [])
    latin = tmp_path / "jan.csv"
    latin.write_bytes("row,annotator,fluency,cultural_fit\nrow-a1,Žofie,1,1\n".encode("cp1250"))
    with pytest.raises(InputError, match=r"jan\.csv: not UTF-8; save the sheet as CSV UTF-8"):
        read_filled(latin, ["a1"])


def test_an_annotator_in_two_files_is_refused(tmp_path):
    samples = pd.DataFrame({"row_id": ["a1"], "language": ["cs"], "score": [3]})
    sheets = [filled(tmp_path / name, ["row-a1,Eva,1,1"]) for name in ("first.csv", "second.csv")]
    filled_rows = pd.concat([read_filled(path, ["a1"]) for path in sheets])
    with pytest.raises(InputError, match=r"first\.csv and .*second\.csv: column 'row': Eva rated row-a1 in both"):
        ratings(filled_rows, samples)


def test_kappa_by_hand():
    # squared differences 0, 0, 0, 0, 1: mean 0.2; expected by chance: variances 2 and 1.36, means 3 and 2.8: 3.4
    assert kappa([(1, 1), (2, 2), (3, 3), (4, 4), (5, 4)]) == pytest.approx(1 - 0.2 / 3.4)
    assert kappa([(1, 5), (5, 1)]) == pytest.approx(-1)
    assert math.isnan(kappa([(3, 3), (3, 3)]))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40), st.integers(1, 3))
def test_kappa_is_one_minus_the_mean_squared_difference_over_that_of_chance(pairs, parts):
    """Means of annotators lie between whole scores: the definition by squared differences holds for them too."""
    first, second = (np.array(scores, dtype=float) / parts + 1 for scores in zip(*pairs, strict=True))
    first, second = np.clip(first, 1, 5), np.clip(second, 1, 5)
    chance = np.mean((first[:, None] - second[None, :]) ** 2)
    if chance > 0:
        expected = 1 - np.mean((first - second) ** 2) / chance
        assert kappa(list(zip(first, second, strict=True))) == pytest.approx(expected, abs=1e-9)


def test_alpha_by_hand():
    # Krippendorff's own example of four coders with gaps (2011, section C), ordinal: 0.815
    coders = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    assert alpha(pd.DataFrame(coders, dtype=float).T) == pytest.approx(0.815, abs=5e-4)
    assert math.isnan(alpha(pd.DataFrame([[3, 3], [3, None]])))


def test_the_interval_of_kappa_is_seeded_holds_kappa_and_narrows_with_rows():
    pairs = [(1, 1), (2, 3), (3, 3), (4, 4), (5, 4), (2, 2)]
    few, many = ([[pair] for pair in pairs * times] for times in (2, 40))
    low, high = kappa_interval(few, seed=3)
    assert (low, high) == kappa_interval(few, seed=3) and low < kappa(pairs) < high
    narrow = kappa_interval(many, seed=3)
    assert narrow[1] - narrow[0] < (high - low) / 2
    assert np.isnan(kappa_interval([[(3, 3)]] * 4, seed=3)).all()


def test_icc_is_that_of_shrout_and_fleiss():
    # six targets, four judges (Shrout and Fleiss 1979, their Table 2): ICC(2,1) = 0.29
    judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    value, low, high = icc(pd.DataFrame(judges))
    assert [round(number, 2) for number in (value, low, high)] == [0.29, 0.02, 0.76]
    assert all(map(math.isnan, icc(pd.DataFrame([[3, 3]] * 6)))) and all(map(math.isnan, icc(pd.DataFrame([[1, 2]]))))


def test_agreement_compares_each_annotator_the_mean_and_annotators_among_themselves():
    rows = [f"r{number}" for number in range(5)]
    samples = pd.DataFrame({"row_id": rows, "language": "ja", "score": [1, 2, 3, 4, None]})
    scores = {"Aya": [1, 2, 3, 4, 5], "Ken": [2, 3, 4, 5, 5]}
    people = pd.DataFrame(
        [(row, name, score, None) for name in scores for row, score in zip(rows, scores[name], strict=True)],
        columns=["row_id", "annotator", "fluency", "cultural_fit"],
    ).assign(file="x.csv")
    table = agreement(ratings(people, samples), seed=1).set_index(["rater", "against"])
    assert set(table["criterion"]) == {"fluency"} and set(table["language"]) == {"ja"}
    assert table.loc[("Aya", JUDGE), ["rows", "kappa", "icc"]].tolist() == [4, 1, 1]
    # Ken is one above the judge throughout: 1 − 1 / (1.25 + 1.25 + 1)
    assert table.loc[("Ken", JUDGE), "kappa"] == pytest.approx(1 - 1 / 3.5)
    assert table.loc[("mean of annotators", JUDGE), "kappa"] == pytest.approx(1 - 0.25 / 2.75)
    assert table.loc[("annotators", "each other"), ["rows", "pairs"]].tolist() == [5, 5]


def test_the_programs_from_sample_to_page(tmp_path, monkeypatch):
    samples = []
    for language in ("cs", "ja"):
        (tmp_path / language).mkdir()
        scores = {"score": pd.array([1, 2, 3, 4, 5], "Int64")}
        ids = {"row_id": [f"{language}{number}" for number in range(5)]}
        changes = {name: dict(ids) for name in ("data", "fidelity", "perplexity")} | {"judge": scores | ids}
        arguments = cell(tmp_path / language, language, rows=5, **changes)
        samples.append(run_sample_rows(monkeypatch, tmp_path / language, arguments, language))
    sheets = []
    for out, name in itertools.product(samples, ("Aya", "Ken")):
        rows = list(csv.DictReader(io.StringIO(out.with_suffix(".csv").read_text("utf-8-sig"), newline="")))
        judged = pd.read_parquet(out.with_suffix(".parquet")).set_index("row_id")["score"]
        lines = [f"{row['row']},{name},{judged[row['row'][4:]]},{2 if name == 'Aya' else 3}" for row in rows]
        sheets.append(str(filled(tmp_path / f"{name}-{out.name}.csv", lines)))
    command = ["agreement.py", "--samples", *(str(out.with_suffix(".parquet")) for out in samples), "--folder", "x"]
    command += ["--filled", *sheets, "--seed", "3", "--out", str(tmp_path / "agreement.csv")]
    monkeypatch.setattr(sys, "argv", command)
    agreement_program.main()
    table = pd.read_csv(tmp_path / "agreement.csv").set_index(["language", "criterion", "rater"])
    assert table.loc[("all", "fluency", "Aya"), ["rows", "kappa", "icc"]].tolist() == [10, 1, 1]
    assert math.isnan(table.loc[("cs", "cultural_fit", "annotators"), "icc_low"])
    page = (tmp_path / "agreement.md").read_text(encoding="utf-8")
    assert "2 annotators rated 10 rows in 4 sheets: 20 for fluency and 20 for cultural fit." in page


@pytest.mark.parametrize(
    ("sheets", "message"),
    [([], "annotations/demo: holds no filled sheet"), (["row-a1,Eva,,"], "no score is filled in")],
)
def test_empty_sheets_are_an_error_with_its_cure(tmp_path, monkeypatch, sheets, message):
    samples = tmp_path / "cs.parquet"
    write_parquet(samples, pd.DataFrame({"row_id": ["a1"], "language": ["cs"], "score": [3]}))
    paths = [str(filled(tmp_path / "eva.csv", sheets))] if sheets else []
    command = ["agreement.py", "--samples", str(samples), "--folder", "annotations/demo", "--filled", *paths]
    monkeypatch.setattr(sys, "argv", [*command, "--seed", "1", "--out", str(tmp_path / "a.csv")])
    with pytest.raises(InputError, match=message):
        agreement_program.main()
    assert not (tmp_path / "a.csv").exists()
