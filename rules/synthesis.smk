# From seeds to the frozen rows of a data set: requests, teachers' answers, NLLB's translations, filters, mixes.
ONE_METHOD = f"{FOLDER}/synthetic/{{teacher}}/{{language}}/{{method}}/trial{{trial}}"
TRANSLATION = f"{FOLDER}/translations/{{language}}/{{method}}"
FILTERED = f"{FOLDER}/filtered/{{teacher}}/{{language}}/{{method}}/trial{{trial}}"
SYNTHETIC = f"{FOLDER}/synthetic/{{{{teacher}}}}/{{{{language}}}}/{{method}}/trial{{trial}}"
EACH_TRIAL = {"trial": DESIGN.all_trials}
EACH_METHOD = {"method": DESIGN.direct_methods}
ALL_TRIALS = expand(SYNTHETIC, **EACH_METHOD, **EACH_TRIAL)
ALL_METHODS = expand(SYNTHETIC, **EACH_METHOD, trial="{trial}")
TRIALS = expand(SYNTHETIC, **EACH_TRIAL, method="{method}")
SCREENED = expand(SYNTHETIC, **EACH_METHOD, trial=SCREEN)
REQUESTS = expand(f"{FOLDER}/requests/{{{{language}}}}/{{method}}.parquet", method=DESIGN.direct_methods)
TRANSLATOR = config["translators"][config["synthesis"]["translator"]]


rule select_requests:
    input:
        code=code("synthesis.select_requests"),
        seeds=lambda wildcards: DESIGN.seed_tables(wildcards.language),
    output:
        requests=f"{FOLDER}/requests/{{language}}/{{method}}.parquet",
        counts=f"{FOLDER}/requests/{{language}}/{{method}}.counts.json",
    wildcard_constraints:
        method=any_of(METHODS),
    resources:
        **growing(4000, 10),
    params:
        requests=lambda wildcards: DESIGN.requests(wildcards.language, wildcards.method),
        examples=config["synthesis"]["examples"],
        rounds=config["synthesis"]["rounds"],
        seed=config["seed"],
    shell:
        recorded(
            "synthesis.select_requests --seeds {input.seeds} --language {wildcards.language} --method {wildcards.method}"
            " --count {params.requests} --examples {params.examples} --rounds {params.rounds} --seed {params.seed}"
            " --out {output.requests}"
        )


# one engine load answers the requests of all direct methods and trials for a teacher and a language
rule generate:
    input:
        code=code("synthesis.generate"),
        templates=files_below("resources/prompts"),
        model=VIEW.teacher_model,
        requests=REQUESTS,
    output:
        rows=[f"{prefix}.parquet" for prefix in ALL_TRIALS],
        rejected=[f"{prefix}.rejected.parquet" for prefix in ALL_TRIALS],
        counts=[f"{prefix}.counts.json" for prefix in ALL_TRIALS],
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
    resources:
        **VIEW.served("generate", VIEW.teacher),
    params:
        name=VIEW.language_name,
        style=lambda wildcards: VIEW.teacher(wildcards)["style"],
        sampling=lambda wildcards: text(VIEW.teacher(wildcards)["sampling"]),
        reasoning=lambda wildcards: text(VIEW.teacher(wildcards).get("reasoning")),
        max_model_len=lambda wildcards: VIEW.teacher(wildcards)["max_model_len"],
        dtype=lambda wildcards: VIEW.teacher(wildcards)["dtype"],
        max_characters=config["synthesis"]["max_characters"],
        wanted=VIEW.rows_wanted,
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
        out=VIEW.teacher_folder,
    shell:
        recorded(
            "synthesis.generate --model {input.model} --teacher {wildcards.teacher} --language {wildcards.language}"
            " --language-name {params.name:q} --style {params.style}"
            " --sampling {params.sampling} --reasoning {params.reasoning} --max-model-len {params.max_model_len}"
            " --max-characters {params.max_characters} --dtype {params.dtype} --gpus {resources.gpu}"
            " --seed {params.seed} --chunk-size {params.chunk_size} --templates resources/prompts"
            " --requests {input.requests} --wanted {params.wanted} --out {params.out}"
        )


rule generate_api:
    input:
        code=code("synthesis.generate_api"),
        templates=files_below("resources/prompts"),
        requests=REQUESTS,
    output:
        rows=[f"{prefix}.parquet" for prefix in ALL_METHODS],
        rejected=[f"{prefix}.rejected.parquet" for prefix in ALL_METHODS],
        counts=[f"{prefix}.counts.json" for prefix in ALL_METHODS],
    wildcard_constraints:
        teacher=any_of(DESIGN.api_teachers),
    resources:
        **VIEW.asked("generate_api", 2000),
    params:
        name=VIEW.language_name,
        api=lambda wildcards: text(VIEW.teacher(wildcards)["api"]),
        sampling=lambda wildcards: text(VIEW.teacher(wildcards)["sampling"]),
        reasoning=lambda wildcards: text(VIEW.teacher(wildcards).get("reasoning")),
        wanted=VIEW.rows_wanted,
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
        out=VIEW.teacher_folder,
    shell:
        recorded(
            "synthesis.generate_api --api {params.api} --teacher {wildcards.teacher} --language {wildcards.language}"
            " --language-name {params.name:q} --sampling {params.sampling}"
            " --reasoning {params.reasoning} --seed {params.seed} --chunk-size {params.chunk_size}"
            " --templates resources/prompts --requests {input.requests} --wanted {params.wanted} --out {params.out}"
        )


rule convert_translator:
    input:
        code=code("synthesis.convert_translator"),
        model=lambda wildcards: DESIGN.model_folder(VIEW.translator(wildcards)["model"]),
    output:
        directory(f"{FOLDER}/translators/{{translator}}"),
    resources:
        **VIEW.converted(lambda wildcards: VIEW.translator(wildcards)["model"]),
    params:
        compute_type=lambda wildcards: VIEW.translator(wildcards)["compute_type"],
    shell:
        recorded(
            "synthesis.convert_translator --model {input.model} --compute-type {params.compute_type} --out {output}"
        )


rule translate_requests:
    input:
        code=code("synthesis.translate_requests"),
        requests=f"{FOLDER}/requests/{{language}}/{{method}}.parquet",
        model=f"{FOLDER}/translators/{config['synthesis']['translator']}",
    output:
        rows=f"{TRANSLATION}.parquet",
        rejected=f"{TRANSLATION}.rejected.parquet",
        counts=f"{TRANSLATION}.counts.json",
    wildcard_constraints:
        method=any_of(TRANSLATED),
    resources:
        **VIEW.on_one_card("translate_requests", TRANSLATOR["model"]),
    params:
        source=VIEW.flores("en"),
        target=lambda wildcards: VIEW.flores(wildcards.language),
        beam_size=TRANSLATOR["beam_size"],
        max_input=TRANSLATOR["max_input_tokens"],
        max_output=TRANSLATOR["max_output_tokens"],
        batch=TRANSLATOR["batch_tokens"],
        compute_type=TRANSLATOR["compute_type"],
        chunk_size=config["synthesis"]["chunk_size"],
    shell:
        recorded(
            "synthesis.translate_requests --model {input.model} --requests {input.requests}"
            " --language {wildcards.language} --source-code {params.source} --target-code {params.target}"
            " --beam-size {params.beam_size} --max-input-tokens {params.max_input}"
            " --max-output-tokens {params.max_output} --batch-tokens {params.batch}"
            " --compute-type {params.compute_type} --gpus {resources.gpu} --chunk-size {params.chunk_size}"
            " --out {output.rows}"
        )


use rule generate as generate_translated with:
    input:
        code=code("synthesis.generate"),
        templates=files_below("resources/prompts"),
        model=VIEW.teacher_model,
        requests=f"{TRANSLATION}.parquet",
    output:
        rows=[f"{prefix}.parquet" for prefix in TRIALS],
        rejected=[f"{prefix}.rejected.parquet" for prefix in TRIALS],
        counts=[f"{prefix}.counts.json" for prefix in TRIALS],
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
        method=any_of(PROMPTED),


# rows for a screen of teachers alone, which waits for no trial
use rule generate as generate_screened with:
    output:
        rows=[f"{prefix}.parquet" for prefix in SCREENED],
        rejected=[f"{prefix}.rejected.parquet" for prefix in SCREENED],
        counts=[f"{prefix}.counts.json" for prefix in SCREENED],
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
    resources:
        **VIEW.served("generate_screened", VIEW.teacher),


use rule generate_translated as generate_translated_screened with:
    output:
        rows=[f"{ONE_METHOD}.parquet".replace("{trial}", str(SCREEN))],
        rejected=[f"{ONE_METHOD}.rejected.parquet".replace("{trial}", str(SCREEN))],
        counts=[f"{ONE_METHOD}.counts.json".replace("{trial}", str(SCREEN))],
    wildcard_constraints:
        teacher=any_of(DESIGN.local_teachers),
        method=any_of(PROMPTED),
    resources:
        **VIEW.served("generate_translated_screened", VIEW.teacher),


use rule generate_api as generate_api_translated with:
    input:
        code=code("synthesis.generate_api"),
        templates=files_below("resources/prompts"),
        requests=f"{TRANSLATION}.parquet",
    output:
        rows=[f"{ONE_METHOD}.parquet"],
        rejected=[f"{ONE_METHOD}.rejected.parquet"],
        counts=[f"{ONE_METHOD}.counts.json"],
    wildcard_constraints:
        teacher=any_of(DESIGN.api_teachers),
        method=any_of(PROMPTED),


# pairs of seeds, in the language itself or translated, are rows without a teacher
rule pair_rows:
    input:
        code=code("synthesis.pair_rows"),
        requests=lambda wildcards: (
            f"{TRANSLATION}.parquet"
            if wildcards.method in TRANSLATED
            else f"{FOLDER}/requests/{{language}}/{{method}}.parquet"
        ),
    output:
        rows=f"{ONE_METHOD}.parquet",
        rejected=f"{ONE_METHOD}.rejected.parquet",
        counts=f"{ONE_METHOD}.counts.json",
    wildcard_constraints:
        teacher=any_of(set(DESIGN.pair_teachers) - {*DESIGN.planted_teachers, *DESIGN.given_teachers}),
        method=any_of(PAIRED),
    resources:
        **growing(2000, 10),
    params:
        wanted=VIEW.pairs_wanted,
    shell:
        recorded(
            "synthesis.pair_rows --requests {input.requests} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --method {wildcards.method} --trial {wildcards.trial}"
            " --wanted {params.wanted} --out {output.rows}"
        )


# rows that a user or a public data set brings: those of one source
rule give_rows:
    input:
        code=code("synthesis.give_rows"),
        seeds=lambda wildcards: f"{FOLDER}/seeds/{VIEW.teacher(wildcards)['source']}.parquet",
        rejected=lambda wildcards: f"{FOLDER}/seeds/{VIEW.teacher(wildcards)['source']}.rejected.parquet",
    output:
        rows=f"{ONE_METHOD}.parquet",
        rejected=f"{ONE_METHOD}.rejected.parquet",
        counts=f"{ONE_METHOD}.counts.json",
    wildcard_constraints:
        teacher=any_of(DESIGN.given_teachers),
        method=GIVEN,
    resources:
        **growing(2000, 10),
    params:
        wanted=VIEW.pairs_wanted,
        seed=config["seed"],
    shell:
        recorded(
            "synthesis.give_rows --seeds {input.seeds} --rejected {input.rejected} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --trial {wildcards.trial} --wanted {params.wanted} --seed {params.seed}"
            " --out {output.rows}"
        )


# teachers of known order: people's pairs, a share of them damaged
rule plant_rows:
    input:
        code=code("synthesis.plant_rows"),
        requests=f"{FOLDER}/requests/{{language}}/{{method}}.parquet",
        seeds=VIEW.foreign_seeds,
    output:
        rows=f"{ONE_METHOD}.parquet",
        rejected=f"{ONE_METHOD}.rejected.parquet",
        counts=f"{ONE_METHOD}.counts.json",
    wildcard_constraints:
        teacher=any_of(DESIGN.planted_teachers),
        method=PUBLIC,
    resources:
        **growing(2000, 10),
    params:
        wanted=VIEW.pairs_wanted,
        damage=lambda wildcards: VIEW.damage(wildcards)["kind"],
        share=lambda wildcards: VIEW.damage(wildcards)["share"],
        foreign=VIEW.foreign_options,
        seed=config["seed"],
    shell:
        recorded(
            "synthesis.plant_rows --requests {input.requests} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --trial {wildcards.trial} --wanted {params.wanted}"
            " --damage {params.damage} --share {params.share} {params.foreign} --seed {params.seed}"
            " --out {output.rows}"
        )


rule keep_rows:
    input:
        code=code("synthesis.keep_rows"),
        rows=f"{ONE_METHOD}.parquet",
        scores=f"{FOLDER}/judged/{{teacher}}/{{language}}/{{method}}/trial{{trial}}.parquet",
    output:
        rows=f"{FILTERED}.parquet",
        rejected=f"{FILTERED}.rejected.parquet",
        counts=f"{FILTERED}.counts.json",
    resources:
        **growing(2000, 10),
    params:
        least=config["quality"]["judge_score"],
    shell:
        recorded(
            "synthesis.keep_rows --rows {input.rows} --scores {input.scores} --least {params.least} --out {output.rows}"
        )


# the frozen rows: intrinsic metrics and training both read exactly these
rule mix:
    input:
        code=code("synthesis.mix"),
        synthetic=VIEW.mixed,
        screen=VIEW.method_screen,
    output:
        rows=ROWS,
        counts=f"{FOLDER}/data/{DATA}.counts.json",
    resources:
        **growing(2000, 10),
    params:
        parts=VIEW.parts,
        mixture=VIEW.mixture_option,
        shortage=config["mixing"]["shortage"],
        seed=config["seed"],
    shell:
        recorded(
            "synthesis.mix --synthetic {params.parts} --teacher {wildcards.teacher} {params.mixture}"
            " --language {wildcards.language} --recipe {wildcards.recipe} --size {wildcards.size} --trial {wildcards.trial}"
            " --shortage {params.shortage} --seed {params.seed} --out {output.rows}"
        )


rule synthetic:
    input:
        [
            f"{DESIGN.folder}/synthetic/{cell.teacher}/{cell.language}/{method}/trial{cell.trial}.parquet"
            for cell in DESIGN.written_cells
            for method in config["recipes"][cell.recipe]
        ],
