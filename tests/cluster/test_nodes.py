"""A base is pretrained over two nodes as on one machine: `srun` starts a launcher on each, and they meet at the first.

Processes of the CPU pass for cards, as in tests/end_to_end/test_sharded_training.py; all else is what the rule starts.
"""

import json
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from polyglot.core.files import read_json, read_jsonl
from tests.conftest import ROOT
from tests.unit.pretraining.test_pretrain import command, corpus, pretrain  # noqa: F401
from tests.unit.study.test_pretraining_study import merged, of_run, views

# both nodes are this machine: the port at which the launchers meet is in use where the second looks too
ONE_MACHINE = """
from accelerate.utils import launch

launch.is_port_in_use = lambda port: False
"""
PROGRAM = """
import runpy

from tests.end_to_end.test_sharded_training import pass_for_card

pass_for_card()
runpy.run_module("polyglot.pretraining.pretrain", run_name="__main__", alter_sys=True)
"""


def losses(folder):
    lines = read_jsonl(folder / "log.jsonl")
    return [line[name] for line in lines for name in ("loss", "held_out_loss") if name in line]


def test_a_base_is_pretrained_over_two_nodes_as_on_one_machine(two_nodes, corpus, tmp_path):  # noqa: F811
    alone, spread = tmp_path / "alone", tmp_path / "spread"
    pretrain(corpus, alone)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "sitecustomize.py").write_text(ONE_MACHINE)
    asked = SimpleNamespace(gpu=2, nodes=2)
    launcher = views(merged("polyglot_ko")).launcher_on_nodes(of_run("ko-12.8b"), 1, asked)
    words = shlex.join([str(tmp_path / "program.py"), *command(corpus, spread)])
    paths = f"PATH={Path(sys.executable).parent}:$PATH PYTHONPATH={tmp_path}:{ROOT}:{ROOT}/scripts"
    (tmp_path / "job.sh").write_text(f"#!/bin/bash\nset -eu\nexport {paths}\ncd {ROOT}\n{launcher} {words}\n")
    asked_for = ("--wait", "--nodes=2", "--ntasks=2", "--mem=4000", f"--output={tmp_path}/said.txt")
    ended = two_nodes.ended("sbatch", *asked_for, str(tmp_path / "job.sh"))
    assert ended.returncode == 0, (tmp_path / "said.txt").read_text()[-5000:]
    assert read_json(spread / "pretraining.json")["processes"] == 2
    assert losses(spread) == pytest.approx(losses(alone), rel=1e-4)
    configs = [json.loads((folder / "model/config.json").read_text()) for folder in (alone, spread)]
    assert configs[0] == configs[1]
