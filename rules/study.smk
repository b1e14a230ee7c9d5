# A study of a language, and the cost of a study, summed over the graph of its jobs:
# `.venv/bin/snakemake --cores 1 new --config language=eu`, `.venv/bin/snakemake --cores 1 plan`.


# declares no output, so that no change of code ever writes over what a user has edited
rule new:
    input:
        code=code("study.new_study"),
        holdings=files_below("resources/languages"),
    localrule: True
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        language=config.get("language", ""),
        over=text(None if config["study"] == "paper" else config),
        files=[str(file) for file in OVERLAYS],
    shell:
        "python -m polyglot.study.new_study --language {params.language:q} --over {params.over} --files {params.files:q}"
        " 2>&1 | tee {log}"


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
        # by what jobs have taken since, the plan is made again
        measured=lambda wildcards: text(VIEW.measured(wildcards)),
    shell:
        recorded("study.plan --config {params.config} --measured {params.measured} --out {output.page}")


# declares no output, so that it prints whenever it is asked
rule plan:
    input:
        f"{DESIGN.folder}/plan.md",
    log:
        f"{DESIGN.folder}/logs/plan.log",
    localrule: True
    shell:
        "cat {input} 2> {log}"


# how far the runs are that live, here and on a cluster
rule status:
    input:
        code=code("study.status"),
    localrule: True
    resources:
        **SMALL,
    shell:
        "python -m polyglot.study.status 2>&1 | tee {log}"


FAILURES.shorten(
    logger,
    lambda target: meant(
        target,
        {rule.name for rule in workflow.rules if not rule.has_wildcards()},
        path_words(str(file) for rule in workflow.rules for file in rule.output) | ids(config),
    ),
)


onstart:
    # once, before the first job of a real run; a dry run plans without locks
    needed = list(workflow.dag.needrun_jobs())
    try:
        refuse_future(file for job in needed for file in job.input)
        RUN = claim(needed, submits=not workflow.local_exec)
        SettingsFiles.begin(needed)
    except InputError as error:
        sys.exit(f"error: {error}")
    wanted = [fetched for fetched in map(LOCKED.fetched_by, needed) if fetched]
    if problem := LOCKED.why_not(wanted, RESULTS):
        sys.exit(f"error: {problem}")
    if problem := key_problem(config, needed):
        sys.exit(f"error: {problem}")
    if wanted and (note := space_note(DESIGN, RESULTS, OVERLAYS)):
        print(note, file=sys.stderr)
    if note := retraining_note(needed):
        print(note, file=sys.stderr)
    # To keep its limit of 100 jobs a second, Snakemake looks at all ready jobs again a second after each look, and each job
    # that ends begins one more such chain: 40 jobs, 3,800 looks. Any other limit is somebody's own, and stays.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
    FAILURES.watch(logger, start=CLEAR if sys.stderr.isatty() else "")
    logger.addHandler(
        Progress(steps(needed, workflow.dag.jobid, Estimates(DESIGN)), sys.stderr, RUN.with_suffix(".txt"))
    )


onsuccess:
    if line := made(workflow.dag.targetfiles, workflow.dag.jobs):
        print(FAILURES.start + line, file=sys.stderr)


onerror:
    cancel_left(workflow)
    print(ending(FAILURES, log), file=sys.stderr)
