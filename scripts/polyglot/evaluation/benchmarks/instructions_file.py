"""Instructions of one's own that a program can check: {"prompt", "checks"}, the checks of `instruction_checks`."""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.instruction_checks import refuse_unknown
from polyglot.evaluation.own_items import prepare_own

ADAPTER = Adapter("instructions of one's own", own_file=True, formulation="instructions", chance=0.0)


def prepare(wanted: Wanted) -> Prepared:
    """The instructions of the file. Raises InputError for a check that is none."""
    if wanted.shots:
        raise InputError(f"--shots {wanted.shots}: instructions are asked without examples; set the shots to 0")

    def item(where: str, row: Json) -> Json:
        refuse_unknown(where, row.get("checks"))
        return {"question": row["prompt"], "content": [row["prompt"]], "checks": row["checks"]}

    return prepare_own(wanted, ["prompt"], item)
