# From measurements to scores: the same rules for the study of this run and for `published`.


rule score:
    input:
        code=code("score"),
        measurements="results/{study}/measurements.csv",
    output:
        scores="results/{study}/scores.csv",
        summary="results/{study}/scores.json",
    log:
        "results/{study}/logs/score.log",
    benchmark:
        "results/{study}/timings/score.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
    shell:
        recorded(
            "python scripts/score.py --measurements {input.measurements} --main-recipe {params.recipe}"
            " --main-size {params.size} --out {output.scores} --summary {output.summary} &> {log}"
        )


rule teachers:
    input:
        code=code("teachers"),
        evaluations=DESIGN.teacher_evaluations(),
    output:
        "results/{study}/teachers.csv",
    log:
        "results/{study}/logs/teachers.log",
    benchmark:
        "results/{study}/timings/teachers.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        job=job,
        evaluations="results/{study}/evaluations/models",
        benchmarks=text(DESIGN.benchmarks),
        teachers=text(
            {
                name: {
                    "model": config["teachers"][name].get("model"),
                    "size_b": TEACHER_MODELS[name].get("size_b"),
                    "languages": sorted({cell.language for cell in DESIGN.cells if cell.teacher == name}),
                }
                for name in TEACHERS
            }
        ),
    shell:
        recorded(
            "python scripts/teachers.py --evaluations {params.evaluations} --benchmarks {params.benchmarks}"
            " --teachers {params.teachers} --out {output} &> {log}"
        )


rule study_statistics:
    input:
        code=code("study_statistics"),
        scores="results/{study}/scores.csv",
        teachers="results/{study}/teachers.csv",
    output:
        correlations="results/{study}/statistics/correlations.csv",
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        predictions="results/{study}/statistics/predictions.csv",
        ranks="results/{study}/statistics/ranks.csv",
        effects="results/{study}/statistics/effects.csv",
        page="results/{study}/statistics/statistics.md",
    log:
        "results/{study}/logs/study_statistics.log",
    benchmark:
        "results/{study}/timings/study_statistics.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        job=job,
        recipe=main_recipe,
        size=main_size,
        base=main_base,
        seed=study_seed,
        folder="results/{study}/statistics",
    shell:
        recorded(
            "python scripts/study_statistics.py --scores {input.scores}"
            " --teachers {input.teachers} --main-recipe {params.recipe} --main-size {params.size}"
            " --main-base {params.base} --seed {params.seed} --out {params.folder} &> {log}"
        )
