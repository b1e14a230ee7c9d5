# Samples for human eyes: a page and a sheet for annotators of each teacher and language; filled sheets come back.
SAMPLE = "results/{study}/samples/{teacher}/{language}"
SAMPLED = sorted({(cell.teacher, cell.language) for cell in DESIGN.cells})
FILLED = f"annotations/{STUDY}"  # where people put filled sheets, under any name


rule sample_rows:
    input:
        code=code("sample_rows"),
        templates=TEMPLATES,
        data=of_samples(ROWS),
        judge=of_samples(f"{INTRINSIC}/judge.parquet"),
        fidelity=of_samples(f"{INTRINSIC}/fidelity.parquet"),
        perplexity=of_samples(f"{INTRINSIC}/perplexity-{{student_base}}.parquet"),
        contamination=of_samples(f"results/{{study}}/contamination/{DATA}.parquet"),
    output:
        page=report(
            f"{SAMPLE}.html",
            caption="../resources/captions/samples.rst",
            category="Samples",
            labels={"teacher": "{teacher}", "language": "{language}"},
        ),
        sheet=f"{SAMPLE}.csv",
        scores=f"{SAMPLE}.parquet",
    log:
        "results/{study}/logs/sample_rows/{teacher}/{language}.log",
    benchmark:
        "results/{study}/timings/sample_rows/{teacher}/{language}.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        job=job,
        name=lambda wildcards: shlex.quote(config["languages"][wildcards.language]["name"]),
        judge=config["intrinsic"]["judge"],
        base=lambda wildcards: sampled_cells(wildcards)[0].student_base,
        rows=config["samples"]["rows"],
        seed=config["seed"],
        out=SAMPLE,
    shell:
        recorded(
            "python scripts/sample_rows.py --data {input.data} --judge {input.judge} --fidelity {input.fidelity}"
            " --perplexity {input.perplexity} --contamination {input.contamination}"
            " --teacher {wildcards.teacher} --language {wildcards.language}"
            " --language-name {params.name} --judge-name {params.judge} --base {params.base} --rows {params.rows}"
            " --seed {params.seed} --templates resources/pages --out {params.out} &> {log}"
        )


rule agreement:
    input:
        code=code("agreement"),
        samples=[f"results/{STUDY}/samples/{teacher}/{language}.parquet" for teacher, language in SAMPLED],
        filled=sorted(str(path) for path in Path(FILLED).glob("*.csv")),
    output:
        table=f"results/{STUDY}/samples/agreement.csv",
        page=f"results/{STUDY}/samples/agreement.md",
    log:
        f"results/{STUDY}/logs/agreement.log",
    benchmark:
        f"results/{STUDY}/timings/agreement.tsv"
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        job=job,
        folder=FILLED,
        seed=config["seed"],
    shell:
        recorded(
            "python scripts/agreement.py --samples {input.samples} --folder {params.folder}"
            " --filled {input.filled} --seed {params.seed} --out {output.table} &> {log}"
        )
