"""Claims that count: seed examples (Table 6), generated examples and students (abstract)."""

from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, outcome


@claim("T6-columns", "Table 6")
def language_totals(evidence: Evidence) -> Outcome:
    """Each language's total is the sum of its column."""
    if evidence.printed is None:
        return about_print()
    counts = evidence.printed["table06_seed_counts"]
    sums = counts[counts["source"] != "total"].groupby("language")["examples"].sum()
    printed = counts[(counts["source"] == "total") & (counts["language"] != "all")].set_index("language")["examples"]
    wrong = [
        f"{language}: printed {printed[language]:,}, sum {sums[language]:,}"
        for language in printed.index
        if printed[language] != sums[language]
    ]
    note = f"Of {len(printed)} languages. Not so: {'; '.join(wrong) or 'none'}."
    return outcome(not wrong, str(len(printed) - len(wrong)), note)


@claim("T6-total", "Table 6")
def total_of_seed_examples(evidence: Evidence) -> Outcome:
    """All seed examples together are 132,929."""
    if evidence.printed is None:
        return about_print()
    counts = evidence.printed["table06_seed_counts"]
    total = int(counts[counts["source"] != "total"]["examples"].sum())
    of_languages = int(counts[(counts["source"] == "total") & (counts["language"] != "all")]["examples"].sum())
    note = f"The sum of all cells; the printed totals of the languages sum to {of_languages:,}."
    return outcome(total == 132_929, f"{total:,}", note)


@claim("ABS-sft", "none")
def generated_examples(evidence: Evidence) -> Outcome:
    """More than 1.4 million training examples were generated."""
    return missing("counts of generated rows by teacher, language, method and trial")


@claim("ABS-students", "none")
def trained_students(evidence: Evidence) -> Outcome:
    """240 students were trained."""
    if evidence.students is not None:
        return outcome(evidence.students == 240, str(evidence.students), "Students in this study's scores.")
    cells = len(evidence.cells)
    other = int(evidence.by_base.drop(columns="olmo-3-7b").size * 3)
    methods, larger = len(evidence.by_method), evidence.other_base.drop(columns="average").size
    total = cells + other + methods + larger
    return missing(
        f"a list of students. Scores are printed for {cells} students of OLMo 3 7B, {other} of three other bases,"
        f" {methods} of single methods and {larger} of OLMo 3 32B, {total} in all; students for data scale,"
        " translation and Tagalog are not listed"
    )
