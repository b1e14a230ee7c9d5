# What people read: the paper's tables and figures, pages in HTML, samples for annotators, costs, the crate and cards.
# `.venv/bin/snakemake --report results/{study}/report.html` gathers everything that is marked by report().
PAGE_TEMPLATES = files_below("resources/pages")
SHOW = recorded("report.page --markdown {input.markdown} --templates resources/pages --out {params.folder}")
SAMPLE = "results/{study}/samples/{teacher}/{language}"
ANSWER = "Answer"  # the report lists its categories by name: this one comes first
FILLED = f"annotations/{STUDY}"  # where people put filled sheets, under any name


rule score_tables:
    input:
        code=code("report.score_tables"),
        scores="results/{study}/scores.csv",
        ranking="results/{study}/ranking.csv",
        printed=ANALYSED.printed_tables,
    output:
        **table_files("{study}", SCORE_TABLES),
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size", "base"),
        families=ANALYSED.families,
        published=ANALYSED.printed_option,
        folder="results/{study}/tables",
    shell:
        recorded(
            "report.score_tables --scores {input.scores} --ranking {input.ranking} --main-recipe {params.recipe} --main-size {params.size}"
            " --main-base {params.base} --families {params.families} {params.published} --out {params.folder}"
        )


rule statistics_tables:
    input:
        code=code("report.statistics_tables"),
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        printed=ANALYSED.printed_tables,
    output:
        **table_files("{study}", STATISTICS_TABLES),
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        published=ANALYSED.printed_option,
        folder="results/{study}/tables",
    shell:
        recorded(
            "report.statistics_tables --mixed {input.mixed} --components {input.components} {params.published}"
            " --out {params.folder}"
        )


rule fact_tables:
    input:
        code=code("report.fact_tables"),
        printed=ANALYSED.printed,
    output:
        **table_files(PUBLISHED, STUDY_TABLES + LANGUAGE_TABLES + PRINTED_TABLES),
    localrule: True
    resources:
        **SMALL,
    params:
        published=lambda wildcards, input: os.path.dirname(input.printed[0]),
        folder=lambda wildcards, output: os.path.dirname(output.csv[0]),
    shell:
        recorded("report.fact_tables --published {params.published} --out {params.folder}")


rule study_tables:
    input:
        code=code("report.study_tables"),
        seeds=expand("results/{{study}}/seeds/{source}.counts.json", source=DESIGN.sources),
        printed=[f"{PRINTED}/table06_seed_counts.csv", f"{PRINTED}/table18_tagalog_seed.csv"],
        teachers="results/{study}/teachers.csv",
        languages=f"{PRINTED}/table08_languages.csv",
    output:
        **table_files("{study}", STUDY_TABLES),
    localrule: True
    resources:
        **SMALL,
    params:
        facts=ANALYSED.teacher_facts("model", "family", "licence"),
        names=text({cell.language: config["languages"][cell.language]["name"] for cell in DESIGN.cells}),
        benchmarks=text(
            {
                name: config["benchmarks"][name] | {"in_english": DESIGN.asked_in_english(name, Path("resources"))}
                for name in DESIGN.benchmarks
            }
        ),
        folder="results/{study}/tables",
    shell:
        recorded(
            "report.study_tables --seeds {input.seeds} --printed {input.printed} --teachers {input.teachers}"
            " --facts {params.facts} --names {params.names} --languages {input.languages}"
            " --benchmarks {params.benchmarks} --out {params.folder}"
        )


if DESIGN.compared_models:

    rule language_tables:
        input:
            code=code("report.language_tables"),
            seeds=expand(
                "results/{{study}}/seeds/{source}.counts.json",
                source=DESIGN.sources_of(config["comparison"]["language"]),
            ),
            comparison="results/{study}/comparison.csv",
        output:
            **table_files("{study}", LANGUAGE_TABLES),
        localrule: True
        resources:
            **SMALL,
        params:
            language=config["comparison"]["language"],
            name=text(config["languages"][config["comparison"]["language"]]["name"]),
            baseline="{teacher}/{recipe}-{size}".format(**config["comparison"]["baseline"]),
            folder="results/{study}/tables",
        shell:
            recorded(
                "report.language_tables --seeds {input.seeds} --comparison {input.comparison}"
                " --language {params.language} --language-name {params.name} --baseline {params.baseline}"
                " --out {params.folder}"
            )


# Each figure has a CSV of the numbers drawn and a JSON of annotations; the picture is drawn from these two alone, so
# that a colour recomputes nothing.
for number, figure in figures(ANALYSED).items():

    rule:
        name:
            f"figure_{number}_data"
        input:
            **figure.files,
            **figure.further,
            code=code(f"report.figures.figure_{number}_data"),
        output:
            data=f"paper_figures/{{study}}/figure_{number}.csv",
            annotations=f"results/{{study}}/figures/figure_{number}.json",
        wildcard_constraints:
            study=STUDIES,
        localrule: True
        resources:
            **SMALL,
        params:
            program=f"figure_{number}_data",
            options=figure.options(ANALYSED),
        shell:
            recorded(
                "report.figures.{params.program} {params.options} --out {output.data} --annotations {output.annotations}"
            )

    rule:
        name:
            f"figure_{number}"
        input:
            code=code(f"report.figures.figure_{number}"),
            data=f"paper_figures/{{study}}/figure_{number}.csv",
            annotations=f"results/{{study}}/figures/figure_{number}.json",
        output:
            pdf=f"paper_figures/{{study}}/figure_{number}.pdf",
            png=report(
                f"paper_figures/{{study}}/figure_{number}.png",
                caption=f"../resources/captions/figure_{number}.rst",
                category="Figures",
                labels={
                    "figure": number.lstrip("0"),
                    "shows": ANALYSED.shows[f"Figure {int(number)}"],
                    "study": "{study}",
                },
            ),
        wildcard_constraints:
            study=STUDIES,
        localrule: True
        resources:
            **SMALL,
        params:
            program=f"figure_{number}",
        shell:
            recorded(
                "report.figures.{params.program} --data {input.data} --annotations {input.annotations} --pdf {output.pdf}"
                " --png {output.png}"
            )


# the second paper, from its print
rule polyglot_ko_tables:
    input:
        code=code("report.korean_tables"),
        printed=ANALYSED.korean_print,
        parameters=rules.polyglot_ko_parameters.output,
    output:
        **named_tables(PUBLISHED, KOREAN_TABLES),
    localrule: True
    resources:
        **SMALL,
    params:
        published=lambda wildcards, input: os.path.dirname(input.printed[0]),
        folder=lambda wildcards, output: os.path.dirname(output.csv[0]),
    shell:
        recorded(
            "report.korean_tables --published {params.published} --parameters {input.parameters} --out {params.folder}"
        )


rule polyglot_ko_names:
    input:
        code=code("report.korean_names"),
        printed=ANALYSED.korean_print,
    output:
        table=f"results/{PUBLISHED}/polyglot_ko_names.csv",
        page=f"results/{PUBLISHED}/polyglot_ko_names.md",
    localrule: True
    resources:
        **SMALL,
    params:
        published=lambda wildcards, input: os.path.dirname(input.printed[0]),
    shell:
        recorded("report.korean_names --published {params.published} --out {output.table}")


rule corpus_tables:
    input:
        code=code("report.corpus_tables"),
        counts=CORPUS_VIEW.counts,
        tokenizers=[f"{FOLDER}/tokenizers/{name}.json" for name in config["compared_tokenizers"]],
    output:
        **named_tables(STUDY, [f"polyglot_ko_{name}" for name in CORPUS_TABLES]),
    localrule: True
    resources:
        **SMALL,
    params:
        folder=lambda wildcards, output: os.path.dirname(output.csv[0]),
    shell:
        recorded("report.corpus_tables --counts {input.counts} --tokenizers {input.tokenizers} --out {params.folder}")


for name in KOREAN_FIGURES:

    rule:
        name:
            f"{name}_data"
        input:
            code=code(f"report.figures.{name}_data"),
            printed=ANALYSED.korean_print,
            parameters=rules.polyglot_ko_parameters.output,
        output:
            data=f"paper_figures/{PUBLISHED}/{name}.csv",
            annotations=f"results/{PUBLISHED}/figures/{name}.json",
        localrule: True
        resources:
            **SMALL,
        params:
            program=f"{name}_data",
            published=lambda wildcards, input: os.path.dirname(input.printed[0]),
        shell:
            recorded(
                "report.figures.{params.program} --published {params.published} --parameters {input.parameters}"
                " --out {output.data} --annotations {output.annotations}"
            )

    rule:
        name:
            name
        input:
            code=code(f"report.figures.{name}"),
            data=f"paper_figures/{PUBLISHED}/{name}.csv",
            annotations=f"results/{PUBLISHED}/figures/{name}.json",
        output:
            pdf=f"paper_figures/{PUBLISHED}/{name}.pdf",
            png=report(
                f"paper_figures/{PUBLISHED}/{name}.png",
                caption=f"../resources/captions/{name}.rst",
                category="Polyglot-Ko",
                labels={"page": name, "study": PUBLISHED},
            ),
        localrule: True
        resources:
            **SMALL,
        params:
            program=name,
        shell:
            recorded(
                "report.figures.{params.program} --data {input.data} --annotations {input.annotations} --pdf {output.pdf}"
                " --png {output.png}"
            )


rule continuation_scores_data:
    input:
        code=code("report.figures.continuation_scores_data"),
        table=rules.continuations.output.table,
    output:
        data=f"paper_figures/{STUDY}/continuation_scores.csv",
        annotations=f"{FOLDER}/figures/continuation_scores.json",
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.continuation_scores_data --continuations {input.table} --out {output.data}"
            " --annotations {output.annotations}"
        )


rule continuation_scores:
    input:
        code=code("report.figures.continuation_scores"),
        data=f"paper_figures/{STUDY}/continuation_scores.csv",
        annotations=f"{FOLDER}/figures/continuation_scores.json",
    output:
        pdf=f"paper_figures/{STUDY}/continuation_scores.pdf",
        png=report(
            f"paper_figures/{STUDY}/continuation_scores.png",
            caption="../resources/captions/continuation_scores.rst",
            category="Polyglot-Ko",
            labels={"page": "continuation_scores", "study": STUDY},
        ),
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.continuation_scores --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png}"
        )


rule base_interaction_data:
    input:
        code=code("report.figures.base_interaction_data"),
        table=f"{FOLDER}/base_interaction.csv",
    output:
        data=f"paper_figures/{STUDY}/base_interaction.csv",
        annotations=f"{FOLDER}/figures/base_interaction.json",
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.base_interaction_data --table {input.table} --out {output.data}"
            " --annotations {output.annotations}"
        )


rule base_interaction_figure:
    input:
        code=code("report.figures.base_interaction_figure"),
        data=f"paper_figures/{STUDY}/base_interaction.csv",
        annotations=f"{FOLDER}/figures/base_interaction.json",
    output:
        pdf=f"paper_figures/{STUDY}/base_interaction.pdf",
        png=report(
            f"paper_figures/{STUDY}/base_interaction.png",
            caption="../resources/captions/base_interaction.rst",
            category="Figures",
            labels={"figure": "base_interaction", "shows": "teachers by student base", "study": STUDY},
        ),
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.base_interaction_figure --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png}"
        )


# the bases that this run's study trains from nothing
rule pretraining_table:
    input:
        code=code("report.pretraining_table"),
        summaries=expand(f"{PRETRAINED}/pretraining.json", run=PRETRAINING.runs),
        speeds=expand(f"{PRETRAINED}/pretraining_speed.json", run=PRETRAINING.runs),
    output:
        **named_tables(STUDY, [PRETRAINING_PAGE]),
    localrule: True
    resources:
        **SMALL,
    params:
        runs=lambda wildcards, input: option("--runs", PRETRAINING.tokenizers),
        folder=lambda wildcards, output: os.path.dirname(output.csv[0]),
    shell:
        recorded(
            "report.pretraining_table {params.runs} --summaries {input.summaries} --speeds {input.speeds}"
            " --out {params.folder}"
        )


rule polyglot_ko_pretraining_data:
    input:
        code=code("report.figures.polyglot_ko_pretraining_data"),
        logs=expand(f"{PRETRAINED}/log.jsonl", run=PRETRAINING.runs),
        summaries=expand(f"{PRETRAINED}/pretraining.json", run=PRETRAINING.runs),
    output:
        data=f"paper_figures/{STUDY}/{PRETRAINING_PAGE}.csv",
        annotations=f"results/{STUDY}/figures/{PRETRAINING_PAGE}.json",
    localrule: True
    resources:
        **SMALL,
    params:
        runs=lambda wildcards, input: option("--runs", PRETRAINING.tokenizers),
    shell:
        recorded(
            "report.figures.polyglot_ko_pretraining_data {params.runs} --logs {input.logs} --summaries {input.summaries}"
            " --out {output.data} --annotations {output.annotations}"
        )


rule polyglot_ko_pretraining:
    input:
        code=code("report.figures.polyglot_ko_pretraining"),
        data=f"paper_figures/{STUDY}/{PRETRAINING_PAGE}.csv",
        annotations=f"results/{STUDY}/figures/{PRETRAINING_PAGE}.json",
    output:
        pdf=f"paper_figures/{STUDY}/{PRETRAINING_PAGE}.pdf",
        png=report(
            f"paper_figures/{STUDY}/{PRETRAINING_PAGE}.png",
            caption="../resources/captions/polyglot_ko_pretraining.rst",
            category="Polyglot-Ko",
            labels={"page": PRETRAINING_PAGE, "study": STUDY},
        ),
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.polyglot_ko_pretraining --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png}"
        )


rule coverage:
    input:
        code=code("report.coverage"),
        coverage="resources/coverage.csv",
    output:
        sheet=f"results/{PUBLISHED}/coverage.csv",
        page=f"results/{PUBLISHED}/coverage.md",
    localrule: True
    resources:
        **SMALL,
    params:
        tables=ANALYSED.numbers(ANALYSED.tables(PUBLISHED)),
        figures=ANALYSED.numbers(ANALYSED.figures(PUBLISHED)),
    shell:
        recorded(
            "report.coverage --coverage {input.coverage} --tables {params.tables} --figures {params.figures}"
            " --out {output.sheet}"
        )


rule teachers_by_language_data:
    input:
        code=code("report.figures.teachers_by_language_data"),
        decision="results/{study}/decision.json",
    output:
        data="paper_figures/{study}/teachers_by_language.csv",
        annotations="results/{study}/figures/teachers_by_language.json",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.teachers_by_language_data --decision {input.decision} --out {output.data}"
            " --annotations {output.annotations}"
        )


rule teachers_by_language:
    input:
        code=code("report.figures.teachers_by_language"),
        data="paper_figures/{study}/teachers_by_language.csv",
        annotations="results/{study}/figures/teachers_by_language.json",
    output:
        pdf="paper_figures/{study}/teachers_by_language.pdf",
        png=report(
            "paper_figures/{study}/teachers_by_language.png",
            caption="../resources/captions/teachers_by_language.rst",
            category=ANSWER,
            labels={"page": "gain by teacher and language", "study": "{study}"},
        ),
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded(
            "report.figures.teachers_by_language --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png}"
        )


rule decision_page:
    input:
        code=code("report.decision_page"),
        templates=PAGE_TEMPLATES,
        decision="results/{study}/decision.json",
        picture="paper_figures/{study}/teachers_by_language.png",
    output:
        report(
            "results/{study}/pages/decision.html",
            caption="../resources/captions/decision.rst",
            category=ANSWER,
            labels={"page": "decision", "study": "{study}"},
        ),
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        # printed by the caption
        **ANALYSED.main("recipe", "size", "base"),
    shell:
        recorded(
            "report.decision_page --decision {input.decision} --picture {input.picture} --templates resources/pages"
            " --out {output}"
        )


rule study_pages:
    input:
        code=code("report.page"),
        templates=PAGE_TEMPLATES,
        markdown=ANALYSED.in_words(STUDY),
    output:
        ANALYSED.pages(STUDY, report),
    localrule: True
    resources:
        **SMALL,
    params:
        # the captions print the main cells
        **ANALYSED.settings[STUDY],
        study=STUDY,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    shell:
        SHOW


use rule study_pages as published_pages with:
    input:
        code=code("report.page"),
        templates=PAGE_TEMPLATES,
        markdown=ANALYSED.in_words(PUBLISHED),
    output:
        ANALYSED.pages(PUBLISHED, report),
    localrule: True
    params:
        **ANALYSED.settings[PUBLISHED],
        study=PUBLISHED,
        folder=lambda wildcards, output: os.path.dirname(output[0]),


rule costs_page:
    input:
        code=code("report.page"),
        templates=PAGE_TEMPLATES,
        markdown=f"results/{STUDY}/costs/costs.md",
    output:
        report(
            f"results/{STUDY}/pages/costs.html",
            caption="../resources/captions/costs.rst",
            category="Run times and costs",
            labels={"shows": "jobs, seconds, memory and money by stage and rule", "study": STUDY},
        ),
    localrule: True
    resources:
        **SMALL,
    params:
        study=lambda wildcards: STUDY,
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    shell:
        SHOW


rule costs:
    input:
        code=code("report.costs"),
        # timings are complete when what a study ends with is there
        ends=[
            *ANALYSED.tables(STUDY),
            *ANALYSED.figures(STUDY),
            *ANALYSED.reports(STUDY),
            *ANALYSED.of_students(f"results/{STUDY}/pages/decision.html"),
            *rules.pretrained.input,
        ],
    output:
        table=f"results/{STUDY}/costs/costs.csv",
        page=f"results/{STUDY}/costs/costs.md",
        figure=report(
            f"results/{STUDY}/costs/costs.png",
            caption="../resources/captions/costs.rst",
            category="Run times and costs",
            labels={"shows": "job time by stage", "study": STUDY},
        ),
    localrule: True
    resources:
        **SMALL,
    params:
        study=lambda wildcards: STUDY,  # printed by the caption
        # the stage of a rule is its file
        stages=lambda wildcards: text(
            [(rule.name, Path(rule.snakefile).stem) for rule in workflow.rules if rule.shellcmd]
        ),
        api=DESIGN.api_teachers,
        timings=f"results/{STUDY}/timings",
        synthetic=f"results/{STUDY}/synthetic",
        row_scores=f"results/{STUDY}/row_scores",
        folder=lambda wildcards, output: os.path.dirname(output.table),
    shell:
        recorded(
            "report.costs --timings {params.timings} --synthetic {params.synthetic} --row-scores {params.row_scores}"
            " --stages {params.stages}"
            " --api-teachers {params.api} --out {params.folder}"
        )


rule judge_page:
    input:
        code=code("report.judge_page"),
        checks=expand(
            f"{CHECKED}/{{part}}/{{language}}.parquet", part=["rows", "scores"], language=DESIGN.checked_languages
        ),
        judge=VIEW.cells_of(f"{INTRINSIC}/judge.parquet"),
        second=VIEW.cells_of(f"{INTRINSIC}/second_judge.parquet") if DESIGN.second_judge else [],
    output:
        table="results/{study}/judge_check.csv",
        teachers="results/{study}/judge_check.teachers.csv",
        page="results/{study}/judge_check.md",
    resources:
        **growing(2000, 10),
    params:
        checks="results/{study}/judge_check",
        languages=DESIGN.checked_languages,
        unchecked=DESIGN.unchecked_languages,
        intrinsic="results/{study}/intrinsic",
        cells=text(DESIGN.trials),
        judge=config["intrinsic"]["judge"],
        second=f"--second-judge {DESIGN.second_judge}" if DESIGN.second_judge else "",
    shell:
        recorded(
            "report.judge_page --checks {params.checks} --languages {params.languages} --unchecked {params.unchecked}"
            " --intrinsic {params.intrinsic} --cells {params.cells} --judge {params.judge} {params.second}"
            " --out {output.table}"
        )


rule sample_rows:
    input:
        code=code("report.sample_rows"),
        templates=PAGE_TEMPLATES,
        data=ANALYSED.of_samples(ROWS),
        judge=ANALYSED.of_samples(f"{INTRINSIC}/judge.parquet"),
        fidelity=ANALYSED.of_samples(f"{INTRINSIC}/fidelity.parquet"),
        perplexity=ANALYSED.of_samples(f"{INTRINSIC}/perplexity-{{student_base}}.parquet"),
        contamination=ANALYSED.of_samples(f"results/{{study}}/contamination/{DATA}.parquet"),
    output:
        page=report(
            f"{SAMPLE}.html",
            caption="../resources/captions/samples.rst",
            category="Samples",
            labels={"teacher": "{teacher}", "language": "{language}"},
        ),
        sheet=f"{SAMPLE}.csv",
        scores=f"{SAMPLE}.parquet",
    localrule: True
    resources:
        **SMALL,
    params:
        name=VIEW.language_name,
        judge=config["intrinsic"]["judge"],
        base=lambda wildcards: ANALYSED.sampled_cells(wildcards)[0].student_base,
        rows=config["samples"]["rows"],
        seed=config["seed"],
        out=SAMPLE,
    shell:
        recorded(
            "report.sample_rows --data {input.data} --judge {input.judge} --fidelity {input.fidelity}"
            " --perplexity {input.perplexity} --contamination {input.contamination} --teacher {wildcards.teacher}"
            " --language {wildcards.language} --language-name {params.name:q} --judge-name {params.judge}"
            " --base {params.base} --rows {params.rows} --seed {params.seed} --templates resources/pages"
            " --out {params.out}"
        )


rule agreement:
    input:
        code=code("report.agreement"),
        samples=[f"results/{STUDY}/samples/{teacher}/{language}.parquet" for teacher, language in ANALYSED.sampled],
        filled=sorted(str(path) for path in Path(FILLED).glob("*.csv")),
    output:
        table=f"results/{STUDY}/samples/agreement.csv",
        page=f"results/{STUDY}/samples/agreement.md",
    localrule: True
    resources:
        **SMALL,
    params:
        folder=FILLED,
        seed=config["seed"],
    shell:
        recorded(
            "report.agreement --samples {input.samples} --folder {params.folder} --filled {input.filled}"
            " --seed {params.seed} --out {output.table}"
        )


# what goes to others, made from the manifest
CONFIG_FILES = ["config.yaml", *(os.path.relpath(file) for file in workflow.overwrite_configfiles)]
ENVIRONMENT = sorted(glob("envs/*.*") + glob("envs/*/pyproject.toml"))
PROJECT = ["Snakefile", "LICENSE", "CITATION.cff", *CONFIG_FILES, *ENVIRONMENT, *files_below("rules")]


rule crate:
    input:
        code=code("report.crate"),
        manifest=f"results/{STUDY}/audit/manifest.jsonl",
        project=sorted(set(PROJECT)),
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        metadata=f"results/{STUDY}/crate/ro-crate-metadata.json",
        archive=f"results/{STUDY}/crate/{STUDY}.zip",
    resources:
        **growing(2000, 30),
    params:
        study=STUDY,
        config=CONFIG_FILES,
        environment=ENVIRONMENT,
        materials=SHARED.materials,
        limit=config["crate"]["largest_bytes"],
    shell:
        recorded(
            "report.crate --study {params.study} --project {input.project} --config {params.config}"
            " --environment {params.environment} --citation CITATION.cff --licences {input.licences}"
            " --licences-schema {input.schema} --materials {params.materials} --out {output.metadata}"
            " --zip {output.archive} --limit {params.limit}"
        )


rule data_card:
    input:
        code=code("report.cards"),
        templates=files_below("resources/cards"),
        manifest="results/{study}/audit/manifest.jsonl",
        scores="results/{study}/scores.csv",
        evaluations=[],
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        "results/{study}/cards/data/{teacher}/README.md",
    localrule: True
    resources:
        **SMALL,
    params:
        materials=SHARED.materials,
        benchmarks=SHARED.benchmarks,
        names=SHARED.names,
        writers=lambda wildcards: DESIGN.mixtures.get(wildcards.teacher, wildcards.teacher),
        student="",
    shell:
        recorded(
            "report.cards --study {wildcards.study} --scores {input.scores} --licences {input.licences}"
            " --licences-schema {input.schema} --materials {params.materials} --benchmarks {params.benchmarks}"
            " --names {params.names} --templates resources/cards --teacher {wildcards.teacher}"
            " --writers {params.writers} {params.student} --evaluations {input.evaluations} --out {output}"
        )


use rule data_card as student_card with:
    input:
        code=code("report.cards"),
        templates=files_below("resources/cards"),
        manifest="results/{study}/audit/manifest.jsonl",
        scores="results/{study}/scores.csv",
        evaluations=[f"{EVALUATED_STUDENT}/{name}.json" for name in DESIGN.benchmarks],
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        f"results/{{study}}/cards/students/{STUDENT}/README.md",
    localrule: True
    params:
        materials=SHARED.materials,
        benchmarks=SHARED.benchmarks,
        names=SHARED.names,
        writers=lambda wildcards: DESIGN.writers(wildcards.teacher, wildcards.language),
        student="--student-base {student_base} --language {language} --recipe {recipe} --size {size} --trial {trial}",


rule croissant:
    input:
        code=code("report.croissant"),
        manifest="results/{study}/audit/manifest.jsonl",
        context="resources/cards/croissant_context.json",
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
    output:
        "results/{study}/cards/data/{teacher}/croissant.json",
    localrule: True
    resources:
        **SMALL,
    params:
        materials=SHARED.materials,
    shell:
        recorded(
            "report.croissant --study {wildcards.study} --licences {input.licences} --licences-schema {input.schema}"
            " --materials {params.materials} --teacher {wildcards.teacher} --context {input.context} --out {output}"
        )


rule cards:
    input:
        VIEW.cells_of("results/{study}/cards/data/{teacher}/README.md"),
        VIEW.cells_of("results/{study}/cards/data/{teacher}/croissant.json"),
        VIEW.cells_of(f"results/{{study}}/cards/students/{STUDENT}/README.md"),


# finished studies, whoever made them, in one static site
rule board:
    input:
        code=code("report.board"),
        templates=PAGE_TEMPLATES,
        archives=board_sources.archives(config["board"]["archives"]),
        signers=lambda wildcards: SIGNERS,
    output:
        directory("results/board/site"),
    localrule: True
    threads: 2
    resources:
        **growing(2000, 30),
    params:
        studies=lambda wildcards: text(board_sources.finished(config["board"]["studies"])),
        archives=lambda wildcards, input: option("--archives", input.archives),
        bytes=config["board"]["largest_bytes"],
        files=config["board"]["most_files"],
        signers=lambda wildcards, input: option("--signers", input.signers),
    shell:
        recorded(
            "report.board --studies {params.studies} {params.archives} --largest-bytes {params.bytes}"
            " --most-files {params.files} {params.signers} --threads {threads} --templates resources/pages --out {output}"
        )


rule tables:
    input:
        ANALYSED.tables(STUDY),


rule figures:
    input:
        ANALYSED.figures(STUDY),


rule reports:
    input:
        ANALYSED.reports(STUDY),


rule pages:
    input:
        ANALYSED.of_students(f"results/{STUDY}/decision.md", f"results/{STUDY}/pages/decision.html"),
        rules.study_pages.output,
        rules.costs.output,
        rules.costs_page.output,


rule samples:
    input:
        expand("results/{study}/samples/{sample}.html", study=STUDY, sample=map("/".join, ANALYSED.sampled)),


# data sets alone: no student is trained, no benchmark is asked
rule metrics:
    input:
        f"{DESIGN.folder}/metrics.md",
        rules.contamination.input,
        rules.samples.input,
