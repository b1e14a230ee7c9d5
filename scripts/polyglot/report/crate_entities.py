"""The entities of a study's RO-Crate: workflow, inputs, authors, licences, and a checksum of every file.

The crate follows RO-Crate 1.1 with the profiles Workflow RO-Crate 1.0, Process Run Crate 0.5 and Workflow Run Crate
0.5. Files are data entities with `contentSize` and `sha256`; they are not moved. A file that the crate does not
hold has the URI of its content (RFC 6920) as its id and its path as its name.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.data_entity import DataEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from polyglot.core.files import Json
from polyglot.hub.licences import Licence, Material

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
PARAMETER = {"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"}
MEDIA = {
    ".csv": "text/csv",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".tex": "text/x-tex",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
}


@dataclass(frozen=True)
class Plan:
    """The content of a crate.

    Attributes:
        study: name of the study.
        manifest: lines of the study's manifest.
        project: path → {"sha256", "bytes"} of the project's own files: workflow, config, environment, licence.
        config: the project's files that configure the run; environment: those that pin packages.
        citation: CITATION.cff as read.
        materials: models and data sets in their roles; licences: by name.
        held: whether the crate holds the file at a path; for any other file it records only the checksum.
    """

    study: str
    manifest: Sequence[Json]
    project: dict[str, Json]
    config: Sequence[str]
    environment: Sequence[str]
    citation: Json
    materials: Sequence[Material]
    licences: dict[str, Licence]
    held: Callable[[str], bool] = field(default=lambda path: True)


class Builder:
    """Builds a crate; `crate` holds the entities added so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.crate = ROCrate(version="1.1")
        self.files: dict[str, Entity] = {}

    def context(self, identifier: str, kind: str | list[str], **properties: Any) -> Entity:
        """A contextual entity, added once."""
        result = self.crate.get(identifier)
        return result or self.crate.add(ContextEntity(self.crate, identifier, {"@type": kind, **properties}))

    def file(self, path: str, sha256: str, size: int, kind: str | list[str] = "File", **more: Any) -> Entity:
        """The data entity of a file, added once. Its id is its path or, if the crate does not hold it, its content."""
        if path not in self.files:
            properties = {"@type": kind, "name": path, "sha256": sha256, "contentSize": str(size), **more}
            if media := MEDIA.get(Path(path).suffix):
                properties["encodingFormat"] = media
            if self.plan.held(path):
                entity = File(self.crate, path, dest_path=path, properties=properties)
            else:
                entity = DataEntity(self.crate, f"nih:sha-256;{sha256}", properties | {"alternateName": path})
            self.files[path] = self.crate.add(entity)
        return self.files[path]

    def licence(self, name: str) -> Entity:
        """The entity of a licence."""
        licence = self.plan.licences[name]
        description = f"{licence.data} {licence.students}"
        return self.context(licence.url, "CreativeWork", name=licence.title, description=description)


def build(plan: Plan) -> ROCrate:
    """The crate of a study."""
    builder = Builder(plan)
    agents = people(builder)
    workflow = main_workflow(builder, agents)
    jobs = actions(builder)
    run = whole_run(builder, workflow, agents[0], jobs)
    root(builder, agents, [run, *jobs])
    return builder.crate


def people(builder: Builder) -> list[Entity]:
    """The authors of the software. Adds the paper that it reproduces, with its authors."""
    citation = builder.plan.citation
    agents = [person(builder, author) for author in citation["authors"]]
    for reference in citation.get("references", []):
        article = builder.context(
            reference["url"],
            "ScholarlyArticle",
            name=reference["title"],
            datePublished=str(reference["year"]),
            author=[person(builder, author) for author in reference["authors"]],
        )
        builder.crate.root_dataset.append_to("citation", article)
    return agents


def person(builder: Builder, author: Json) -> Entity:
    """An author in CITATION.cff, a person or an organisation; its id is the ORCID or the website."""
    name = author.get("name") or f"{author.get('given-names', '')} {author['family-names']}".strip()
    kind = "Organization" if "name" in author else "Person"
    identifier = author.get("orcid") or author.get("website") or "#" + name.replace(" ", "-")
    return builder.context(identifier, kind, name=name)


def main_workflow(builder: Builder, agents: list[Entity]) -> Entity:
    """The Snakefile with its rules, the packages that it needs, its config as input and its results as output."""
    plan, crate = builder.plan, builder.crate
    own = plan.project["Snakefile"]
    versions = {line["versions"].get("snakemake") for line in plan.manifest} - {None}
    workflow = crate.add_workflow(
        "Snakefile",
        "Snakefile",
        properties={
            "name": plan.citation["title"],
            "sha256": own["sha256"],
            "contentSize": str(own["bytes"]),
            "encodingFormat": "text/plain",
        },
        main=True,
        lang="snakemake",
        lang_version=", ".join(sorted(versions)),
    )
    builder.files["Snakefile"] = workflow
    workflow["author"] = workflow["creator"] = agents
    commits = sorted({line["git"]["commit"] for line in plan.manifest if line["git"].get("commit")})
    workflow["version"] = ", ".join(commits) or plan.project["Snakefile"]["sha256"][:12]
    spdx = f"https://spdx.org/licenses/{plan.citation['license']}"
    workflow["license"] = builder.context(spdx, "CreativeWork", name=plan.citation["license"])
    programs = {line["program"] for line in plan.manifest}
    for path in sorted(set(plan.project) - {"Snakefile"}):
        kind = ["File", "SoftwareSourceCode"] if path in programs else "File"
        entity = builder.file(path, plan.project[path]["sha256"], plan.project[path]["bytes"], kind)
        if path.startswith("rules/"):
            workflow.append_to("hasPart", entity)
        if path in plan.environment:
            workflow.append_to("softwareRequirements", entity)
    for name, kind in (("config", "input"), ("results", "output")):
        parameter = builder.context(
            f"#{name}", "FormalParameter", name=name, additionalType="File", conformsTo=PARAMETER
        )
        parameter["valueRequired"] = True
        parameter["multipleValues"] = True
        workflow.append_to(kind, parameter)
    return workflow


def actions(builder: Builder) -> list[Entity]:
    """One action per job: the program as instrument, its inputs, outputs and seed, and its end time."""
    jobs: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for line in builder.plan.manifest:
        if line["kind"] == "output":
            jobs[line["rule"], str(sorted(line["wildcards"].items()))].append(line)
    known = {line["path"]: line for line in builder.plan.manifest}
    results = []
    for number, (_, lines) in enumerate(sorted(jobs.items()), start=1):
        first = lines[0]
        outputs = [builder.file(line["path"], line["sha256"], line["bytes"]) for line in lines]
        inputs = [
            builder.file(path, sha256, known[path]["bytes"]) if path in known else builder.files[path]
            for path, sha256 in sorted(first["inputs"].items())
            if path in known or path in builder.files
        ]
        instrument = builder.files[first["program"]]
        wildcards = ", ".join(f"{name} {value}" for name, value in sorted(first["wildcards"].items()))
        action = builder.context(
            f"#job-{number}",
            "CreateAction",
            name=f"{first['rule']}: {wildcards}" if wildcards else first["rule"],
            instrument=instrument,
            result=outputs,
            endTime=first["made_at"],
            actionStatus="http://schema.org/CompletedActionStatus",
        )
        if inputs:
            action["object"] = inputs
        if first["seed"] is not None:
            action["description"] = f"seed {first['seed']}"
        results.append(action)
    return results


def whole_run(builder: Builder, workflow: Entity, agent: Entity, jobs: list[Entity]) -> Entity:
    """The run of the workflow: the config as input, the final results of the study as output."""
    plan = builder.plan
    times = sorted(line["made_at"] for line in plan.manifest)
    config = [builder.files[path] for path in plan.config]
    final_paths = [f"results/{plan.study}/{name}" for name in ("scores.csv", "claims.csv", "measurements.csv")]
    results = [entity for path, entity in builder.files.items() if path in final_paths or _is_final(path, plan.study)]
    for entities, name in ((config, "config"), (results, "results")):
        for entity in entities:
            entity["exampleOfWork"] = builder.crate.get(f"#{name}")
    return builder.context(
        "#run",
        "CreateAction",
        name=f"study {plan.study}",
        instrument=workflow,
        object=config,
        result=results,
        agent=agent,
        startTime=times[0],
        endTime=times[-1],
        actionStatus="http://schema.org/CompletedActionStatus",
    )


def _is_final(path: str, study: str) -> bool:
    return path.startswith((f"results/{study}/tables/", f"paper_figures/{study}/"))


def root(builder: Builder, agents: list[Entity], runs: list[Entity]) -> None:
    """Describe the crate itself: name, date, authors, licences, and the models and data sets that it is based on."""
    plan, crate = builder.plan, builder.crate
    dataset = crate.root_dataset
    dataset["name"] = f"{plan.citation['title']}: study {plan.study}"
    dataset["description"] = (
        f"Everything that was made in the study {plan.study}: synthetic training data, metrics, students, evaluations,"
        " tables and figures, with the run that made them and a checksum of each file."
    )
    dataset["datePublished"] = max(line["made_at"] for line in plan.manifest)
    dataset["author"] = agents
    dataset["mentions"] = runs
    for identifier, (name, version) in PROFILES.items():
        dataset.append_to("conformsTo", builder.context(identifier, "CreativeWork", name=name, version=version))
    spdx = f"https://spdx.org/licenses/{plan.citation['license']}"
    names = sorted({material.licence for material in plan.materials})
    dataset["license"] = [crate.get(spdx), *(builder.licence(name) for name in names)]
    roles: dict[str, list[str]] = defaultdict(list)
    for material in plan.materials:
        roles[material.url].append(material.role)
    for material in plan.materials:
        more = {"version": material.revision} if material.revision else {}
        entity = builder.context(
            material.url,
            "SoftwareApplication" if material.kind != "dataset" else "CreativeWork",
            name=material.title,
            url=material.url,
            description=f"{material.kind}: {', '.join(roles[material.url])}",
            license=builder.licence(material.licence),
            **more,
        )
        if entity not in dataset.get("isBasedOn", []):
            dataset.append_to("isBasedOn", entity)
    crate.metadata.extra_terms["sha256"] = "http://schema.org/sha256"  # newer than the context of RO-Crate 1.1


def metadata(crate: ROCrate) -> Json:
    """The content of ro-crate-metadata.json."""
    return crate.metadata.generate()
