# What the stages after the measurements share: `published` beside this run's study, which cells are main, what a study
# ends with. Nothing is made here.


import csv

from polyglot import paper

PRINTED = "resources/published"
PRINTED_TABLES = [file for file in files_below(PRINTED) if file.endswith(".csv")]


def printed_tables(wildcards):
    """The printed tables, which stand beside recomputed numbers in the study `published` alone."""
    return PRINTED_TABLES if wildcards.study == "published" else []


def printed_option(wildcards):
    return f"--published {PRINTED}" if wildcards.study == "published" else ""


STUDIES = any_of([STUDY, "published"])
with open("resources/coverage.csv", encoding="utf-8") as _sheet:
    SHOWS = {
        row["item"]: row["shows"] for row in csv.DictReader(_sheet)
    }  # what each table and figure of the paper shows
FAMILIES = {
    name: config["models"][entry["model"]]["family"]
    for name, entry in {**config["student_bases"], **config["teachers"]}.items()
    if "family" in config["models"].get(entry.get("model"), {})
}
# the language models among them
TEACHERS = sorted({cell.teacher for cell in DESIGN.cells} - set(DESIGN.pair_teachers))
TEACHER_MODELS = {name: config["models"].get(config["teachers"][name].get("model"), {}) for name in TEACHERS}
TEACHER_FACTS = {
    name: {
        "model": config["teachers"][name].get("model") or config["teachers"][name]["api"]["model"],
        "family": TEACHER_MODELS[name].get("family"),
        "licence": TEACHER_MODELS[name].get("licence"),
    }
    for name in TEACHERS
}
CHANCE = {"letters": 0.25, "preference": 0.5, "generate": 0.0}  # score of guessing, by formulation
MEASURES = {
    name: config["benchmarks"][name]["measures"]
    for name in DESIGN.benchmarks
    if config["benchmarks"][name]["measures"] != "overall"
}
# what the analysis of a study rests on; the main cells are those that z-scores are taken over
MAIN = {
    STUDY: {
        "recipe": config["scoring"]["main_recipe"],
        "size": config["scoring"]["main_size"],
        "base": config["design"][0]["student_bases"][0],
        "families": FAMILIES,
        "seed": config["seed"],
    },
    "published": {
        "recipe": paper.MAIN_RECIPE,
        "size": paper.MAIN_SIZE,
        "base": paper.STUDENT_BASE,
        "families": {},
        "seed": paper.SEED,
    },
}


def main_recipe(wildcards):
    return MAIN[wildcards.study]["recipe"]


def main_size(wildcards):
    return MAIN[wildcards.study]["size"]


def main_base(wildcards):
    return MAIN[wildcards.study]["base"]


def families(wildcards):
    return text(MAIN[wildcards.study]["families"])


def study_seed(wildcards):
    return MAIN[wildcards.study]["seed"]


MAIN_ANCHORS = [config["student_bases"][MAIN[STUDY]["base"]][anchor] for anchor in ("model", "reference")]
MAIN_LANGUAGES = sorted({cell.language for cell in DESIGN.cells if cell.student_base == MAIN[STUDY]["base"]})


def chance(wildcards):
    """Score of guessing and number of items of each benchmark that states both; print has no single benchmarks."""
    if wildcards.study == "published":
        return text({})
    entries = {MEASURES[name]: config["benchmarks"][name] for name in MEASURES}
    return text(
        {
            task: {"chance": CHANCE[entry["formulation"]], "items": entry["items"]}
            for task, entry in entries.items()
            if entry["formulation"] in CHANCE and entry["items"]
        }
    )


def anchor_evaluations(wildcards):
    """Scores of the main base and its reference on single benchmarks; print has none."""
    if wildcards.study == "published":
        return []
    pairs = [(model, language) for model in MAIN_ANCHORS for language in MAIN_LANGUAGES]
    return sorted({file for model, language in pairs for file in DESIGN.evaluations(f"models/{model}/{language}")})


def benchmark_options(wildcards):
    if wildcards.study == "published":
        return ""
    folder = f"results/{wildcards.study}/evaluations/models"
    return f"--evaluations {folder} --anchors {text(MAIN_ANCHORS)} --measures {text(MEASURES)}"


def comparison_table(wildcards):
    """The comparison of this run's study, where it has one; `published` has no evaluations."""
    return ["results/{study}/comparison.csv"] if wildcards.study == STUDY and DESIGN.compared_models else []


def comparison_option(wildcards, input):
    return f"--comparison {input.comparison}" if input.comparison else ""


def drawn_base(wildcards):
    """The base of the students in Figure 9."""
    return DESIGN.compared_base if comparison_table(wildcards) else main_base(wildcards)


SCORE_TABLES = ["01", "02", "11", "12", "14", "15", "16"]
STATISTICS_TABLES = ["03", "04"]
FACT_TABLES = ["06", "07", "08", "10", "18", "19"]
STUDY_TABLES = ["06", "07", "08", "10"]


def tables_of(study):
    """Every table of a study as Markdown; CSV and LaTeX are made with it."""
    facts = FACT_TABLES if study == "published" else STUDY_TABLES + LANGUAGE_TABLES
    numbers = SCORE_TABLES + STATISTICS_TABLES + facts
    return [f"results/{study}/tables/table_{number}.md" for number in sorted(numbers)]


DRAWN = ["01", "02", "03", "04", "05", "06", "07", "08", "09"]
TRANSLATIONS = ["translate", "nllb-both", "nllb-respond"]  # recipes that Figure 6 compares


def figures_of(study):
    """Every figure that a study has the measurements for."""
    if study == "published":
        numbers = ["01", "02", "07", "08"]
    else:
        own = [cell for cell in DESIGN.cells if cell.student_base == MAIN[study]["base"]]
        sizes = {cell.size for cell in own if cell.recipe == MAIN[study]["recipe"]}
        ways = {cell.recipe for cell in own} & set(TRANSLATIONS)
        lacking = ({"05"} if len(sizes) < 2 else set()) | ({"06"} if len(ways) < 2 else set())
        numbers = [number for number in DRAWN if number not in lacking]
    return [f"paper_figures/{study}/figure_{number}.pdf" for number in numbers]


def reports_of(study):
    """The pages in words of a study."""
    names = ["claims.md", "anchors/anchors.md", "sensitivity/sensitivity.md"]
    own = ["coverage.md"] if study == "published" else ["contamination/contamination.md"]
    return [f"results/{study}/{name}" for name in names + own]


def evidence(wildcards):
    """What a study ends with: the manifest is made when all of it is there."""
    end = rules.published.input if wildcards.study == "published" else rules.all.input
    return [file for file in end if Path(file).name != "manifest.jsonl"]
