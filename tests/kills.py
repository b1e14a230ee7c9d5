"""Runs that are killed at random moments, and whether what they end with is the same as without."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

# by Ctrl-C, which reaches every process; without a word, alone or with its jobs; as a machine that shuts down does it
WAYS = [(os.killpg, signal.SIGINT), (os.kill, signal.SIGKILL), (os.killpg, signal.SIGKILL), (os.killpg, signal.SIGTERM)]
PATIENCE = 60  # seconds until a machine that shuts down kills what has not ended
# what tells of a run rather than of its results, seconds among it
DIFFERENT = {"logs", "timings", "audit", "costs", "pages", "training_speed.json", "log.jsonl"}


def killed(command, project, number, seed, longest=0.5):
    """Run `command` in `project` until it ends, killed `number` times; returns what the last run said.

    Each kill comes up to `longest` seconds after one of the next four jobs that end, and before another one ends.
    """
    chance = random.Random(seed)
    ways = [WAYS[place % len(WAYS)] for place in range(number)]
    chance.shuffle(ways)
    for kill, way in ways:
        jobs = finished(project) + chance.randint(1, 4)
        with open(project / "said.txt", "w") as said:
            running = subprocess.Popen(command, cwd=project, stdout=said, stderr=said, start_new_session=True)
        while finished(project) < jobs:
            assert running.poll() is None, f"seed {seed}: {(project / 'said.txt').read_text()[-3000:]}"
            time.sleep(0.05)
        jobs, moment = finished(project), time.monotonic() + chance.uniform(0, longest)
        while time.monotonic() < moment and finished(project) == jobs:
            time.sleep(0.05)
        kill(running.pid, way)
        try:
            running.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # a job that had just begun when SIGTERM came is waited for
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


def finished(project):
    """Jobs of a study that have ended, by the timings that they leave."""
    return sum(1 for _ in project.glob("results/*/timings/**/*.tsv"))


def differences(first, second, *folders):
    """Files below `folders` of two projects that only one has, or that differ."""

    def files(project):
        paths = (path for folder in folders for path in Path(project, folder).rglob("*") if path.is_file())
        return {path.relative_to(project): path for path in paths if not DIFFERENT & {*path.parts}}

    own, other = files(first), files(second)
    return sorted(
        str(path)
        for path in {*own, *other}
        if path not in own or path not in other or own[path].read_bytes() != other[path].read_bytes()
    )
