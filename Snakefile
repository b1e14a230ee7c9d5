# The workflow: raw prompts → teacher outputs → intrinsic metrics → students → evaluation → tables and figures.
from snakemake.utils import min_version

min_version("9.20")


configfile: "config.yaml"


report: "resources/captions/workflow.rst"


include: "rules/common.smk"
include: "rules/hub.smk"
include: "rules/registry.smk"
include: "rules/models.smk"
include: "rules/seeds.smk"
include: "rules/requests.smk"
include: "rules/synthesis.smk"
include: "rules/translation.smk"
include: "rules/mixing.smk"
include: "rules/intrinsic.smk"
include: "rules/quality.smk"
include: "rules/students.smk"
include: "rules/benchmarks.smk"
include: "rules/contamination.smk"
include: "rules/evaluation.smk"
include: "rules/measurements.smk"
include: "rules/comparison.smk"
include: "rules/studies.smk"
include: "rules/published.smk"
include: "rules/scores.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/drawing.smk"
include: "rules/claims.smk"
include: "rules/pages.smk"
include: "rules/report.smk"
include: "rules/samples.smk"
include: "rules/audit.smk"
include: "rules/plan.smk"
include: "rules/sharing.smk"
include: "rules/targets.smk"
include: "rules/local.smk"


rule all:
    default_target: True
    input:
        rules.students.input,
        rules.scores.input,
        rules.tables.input,
        rules.figures.input,
        rules.reports.input,
        rules.pages.input,
        rules.samples.input,
        f"{DESIGN.folder}/audit/manifest.jsonl",
