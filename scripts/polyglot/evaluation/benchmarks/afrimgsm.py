"""AfriMGSM: the problems of MGSM in languages of Africa, with numeric answers, without examples.

Rows are in the form of masakhane/afrimgsm: data/{ISO 639-3 code}/test.tsv, read as the hub's own loader reads it, with
question and answer_number. Row n is the same problem in every language. Its eight training problems have no solution
written out, so there are no shots.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.benchmarks.mgsm import problem
from polyglot.evaluation.fetched_benchmark import only_folder, select_items, separated

ADAPTER = Adapter(
    "AfriMGSM",
    folders=("questions", "languages"),
    languages=tuple(parts("afrimgsm")),
    chance=0.0,
    plain_words=True,
    formulation="generate",
    items=250,
)

COLUMNS = ["question", "answer_number"]


def prepare(wanted: Wanted) -> Prepared:
    """The problems of the language's test split. Raises InputError where shots are wanted."""
    if wanted.shots:
        raise InputError(f"--shots {wanted.shots}: AfriMGSM has no solved problems; set the benchmark's shots to 0")
    file = f"data/{parts('afrimgsm')[wanted.language]}/test.tsv"
    items: list[Json] = []
    reasons: list[str] = []
    for number, row in enumerate(separated(only_folder(wanted), file, COLUMNS, quoted=True)):
        item = {**problem(row, f"test-{number}"), "subset": "afrimgsm"}
        if item["question"] and item["answer"]:
            items.append(item)
        else:
            reasons.append("no_such_answer" if item["question"] else "empty_text")
    return select_items({"math": items}, wanted, reasons)
