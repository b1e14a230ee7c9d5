# The cost of a study, summed over the graph of its jobs: `.venv/bin/snakemake --cores 1 plan` makes it and prints it.


rule plan_study:
    input:
        code=code("study.plan"),
        graph=["Snakefile", *files_below("rules"), *files_below("scripts/polyglot/study")],
    output:
        page="results/{study}/plan.md",
        table="results/{study}/plan.csv",
        numbers="results/{study}/plan.json",
    localrule: True
    resources:
        mem_mb=3000,
        runtime=15,
    params:
        config=text({key: value for key, value in config.items() if key != "revisions"}),
    shell:
        recorded("study.plan --config {params.config} --out {output.page}")


# declares no output, so that it prints whenever it is asked
rule plan:
    input:
        f"{DESIGN.folder}/plan.md",
    log:
        f"{DESIGN.folder}/logs/plan.log",
    localrule: True
    shell:
        "cat {input} 2> {log}"
