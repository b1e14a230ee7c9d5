"""A race of a study's teachers: its rounds, and the students that each round needs after those before it.

Rounds train students on more and more rows, the last on the main data sets themselves. Which teachers reach a round is
known once the round before it has run: Snakemake's checkpoints add its jobs then.
"""

import csv
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from polyglot.study.design import Cell, Design
from polyglot.study.work import Estimates
from polyglot.synthesis.methods import GIVEN

Wildcards = Any
Checkpoints = Any

ALL = "all"


class Race:
    """The race of a design: the teachers of the main block with students of the main base."""

    def __init__(self, design: Design) -> None:
        self.design, self.folder = design, f"{design.folder}/race"
        self.recipe, self.size = design.main
        self.base: str | None = next(
            (base for block in design.config["design"] for base in block["student_bases"]), None
        )
        self.model: str | None = design.config["student_bases"][self.base]["model"] if self.base else None

    @cached_property
    def cells(self) -> list[Cell]:
        """The cells of the last round: the main block's, given data among them."""
        recipes = (self.recipe, GIVEN)
        cells = [cell for cell in self.design.cells if cell.recipe in recipes and cell.size == self.size]
        return [cell for cell in cells if cell.student_base == self.base]

    @cached_property
    def sizes(self) -> list[int]:
        """The rows of each round's data sets; sizes that are not below the main one are left out."""
        return [*(rows for rows in self.design.config["race"]["rows"] if rows < self.size), self.size]

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """Race → its languages: one over all together, or one in each.

        A teacher that lacks a language has no mean over all: then each language has its own race.
        """
        languages, pairs = sorted({cell.language for cell in self.cells}), {cell[1:3] for cell in self.cells}
        whole = len(pairs) == len(languages) * len({teacher for teacher, _ in pairs})
        together = self.design.config["race"]["languages"] == "together" and whole and len(languages) > 1
        return {ALL: languages} if together else {language: [language] for language in languages}

    def teachers(self, field: str) -> list[str]:
        """The teachers that start in a race."""
        return sorted({cell.teacher for cell in self.cells if cell.language in self.fields[field]})

    def survivors(self, field: str, number: int, checkpoints: Checkpoints) -> list[str]:
        """The teachers in a race after a round; Snakemake's exception where the round has not run yet. All after 0."""
        if number == 0:
            return self.teachers(field)
        table = checkpoints.race_round.get(study=self.design.config["study"], field=field, round=number).output[0]
        with Path(table).open(encoding="utf-8") as sheet:
            return [row["teacher"] for row in csv.DictReader(sheet) if row["kept"] == "true"]

    def students(self, field: str, number: int, checkpoints: Checkpoints) -> list[Cell]:
        """The students that a round looks at: of this size and, before the last round, of all sizes up to it."""
        teachers = self.survivors(field, number - 1, checkpoints)
        sizes = self.sizes[:number] if number < len(self.sizes) else [self.size]
        cells = [cell for cell in self.cells if cell.teacher in teachers and cell.language in self.fields[field]]
        return sorted(cell._replace(size=size) for cell in cells for size in sizes)

    def of_round(self, checkpoints: Checkpoints, *patterns: str) -> Callable[[Wildcards], list[str]]:
        """An input: `patterns` filled for each student of a round."""
        return lambda wildcards: [
            pattern.format(study=self.design.config["study"], **cell._asdict())
            for pattern in patterns
            for cell in self.students(wildcards.field, int(wildcards.round), checkpoints)
        ]

    def base_evaluations(self, wildcards: Wildcards) -> list[str]:
        """Records of the student base in the languages of a race."""
        models = [f"models/{self.model}/{language}" for language in self.fields[wildcards.field]]
        return [file for model in models for file in self.evaluations(model)]

    def evaluations(self, evaluated: str) -> list[str]:
        """Score files and records of the deciding benchmarks, of a path below evaluations/."""
        folder = f"{self.design.folder}/evaluations/{evaluated}"
        return [f"{folder}/{name}{end}" for name in self.design.deciding for end in (".json", ".samples.jsonl")]

    def rounds(self, field: str, checkpoints: Checkpoints) -> Callable[[Wildcards], list[str]]:
        """An input: the tables of a race's rounds, up to the one that leaves one teacher, or to the last."""

        def tables(wildcards: Wildcards) -> list[str]:
            numbers = range(1, len(self.sizes) + 1)
            ends = (n for n in numbers if n == numbers[-1] or len(self.survivors(field, n, checkpoints)) == 1)
            return [f"{self.folder}/{field}/round{number}.csv" for number in range(1, next(ends) + 1)]

        return tables

    def courses(self, checkpoints: Checkpoints) -> dict[str, Callable[[Wildcards], list[str]]]:
        """Inputs by name: the tables of all races, which run side by side."""
        return {f"of_{field}": self.rounds(field, checkpoints) for field in self.fields}

    def planned(self, estimates: Estimates) -> list[dict[str, Any]]:
        """Rows and hours of training and evaluation on one card, of the main block and of courses of the race.

        Who drops out is known only in the race: at best all but one do in the first round, at worst nobody does.
        """
        if not self.cells:
            return []
        teachers = {field: len(self.teachers(field)) for field in self.fields}
        last = len(self.sizes)
        courses = {
            "the whole main block": lambda count, number: count if number == last else 0,
            "race, decided by its first round": lambda count, number: count if number == 1 else 0,
            "race, each round drops half": lambda count, number: max(1, -(-count // 2 ** (number - 1))),
            "race, nobody is dropped": lambda count, number: count,
        }
        return [self._sums(name, teachers, starters, estimates) for name, starters in courses.items()]

    def _sums(
        self, name: str, teachers: dict[str, int], starters: Callable[[int, int], int], estimates: Estimates
    ) -> dict[str, Any]:
        students, rows, hours = 0, 0.0, 0.0
        for field, count in teachers.items():
            cells = [cell for cell in self.cells if cell.language in self.fields[field]]
            for number, size in enumerate(self.sizes, start=1):
                share = starters(count, number) / count
                students += round(share * len(cells))
                rows += share * len(cells) * size
                hours += share * sum(self._hours(cell._replace(size=size), estimates) for cell in cells)
        return {"course": name, "students": students, "rows": round(rows), "hours": hours}

    def _hours(self, cell: Cell, estimates: Estimates) -> float:
        wildcards = {name: str(value) for name, value in cell._asdict().items()}
        works = [estimates.work(rule, wildcards) for rule in ("train", "evaluate_student")]
        return sum(estimates.hours(work, 1) for work in works)
