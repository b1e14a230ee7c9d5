# What goes to others: the study as an RO-Crate, cards of the data and of the students. Made from the manifest, untimed
# like it.
from dataclasses import asdict

from polyglot.licences import read_licences
from polyglot.materials import materials

LICENCES = "resources/licences.yaml"
LICENCES_SCHEMA = "resources/schemas/licences.schema.yaml"
try:
    MATERIALS = materials(DESIGN, read_licences(Path(LICENCES), Path(LICENCES_SCHEMA))[1], locked)
except InputError as error:
    sys.exit(f"error: {error}")

CONFIG_FILES = ["config.yaml", *(os.path.relpath(file) for file in workflow.overwrite_configfiles)]
ENVIRONMENT = files_below("envs")
PROJECT = ["Snakefile", "LICENSE", "CITATION.cff", *CONFIG_FILES, *ENVIRONMENT, *files_below("rules")]
BENCHMARKS = {
    config["benchmarks"][name]["measures"]: {
        "id": name,
        "title": next(one.title for one in MATERIALS if (one.role, one.id) == ("benchmark", name)),
        "metric": config["benchmarks"][name]["metric"],
    }
    for name in DESIGN.benchmarks
}
NAMES = {code: entry["name"] for code, entry in config["languages"].items()}
CARD = recorded(
    "python scripts/cards.py --study {wildcards.study} --scores {input.scores} --licences {input.licences}"
    " --licences-schema {input.schema} --materials {params.materials} --benchmarks {params.benchmarks}"
    " --names {params.names} --templates resources/cards --teacher {wildcards.teacher} {params.student}"
    " --out {output} &> {log}"
)
FACTS = {"materials": text([asdict(one) for one in MATERIALS]), "benchmarks": text(BENCHMARKS), "names": text(NAMES)}


rule crate:
    input:
        code=code("crate"),
        manifest=f"results/{STUDY}/audit/manifest.jsonl",
        project=sorted(set(PROJECT)),
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        metadata=f"results/{STUDY}/crate/ro-crate-metadata.json",
        archive=f"results/{STUDY}/crate/{STUDY}.zip",
    log:
        f"results/{STUDY}/logs/crate.log",
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(30, attempt),
    params:
        job=job,
        study=STUDY,
        config=CONFIG_FILES,
        environment=ENVIRONMENT,
        materials=text([asdict(one) for one in MATERIALS]),
        limit=config["crate"]["largest_bytes"],
    shell:
        recorded(
            "python scripts/crate.py --study {params.study} --project {input.project} --config {params.config}"
            " --environment {params.environment} --citation CITATION.cff --licences {input.licences}"
            " --licences-schema {input.schema} --materials {params.materials} --out {output.metadata}"
            " --zip {output.archive} --limit {params.limit} &> {log}"
        )


rule data_card:
    input:
        code=code("cards"),
        templates=files_below("resources/cards"),
        manifest="results/{study}/audit/manifest.jsonl",
        scores="results/{study}/scores.csv",
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        "results/{study}/cards/data/{teacher}/README.md",
    log:
        "results/{study}/logs/data_card/{teacher}.log",
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **FACTS,
        job=job,
        student="",
    shell:
        CARD


use rule data_card as student_card with:
    output:
        f"results/{{study}}/cards/students/{STUDENT}/README.md",
    log:
        f"results/{{study}}/logs/student_card/{STUDENT}.log",
    params:
        **FACTS,
        job=job,
        student="--student-base {student_base} --language {language} --recipe {recipe} --size {size} --trial {trial}",


rule cards:
    input:
        sorted({f"results/{STUDY}/cards/data/{cell.teacher}/README.md" for cell in DESIGN.cells}),
        of_cells(f"results/{{study}}/cards/students/{STUDENT}/README.md"),
