# The workflow: raw prompts → teacher outputs → intrinsic metrics → students → evaluation → tables and figures.
from snakemake.utils import min_version

min_version("9.20")


configfile: "config.yaml"


report: "resources/captions/workflow.rst"


include: "rules/common.smk"
include: "rules/hub.smk"
include: "rules/seeds.smk"
include: "rules/synthesis.smk"
include: "rules/metrics.smk"
include: "rules/pretraining.smk"
include: "rules/training.smk"
include: "rules/evaluation.smk"
include: "rules/analysis.smk"
include: "rules/report.smk"
include: "rules/audit.smk"
include: "rules/study.smk"


complete(workflow, ENV, DESIGN.folder, UNTIMED)


rule all:
    default_target: True
    input:
        rules.pretrained.input,
        rules.students.input.trained,
        rules.scores.input,
        rules.tables.input,
        rules.figures.input,
        rules.reports.input,
        rules.pages.input,
        rules.samples.input,
        f"{DESIGN.folder}/audit/manifest.jsonl",
