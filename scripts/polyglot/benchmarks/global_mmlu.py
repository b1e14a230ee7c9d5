"""Global-MMLU-Lite (and Global-MMLU, which has the same form): four-choice questions, asked and answered by letter.

Rows as CohereLabs publish them: one folder a language, with the splits test (asked here) and dev.
"""

from polyglot.benchmarks import Prepared, Wanted
from polyglot.benchmarks.fetched import LETTERS, asker, four_choices, kept, only_folder, rows_in, text
from polyglot.files import Json

COLUMNS = ["sample_id", "subject", "subject_category", "question", *(f"option_{c}" for c in "abcd"), "answer"]


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the language's test split; the categories in turn where not all are wanted."""
    sentences = asker(wanted)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for row in rows_in(only_folder(wanted), wanted.language, [f"{wanted.language}/test*"], COLUMNS):
        letter = text(row["answer"]).upper()
        answer = LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS else None
        category = text(row["subject_category"]) or "other"
        item, problem = four_choices(row, text(row["sample_id"]), category, text(row["subject"]), answer, sentences)
        if item:
            groups.setdefault(category, []).append(item)
        else:
            reasons.append(problem)
    return kept(groups, wanted, reasons)
