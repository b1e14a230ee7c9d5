# Named targets, a stage each: `snakemake intrinsic` and so on.


rule fetch:
    input:
        [DESIGN.model_folder(model) for model in DESIGN.models if model in HUB_MODELS],
        [f"{DESIGN.folder}/datasets/{dataset}" for dataset in DESIGN.datasets],
    localrule: True


rule seeds:
    input:
        expand("results/{study}/seeds/{source}.parquet", study=STUDY, source=DESIGN.sources),


rule synthetic:
    input:
        [
            f"{DESIGN.folder}/synthetic/{cell.teacher}/{cell.language}/{method}/trial{cell.trial}.parquet"
            for cell in DESIGN.cells
            for method in config["recipes"][cell.recipe]
        ],


rule intrinsic:
    input:
        [of_cells(f"{INTRINSIC}/{metric}.json") for metric in (*METRICS, "perplexity-{student_base}")],


rule students:
    input:
        # not the weights: they may be dropped once they are evaluated, and are then trained again only when needed
        of_cells(f"{STUDENT_FOLDER}/training.json"),
        of_cells(f"{STUDENT_FOLDER}/loss.png"),


rule evaluations:
    input:
        DESIGN.measured(DESIGN.cells),
        DESIGN.teacher_evaluations(),


rule contamination:
    input:
        f"{DESIGN.folder}/contamination/contamination.md",


rule scores:
    input:
        f"{DESIGN.folder}/scores.csv",


rule tables:
    input:
        tables_of(STUDY),


rule figures:
    input:
        figures_of(STUDY),


rule reports:
    input:
        reports_of(STUDY),


rule pages:
    input:
        rules.study_pages.output,
        rules.costs.output,
        rules.costs_page.output,


rule samples:
    input:
        [f"results/{STUDY}/samples/{teacher}/{language}.html" for teacher, language in SAMPLED],


rule reported:
    # what the HTML report shows, and the audit's page where `snakemake audit` has written one
    input:
        rules.pages.input,
        rules.samples.input,
        rules.figures.input,
        rules.students.input,
        AUDIT_PAGE,


rule published:
    input:
        tables_of("published"),
        figures_of("published"),
        reports_of("published"),
        rules.published_pages.output,
        "results/published/audit/manifest.jsonl",
