"""A study's design: its cells, what each step must make for them, and where those files lie. Nothing is read."""

import math
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from polyglot.core.adapter import adapters
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.evaluation.items import CONTINUATION
from polyglot.metrics.registry import METRICS, ROW_VALUES, SCREENED_VALUES, metric_file
from polyglot.seeds.source_adapter import SOURCES
from polyglot.synthesis.methods import DIRECT, GIVEN, TRANSLATED

Config = dict[str, Any]
NATIVE_TEXT = "native_text"
BESIDE_THE_PAPER = (
    NATIVE_TEXT,
    "instructions",
    CONTINUATION,
)  # formulations that it does not have, and that do not decide
SCREEN = 0  # the trial of the rows that are drawn for a screen alone
# abilities that scores.csv has no column for
WITHOUT_COLUMN = ("overall", "native", "instructions", "reading", "topics", "knowledge", "understanding")


class Cell(NamedTuple):
    """One student: a row of scores.csv."""

    student_base: str
    teacher: str
    language: str
    recipe: str
    size: int
    trial: int

    @property
    def data(self) -> str:
        """Path of the cell's data set below a folder: it does not depend on the student base."""
        return f"{self.teacher}/{self.language}/{self.recipe}-{self.size}/trial{self.trial}"


def part(size: int, methods: list[str], method: str) -> int:
    """Rows that `method` gives to a data set of `size` rows: equal parts, the remainder to the first by name."""
    share, rest = divmod(size, len(methods))
    return share + (sorted(methods).index(method) < rest)


class Design:
    """A validated config, asked by the rules. Paths are relative to the project."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = f"results/{config['study']}"
        self.benchmarks: list[str] = config["evaluation"]["benchmarks"]
        self.methods = sorted({method for methods in config["recipes"].values() for method in methods})
        self.direct_methods = [method for method in self.methods if method in DIRECT]
        self.local_teachers = sorted(name for name, entry in config["teachers"].items() if "model" in entry)
        self.api_teachers = sorted(name for name, entry in config["teachers"].items() if "api" in entry)
        self.pair_teachers = sorted(name for name, entry in config["teachers"].items() if "rows" in entry)
        self.planted_teachers = sorted(name for name, entry in config["teachers"].items() if "damage" in entry)
        self.given_teachers = sorted(name for name, entry in config["teachers"].items() if entry.get("rows") == GIVEN)

    def writers(self, teacher: str, language: str) -> list[str]:
        """The teachers whose rows a data set in a language holds: of a mixture those that may give some."""
        entry = self.config["teachers"][teacher]
        if "mixture" not in entry:
            return [teacher]
        return [entry["parts"][language]] if isinstance(entry["parts"], dict) else entry["mixture"]

    @cached_property
    def mixtures(self) -> dict[str, list[str]]:
        """The teachers of each mixture of the design."""
        entries = {name: self.config["teachers"][name] for name in sorted({cell.teacher for cell in self.cells})}
        return {name: entry["mixture"] for name, entry in entries.items() if "mixture" in entry}

    @cached_property
    def written_cells(self) -> list[Cell]:
        """The cells whose rows are made for them: those of mixtures take theirs from these."""
        return [cell for cell in self.cells if cell.teacher not in self.mixtures]

    @cached_property
    def planted(self) -> dict[str, Config]:
        """Kind and share of the damage of the design's planted teachers and of the undamaged one; empty without any."""
        used = sorted({cell.teacher for cell in self.cells} & set(self.pair_teachers) - set(self.given_teachers))
        damages = {name: self.config["teachers"][name].get("damage") for name in used}
        none = {"kind": "none", "share": 0.0}
        return {name: damage or none for name, damage in damages.items()} if any(damages.values()) else {}

    @cached_property
    def deciding(self) -> list[str]:
        """The benchmarks whose mean is a model's score: those of `scoring`, else those as the paper has them."""
        return self.config["scoring"].get("benchmarks") or self._as_the_paper

    @cached_property
    def _as_the_paper(self) -> list[str]:
        entries = {name: self.config["benchmarks"][name] for name in self.benchmarks}
        return [
            name
            for name, entry in entries.items()
            if entry["formulation"] not in BESIDE_THE_PAPER and entry.get("protocol", "plain") == "plain"
        ]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Benchmark → the ability whose column of scores.csv it fills; a benchmark that fills none is left out.

        Of the benchmarks of an ability the deciding one fills its column, else the one in plain text: beside it another
        protocol changes no number.
        """
        abilities = {name: self.config["benchmarks"][name]["measures"] for name in self.benchmarks}
        decided = {abilities[name] for name in self.deciding}
        return {
            name: ability
            for name, ability in abilities.items()
            if ability not in WITHOUT_COLUMN
            and (name in self.deciding or (ability not in decided and name in self._as_the_paper))
        }

    @cached_property
    def protocol_pairs(self) -> list[tuple[str, str]]:
        """(plain, chat): the benchmarks of the study that differ in protocol alone."""
        entries = {name: dict(self.config["benchmarks"][name]) for name in self.benchmarks}
        protocols = {name: entry.pop("protocol", "plain") for name, entry in entries.items()}
        return [
            (plain, chat)
            for plain in self.benchmarks
            for chat in self.benchmarks
            if (protocols[plain], protocols[chat]) == ("plain", "chat") and entries[plain] == entries[chat]
        ]

    @cached_property
    def cells(self) -> list[Cell]:
        """All cells, sorted, each once however many blocks of the design name it. Trials count from 1."""
        return sorted(
            {
                Cell(base, teacher, language, recipe, size, trial)
                for block in self.config["design"]
                for base in block["student_bases"]
                for teacher in block["teachers"]
                for language in block["languages"]
                for recipe in block["recipes"]
                for size in block["sizes"]
                for trial in range(1, min(block["trials"], self.config.get("trials", math.inf)) + 1)
            }
        )

    @cached_property
    def _cells_by_table(self) -> dict[tuple[str, str], list[Cell]]:
        tables: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            tables.setdefault((cell.student_base, cell.language), []).append(cell)
        return tables

    def cells_of(self, student_base: str, language: str) -> list[Cell]:
        """The cells of one student base and language: those of one table of measurements."""
        return self._cells_by_table.get((student_base, language), [])

    @cached_property
    def trials(self) -> dict[str, list[int]]:
        """Trials of each data set "teacher/language/recipe-size"."""
        trials: dict[str, set[int]] = {}
        for cell in self.cells:
            data, _, _ = cell.data.rpartition("/")
            trials.setdefault(data, set()).add(cell.trial)
        return {data: sorted(trial) for data, trial in sorted(trials.items())}

    @cached_property
    def all_trials(self) -> list[int]:
        """The trials of whatever cell has most."""
        return list(range(1, max((cell.trial for cell in self.cells), default=1) + 1))

    @cached_property
    def main(self) -> tuple[str, int]:
        """Recipe and size of the main cells: those of `scoring`, else the first of the design, which may have none."""
        scoring, first = self.config["scoring"], next(iter(self.config["design"]), {"recipes": [""], "sizes": [0]})
        return scoring.get("main_recipe", first["recipes"][0]), scoring.get("main_size", first["sizes"][0])

    @cached_property
    def screened_cells(self) -> list[Cell]:
        """The data sets by which teachers are screened, a cell for each student base that scores them; none is trained.

        They are the first trial of the main block where no data set of the study has more than `screening.rows` rows,
        else sets of so many rows, drawn for the screen as trial 0: no row of a large set is made for it. Mixtures,
        whose rows are others', are not screened.
        """
        recipe, size = self.main
        rows = self.config["screening"]["rows"]
        cells = [cell for cell in self.written_cells if cell.recipe in (recipe, GIVEN)]
        main = {cell for cell in cells if cell.size == size and cell.trial == 1}
        if max((cell.size for cell in self.cells), default=0) <= rows:
            return sorted(main)
        return sorted(cell._replace(size=min(size, rows), trial=SCREEN) for cell in main)

    @cached_property
    def method_screened(self) -> list[Cell]:
        """Those of them, with the first student base of the design, by which teachers are screened for each method."""
        base = next((block["student_bases"][0] for block in self.config["design"]), "")
        return [cell for cell in self.screened_cells if cell.student_base == base]

    @cached_property
    def wanted(self) -> dict[tuple[str, str, str, int], int]:
        """Rows needed of each (teacher, language, method, trial): the largest part over the cells that use them.

        A recipe whose rows are judged before they are mixed needs more of them, by the oversampling of `quality`.
        """
        wanted: dict[tuple[str, str, str, int], int] = {}
        for cell in {*self.written_cells, *self.screened_cells}:
            methods = self.config["recipes"][cell.recipe]
            more = self.config["quality"]["oversampling"] if self.is_filtered(cell.recipe) else 1
            for method in methods:
                key = (cell.teacher, cell.language, method, cell.trial)
                wanted[key] = max(wanted.get(key, 0), math.ceil(part(cell.size, methods, method) * more))
        return wanted

    def wanted_of(self, teacher: str, language: str, trial: int, methods: Iterable[str]) -> dict[str, int]:
        """Rows wanted of each of `methods` from a teacher in a language and trial; 0 where the design uses none."""
        return {method: self.wanted.get((teacher, language, method, trial), 0) for method in methods}

    @cached_property
    def most_wanted(self) -> dict[tuple[str, str], int]:
        """The most rows that any teacher must give, by (language, method)."""
        most: dict[tuple[str, str], int] = {}
        for (_, language, method, _), rows in self.wanted.items():
            most[language, method] = max(most.get((language, method), 0), rows)
        return most

    def requests(self, language: str, method: str) -> int:
        """Requests prepared for a language and method: the most that any teacher needs, times the oversampling."""
        return math.ceil(self.most_wanted.get((language, method), 0) * self.config["synthesis"]["oversampling"])

    def is_filtered(self, recipe: str) -> bool:
        """Whether the recipe's rows are judged one by one before they are mixed."""
        return recipe in self.config["quality"]["recipes"]

    @property
    def local_judges(self) -> list[str]:
        return sorted(name for name, entry in self.config["judges"].items() if "model" in entry)

    @property
    def api_judges(self) -> list[str]:
        return sorted(name for name, entry in self.config["judges"].items() if "api" in entry)

    @property
    def judges(self) -> list[str]:
        """The judges that score the study's rows: the first one, and the second where there is one."""
        return [name for name in (self.config["intrinsic"]["judge"], self.second_judge) if name]

    @cached_property
    def models(self) -> list[str]:
        """Every model that the study loads: of one that trains no student, those that it has pretrained."""
        if not self.cells:
            return self.pretrained
        bases = [self.config["student_bases"][name] for name in {cell.student_base for cell in self.cells}]
        teachers = [self.config["teachers"][name] for name in {cell.teacher for cell in self.cells}]
        intrinsic = self.config["intrinsic"]
        judges = [self.config["judges"][name] for name in self.judges]
        embedder = self.config["embedders"][intrinsic["embedder"]]
        results = {base[anchor] for base in bases for anchor in ("model", "reference")}
        results |= {entry["model"] for entry in [*teachers, *judges, embedder] if "model" in entry}
        results |= {translator["model"] for translator in self.translators}
        return sorted(results | {intrinsic["length_model"], *self.compared_models})

    @property
    def runs(self) -> dict[str, Config]:
        """The pretraining runs of the study."""
        return self.config["pretraining"]["runs"]

    @cached_property
    def pretrained(self) -> list[str]:
        """The models that the study pretrains itself."""
        return sorted(name for name, entry in self.config["models"].items() if "pretrained" in entry)

    @cached_property
    def translators(self) -> list[Config]:
        """The translators that the study uses: the one of the config where a method starts from its translations."""
        used = any(method in TRANSLATED for _, method in self.most_wanted)
        return [self.config["translators"][self.config["synthesis"]["translator"]]] if used else []

    @cached_property
    def compared_models(self) -> list[str]:
        """The models that the students of one language are set beside; none where the design lacks the language."""
        comparison = self.config.get("comparison")
        used = comparison is not None and any(cell.language == comparison["language"] for cell in self.cells)
        return comparison["models"] if used else []

    @cached_property
    def compared_base(self) -> str:
        """The one student base whose students are compared with other models."""
        language = self.config["comparison"]["language"]
        return min(cell.student_base for cell in self.cells if cell.language == language)

    def compared_evaluations(self) -> list[str]:
        """Score files of the compared models and of the students' base, whose items they share."""
        models = [self.config["student_bases"][self.compared_base]["model"], *self.compared_models]
        language = self.config["comparison"]["language"]
        return [file for model in models for file in self.evaluations(f"models/{model}/{language}")]

    @cached_property
    def datasets(self) -> list[str]:
        """Every data set of the hub that the study's sources, benchmarks and pretraining runs read."""
        sources, benchmarks = self.config["sources"], self.config["benchmarks"]
        languages = {*(cell.language for cell in self.cells), *(code for _, code in self.pretrained_languages)}
        read = [name for name in self.benchmarks if languages & set(benchmarks[name]["languages"])]
        seeds = {*self.sources, *(source for name in read for source in self.benchmark_sources(name))}
        seeds |= set(self.given_sources.values())
        own = {dataset for name in read for dataset in self.benchmark_datasets(name)}
        texts = (self.config["corpora"][name] for run in self.runs.values() for name in run["corpora"])
        own |= {entry["dataset"] for entry in texts if "dataset" in entry}
        return sorted(own | {sources[name]["dataset"] for name in seeds if "dataset" in sources[name]})

    def talks(self, model: str) -> bool:
        """Whether a model is ever asked in turns and needs a chat template: embedders and translators are not."""
        entries = [entry for kind in ("teachers", "student_bases", "judges") for entry in self.config[kind].values()]
        named = {entry.get(key) for entry in entries for key in ("model", "reference")}
        return model in named | set(self.config.get("comparison", {}).get("models", []))

    def size_b(self, model: str) -> float:
        """Parameters of a model in billions."""
        return self.config["models"][model]["size_b"]

    def base_size_b(self, student_base: str) -> float:
        """Parameters of a student base in billions."""
        return self.size_b(self.config["student_bases"][student_base]["model"])

    def model_folder(self, model: str) -> str:
        """Folder of a prepared model."""
        return f"{self.folder}/models/{model}"

    def base_folder(self, student_base: str) -> str:
        """Folder of a student base's model."""
        return self.model_folder(self.config["student_bases"][student_base]["model"])

    def training(self, student_base: str) -> Config:
        """The study's training settings with what the student base changes, and the device."""
        own = self.config["student_bases"][student_base].get("training", {})
        return self.config["training"] | own | {"device": self.config["device"]}

    def seed_tables(self, language: str) -> list[str]:
        """Tables of the study's sources that hold the language, or English, from which Translate starts."""
        return [f"{self.folder}/seeds/{name}.parquet" for name in self._sources({language, "en"})]

    @cached_property
    def sources(self) -> list[str]:
        """The study's sources that hold a language of the design, or English; of others nothing is fetched."""
        return self._sources({"en", *(cell.language for cell in self.cells)}) if self.cells else []

    def asked_in_english(self, benchmark: str, resources: Path) -> list[str]:
        """The languages of the design in which a benchmark's items are put in English words, for want of their own."""
        entry = self.config["benchmarks"][benchmark]
        facts, asked = adapters(BENCHMARKS)[entry["adapter"]], {cell.language for cell in self.cells}
        own = set.intersection(*facts.sheets(resources)) if facts.plain_words else asked
        return sorted(asked & set(entry["languages"]) - own)

    def sources_of(self, language: str) -> list[str]:
        """The study's sources that hold one language."""
        return self._sources({language})

    def _sources(self, languages: set[str]) -> list[str]:
        known = self.config["sources"]
        return [name for name in self.config["seeds"]["sources"] if languages & set(known[name]["languages"])]

    @cached_property
    def given_sources(self) -> dict[str, str]:
        """The source of each teacher of the design whose rows are given."""
        used = {cell.teacher for cell in self.cells} & set(self.given_teachers)
        return {teacher: self.config["teachers"][teacher]["source"] for teacher in sorted(used)}

    def held_out_share(self, source: str) -> float:
        """Share of a source's rows kept for benchmarks; none of data that is only given, for it asks no teacher."""
        of_benchmarks = {name for benchmark in self.benchmarks for name in self.benchmark_sources(benchmark)}
        shown = source in self.config["seeds"]["sources"] or source in of_benchmarks
        return self.config["seeds"]["benchmark_share"] if shown or source not in self.given_sources.values() else 0.0

    @cached_property
    def human_sources(self) -> list[str]:
        """The study's sources whose answers people wrote."""
        known = adapters(SOURCES)
        return [name for name in self.sources if known[self.config["sources"][name]["adapter"]].by_people]

    @cached_property
    def checked_languages(self) -> list[str]:
        """The languages of the design in which the judge is checked: those with answers that people wrote."""
        held = {code for name in self.human_sources for code in self.config["sources"][name]["languages"]}
        return sorted(held & {cell.language for cell in self.cells})

    @cached_property
    def unchecked_languages(self) -> list[str]:
        """The other languages of the design."""
        return sorted({cell.language for cell in self.cells} - set(self.checked_languages))

    @cached_property
    def second_judge(self) -> str | None:
        """Id of the judge that scores the same rows as the study's, where it has one."""
        return self.config["intrinsic"].get("second_judge")

    def rows(self, source: str) -> dict[str, int] | None:
        """Rows to sample of each language of a source; None where it gives all that it has, or makes its own."""
        entry = self.config["sources"][source]
        rows = entry.get("rows")
        if rows is None or not {"dataset", "path"} & set(entry):
            return None
        return rows if isinstance(rows, dict) else dict.fromkeys(entry["languages"], rows)

    def benchmark_datasets(self, benchmark: str) -> list[str]:
        """Ids of the fetched data sets that a benchmark reads; none for a packaged one."""
        named = self.config["benchmarks"][benchmark].get("dataset", [])
        return [named] if isinstance(named, str) else list(named)

    def benchmark_sources(self, benchmark: str) -> list[str]:
        """Ids of the seed sources whose held-out rows become a benchmark's items."""
        named = self.config["benchmarks"][benchmark].get("source", [])
        return [named] if isinstance(named, str) else list(named)

    def tasks(self, language: str) -> list[Config]:
        """The study's benchmarks as a language has them; one without items there is stated, with no files."""
        stated = []
        for name in self.benchmarks:
            entry = self.config["benchmarks"][name]
            file = f"{self.folder}/benchmarks/{name}/{language}" if language in entry["languages"] else None
            settings = {
                key: entry[key]
                for key in ("formulation", "metric", "shots", "max_gen_toks", "protocol", "normalise", "fewer_shots")
                if key in entry
            }
            files = {
                "items": file and f"{file}.jsonl",
                "shot_items": f"{file}.shots.jsonl" if file and entry["shots"] else None,
            }
            stated.append({"benchmark": name, **settings, **files})
        return stated

    def task_files(self, language: str) -> list[str]:
        """The files of `tasks`."""
        return [task[key] for task in self.tasks(language) for key in ("items", "shot_items") if task[key]]

    def evaluations(self, evaluated: str) -> list[str]:
        """Score files of a student or of a model in a language, given as a path below evaluations/."""
        return [f"{self.folder}/evaluations/{evaluated}/{name}.json" for name in self.benchmarks]

    def screened_files(self) -> list[str]:
        """Every file that the screen of teachers is read from: frozen rows and their metrics."""
        files: set[str] = set()
        for cell in self.screened_cells:
            metrics = [f"{self.folder}/intrinsic/{cell.data}/{name}" for name in self.metric_files(cell)]
            tables = [file.replace(".json", ".parquet") for file in metrics]
            files |= {f"{self.folder}/data/{cell.data}.parquet", *metrics, *tables}
        return sorted(files)

    def metric_files(self, cell: Cell) -> list[str]:
        """Names of the files of a cell's intrinsic metrics."""
        return [metric_file(metric, cell.student_base) for metric in METRICS]

    def measured(self, cells: list[Cell]) -> list[str]:
        """Every file that the measurements of `cells` are made of."""
        files: set[str] = set()
        for cell in cells:
            files |= {f"{self.folder}/intrinsic/{cell.data}/{name}" for name in self.metric_files(cell)}
            files.update(self.evaluations(f"students/{cell.student_base}/{cell.data}"))
            base = self.config["student_bases"][cell.student_base]
            for anchor in ("model", "reference"):
                files.update(self.evaluations(f"models/{base[anchor]}/{cell.language}"))
        return sorted(files)

    def observed(self, cells: list[Cell]) -> list[str]:
        """Every file that the observations behind the measurements of `cells` are read from."""
        measured = self.measured(cells)
        records = [file.replace(".json", ".samples.jsonl") for file in measured if "/evaluations/" in file]
        rows = {
            f"{self.folder}/intrinsic/{cell.data}/{metric_file(metric, cell.student_base)}".replace(".json", ".parquet")
            for cell in cells
            for metric in {*ROW_VALUES.values(), *SCREENED_VALUES.values()}
        }
        return sorted({*records, *rows, *(f"{self.folder}/data/{cell.data}.parquet" for cell in cells)})

    @cached_property
    def continued(self) -> list[str]:
        """The study's benchmarks that are asked by continuation and hold a language of the design or of a base."""
        asked = {*(cell.language for cell in self.cells), *(code for _, code in self.pretrained_languages)}
        entries = self.config["benchmarks"]
        own = [name for name in self.benchmarks if entries[name]["formulation"] == CONTINUATION]
        return [name for name in own if asked & set(entries[name]["languages"])]

    @cached_property
    def evaluated(self) -> list[str]:
        """The folders below evaluations/ of every model and student that the study evaluates."""
        files = [*self.measured(self.cells), *self.teacher_evaluations(), *self.pretrained_evaluations()]
        folder = f"{self.folder}/evaluations/"
        return sorted({file.removeprefix(folder).rpartition("/")[0] for file in files if file.startswith(folder)})

    def continued_evaluations(self) -> list[str]:
        """Scores and records of all of them on the benchmarks that are asked by continuation."""
        ends = [f"{name}{end}" for name in self.continued for end in (".json", ".samples.jsonl")]
        return [f"{self.folder}/evaluations/{folder}/{end}" for folder in self.evaluated for end in ends]

    @cached_property
    def pretrained_languages(self) -> list[tuple[str, str]]:
        """(model, language) of each model that the study pretrains, in the languages of its corpora."""
        models, corpora = self.config["models"], self.config["corpora"]
        return sorted(
            (name, code)
            for name in self.pretrained
            for code in {corpora[text]["languages"][0] for text in self.runs[models[name]["pretrained"]]["corpora"]}
        )

    @cached_property
    def languages_at_once(self) -> list[str]:
        """The languages in which a model is evaluated on one engine load; none where each has its own."""
        if self.config["engine_load"] == "language":
            return []
        return sorted({*(cell.language for cell in self.cells), *(code for _, code in self.pretrained_languages)})

    def pretrained_evaluations(self) -> list[str]:
        """Score files of these."""
        places = [f"models/{model}/{language}" for model, language in self.pretrained_languages]
        return [file for place in places for file in self.evaluations(place)]

    def teacher_evaluations(self) -> list[str]:
        """Score files of the teachers themselves, in the languages that they teach; none for one behind an API."""
        models = {name: self.config["teachers"][name]["model"] for name in self.local_teachers}
        pairs = sorted({(models[cell.teacher], cell.language) for cell in self.cells if cell.teacher in models})
        return [file for model, language in pairs for file in self.evaluations(f"models/{model}/{language}")]
