# Where every number came from, and whether it still holds.
AUDIT_PAGES = ["summary.md", "index.html", "findings.csv", "findings.json"]


rule manifest:
    input:
        code=code("audit.manifest"),
        # what a study ends with
        made=lambda wildcards: [
            file
            for file in (rules.published if wildcards.study == PUBLISHED else rules.all).input
            if Path(file).name != "manifest.jsonl"
        ],
    output:
        "results/{study}/audit/manifest.jsonl",
    wildcard_constraints:
        study=STUDIES,
    resources:
        **growing(1000, 20),
    shell:
        recorded("audit.manifest --study {wildcards.study} --out {output}")


# without output it runs whenever it is asked for, and its pages stay when it fails
rule audit:
    input:
        code=code("audit.run"),
        manifest=f"results/{STUDY}/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
    threads: 4
    resources:
        **growing(2000, 60),
    params:
        study=STUDY,
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        pages=[f"results/{STUDY}/audit/{name}" for name in AUDIT_PAGES],
    shell:
        recorded(
            "audit.run --study {params.study} --schemas {input.schemas} --template {input.template} --log {log}"
            " --threads {threads} --out {params.folder}",
            outputs="{params.pages}",
            options="--failures-too",
        )
        # its last lines on the terminal too, whatever the verdict
        + " && code=0 || code=$?; tail -n 3 {log} >&2; exit $code"


use rule audit as audit_published with:
    input:
        code=code("audit.run"),
        manifest=f"results/{PUBLISHED}/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
    log:
        f"results/{PUBLISHED}/logs/audit_published.log",
    params:
        study=PUBLISHED,
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        pages=[f"results/{PUBLISHED}/audit/{name}" for name in AUDIT_PAGES],


rule published:
    input:
        ANALYSED.tables(PUBLISHED),
        ANALYSED.figures(PUBLISHED),
        ANALYSED.reports(PUBLISHED),
        f"results/{PUBLISHED}/decision.md",
        f"results/{PUBLISHED}/pages/decision.html",
        rules.published_pages.output,
        f"results/{PUBLISHED}/audit/manifest.jsonl",


rule reported:
    # what the HTML report shows
    input:
        rules.pages.input,
        rules.samples.input,
        rules.figures.input,
        rules.students.input,
        ANALYSED.audit_page(report),
