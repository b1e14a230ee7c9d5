"""Arithmetic word problems with numbers that no training seed uses: plain numbers as answers, shots with solutions."""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.seeds.sources import arithmetic
from polyglot.seeds.sources.arithmetic import Problem, draw, load_templates, render

ADAPTER = Adapter(
    "arithmetic word problems",
    folders=("arithmetic",),
    packaged=arithmetic.ADAPTER.packaged,
    chance=0.0,
    formulation="generate",
    shots=None,
)


def prepare(wanted: Wanted) -> Prepared:
    """`wanted.items` problems after `wanted.shots` solved ones, the same in every language.

    Raises InputError where all are wanted: they are drawn without end.
    """
    if not wanted.items:
        raise InputError("--items 0: word problems are drawn without end; set the benchmark's items to a number")
    templates = load_templates(wanted.resources, wanted.language)
    problems = draw(wanted.shots + wanted.items, wanted.seed, benchmark=True)

    def item_of(problem: Problem, shot: bool) -> Json:
        question, solution = render(problem, templates, wanted.language)
        item = {
            "item_id": problem.problem_id,
            "category": problem.kind,
            "subset": problem.kind,
            "question": question,
            "content": [question],
            "answer": str(problem.answer),
        }
        return item | ({"solution": solution} if shot else {})

    return Prepared(
        [item_of(problem, shot=False) for problem in problems[wanted.shots :]],
        [item_of(problem, shot=True) for problem in problems[: wanted.shots]],
    )
