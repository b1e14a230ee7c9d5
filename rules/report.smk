# What the HTML report shows besides figures: tables and pages in words as self-contained HTML, run times and costs.
# `snakemake --report results/{study}/report.html` gathers everything that is marked by report().
TEMPLATES = files_below("resources/pages")
SHOW = recorded(
    "python scripts/page.py --markdown {input.markdown} --templates resources/pages --out {params.folder} &> {log}"
)


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
        job=job,
        study=STUDY,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
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
        job=job,
        study="published",
        folder=lambda wildcards, output: os.path.dirname(output[0]),


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
        job=job,
        study=lambda wildcards: STUDY,
        stages=lambda wildcards: text(stages()),
        api=DESIGN.api_teachers,
        timings=f"results/{STUDY}/timings",
        synthetic=f"results/{STUDY}/synthetic",
        folder=lambda wildcards, output: os.path.dirname(output.table),
    shell:
        recorded(
            "python scripts/costs.py --timings {params.timings} --synthetic {params.synthetic}"
            " --stages {params.stages} --api-teachers {params.api} --out {params.folder} &> {log}"
        )


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
