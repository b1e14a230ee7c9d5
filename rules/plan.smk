# What the study will cost, from its config alone: `snakemake plan` makes the plan and prints it.


rule plan_study:
    input:
        code=code("plan"),
    output:
        page="results/{study}/plan.md",
        table="results/{study}/plan.csv",
        numbers="results/{study}/plan.json",
    log:
        "results/{study}/logs/plan_study.log",
    benchmark:
        "results/{study}/timings/plan_study.tsv"
    localrule: True
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        job=job,
        config=text({key: value for key, value in config.items() if key != "revisions"}),
        figures=[re.search(r"\d+", Path(figure).name)[0] for figure in figures_of(STUDY)],
    shell:
        recorded(
            "python scripts/plan.py --config {params.config} --figures {params.figures} --out {output.page}"
            " &> {log}"
        )


# declares no output, so that it prints whenever it is asked
rule plan:
    input:
        f"{DESIGN.folder}/plan.md",
    log:
        f"{DESIGN.folder}/logs/plan.log",
    localrule: True
    conda:
        ENV
    shell:
        "cat {input} 2> {log}"
