# From measurements to scores, statistics and claims: the same rules for this run's study and for `published`.

MEASURED = "results/{study}/measurements/{student_base}/{language}"


# a table for each student base and language, so that one more language reads nothing of the others again
rule collect:
    input:
        code=code("analysis.collect"),
        measured=lambda wildcards: DESIGN.measured(DESIGN.cells_of(wildcards.student_base, wildcards.language)),
        observed=lambda wildcards: DESIGN.observed(DESIGN.cells_of(wildcards.student_base, wildcards.language)),
    output:
        table=f"{MEASURED}.csv",
        of_items=f"{MEASURED}.items.parquet",
        of_rows=f"{MEASURED}.rows.parquet",
    resources:
        **growing(4000, 30),
    params:
        results="results/{study}",
        cells=lambda wildcards: text(
            [list(cell) for cell in DESIGN.cells_of(wildcards.student_base, wildcards.language)]
        ),
        base=lambda wildcards: config["student_bases"][wildcards.student_base]["model"],
        reference=lambda wildcards: config["student_bases"][wildcards.student_base]["reference"],
        measures=text(VIEW.measures),
        deciding=DESIGN.deciding,
    shell:
        recorded(
            "analysis.collect --results {params.results} --cells {params.cells} --base {params.base}"
            " --reference {params.reference} --measures {params.measures} --deciding {params.deciding}"
            " --out {output.table}"
        )


rule measurements:
    input:
        code=code("analysis.measurements"),
        tables=VIEW.cells_of(f"{MEASURED}.csv"),
    output:
        "results/{study}/measurements.csv",
    resources:
        **growing(1000, 10),
    shell:
        recorded("analysis.measurements --tables {input.tables} --out {output}")


# what is known of the data sets before any student is trained
rule intrinsic_table:
    input:
        code=code("analysis.intrinsic_table"),
        data=VIEW.cells_of(ROWS),
        measured=rules.intrinsic.input,
        values=[file.replace(".json", ".parquet") for file in rules.intrinsic.input],
        duplicates=VIEW.cells_of(f"{INTRINSIC}/near_duplicates.json"),
        contamination=VIEW.cells_of(f"{CONTAMINATION}.json"),
    output:
        table="results/{study}/metrics.csv",
        page="results/{study}/metrics.md",
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size"),
        results="results/{study}",
        cells=text([list(cell) for cell in DESIGN.cells]),
    shell:
        recorded(
            "analysis.intrinsic_table --results {params.results} --cells {params.cells} --main-recipe {params.recipe}"
            " --main-size {params.size} --out {output.table}"
        )


rule published_measurements:
    input:
        code=code("analysis.published_measurements"),
        printed=ANALYSED.printed,
    output:
        measurements="results/published/measurements.csv",
        teachers="results/published/teachers.csv",
    localrule: True
    resources:
        **SMALL,
    params:
        folder=lambda wildcards, input: os.path.dirname(input.printed[0]),
    shell:
        recorded(
            "analysis.published_measurements --published {params.folder} --out {output.measurements}"
            " --teachers {output.teachers}"
        )


rule score:
    input:
        code=code("analysis.score"),
        measurements="results/{study}/measurements.csv",
        observations=ANALYSED.observations,
    output:
        scores="results/{study}/scores.csv",
        summary="results/{study}/scores.json",
    wildcard_constraints:
        study=STUDIES,
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size"),
        observed=ANALYSED.observed_option,
    shell:
        recorded(
            "analysis.score --measurements {input.measurements} {params.observed} --main-recipe {params.recipe}"
            " --main-size {params.size} --out {output.scores} --summary {output.summary}"
        )


# one resampling of items, rows and trials for all teachers; print has only estimates
rule ranking:
    input:
        code=code("analysis.ranking"),
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
    output:
        table="results/{study}/ranking.csv",
        weights="results/{study}/ranking.weights.csv",
        errors="results/{study}/ranking.json",
        page="results/{study}/ranking.md",
    wildcard_constraints:
        study=STUDIES,
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size", "seed"),
        observed=ANALYSED.observed_option,
        greedy=ANALYSED.greedy,
    shell:
        recorded(
            "analysis.ranking --scores {input.scores} {params.observed} --main-recipe {params.recipe}"
            " --main-size {params.size} --greedy {params.greedy} --seed {params.seed} --out {output.table}"
        )


# mixtures beside the best of their own teachers
rule mixture_leads:
    input:
        code=code("analysis.mixture_leads"),
        scores="results/{study}/scores.csv",
        ranking="results/{study}/ranking.csv",
        observations=ANALYSED.observations,
    output:
        table="results/{study}/mixtures.csv",
        page="results/{study}/mixtures.md",
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size", "seed"),
        observed=ANALYSED.observed_option,
        mixtures=text(DESIGN.mixtures),
    shell:
        recorded(
            "analysis.mixture_leads --scores {input.scores} --ranking {input.ranking} {params.observed}"
            " --mixtures {params.mixtures} --main-recipe {params.recipe} --main-size {params.size}"
            " --seed {params.seed} --out {output.table}"
        )


rule decide:
    input:
        code=code("analysis.decide"),
        scores="results/{study}/scores.csv",
        ranking="results/{study}/ranking.csv",
        errors="results/{study}/ranking.json",
        rows=ANALYSED.decided_rows,
        leads=ANALYSED.mixture_leads,
        licences=LICENCES,
        schema=LICENCES_SCHEMA,
        printed=f"{PRINTED}/table07_teachers.csv",
    output:
        numbers="results/{study}/decision.json",
        page="results/{study}/decision.md",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size", "base"),
        names=ANALYSED.language_names,
        options=ANALYSED.decided_options(SHARED.materials, LICENCES, LICENCES_SCHEMA),
        leads=lambda wildcards, input: option("--leads", input.leads),
    shell:
        recorded(
            "analysis.decide --study {wildcards.study} --scores {input.scores} --ranking {input.ranking}"
            " --main-recipe {params.recipe} --main-size {params.size} --main-base {params.base} --names {params.names}"
            " {params.options} {params.leads} --out {output.numbers}"
        )


# print has no items
rule benchmark_gains:
    input:
        code=code("analysis.benchmark_gains"),
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
    output:
        table="results/{study}/gains.csv",
        page="results/{study}/gains.md",
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size", "seed"),
        observed=ANALYSED.observed_option,
    shell:
        recorded(
            "analysis.benchmark_gains --scores {input.scores} {params.observed} --main-recipe {params.recipe}"
            " --main-size {params.size} --seed {params.seed} --out {output.table}"
        )


rule protocols:
    input:
        code=code("analysis.protocols"),
        gains="results/{study}/gains.csv",
    output:
        table="results/{study}/protocols.csv",
        page="results/{study}/protocols.md",
    localrule: True
    resources:
        **SMALL,
    params:
        pairs=text(DESIGN.protocol_pairs),
    shell:
        recorded("analysis.protocols --gains {input.gains} --pairs {params.pairs} --out {output.table}")


# where two student bases learn from the same teachers
rule base_interaction:
    input:
        code=code("analysis.base_interaction"),
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
        trained=ANALYSED.ranked_trainings(f"{STUDENT_FOLDER}/training.json"),
    output:
        table="results/{study}/base_interaction.csv",
        page="results/{study}/base_interaction.md",
    resources:
        **growing(4000, 30),
    params:
        **ANALYSED.main("recipe", "size", "seed"),
        observed=ANALYSED.observed_option,
        students="results/{study}/students",
    shell:
        recorded(
            "analysis.base_interaction --scores {input.scores} {params.observed} --students {params.students}"
            " --main-recipe {params.recipe} --main-size {params.size} --seed {params.seed} --out {output.table}"
        )


# benchmarks asked by continuation, of every model on the items that all of them can read
rule continuations:
    input:
        code=code("analysis.continuations"),
        evaluations=DESIGN.continued_evaluations(),
    output:
        table=f"{FOLDER}/continuations.csv",
        page=f"{FOLDER}/continuations.md",
    resources:
        **growing(2000, 10),
    params:
        folder=f"{FOLDER}/evaluations",
        evaluated=text(DESIGN.evaluated),
        benchmarks=text(DESIGN.continued),
    shell:
        recorded(
            "analysis.continuations --folder {params.folder} --evaluated {params.evaluated}"
            " --benchmarks {params.benchmarks} --out {output.table}"
        )


# print has no intervals; how sure its order could be, from its numbers of items
rule standing:
    input:
        code=code("analysis.standing"),
        scores=f"results/{PUBLISHED}/scores.csv",
    output:
        table=f"results/{PUBLISHED}/standing.csv",
        page=f"results/{PUBLISHED}/standing.md",
    localrule: True
    resources:
        **SMALL,
    params:
        benchmarks=ANALYSED.printed_benchmarks(),
        recipe=ANALYSED.settings[PUBLISHED]["recipe"],
        size=ANALYSED.settings[PUBLISHED]["size"],
    shell:
        recorded(
            "analysis.standing --scores {input.scores} --benchmarks {params.benchmarks} --main-recipe {params.recipe}"
            " --main-size {params.size} --out {output.table}"
        )


# known damage, so a known order
rule planted_order:
    input:
        code=code("analysis.planted_order"),
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
    output:
        table="results/{study}/planted.csv",
        pairs="results/{study}/planted.pairs.csv",
        page="results/{study}/planted.md",
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size"),
        observed=ANALYSED.observed_option,
        planted=text(DESIGN.planted),
    shell:
        recorded(
            "analysis.planted_order --scores {input.scores} {params.observed} --planted {params.planted}"
            " --main-recipe {params.recipe} --main-size {params.size} --out {output.table}"
        )


rule teachers:
    input:
        code=code("analysis.teachers"),
        evaluations=DESIGN.teacher_evaluations(),
    output:
        "results/{study}/teachers.csv",
    localrule: True
    resources:
        **SMALL,
    params:
        evaluations="results/{study}/evaluations/models",
        benchmarks=text(DESIGN.deciding),
        teachers=ANALYSED.teacher_facts("model", "size_b", "languages"),
    shell:
        recorded(
            "analysis.teachers --evaluations {params.evaluations} --benchmarks {params.benchmarks}"
            " --teachers {params.teachers} --out {output}"
        )


rule study_statistics:
    input:
        code=code("analysis.study_statistics"),
        scores="results/{study}/scores.csv",
        teachers="results/{study}/teachers.csv",
    output:
        correlations="results/{study}/statistics/correlations.csv",
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        predictions="results/{study}/statistics/predictions.csv",
        page="results/{study}/statistics/statistics.md",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size", "base", "seed"),
        mixtures=ANALYSED.mixture_option,
        folder="results/{study}/statistics",
    shell:
        recorded(
            "analysis.study_statistics --scores {input.scores} --teachers {input.teachers}"
            " --main-recipe {params.recipe} --main-size {params.size} --main-base {params.base} {params.mixtures}"
            " --seed {params.seed} --out {params.folder}"
        )


# the students of one language beside other models, where the design has the language
if DESIGN.compared_models:

    rule comparison:
        input:
            code=code("analysis.comparison"),
            measurements="results/{study}/measurements.csv",
            evaluations=DESIGN.compared_evaluations(),
        output:
            "results/{study}/comparison.csv",
        resources:
            **growing(500, 10),
        params:
            evaluations="results/{study}/evaluations/models",
            language=config["comparison"]["language"],
            base=config["student_bases"][DESIGN.compared_base]["model"],
            models=DESIGN.compared_models,
            benchmarks=text(DESIGN.deciding),
        shell:
            recorded(
                "analysis.comparison --measurements {input.measurements} --evaluations {params.evaluations}"
                " --language {params.language} --base {params.base} --models {params.models}"
                " --benchmarks {params.benchmarks} --out {output}"
            )


rule anchors:
    input:
        code=code("analysis.anchors"),
        measurements="results/{study}/measurements.csv",
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
    output:
        expand("results/{{study}}/anchors/{name}.csv", name=["anchors", "places", "orders", "identical", "chance"]),
        page="results/{study}/anchors/anchors.md",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size"),
        chance=ANALYSED.chance,
        observed=ANALYSED.observed_option,
        folder="results/{study}/anchors",
    shell:
        recorded(
            "analysis.anchors --measurements {input.measurements} --scores {input.scores} {params.observed}"
            " --main-recipe {params.recipe} --main-size {params.size} --chance {params.chance} --out {params.folder}"
        )


# what the data alone would have said, held against the students
rule screening:
    input:
        code=code("analysis.screening"),
        scores="results/{study}/scores.csv",
        observations=ANALYSED.observations,
    output:
        table="results/{study}/screening.csv",
        agreement="results/{study}/screening.json",
        page="results/{study}/screening.md",
    wildcard_constraints:
        study=STUDIES,
    resources:
        **growing(2000, 10),
    params:
        **ANALYSED.main("recipe", "size", "seed"),
        mixtures=ANALYSED.mixture_option,
        observed=ANALYSED.observed_option,
    shell:
        recorded(
            "analysis.screening --scores {input.scores} {params.observed} --main-recipe {params.recipe}"
            " --main-size {params.size} {params.mixtures} --seed {params.seed} --out {output.table}"
        )


# the same before any student is trained: of the study only rows and their metrics, and what another one has shown
rule screen_teachers:
    input:
        code=code("analysis.screen"),
        measured=DESIGN.screened_files(),
        evidence=expand("results/{evidence}/screening.{ending}", ending=["csv", "json"], **config["screening"]),
    output:
        table="results/{study}/screen.csv",
        ranks="results/{study}/screen.json",
        page="results/{study}/screen.md",
    resources:
        **growing(2000, 10),
    params:
        results="results/{study}",
        cells=text([list(cell) for cell in DESIGN.screened_cells]),
        names=ANALYSED.language_names,
        evidence=lambda wildcards, input: os.path.dirname(input.evidence[0]),
    shell:
        recorded(
            "analysis.screen --results {params.results} --cells {params.cells} --names {params.names}"
            " --evidence {params.evidence} --out {output.table}"
        )


# by the rows of each method alone, for mixtures that take a method's rows from one teacher
rule method_screen:
    input:
        code=code("analysis.method_screen"),
        measured=DESIGN.screened_files(),
        screen="results/{study}/screen.json",
        evidence=rules.screen_teachers.input.evidence,
    output:
        "results/{study}/method_screen.csv",
    resources:
        **growing(2000, 10),
    params:
        results=lambda wildcards, output: os.path.dirname(output[0]),
        cells=text([list(cell) for cell in DESIGN.method_screened]),
        evidence=lambda wildcards, input: os.path.dirname(input.evidence[0]),
    shell:
        recorded(
            "analysis.method_screen --results {params.results} --cells {params.cells} --screen {input.screen}"
            " --evidence {params.evidence} --out {output}"
        )


rule screen:
    input:
        f"{DESIGN.folder}/screen.md",


# who is in the next round is known after this one
checkpoint race_round:
    input:
        code=code("analysis.race_round"),
        base=RACE.base_evaluations,
        data=RACE.of_round(checkpoints, ROWS),
        students=RACE.of_round(checkpoints, *RACE.evaluations(f"students/{STUDENT}")),
    output:
        "results/{study}/race/{field}/round{round}.csv",
    resources:
        **growing(2000, 10),
    params:
        results="results/{study}",
        cells=lambda wildcards: text(
            [list(cell) for cell in RACE.students(wildcards.field, int(wildcards.round), checkpoints)]
        ),
        base=RACE.model,
        deciding=DESIGN.deciding,
        rounds=len(RACE.sizes),
        seed=config["seed"],
    shell:
        recorded(
            "analysis.race_round --results {params.results} --cells {params.cells} --field {wildcards.field}"
            " --base {params.base} --deciding {params.deciding} --round {wildcards.round} --rounds {params.rounds}"
            " --seed {params.seed} --out {output}"
        )


rule race_table:
    input:
        **RACE.courses(checkpoints),
        code=code("analysis.race_table"),
    output:
        table="results/{study}/race.csv",
        page="results/{study}/race.md",
    localrule: True
    resources:
        **SMALL,
    params:
        rounds=lambda wildcards, input: [file for file in input if "/race/" in file],
        sizes=RACE.sizes,
        block=text({field: len(RACE.teachers(field)) for field in RACE.fields}),
        names=ANALYSED.language_names,
    shell:
        recorded(
            "analysis.race_table --rounds {params.rounds} --sizes {params.sizes} --teachers {params.block}"
            " --names {params.names} --out {output.table}"
        )


rule race:
    input:
        f"{DESIGN.folder}/race.md",


rule sensitivity:
    input:
        code=code("analysis.sensitivity"),
        scores="results/{study}/scores.csv",
        evaluations=ANALYSED.anchor_evaluations,
    output:
        expand("results/{{study}}/sensitivity/{name}.csv", name=["variants", "survival", "alpha"]),
        page="results/{study}/sensitivity/sensitivity.md",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size", "base"),
        benchmarks=ANALYSED.benchmark_options,
        folder="results/{study}/sensitivity",
    shell:
        recorded(
            "analysis.sensitivity --scores {input.scores} --main-recipe {params.recipe} --main-size {params.size}"
            " --main-base {params.base} {params.benchmarks} --out {params.folder}"
        )


rule claims:
    input:
        code=code("analysis.claims.check_claims"),
        claims=f"{PRINTED}/claims.csv",
        scores="results/{study}/scores.csv",
        mixed="results/{study}/statistics/mixed.json",
        components="results/{study}/statistics/components.json",
        languages=f"{PRINTED}/table08_languages.csv",
        comparison=ANALYSED.comparison_table,
        printed=ANALYSED.printed_tables,
    output:
        ledger="results/{study}/claims.csv",
        page="results/{study}/claims.md",
    wildcard_constraints:
        study=STUDIES,
    localrule: True
    resources:
        **SMALL,
    params:
        **ANALYSED.main("recipe", "size", "base"),
        families=ANALYSED.families,
        comparison=ANALYSED.comparison_option,
        published=ANALYSED.printed_option,
    shell:
        recorded(
            "analysis.claims.check_claims --claims {input.claims} --scores {input.scores} --mixed {input.mixed}"
            " --components {input.components} --languages {input.languages} --families {params.families}"
            " --main-recipe {params.recipe} --main-size {params.size} --main-base {params.base} {params.comparison}"
            " {params.published} --out {output.ledger}"
        )


# the second paper, from its print alone; the one rule that imports torch for it builds shapes without weights
rule polyglot_ko_parameters:
    input:
        code=code("analysis.parameter_counts"),
        models=f"{PRINTED}/polyglot_ko_models.csv",
    output:
        f"results/{PUBLISHED}/polyglot_ko_parameters.csv",
    localrule: True
    resources:
        **SMALL,
    shell:
        recorded("analysis.parameter_counts --models {input.models} --out {output}")


rule polyglot_ko_claims:
    input:
        code=code("analysis.claims.check_korean_claims"),
        printed=ANALYSED.korean_print,
        parameters=f"results/{PUBLISHED}/polyglot_ko_parameters.csv",
    output:
        ledger=f"results/{PUBLISHED}/polyglot_ko_claims.csv",
        page=f"results/{PUBLISHED}/polyglot_ko_claims.md",
    localrule: True
    resources:
        **SMALL,
    params:
        folder=lambda wildcards, input: os.path.dirname(input.printed[0]),
    shell:
        recorded(
            "analysis.claims.check_korean_claims --published {params.folder} --parameters {input.parameters}"
            " --out {output.ledger}"
        )


rule scores:
    input:
        ANALYSED.of_students(f"{DESIGN.folder}/scores.csv"),
