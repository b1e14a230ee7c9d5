"""Claims of Polyglot-Ko about KOBEST: orders of models, shots, and what the printed numbers are."""

from itertools import combinations

import pandas as pd

from polyglot.analysis.claims.korean_evidence import KoreanEvidence, korean_claim
from polyglot.analysis.claims.ledger import Outcome, missing, near, outcome
from polyglot.analysis.polyglot_ko import CONSTANT, CONTEXT, MODELS, OTHERS, SIZES
from polyglot.core.numerals import written

HALF_UNIT = 0.00005  # of a number printed with four decimals
SCORES = "table of KOBEST scores"


def in_words(cells: pd.Index) -> str:
    """(task, shots) pairs as text."""
    return "; ".join(f"{task}, {shots} shots" for task, shots in cells) or "none"


def wins(evidence: KoreanEvidence, better: str, worse: list[str], needed: int) -> Outcome:
    """In how many of the 20 cells a model is above each of the others."""
    cells = evidence.cells
    above = cells[better] > cells[worse].max(axis=1)
    note = f"Cells in which {better} is above {', '.join(worse)}; not so: {in_words(cells.index[~above])}."
    return outcome(int(above.sum()) >= needed, str(int(above.sum())), note)


@korean_claim("KO-best", SCORES)
def the_largest_is_the_best(evidence: KoreanEvidence) -> Outcome:
    """12.8B is above the three models of others in each of the 20 cells."""
    return wins(evidence, "polyglot-ko-12.8b", OTHERS, 20)


@korean_claim("KO-like-size", SCORES)
def above_kogpt(evidence: KoreanEvidence) -> Outcome:
    """5.8B is above KoGPT 6B in more than half of the cells."""
    return wins(evidence, "polyglot-ko-5.8b", ["kogpt-6b"], 11)


@korean_claim("KO-like-size-small", SCORES)
def above_ko_gpt_trinity(evidence: KoreanEvidence) -> Outcome:
    """1.3B is above ko-gpt-trinity 1.2B in more than half of the cells."""
    return wins(evidence, "polyglot-ko-1.3b", ["ko-gpt-trinity-1.2b"], 11)


@korean_claim("KO-multilingual", SCORES)
def above_a_multilingual_model(evidence: KoreanEvidence) -> Outcome:
    """5.8B is above XGLM 7.5B in more than half of the cells."""
    return wins(evidence, "polyglot-ko-5.8b", ["xglm-7.5b"], 11)


@korean_claim("KO-size", SCORES)
def the_mean_rises_with_size(evidence: KoreanEvidence) -> Outcome:
    """The mean over tasks and shots rises from each size to the next."""
    means = evidence.cells[SIZES].mean()
    rises = int((means.diff().dropna() > 0).sum())
    note = "Means: " + ", ".join(f"{model} {written(mean, 4)}" for model, mean in means.items()) + "."
    return outcome(rises == len(SIZES) - 1, str(rises + 1), note)


@korean_claim("KO-shots", SCORES)
def fifty_shots_are_better_than_none(evidence: KoreanEvidence) -> Outcome:
    """Each model has a higher score with 50 shots than with none in each task."""
    cells = evidence.cells
    gain = (cells.xs(50, level="shots") - cells.xs(0, level="shots")).stack()
    lower = "; ".join(f"{model} in {task}" for task, model in gain.index[gain <= 0]) or "none"
    return outcome(bool((gain > 0).all()), str(int((gain > 0).sum())), f"Not so: {lower}.")


@korean_claim("KO-fifty", "lengths of KOBEST's training items, tokenizers")
def fifty_examples_fit(evidence: KoreanEvidence) -> Outcome:
    """Fifty examples and the item fit into the context, beyond which the evaluation cuts from the left.

    A shot is taken to be as long as a row of the task's training file.
    """
    lengths = evidence.printed["kobest_lengths"].set_index("task")
    tokenizers = evidence.printed["polyglot_ko_tokenizers"].set_index("tokenizer")
    kinds = tokenizers["bytes_a_token"]
    size = lengths["characters"] / lengths["rows"] * lengths["bytes_a_character"]
    fit = pd.DataFrame({name: CONTEXT / (size / rate) - 1 for name, rate in kinds.items()}).astype(int)
    least = fit.min(axis=1).idxmin()
    lines = [f"{task} {', '.join(map(str, row))}" for task, row in zip(fit.index, fit.to_numpy(), strict=True)]
    note = (
        f"Examples that fit into {CONTEXT} tokens beside the item, by tokenizers of {tokenizers['vocabulary'].max():,}"
        f" entries ({' and '.join(kinds.index)}; {tokenizers['source'].iloc[0]}), since the models' own is not at hand:"
        f" {'; '.join(lines)}. Fifty of {least} would need {written(size[least] * 51 / CONTEXT, 1)} bytes a token, and"
        f" these two reach {written(kinds.max(), 1)} at most. HellaSwag and WiC are not counted."
    )
    return outcome(int(fit.min(axis=1).min()) >= 50, str(int(fit.at[least, kinds.index[0]])), note)


@korean_claim("KO-hellaswag-f1", "table of KOBEST scores, reruns")
def hellaswag_is_macro_f1(evidence: KoreanEvidence) -> Outcome:
    """HellaSwag's printed number is what a rerun gives for macro F1."""
    return against_rerun(evidence, "polyglot-ko-12.8b", "hellaswag", 0)


@korean_claim("KO-wic-12.8b", "table of KOBEST scores, reruns")
def wic_of_the_largest(evidence: KoreanEvidence) -> Outcome:
    """WiC's printed number of 12.8B is what a rerun gives."""
    return against_rerun(evidence, "polyglot-ko-12.8b", "wic", 0)


def against_rerun(evidence: KoreanEvidence, model: str, task: str, shots: int) -> Outcome:
    """Compare a printed cell with others' measurement of it, beside the cells in which the two agree."""
    rows = evidence.reruns(model, task, shots)
    if rows.empty:
        return missing(f"a measurement of {task} with {model} at {shots} shots by others")
    row = rows.iloc[0]
    every = evidence.printed["polyglot_ko_reruns"].query("shots == @shots and rerun.notna()")
    exact = (every["rerun"] - every["printed"]).abs() <= HALF_UNIT
    own = every[exact & (every["source"] == row["source"])]
    agree = "; ".join(f"{item.task} of {item.model}" for item in own.itertuples())
    note = f"Source: {row['source']}; it gives the printed number in: {agree or 'no other cell'}."
    for item in every.query("task == @task and not (model == @model and metric == @row.metric)").itertuples():
        note += (
            f" {item.model}: printed {written(item.printed, 4)}, measured {written(item.rerun, 4)}"
            f" ({item.metric.replace('_', ' ')}; {item.source})."
        )
    return near(row["rerun"], evidence.cells.at[(task, shots), model], HALF_UNIT, note, 4)


@korean_claim("KO-wic-metric", "table of KOBEST scores, reruns")
def report_and_card_print_the_same(evidence: KoreanEvidence) -> Outcome:
    """WiC of 1.3B is the same number in the report and on the card."""
    rows = evidence.printed["polyglot_ko_reruns"].query("metric == 'as printed in the report'")
    if rows.empty:
        return missing("the report's numbers")
    card = [evidence.cells.at[(row.task, row.shots), row.model] for row in rows.itertuples()]
    rounded = [round(number, 3) for number in card]
    pairs = [
        f"{row.shots} shots {written(row.printed)} and {written(number)}"
        for row, number in zip(rows.itertuples(), rounded, strict=True)
    ]
    note = f"Report and card, {rows.iloc[0]['model']}: {', '.join(pairs)}."
    return outcome(rounded == rows["printed"].tolist(), written(card[0], 4), note, "rounding to three decimals")


@korean_claim("KO-constant", "table of KOBEST scores, numbers of items")
def two_class_cells_are_above_a_constant_answer(evidence: KoreanEvidence) -> Outcome:
    """Each cell of a task with two fixed answers is above what one and the same answer to every question gives.

    If a share p ≥ 1/2 of the items has the commoner answer, that answer alone gives a macro F1 of p / (1 + p) ≥ 1/3.
    """
    scores = evidence.printed["polyglot_ko_kobest_f1"]
    fixed = scores[scores["task"].isin(["boolq", "sentineg", "wic"])]
    above = fixed[fixed["f1"] > CONSTANT[2]]
    below = fixed[fixed["f1"] <= CONSTANT[2]]
    listed = "; ".join(f"{row.model} in {row.task}, {row.shots} shots ({row.f1})" for row in below.itertuples())
    note = (
        f"The commoner answer alone gives at least a third, whatever its share. Not above: {listed or 'none'}."
        f"{repeated(evidence, below)}"
    )
    return outcome(below.empty, str(len(above)), note)


def repeated(evidence: KoreanEvidence, below: pd.DataFrame) -> str:
    """Which share of constant answers gives a number that one model has at several shots; empty where none has."""
    items = evidence.printed["kobest_tasks"].set_index("task")["test"]
    text = ""
    for (task, model, score), part in below.groupby(["task", "model", "f1"]):
        right = [k for k in range(1, items[task]) if abs(k / (items[task] + k) - score) <= HALF_UNIT]
        if len(part) > 1 and right:
            listed = " or ".join(map(str, right))
            text += (
                f" {model} has {score} in {task} at {len(part)} numbers of shots: a constant answer gives it where"
                f" {listed} of {items[task]} items have that answer."
            )
    return text


@korean_claim("KO-twins", SCORES)
def no_two_models_agree_to_four_digits(evidence: KoreanEvidence) -> Outcome:
    """No two models have the same score in one task at one number of shots."""
    cells = evidence.cells
    twins = [
        f"{first} and {second} in {task}, {shots} shots ({written(row[first], 4)})"
        for (task, shots), row in cells.iterrows()
        for first, second in combinations(MODELS, 2)
        if row[first] == row[second]
    ]
    return outcome(not twins, str(len(twins)), f"Equal: {'; '.join(twins) or 'none'}.")
