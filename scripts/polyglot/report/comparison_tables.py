"""The tables that compare: methods (2, 15) and student bases (14, 16), with the printed numbers beside them."""

import numpy as np
import pandas as pd

from polyglot.analysis.summaries import ROWS, anchor_note, averages, cells, short_note
from polyglot.report.main_tables import Study, pivot
from polyglot.report.table_files import BESIDE, Table, compare
from polyglot.synthesis.methods import DIRECT

BASE_MEAN = "pg_score_mean_ar_de_id"


def table_02(study: Study) -> Table:
    """PG-Score of each teacher by method: the study's single-method recipes at the main size."""
    of_size = study.scores[(study.scores["size"] == study.size) & (study.scores["student_base"] == study.base)]
    singles = of_size[of_size["recipe"].isin(DIRECT)]
    parts = [cells(part).assign(method=method) for method, part in singles.groupby("recipe")]
    columns = ["teacher", "language", "method", "pg_score", *ROWS]
    rows = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns).astype({"pg_score": float})
    rows = compare(rows, study.print_of("table02_pg_score_by_method"), columns[:3], "pg_score")
    missing = "Not recomputed: the diversity, judge score and perplexity of single-method data sets are not printed."
    absent = "This study has no single-method recipe (generate, translate or respond alone)."
    return Table(
        "02",
        "PG-Score by method of making the data",
        rows,
        pivot(rows, ["teacher", "language"], "method", DIRECT, "pg_score"),
        [
            missing if study.printed else "" if parts else absent,
            anchor_note(study.of_base()) if len(rows) else "",
            short_note(rows),
        ],
    )


def table_14(study: Study) -> Table:
    """Gain in mean PG-Score, per cent, of a student base of the teacher's own family over the main base."""
    means = base_means(study)
    rows = []
    for teacher, base in means.index:
        same_family = study.families.get(teacher) and study.families.get(teacher) == study.families.get(base)
        if (same_family or study.printed) and base != study.base and (teacher, study.base) in means.index:
            gain = percent_above(means[teacher, base], means[teacher, study.base])
            rows.append({"teacher": teacher, "student_base": base, "percent_increase": gain})
    table = pd.DataFrame(rows, columns=["teacher", "student_base", "percent_increase"])
    table = table.astype({"percent_increase": float})
    printed = study.print_of("table14_family_match_gain")
    if printed is not None:
        table = table.merge(printed[["teacher", "student_base"]], on=["teacher", "student_base"])
    table = compare(table, printed, ["teacher", "student_base"], "percent_increase")
    absent = f"No second student base shares a model family with a teacher, so nothing is set beside {study.base}."
    return Table(
        "14",
        f"Gain of a family-matched student base over {study.base}, per cent of mean PG-Score",
        table,
        pivot(table, ["teacher"], "student_base", sorted(table["student_base"].unique()), "percent_increase", 1),
        [
            BESIDE + " From the means of Figure 2." if study.printed else "",
            "Per cent of the absolute value of the baseline." if len(table) else absent,
            anchor_note(study.main()) if len(table) else "",
            short_note(study.main()) if len(table) else "",
            "Anchors of the other student bases are not printed." if study.printed else "",
        ],
    )


def table_15(study: Study) -> Table:
    """Gain in PG-Score, per cent, of a single method over the equal mix."""
    mix = study.of_base().set_index(["teacher", "language"])["pg_score"]
    if study.printed:
        # printed values: Table 2 has no recomputed ones, and its comparison with Table 1 needs the same rounding
        mix = study.printed["table01_pg_score"].set_index(["teacher", "language"])["pg_score"]
        methods = study.printed["table02_pg_score_by_method"]
    else:
        methods = table_02(study).rows
    rows = methods.reindex(columns=["teacher", "language", "method", "pg_score", *ROWS])
    rows["mix"] = [
        mix.get((teacher, language), np.nan)
        for teacher, language in zip(rows["teacher"], rows["language"], strict=True)
    ]
    rows["percent_increase"] = [percent_above(*pair) for pair in zip(rows["pg_score"], rows["mix"], strict=True)]
    rows = compare(
        rows, study.print_of("table15_best_method_gain"), ["teacher", "language", "method"], "percent_increase"
    )
    absent = "This study has no single-method recipe (generate, translate or respond alone)."
    return Table(
        "15",
        "Gain of one method alone over the equal mix, per cent of PG-Score",
        rows,
        pivot(rows, ["teacher", "language"], "method", DIRECT, "percent_increase", 1),
        [
            BESIDE + " From the printed Tables 1 and 2." if study.printed else "",
            "Per cent of the absolute value of the mix." if len(rows) else absent,
            anchor_note(study.of_base()) if len(rows) else "",
            short_note(rows),
        ],
    )


def table_16(study: Study) -> Table:
    """PG-Score by language for other student bases (the paper's: OLMo 3 32B).

    Shows the bases with students in all languages of the main base, or, without such a base, all others.
    """
    if study.printed:
        printed = study.printed["table16_olmo32b"].assign(student_base="olmo-3-32b")
        by_language = printed[printed["language"] != "average"]
        means = (
            by_language.groupby(["student_base", "teacher"])["pg_score"].mean().reset_index().assign(language="average")
        )
        rows = pd.concat([by_language.assign(pg_score=np.nan), means])
        rows = compare(
            rows[["student_base", "teacher", "language", "pg_score"]],
            printed,
            ["student_base", "teacher", "language"],
            "pg_score",
        )
        short = ""
        note = "Recomputed: the average alone. The languages need measurements of OLMo 3 32B, which are not printed."
    else:
        main = study.main()
        others = main[main["student_base"] != study.base]
        required = set(main[main["student_base"] == study.base]["language"])
        complete = [base for base, part in others.groupby("student_base") if required <= set(part["language"])]
        others = others[others["student_base"].isin(complete)] if complete else others
        parts = [
            averages(part, "pg_score")
            .reset_index()
            .melt(id_vars="teacher", var_name="language", value_name="pg_score")
            .assign(student_base=base)
            for base, part in others.groupby("student_base")
        ]
        columns = ["student_base", "teacher", "language", "pg_score"]
        rows = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns).astype({"pg_score": float})
        key = ["student_base", "teacher", "language"]
        rows = compare(rows.merge(others[[*key, *ROWS]], on=key, how="left"), None, [], "")
        note = anchor_note(others) if parts else f"This study has no student base beside {study.base}."
        short = short_note(others)
    languages = [*sorted(set(rows["language"]) - {"average"}), "average"]
    return Table(
        "16",
        "PG-Score for other student bases, by language",
        rows,
        pivot(rows, ["student_base", "teacher"], "language", languages, "pg_score"),
        [BESIDE if study.printed else "", note, short],
    )


def base_means(study: Study) -> pd.Series:
    """Mean PG-Score by (teacher, student base): over the three printed languages, or those that all bases share."""
    if study.printed:
        printed = study.printed["figure02_pg_score_by_base"]
        return printed.set_index(["teacher", "student_base"])[BASE_MEAN]
    main = study.main()
    shared = set.intersection(*(set(part["language"]) for _, part in main.groupby("student_base")))
    rows = main[main["language"].isin(shared)]
    return rows.groupby(["teacher", "student_base"])["pg_score"].agg(lambda scores: scores.mean(skipna=False))


def percent_above(value: float, baseline: float) -> float:
    """100 · (value − baseline) / |baseline|, unknown for a baseline of 0."""
    return 100 * (value - baseline) / abs(baseline) if baseline else np.nan
