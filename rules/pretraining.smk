# Base models of one language: corpora cleaned and told apart, tokenizers, models.
CORPUS = f"{FOLDER}/corpora/{{corpus}}"


rule clean_corpus:
    input:
        code=code("pretraining.clean_corpus"),
        adapter=CORPUS_VIEW.adapter,
        place=CORPUS_VIEW.place,
        words=CORPUS_VIEW.words,
    output:
        texts=f"{CORPUS}/cleaned/{{shard}}.parquet",
        rejected=f"{CORPUS}/cleaned/{{shard}}.rejected.parquet",
        counts=f"{CORPUS}/cleaned/{{shard}}.counts.json",
    resources:
        **growing(4000, 240),
    params:
        adapter=lambda wildcards: CORPUS_VIEW.corpus(wildcards)["adapter"],
        options=CORPUS_VIEW.options,
        place=lambda wildcards, input: option("--place", input.place),
        language=lambda wildcards: CORPUS_VIEW.language(wildcards),
        words=lambda wildcards, input: option("--words", input.words),
        cleaning=text(config["cleaning"]),
        shard=lambda wildcards: int(wildcards.shard),
        shards=lambda wildcards: CORPUS_VIEW.corpus(wildcards)["shards"],
    shell:
        recorded(
            "pretraining.clean_corpus --corpus {wildcards.corpus} --adapter {params.adapter} --options {params.options}"
            " {params.place} --language {params.language} {params.words} --cleaning {params.cleaning}"
            " --shard {params.shard} --shards {params.shards} --out {output.texts}"
        )


rule sign_texts:
    input:
        code=code("pretraining.sign_texts"),
        texts=f"{CORPUS}/cleaned/{{shard}}.parquet",
    output:
        f"{CORPUS}/signatures/{{shard}}.parquet",
    resources:
        **growing(4000, 120),
    params:
        signature=CORPUS_VIEW.signature("words", "bands", "rows"),
    shell:
        recorded("pretraining.sign_texts --texts {input.texts} {params.signature} --out {output}")


rule find_duplicates:
    input:
        code=code("pretraining.find_duplicates"),
        signatures=CORPUS_VIEW.signatures,
    output:
        f"{CORPUS}/near_duplicates.parquet",
    resources:
        **growing(4000, 240),
    params:
        signature=CORPUS_VIEW.signature("bands", "rows"),
        limit=config["cleaning"]["near_duplicates"]["similarity"],
    shell:
        recorded(
            "pretraining.find_duplicates --signatures {input.signatures} {params.signature} --limit {params.limit}"
            " --out {output}"
        )


rule keep_texts:
    input:
        code=code("pretraining.keep_texts"),
        texts=f"{CORPUS}/cleaned/{{shard}}.parquet",
        duplicates=f"{CORPUS}/near_duplicates.parquet",
        benchmarks=lambda wildcards: list(CORPUS_VIEW.benchmarks(wildcards).values()),
    output:
        texts=f"{CORPUS}/kept/{{shard}}.parquet",
        rejected=f"{CORPUS}/kept/{{shard}}.rejected.parquet",
        counts=f"{CORPUS}/kept/{{shard}}.counts.json",
    resources:
        **growing(4000, 120),
    params:
        benchmarks=lambda wildcards: text(CORPUS_VIEW.benchmarks(wildcards)),
        passages=lambda wildcards: VIEW.passages_of(CORPUS_VIEW.language(wildcards)),
        item_share=config["contamination"]["item_share"],
    shell:
        recorded(
            "pretraining.keep_texts --texts {input.texts} --duplicates {input.duplicates}"
            " --benchmarks {params.benchmarks} {params.passages} --item-share {params.item_share} --out {output.texts}"
        )


rule train_tokenizer:
    input:
        code=code("pretraining.train_tokenizer"),
        texts=CORPUS_VIEW.learned,
    output:
        folder=directory(f"{FOLDER}/tokenizers/{{tokenizer}}"),
        counts=f"{FOLDER}/tokenizers/{{tokenizer}}.json",
    resources:
        **growing(8000, 480),
    params:
        settings=lambda wildcards: text(config["tokenizers"][wildcards.tokenizer]),
        held_out_percent=lambda wildcards: config["pretraining"]["held_out_percent"],
    shell:
        recorded(
            "pretraining.train_tokenizer --texts {input.texts} --settings {params.settings}"
            " --held-out-percent {params.held_out_percent} --counts {output.counts} --out {output.folder}"
        )


rule corpora:
    input:
        CORPUS_VIEW.kept(CORPUS_VIEW.compared),


rule tokenizers:
    input:
        [f"{DESIGN.folder}/tables/polyglot_ko_{name}.md" for name in CORPUS_TABLES],


TOKENS = f"{FOLDER}/tokens/{{tokenizer}}/{{corpus}}/{{shard}}"
PRETRAINED = f"{FOLDER}/pretrained/{{run}}"


rule tokenise:
    input:
        code=code("pretraining.tokenise"),
        documents=f"{CORPUS}/kept/{{shard}}.parquet",
        tokenizer=f"{FOLDER}/tokenizers/{{tokenizer}}",
    output:
        train=f"{TOKENS}.train.bin",
        held_out=f"{TOKENS}.held_out.bin",
        counts=f"{TOKENS}.counts.json",
    resources:
        **growing(8000, 240),
    params:
        held_out_percent=config["pretraining"]["held_out_percent"],
    shell:
        recorded(
            "pretraining.tokenise --documents {input.documents} --tokenizer {input.tokenizer}"
            " --held-out-percent {params.held_out_percent} --train {output.train} --held-out {output.held_out}"
            " --counts {output.counts}"
        )


rule pretrain:
    input:
        code=code("pretraining.pretrain"),
        launch=files_below("resources/accelerate"),
        tokenizer=lambda wildcards: f"{FOLDER}/tokenizers/{PRETRAINING.run(wildcards)['tokenizer']}",
        tokens=PRETRAINING.parts,
        counts=PRETRAINING.counts,
    output:
        model=directory(f"{PRETRAINED}/model"),
        log=f"{PRETRAINED}/log.jsonl",
        summary=f"{PRETRAINED}/pretraining.json",
        speed=f"{PRETRAINED}/pretraining_speed.json",
    wildcard_constraints:
        run=any_of(set(PRETRAINING.runs) - set(PRETRAINING.on_nodes())),
    resources:
        **PRETRAINING.resources(),
    params:
        launcher=VIEW.launcher,
        settings=PRETRAINING.settings,
        checkpoints=f"{PRETRAINED}/checkpoints",
        seed=PRETRAINING.seed,
    shell:
        recorded(
            "pretraining.pretrain --tokenizer {input.tokenizer} --tokens {input.counts} --settings {params.settings}"
            " --seed {params.seed} --out {output.model} --log {output.log} --summary {output.summary}"
            " --speed {output.speed} --checkpoints {params.checkpoints} --retries {resources.retried}",
            launcher="{params.launcher}",
        )


use rule pretrain as pretrain_on_nodes with:
    wildcard_constraints:
        run=any_of(PRETRAINING.on_nodes()),
    resources:
        **PRETRAINING.resources_on_nodes(),
    params:
        launcher=PRETRAINING.launcher_on_nodes,
        settings=PRETRAINING.settings,
        checkpoints=f"{PRETRAINED}/checkpoints",
        seed=PRETRAINING.seed,


rule pretrained_model:
    input:
        code=code("hub.pretrained_model"),
        trained=PRETRAINING.trained,
        template=PRETRAINING.template,
    output:
        directory(f"{FOLDER}/models/{{model}}"),
    wildcard_constraints:
        model=any_of(PRETRAINING.models),
    resources:
        **VIEW.fetched(2000),
    params:
        name="{model}",
    shell:
        recorded(
            "hub.pretrained_model --trained {input.trained} --name {params.name} --chat-template {input.template}"
            " --out {output}"
        )


rule plot_pretraining:
    input:
        code=code("training.plot_loss"),
        log=f"{PRETRAINED}/log.jsonl",
    output:
        report(
            f"{PRETRAINED}/loss.png",
            caption="../resources/captions/pretraining_loss.rst",
            category="Polyglot-Ko",
            labels={"shows": "training loss", "run": "{run}"},
        ),
    resources:
        **growing(1000, 10),
    params:
        title="{run}",
    shell:
        recorded("training.plot_loss --log {input.log} --out {output} --title {params.title:q}")


rule pretrained:
    input:
        expand(f"{FOLDER}/models/{{model}}", model=PRETRAINING.models),
        expand(f"{PRETRAINED}/loss.png", run=PRETRAINING.runs),
