"""What the board shows of a study, as its own tables, decision and sample rows have it. Nothing is computed again."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from polyglot.analysis.decision_words import answer, listed, price
from polyglot.analysis.ranking import ALL, RANKED, RANKING
from polyglot.analysis.ranking_page import NAMES, interval, span
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import cells, is_short, main_block, short_cells
from polyglot.core.files import Json, read_json
from polyglot.core.numerals import written
from polyglot.core.sheets import read_sheet
from polyglot.core.texts import printable
from polyglot.report.sample_rows import FORMULA, plain

SHOWN = 5  # rows of a data set
LAST = 10**6  # the place of a teacher without the score
# column of scores.csv → its head on the page, and its decimals
MEASURED = {
    "trial": ("trial", 0),
    "rows": ("rows", 0),
    "rows_asked": ("rows asked", 0),
    "judge_score": ("judge, 1 to 5", 2),
    "judge_invalid_rate": ("invalid judge answers", 3),
    "perplexity": ("perplexity", 1),
    "prompt_diversity": ("prompt diversity", 3),
    "response_diversity": ("response diversity", 3),
    "language_fidelity": ("in the language", 3),
    "student_score": ("student", 3),
    "base_score": ("base", 3),
    "reference_score": ("reference", 3),
}


@dataclass(frozen=True)
class Sheets:
    """A study's decision, and the main block of its tables."""

    decision: Json
    ranking: pd.DataFrame
    scores: pd.DataFrame

    @cached_property
    def bases(self) -> list[str]:
        """Student bases, the main one first."""
        ordered = [entry["student_base"] for entry in self.decision["decisions"]]
        return list(dict.fromkeys([*ordered, *sorted(self.ranking["student_base"].unique())]))

    def languages(self, base: str) -> list[str]:
        """`all`, then the languages of a student base by code."""
        codes = self.ranking.loc[self.ranking["student_base"] == base, "language"].unique()
        return [ALL, *sorted(code for code in codes if code != ALL)]

    def teachers(self, base: str) -> list[str]:
        """The teachers of a student base, the best by gain over all languages first."""
        own = self.ranking[(self.ranking["student_base"] == base) & (self.ranking["language"] == ALL)]
        order = own[own["score"] == "gain"].sort_values(["estimate", "teacher"], ascending=[False, True])
        return list(dict.fromkeys([*order["teacher"], *sorted(own["teacher"])]))

    def entry(self, base: str, language: str) -> Json:
        """The study's decision for a student base in a language; empty where it has none."""
        entries = self.decision["decisions"]
        return next((item for item in entries if (item["student_base"], item["language"]) == (base, language)), {})

    def name(self, language: str) -> str:
        """A language by name and code."""
        name = self.decision["names"].get(language)
        return "all languages" if language == ALL else f"{printable(name)} ({language})" if name else language

    @cached_property
    def short(self) -> dict[str, set[tuple[str, str]]]:
        """Student base → (teacher, language) of its data sets with fewer rows than asked."""
        of_bases = {base: self.scores[self.scores["student_base"] == base] for base in self.bases}
        return {base: short_cells(cells(rows)) for base, rows in of_bases.items()}

    @cached_property
    def ids(self) -> dict[tuple[str, str, str], str]:
        """(student base, language, teacher) → the name of its section on the study's page."""
        places = [
            (base, language, teacher)
            for base in self.bases
            for language in self.languages(base)
            for teacher in self.teachers(base)
        ]
        return {place: f"c{number}" for number, place in enumerate(places, start=1)}


def read_sheets(folder: Path) -> Sheets:
    """The tables and the decision in a study's folder of results. Raises InputError for a table off its schema."""
    decision = read_json(folder / "decision.json")
    scores = read_sheet(folder / "scores.csv", SCORES)
    ranking = read_sheet(folder / "ranking.csv", RANKING)
    return Sheets(decision, ranking, main_block(scores, decision["recipe"], decision["size"]))


def facts(root: Path, study: str, good: Collection[str]) -> Json:
    """All that the board shows of a study; of its files only those in `good`, which hold what was written, are opened.

    Keys: `recipe`, `size`, `parts` (a grid a student base and score), `sections` (the teachers of a student base and
    language) and `samples` (rows of a teacher in a language).
    """
    sheets = read_sheets(root / "results" / study)
    samples = list(samples_of(root, study, good, sheets))
    rows = {(item["teacher"], item["language"]): item["id"] for item in samples}
    return {
        "recipe": printable(str(sheets.decision["recipe"])),
        "size": int(sheets.decision["size"]),
        "parts": [part for base in sheets.bases for part in parts_of(sheets, base)],
        "sections": [
            section(sheets, base, language, rows) for base in sheets.bases for language in sheets.languages(base)
        ],
        "samples": samples,
    }


def parts_of(sheets: Sheets, base: str) -> Iterator[Json]:
    """The grids of a student base, teachers by languages: one by each score that a teacher has."""
    of_base = sheets.ranking[sheets.ranking["student_base"] == base]
    short, teachers, languages = sheets.short[base], sheets.teachers(base), sheets.languages(base)
    for score in RANKED:
        ranked = of_base[(of_base["score"] == score) & of_base["estimate"].notna()]
        if ranked.empty:
            continue
        ends = ranked[["estimate", "low", "high"]]
        scale = (min(float(ends.min().min()), 0.0), max(float(ends.max().max()), 0.0))
        known = {(row["teacher"], row["language"]): row for row in ranked.to_dict("records")}
        places = places_of(known)
        yield {
            "base": printable(base),
            "score": score,
            "score_name": NAMES[score],
            "zero": percent(0.0, scale),
            "languages": [column(sheets, base, code) for code in languages],
            "teachers": [
                {
                    "name": printable(teacher),
                    "cells": [
                        {
                            **grid_cell(known.get((teacher, code)), scale),
                            "id": sheets.ids[base, code, teacher],
                            "language": code,
                            "place": places.get((teacher, code), LAST),
                            "short": is_short(short, teacher, code),
                        }
                        for code in languages
                    ],
                }
                for teacher in teachers
            ],
        }


def places_of(known: dict[tuple[str, str], Json]) -> dict[tuple[str, str], int]:
    """(teacher, language) → its place in the language, the highest estimate first."""
    ordered = sorted(known, key=lambda cell: (cell[1], -known[cell]["estimate"], cell[0]))
    return {cell: number for number, cell in enumerate(ordered)}


def column(sheets: Sheets, base: str, language: str) -> Json:
    """The head of a language's column: its name, the mark of its anchors, and the study's decision in plain words."""
    entry = sheets.entry(base, language)
    return {
        "code": language,
        "name": sheets.name(language),
        "mark": "" if language == ALL else {True: "", False: "†"}.get(entry.get("anchors", {}).get(language), "‡"),
        "answer": printable(answer(entry).replace("**", "")) if entry else "",
    }


def grid_cell(row: Json | None, scale: tuple[float, float]) -> Json:
    """A cell of a grid: numbers as text, and where its interval lies on the scale, in percent of its width."""
    if row is None:
        return {"estimate": "", "interval": "", "group": None, "dot": None, "left": None, "width": None}
    has_interval = not pd.isna(row["low"])
    left = percent(row["low"], scale) if has_interval else None
    return {
        "estimate": written(row["estimate"], signed=True),
        "interval": interval(row["low"], row["high"]),
        "group": None if pd.isna(row["tie_group"]) else int(row["tie_group"]),
        "dot": percent(row["estimate"], scale),
        "left": left,
        "width": percent(row["high"], scale) - left if has_interval else None,
    }


def percent(value: float, scale: tuple[float, float]) -> int:
    """Where a value lies on a scale; 0 where the scale has no length."""
    low, high = scale
    return round(100 * (value - low) / (high - low)) if high > low else 0


def section(sheets: Sheets, base: str, language: str, rows: dict[tuple[str, str], str]) -> Json:
    """What a study says of a student base in a language: the grounds of its decision, and each teacher's numbers."""
    entry = sheets.entry(base, language)
    return {
        **column(sheets, base, language),
        "base": printable(base),
        "items": items_of(entry),
        "trials": entry.get("trials"),
        "teachers": [teacher_of(sheets, base, language, name, rows) for name in sheets.teachers(base)],
    }


def items_of(entry: Json) -> str:
    """The benchmarks' items that a decision stands on, by language."""
    parts = [
        f"{count:,} items of {printable(name)}{f' in {language}' if len(entry['items']) > 1 else ''}"
        for language, benchmarks in sorted(entry.get("items", {}).items())
        for name, count in sorted(benchmarks.items())
    ]
    return listed(parts) if parts else ""


def teacher_of(sheets: Sheets, base: str, language: str, teacher: str, rows: dict[tuple[str, str], str]) -> Json:
    """A teacher's section: scores with ranks, what was measured of each trial, price, licences, and where rows are."""
    ranking, scores = sheets.ranking, sheets.scores
    chosen = (ranking["student_base"] == base) & (ranking["language"] == language) & (ranking["teacher"] == teacher)
    own = scores[(scores["student_base"] == base) & (scores["teacher"] == teacher)]
    own = own if language == ALL else own[own["language"] == language]
    decided = {item["teacher"]: item for item in sheets.entry(base, language).get("teachers", [])}.get(teacher, {})
    languages = [code for code in sheets.languages(base) if code in (language, *own["language"]) and code != ALL]
    return {
        "id": sheets.ids[base, language, teacher],
        "name": printable(teacher),
        "short": is_short(sheets.short[base], teacher, language),
        "scores": [score_line(row) for row in ranking[chosen].to_dict("records")],
        "trials": [] if language == ALL else measured(own),
        "price": price(decided.get("price")),
        "refused": decided.get("answers"),
        "licences": [printable(item["name"]) for item in sheets.decision["licences"].get(teacher, [])],
        "rows": [
            {"id": rows[printable(teacher), code], "language": sheets.name(code)}
            for code in languages
            if (printable(teacher), code) in rows
        ],
    }


def measured(rows: pd.DataFrame) -> list[list[str]]:
    """A line a measure that a trial has, its head first, and a column a trial."""
    known = rows.sort_values("trial").dropna(axis="columns", how="all")
    trials = known.to_dict("records")
    return [
        [head, *(written(None if pd.isna(row[name]) else row[name], places) for row in trials)]
        for name, (head, places) in MEASURED.items()
        if name in known
    ]


def score_line(row: Json) -> list[str]:
    """A score's name, estimate, interval, tie group, ranks, probability of being the best and smallest lead."""
    has_interval = not pd.isna(row["low"])
    return [
        NAMES[row["score"]],
        written(row["estimate"], signed=True, unknown="not known"),
        interval(row["low"], row["high"]) if has_interval else "no interval",
        str(row["tie_group"]) if has_interval and not pd.isna(row["tie_group"]) else "",
        "" if pd.isna(row["rank_low"]) else span(row["rank_low"], row["rank_high"]),
        written(row["p_best"], 2),
        written(row["smallest_difference"]),
    ]


def samples_of(root: Path, study: str, good: Collection[str], sheets: Sheets) -> Iterator[Json]:
    """Sample rows of each teacher and language, from the annotators' sheets that hold what was written."""
    number = 0
    pairs = sheets.scores[["teacher", "language"]].drop_duplicates().sort_values(["teacher", "language"])
    for teacher, language in pairs.itertuples(index=False, name=None):
        path = f"results/{study}/samples/{teacher}/{language}.csv"
        if path not in good:
            continue
        number += 1
        with open(root / path, encoding="utf-8-sig", newline="") as sheet:
            drawn = list(csv.DictReader(sheet))
        yield {
            "id": f"r{number}",
            "teacher": printable(teacher),
            "language": language,
            "name": sheets.name(language),
            "drawn": len(drawn),
            "rows": [
                {name: unguarded(plain(row[name])) for name in ("method", "prompt", "response")}
                for row in drawn[:SHOWN]
            ],
        }


def unguarded(text: str) -> str:
    """A sheet's cell without the sign that keeps a spreadsheet from reading it as a formula."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text
