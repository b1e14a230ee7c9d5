"""An audit's findings: severity, file, expectation, observation, and all downstream files."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from polyglot.audit.records import Trouble

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)

# kind → severity, and its meaning in a sentence
KINDS = {
    "changed": (ERROR, "a file is not what its rule wrote"),
    "missing": (ERROR, "a file that was written is not there"),
    "extra": (ERROR, "a file that no job's record names"),
    "link": (ERROR, "a link where a file was written: what it holds can be changed from elsewhere"),
    "unlisted": (ERROR, "a file that the manifest does not list: made after it, or put there"),
    "remade": (ERROR, "made again after the manifest, which speaks of what was there before"),
    "unreadable": (ERROR, "a file that cannot be read"),
    "broken_record": (ERROR, "a record that cannot be read, or is of another version of the project"),
    "broken_chain": (ERROR, "a manifest that is not the one its log of manifests was written for"),
    "signature": (ERROR, "a manifest that is not signed by who should have signed it"),
    "broken_line": (ERROR, "a line of the manifest that cannot be read, or says a file twice"),
    "stale_input": (ERROR, "made from inputs that have since changed"),
    "unseeded": (ERROR, "made with chance and no seed"),
    "schema": (ERROR, "a table or a result that is not as its schema has it"),
    "incomplete": (ERROR, "row counts that do not add up from one step to the next"),
    "unfounded": (ERROR, "a number that does not follow from what it rests on"),
    "repeated": (ERROR, "rows with the same id, or two data sets with the same bytes"),
    "judge_limit": (ERROR, "more invalid judge answers than the study allows"),
    "contamination_limit": (ERROR, "more of a data set is in a benchmark than the study allows"),
    "stale_code": (WARNING, "made by code, or with files that git tracks, that have since changed"),
    "other_versions": (WARNING, "made with other package versions than pinned"),
    "unfinished": (WARNING, "left by a job that did not end"),
    "invalid_anchor": (WARNING, "a reference that is not clearly better than its base: PGR has no meaning there"),
    "short_data": (
        WARNING,
        "fewer rows than asked: scores of the data set do not compare with those of whole ones",
    ),
    "invalid_judge": (WARNING, "judge answers that could not be read"),
    "contaminated": (WARNING, "training rows that share text with a benchmark"),
    "duplicate": (WARNING, "prompts that a data set holds more than once"),
    "degenerate": (WARNING, "an evaluation whose answers do not depend on its questions"),
    "uncommitted": (NOTE, "made from a working tree that git has no commit of"),
    "dropped": (
        NOTE,
        "a student's weights, deleted after an evaluation had read all of them as they were written",
    ),
    "replaced": (NOTE, "a manifest that replaces another, whose hash it holds"),
    "unheld": (NOTE, "what Snakemake itself writes of jobs after the manifest, as their timings: held to nothing"),
}


@dataclass(frozen=True)
class Finding:
    """One finding. `downstream` names every file that was made from the file, at any depth; `repair` is a command."""

    kind: str
    file: str
    expected: str
    seen: str
    downstream: tuple[str, ...] = ()
    repair: str = ""

    @property
    def severity(self) -> str:
        return KINDS[self.kind][0]

    def order(self) -> tuple:
        """Sort key: the gravest first."""
        return SEVERITIES.index(self.severity), list(KINDS).index(self.kind), self.file, self.expected, self.seen

    def below(self, files: Iterable[str]) -> "Finding":
        """The same finding with its downstream files."""
        return replace(self, downstream=tuple(sorted(files)))


def finding_of(trouble: Trouble) -> Finding:
    """The finding for a trouble, without downstream files."""
    return Finding(trouble.kind, trouble.path, trouble.expected, trouble.seen)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, each once, the gravest first."""
    return sorted(set(findings), key=Finding.order)
