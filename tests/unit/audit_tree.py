"""A small study, made by the recorder from tiny programs: what the audit's tests change, one thing at a time."""

import json
import os
import shutil
import subprocess
import sys

from polyglot.study.code import code
from tests.conftest import ROOT, program

STUDY = "test"
RESULTS = f"results/{STUDY}"
NAME = "ما هو\nالاسم 1.json"  # Arabic letters, a newline and a space
PROGRAM = """
import json, os, sys

wanted = json.loads(sys.argv[sys.argv.index("--files") + 1])  # takes "--seed" too
for path, content in wanted.items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if path.endswith(".parquet"):
        import pyarrow, pyarrow.parquet
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(content), path)
    else:
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(content if isinstance(content, str) else json.dumps(content))
print("done")
"""
SEEDS = [{"seed_id": f"s{n}", "prompt": f"¿Dónde está el libro {n}?"} for n in range(3)]
REQUESTS = [{"request_id": f"q{n}", "seed_ids": [f"s{n}"]} for n in range(3)]
ROWS = [
    {"row_id": f"r{n}", "request_id": f"q{n}", "seed_ids": [f"s{n}"], "prompt": f"Příklad {n}", "request_seed": 10 + n}
    for n in range(3)
]
COUNTS = {"seen": 3, "kept": 3, "rejected": {}}
SAMPLED = {"seen": 9, "kept": 3, "rejected": {"empty": 1, "sampled_out": 5}, "rejects_held": 1}
ITEMS = [{"item_id": str(n), "options": ["a", "b"], "answer": 0} for n in range(6)]
RECORDS = [
    {"item_id": str(n), "options": ["a", "b"], "loglikelihoods": [-1.0, -2.0 + n / 2], "prediction": n % 2}
    for n in range(6)
]
SCORES = (
    "student_base,teacher,language,recipe,size,trial,prompt_diversity,response_diversity,perplexity,judge_score,"
    "judge_invalid_rate,prompt_length,response_length,language_fidelity,culture,chat,math,student_score,"
    "student_score_se,base_score,reference_score,anchor_gap_se,anchor_valid,pgr,pgr_se,gain,gain_se,z_intrinsic,"
    "z_intrinsic_se,pg_score,pg_score_se,pg_score_gain,pg_score_gain_se,rows,rows_asked\n"
    "base,t,es,mix,3,1,0.5,0.5,9.0,3.0,0.0,5.0,6.0,1.0,0.5,,,0.5,0.1,0.4,0.6,0.02,true,0.5,,0.1,,0.0,,0.25,,0.1,,3,3\n"
)
MEASUREMENTS = (
    "student_base,teacher,language,recipe,size,trial,prompt_diversity,response_diversity,perplexity,judge_score,"
    "judge_invalid_rate,prompt_length,response_length,language_fidelity,culture,chat,math,student_score,"
    "student_score_se,base_score,base_score_se,reference_score,reference_score_se,pgr_reported,rows\n"
    "base,t,es,mix,3,1,0.5,0.5,9.0,3.0,0.0,5.0,6.0,1.0,0.5,,,0.5,0.1,0.4,0.01,0.6,0.01,,3\n"
)
EVALUATION = {"benchmark": "b", "language": "es", "metric": "accuracy", "score": 0.5, "se": 0.1, "n": 6}
JUDGE = {"rows": 3, "judge_invalid_rate": 0.0, "distinct_scores": 2, "valid": 3, "judge_score": 3.0}
JUDGE |= {"repeated_feedback": 0}
TRAINING = {"train_rows": 2, "held_out_rows": 1, "dropped_rows": 0}

DATA = f"{RESULTS}/data/t/es/mix-3/trial1"
SYNTHETIC = f"{RESULTS}/synthetic/t/es/generate/trial1"
INTRINSIC = f"{RESULTS}/intrinsic/t/es/mix-3/trial1"
STUDENT = f"{RESULTS}/students/base/t/es/mix-3/trial1"
EVALUATED = f"{RESULTS}/evaluations/students/base/t/es/mix-3/trial1"
BENCHMARK = f"{RESULTS}/benchmarks/b/es.jsonl"
FIGURE = f"paper_figures/{STUDY}/figure_02.csv"

# rule → what it reads, the files that it writes, which of them are declared by their folder
JOBS = {
    "fetch_seeds": (
        [],
        {
            f"{RESULTS}/seeds/s.parquet": SEEDS,
            f"{RESULTS}/seeds/s.rejected.parquet": [{"seed_id": "s9", "reason": "empty"}],
            f"{RESULTS}/seeds/s.counts.json": SAMPLED,
        },
    ),
    "select_requests": (
        [f"{RESULTS}/seeds/s.parquet"],
        {
            f"{RESULTS}/requests/es/generate.parquet": REQUESTS,
            f"{RESULTS}/requests/es/generate.counts.json": {**COUNTS, "requests": 3},
        },
    ),
    "generate": (
        [f"{RESULTS}/requests/es/generate.parquet"],
        {f"{SYNTHETIC}.parquet": ROWS, f"{SYNTHETIC}.counts.json": COUNTS},
    ),
    "mix": ([f"{SYNTHETIC}.parquet"], {f"{DATA}.parquet": ROWS, f"{DATA}.counts.json": COUNTS}),
    "judge": ([f"{DATA}.parquet"], {f"{INTRINSIC}/judge.json": JUDGE}),
    "train": (
        [f"{DATA}.parquet"],
        {
            f"{STUDENT}/model/{NAME}": "{}",
            f"{STUDENT}/model/model.safetensors": "weights",
            f"{STUDENT}/training.json": TRAINING,
        },
    ),
    "prepare_benchmark": ([], {BENCHMARK: "".join(json.dumps(item) + "\n" for item in ITEMS)}),
    "evaluate_student": (
        [f"{STUDENT}/model", BENCHMARK],
        {
            f"{EVALUATED}/b.json": EVALUATION,
            f"{EVALUATED}/b.samples.jsonl": "".join(json.dumps(item) + "\n" for item in RECORDS),
        },
    ),
    "collect": ([f"{EVALUATED}/b.json", f"{INTRINSIC}/judge.json"], {f"{RESULTS}/measurements.csv": MEASUREMENTS}),
    "score": ([f"{RESULTS}/measurements.csv"], {f"{RESULTS}/scores.csv": SCORES}),
    "figure_02_data": ([f"{RESULTS}/scores.csv"], {FIGURE: "row,column,value\nt,base,0.25\n"}),
}


def declared(paths):
    """Outputs as a rule declares them: a model by its folder."""
    return sorted({path.split("/model/")[0] + "/model" if "/model/" in path else path for path in paths})


def code_of(rule):
    """The file of a rule's program."""
    return f"scripts/polyglot/report/{rule}.py"


def write_program(project, rule):
    """Write the program of a rule."""
    (project / code_of(rule)).parent.mkdir(parents=True, exist_ok=True)
    (project / code_of(rule)).write_text(f"# {rule}\n{PROGRAM}", encoding="utf-8")


def run(project, rule, files, *, reads=(), options=("--seed", "7")):
    """Run a program that writes `files`, under the recorder; as Snakemake does, write its timing and marks after it."""
    code = code_of(rule)
    log = f"{RESULTS}/logs/{rule}.log"
    (project / log).parent.mkdir(parents=True, exist_ok=True)
    command = program("core.record", "--wildcards", '{"study": "test"}', "--threads", "1")
    command += ["--code", code, "--inputs", code, *reads, "--outputs", *declared(files), "--logs", log, "--"]
    command += [sys.executable, "-m", f"polyglot.report.{rule}", "--files", json.dumps(files), *options]
    with open(project / log, "w") as out:
        subprocess.run(command, cwd=project, check=True, stdout=out, stderr=subprocess.STDOUT)
    timing = project / f"{RESULTS}/timings/{rule}.tsv"
    timing.parent.mkdir(parents=True, exist_ok=True)
    timing.write_text("s\tmax_rss\n0.5\t20.0\n")
    for folder in declared(files):
        if (project / folder).is_dir():
            (project / folder / ".snakemake_timestamp").touch()


def manifest(project):
    """Put the manifest together, under the recorder."""
    log, out = f"{RESULTS}/logs/manifest.log", f"{RESULTS}/audit/manifest.jsonl"
    modules = code("audit.manifest")
    for path in modules:  # of the project under test
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, project / path)
    command = program("core.record", "--wildcards", '{"study": "test"}', "--threads", "1")
    command += ["--code", *modules, "--inputs", *modules, "--outputs", out, "--logs", log, "--"]
    command += program("audit.manifest", "--study", STUDY, "--out", out)
    with open(project / log, "w") as out:
        subprocess.run(command, cwd=project, check=True, stdout=out, stderr=subprocess.STDOUT)


def build(project):
    """Make the study in the folder `project`."""
    for rule, (reads, files) in JOBS.items():
        write_program(project, rule)
        run(project, rule, files, reads=reads)
    manifest(project)
    os.makedirs(project / "envs", exist_ok=True)
    (project / "envs/requirements-cpu.txt").write_text("no-such-package==1.0\n")
    return project
