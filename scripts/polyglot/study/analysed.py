"""Views for the stages after the measurements: this run's study, and `published`, whose measurements are printed."""

import csv
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from polyglot.analysis import paper
from polyglot.core.adapter import adapters
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.study.code import files_below
from polyglot.study.commands import option, text
from polyglot.study.config import PUBLISHED, Config
from polyglot.study.corpus_views import CORPUS_TABLES
from polyglot.study.design import Cell, Design
from polyglot.study.work import Estimates
from polyglot.synthesis.methods import GIVEN, TRANSLATIONS

Wildcards = Any

PRINTED = "resources/published"

SCORE_TABLES = ["01", "02", "11", "12", "14", "15", "16"]
STATISTICS_TABLES = ["03", "04"]
STUDY_TABLES = ["06", "07", "08", "10"]  # facts of any study
LANGUAGE_TABLES = ["18", "19"]  # of the language whose students are compared with other models
FIGURES = ["01", "02", "03", "04", "05", "06", "07", "08", "09"]
PRINTED_BENCHMARKS = ["global-mmlu-lite", "m-rewardbench", "mgsm"]
KOREAN_TABLES = ["polyglot_ko_sources", "polyglot_ko_models", "polyglot_ko_kobest"]
PRETRAINING_PAGE = "polyglot_ko_pretraining"  # table and figure of the bases that a study trains from nothing
KOREAN_FIGURES = ["polyglot_ko_kobest", "polyglot_ko_size"]
PRINTED_TABLES = ["05", "13"]  # of print alone
PRINTED_FIGURES = ["01", "02", "03", "04", "07", "08", "09"]  # those whose numbers are printed in full, or drawn


def table_files(study: str, numbers: Iterable[str]) -> dict[str, list[str]]:
    """Outputs of a rule that writes tables of these numbers: each as CSV, Markdown and LaTeX."""
    return named_tables(study, [f"table_{number}" for number in numbers])


def named_tables(study: str, names: Iterable[str]) -> dict[str, list[str]]:
    """The same for tables that have names instead of numbers."""
    endings = {"csv": "csv", "markdown": "md", "latex": "tex"}
    return {kind: [f"results/{study}/tables/{name}.{ending}" for name in names] for kind, ending in endings.items()}


class Analysed:
    """The studies that a run can analyse: its own, and `published`."""

    def __init__(self, design: Design) -> None:
        self.design, self.config, self.study = design, design.config, design.config["study"]
        self.studies = [self.study, PUBLISHED]
        every = [file for file in files_below(PRINTED) if file.endswith(".csv")]
        self.korean_print = [file for file in every if Path(file).name.startswith(("polyglot_ko_", "kobest_"))]
        self.printed = [file for file in every if file not in self.korean_print]
        self.language_tables = LANGUAGE_TABLES if design.compared_models else []

    def of_students(self, *files: str) -> list[str]:
        """`files` of this run's study, where it trains students; else none."""
        return list(files) if self.design.cells else []

    # the main cells, which z-scores are taken over

    @cached_property
    def settings(self) -> dict[str, Config]:
        """The settings of each study's analysis."""
        (recipe, size), bases = (
            self.design.main,
            [name for block in self.config["design"] for name in block["student_bases"]],
        )
        base = next(iter(bases), "")  # a study that trains no student has none
        return {
            self.study: {
                "recipe": recipe,
                "size": size,
                "base": base,
                "seed": self.config["seed"],
            },
            PUBLISHED: {
                "recipe": paper.MAIN_RECIPE,
                "size": paper.MAIN_SIZE,
                "base": paper.STUDENT_BASE,
                "seed": paper.SEED,
            },
        }

    def main(self, *names: str) -> dict[str, Callable[[Wildcards], Any]]:
        """Params of a rule: the main `recipe`, `size` and `base`, and the `seed`, of the study that a job analyses."""

        def setting(name: str) -> Callable[[Wildcards], Any]:
            return lambda wildcards: self.settings[wildcards.study][name]

        return {name: setting(name) for name in names}

    def families(self, wildcards: Wildcards) -> str:
        """The family of each student base and teacher; print names none."""
        entries = {**self.config["student_bases"], **self.config["teachers"]}
        models = {name: self.config["models"].get(entry.get("model"), {}) for name, entry in entries.items()}
        own = {name: model["family"] for name, model in models.items() if "family" in model}
        return text(own if wildcards.study == self.study else {})

    @cached_property
    def main_cells(self) -> list[Cell]:
        """The cells of the main student base."""
        return [cell for cell in self.design.cells if cell.student_base == self.settings[self.study]["base"]]

    @cached_property
    def teachers(self) -> dict[str, Config]:
        """The language models among the teachers of the design: model, family, licence, size and languages of each."""
        facts = {}
        for name in sorted({cell.teacher for cell in self.design.written_cells} - set(self.design.pair_teachers)):
            entry = self.config["teachers"][name]
            model = self.config["models"].get(entry.get("model"), {})
            facts[name] = {
                "model": entry.get("model") or entry["api"]["model"],
                "family": model.get("family"),
                "licence": model.get("licence"),
                "size_b": model.get("size_b"),
                "languages": sorted({cell.language for cell in self.design.cells if cell.teacher == name}),
            }
        return facts

    def teacher_facts(self, *names: str) -> str:
        return text({teacher: {name: facts[name] for name in names} for teacher, facts in self.teachers.items()})

    def observations(self, wildcards: Wildcards) -> list[str]:
        """The items and rows behind the measurements; print has none."""
        if wildcards.study == PUBLISHED:
            return []
        tables = sorted({f"{cell.student_base}/{cell.language}" for cell in self.design.cells})
        folder = f"{self.design.folder}/measurements"
        return [f"{folder}/{table}.{kind}.parquet" for table in tables for kind in ("items", "rows")]

    def observed_option(self, wildcards: Wildcards) -> str:
        return "" if wildcards.study == PUBLISHED else f"--observations {self.design.folder}/measurements"

    def greedy(self, wildcards: Wildcards) -> str:
        """The teachers that answer greedily; the paper's sampling is printed in Table 17, by other names."""
        entries = {name: self.config["teachers"][name] for name in self.teachers}
        names = [name for name, entry in entries.items() if entry["sampling"].get("temperature") == 0]
        return text(names if wildcards.study == self.study else [])

    # the decision

    @cached_property
    def ranked_cells(self) -> list[Cell]:
        """The cells of the main block, of every student base: those that are ranked, given data among them."""
        recipe, size = self.design.main
        return [cell for cell in self.design.cells if cell.recipe in (recipe, GIVEN) and cell.size == size]

    @cached_property
    def several_bases(self) -> bool:
        """Whether two student bases have students of two teachers in one language in the main block."""
        taught: dict[tuple[str, str], set[str]] = {}
        for cell in self.ranked_cells:
            taught.setdefault((cell.language, cell.student_base), set()).add(cell.teacher)
        return any(
            first[0] == other[0] and len(taught[first] & taught[other]) > 1 for first, other in combinations(taught, 2)
        )

    def ranked_trainings(self, pattern: str) -> list[str]:
        """`pattern` filled for each cell of the main block."""
        return [pattern.format(study=self.study, **cell._asdict()) for cell in self.ranked_cells]

    def decided_rows(self, wildcards: Wildcards) -> list[str]:
        """The frozen rows that a decision shows and the counts that it prices; print has neither."""
        if wildcards.study == PUBLISHED:
            return []
        files: set[str] = set()
        for cell in self.ranked_cells:
            files.add(f"{self.design.folder}/data/{cell.data}.parquet")
            if cell.teacher not in self.design.mixtures:  # the counts of a mixture are its teachers'
                place = f"{self.design.folder}/synthetic/{cell.teacher}/{cell.language}"
                methods = self.config["recipes"][cell.recipe]
                files |= {f"{place}/{method}/trial{cell.trial}.counts.json" for method in methods}
        return sorted(files)

    def mixture_leads(self, wildcards: Wildcards) -> list[str]:
        """The table of the study's mixtures beside the best of their teachers, where it has mixtures."""
        has_mixtures = wildcards.study == self.study and self.design.mixtures
        return [f"{self.design.folder}/mixtures.csv"] if has_mixtures else []

    def mixture_option(self, wildcards: Wildcards) -> str:
        """The mixtures of a study, for what needs teachers that do not depend on each other."""
        return option("--mixtures", self.design.mixtures if wildcards.study == self.study else [])

    def decided_options(self, materials: str, licences: str, schema: str) -> Callable[[Wildcards], str]:
        """Options of the decision: of a study its rows, rates and licences, of print the licences as printed."""
        methods = text({cell.recipe: self.config["recipes"][cell.recipe] for cell in self.ranked_cells})
        own = (
            f"--results {self.design.folder} --methods {methods} --rates {text(self.rates)}"
            f" --mixtures {text(self.design.mixtures)} --materials {materials}"
            f" --licences {licences} --licences-schema {schema}"
        )
        printed = f"--printed-licences {PRINTED}/table07_teachers.csv"
        return lambda wildcards: printed if wildcards.study == PUBLISHED else own

    @cached_property
    def rates(self) -> dict[str, Config]:
        """How each ranked teacher's rows are priced: by fees, by tokens a second of a card or of the CPU, or not.

        A mixture's are priced by what its teachers' cost.
        """
        estimates, device = Estimates(self.design), "cpu" if self.config["device"] == "cpu" else "gpu"
        rates: dict[str, Config] = {}
        for name in sorted({cell.teacher for cell in self.ranked_cells} - set(self.design.mixtures)):
            entry = self.config["teachers"][name]
            rates[name] = {"kind": "api" if "api" in entry else "pairs"}
            if "model" in entry:
                rate = estimates.rate(self.design.size_b(entry["model"]))
                rates[name] = {"kind": device, "read": rate["read"], "write": rate["write"]}
        return rates

    @cached_property
    def language_names(self) -> str:
        """Code → English name of every language of the config."""
        return text({code: entry["name"] for code, entry in self.config["languages"].items()})

    # printed numbers, which stand beside recomputed ones in `published` alone

    def printed_tables(self, wildcards: Wildcards) -> list[str]:
        return self.printed if wildcards.study == PUBLISHED else []

    def printed_benchmarks(self) -> str:
        """Languages and number of items of the paper's benchmarks (its Table 10)."""
        held = self.config["benchmarks"]
        return text({name: {key: held[name][key] for key in ("languages", "items")} for name in PRINTED_BENCHMARKS})

    def printed_option(self, wildcards: Wildcards) -> str:
        return f"--published {PRINTED}" if wildcards.study == PUBLISHED else ""

    # anchors

    @cached_property
    def anchors(self) -> list[str]:
        """The main student base's model and its reference."""
        entry = self.config["student_bases"][self.settings[self.study]["base"]]
        return [entry["model"], entry["reference"]]

    def chance(self, wildcards: Wildcards) -> str:
        """Score of guessing and number of items of each ability whose benchmark states both; print has no items."""
        stated = {}
        for name, ability in self.design.columns.items() if wildcards.study == self.study else ():
            entry = self.config["benchmarks"][name]
            chance = adapters(BENCHMARKS)[entry["adapter"]].chance
            if chance is not None and entry["items"]:
                stated[ability] = {"chance": chance, "items": entry["items"]}
        return text(stated)

    def anchor_evaluations(self, wildcards: Wildcards) -> list[str]:
        """Score files of the anchors in the languages of the main base; print has none."""
        languages = {cell.language for cell in self.main_cells} if wildcards.study == self.study else ()
        pairs = [(model, language) for model in self.anchors for language in languages]
        return sorted(
            {file for model, language in pairs for file in self.design.evaluations(f"models/{model}/{language}")}
        )

    def benchmark_options(self, wildcards: Wildcards) -> str:
        if wildcards.study == PUBLISHED:
            return ""
        folder = f"{self.design.folder}/evaluations/models"
        return f"--evaluations {folder} --anchors {text(self.anchors)} --measures {text(self.design.columns)}"

    # the comparison of one language with other models

    def comparison_table(self, wildcards: Wildcards) -> list[str]:
        compared = wildcards.study == self.study and self.design.compared_models
        return [f"{self.design.folder}/comparison.csv"] if compared else []

    def comparison_option(self, wildcards: Wildcards, input: Any) -> str:
        return f"--comparison {input.comparison}" if input.comparison else ""

    def drawn_base(self, wildcards: Wildcards) -> str:
        """The base of the students in Figure 9."""
        compared = self.comparison_table(wildcards)
        return self.design.compared_base if compared else self.settings[wildcards.study]["base"]

    # what a study ends with

    def tables(self, study: str) -> list[str]:
        """Every table of a study as Markdown; CSV and LaTeX are made with it."""
        own = LANGUAGE_TABLES + PRINTED_TABLES if study == PUBLISHED else self.language_tables
        numbers = SCORE_TABLES + STATISTICS_TABLES + STUDY_TABLES + own
        tables = [f"results/{study}/tables/table_{number}.md" for number in sorted(numbers)]
        if study == PUBLISHED:
            return tables
        names = [*(f"polyglot_ko_{name}" for name in CORPUS_TABLES), PRETRAINING_PAGE] if self.design.runs else []
        return self.of_students(*tables) + [f"results/{study}/tables/{name}.md" for name in names]

    def figures(self, study: str) -> list[str]:
        """Every figure that a study has the measurements for."""
        if study == PUBLISHED:
            names = [*(f"figure_{number}" for number in PRINTED_FIGURES), *KOREAN_FIGURES]
            return [f"paper_figures/{study}/{name}.pdf" for name in names]
        sizes = {cell.size for cell in self.main_cells if cell.recipe == self.settings[study]["recipe"]}
        ways = {cell.recipe for cell in self.main_cells} & set(TRANSLATIONS)
        lacking = ({"05"} if len(sizes) < 2 else set()) | ({"06"} if len(ways) < 2 else set())
        names = self.of_students(*(f"figure_{number}" for number in FIGURES if number not in lacking))
        names += ["base_interaction"] * self.several_bases
        names += ["continuation_scores"] * bool(self.design.continued) + [PRETRAINING_PAGE] * bool(self.design.runs)
        return [f"paper_figures/{study}/{name}.pdf" for name in names]

    def reports(self, study: str) -> list[str]:
        """The pages in words of a study."""
        continued = ["continuations.md"] * bool(self.design.continued)
        if study != PUBLISHED and not self.design.cells:
            return [f"results/{study}/{name}" for name in continued]
        own = ["gains.md", "protocols.md", "judge_check.md", "contamination/contamination.md"]
        if study == PUBLISHED:
            own = ["standing.md", "coverage.md", *self.second_paper]
        else:
            own += ["planted.md"] * bool(self.design.planted) + ["base_interaction.md"] * self.several_bases + continued
            own += ["mixtures.md"] * bool(self.design.mixtures)
        pages = ["ranking.md", "claims.md", "screening.md", "anchors/anchors.md", "sensitivity/sensitivity.md", *own]
        return [f"results/{study}/{name}" for name in pages]

    @cached_property
    def second_paper(self) -> list[str]:
        """Tables and pages of Polyglot-Ko's print, below the folder of `published`."""
        return ["polyglot_ko_claims.md", "polyglot_ko_names.md", *(f"tables/{name}.md" for name in KOREAN_TABLES)]

    def in_words(self, study: str) -> list[str]:
        """The tables and pages of a study in Markdown."""
        statistics = f"results/{study}/statistics/statistics.md"
        words = [statistics] if study == PUBLISHED else self.of_students(statistics)
        return [*self.tables(study), *words, *self.reports(study)]

    def numbers(self, files: Iterable[str]) -> list[str]:
        """The numbers of the first paper's tables or figures, from their paths."""
        return [number for file in files for number in re.findall(r"(?:table|figure)_(\d+)\.", file)]

    @cached_property
    def shows(self) -> dict[str, str]:
        """Subjects of the paper's tables and figures: "Table 1" → its subject."""
        with open("resources/coverage.csv", encoding="utf-8") as sheet:
            return {row["item"]: row["shows"] for row in csv.DictReader(sheet)}

    def pages(self, study: str, mark: Callable[..., Any]) -> list[Any]:
        """The pages in HTML, each given to `mark` (Snakemake's report) with its caption, category and labels."""
        pages = []
        for markdown in self.in_words(study):
            name = Path(markdown).stem
            number = name.removeprefix("table_")
            table = {"table": number, "shows": self.shows[f"Table {int(number)}"]} if number != name else {}
            is_korean = name.startswith("polyglot_ko_")
            category = "Polyglot-Ko" if is_korean else "Tables" if table else "Claims and anchors"
            pages.append(
                mark(
                    f"results/{study}/pages/{name}.html",
                    caption=f"../resources/captions/{'polyglot_ko' if is_korean else 'tables' if table else name}.rst",
                    category=category,
                    labels={**(table or {"page": name}), "study": study},
                )
            )
        return pages

    def audit_page(self, mark: Callable[..., Any]) -> list[Any]:
        """The audit's page, marked for the report, where `.venv/bin/snakemake --cores 1 audit` has written one."""
        page = f"{self.design.folder}/audit/index.html"
        labels = {"page": "what the audit found", "study": self.study}
        marked = mark(page, caption="../resources/captions/audit.rst", category="Audit", labels=labels)
        return [marked] if Path(page).is_file() else []

    # samples for human eyes

    def sampled_cells(self, wildcards: Wildcards) -> list[Cell]:
        """The cells whose rows are sampled: the main ones of a teacher and language, or all where none is main."""
        main, cells = self.settings[self.study], self.design.cells
        own = [cell for cell in cells if (cell.teacher, cell.language) == (wildcards.teacher, wildcards.language)]
        chosen = [cell for cell in own if (cell.recipe, cell.size) == (main["recipe"], main["size"])] or own
        by_data: dict[str, Cell] = {}
        for cell in chosen:  # one cell a data set, of the main student base where that has it
            if cell.data not in by_data or cell.student_base == main["base"]:
                by_data[cell.data] = cell
        return [by_data[data] for data in sorted(by_data)]

    def of_samples(self, pattern: str) -> Callable[[Wildcards], list[str]]:
        """An input: `pattern` filled for each sampled cell."""
        return lambda wildcards: [
            pattern.format(study=self.study, **cell._asdict()) for cell in self.sampled_cells(wildcards)
        ]

    @cached_property
    def sampled(self) -> list[tuple[str, str]]:
        """(teacher, language) of every sample."""
        return sorted({(cell.teacher, cell.language) for cell in self.design.cells})
