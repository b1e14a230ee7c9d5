"""The jobs of a study, from the graph that Snakemake builds of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings


@dataclass(frozen=True)
class Job:
    """A job with the cards and the minutes that its rule asks for; `after` has the places of the jobs it waits for.

    `outputs` are the files and folders that it declares.
    """

    rule: str
    stage: str
    wildcards: dict[str, str]
    cards: int = 0
    after: tuple[int, ...] = ()
    minutes: float = math.inf
    outputs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The rule and the values of its wildcards."""
        return "/".join([self.rule, *(value for name, value in self.wildcards.items() if name != "study")])


def graph(config: dict[str, Any], targets: Iterable[str] = ()) -> list[Job]:
    """All jobs of the study with this config, whatever is made already, each after those that it waits for.

    `targets` are rules or files; without one, all that the study ends with.

    Rules without a command are left out: they only gather files, and what waits for them waits for what they gather.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=Path("Snakefile"),
        )
        workflow.dag(DAGSettings(targets=frozenset(targets), forceall=True))
        # the API prints a graph but does not hand it out: these two steps are those of its `printdag`
        flow = workflow._workflow
        flow._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        flow._build_dag()
        return _listed(flow.dag)


def _listed(dag: Any) -> list[Job]:
    jobs: list[Job] = []
    ends: dict[Any, tuple[int, ...]] = {}  # the places that waiting for a job means
    for job in (job for level in dag.toposorted() for job in sorted(level, key=_place)):
        after = tuple(sorted({place for needed in dag.dependencies[job] for place in ends[needed]}))
        if job.rule.shellcmd:
            stage = Path(job.rule.snakefile).stem
            cards, minutes = job.resources.get("gpu", 0), job.resources["runtime"]
            outputs = tuple(map(str, job.output))
            jobs.append(Job(job.rule.name, stage, dict(job.wildcards.items()), cards, after, minutes, outputs))
            ends[job] = (len(jobs) - 1,)
        else:
            ends[job] = after
    return jobs


def _place(job: Any) -> tuple[str, list[str]]:
    return job.rule.name, list(map(str, job.wildcards))
