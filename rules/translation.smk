# Translation by NLLB: the model, converted for CTranslate2; the seeds' prompts or pairs in the language; what comes of
# them as synthetic rows, answered by a teacher or as they are. Pairs of seeds in the language itself need no translation.
from polyglot.methods import PAIRED, TRANSLATED

TRANSLATOR = config["translators"][config["synthesis"]["translator"]]
TRANSLATIONS_OF = "results/{study}/translations/{language}/{method}"
ONE_METHOD = "results/{study}/synthetic/{teacher}/{language}/{method}/trial{trial}"
PROMPTED = [method for method in TRANSLATED if method not in PAIRED]


# FLORES-200 codes; the config is refused at parse where a cell needs one that is missing
FLORES = {name: entry.get("flores", "") for name, entry in config["languages"].items()}


rule convert_translator:
    input:
        code=code("convert_translator"),
        model=lambda wildcards: DESIGN.model_folder(config["translators"][wildcards.translator]["model"]),
    output:
        directory("results/{study}/translators/{translator}"),
    log:
        "results/{study}/logs/convert_translator/{translator}.log",
    benchmark:
        "results/{study}/timings/convert_translator/{translator}.tsv"
    wildcard_constraints:
        translator=any_of(config["translators"]),
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(config["translators"][wildcards.translator]["model"]), "float32", attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        compute_type=lambda wildcards: config["translators"][wildcards.translator]["compute_type"],
    shell:
        recorded(
            "python scripts/convert_translator.py --model {input.model} --compute-type {params.compute_type}"
            " --out {output} &> {log}"
        )


rule translate_requests:
    input:
        code=code("translate_nllb"),
        requests="results/{study}/requests/{language}/{method}.parquet",
        model=f"results/{{study}}/translators/{config['synthesis']['translator']}",
    output:
        rows=f"{TRANSLATIONS_OF}.parquet",
        rejected=f"{TRANSLATIONS_OF}.rejected.parquet",
        counts=f"{TRANSLATIONS_OF}.counts.json",
    log:
        "results/{study}/logs/translate_requests/{language}/{method}.log",
    benchmark:
        "results/{study}/timings/translate_requests/{language}/{method}.tsv"
    wildcard_constraints:
        method=any_of(TRANSLATED),
    conda:
        ENV
    threads: 1
    resources:
        gpu=gpus(0, "bfloat16") if config["device"] == "cpu" else 1,
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(TRANSLATOR["model"]), "bfloat16", attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(600, attempt),
    params:
        job=job,
        source=FLORES.get("en", ""),
        target=lambda wildcards: FLORES[wildcards.language],
        beam_size=TRANSLATOR["beam_size"],
        max_input=TRANSLATOR["max_input_tokens"],
        max_output=TRANSLATOR["max_output_tokens"],
        batch=TRANSLATOR["batch_tokens"],
        compute_type=TRANSLATOR["compute_type"],
        chunk_size=config["synthesis"]["chunk_size"],
    shell:
        recorded(
            "python scripts/translate_nllb.py --model {input.model} --requests {input.requests}"
            " --language {wildcards.language} --source-code {params.source} --target-code {params.target}"
            " --beam-size {params.beam_size} --max-input-tokens {params.max_input}"
            " --max-output-tokens {params.max_output} --batch-tokens {params.batch}"
            " --compute-type {params.compute_type} --gpus {resources.gpu} --chunk-size {params.chunk_size}"
            " --out {output.rows} &> {log}"
        )


use rule generate as generate_translated with:
    input:
        code=code("generate"),
        templates=files_below("resources/prompts"),
        model=lambda wildcards: DESIGN.model_folder(teacher(wildcards)["model"]),
        requests=f"{TRANSLATIONS_OF}.parquet",
    output:
        rows=[f"{ONE_METHOD}.parquet"],
        rejected=[f"{ONE_METHOD}.rejected.parquet"],
        counts=[f"{ONE_METHOD}.counts.json"],
    log:
        "results/{study}/logs/generate_translated/{teacher}/{language}/{method}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/generate_translated/{teacher}/{language}/{method}/trial{trial}.tsv"
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
        method=any_of(PROMPTED),


use rule generate_api as generate_api_translated with:
    input:
        code=code("generate_api"),
        templates=files_below("resources/prompts"),
        requests=f"{TRANSLATIONS_OF}.parquet",
    output:
        rows=[f"{ONE_METHOD}.parquet"],
        rejected=[f"{ONE_METHOD}.rejected.parquet"],
        counts=[f"{ONE_METHOD}.counts.json"],
    log:
        "results/{study}/logs/generate_api_translated/{teacher}/{language}/{method}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/generate_api_translated/{teacher}/{language}/{method}/trial{trial}.tsv"
    wildcard_constraints:
        teacher=any_of(DESIGN.api_teachers),
        method=any_of(PROMPTED),


rule pair_rows:
    input:
        code=code("pair_rows"),
        requests=lambda wildcards: (
            "results/{study}/translations/{language}/{method}.parquet"
            if wildcards.method in TRANSLATED
            else "results/{study}/requests/{language}/{method}.parquet"
        ),
    output:
        rows=f"{ONE_METHOD}.parquet",
        rejected=f"{ONE_METHOD}.rejected.parquet",
        counts=f"{ONE_METHOD}.counts.json",
    log:
        "results/{study}/logs/pair_rows/{teacher}/{language}/{method}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/pair_rows/{teacher}/{language}/{method}/trial{trial}.tsv"
    wildcard_constraints:
        teacher=any_of(DESIGN.pair_teachers),
        method=any_of(PAIRED),
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        wanted=lambda wildcards: DESIGN.wanted_of(
            wildcards.teacher, wildcards.language, int(wildcards.trial), [wildcards.method]
        )[wildcards.method],
    shell:
        recorded(
            "python scripts/pair_rows.py --requests {input.requests} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --method {wildcards.method} --trial {wildcards.trial}"
            " --wanted {params.wanted} --out {output.rows} &> {log}"
        )
