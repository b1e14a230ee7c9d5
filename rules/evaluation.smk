# Benchmarks as local items, the same for every model; one engine load answers all tasks of a model in a language, or in all
# languages of the study (`engine_load`).
EVALUATED_MODEL = [f"{FOLDER}/evaluations/models/{{model}}/{language}" for language in VIEW.languages_at_once]
EVALUATED_STUDENT = f"{FOLDER}/evaluations/students/{STUDENT}"
ITEMS = f"{FOLDER}/benchmarks/{{benchmark}}/{{language}}"


rule prepare_benchmark:
    input:
        **VIEW.adapter("benchmarks"),
        code=code("evaluation.prepare_benchmark"),
        seeds=VIEW.benchmark_seeds,
        datasets=VIEW.benchmark_datasets,
        documents=VIEW.benchmark_documents,
    output:
        rows=f"{ITEMS}.jsonl",
        shots=f"{ITEMS}.shots.jsonl",
        counts=f"{ITEMS}.counts.json",
    resources:
        **growing(2000, 30),
    params:
        adapter=lambda wildcards: VIEW.benchmark(wildcards)["adapter"],
        task=lambda wildcards: option("--task", VIEW.tasks(wildcards)),
        number=lambda wildcards: VIEW.benchmark(wildcards)["items"],
        shots=lambda wildcards: VIEW.benchmark(wildcards)["shots"],
        seeds=lambda wildcards, input: f"--seeds {input.seeds}" if input.seeds else "",
        datasets=lambda wildcards, input: f"--dataset {input.datasets}" if input.datasets else "",
        documents=VIEW.documents_options,
        seed=config["seed"],
    shell:
        recorded(
            "evaluation.prepare_benchmark --benchmark {wildcards.benchmark} --adapter {params.adapter}"
            " {params.task} --language {wildcards.language} --items {params.number} --shots {params.shots} {params.seeds}"
            " {params.datasets} {params.documents} --resources resources --seed {params.seed} --out {output.rows}"
        )


rule evaluate_model:
    input:
        code=code("evaluation.evaluate"),
        tasks=files_below("resources/tasks"),
        rows=VIEW.items_asked,
        model=f"{FOLDER}/models/{{model}}",
    output:
        scores=[f"{folder}/{name}.json" for folder in EVALUATED_MODEL for name in DESIGN.benchmarks],
        samples=[f"{folder}/{name}.samples.jsonl" for folder in EVALUATED_MODEL for name in DESIGN.benchmarks],
    resources:
        **VIEW.served("evaluate_model", VIEW.evaluated),
    params:
        name="{model}",
        languages=VIEW.languages_asked,
        benchmarks=VIEW.benchmarks_asked,
        dtype=config["evaluation"]["dtype"],
        max_model_len=config["evaluation"]["max_model_len"],
        seed=config["seed"],
        out=EVALUATED_MODEL,
    shell:
        recorded(
            "evaluation.evaluate --model {input.model} --name {params.name} --language {params.languages}"
            " --benchmarks {params.benchmarks} --tasks resources/tasks --dtype {params.dtype}"
            " --max-model-len {params.max_model_len} --gpus {resources.gpu} --seed {params.seed} --out {params.out}"
        )


use rule evaluate_model as evaluate_student with:
    input:
        code=code("evaluation.evaluate"),
        tasks=files_below("resources/tasks"),
        rows=VIEW.items_asked,
        model=WEIGHTS,
    output:
        scores=[f"{EVALUATED_STUDENT}/{name}.json" for name in DESIGN.benchmarks],
        samples=[f"{EVALUATED_STUDENT}/{name}.samples.jsonl" for name in DESIGN.benchmarks],
    priority: 1  # before the next training, as the weights go with it
    params:
        name=STUDENT,
        languages=VIEW.languages_asked,
        benchmarks=VIEW.benchmarks_asked,
        dtype=config["evaluation"]["dtype"],
        max_model_len=config["evaluation"]["max_model_len"],
        seed=config["seed"],
        out=EVALUATED_STUDENT,


rule evaluations:
    input:
        DESIGN.measured(DESIGN.cells),
        DESIGN.teacher_evaluations(),
        DESIGN.pretrained_evaluations(),
