"""KOBEST: five tasks in Korean, whose options are scored as texts; examples are drawn from the train split.

Rows are in the form of skt/kobest_v1: {task}/train.jsonl and {task}/test.jsonl. resources/kobest/ has the prompts.
BoolQ asks a yes/no question about a paragraph, COPA for the cause or result of a premise, HellaSwag for the ending of a
story, SentiNeg for the sentiment of a sentence, WiC whether a word has the same sense in two sentences.
"""

from collections.abc import Callable

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.drawn_shots import with_shots
from polyglot.evaluation.fetched_benchmark import ItemOrFault, only_folder, rows_in, select_items, text, whole_number

COLUMNS = {
    "boolq": ["paragraph", "question", "label"],
    "copa": ["premise", "question", "alternative_1", "alternative_2", "label"],
    "hellaswag": ["context", *(f"ending_{number}" for number in range(1, 5)), "label"],
    "sentineg": ["sentence", "label"],
    "wic": ["word", "context_1", "context_2", "label"],
}
ADAPTER = Adapter(
    "KOBEST", folders=("kobest",), languages=("ko",), formulation="continuation", tasks=tuple(COLUMNS), shots=None
)


def prepare(wanted: Wanted) -> Prepared:
    """The items of the test split of `wanted.task`, and the rows of the train split that they have as examples."""
    sentences = read_sentences(wanted.resources / "kobest" / f"{wanted.language}.yaml", COLUMNS)[wanted.task]
    reasons: list[str] = []
    items = of_split(wanted, "test", sentences, reasons)
    chosen = select_items({wanted.task: items}, wanted, reasons)
    examples = of_split(wanted, "train", sentences, reasons) if wanted.shots else []
    return with_shots(chosen, examples, wanted)


def of_split(wanted: Wanted, split: str, sentences: Json, reasons: list[str]) -> list[Json]:
    """The rows of a split as items; the faults of the others are appended to `reasons`."""
    fields: Callable[[Json, Json], ItemOrFault] = FIELDS.get(wanted.task, labelled)
    items = []
    rows = rows_in(only_folder(wanted), wanted.language, [f"{wanted.task}/{split}.jsonl"], COLUMNS[wanted.task])
    for number, row in enumerate(rows):
        item, problem = fields(row, sentences)
        if item is None:
            reasons.append(problem)
            continue
        items.append({"item_id": f"{split}-{number}", "category": wanted.task, "subset": "kobest", **item})
    return items


def labelled(row: Json, sentences: Json) -> ItemOrFault:
    """A row whose label stands for one of the task's own words."""
    fill = {name: text(value) for name, value in row.items() if name != "label"}
    if not all(fill.values()):
        return None, "empty_text"
    content = [value for name, value in fill.items() if name != "word"]
    return continued(sentences["question"].format(**fill), content, sentences["options"], row["label"])


def cause_or_result(row: Json, sentences: Json) -> ItemOrFault:
    """COPA: a premise with the conjunction of its question, and two sentences that may follow."""
    premise, asked = text(row["premise"]), text(row["question"])
    if asked not in sentences["links"]:
        return None, "no_such_question"
    question = sentences["question"].format(premise=premise, link=sentences["links"][asked])
    options = [text(row["alternative_1"]), text(row["alternative_2"])]
    return continued(question, [premise, *options], options, row["label"])


def ending(row: Json, sentences: Json) -> ItemOrFault:
    """HellaSwag: a story and four sentences that may end it."""
    endings = [text(row[name]) for name in COLUMNS["hellaswag"] if name.startswith("ending_")]
    context = text(row["context"])
    return continued(sentences["question"].format(context=context), [context, *endings], endings, row["label"])


FIELDS = {"copa": cause_or_result, "hellaswag": ending}


def continued(question: str, content: list[str], options: list[str], label: object) -> ItemOrFault:
    """An item with the texts of its row as `content`; or None, and the fault of the row."""
    answer = whole_number(label)
    if not all(content):
        return None, "empty_text"
    if answer is None or answer >= len(options):
        return None, "no_such_answer"
    return {"question": question, "content": content, "options": options, "answer": answer}, ""
