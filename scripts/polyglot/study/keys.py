"""Keys of servers are looked for before the first job of a run, not hours later in the job that needs one."""

from collections.abc import Iterable
from typing import Any

from polyglot.core.errors import InputError
from polyglot.synthesis.api_settings import read_api


def key_problem(teachers: dict[str, Any], jobs: Iterable[Any]) -> str | None:
    """Why the first of Snakemake's `jobs` that asks a server cannot, in one line; None where all can."""
    asked = {job.wildcards.teacher for job in jobs if job.rule.name in ("generate_api", "generate_api_translated")}
    for teacher in sorted(asked):
        try:
            read_api(teachers[teacher]["api"]).key()
        except InputError as error:
            return f"teacher {teacher}: {error}"
    return None
