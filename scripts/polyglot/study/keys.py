"""Keys of servers are looked for before the first job of a run, not hours later in the job that needs one."""

from collections.abc import Iterable
from typing import Any

from polyglot.core.errors import InputError
from polyglot.synthesis.api_settings import read_api

ASKING = {"generate_api": "teacher", "generate_api_translated": "teacher", "judge_rows_api": "judge"}


def key_problem(config: dict[str, Any], jobs: Iterable[Any]) -> str | None:
    """Why the first of Snakemake's `jobs` that asks a server cannot, in one line; None where all can."""
    kinds = ((ASKING[job.rule.name], job) for job in jobs if job.rule.name in ASKING)
    for kind, name in sorted({(kind, getattr(job.wildcards, kind)) for kind, job in kinds}):
        try:
            read_api(config[f"{kind}s"][name]["api"]).key()
        except InputError as error:
            return f"{kind} {name}: {error}"
    return None
