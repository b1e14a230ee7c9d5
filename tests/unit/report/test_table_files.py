"""Tables: recomputed numbers, the printed numbers beside them, and the same numbers in all three formats."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.paper import MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE
from polyglot.analysis.reference import load, measurements, seeds
from polyglot.analysis.score import score
from polyglot.analysis.summaries import anchor_note, averages, cells
from polyglot.core.errors import InputError
from polyglot.core.files import write_json
from polyglot.core.numerals import written
from polyglot.report import coverage, language_tables, study_tables
from polyglot.report.comparison_tables import percent_above, table_02, table_14, table_15, table_16
from polyglot.report.fact_tables import table_06, table_10, table_18, table_19
from polyglot.report.score_tables import TABLES, Study, table_01, table_11, table_12
from polyglot.report.statistics_tables import table_03, table_04
from polyglot.report.study_tables import seed_counts
from polyglot.report.table_files import Table, beside, compare, latex, write
from tests.unit.study_samples import frame, measured, tiny, wide

SEED_TABLES = ["table06_seed_counts.csv", "table18_tagalog_seed.csv"]


@pytest.fixture(scope="module")
def printed():
    return load(Path("resources/published"))


@pytest.fixture(scope="module")
def published(printed):
    scores = score(measurements(printed), MAIN_RECIPE, MAIN_SIZE).scores
    return Study(scores, MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE, {}, printed)


@pytest.fixture(scope="module")
def small():
    return Study(score(tiny(), "mix", 60).scores, "mix", 60, "base-a", {})


@pytest.fixture(scope="module")
def large():
    families = {"teacher-0": "A", "teacher-1": "B", "base-b": "A"}
    return Study(score(wide(), "mix", 60).scores, "mix", 60, "base-a", families)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1455, "0.145"), (-0.0004, "0.000"), (-1.5, "−1.500"), (62000.0, "62,000.000"), (np.nan, ""), (None, "")],
)
def test_numbers_are_written_without_surprises(value, text):
    assert written(value) in (text, "0.146" if text == "0.145" else text)  # 0.1455 has no exact binary form


def test_signs_are_written_for_differences_but_not_for_zero():
    assert written(0.25, 2, signed=True) == "+0.25"
    assert written(-0.001, 2, signed=True) == "0.00"
    assert beside(0.5, 0.4) == "0.500 (0.400, +0.100)"
    assert beside(np.nan, 0.4) == "n/a (0.400)"
    assert beside(0.5, np.nan) == "0.500"
    assert beside(np.nan, None) == "n/a"


def test_a_table_is_written_three_times_with_the_same_numbers(tmp_path):
    rows = pd.DataFrame({"teacher": ["a_b"], "value": [0.1 + 0.2]})
    table = Table("01", "Title", rows, pd.DataFrame({"teacher": ["a_b"], "value †": ["−1.10"]}), ["A note.", ""])
    write(table, tmp_path)
    assert (tmp_path / "table_01.csv").read_text() == "teacher,value\na_b,0.30000000000000004\n"
    grid = "| teacher   | value †   |\n|:----------|:----------|\n| a_b       | −1.10     |"
    assert (tmp_path / "table_01.md").read_text() == f"# Table 1: Title\n\n{grid}\n\nA note.\n"
    latex = (tmp_path / "table_01.tex").read_text()
    assert r"a\_b" in latex and r"$-$1.10" in latex and r"$\dagger$" in latex and "% A note." in latex


PRINTED = {
    **{"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "[": "{[}", "*": "{*}"},
}


def test_each_character_as_latex_prints_it():
    for number in range(0x21, 0x7F):
        assert latex(chr(number)) == PRINTED.get(chr(number), chr(number))
    assert [latex(sign) for sign in "−†‡"] == ["$-$", r"$\dagger$", r"$\ddagger$"]
    assert [latex(text) for text in ("é", "ž", "م", None, "", "\x1b[31mx")] == ["é", "ž", "م", "", "", "x"]


def test_hostile_names_stay_in_their_cells_of_a_latex_table(tmp_path):
    names = [
        "[2em]",
        "*",
        "a & b",
        "\\\\ \\hline",
        "50%",
        "\\input{/etc/passwd}",
        "a\n% b",
        "$x$",
        "{",
        "}",
        "#1",
        "\x00",
    ]
    layout = pd.DataFrame({"teacher [x]": names, "value": ["1"] * len(names)})
    write(Table("01", "A title\n\\input{x}", layout, layout, ["A note\n\\input{y}"]), tmp_path)
    lines = (tmp_path / "table_01.tex").read_text().splitlines()
    rows = lines[lines.index(r"\begin{tabular}{ll}") + 1 : lines.index(r"\end{tabular}")]
    assert [row for row in rows if row.endswith("rule")] == [r"\toprule", r"\midrule", r"\bottomrule"]
    cells = [row for row in rows if not row.endswith("rule")]
    assert len(cells) == 1 + len(names) and all(row.endswith(r" & 1 \\") for row in cells[1:])
    assert all(len(re.findall(r"(?<!\\)&", row)) == 1 and row[0] not in "[*" for row in cells)
    assert not re.search(r"\\(input|hline)|(?<!\\)%", "\n".join(rows))
    assert all(line.startswith("%") for line in lines if "input" in line and line not in rows)


def test_table_1_of_print_recomputes_every_cell_and_its_average(published):
    table = table_01(published)
    assert len(table.rows) == 70
    assert table.rows["difference"].abs().max() < 0.0051
    assert table.rows["pg_score"].notna().all()
    assert list(table.layout["teacher"][:2]) == ["gemma-3-27b", "aya-expanse-32b"]
    assert list(table.layout.columns) == ["teacher", "ar ‡", "cs †", "de †", "es †", "id †", "ja ‡", "average"]
    assert "cs, de, es, id" in table.notes[1] and "ar, ja" in table.notes[1]


def test_table_1_of_a_small_study_worked_by_hand(small):
    table = table_01(small)
    rows = table.rows.set_index(["teacher", "language"])
    mean = (rows.at[("bob", "es"), "pg_score"] + rows.at[("bob", "id"), "pg_score"]) / 2
    assert rows.at[("bob", "average"), "pg_score"] == pytest.approx(mean)
    assert rows["printed"].isna().all()
    # by PGR bob is first, because the anchors of Indonesian are inverted; by gain ann is first
    assert list(table.layout["teacher"]) == ["bob", "ann"]
    assert rows.at[("ann", "average"), "pg_score_gain"] > rows.at[("bob", "average"), "pg_score_gain"]
    assert "id †" in table.layout


def test_tables_1_and_12_show_intervals_and_tie_groups(small):
    rows = [
        {"score": score_name, "student_base": "base-a", "language": language, "teacher": teacher}
        | {
            "estimate": 0.1 + 0.1 * (teacher == "bob"),
            "low": -0.5,
            "high": 0.25,
            "tie_group": 1 + (teacher == "ann" and score_name == "gain"),
        }
        for score_name in ("gain", "pg_score", "pg_score_gain")
        for language in ("es", "id", "all")
        for teacher in ("ann", "bob")
    ]
    scores = small.scores.assign(pgr_se=0.1)
    shown = Study(scores, "mix", 60, "base-a", {}, None, pd.DataFrame(rows))
    table = table_01(shown)
    assert table.layout["95 % interval, average"].tolist() == ["−0.500 to 0.250"] * 2
    assert table.layout["tie group, average by gain"].tolist() == ["1", "1"]
    assert "cannot be told apart" in table.notes[-2]
    assert table.notes[-1] == (
        "By gain (student − base): bob is better than every other teacher."
        " Gains with 95 % intervals: bob 0.200 (−0.500 to 0.250), ann 0.100 (−0.500 to 0.250)."
    )
    cells_of = table_12(shown).layout.set_index("teacher")
    assert cells_of.at["bob", "es"].endswith(" ± 0.196 =") and cells_of.at["ann", "es"].endswith(" ± 0.196")
    assert "±" not in cells_of.at["bob", "id †"]  # without valid anchors PGR has no meaning, and no error
    assert "tie group, average" not in table_01(small).layout
    unknown = pd.DataFrame(rows).assign(low=np.nan, high=np.nan, tie_group=pd.array([pd.NA] * len(rows), dtype="Int64"))
    of_print = Study(small.scores, "mix", 60, "base-a", {}, None, unknown)
    assert table_12(of_print).layout["es"].str.endswith(" =").sum() == 0
    assert "95 % interval, average" not in table_01(of_print).layout


def test_a_cell_with_fewer_rows_than_asked_is_marked_wherever_it_is_shown():
    rows = tiny().assign(rows=60)
    rows.loc[(rows["teacher"] == "bob") & (rows["language"] == "id"), "rows"] = 9
    study = Study(score(rows, "mix", 60).scores, "mix", 60, "base-a", {})
    note = "§ marks data sets with fewer rows than asked, which do not compare with whole ones: bob in id 9 of 60."
    layout = table_01(study).layout.set_index("teacher")
    assert [column for column in layout if layout.at["bob", column].endswith(" §")] == ["id †", "average"]
    assert not any(text.endswith("§") for text in layout.loc["ann"]) and note in table_01(study).notes
    assert table_12(study).layout.set_index("teacher").at["bob", "id †"].endswith(" §")
    assert table_11(study).layout["rows"].tolist() == ["60", "60", "60", "9 §"]
    assert note in table_11(study).notes and note in table_12(study).notes


def test_a_short_data_set_of_one_method_or_of_another_base_is_marked():
    rows = wide()
    short = (rows["teacher"] == "teacher-1") & (rows["language"] == "es")
    rows.loc[short & (rows["recipe"] == "respond"), "rows"] = 9
    rows.loc[short & (rows["recipe"] == "mix") & (rows["student_base"] == "base-b"), "rows"] = 7
    study = Study(score(rows, "mix", 60).scores, "mix", 60, "base-a", {})
    for table in (table_02(study), table_15(study)):
        marked = table.layout[table.layout["respond"].str.endswith(" §")]
        assert marked[["teacher", "language"]].values.tolist() == [["teacher-1", "es"]]
        assert not table.layout["generate"].str.endswith("§").any()
        assert table.notes[-1].endswith("whole ones: teacher-1 in es 9 of 60.")
    layout = table_16(study).layout.set_index("teacher")
    assert layout.index[layout["es"].str.endswith(" §")].tolist() == ["teacher-1"]
    assert table_16(study).notes[-1].endswith("teacher-1 in es 7 of 60.")


def test_a_teacher_without_a_language_has_no_average():
    rows = [measured(teacher="ann"), measured(teacher="ann", language="id"), measured(teacher="bob", judge_score=4.0)]
    means = averages(cells(score(frame(rows), "mix", 60).scores), "pgr")
    assert np.isnan(means.at["bob", "average"]) and list(means.index) == ["ann", "bob"]


def test_averages_that_differ_by_rounding_alone_are_in_the_order_of_names():
    values = {"bob": 0.1 + 0.2, "ann": 0.3}  # bob is larger by 6e-17
    of_cells = pd.DataFrame([{"teacher": name, "language": "es", "pg_score": value} for name, value in values.items()])
    assert list(averages(of_cells, "pg_score").index) == ["ann", "bob"]


def test_a_cell_with_an_unknown_trial_is_unknown():
    rows = frame([measured(trial=1), measured(trial=2, student_score=np.nan), measured(language="id")])
    of_cells = cells(score(rows, "mix", 60).scores).set_index("language")
    assert np.isnan(of_cells.at["es", "gain"]) and of_cells.at["es", "trials"] == 2
    assert of_cells.at["id", "gain"] == pytest.approx(0.1)


def test_table_2_names_the_missing_part(published, small, large):
    assert "not printed" in table_02(published).notes[0]
    assert len(table_02(published).rows) == 27 and table_02(published).rows["pg_score"].isna().all()
    assert "no single-method recipe" in table_02(small).notes[0]
    assert len(table_02(large).rows) == 5 * 3 * 3 and table_02(large).rows["pg_score"].notna().all()


def test_table_14_recomputes_percentages_and_shows_printed_errors(published, large):
    rows = table_14(published).rows.set_index(["teacher", "student_base"])
    # (0.81 − 0.672) / 0.672
    assert rows.at[("gemma-3-27b", "gemma-3-4b"), "percent_increase"] == pytest.approx(20.5357, abs=1e-3)
    assert (rows["difference"].abs() > 0.15).sum() == 3
    families = table_14(large).rows
    assert families[["teacher", "student_base"]].values.tolist() == [["teacher-0", "base-b"]]


def test_table_15_compares_each_method_with_the_mix(published, small):
    rows = table_15(published).rows.set_index(["teacher", "language", "method"])
    # (0.802 − 0.145) / 0.145
    assert rows.at[("gemma-3-27b", "ar", "respond"), "percent_increase"] == pytest.approx(453.10, abs=0.01)
    assert rows["printed"].notna().sum() == 9
    assert table_15(small).rows.empty


def test_per_cent_of_a_negative_or_zero_baseline():
    assert percent_above(0.1, -0.2) == pytest.approx(150)
    assert np.isnan(percent_above(0.1, 0.0))


def test_table_16_has_other_bases_only(published, large):
    rows = table_16(published).rows
    averages_only = rows[rows["pg_score"].notna()]
    assert set(averages_only["language"]) == {"average"} and averages_only["difference"].abs().max() < 0.001
    assert set(table_16(large).rows["student_base"]) == {"base-b"}


def test_table_16_leaves_out_bases_of_fewer_languages(large):
    """Figure 2's bases lack languages; the paper's Table 16 has the only base with students in all of them."""
    scores = large.scores
    fewer = scores[(scores["student_base"] == "base-b") & (scores["language"] != "ja")].assign(student_base="base-c")
    both = replace(large, scores=pd.concat([scores, fewer]))
    assert set(table_16(both).rows["student_base"]) == {"base-b"}
    # if no other base has all languages, all bases are shown
    only = replace(large, scores=pd.concat([scores[scores["student_base"] == "base-a"], fewer]))
    assert set(table_16(only).rows["student_base"]) == {"base-c"}


def test_table_2_takes_single_methods_only_at_the_main_size(large):
    singles = large.scores[large.scores["recipe"] == "generate"]
    other = singles.assign(size=999, pg_score=1000.0)
    grown = replace(large, scores=pd.concat([large.scores, other]))
    pd.testing.assert_frame_equal(table_02(grown).rows, table_02(large).rows)


def test_table_18_of_print_and_of_a_study(printed):
    assert table_18(printed["table18_tagalog_seed"]).rows.iloc[-1].tolist() == ["total", 12488]
    rows = language_tables.table_18({"taco": 7, "aya": 5}, "Tagalog").rows
    assert rows.to_numpy().tolist() == [["aya", 5], ["taco", 7], ["total", 12]]


def test_table_19_of_a_study_counts_from_its_baseline():
    columns = ["language", "kind", "model", "score", "se", "trials"]
    rows = [
        ["tl", "student", "t/polyglot-tl-10", 0.5, 0.01, 3],
        ["tl", "student", "public/public-10", 0.475, 0.01, 3],
        ["tl", "other", "qwen", 0.52, np.nan, 1],
        ["tl", "base", "base", 0.4, 0.01, 1],
    ]
    table = language_tables.table_19(pd.DataFrame(rows, columns=columns), "t/polyglot-tl-10", "Tagalog")
    assert list(table.rows["model"]) == ["qwen", "t/polyglot-tl-10", "public/public-10", "base"]
    assert table.rows["minus_baseline"].round(6).tolist() == [2.0, 0.0, -2.5, -10.0]
    assert table.layout.iloc[0].tolist() == ["qwen", "other", "52.00", "", "+2.00"]
    with pytest.raises(InputError, match=r"no student nobody; set comparison\.baseline"):
        language_tables.table_19(pd.DataFrame(rows, columns=columns), "nobody", "Tagalog")


def test_every_score_table_is_written_for_every_study(published, small, large, tmp_path):
    for number, study in enumerate((published, small, large)):
        for make in TABLES:
            write(make(study), tmp_path / str(number))
        assert len(list((tmp_path / str(number)).iterdir())) == 21


def test_compare_keeps_rows_of_both_sides():
    ours = pd.DataFrame({"key": ["a", "b"], "value": [1.0, 2.0]})
    theirs = pd.DataFrame({"key": ["b", "c"], "value": [2.5, 3.0]})
    merged = compare(ours, theirs, ["key"], "value").set_index("key")
    assert merged.at["b", "difference"] == -0.5
    assert np.isnan(merged.at["c", "value"]) and np.isnan(merged.at["a", "printed"])


def test_the_note_on_anchors_names_languages_and_bases():
    scores = score(tiny(), "mix", 60).scores
    assert anchor_note(scores).endswith("in id.")
    both = pd.concat([scores, scores.assign(student_base="base-b")])
    assert "id (base-a), id (base-b)" in anchor_note(both)
    assert anchor_note(scores[scores["language"] == "es"]) == ""


def test_totals_of_seed_counts_are_summed_anew(printed):
    table = table_06(printed["table06_seed_counts"])
    totals = table.rows[table.rows["source"] == "total"].set_index("language")
    assert totals.at["en", "examples"] == 37_473 and totals.at["en", "difference"] == 6_730
    assert totals.at["ar", "difference"] == 0


def test_filbench_differences(printed):
    rows = table_19(printed["table19_filbench"]).rows.set_index("model")
    assert rows.at["10K-GPT-4oM", "minus_10k_polyglot_tl"] == pytest.approx(-1.85)


def test_a_model_without_result_is_written_with_its_reason(printed):
    mixed = {
        "log_size": {
            "status": "fitted",
            "rows": 54,
            "beta": 0.045,
            "se": 0.07,
            "df": 7.0,
            "p": 0.53,
            "low": -0.1,
            "high": 0.19,
        },
        "performance": {"status": "not identifiable: 0 rows", "rows": 0},
        "anchors": "PGR has no meaning in cs.",
    }
    table = table_03(mixed, printed["table03_mixed_effects"])
    assert table.layout["beta"].tolist() == ["0.045 (0.053, −0.008)", "n/a (1.387)"]
    assert table.layout["status"].tolist()[1] == "not identifiable: 0 rows"
    assert "PGR has no meaning in cs." in table.notes
    alone = table_03(mixed, None)
    assert alone.layout["beta"].tolist() == ["0.045", "n/a"]


def test_components_of_four_metrics_are_not_subtracted_from_those_of_six(printed):
    report = {"cells": 60, "metrics": ["a", "b"], "left_out": ["prompt_length"], "explained": [0.75, 0.25]}
    table = table_04(report, printed["table04_pca_variance"])
    assert table.rows["cumulative"].tolist()[:2] == [0.75, 1.0] and len(table.rows) == 6
    assert not any("difference" in column for column in table.rows)
    shares = [0.7, 0.2, 0.1 + 1e-16, 1e-16]  # their sum rounds to more than 1
    rounded = {"cells": 9, "metrics": list("abcd"), "left_out": [], "explained": shares}
    assert table_04(rounded, None).rows["cumulative"].max() == 1.0
    empty = table_04({"cells": 1, "metrics": [], "left_out": [], "reason": "1 cells"}, None)
    assert empty.rows.empty and "1 cells" in empty.notes


def test_facts_of_a_study_with_its_own_data(tmp_path):
    teachers = pd.DataFrame({"teacher": ["a"], "size_b": [0.135], "performance": [np.nan], "languages": [0]})
    table = study_tables.table_07(teachers, {"a": {"model": "m", "family": None, "licence": "Apache-2.0"}})
    assert table.layout.iloc[0].tolist() == ["a", "m", "", "0.135", "Apache-2.0", ""]
    facts = load(Path("resources/published"))["table08_languages"]
    languages = study_tables.table_08({"es": "Spanish", "ko": "Korean"}, facts)
    assert languages.layout["resource level"].tolist() == ["5", ""]


def seed_file(folder, source, by_language, masked=None, rejected=()):
    seen = {**by_language, **dict.fromkeys(rejected, 9)}
    counts = {"by_language": by_language, "seen_by_language": seen, "masked": masked or {}}
    write_json(folder / f"{source}.counts.json", counts)
    return str(folder / f"{source}.counts.json")


def test_seed_counts_stand_beside_the_printed_ones(tmp_path):
    files = [
        seed_file(tmp_path, "oasst2", {"de": 2000, "id": 3}, {"de": {"EMAIL": 2, "PHONE": 1}}, rejected=["cs"]),
        seed_file(tmp_path, "aya-tagalog", {"tl": 1241}),
        seed_file(tmp_path, "chatterbot", {"de": 80}),
    ]
    folder = Path("resources/published")
    table = study_tables.table_06(seed_counts(files), seeds(*(folder / name for name in SEED_TABLES)))
    rows = table.rows.set_index(["source", "language"])
    assert rows.loc[("oasst2", "de")].tolist() == [2000, 2328, -328, 3]
    assert rows.loc[("oasst2", "cs")].tolist() == [0, 4, -4, 0]
    assert rows.loc[("aya-tagalog", "tl")].tolist() == [1241, 1241, 0, 0]
    assert rows.loc[("chatterbot", "de"), "examples"] == 80 and pd.isna(rows.loc[("chatterbot", "de"), "printed"])
    assert rows.loc[("total", "de")].tolist() == [2080, 2328, -248, 3]
    assert rows.loc[("total", "all")].tolist() == [3324, 3576, -252, 3]
    shown = table.layout.set_index("source")
    assert shown.at["oasst2", "de"] == "2,000 (2,328, −328)" and shown.at["chatterbot", "de"] == "80"
    assert shown.at["oasst2", "tl"] == "" and shown["masked"].tolist() == ["0", "0", "3", "3"]


def test_seed_counts_without_masked_counts_are_refused(tmp_path):
    write_json(tmp_path / "bad.counts.json", {"by_language": {}, "seen_by_language": {}})
    with pytest.raises(InputError, match=r"bad.counts.json: has no masked; fetch the source again"):
        seed_counts([str(tmp_path / "bad.counts.json")])


def test_coverage_must_agree_with_the_outputs():
    table = pd.DataFrame({"item": ["Table 1", "Figure 3"], "shows": "", "source": ["both", "run"], "note": ""})
    coverage.check(table, {"Table 1"}, "coverage.csv")
    with pytest.raises(InputError, match="Table 1 has source 'both', but is not made"):
        coverage.check(table, set(), "coverage.csv")
    with pytest.raises(InputError, match="Figure 3 has source 'run', but is made"):
        coverage.check(table, {"Table 1", "Figure 3"}, "coverage.csv")
    with pytest.raises(InputError, match="no line for Table 9"):
        coverage.check(table, {"Table 1", "Table 9"}, "coverage.csv")


def test_benchmarks_as_printed(printed):
    table = table_10(printed["table10_benchmarks"])
    assert table.rows.set_index("benchmark")["shots"].to_dict() == {
        "global-mmlu-lite": 0,
        "m-rewardbench": 0,
        "m-gsm": 5,
    }
    assert table.layout.iloc[2].tolist() == ["m-gsm", "generative", "exact match", "5"]


def test_benchmarks_of_a_study_and_the_tasks_of_its_languages():
    entry = {"measures": "chat", "formulation": "preference", "metric": "weighted_accuracy", "shots": 0}
    entry |= {"in_english": []}
    pairs = entry | {"languages": ["cs", "ja", "de"], "items": 9}
    sums = {**entry, "measures": "math", "formulation": "generate", "metric": "exact_match", "shots": 5}
    sums |= {"languages": ["ja"]}
    other = entry | {"measures": "culture", "languages": ["tl"]}
    table = study_tables.table_10({"pairs": pairs, "sums": sums, "other": other}, ["ja", "cs"])
    assert table.rows["languages"].tolist() == ["cs ja", "ja", ""]
    assert table.layout.iloc[0].tolist() == ["pairs", "chat", "preference", "weighted_accuracy", "0", "cs ja"]
    assert table.layout["languages"].tolist() == ["cs ja", "ja", "none"]
    assert table.notes == ["Tasks of each language: cs 1, ja 2."]
    chat = study_tables.table_10({"sums": sums, "sums-chat": {**sums, "protocol": "chat"}}, ["ja"])
    assert chat.notes[1:] == ["Asked in each model's own chat template: sums-chat."]
    plain = study_tables.table_10({"sums": sums | {"in_english": ["ja"]}}, ["ja"])
    assert plain.notes[1:] == ["Put in English words, for want of the language's own: sums (ja)."]
