"""The comparison of student bases as a page for people."""

import pandas as pd

from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written

ALL = "all"


def page(table: pd.DataFrame) -> str:
    """Each pair of bases by the deciding benchmarks, then by each benchmark alone, over all languages."""
    blocks = [
        "# Does what a teacher is worth depend on the student base?",
        "A gain is student − its own base. Difference: the gain on the first base less that on the other, from the same"
        " rows, trial by trial, on the same items. Interaction: a teacher's difference less the mean over teachers; its"
        " intervals hold over all teachers and pairs of bases together, the others one by one (95 %). ρ: Spearman's"
        " correlation of both orders of teachers; its interval allows for the errors of the gains.",
        "Bases differ in more than the languages they were trained on: in size, year and amount of data. Only bases"
        " trained on the same bytes tell what a single difference does.",
    ]
    of_all = table[table["language"] == ALL]
    for benchmark in sorted(of_all["benchmark"].unique(), key=lambda name: (name != ALL, name)):
        blocks.append(f"## {'Mean of the deciding benchmarks' if benchmark == ALL else benchmark}")
        of_benchmark = of_all[of_all["benchmark"] == benchmark]
        for (first, other), part in of_benchmark.groupby(["student_base", "other_base"]):
            blocks += [f"### {first} and {other}", verdict(part), grid(part)]
    return "\n\n".join(blocks) + "\n"


def verdict(part: pd.DataFrame) -> str:
    """What one pair of bases says, in sentences."""
    mean = part[part["teacher"] == ALL].iloc[0]
    first, other = mean.student_base, mean.other_base
    size = (
        f"{written(mean.difference, signed=True)} ({written(mean.difference_low)} to {written(mean.difference_high)})"
    )
    sentences = [f"Mean difference over {mean.teachers} teachers: {size}."]
    if mean.difference_low > 0 or mean.difference_high < 0:
        more, less = (first, other) if mean.difference > 0 else (other, first)
        sentences.append(f"Students of {more} gain more than those of {less}.")
    else:
        sentences.append("Neither base is seen to gain more.")
    unlike = part[(part["interaction_low"] > 0) | (part["interaction_high"] < 0)]
    if mean.interacts:
        named = [f"{row.teacher} ({written(row.interaction, signed=True)})" for row in unlike.itertuples()]
        sentences.append(f"What a teacher is worth depends on the base: {', '.join(named)}.")
    else:
        sentences.append("No teacher is seen to be worth more on one base than on the other, beyond that mean.")
    if not pd.isna(mean.rho):
        interval = f"{written(mean.rho_low, 2)} to {written(mean.rho_high, 2)}"
        sentences.append(f"ρ of both orders: {written(mean.rho, 2)} ({interval}).")
    return " ".join([*sentences, *counts(mean)])


def counts(mean: pd.Series) -> list[str]:
    """What the comparison rests on: items, trials and rows that a base did not read."""
    sentences = [f"{mean['items']} items that all models answered, {mean.left_out} left out; {mean.trials} trials."]
    if mean.trials < 2:
        sentences.append("With a single trial intervals do not hold what differs from training to training.")
    rows = [(mean.student_base, mean.rows_left_out), (mean.other_base, mean.other_rows_left_out)]
    unread = [f"students of {base} did not read up to {count} rows of a data set" for base, count in rows if count]
    same = "Both bases read the same rows." if not unread else f"Too long for the base: {'; '.join(unread)}."
    return [*sentences, same]


def grid(part: pd.DataFrame) -> str:
    """The teachers of one pair of bases, by their difference, their mean last."""

    def cell(row: object, name: str) -> str:
        value, low, high = (getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))
        return "" if pd.isna(value) else f"{written(value, signed=True)} ({written(low)} to {written(high)})"

    names = ["gain", "other_gain", "difference", "interaction"]
    ordered = part.assign(last=part["teacher"] == ALL).sort_values(
        ["last", "difference", "teacher"], ascending=[True, False, True]
    )
    rows = [
        ["mean" if row.teacher == ALL else row.teacher, *(cell(row, name) for name in names)]
        for row in ordered.itertuples()
    ]
    first = part.iloc[0]
    headers = ["teacher", f"gain, {first.student_base}", f"gain, {first.other_base}", "difference", "interaction"]
    return markdown_table(rows, headers)
