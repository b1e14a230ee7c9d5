"""Which rows a model scores on one engine load: a language's rows, or all of the study's (`engine_load`)."""

import math
from functools import cached_property
from typing import Any, NamedTuple

from polyglot.study.design import SCREEN, Cell, Design

CHECK = "judge_check"  # in place of a teacher, whose id has no underscore
KINDS = 5  # of rows by which a judge is checked: the real one and four bad ones
EMBEDDINGS = "embeddings"
Tables = dict[str, list["RowTable"]]


class RowTable(NamedTuple):
    """A table of rows, and how many the design wants of it."""

    language: str
    path: str
    rows: int


def judge(name: str) -> str:
    """The scorer that a judge is: the folder of its answers below row_scores/."""
    return f"judge-{name}"


def likelihoods(student_base: str) -> str:
    """The scorer that a student base is."""
    return f"likelihoods-{student_base}"


class ScoringLoads:
    """The engine loads of a design's scorers: its judges, its embedder, and its student bases.

    A judge and the embedder work through the rows of a teacher in a language, a student base through those of all
    teachers; where `engine_load` is "study" each works through all rows at once. Rows that are drawn for a screen alone
    have loads of their own, which wait for no other rows.
    """

    def __init__(self, design: Design) -> None:
        self.design, self.config, self.folder = design, design.config, design.folder

    @cached_property
    def tables(self) -> dict[str, Tables]:
        """Scorer → engine load → its tables, by language: there, questions begin alike."""
        intrinsic = self.config["intrinsic"]
        drawn = [cell for cell in self.design.screened_cells if cell.trial == SCREEN]
        cells = [*self.design.written_cells, *drawn]  # a mixture's rows are scored where they were made
        everything = self._tables(cells, by_teacher=True)
        result = {EMBEDDINGS: everything, judge(intrinsic["judge"]): self._with_check(everything)}
        if self.design.second_judge:
            result[judge(self.design.second_judge)] = self._tables(self.design.written_cells, by_teacher=True)
        for base in sorted({cell.student_base for cell in cells}):
            own = [cell for cell in cells if cell.student_base == base]
            result[likelihoods(base)] = self._tables(own, by_teacher=False)
        return result

    def _tables(self, cells: list[Cell], by_teacher: bool) -> Tables:
        loads: dict[str, set[RowTable]] = {}
        for cell in cells:
            load = self.load(cell.language, cell.teacher if by_teacher else None, cell.trial)
            for method in self.config["recipes"][cell.recipe]:
                path = f"{self.folder}/synthetic/{cell.teacher}/{cell.language}/{method}/trial{cell.trial}.parquet"
                wanted = self.design.wanted[cell.teacher, cell.language, method, cell.trial]
                loads.setdefault(load, set()).add(RowTable(cell.language, path, wanted))
        return {load: sorted(tables) for load, tables in loads.items()}

    def _with_check(self, tables: Tables) -> Tables:
        """With the rows by which the study's judge is checked, in each language that has them."""
        loads = {load: [*items] for load, items in tables.items()}
        rows = KINDS * self.config["intrinsic"]["judge_check_rows"]
        for language in self.design.checked_languages:
            path = f"{self.folder}/{CHECK}/rows/{language}.parquet"
            loads.setdefault(self.load(language, CHECK), []).append(RowTable(language, path, rows))
        return {load: sorted(items) for load, items in loads.items()}

    def load(self, language: str, teacher: str | None = None, trial: int | None = None) -> str:
        """Name of the engine load that scores a language's rows, of one teacher or of all."""
        folder = "screen/" if trial == SCREEN else ""
        if self.config["engine_load"] == "study":
            return f"{folder}all"
        return f"{folder}{teacher}/{language}" if teacher else f"{folder}{language}"

    @property
    def names(self) -> set[str]:
        """The names of all loads."""
        return {load for loads in self.tables.values() for load in loads}

    def rows(self, scorer: str, load: str) -> int:
        """Rows that a load scores."""
        return sum(table.rows for table in self.tables[scorer][load])

    def screened(self, scorer: str, load: str) -> int:
        """Rows of a load that teachers are screened by."""
        return sum(min(table.rows, self.first_rows) for table in self.tables[scorer][load])

    def files(self, scorer: str, load: str) -> list[str]:
        """The tables of rows that a load reads."""
        return [table.path for table in self.tables[scorer][load]]

    def languages(self, scorer: str, load: str) -> list[str]:
        """The language of each table."""
        return [table.language for table in self.tables[scorer][load]]

    @cached_property
    def first_rows(self) -> int:
        """The first rows of each table that teachers are screened by: about `screening.rows` of a data set."""
        methods = self.config["recipes"].get(self.design.main[0], ["given"])
        return math.ceil(self.config["screening"]["rows"] / len(methods))

    def answered_seeds(self, scorer: str, load: str) -> list[str]:
        """Tables of seeds that hold what people answered in a load's languages; none where no row is shown."""
        languages = set(self.languages(scorer, load)) if self.config["screening"]["one_shot"] else set()
        return sorted({path for language in languages for path in self.design.seed_tables(language)})

    def language_names(self, scorer: str, load: str) -> list[str]:
        """The English name of each table's language."""
        return [self.config["languages"][table.language]["name"] for table in self.tables[scorer][load]]

    def scores(self, scorer: str, wildcards: Any) -> list[str]:
        """The files that hold the scores of a job's rows: of its language and teachers, or of the check of a judge."""
        teacher, language = getattr(wildcards, "teacher", CHECK), wildcards.language
        writers = [CHECK] if teacher == CHECK else self.design.writers(teacher, language)
        if scorer.startswith("likelihoods-"):
            writers = [None]
        loads = [self.load(language, writer, int(getattr(wildcards, "trial", 1))) for writer in writers]
        return [f"{self.folder}/row_scores/{scorer}/{load}.parquet" for load in dict.fromkeys(loads)]
