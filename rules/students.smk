# Students: a student base fine-tuned on a data set; checkpoints are kept while it trains, so a killed job resumes.
STUDENT_FOLDER = f"results/{{study}}/students/{STUDENT}"


rule train:
    input:
        code=code("train"),
        launch=files_below("resources/accelerate"),
        rows=ROWS,
        base=lambda wildcards: DESIGN.base_folder(wildcards.student_base),
    output:
        model=directory(f"{STUDENT_FOLDER}/model"),
        log=f"{STUDENT_FOLDER}/log.jsonl",
        summary=f"{STUDENT_FOLDER}/training.json",
        speed=f"{STUDENT_FOLDER}/training_speed.json",
    log:
        f"results/{{study}}/logs/train/{STUDENT}.log",
    benchmark:
        f"results/{{study}}/timings/train/{STUDENT}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=lambda wildcards: gpus_to_train(wildcards.student_base),
        mem_mb=lambda wildcards, attempt: sizing.training_memory_mb(
            DESIGN.base_size_b(wildcards.student_base), DESIGN.training(wildcards.student_base)["method"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(360, attempt),
    params:
        job=job,
        launch=launch,
        settings=lambda wildcards: text(DESIGN.training(wildcards.student_base)),
        checkpoints=f"{STUDENT_FOLDER}/checkpoints",
        seed=lambda wildcards: derive_seed(config["seed"], "train", wildcards.trial),
    shell:
        recorded(
            "accelerate launch --quiet {params.launch} --num_machines 1 --mixed_precision no"
            " --dynamo_backend no --num_cpu_threads_per_process {threads} scripts/train.py --base {input.base}"
            " --data {input.rows} --settings {params.settings} --seed {params.seed} --out {output.model}"
            " --log {output.log} --summary {output.summary} --speed {output.speed}"
            " --checkpoints {params.checkpoints} &> {log}"
        )


rule plot_loss:
    input:
        code=code("plot_loss"),
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
    log:
        f"results/{{study}}/logs/plot_loss/{STUDENT}.log",
    benchmark:
        f"results/{{study}}/timings/plot_loss/{STUDENT}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: sizing.memory_mb(1000, attempt),
        runtime=lambda wildcards, attempt: sizing.minutes(10, attempt),
    params:
        job=job,
    shell:
        recorded(
            "python scripts/plot_loss.py --log {input.log} --out {output}"
            " --title '{wildcards.student_base} on {wildcards.teacher} {wildcards.language}' &> {log}"
        )


# Declares no output, so that it runs whenever it is asked, and no student as input, for that would train it first.
rule drop_students:
    input:
        code=code("drop_students"),
    log:
        f"{DESIGN.folder}/logs/drop_students.log",
    benchmark:
        f"{DESIGN.folder}/timings/drop_students.tsv"
    localrule: True
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        results=DESIGN.folder,
    shell:
        "python scripts/drop_students.py --results {params.results} 2>&1 | tee {log}"
