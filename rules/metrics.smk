# Scores of rows, and from them the intrinsic metrics of a data set: one JSON a metric, the values of every row beside it;
# contamination.
EMBEDDER = config["embedders"][config["intrinsic"]["embedder"]]
ROW_SCORES = f"{FOLDER}/row_scores"
CHECKED = f"{FOLDER}/judge_check"
JUDGED = f"{FOLDER}/judged/{{teacher}}/{{language}}/{{method}}/trial{{trial}}"
CONTAMINATION = f"{FOLDER}/contamination/{DATA}"


# a judge, an embedder or a student base scores each text once; where a study grows, what is scored stays
rule judge_rows:
    input:
        code=code("metrics.judge_rows"),
        templates=files_below("resources/judge"),
        rows=lambda wildcards: LOADS.files(judge(wildcards.judge), wildcards.load),
        model=lambda wildcards: DESIGN.model_folder(VIEW.judge(wildcards)["model"]),
    output:
        rows=update(f"{ROW_SCORES}/judge-{{judge}}/{{load}}.parquet"),
    wildcard_constraints:
        judge=any_of(DESIGN.local_judges),
    resources:
        **VIEW.served("judge_rows", VIEW.judge),
    params:
        names=lambda wildcards: LOADS.language_names(judge(wildcards.judge), wildcards.load),
        style=lambda wildcards: VIEW.judge(wildcards)["style"],
        dtype=lambda wildcards: VIEW.judge(wildcards)["dtype"],
        max_model_len=lambda wildcards: VIEW.judge(wildcards)["max_model_len"],
        max_tokens=lambda wildcards: VIEW.judge(wildcards)["max_tokens"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.judge_rows --data {input.rows} --language-names {params.names:q} --model {input.model}"
            " --style {params.style} --templates resources/judge --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --max-tokens {params.max_tokens}"
            " --gpus {resources.gpu} --seed {params.seed} --out {output.rows}"
        )


rule judge_rows_api:
    input:
        code=code("metrics.judge_api"),
        templates=files_below("resources/judge"),
        rows=lambda wildcards: LOADS.files(judge(wildcards.judge), wildcards.load),
    output:
        rows=f"{ROW_SCORES}/judge-{{judge}}/{{load}}.parquet",
        counts=f"{ROW_SCORES}/judge-{{judge}}/{{load}}.counts.json",
    wildcard_constraints:
        judge=any_of(DESIGN.api_judges),
    resources:
        **VIEW.asked("judge_rows_api", 2000),
    params:
        names=lambda wildcards: LOADS.language_names(judge(wildcards.judge), wildcards.load),
        api=lambda wildcards: text(VIEW.judge(wildcards)["api"]),
        style=lambda wildcards: VIEW.judge(wildcards)["style"],
        max_tokens=lambda wildcards: VIEW.judge(wildcards)["max_tokens"],
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
        shared=lambda wildcards: f"{DESIGN.folder}/row_scores/{judge(wildcards.judge)}",
    shell:
        recorded(
            "metrics.judge_api --data {input.rows} --language-names {params.names:q} --api {params.api}"
            " --style {params.style} --templates resources/judge --max-tokens {params.max_tokens}"
            " --chunk-size {params.chunk_size} --seed {params.seed} --shared {params.shared} --out {output.rows}"
        )


rule embed_rows:
    input:
        code=code("metrics.embed_rows"),
        rows=lambda wildcards: LOADS.files(EMBEDDINGS, wildcards.load),
        model=DESIGN.model_folder(EMBEDDER["model"]),
    output:
        rows=update(f"{ROW_SCORES}/{EMBEDDINGS}/{{load}}.parquet"),
    resources:
        **VIEW.served("embed_rows", lambda wildcards: EMBEDDER),
    params:
        pooling=EMBEDDER["pooling"],
        dtype=EMBEDDER["dtype"],
        max_model_len=EMBEDDER["max_model_len"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.embed_rows --data {input.rows} --model {input.model} --pooling {params.pooling}"
            " --dtype {params.dtype} --max-model-len {params.max_model_len} --gpus {resources.gpu}"
            " --seed {params.seed} --out {output.rows}"
        )


rule perplexity_rows:
    input:
        code=code("metrics.perplexity_rows"),
        rows=lambda wildcards: LOADS.files(likelihoods(wildcards.student_base), wildcards.load),
        seeds=lambda wildcards: LOADS.answered_seeds(likelihoods(wildcards.student_base), wildcards.load),
        model=VIEW.base_model,
    output:
        rows=update(f"{ROW_SCORES}/likelihoods-{{student_base}}/{{load}}.parquet"),
    resources:
        **VIEW.served("perplexity_rows", VIEW.scored_by),
    params:
        dtype=config["intrinsic"]["dtype"],
        max_model_len=lambda wildcards: DESIGN.training(wildcards.student_base)["max_length"],
        screened=lambda wildcards: option(
            "--screened", LOADS.screened_by(likelihoods(wildcards.student_base), wildcards.load)
        ),
        one_shot=config["screening"]["one_shot"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.perplexity_rows --data {input.rows} {params.screened} --seeds {input.seeds}"
            " --one-shot {params.one_shot} --model {input.model} --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --gpus {resources.gpu} --seed {params.seed}"
            " --out {output.rows}"
        )


# the metrics of a data set look its rows' scores up
rule diversity:
    input:
        code=code("metrics.diversity"),
        rows=ROWS,
        embeddings=lambda wildcards: LOADS.scores(EMBEDDINGS, wildcards),
    output:
        metric=f"{INTRINSIC}/diversity.json",
        rows=f"{INTRINSIC}/diversity.parquet",
    resources:
        **growing(4000, 20),
    params:
        embedder=config["intrinsic"]["embedder"],
    shell:
        recorded(
            "metrics.diversity --data {input.rows} --embeddings {input.embeddings} --embedder {params.embedder}"
            " --out {output.metric} --rows {output.rows}"
        )


rule perplexity:
    input:
        code=code("metrics.perplexity"),
        rows=ROWS,
        likelihoods=lambda wildcards: LOADS.scores(likelihoods(wildcards.student_base), wildcards),
    output:
        metric=f"{INTRINSIC}/perplexity-{{student_base}}.json",
        rows=f"{INTRINSIC}/perplexity-{{student_base}}.parquet",
    resources:
        **growing(2000, 10),
    shell:
        recorded(
            "metrics.perplexity --data {input.rows} --likelihoods {input.likelihoods} --out {output.metric}"
            " --rows {output.rows}"
        )


rule judge:
    input:
        code=code("metrics.judge"),
        templates=files_below("resources/judge"),
        rows=ROWS,
        answers=lambda wildcards: LOADS.scores(judge(config["intrinsic"]["judge"]), wildcards),
    output:
        metric=f"{INTRINSIC}/judge.json",
        rows=f"{INTRINSIC}/judge.parquet",
    resources:
        **growing(2000, 10),
    params:
        **VIEW.judge_score(config["intrinsic"]["judge"]),
        name=VIEW.language_name,
        least_rows=1,
    shell:
        recorded(
            "metrics.judge --data {input.rows} --answers {input.answers} --judge {params.judge} --style {params.style}"
            " --language-name {params.name:q} --templates resources/judge {params.longest}"
            " --invalid-limit {params.invalid_limit} --least-rows {params.least_rows} --out {output.metric}"
            " --rows {output.rows}"
        )


# rows whose score is known before they are mixed, for the recipes that `quality` names
use rule judge as judge_synthetic with:
    input:
        code=code("metrics.judge"),
        templates=files_below("resources/judge"),
        rows=f"{FOLDER}/synthetic/{{teacher}}/{{language}}/{{method}}/trial{{trial}}.parquet",
        answers=lambda wildcards: LOADS.scores(judge(config["intrinsic"]["judge"]), wildcards),
    output:
        metric=f"{JUDGED}.json",
        rows=f"{JUDGED}.parquet",


# another judge scores the same rows, for agreement alone
if DESIGN.second_judge:

    use rule judge as second_judge with:
        input:
            code=code("metrics.judge"),
            templates=files_below("resources/judge"),
            rows=ROWS,
            answers=lambda wildcards: LOADS.scores(judge(DESIGN.second_judge), wildcards),
        output:
            metric=f"{INTRINSIC}/second_judge.json",
            rows=f"{INTRINSIC}/second_judge.parquet",
        params:
            **VIEW.judge_score(DESIGN.second_judge),


rule judge_check_rows:
    input:
        code=code("metrics.judge_check"),
        seeds=lambda wildcards: DESIGN.seed_tables(wildcards.language),
        praise="resources/judge_check/praise.yaml",
    output:
        rows=f"{CHECKED}/rows/{{language}}.parquet",
        counts=f"{CHECKED}/rows/{{language}}.counts.json",
    resources:
        **growing(4000, 10),
    params:
        sources=DESIGN.human_sources,
        pairs=config["intrinsic"]["judge_check_rows"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.judge_check --seeds {input.seeds} --sources {params.sources} --praise {input.praise}"
            " --language {wildcards.language} --pairs {params.pairs} --seed {params.seed} --out {output.rows}"
        )


# invalid answers are counted on the judge's page, and a language may lack pairs
use rule judge as judge_check with:
    input:
        code=code("metrics.judge"),
        templates=files_below("resources/judge"),
        rows=f"{CHECKED}/rows/{{language}}.parquet",
        answers=lambda wildcards: LOADS.scores(judge(config["intrinsic"]["judge"]), wildcards),
    output:
        metric=f"{CHECKED}/scores/{{language}}.json",
        rows=f"{CHECKED}/scores/{{language}}.parquet",
    params:
        invalid_limit=1.0,
        least_rows=0,


rule length:
    input:
        code=code("metrics.length"),
        rows=ROWS,
        model=DESIGN.model_folder(config["intrinsic"]["length_model"]),
    output:
        metric=f"{INTRINSIC}/length.json",
        rows=f"{INTRINSIC}/length.parquet",
    resources:
        **growing(2000, 10),
    shell:
        recorded("metrics.length --data {input.rows} --model {input.model} --out {output.metric} --rows {output.rows}")


rule fidelity:
    input:
        code=code("metrics.fidelity"),
        rows=ROWS,
        answers=VIEW.answers,
    output:
        metric=f"{INTRINSIC}/fidelity.json",
        rows=f"{INTRINSIC}/fidelity.parquet",
    resources:
        **growing(2000, 10),
    shell:
        recorded(
            "metrics.fidelity --data {input.rows} --answers {input.answers} --language {wildcards.language}"
            " --out {output.metric} --rows {output.rows}"
        )


rule near_duplicates:
    input:
        code=code("metrics.near_duplicates"),
        rows=ROWS,
    output:
        metric=f"{INTRINSIC}/near_duplicates.json",
        rows=f"{INTRINSIC}/near_duplicates.parquet",
    resources:
        **growing(4000, 20),
    params:
        unit=lambda wildcards: "--characters" if wildcards.language in config["contamination"]["characters"] else "",
    shell:
        recorded("metrics.near_duplicates --data {input.rows} {params.unit} --out {output.metric} --rows {output.rows}")


rule contamination_cell:
    input:
        code=code("metrics.contamination"),
        rows=ROWS,
        benchmarks=lambda wildcards: list(VIEW.tasks_with_items(wildcards).values()),
    output:
        total=f"{CONTAMINATION}.json",
        rows=f"{CONTAMINATION}.parquet",
    resources:
        **growing(4000, 20),
    params:
        benchmarks=lambda wildcards: text(VIEW.tasks_with_items(wildcards)),
        passages=VIEW.passages,
        item_share=config["contamination"]["item_share"],
        limit=config["contamination"]["limit"],
    shell:
        recorded(
            "metrics.contamination --data {input.rows} --benchmarks {params.benchmarks} {params.passages}"
            " --item-share {params.item_share} --limit {params.limit} --out {output.total}"
        )


rule contamination_table:
    input:
        code=code("metrics.contamination_table"),
        totals=VIEW.cells_of(f"{CONTAMINATION}.json"),
    output:
        csv=f"{FOLDER}/contamination/contamination.csv",
        markdown=f"{FOLDER}/contamination/contamination.md",
    resources:
        **growing(1000, 10),
    params:
        folder=lambda wildcards, output: os.path.dirname(output.csv),
        cells=text(DESIGN.trials),
        above=config["contamination"]["above"],
    shell:
        recorded(
            "metrics.contamination_table --folder {params.folder} --cells {params.cells} --above {params.above}"
            " --out {output.csv}"
        )


rule intrinsic:
    input:
        [f"{DESIGN.folder}/intrinsic/{cell.data}/{name}" for cell in DESIGN.cells for name in DESIGN.metric_files(cell)],


rule contamination:
    input:
        f"{DESIGN.folder}/contamination/contamination.md",
