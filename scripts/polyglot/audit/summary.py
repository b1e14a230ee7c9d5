"""An audit as pages and tables: Markdown, self-contained HTML, CSV and JSON. File names are data: all are escaped."""

import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd

from polyglot.audit.findings import ERROR, KINDS, SEVERITIES, Finding
from polyglot.core.files import Json
from polyglot.core.texts import spelt

MOST = 200  # findings of a kind, and files below a finding, that a page shows
BRIEF = 20  # the same in the summary


@dataclass(frozen=True)
class Audit:
    """What an audit looked at and found."""

    study: str
    files: int
    read_bytes: int
    outputs: int
    without_schema: list[str]
    findings: list[Finding]
    voucher: str

    def count(self, severity: str) -> int:
        """Findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The audit in a sentence."""
        content = ", ".join(f"{self.count(item)} {item}{'' if self.count(item) == 1 else 's'}" for item in SEVERITIES)
        return f"{'Failed' if self.count(ERROR) else 'Passed'}: {content}."

    @property
    def read(self) -> str:
        """What was read, in a sentence."""
        return (
            f"{self.files} files ({self.read_bytes / 1e6:,.1f} MB) of {self.outputs} recorded outputs were read and "
            f"compared with what their jobs wrote. {self.voucher}"
        )


def entry_of(finding: Finding) -> Json:
    """A finding as JSON."""
    return {
        "severity": finding.severity,
        "kind": finding.kind,
        "file": spelt(finding.file),
        "expected": spelt(finding.expected),
        "seen": spelt(finding.seen),
        "repair": spelt(finding.repair),
        "downstream": [spelt(file) for file in finding.downstream],
    }


def as_json(audit: Audit) -> Json:
    """The audit whole."""
    return {
        "study": audit.study,
        "passed": audit.count(ERROR) == 0,
        "voucher": audit.voucher,
        "counts": {severity: audit.count(severity) for severity in SEVERITIES},
        "files": audit.files,
        "bytes": audit.read_bytes,
        "outputs": audit.outputs,
        "tables_without_schema": [spelt(path) for path in audit.without_schema],
        "findings": [entry_of(finding) for finding in audit.findings],
    }


def as_table(audit: Audit) -> pd.DataFrame:
    """A row a finding, the files below it as a JSON list."""
    columns = ["severity", "kind", "file", "expected", "seen", "repair", "downstream"]
    rows = [
        {**finding, "downstream": json.dumps(finding["downstream"], ensure_ascii=False)}
        for finding in map(entry_of, audit.findings)
    ]
    return pd.DataFrame(rows, columns=columns)


def cell(text: str) -> str:
    """A text as a cell of a Markdown table."""
    return re.sub(r"([\\`*{}\[\]<>|]|\b_|_\b)", r"\\\1", spelt(text))


def as_markdown(audit: Audit) -> str:
    """The summary: the verdict, then the findings of each kind, the gravest first."""
    lines = [f"# Audit of the study {audit.study}", "", f"**{audit.verdict}** {audit.read}", ""]
    for kind, group in itertools.groupby(audit.findings, key=lambda finding: finding.kind):
        result = list(group)
        severity, meaning = KINDS[kind]
        lines += [f"## {severity}: {kind} ({len(result)})", "", f"{meaning[:1].upper()}{meaning[1:]}.", ""]
        lines += ["| file | expected | seen | made from it | repair |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| {cell(item.file)} | {cell(item.expected)} | {cell(item.seen)} | {len(item.downstream)} |"
            f" {cell(item.repair)} |"
            for item in result[:BRIEF]
        ]
        lines += ([f"and {len(result) - BRIEF} more, in findings.csv"] if len(result) > BRIEF else []) + [""]
    if audit.without_schema:
        lines += [f"Tables without a schema: {', '.join(map(cell, audit.without_schema))}.", ""]
    return "\n".join(lines)


def ending(audit: Audit, folder: Path | None) -> str:
    """The last lines of an audit: verdict, first finding with its repair, who vouches, where the summary lies."""
    lines = [audit.verdict, audit.voucher]
    if audit.findings:
        first = audit.findings[0]
        lines += [f"First: {spelt(first.file)}: {first.kind}; repair: {spelt(first.repair)}"]
    return "\n".join([*lines, *([f"Summary: {folder / 'summary.md'}"] if folder else [])])


def as_html(audit: Audit, template: Path) -> str:
    """The page; it loads nothing, and every name in it is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    groups = [
        {
            "kind": kind,
            "severity": KINDS[kind][0],
            "meaning": KINDS[kind][1],
            "findings": [entry_of(item) for item in group],
        }
        for kind, group in itertools.groupby(audit.findings, key=lambda finding: finding.kind)
    ]
    return environment.get_template(template.name).render(
        study=audit.study, errors=audit.count(ERROR), verdict=audit.verdict, read=audit.read, groups=groups, most=MOST
    )
