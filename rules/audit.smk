# Where every number came from, and whether it still holds.
SIGNERS = [config["audit"]["signers"]] if config["audit"]["signers"] else []
AUDIT_PAGES = ["summary.md", "index.html", "findings.csv", "findings.json"]


rule manifest:
    input:
        code=code("audit.manifest"),
        # what a study ends with
        made=lambda wildcards: ends((rules.published if wildcards.study == PUBLISHED else rules.all).input),
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
        graph=code("study.expected_outputs"),
        manifest=f"results/{STUDY}/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
        signers=SIGNERS,
    threads: 4
    resources:
        **growing(2000, 60),
    params:
        study=STUDY,
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        config=text({key: value for key, value in config.items() if key != "revisions"}),
        target="all",
        overlays=option("--configfile", OVERLAYS),
        signers=lambda wildcards, input: option("--signers", input.signers),
        pages=[f"results/{STUDY}/audit/{name}" for name in AUDIT_PAGES],
    shell:
        recorded(
            "audit.run --study {params.study} --schemas {input.schemas} --template {input.template} --log {log}"
            " --threads {threads} --expected /dev/stdin {params.overlays} {params.signers} --out {params.folder}",
            outputs="{params.pages}",
            options="--failures-too",
        )
        # not an option: the outputs of the paper's study are about as long as Linux allows one to be
        + ' <<< "$(python -m polyglot.study.expected_outputs --config {params.config} --target {params.target})"'
        # its last lines on the terminal too, whatever the verdict
        + " && code=0 || code=$?; tail -n 4 {log} >&2; exit $code"


use rule audit as audit_published with:
    input:
        code=code("audit.run"),
        graph=code("study.expected_outputs"),
        manifest=f"results/{PUBLISHED}/audit/manifest.jsonl",
        schemas="resources/schemas/tables.csv",
        template="resources/audit/page.html.jinja",
        pins=glob("envs/requirements-*.txt"),
        signers=SIGNERS,
    log:
        f"results/{PUBLISHED}/logs/audit_published.log",
    params:
        study=PUBLISHED,
        folder=lambda wildcards, input: os.path.dirname(input.manifest),
        config=text({key: value for key, value in config.items() if key != "revisions"}),
        target="published",
        overlays="",
        signers=lambda wildcards, input: option("--signers", input.signers),
        pages=[f"results/{PUBLISHED}/audit/{name}" for name in AUDIT_PAGES],


# Declares no output: what it writes lies beside the manifest, and is asked for by people alone.
rule sign:
    input:
        code=code("audit.sign"),
        manifest=f"results/{STUDY}/audit/manifest.jsonl",
    localrule: True
    resources:
        **SMALL,
    params:
        study=STUDY,
        key=config["audit"]["identity"],
    shell:
        "python -m polyglot.audit.sign --study {params.study} --key {params.key:q} 2>&1 | tee {log}"


use rule sign as sign_published with:
    input:
        code=code("audit.sign"),
        manifest=f"results/{PUBLISHED}/audit/manifest.jsonl",
    log:
        f"results/{PUBLISHED}/logs/sign_published.log",
    localrule: True
    params:
        study=PUBLISHED,
        key=config["audit"]["identity"],


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
        rules.students.input.trained,
        ANALYSED.audit_page(report),
