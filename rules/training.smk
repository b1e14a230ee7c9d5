# Students: a student base fine-tuned on a data set; checkpoints are kept while it trains, so a killed job resumes.
WEIGHTS = f"{STUDENT_FOLDER}/model"


rule train:
    input:
        code=code("training.train"),
        launch=files_below("resources/accelerate"),
        rows=ROWS,
        base=VIEW.base_model,
    output:
        model=directory(WEIGHTS) if config["students"]["keep"] else temp(directory(WEIGHTS)),
        log=f"{STUDENT_FOLDER}/log.jsonl",
        summary=f"{STUDENT_FOLDER}/training.json",
        speed=f"{STUDENT_FOLDER}/training_speed.json",
    resources:
        **VIEW.trained("train"),
    params:
        launcher=VIEW.launcher,
        settings=lambda wildcards: text(DESIGN.training(wildcards.student_base)),
        checkpoints=f"{STUDENT_FOLDER}/checkpoints",
        seed=VIEW.training_seed,
    shell:
        recorded(
            "training.train --base {input.base} --data {input.rows} --settings {params.settings} --seed {params.seed}"
            " --out {output.model} --log {output.log} --summary {output.summary} --speed {output.speed}"
            " --checkpoints {params.checkpoints} --retries {resources.retried}",
            launcher="{params.launcher}",
        )


rule plot_loss:
    input:
        code=code("training.plot_loss"),
        log=f"{STUDENT_FOLDER}/log.jsonl",
    output:
        report(
            f"{STUDENT_FOLDER}/loss.png",
            caption="../resources/captions/loss.rst",
            category="Students",
            labels={
                "base": "{student_base}",
                "teacher": "{teacher}",
                "language": "{language}",
                "data": "{recipe}-{size}",
                "trial": "{trial}",
            },
        ),
    resources:
        **growing(1000, 10),
    params:
        title="{student_base} on {teacher} {language}",
    shell:
        recorded("training.plot_loss --log {input.log} --out {output} --title {params.title:q}")


# Declares no output, so that it runs whenever it is asked, and no student as input, for that would train it first.
rule drop_students:
    input:
        code=code("training.drop_students"),
    localrule: True
    resources:
        **SMALL,
    params:
        results=DESIGN.folder,
    shell:
        "python -m polyglot.training.drop_students --results {params.results} 2>&1 | tee {log}"


rule students:
    input:
        # what is asked for by name stays, and weights that are gone are trained again: nothing else asks for them here
        weights=VIEW.cells_of(WEIGHTS),
        trained=VIEW.cells_of(f"{STUDENT_FOLDER}/training.json") + VIEW.cells_of(f"{STUDENT_FOLDER}/loss.png"),
