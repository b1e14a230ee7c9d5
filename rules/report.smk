# What the HTML report shows besides figures: tables and pages in words as self-contained HTML, run times and costs.
# `snakemake --report results/{study}/report.html` gathers everything that is marked by report().
TEMPLATES = files_below("resources/pages")
CLAIMS = "Claims and anchors"
COSTS = "Run times and costs"
SHOW = (
    RECORD
    + "python scripts/page.py --markdown {input.markdown} --templates resources/pages --out {params.folder} &> {log}"
)


def stages():
    """(rule, stage), in the order in which data flows: the stage is the rule's file."""
    return [(rule.name, Path(rule.snakefile).stem) for rule in workflow.rules if rule.shellcmd]


def in_words(study):
    """The tables and pages of a study in Markdown."""
    return tables_of(study) + [f"results/{study}/statistics/statistics.md"] + reports_of(study)


def shown(study):
    """What captions print of a study: its main cells and its seed."""
    return {name: value for name, value in MAIN[study].items() if name != "families"}


def pages_of(study):
    """The same pages in HTML, each marked for the report."""
    pages = []
    for markdown in in_words(study):
        name = Path(markdown).stem
        number = name.removeprefix("table_")
        table = {"table": number, "shows": SHOWS[f"Table {int(number)}"]} if number != name else {}
        caption = f"../resources/captions/{'tables' if table else name}.rst"
        category = "Tables" if table else CLAIMS
        labels = {**(table or {"page": name}), "study": study}
        file = f"results/{study}/pages/{name}.html"
        pages.append(report(file, caption=caption, category=category, labels=labels))
    return pages


def audit_page(study):
    """The audit's page, marked for the report, where there is one."""
    page = f"results/{study}/audit/index.html"
    labels = {"page": "what the audit found", "study": study}
    marked = report(page, caption="../resources/captions/audit.rst", category="Audit", labels=labels)
    return [marked] if Path(page).is_file() else []


AUDIT_PAGE = audit_page(STUDY)


rule study_pages:
    input:
        code=code("page"),
        templates=TEMPLATES,
        markdown=in_words(STUDY),
    output:
        pages_of(STUDY),
    log:
        f"results/{STUDY}/logs/study_pages.log",
    benchmark:
        f"results/{STUDY}/timings/study_pages.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        **shown(STUDY),
        wildcards=named,
        study=STUDY,
        folder=f"results/{STUDY}/pages",
    shell:
        SHOW


use rule study_pages as published_pages with:
    input:
        code=code("page"),
        templates=TEMPLATES,
        markdown=in_words("published"),
    output:
        pages_of("published"),
    log:
        "results/published/logs/published_pages.log",
    benchmark:
        "results/published/timings/published_pages.tsv"
    params:
        **shown("published"),
        wildcards=named,
        study="published",
        folder="results/published/pages",


rule costs:
    input:
        code=code("costs"),
        # timings are complete when what a study ends with is there
        ends=tables_of(STUDY) + figures_of(STUDY) + reports_of(STUDY),
    output:
        table=f"results/{STUDY}/costs/costs.csv",
        page=f"results/{STUDY}/costs/costs.md",
        figure=report(
            f"results/{STUDY}/costs/costs.png",
            caption="../resources/captions/costs.rst",
            category=COSTS,
            labels={"shows": "job time by stage", "study": STUDY},
        ),
    log:
        f"results/{STUDY}/logs/costs.log",
    benchmark:
        f"results/{STUDY}/timings/costs.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        wildcards=named,
        study=STUDY,
        stages=lambda wildcards: text(stages()),
        api=DESIGN.api_teachers,
        timings=f"results/{STUDY}/timings",
        synthetic=f"results/{STUDY}/synthetic",
        folder=f"results/{STUDY}/costs",
    shell:
        RECORD + "python scripts/costs.py --timings {params.timings} --synthetic {params.synthetic}"
        " --stages {params.stages} --api-teachers {params.api} --out {params.folder} &> {log}"


use rule study_pages as costs_page with:
    input:
        code=code("page"),
        templates=TEMPLATES,
        markdown=f"results/{STUDY}/costs/costs.md",
    output:
        report(
            f"results/{STUDY}/pages/costs.html",
            caption="../resources/captions/costs.rst",
            category=COSTS,
            labels={"shows": "jobs, seconds, memory and money by stage and rule", "study": STUDY},
        ),
    log:
        f"results/{STUDY}/logs/costs_page.log",
    benchmark:
        f"results/{STUDY}/timings/costs_page.tsv"
