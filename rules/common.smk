# Shared by the stages: the validated config, the study as its rules see it, constraints. Nothing is made here.
import atexit
import gc
import os
import re
import sys
import tempfile
from glob import glob
from pathlib import Path

# a plan of thousands of jobs holds millions of objects and hardly any garbage: looking for it, as often as Python does and
# once more at the end, took a sixth of the time
gc.set_threshold(100_000)
atexit.register(gc.freeze)
sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from polyglot.core.errors import InputError
from polyglot.study.analysed import (
    KOREAN_FIGURES,
    KOREAN_TABLES,
    LANGUAGE_TABLES,
    PRETRAINING_PAGE,
    PRINTED,
    PRINTED_TABLES,
    PUBLISHED,
    SCORE_TABLES,
    STATISTICS_TABLES,
    STUDY_TABLES,
    Analysed,
    named_tables,
    table_files,
)
from polyglot.study import board_sources
from polyglot.study.code import code, files_below
from polyglot.study.commands import SettingsFiles, complete, ends, option, recorded, shell_prefix, text
from polyglot.study.config import validate
from polyglot.study.corpus_views import CORPUS_TABLES, CorpusViews
from polyglot.study.design import SCREEN, Design
from polyglot.study.disk import retraining_note, space_note
from polyglot.study.figure_inputs import figures
from polyglot.study.keys import key_problem
from polyglot.study.locked import Locked, existing
from polyglot.study.materials import Shared
from polyglot.study.nearest import ids, meant, path_words
from polyglot.study.pretraining_views import PretrainingViews
from polyglot.study.progress import CLEAR, Progress, steps
from polyglot.study.race import Race
from polyglot.study.run_messages import Failures, ending, made
from polyglot.study.running import cancel_left, claim, refuse_full, refuse_future, refuse_unwritable
from polyglot.study.scoring_loads import EMBEDDINGS, ScoringLoads, judge, likelihoods
from polyglot.study.site import read_site
from polyglot.study.views import DATA, SMALL, STUDENT, Views, any_of, growing
from polyglot.study.work import Estimates
from polyglot.synthesis.methods import GIVEN, METHODS, PAIRED, PROMPTED, PUBLIC, TRANSLATED, TRANSLATIONS

SCHEMAS = Path(workflow.basedir) / "resources/schemas"
REGISTRY = "resources/revisions.csv"
LICENCES = "resources/licences.yaml"
LICENCES_SCHEMA = "resources/schemas/licences.schema.yaml"
try:
    if not workflow.output_settings.dryrun:
        refuse_unwritable(Path("."), Path(".snakemake"), Path("results"), Path("paper_figures"))
        refuse_full(Path("."), Path(".snakemake"), Path(tempfile.gettempdir()))
    OVERLAYS = [Path(os.path.relpath(file)) for file in workflow.overwrite_configfiles]
    validate(config, SCHEMAS / "config.schema.yaml", Path("config.yaml"), OVERLAYS)
    SITE = read_site(Path("site.yaml"))
    DESIGN = Design(config)
    LOCKED = Locked(config, Path(REGISTRY), SCHEMAS / "revisions.schema.yaml", OVERLAYS)
    SHARED = Shared(DESIGN, Path(LICENCES), Path(LICENCES_SCHEMA), LOCKED.commit)
except InputError as error:
    sys.exit(f"error: {error}")

STUDY = config["study"]
# in paths of this study alone: Snakemake looks rules up by the constant beginning of their outputs
FOLDER = DESIGN.folder
FAILURES = Failures()
VIEW = Views(DESIGN, SITE)
CORPUS_VIEW = CorpusViews(config)
PRETRAINING = PretrainingViews(VIEW, CORPUS_VIEW)
LOADS = ScoringLoads(DESIGN)
ANALYSED = Analysed(DESIGN)
RACE = Race(DESIGN)
ENV = str(Path(workflow.basedir) / f"envs/{'cpu' if config['device'] == 'cpu' else 'gpu'}.yaml")
UNTIMED = [
    "manifest",
    "audit",
    "audit_published",
    "crate",
    "data_card",
    "student_card",
    "croissant",
]  # made after the manifest

# limits that hold on every machine and in every profile, as those of a server do
for server in VIEW.servers:
    workflow.register_resource(server, 1)
workflow.register_resource("students_gb", config["students"]["disk_gb"])

# the one place where every job, local, on SLURM, in conda or in a container, gets its Python
DEPLOYED = bool(workflow.deployment_settings.deployment_method)
shell.prefix(shell_prefix(os.path.dirname(sys.executable), SITE["setup"], DEPLOYED))
if SITE["container"]:

    container: SITE["container"]


wildcard_constraints:
    study=re.escape(STUDY),
    source=any_of(config["sources"]),
    language=any_of(config["languages"]),
    method=any_of(DESIGN.methods),
    teacher=any_of(config["teachers"]),
    student_base=any_of(config["student_bases"]),
    recipe=any_of(config["recipes"]),
    model=any_of(config["models"]),
    dataset=any_of(config["datasets"]),
    benchmark=any_of(config["benchmarks"]),
    translator=any_of(config["translators"]),
    corpus=any_of(config["corpora"]),
    tokenizer=any_of(config["tokenizers"]),
    shard=r"\d+",
    run=any_of(PRETRAINING.runs),
    judge=any_of(config["judges"]),
    load=any_of(LOADS.names),
    field=any_of(RACE.fields),
    size=r"[1-9]\d*",
    trial=r"0|[1-9]\d*",  # 0 is of rows that are drawn for a screen alone
    round=r"[1-9]\d*",


STUDIES = any_of(ANALYSED.studies)  # for rules that analyse `published` as well as this run's study

# paths that several stages spell
ROWS = f"{FOLDER}/data/{DATA}.parquet"
INTRINSIC = f"{FOLDER}/intrinsic/{DATA}"
STUDENT_FOLDER = f"{FOLDER}/students/{STUDENT}"
