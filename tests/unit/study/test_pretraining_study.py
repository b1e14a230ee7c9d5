"""Studies that pretrain a base: the four printed sizes, what they take, where they run, and what is refused."""

import copy
import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.utils import update_config

from polyglot.core.errors import InputError
from polyglot.pretraining.pretraining_settings import architecture, parameters, parse_settings
from polyglot.study.config import validate
from polyglot.study.corpus_views import CorpusViews
from polyglot.study.design import Design
from polyglot.study.disk import pretraining_disk
from polyglot.study.graph import Job
from polyglot.study.plan import pretraining
from polyglot.study.pretraining_views import PretrainingViews
from polyglot.study.schedule import planned
from polyglot.study.site import read_site
from polyglot.study.views import Views
from polyglot.study.work import Estimates

# counted from the architectures: the printed 12,898,631,680 counts what each of 4 tensor-parallel ranks holds
PARAMETERS = {
    "ko-1.3b": 1_331_810_304,
    "ko-3.8b": 3_809_974_272,
    "ko-5.8b": 5_885_059_072,
    "ko-12.8b": 12_893_603_840,
}


def merged(study):
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    update_config(config, yaml.safe_load(Path(f"studies/{study}.yaml").read_text(encoding="utf-8")))
    return config


def views(config):
    return PretrainingViews(Views(Design(config), read_site(Path("no-such-site.yaml"))), CorpusViews(config))


def of_run(name):
    return SimpleNamespace(run=name, items=lambda: [("run", name)])


def launched(words):
    """The options that accelerate gives to the launcher of torch on each node."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_multi_gpu_env

    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args(words))
    assert prepare_multi_gpu_env(arguments)["FSDP_STATE_DICT_TYPE"] == "SHARDED_STATE_DICT"
    return arguments


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_four_sizes_have_the_parameters_of_their_architectures(name):
    import torch
    from transformers import GPTNeoXForCausalLM

    settings = parse_settings(json.loads(shlex.split(views(merged("polyglot_ko")).settings(of_run(name)))[0]))
    with torch.device("meta"):
        model = GPTNeoXForCausalLM(architecture(settings, vocabulary=30_003, end_of_text=0))
    assert sum(weight.numel() for weight in model.parameters()) == PARAMETERS[name]
    assert parameters(settings.layers, settings.width, 30_080) == PARAMETERS[name]
    assert model.config.rope_parameters["partial_rotary_factor"] * model.config.hidden_size == 64 * settings.heads
    assert (settings.beta1, settings.beta2, settings.weight_decay, settings.clip) == (0.9, 0.95, 0.1, 1.0)
    assert (settings.final_rate, settings.warmup, settings.context) == (0.1, 0.01, 2048)


def test_the_plan_of_the_four_sizes():
    """6 · parameters · tokens at 40 % of 989 · 10^12 a second, and 5 minutes of 64 cards to load."""
    config = merged("polyglot_ko")
    estimates = Estimates(Design(config))
    jobs = [Job("pretrain_on_nodes", "pretraining", {"run": name}, cards=64) for name in PARAMETERS]
    rows = {row["run"]: row for row in pretraining(planned(jobs, estimates))}
    assert {name: round(row["GPU-hours"]) for name, row in rows.items()} == {
        "ko-1.3b": 1200,
        "ko-3.8b": 3521,
        "ko-5.8b": 4270,
        "ko-12.8b": 9077,
    }
    disk = pretraining_disk(estimates)
    # weights and two moments of all four, 12 bytes a parameter, twice; 16-bit models
    assert disk["checkpoints while pretraining"] == pytest.approx(2 * 12 * 23.92, rel=1e-3)
    assert disk["pretrained models"] == pytest.approx(2 * 23.92, rel=1e-3)


def test_the_four_sizes_are_asked_kobest_as_the_report_asks_it():
    design = Design(merged("polyglot_ko"))
    asked = [task["benchmark"].split("-")[1:] for task in design.tasks("ko")]
    tasks = ("boolq", "copa", "hellaswag", "sentineg", "wic")
    assert asked == [[task, shots] for task in tasks for shots in ("0", "5", "10", "50")]
    assert all(task["fewer_shots"] for task in design.tasks("ko"))
    # 4,561 items of four options, asked with 250, 1,500 and, for 10 and 50 examples, the 2,048 tokens of a context
    work = Estimates(design).evaluation({"model": "ko-1.3b", "language": "ko"})
    assert work.read == 4_561 * 4 * (250 + 1_500 + 2_048 + 2_048)


def test_a_run_on_several_nodes_has_a_launcher_on_each_and_all_their_cards():
    own = views(merged("polyglot_ko"))
    wildcards, resources = of_run("ko-12.8b"), own.resources_on_nodes()
    assert own.on_nodes() == [*PARAMETERS]
    asked = {name: resources[name](wildcards) for name in ("nodes", "tasks", "gpu")} | {"mpi": resources["mpi"]}
    assert asked == {"nodes": 8, "tasks": 8, "gpu": 64, "mpi": "srun"}
    words = own.launcher_on_nodes(wildcards, 16, SimpleNamespace(gpu=64, nodes=8))
    words = words.replace("$(hostname)", "node1").replace("$((29500 + SLURM_JOB_ID % 1000))", "29507")
    starter, _, options = words.partition(" accelerate launch ")
    assert starter == "srun --nodes=8 --ntasks=8 --ntasks-per-node=1 --kill-on-bad-exit=1"
    launcher = launched([*options.split(), "-m", "program"])
    assert (launcher.rdzv_backend, launcher.rdzv_endpoint) == ("c10d", "node1:29507")
    assert (launcher.nnodes, launcher.nproc_per_node) == ("8", "8")


def test_cards_that_cannot_hold_a_run_are_named():
    config = merged("polyglot_ko")
    config["pretraining"]["runs"]["ko-12.8b"] |= {"nodes": 1, "sequences": 512, "sequences_at_once": 64}
    with pytest.raises(
        InputError, match=r"runs\.ko-12\.8b: 12\.8936 billion .* on each of 8 cards of 80 GB; raise nodes"
    ):
        views(config).cards(of_run("ko-12.8b"))


def test_runs_that_are_compared_read_the_same_bytes_and_nothing_else_differs():
    runs = merged("korean")["pretraining"]["runs"]
    morphemes, plain = (runs[name] | {"tokenizer": None} for name in ("ko-3m", "ko-3m-plain"))
    assert morphemes == plain and morphemes["bytes"] == 3_200_000
    tokenizers = merged("korean")["tokenizers"]
    assert [tokenizers[runs[name]["tokenizer"]]["morphemes"] for name in runs] == [True, False]


def test_a_study_without_students_needs_no_other_model_than_its_own():
    design = Design(merged("korean"))
    assert design.cells == [] and design.models == ["ko-3m", "ko-3m-plain"] and design.datasets == []


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"tokenizer": "nobody"}, "pretraining.runs.ko-3m.tokenizer: 'nobody' is unknown; allowed: ko-30k, ko-4k,"),
        ({"corpora": ["nobody"]}, "pretraining.runs.ko-3m.corpora: 'nobody' is unknown; allowed: korean-webtext,"),
        (
            {"heads": 4},
            "pretraining.runs.ko-3m.heads: 192 in 4 heads of 48; the engine for `device: cpu` reads heads of 32, 64",
        ),
        ({"heads": 5}, "pretraining.runs.ko-3m.heads: 192 in 5 heads with 32 rotary dimensions; choose a divisor"),
        ({"sequences": 6}, "sequences: 6 cannot be shared by 1 nodes in batches of 4; choose a multiple of both"),
        ({"bytes": 1000}, "pretraining.runs.ko-3m.bytes: 1000 are less than one update reads, 1024 tokens (context"),
        ({"context": 1}, "pretraining.runs.ko-3m.context: 1 is less than the minimum of 16"),
        ({"tokens": 5}, "pretraining.runs.ko-3m: needs exactly one of: tokens; bytes"),
    ],
)
def test_what_is_wrong_with_a_run_is_named(run, words):
    config = copy.deepcopy(merged("korean"))
    config["pretraining"]["runs"]["ko-3m"] |= run
    with pytest.raises(InputError) as caught:
        validate(config, Path("resources/schemas/config.schema.yaml"), Path("config.yaml"), [])
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_study_that_makes_nothing_is_refused_and_a_model_of_no_run(tmp_path):
    config = merged("korean")
    config["models"]["ko-3m"]["pretrained"] = "nobody"
    schema = Path("resources/schemas/config.schema.yaml")
    with pytest.raises(
        InputError, match=r"models\.ko-3m\.pretrained: 'nobody' is unknown; allowed: ko-3m, ko-3m-plain"
    ):
        validate(config, schema, Path("config.yaml"), [])
    config = merged("demo") | {"design": []}
    with pytest.raises(InputError, match=r"design: has no block, and pretraining\.runs no model; add one of them"):
        validate(config, schema, Path("config.yaml"), [])
