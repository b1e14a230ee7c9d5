"""Which rows a model scores on one engine load: a language's rows, or all of the study's (`engine_load`)."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from polyglot.study.design import SCREEN, Cell, Design, part

CHECK = "judge_check"  # in place of a teacher, whose id has no underscore
KINDS = 5  # of rows by which a judge is checked: the real one and four bad ones
EMBEDDINGS = "embeddings"
Tables = dict[str, list["RowTable"]]


class RowTable(NamedTuple):
    """A table of rows, how many are counted as its own, and by how many of them teachers are screened."""

    language: str
    path: str
    rows: int
    screened: int = 0


def judge(name: str) -> str:
    """The scorer that a judge is: the folder of its answers below row_scores/."""
    return f"judge-{name}"


def likelihoods(student_base: str) -> str:
    """The scorer that a student base is."""
    return f"likelihoods-{student_base}"


class ScoringLoads:
    """The engine loads of a design's scorers: its judges, its embedder, and its student bases.

    A judge and the embedder work through the rows of a teacher in a language, a student base through the data sets of a
    language that its own students learn from; where `engine_load` is "study" each works through all rows at once. Rows
    that are drawn for a screen alone have loads of their own, which wait for no other rows.
    """

    def __init__(self, design: Design) -> None:
        self.design, self.config, self.folder = design, design.config, design.folder

    @cached_property
    def tables(self) -> dict[str, Tables]:
        """Scorer → engine load → its tables, by language: there, questions begin alike."""
        intrinsic = self.config["intrinsic"]
        drawn = [cell for cell in self.design.screened_cells if cell.trial == SCREEN]
        cells = [*self.design.written_cells, *drawn]  # a mixture's rows are scored where they were made
        everything = self._tables(cells)
        result = {EMBEDDINGS: everything, judge(intrinsic["judge"]): self._with_check(everything)}
        if self.design.second_judge:
            result[judge(self.design.second_judge)] = self._tables(self.design.written_cells)
        for base in sorted({cell.student_base for cell in cells}):
            own = [cell for cell in [*self.design.cells, *drawn] if cell.student_base == base]
            result[likelihoods(base)] = self._data_sets(own)
        return result

    def _tables(self, cells: list[Cell]) -> Tables:
        """The rows that are written for cells, as the design wants them."""
        loads: dict[str, set[RowTable]] = {}
        for cell in cells:
            load = self.load(cell.language, cell.teacher, cell.trial)
            for method in self.config["recipes"][cell.recipe]:
                wanted = self.design.wanted[cell.teacher, cell.language, method, cell.trial]
                loads.setdefault(load, set()).add(RowTable(cell.language, self._written(cell, method), wanted))
        return {load: sorted(tables) for load, tables in loads.items()}

    def _data_sets(self, cells: list[Cell]) -> Tables:
        """The data sets of cells; the first rows of a teacher's method, which several may hold, are counted once."""
        loads: dict[str, dict[str, RowTable]] = {}
        counted: dict[str, int] = {}
        screened = set(self.design.screened_cells)
        for cell in sorted(cells):
            tables = loads.setdefault(self.load(cell.language, trial=cell.trial), {})
            for path, parts in self._parts(cell):
                rows = sum(max(0, rows - counted.get(written, 0)) for written, rows in parts.items())
                counted |= {written: max(rows, counted.get(written, 0)) for written, rows in parts.items()}
                tables.setdefault(path, RowTable(cell.language, path, rows, cell.size if cell in screened else 0))
        return {load: sorted(tables.values()) for load, tables in loads.items()}

    def _parts(self, cell: Cell) -> Iterator[tuple[str, dict[str, int]]]:
        """The tables that hold a cell's rows, each with how many it has of the first ones of each written table.

        Of a mixture they are all that it may take: those that it does, a screen by likelihoods may choose.
        """
        methods = self.config["recipes"][cell.recipe]
        if cell.teacher not in self.design.mixtures:
            parts = {self._written(cell, method): part(cell.size, methods, method) for method in methods}
            yield f"{self.folder}/data/{cell.data}.parquet", parts
            return
        for teacher, method in product(self.design.writers(cell.teacher, cell.language), methods):
            written = self._written(cell._replace(teacher=teacher), method)
            yield written, {written: self.design.wanted[teacher, cell.language, method, cell.trial]}

    def _written(self, cell: Cell, method: str) -> str:
        """The table of the rows that a method writes for a cell."""
        return f"{self.folder}/synthetic/{cell.teacher}/{cell.language}/{method}/trial{cell.trial}.parquet"

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
        return sum(table.screened for table in self.tables[scorer][load])

    def files(self, scorer: str, load: str) -> list[str]:
        """The tables of rows that a load reads."""
        return [table.path for table in self.tables[scorer][load]]

    def screened_by(self, scorer: str, load: str) -> list[str]:
        """LANGUAGE=PATH of the data sets of a load by which teachers are screened."""
        return [f"{table.language}={table.path}" for table in self.tables[scorer][load] if table.screened]

    def answered_seeds(self, scorer: str, load: str) -> list[str]:
        """Tables of seeds with what people answered in the languages that are screened; none where no row is shown."""
        shown = self.tables[scorer][load] if self.config["screening"]["one_shot"] else []
        languages = {table.language for table in shown if table.screened}
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
