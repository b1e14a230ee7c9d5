# Rows judged one by one before they are mixed, for the recipes that `quality` names.
JUDGED = "results/{study}/judged/{teacher}/{language}/{method}/trial{trial}"
FILTERED = "results/{study}/filtered/{teacher}/{language}/{method}/trial{trial}"


use rule judge as judge_rows with:
    input:
        code=code("judge"),
        templates=files_below("resources/judge"),
        rows="results/{study}/synthetic/{teacher}/{language}/{method}/trial{trial}.parquet",
        model=DESIGN.model_folder(JUDGE["model"]),
    output:
        metric=f"{JUDGED}.json",
        rows=f"{JUDGED}.parquet",
    log:
        "results/{study}/logs/judge_rows/{teacher}/{language}/{method}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/judge_rows/{teacher}/{language}/{method}/trial{trial}.tsv"


rule keep_rows:
    input:
        code=code("keep_rows"),
        rows="results/{study}/synthetic/{teacher}/{language}/{method}/trial{trial}.parquet",
        scores=f"{JUDGED}.parquet",
    output:
        rows=f"{FILTERED}.parquet",
        rejected=f"{FILTERED}.rejected.parquet",
        counts=f"{FILTERED}.counts.json",
    log:
        "results/{study}/logs/keep_rows/{teacher}/{language}/{method}/trial{trial}.log",
    benchmark:
        "results/{study}/timings/keep_rows/{teacher}/{language}/{method}/trial{trial}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(2000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
        least=config["quality"]["judge_score"],
    shell:
        recorded(
            "python scripts/keep_rows.py --rows {input.rows} --scores {input.scores} --least {params.least}"
            " --out {output.rows} &> {log}"
        )
