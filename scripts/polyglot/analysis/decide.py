"""Decide which teachers a study speaks for: the answer in numbers (decision.json) and in words (decision.md).

Reads scores.csv, ranking.csv and ranking.json, and of a study with rows the counts of the teachers' answers and the
frozen rows below its folder of results. For each student base, in each language and in all of them: the tie group of
the best by the score that decides, on how many items, rows and trials it stands, what would change it, the price and
the licences of each teacher's rows. Nothing is invented: what was not measured is null.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from polyglot.analysis.decision_words import page
from polyglot.analysis.mixture_leads import LEADS
from polyglot.analysis.observations import data_names
from polyglot.analysis.prices import price, read_counts, refused, shared, summed
from polyglot.analysis.ranking import ALL, RANKED_COLUMNS, RANKING
from polyglot.analysis.reference import TEACHERS
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import cells, main_block, short_rows
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, read_parquet, whole, write_json
from polyglot.core.sheets import read_sheet
from polyglot.hub.licences import licence_of, material_from, read_licences, roles_of_rows, strictest

SHOWN, LONGEST = 2, 600  # prompts of a language that the best two are shown by, and characters of a text
ROW = ["prompt", "response"]
LEAD = ["mixture", "best", "lead", "low", "high"]


def decides(valid: Mapping[str, bool | None], known: Iterable[str]) -> tuple[str | None, str]:
    """The score that decides and why it does; None where none can.

    `valid` are the languages' anchors (None: not known whether they are), `known` the scores that teachers have here.
    Gain decides: it is what rows are made for, and needs no reference. PG-Score adds metrics of the rows, which nothing
    shows to foretell it (screening.md); it decides where no gain is known and its anchors are valid in each language.
    """
    if "gain" in known:
        return "gain", "it is what the rows are for"
    invalid = [language for language, state in valid.items() if state is False]
    doubtful = [language for language, state in valid.items() if state is None]
    faults = [f"the reference is not clearly better than the base in {', '.join(invalid)}"] if invalid else []
    faults += [f"whether the reference is better than the base is not known in {', '.join(doubtful)}"] * bool(doubtful)
    if not faults and "pg_score" in known:
        return "pg_score", "no gain is known, and the reference is clearly better than the base"
    reason = " and ".join(faults) if faults else "no teacher has a PG-Score"
    return None, f"{reason}, and the gain of no teacher is known in all of these languages"


def certainty(ranked: pd.DataFrame) -> str:
    """How the best teachers stand: `none` is known, `alone`, `unknown` errors, `tied` or `single`."""
    known = ranked.dropna(subset=["estimate"])
    if len(known) < 2:
        return "alone" if len(known) else "none"
    if known["low"].isna().all():
        return "unknown"
    return "single" if (known["tie_group"] == 1).sum() == 1 else "tied"


def decision(ranking: pd.DataFrame, of_cells: pd.DataFrame, errors: Json, language: str) -> Json:
    """The decision of one student base in a language or in `all`, but for prices.

    `ranking` are the rows of ranking.csv of the base, `of_cells` its cells, `errors` its part of ranking.json.
    """
    here = of_cells if language == ALL else of_cells[of_cells["language"] == language]
    anchors = here.groupby("language")["anchor_valid"].first()
    valid = {str(name): None if pd.isna(state) else bool(state) for name, state in anchors.items()}
    part = ranking[ranking["language"] == language]
    known = set(part.dropna(subset=["estimate"])["score"])
    score, why = decides(valid, known)
    ranked = part[part["score"] == score].sort_values(["estimate", "teacher"], ascending=[False, True])
    gains = part[part["score"] == "gain"].set_index("teacher")
    by_pg_score = part[part["score"] == "pg_score"].sort_values("estimate", ascending=False)
    return {
        "language": language,
        "score": score,
        "why": why,
        "anchors": valid,
        "certainty": certainty(ranked),
        "first": _first(ranked),
        "first_by_pg_score": _first(by_pg_score) if all(valid.values()) else [],
        "teachers": [_teacher(row, gains, here) for row in ranked.to_dict("records")],
        "items": {name: count for name, count in errors["items"].items() if language in (ALL, name)},
        "trials": errors["trials"],
        "change": _change(ranked, errors["gain"].get(language, {})),
    }


def _first(ranked: pd.DataFrame) -> list[str]:
    return ranked[(ranked["tie_group"] == 1) & ranked["estimate"].notna()]["teacher"].tolist()


def _teacher(row: Json, gains: pd.DataFrame, here: pd.DataFrame) -> Json:
    """A teacher's line: its numbers in ranking.csv, its gain, and the rows of its smallest data set here."""
    own = here[here["teacher"] == row["teacher"]]
    rows, asked = own["rows"].min(), int(own["rows_asked"].min())
    return {
        **{name: _value(row[name]) for name in ("teacher", *RANKED_COLUMNS)},
        "gain": {name: _value(gains.at[row["teacher"], name]) for name in ("estimate", "low", "high")},
        "rows": _value(rows),
        "rows_asked": asked,
        "short": sorted(own[short_rows(own)]["language"]),
    }


def _change(ranked: pd.DataFrame, errors: Json) -> Json:
    """What would change the answer: the lead over the best of the others, the least one that shows, and what halves it.

    The others are those behind the first tie group, or, in a tie of all, the second.
    """
    known = ranked.dropna(subset=["estimate"])
    halved = {name: errors.get(name) for name in ("difference_se", "items_times", "trials_times")}
    if len(known) < 2:
        return {"over": None, "lead": None, "least_lead": None, **halved}
    second = known.iloc[1]
    lead = float(known["estimate"].iloc[0] - second["estimate"])
    return {"over": second["teacher"], "lead": lead, "least_lead": _value(second["smallest_difference"]), **halved}


def _value(value: Any) -> Any:
    """A cell of a table as JSON has it."""
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value


def mixtures_of(leads: pd.DataFrame, entry: Json, mixtures: Mapping[str, list[str]]) -> list[Json]:
    """The leads of mixtures over the best of their teachers by the score that decides; `leads` are of mixtures.csv."""
    own = leads[(leads["student_base"] == entry["student_base"]) & (leads["language"] == entry["language"])]
    return [
        {"teachers": mixtures[row["mixture"]], **{name: _value(row[name]) for name in LEAD}}
        for row in own[own["score"] == entry["score"]].to_dict("records")
    ]


def add_prices(
    entry: Json,
    counts: Mapping[tuple[str, str], Json],
    rates: Mapping[str, Json],
    written: Mapping[tuple[str, str], Mapping[str, int]],
) -> None:
    """Give each teacher of a decision its price and its refused answers, summed over the decision's languages.

    `written` are the rows by each teacher in a mixture's data sets, by (mixture, language): it costs what these do.
    """
    for teacher in entry["teachers"]:
        name = teacher["teacher"]
        rows: Counter[str] = Counter()
        parts: dict[str, list[Json]] = defaultdict(list)
        for language in entry["anchors"]:
            writers = written.get((name, language), {name: 1} if (name, language) in counts else {})
            rows.update(writers)
            for writer in writers:
                parts[writer].append(counts[writer, language])
        prices = [(rows[writer] / rows.total(), price(summed(own), rates[writer])) for writer, own in parts.items()]
        teacher["answers"] = refused(summed(item for own in parts.values() for item in own)) if parts else None
        teacher["price"] = shared(prices) if parts else None


def written_rows(data: Path, rows: pd.DataFrame, mixtures: Iterable[str]) -> dict[tuple[str, str], Counter[str]]:
    """The rows by each teacher in the data sets of mixtures, by (mixture, language); `rows` are those of scores.csv."""
    own = rows[rows["teacher"].isin(list(mixtures))].drop_duplicates(["teacher", "language", "recipe", "trial"])
    written: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (mixture, language), part in own.groupby(["teacher", "language"]):
        for name in data_names(part):
            written[mixture, language].update(read_parquet(data / f"{name}.parquet", ["teacher"])["teacher"])
    return written


def examples(entry: Json, data: Path, rows: pd.DataFrame) -> Json | None:
    """Rows of the best two teachers of a language side by side: the first prompts that both answered, each in its way.

    None where there are no two. Prompts that both answered alike, which show nothing, come last.

    `rows` are those of scores.csv, by which the data sets are found; a mixture, whose rows are others', has none here.
    """
    pair = [teacher["teacher"] for teacher in entry["teachers"] if teacher["teacher"] in set(rows["teacher"])][:2]
    if len(pair) < 2:
        return None
    own = (
        rows[rows["language"] == entry["language"]].sort_values("trial").drop_duplicates("teacher").set_index("teacher")
    )
    files = data_names(own.loc[pair].reset_index())
    first, second = (read_parquet(data / f"{file}.parquet", ROW)[ROW].drop_duplicates("prompt") for file in files)
    shared = first.merge(second, on="prompt", suffixes=("_first", "_second"))
    alike = shared["response_first"] == shared["response_second"]
    shared = pd.concat([shared[~alike], shared[alike]]).head(SHOWN)
    rows = [
        {"prompt": _cut(row.prompt), "answers": [_cut(row.response_first), _cut(row.response_second)]}
        for row in shared.itertuples()
    ]
    return {"language": entry["language"], "teachers": pair, "rows": rows}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} […]"


def licences_of(arguments: argparse.Namespace, languages: Mapping[str, set[str]]) -> dict[str, list[Json]]:
    """The licences that bind each teacher's rows, the strictest first; of print, as it names them, without terms."""
    if arguments.printed_licences:
        printed = read_sheet(arguments.printed_licences, TEACHERS).set_index("teacher")["license"]
        return {name: [{"name": printed[name], "url": None, "terms": None}] for name in languages if name in printed}
    known = read_licences(arguments.licences, arguments.licences_schema)
    materials = [material_from(entry) for entry in arguments.materials]
    result = {}
    for teacher, own in languages.items():
        is_data = any((item.kind, item.role) == ("dataset", f"teacher {teacher}") for item in materials)
        roles = {f"teacher {teacher}"} if is_data else roles_of_rows(teacher)  # data that were given start from no seed
        used = [
            material
            for material in materials
            if material.role in roles and (material.languages is None or {"en", *own} & set(material.languages))
        ]
        ordered = strictest(licence_of(material, known, arguments.licences) for material in used)
        result[teacher] = [{"name": item.title, "url": item.url, "terms": item.data} for item in ordered]
    return result


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", required=True)
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--ranking", type=Path, required=True, help="ranking.csv of the study; ranking.json beside it")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base that comes first")
    parser.add_argument("--names", type=json.loads, default={}, help="JSON: language → its English name")
    parser.add_argument("--results", type=Path, help="the study's folder, with synthetic/ and data/; print has none")
    parser.add_argument("--methods", type=json.loads, default={}, help="JSON: recipe of the main block → its methods")
    parser.add_argument("--rates", type=json.loads, default={}, help="JSON: teacher → kind and tokens a second")
    parser.add_argument("--mixtures", type=json.loads, default={}, help="JSON: mixture → its teachers")
    parser.add_argument("--leads", type=Path, help="mixtures.csv of the study, where it has mixtures")
    parser.add_argument("--materials", type=json.loads, default=[], help="JSON: models and data sets in their roles")
    parser.add_argument("--licences", type=Path)
    parser.add_argument("--licences-schema", type=Path)
    parser.add_argument("--printed-licences", type=Path, help="table of teachers as printed")
    parser.add_argument("--out", type=Path, required=True, help="decision.json to write; decision.md beside it")
    return parser.parse_args()


def main() -> None:
    """Parse the command line, decide, write numbers and words."""
    arguments = parse()
    recipe, size = arguments.main_recipe, arguments.main_size
    scores = main_block(read_sheet(arguments.scores, SCORES), recipe, size)
    ranking = read_sheet(arguments.ranking, RANKING)
    errors = read_json(arguments.ranking.with_suffix(".json"))["bases"]
    counts, written = {}, {}
    if arguments.results:
        made = scores[~scores["teacher"].isin(list(arguments.mixtures))]
        written = written_rows(arguments.results / "data", scores, arguments.mixtures)
        for (name, language, own), part in made.groupby(["teacher", "language", "recipe"]):
            methods, trials = arguments.methods[own], sorted(part["trial"].unique())
            counts[name, language] = read_counts(arguments.results / "synthetic", name, language, methods, trials)
    leads = read_sheet(arguments.leads, LEADS) if arguments.leads else pd.DataFrame(columns=list(LEADS.columns))
    decisions, shown = [], []
    for base in sorted(errors, key=lambda name: (name != arguments.main_base, name)):
        of_cells = cells(scores[scores["student_base"] == base])
        for language in [ALL, *sorted(of_cells["language"].unique())]:
            own = ranking[ranking["student_base"] == base]
            entry = {"student_base": base, **decision(own, of_cells, errors[base], language)}
            entry["mixtures"] = mixtures_of(leads, entry, arguments.mixtures)
            add_prices(entry, counts, arguments.rates, written)
            decisions.append(entry)
            if arguments.results and base == arguments.main_base and language != ALL:
                shown.append(examples(entry, arguments.results / "data", made))
    teachers = scores.groupby("teacher")["language"].agg(set).to_dict()
    result = {
        "study": arguments.study,
        "recipe": recipe,
        "size": size,
        "names": arguments.names,
        "decisions": decisions,
        "licences": licences_of(arguments, teachers),
        "examples": [entry for entry in shown if entry],
    }
    write_json(arguments.out, result)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    run(main)
