# Raw prompts: one table a source, wrong-language and empty rows kept aside with their reasons.


rule fetch_seeds:
    input:
        **VIEW.adapter("sources"),
        code=code("seeds.fetch_seeds"),
        dataset=VIEW.source_dataset,
    output:
        seeds=f"{FOLDER}/seeds/{{source}}.parquet",
        rejected=f"{FOLDER}/seeds/{{source}}.rejected.parquet",
        counts=f"{FOLDER}/seeds/{{source}}.counts.json",
    resources:
        **growing(4000, 180),
    params:
        adapter=lambda wildcards: VIEW.source(wildcards)["adapter"],
        languages=lambda wildcards: VIEW.source(wildcards)["languages"],
        options=VIEW.source_options,
        dataset=lambda wildcards, input: f"--dataset {input.dataset}" if input.dataset else "",
        rows=VIEW.sampled_rows,
        share=lambda wildcards: DESIGN.held_out_share(wildcards.source),
        seed=config["seed"],
    shell:
        recorded(
            "seeds.fetch_seeds --source {wildcards.source} --adapter {params.adapter} --options {params.options}"
            " --languages {params.languages} --resources resources {params.dataset} {params.rows}"
            " --benchmark-share {params.share} --seed {params.seed} --out {output.seeds}"
        )


rule seeds:
    input:
        expand(f"{FOLDER}/seeds/{{source}}.parquet", study=STUDY, source=DESIGN.sources),
