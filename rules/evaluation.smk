# Evaluation: one engine load answers all tasks of a model in a language; every record is kept.


EVALUATED_MODEL = "results/{study}/evaluations/models/{model}/{language}"
EVALUATED_STUDENT = f"results/{{study}}/evaluations/students/{STUDENT}"
EVALUATE = (
    "python scripts/evaluate.py --model {input.model} --name {params.name}"
    " --language {wildcards.language} --benchmarks {params.benchmarks} --tasks resources/tasks"
    " --dtype {params.dtype} --max-model-len {params.max_model_len} --gpus {resources.gpu}"
    " --seed {params.seed} --out {params.out} &> {log}"
)


rule evaluate_model:
    input:
        code=code("evaluate"),
        tasks=files_below("resources/tasks"),
        rows=lambda wildcards: DESIGN.task_files(wildcards.language),
        model="results/{study}/models/{model}",
    output:
        scores=[f"{EVALUATED_MODEL}/{name}.json" for name in DESIGN.benchmarks],
        samples=[f"{EVALUATED_MODEL}/{name}.samples.jsonl" for name in DESIGN.benchmarks],
    log:
        "results/{study}/logs/evaluate_model/{model}/{language}.log",
    benchmark:
        "results/{study}/timings/evaluate_model/{model}/{language}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=lambda wildcards: gpus(DESIGN.size_b(wildcards.model), config["evaluation"]["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.size_b(wildcards.model), config["evaluation"]["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        name="{model}",
        benchmarks=lambda wildcards: text(DESIGN.tasks(wildcards.language)),
        dtype=config["evaluation"]["dtype"],
        max_model_len=config["evaluation"]["max_model_len"],
        seed=config["seed"],
        out=EVALUATED_MODEL,
    shell:
        recorded(EVALUATE)


rule evaluate_student:
    input:
        code=code("evaluate"),
        tasks=files_below("resources/tasks"),
        rows=lambda wildcards: DESIGN.task_files(wildcards.language),
        model=f"{STUDENT_FOLDER}/model",
    output:
        scores=[f"{EVALUATED_STUDENT}/{name}.json" for name in DESIGN.benchmarks],
        samples=[f"{EVALUATED_STUDENT}/{name}.samples.jsonl" for name in DESIGN.benchmarks],
    log:
        f"results/{{study}}/logs/evaluate_student/{STUDENT}.log",
    benchmark:
        f"results/{{study}}/timings/evaluate_student/{STUDENT}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        gpu=lambda wildcards: gpus(DESIGN.base_size_b(wildcards.student_base), config["evaluation"]["dtype"]),
        mem_mb=lambda wildcards, attempt: sizing.serving_memory_mb(
            DESIGN.base_size_b(wildcards.student_base), config["evaluation"]["dtype"], attempt
        ),
        runtime=lambda wildcards, attempt: sizing.minutes(60, attempt),
    params:
        job=job,
        name=STUDENT,
        benchmarks=lambda wildcards: text(DESIGN.tasks(wildcards.language)),
        dtype=config["evaluation"]["dtype"],
        max_model_len=config["evaluation"]["max_model_len"],
        seed=config["seed"],
        out=EVALUATED_STUDENT,
    shell:
        recorded(EVALUATE)
