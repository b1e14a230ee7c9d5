"""What a run of Snakemake says at its end, and in place of the command of a job that fails: the error line of its log.

Snakemake's own log in .snakemake/log keeps everything.
"""

import logging
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from polyglot.core.texts import printable
from polyglot.study.running import FULL

LONGEST = 500  # characters of an error line that are shown
LAST = 2**16  # bytes at a log's end in which its last line is looked for
STREAM = "DefaultStreamHandler"  # Snakemake's name of what writes to the terminal
# of Snakemake: the command of a job that failed, words on an end that has its own line here
BESIDES = re.compile(
    r"RuleException:\s+CalledProcessError in file|WorkflowError:\s+At least one job did not complete successfully"
    r"|Exiting because a job execution failed|Shutting down, this might take some time|Terminating processes on user"
    r"|Removing output files of failed job|Complete log\(s\): |Elapsed time: "
    r"|Will exit after finishing currently running jobs"
)
SELECTING = "Select jobs to execute"
FOLLOWED = ("job_info", "job_started", "job_finished", "progress")  # what the line of progress says
RAISED = re.compile(
    r"(?:\[\w+\]: ?)?((?:\w+\.)*\w*(?:Error|Exception)\b.*)"
)  # after the number of a process, where it has one
UNKNOWN = re.compile(r"MissingRuleException:\s+No rule to produce (\S+)")


class Failures(logging.Handler):
    """The jobs of a run that failed, and did not succeed in another try: number → line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, str] = {}
        self.interrupted = self.terminated = False
        self.start = ""  # of each message: what empties the line of progress, where there is one

    def shorten(self, logger: logging.Logger, meant: Callable[[str], str]) -> None:
        """Shorten what Snakemake's `logger` writes to the terminal; `meant` has the line for an unknown target."""
        for handler in logger.handlers:
            if handler.name == STREAM and handler.formatter:
                own = getattr(handler.formatter, "own", handler.formatter)  # parsed once more in this process
                handler.setFormatter(Short(own, self, meant))

    def watch(self, logger: logging.Logger, start: str) -> None:
        """Gather the jobs that fail from now on; `start` empties the line of progress, where there is one."""
        self.start = start
        for handler in logger.handlers:
            if start and handler.name == STREAM:
                handler.addFilter(lambda record: getattr(record, "event", None) not in FOLLOWED)
        logger.addHandler(self)
        signal.signal(signal.SIGINT, self.interrupt)
        finish = signal.getsignal(signal.SIGTERM)  # Snakemake's: it ends the run when the jobs that run have ended
        if callable(finish):
            signal.signal(signal.SIGTERM, lambda number, frame: self.terminate(number, finish))

    def emit(self, record: logging.LogRecord) -> None:
        """Take down a failed job; forget it when it has succeeded."""
        event = getattr(record, "event", None)
        if event == "job_error" and not self.interrupted:
            self.lines[record.jobid] = failure(record.rule_name, record.log)
        if event == "job_finished":
            self.lines.pop(record.job_id, None)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C: jobs end because of it, not by a fault of their own. Another one while they do changes nothing."""
        if not self.interrupted:
            self.interrupted = True
            signal.default_int_handler(number, frame)

    def terminate(self, number: int, finish: Callable[[int, None], Any]) -> None:
        """SIGTERM: start no more jobs and end after those that run, which is what `finish` does.

        In a thread of its own: `finish` takes a lock of the scheduler. In the main thread it would wait for ever
        for the code that the signal interrupted, if that holds it.
        """
        if not self.terminated:
            self.terminated = True
            threading.Thread(target=self.finish, args=(number, finish), daemon=True).start()

    def finish(self, number: int, finish: Callable[[int, None], Any]) -> None:
        """Tell what a SIGTERM does, and have it done."""
        line = "asked to end: no other job begins, and the run ends after those that run; Ctrl-C ends them too"
        print(f"{self.start}{line}", file=sys.stderr)
        finish(number, None)


class Short(logging.Formatter):
    """Snakemake's messages, with one line for a job that failed and for a target that no rule makes."""

    def __init__(self, own: logging.Formatter, failures: Failures, meant: Callable[[str], str]) -> None:
        super().__init__()
        self.own, self.failures, self.meant = own, failures, meant

    def format(self, record: logging.LogRecord) -> str:
        """A message as Snakemake's formatter has it; empty, which is not written, where the end says it shorter."""
        if getattr(record, "event", None) == "job_error":
            return "" if self.failures.interrupted else self.failures.start + failure(record.rule_name, record.log)
        message = self.own.format(record)
        if unknown := UNKNOWN.match(message):
            return f"{message.rstrip()}\n{self.meant(unknown[1])}"
        if BESIDES.match(message.strip()) or (self.failures.start and message.startswith(SELECTING)):
            return ""
        return self.failures.start + message


def failure(rule: str, logs: Iterable[str]) -> str:
    """A failed job in one line: its rule, the error line of its first log, and where that lies."""
    paths = [Path(log) for log in logs]
    line = next(filter(None, map(error_line, paths)), "") or unsaid(paths)
    return f"error: {rule}: {line}" + (f" ({paths[0]})" if paths else "")


def error_line(log: Path) -> str:
    """The last error line of a log, or else its last exception or its last line; empty where it has none."""
    try:
        with open(log, "rb") as file:
            file.seek(max(log.stat().st_size - LAST, 0))
            lines = [printable(line) for line in file.read().decode("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    raised = [match[1] for match in map(RAISED.match, lines) if match]  # a bar of progress may come after it
    return next(filter(None, reversed(errors or raised or lines)), "")[:LONGEST]


def unsaid(logs: Iterable[Path]) -> str:
    """Why a job may have ended without a word."""
    for folder in {parent for log in logs for parent in log.parents if parent.is_dir()}:
        if shutil.disk_usage(folder).free < FULL:
            return f"no space left on device: the disk of {folder} is full; free some and run the same command again"
    return "ended without a message, as a program does that is killed, for its memory or by hand"


def ending(failures: Failures, log: Iterable[str]) -> str:
    """The last lines of a run that did not make everything: what failed, and how to go on."""
    lines = list(failures.lines.values())
    failed = f"{len(lines)} job{'s' * (len(lines) > 1)} failed"
    stopped = "ended as asked" if failures.terminated else "stopped before all was made"
    why = failed if lines else "interrupted" if failures.interrupted else stopped
    place = "".join(f"; Snakemake's log: {path}" for path in log)
    return failures.start + "\n".join([*lines, f"{why}; the same command carries on from what is finished{place}"])


def made(targets: Iterable[Any], jobs: Iterable[Any]) -> str:
    """The last line of a run that made everything: the few files that were asked for, or the folders of its studies.

    Empty for rules that make no file.
    """
    files = sorted(map(str, targets))
    if not 0 < len(files) <= 3:
        outputs = (Path(str(file)).parts for job in jobs for file in job.output)
        files = sorted({"/".join(parts[:2]) for parts in outputs if parts[0] in ("results", "paper_figures")})
    return f"made: {', '.join(files)}" if files else ""
