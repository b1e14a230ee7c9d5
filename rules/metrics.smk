# Intrinsic metrics of a data set: one JSON a metric, with the values of every row beside it; contamination.
EMBEDDER = config["embedders"][config["intrinsic"]["embedder"]]
JUDGE = config["judges"][config["intrinsic"]["judge"]]
CHECKED = f"{FOLDER}/judge_check"
JUDGED = f"{FOLDER}/judged/{{teacher}}/{{language}}/{{method}}/trial{{trial}}"
CONTAMINATION = f"{FOLDER}/contamination/{DATA}"


rule diversity:
    input:
        code=code("metrics.diversity"),
        rows=ROWS,
        model=DESIGN.model_folder(EMBEDDER["model"]),
    output:
        metric=f"{INTRINSIC}/diversity.json",
        rows=f"{INTRINSIC}/diversity.parquet",
    resources:
        **VIEW.served(lambda wildcards: EMBEDDER, 60),
    params:
        embedder=config["intrinsic"]["embedder"],
        pooling=EMBEDDER["pooling"],
        dtype=EMBEDDER["dtype"],
        max_model_len=EMBEDDER["max_model_len"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.diversity --data {input.rows} --model {input.model} --embedder {params.embedder}"
            " --pooling {params.pooling} --dtype {params.dtype} --max-model-len {params.max_model_len}"
            " --gpus {resources.gpu} --seed {params.seed} --out {output.metric} --rows {output.rows}"
        )


rule perplexity:
    input:
        code=code("metrics.perplexity"),
        rows=ROWS,
        model=VIEW.base_model,
    output:
        metric=f"{INTRINSIC}/perplexity-{{student_base}}.json",
        rows=f"{INTRINSIC}/perplexity-{{student_base}}.parquet",
    resources:
        **VIEW.served(VIEW.scored_by, 60),
    params:
        dtype=config["intrinsic"]["dtype"],
        max_model_len=lambda wildcards: DESIGN.training(wildcards.student_base)["max_length"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.perplexity --data {input.rows} --model {input.model} --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --gpus {resources.gpu} --seed {params.seed}"
            " --out {output.metric} --rows {output.rows}"
        )


rule judge:
    input:
        code=code("metrics.judge"),
        templates=files_below("resources/judge"),
        rows=ROWS,
        model=DESIGN.model_folder(JUDGE["model"]),
    output:
        metric=f"{INTRINSIC}/judge.json",
        rows=f"{INTRINSIC}/judge.parquet",
    resources:
        **VIEW.served(lambda wildcards: JUDGE, 120),
    params:
        **VIEW.judge(config["intrinsic"]["judge"]),
        name=VIEW.language_name,
        least_rows=1,
        chunk_size=config["synthesis"]["chunk_size"],
        seed=config["seed"],
    shell:
        recorded(
            "metrics.judge --data {input.rows} --model {input.model} --judge {params.judge} --style {params.style}"
            " --language-name {params.name:q} --templates resources/judge --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --max-tokens {params.max_tokens}"
            " --invalid-limit {params.invalid_limit} --least-rows {params.least_rows}"
            " --chunk-size {params.chunk_size} --gpus {resources.gpu} --seed {params.seed}"
            " --out {output.metric} --rows {output.rows}"
        )


# rows judged before they are mixed, for the recipes that `quality` names
use rule judge as judge_rows with:
    input:
        code=code("metrics.judge"),
        templates=files_below("resources/judge"),
        rows=f"{FOLDER}/synthetic/{{teacher}}/{{language}}/{{method}}/trial{{trial}}.parquet",
        model=DESIGN.model_folder(JUDGE["model"]),
    output:
        metric=f"{JUDGED}.json",
        rows=f"{JUDGED}.parquet",


# another judge scores the same rows, for agreement alone
if DESIGN.second_judge:
    SECOND_JUDGE = config["judges"][DESIGN.second_judge]

    use rule judge as second_judge with:
        input:
            code=code("metrics.judge"),
            templates=files_below("resources/judge"),
            rows=ROWS,
            model=DESIGN.model_folder(SECOND_JUDGE["model"]),
        output:
            metric=f"{INTRINSIC}/second_judge.json",
            rows=f"{INTRINSIC}/second_judge.parquet",
        resources:
            **VIEW.served(lambda wildcards: SECOND_JUDGE, 120),
        params:
            **VIEW.judge(DESIGN.second_judge),


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
        model=DESIGN.model_folder(JUDGE["model"]),
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
