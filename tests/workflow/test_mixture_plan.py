"""A mixture of teachers as Snakemake plans it: a data set and a student more, nothing written or scored again."""

import re

from tests.conftest import ROOT

PAGE = (ROOT / "docs/ablations.md").read_text(encoding="utf-8")
(MIXED,) = re.findall(r"^```yaml\n(# studies/mixed\.yaml\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_mixtures_of_the_page_take_rows_that_were_written_and_scored_for_its_teachers(snakemake, project):
    (project / "mixed.yaml").write_text(MIXED, encoding="utf-8")
    planned = snakemake("-n", "audit", "--configfile", "studies/test.yaml", "mixed.yaml")
    assert planned.returncode == 0, planned.stderr
    table = planned.stdout.partition("job ")[2].partition("total")[0]
    jobs = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    once = ["embed_rows", "judge_rows", "perplexity_rows", "mixture_leads", "ranking", "decide", "method_screen"]
    assert {name: jobs[name] for name in once} == dict.fromkeys(once, 1)
    assert jobs["generate"] == 2 * 2  # two teachers, two languages
    each = ["mix", "diversity", "judge", "perplexity", "fidelity", "length", "train", "evaluate_student", "sample_rows"]
    assert {name: jobs[name] for name in each} == dict.fromkeys(each, 5 * 2)  # and three mixtures
