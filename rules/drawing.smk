# Drawing: each figure from its CSV and its annotations alone, so that a colour recomputes nothing.


rule figure_01:
    input:
        code=code("figure_01"),
        data="paper_figures/{study}/figure_01.csv",
        annotations="results/{study}/figures/figure_01.json",
    output:
        pdf="paper_figures/{study}/figure_01.pdf",
        png=report(
            "paper_figures/{study}/figure_01.png",
            caption="../resources/captions/figure_01.rst",
            category="Figures",
            labels={"figure": "1", "shows": SHOWS["Figure 1"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_01.log",
    benchmark:
        "results/{study}/timings/figure_01.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_01.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_02:
    input:
        code=code("figure_02"),
        data="paper_figures/{study}/figure_02.csv",
        annotations="results/{study}/figures/figure_02.json",
    output:
        pdf="paper_figures/{study}/figure_02.pdf",
        png=report(
            "paper_figures/{study}/figure_02.png",
            caption="../resources/captions/figure_02.rst",
            category="Figures",
            labels={"figure": "2", "shows": SHOWS["Figure 2"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_02.log",
    benchmark:
        "results/{study}/timings/figure_02.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_02.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_03:
    input:
        code=code("figure_03"),
        data="paper_figures/{study}/figure_03.csv",
        annotations="results/{study}/figures/figure_03.json",
    output:
        pdf="paper_figures/{study}/figure_03.pdf",
        png=report(
            "paper_figures/{study}/figure_03.png",
            caption="../resources/captions/figure_03.rst",
            category="Figures",
            labels={"figure": "3", "shows": SHOWS["Figure 3"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_03.log",
    benchmark:
        "results/{study}/timings/figure_03.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_03.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_04:
    input:
        code=code("figure_04"),
        data="paper_figures/{study}/figure_04.csv",
        annotations="results/{study}/figures/figure_04.json",
    output:
        pdf="paper_figures/{study}/figure_04.pdf",
        png=report(
            "paper_figures/{study}/figure_04.png",
            caption="../resources/captions/figure_04.rst",
            category="Figures",
            labels={"figure": "4", "shows": SHOWS["Figure 4"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_04.log",
    benchmark:
        "results/{study}/timings/figure_04.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_04.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_05:
    input:
        code=code("figure_05"),
        data="paper_figures/{study}/figure_05.csv",
        annotations="results/{study}/figures/figure_05.json",
    output:
        pdf="paper_figures/{study}/figure_05.pdf",
        png=report(
            "paper_figures/{study}/figure_05.png",
            caption="../resources/captions/figure_05.rst",
            category="Figures",
            labels={"figure": "5", "shows": SHOWS["Figure 5"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_05.log",
    benchmark:
        "results/{study}/timings/figure_05.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_05.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_06:
    input:
        code=code("figure_06"),
        data="paper_figures/{study}/figure_06.csv",
        annotations="results/{study}/figures/figure_06.json",
    output:
        pdf="paper_figures/{study}/figure_06.pdf",
        png=report(
            "paper_figures/{study}/figure_06.png",
            caption="../resources/captions/figure_06.rst",
            category="Figures",
            labels={"figure": "6", "shows": SHOWS["Figure 6"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_06.log",
    benchmark:
        "results/{study}/timings/figure_06.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_06.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_07:
    input:
        code=code("figure_07"),
        data="paper_figures/{study}/figure_07.csv",
        annotations="results/{study}/figures/figure_07.json",
    output:
        pdf="paper_figures/{study}/figure_07.pdf",
        png=report(
            "paper_figures/{study}/figure_07.png",
            caption="../resources/captions/figure_07.rst",
            category="Figures",
            labels={"figure": "7", "shows": SHOWS["Figure 7"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_07.log",
    benchmark:
        "results/{study}/timings/figure_07.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_07.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_08:
    input:
        code=code("figure_08"),
        data="paper_figures/{study}/figure_08.csv",
        annotations="results/{study}/figures/figure_08.json",
    output:
        pdf="paper_figures/{study}/figure_08.pdf",
        png=report(
            "paper_figures/{study}/figure_08.png",
            caption="../resources/captions/figure_08.rst",
            category="Figures",
            labels={"figure": "8", "shows": SHOWS["Figure 8"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_08.log",
    benchmark:
        "results/{study}/timings/figure_08.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_08.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )


rule figure_09:
    input:
        code=code("figure_09"),
        data="paper_figures/{study}/figure_09.csv",
        annotations="results/{study}/figures/figure_09.json",
    output:
        pdf="paper_figures/{study}/figure_09.pdf",
        png=report(
            "paper_figures/{study}/figure_09.png",
            caption="../resources/captions/figure_09.rst",
            category="Figures",
            labels={"figure": "9", "shows": SHOWS["Figure 9"], "study": "{study}"},
        ),
    log:
        "results/{study}/logs/figure_09.log",
    benchmark:
        "results/{study}/timings/figure_09.tsv"
    wildcard_constraints:
        study=STUDIES,
    conda:
        ENV
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        job=job,
    shell:
        recorded(
            "python scripts/figure_09.py --data {input.data} --annotations {input.annotations}"
            " --pdf {output.pdf} --png {output.png} &> {log}"
        )
