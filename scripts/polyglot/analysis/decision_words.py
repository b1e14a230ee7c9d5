"""A decision in words, short enough to be read in half a minute."""

from collections.abc import Iterable

from polyglot.analysis.prices import ROWS
from polyglot.analysis.ranking_page import MOVES, NAMES, interval
from polyglot.core.files import Json
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.texts import printable

EXCERPT = 160  # characters of a text on the page in Markdown


def page(decision: Json) -> str:
    """The answer, the teachers in a table, how sure it is and on what, what would change it, licences and rows."""
    blocks = [*opening(decision), *body(decision), side_by_side(decision["examples"])]
    return "\n\n".join(block for block in blocks if block) + "\n"


def opening(decision: Json) -> list[str]:
    """The title and the answer."""
    title = f"# Which teacher: study {decision['study']}"
    if not decision["decisions"]:
        return [title, f"**No answer**: no data set has the recipe {decision['recipe']} at {decision['size']:,} rows."]
    head = head_of(decision)
    sentences = f"{place(head, decision)}: {answer(head)} {helps(head)}".rstrip()
    return [title, f"For students of {head['student_base']}, {sentences}"]


def head_of(decision: Json) -> Json:
    """The decision that the page opens on: the main student base's over all languages."""
    return decision["decisions"][0]


def body(decision: Json) -> list[str]:
    """Everything between the answer and the rows."""
    if not decision["decisions"]:
        return []
    head = head_of(decision)
    base = head["student_base"]
    languages = [entry for entry in decision["decisions"][1:] if entry["student_base"] == base]
    others = [
        f"For students of {entry['student_base']}, {place(entry, decision)}: {answer(entry)}"
        for entry in decision["decisions"]
        if entry["student_base"] != base and entry["language"] == "all"
    ]
    return [
        grid(head, decision),
        f"**How sure, and on what.** {how_sure(head)}",
        mixtures(head),
        f"**What would change it.** {change(head)}",
        by_language(languages, decision) if len(languages) > 1 else "",
        *cautions(head, languages),
        licences(head, decision),
        *others,
        MOVES,
    ]


def place(entry: Json, decision: Json) -> str:
    """The languages of a decision by name."""
    return "in " + listed(f"{decision['names'].get(code, code)} ({code})" for code in entry["anchors"])


def listed(names: Iterable[str], last: str = "and") -> str:
    """Names as in a sentence."""
    *first, end = list(names) or ["none"]
    return f"{', '.join(first)} {last} {end}" if first else end


def answer(entry: Json) -> str:
    """Which teachers, in a sentence or two."""
    teachers, first = entry["teachers"], [marked(row) for row in entry["teachers"] if row["teacher"] in entry["first"]]
    known = sum(row["estimate"] is not None for row in teachers)
    if entry["certainty"] == "none":
        return f"**no answer**: {entry['why']}."
    if entry["certainty"] == "alone":
        return f"**{first[0]}** is the only teacher with a score, so nothing is compared; add a second one."
    if entry["certainty"] == "unknown":
        score = NAMES[entry["score"]]
        return f"**no answer**: no score has an interval. {marked(teachers[0])} is the highest by {score}."
    if entry["certainty"] == "single":
        return f"**{first[0]}**. It is better than every other teacher."
    if len(first) == known:
        return f"**no single winner**. {listed(first)} cannot be told apart."
    behind = known - len(first)
    others = f"{behind} others stand" if behind > 1 else "1 other stands"
    return f"**{listed(first, 'or')}**. These cannot be told apart; {others} behind."


def marked(row: Json) -> str:
    """A teacher's name, with § where a data set of it has fewer rows than asked."""
    return f"{row['teacher']} §" if row["short"] else row["teacher"]


def helps(entry: Json) -> str:
    """Whether training on the best teacher's rows makes a student better than its base."""
    if not entry["teachers"] or entry["teachers"][0]["gain"]["estimate"] is None:
        return ""
    row = entry["teachers"][0]
    gain = row["gain"]
    value = f"{written(gain['estimate'], signed=True)}"
    if gain["low"] is None:
        return f"Its students gain {value} on their base, with an unknown error." if entry["first"] else ""
    value = f"{value} ({interval(gain['low'], gain['high'])})"
    if gain["low"] > 0:
        return f"Training on rows of {row['teacher']} helps: students gain {value} on their base."
    if gain["high"] < 0:
        return f"Even rows of {row['teacher']} harm: students lose against their base, {value}."
    return f"Whether rows of {row['teacher']} help at all is not known: students gain {value} on their base."


def grid(entry: Json, decision: Json) -> str:
    """A line a teacher: what it scored, its rows, its price and its licences."""
    if not entry["teachers"]:
        return ""
    name = {"gain": "gain", "pg_score": "PG-Score"}[entry["score"]]
    headers = ["teacher", f"{name}, 95 %", "group", "rows", f"price of {ROWS:,} rows", "licences of the rows"]
    return markdown_table([_line(row, decision) for row in entry["teachers"]], headers)


def _line(row: Json, decision: Json) -> list[str]:
    span = interval(row["low"], row["high"]) if row["low"] is not None else "no interval"
    rows = "not known" if row["rows"] is None else f"{row['rows']:,} of {row['rows_asked']:,}"
    return [
        marked(row),
        f"{written(row['estimate'], unknown='n/a')} ({span})",
        "" if row["tie_group"] is None else str(row["tie_group"]),
        rows,
        price(row.get("price")),
        "; ".join(item["name"] for item in decision["licences"].get(row["teacher"], [])) or "not known",
    ]


def price(costs: Json | None) -> str:
    """A price in words; what was not measured is said to be so."""
    if tokens := (costs or {}).get("unpriced"):
        read, wrote = f"{tokens['prompt_tokens']:,} tokens read", f"{tokens['completion_tokens']:,} written"
        return f"fees not known, for the config has no price: {read}, {wrote}; no GPU of yours"
    if costs is None or set(costs.values()) == {None}:
        return "not measured here"
    if costs["gpu_hours"] is None and costs["cpu_hours"] is None:
        return f"{written(costs['fees_usd'], 2)} US $ in fees; no GPU of yours"
    hours = "gpu" if costs["gpu_hours"] is not None else "cpu"
    number = written(costs[f"{hours}_hours"], 1)
    fees = f"{written(costs['fees_usd'], 2)} US $ in fees" if costs["fees_usd"] else "no fees"
    return f"{fees}; {number} {hours.upper()}-hours" + ("; GPU-hours not measured here" if hours == "cpu" else "")


def how_sure(entry: Json) -> str:
    """The score that decides and why, the items, rows and trials behind it, and what its intervals lack."""
    if entry["score"] is None:
        return "Nothing: no score can decide here."
    counts: dict[str, int] = {}
    for benchmarks in entry["items"].values():
        for name, count in benchmarks.items():
            counts[name] = counts.get(name, 0) + count
    items = " + ".join(f"{count:,} items of {name}" for name, count in sorted(counts.items())) or "unknown items"
    trials = f"{entry['trials']} trial{'s' * (entry['trials'] != 1)} of each data set"
    sentences = [f"Decided by {NAMES[entry['score']]}: {entry['why']}. On {items} and {trials}."]
    best = entry["teachers"][0]
    if best["p_best"] is not None:
        sentences.append(f"{best['teacher']} is the best with probability {written(best['p_best'], 2)}.")
    if entry["certainty"] == "unknown":
        sentences.append("The items and rows behind these numbers are not known, or an anchor is not valid.")
    elif entry["trials"] == 1:
        sentences.append("With one trial, how much a student differs when it is trained again is not in the intervals.")
    others = entry["first_by_pg_score"]
    if entry["score"] == "gain" and others and set(others) != set(entry["first"]):
        sentences.append(f"By PG-Score, which adds metrics of the rows, the answer is another: {listed(others, 'or')}.")
    return " ".join(sentences)


def mixture_line(row: Json) -> str:
    """How a mixture stands against the best of its teachers, in a sentence."""
    name, over = f"{row['mixture']} ({listed(row['teachers'])})", f"{row['best']}, the best of its teachers"
    lead = written(row["lead"], signed=True)
    if row["low"] is None or row["low"] != row["low"]:  # on the page NaN, in JSON null
        return f"{name} against {over}: {lead}, with an unknown error."
    span = interval(row["low"], row["high"])
    if row["low"] > 0:
        return f"{name} is better than {over}: {lead} ({span})."
    if row["high"] < 0:
        return f"{name} is worse than {over}: {lead} ({span})."
    return f"{name} cannot be told from {over}: {lead} ({span})."


def mixtures(entry: Json) -> str:
    """Whether mixing teachers pays, by the score that decides."""
    lines = [mixture_line(row) for row in entry.get("mixtures", [])]
    return f"**Mixtures.** {' '.join(lines)}" if lines else ""


def change(entry: Json) -> str:
    """The lead of the first over the second against the least that shows, and what halves the error."""
    part = entry["change"]
    if entry["certainty"] in ("unknown", "none"):
        return "A run of the study: it has the items and rows from which errors follow."
    if part["least_lead"] is None:
        return "A second teacher." if entry["certainty"] == "alone" else "Scores that are known for all teachers."
    seen = "too small to be told from none: it takes" if part["lead"] <= part["least_lead"] else "large enough to show:"
    sentences = [
        f"The lead of {entry['teachers'][0]['teacher']} over {part['over']} is {written(part['lead'])}, {seen}"
        f" {written(part['least_lead'])}."
    ]
    if part["difference_se"] is not None:
        known = [name for name in ("items", "trials") if part[f"{name}_times"] is not None]
        ways = [f"{written(part[f'{name}_times'], 1)} times as many {name}" for name in known]
        halved = f"{listed(ways, 'or')} would halve it" if ways else "neither items nor trials alone would halve it"
        sentences.append(f"The error of a difference in gain is {written(part['difference_se'], 4)}; {halved}.")
    return " ".join(sentences)


def by_language(entries: list[Json], decision: Json) -> str:
    """The answer in each language, by which score."""
    rows = [
        [place(entry, decision).removeprefix("in "), answer(entry), NAMES.get(entry["score"], "")] for entry in entries
    ]
    return markdown_table(rows, ["language", "answer", "by"])


def cautions(head: Json, languages: list[Json]) -> list[str]:
    """Teachers with missing rows or mostly refused answers, as a list."""
    lines = []
    for row in head["teachers"]:
        own = [(entry["language"], line) for entry in languages for line in entry["teachers"]]
        for language, line in own:
            if line["teacher"] == row["teacher"] and line["short"]:
                lines.append(
                    f"- {marked(row)} has {line['rows']:,} of the {line['rows_asked']:,} rows asked in {language}: its"
                    " scores do not compare with those of whole data sets."
                )
        answers = row.get("answers")
        if answers and answers["refused"] * 2 > answers["of"]:
            reasons = ", ".join(f"{reason} {count}" for reason, count in answers["reasons"].items())
            refused = f"{answers['refused']:,} of {answers['of']:,}"
            lines.append(f"- Most answers of {marked(row)} were refused: {refused} ({reasons}).")
    return ["**Read with care.**", "\n".join(lines)] if lines else []


def licences(head: Json, decision: Json) -> str:
    """The terms of the first teachers' rows."""
    lines = []
    for name in head["first"]:
        terms = [f"{item['name']}: {item['terms']}" for item in decision["licences"].get(name, []) if item["terms"]]
        if terms:
            lines.append(f"- {name}: {' '.join(terms)}")
    return "**Terms of the rows.**\n\n" + "\n".join(lines) if lines else ""


def side_by_side(examples: list[Json]) -> str:
    """The first prompt that the best two teachers of a language share, with both answers."""
    shown = next((entry for entry in examples if entry["rows"]), None)
    if shown is None:
        return ""
    row = shown["rows"][0]
    lines = [f"**The same prompt, two teachers** ({shown['language']}): {quoted(row['prompt'])}"]
    lines += [f"- {name}: {quoted(text)}" for name, text in zip(shown["teachers"], row["answers"], strict=True)]
    return lines[0] + "\n\n" + "\n".join(lines[1:])


def quoted(text: str) -> str:
    """A text of people or models as one line of code, which no Markdown in it can leave."""
    line = printable(text).replace("`", "'")
    return f"`{line[:EXCERPT]}{' […]' * (len(line) > EXCERPT)}`"
