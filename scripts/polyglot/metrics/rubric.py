"""Judge a row with a model: the question, the parsing of the answer, the summary of scores."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2
import jsonschema

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json
from polyglot.core.identity import normalise
from polyglot.core.texts import is_broken
from polyglot.metrics.overlap import folded

STYLES = ("chat", "few_shot", "prometheus")
CUT = " [... cut here by the assessor's tool ...]"  # in English, like the rubric, not in the row's language
CHARACTERS_A_TOKEN = 2  # English takes about 4: a feedback that uses its whole length still ends before the tokens do

# the answer of Prometheus: feedback without "[", which the grammar is slow to tell from the marker, then the score
ASSESSMENT = r"(Feedback: )?[^\[\s][^\[]{{0,{longest}}} \[RESULT\] [1-5]"

# where a style's templates begin and end the two texts of a row: a text that spells such a mark would end itself there,
# and what follows would read as the assessor's own words
MARKS = {
    "chat": re.compile(r"<(?=/?\s*(prompt|answer)\s*>)", re.IGNORECASE),
    "few_shot": re.compile(r"^(?=[^\S\n]*(prompt|answer|assessment)\s*[:：])", re.IGNORECASE | re.MULTILINE),
    "prometheus": re.compile(
        r"^(?=[^\S\n]*###\s*(task description|the instruction to evaluate|response to evaluate|score rubrics|feedback)"
        r"\s*[:：])",
        re.IGNORECASE | re.MULTILINE,
    ),
}
# what stands in a row's text for the beginning of a mark, or before it
HARMLESS = {"chat": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "few_shot": "> ", "prometheus": "> "}

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Rubric:
    """The judge's question: templates and answer schema in `folder`, for one style and one language.

    Style "chat" renders system.jinja and rubric.jinja as two messages, "prometheus" prometheus_system.jinja and
    prometheus.jinja, the format that Prometheus is trained on; "few_shot" renders few_shot.jinja as plain text for a
    base model to go on with. `language` is the language's English name.
    """

    folder: Path
    style: str
    language: str

    @cached_property
    def _environment(self) -> jinja2.Environment:
        loader = jinja2.FileSystemLoader(self.folder, encoding="utf-8")
        return jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True)

    def _render(self, name: str, prompt: str, response: str) -> str:
        try:
            template = self._environment.get_template(name)
            texts = {"prompt": self._material(prompt), "response": self._material(response)}
            return template.render(language=self.language, **texts)
        except jinja2.TemplateNotFound as error:
            raise InputError(f"{self.folder / name}: not found; the style {self.style} needs it") from error
        except jinja2.TemplateError as error:
            raise InputError(f"{self.folder / name}: cannot be filled in ({error}); fix it") from error

    def _material(self, text: str) -> str:
        """A text of a row, in which no mark of the templates is left; any other text is as it was."""
        return MARKS[self.style].sub(HARMLESS[self.style], text)

    def ask(self, prompt: str, response: str) -> Messages | str:
        """The question about one row: chat messages, or plain text that ends where the answer begins."""
        if self.style == "few_shot":
            return self._render("few_shot.jinja", prompt, response) + "\n"
        system, user = ("prometheus_system", "prometheus") if self.style == "prometheus" else ("system", "rubric")
        return [
            {"role": "system", "content": self._render(f"{system}.jinja", prompt, response)},
            {"role": "user", "content": self._render(f"{user}.jinja", prompt, response)},
        ]

    def constraint(self, max_tokens: int | None) -> Json:
        """What answers are constrained to: {"json": schema}, or {"regex": pattern} in the style "prometheus".

        The feedback is limited to 2 characters a token, so that it cannot crowd out the score; not limited where
        `max_tokens` is None, for servers of which many refuse a schema with a limit.
        """
        longest = None if max_tokens is None else CHARACTERS_A_TOKEN * max_tokens
        if self.style == "prometheus":
            return {"regex": ASSESSMENT.format(longest="" if longest is None else longest - 1)}
        schema = read_json(self.folder / "schema.json")
        if longest is not None:
            schema["properties"]["feedback"]["maxLength"] = longest
        return {"json": schema}

    def examples(self, constraint: Json) -> list[str]:
        """The feedback of each example that the question shows; only the style "few_shot" has any."""
        question = self.ask("", "")
        lines = question.splitlines() if isinstance(question, str) else []
        shown = [parse(line[line.find("{") :], constraint)[1] for line in lines]
        return [feedback for feedback in shown if feedback is not None]


def cut(text: str, limit: int) -> str:
    """`text`, or its first `limit` characters and a visible mark where it is longer."""
    return text if len(text) <= limit else text[:limit] + CUT


def fit(encode: Callable[[str, str], list[int]], prompt: str, response: str, room: int) -> tuple[list[int], bool]:
    """Token ids of the question about one row in at most `room` tokens, and whether the row had to be cut.

    `encode` renders and tokenises a question. The rubric stays whole: the row's prompt and response are both limited to
    the same number of characters, the largest that fits, so that the longer text, mostly the response, loses its tail.
    Raises InputError where the question does not fit even without the row.
    """
    ids = encode(prompt, response)
    if len(ids) <= room:
        return ids, False
    fits, exceeds = 0, max(len(prompt), len(response))
    ids = encode(cut(prompt, fits), cut(response, fits))
    if len(ids) > room:
        raise InputError(f"judge: the rubric alone takes {len(ids)} of {room} tokens; raise --max-model-len")
    while exceeds - fits > 1:
        limit = (fits + exceeds) // 2
        candidate = encode(cut(prompt, limit), cut(response, limit))
        if len(candidate) <= room:
            fits, ids = limit, candidate
        else:
            exceeds = limit
    return ids, True


def parse(text: str, constraint: Json) -> tuple[int | None, str | None]:
    """Score and feedback of a judge's answer; (None, None) where it is not exactly what `constraint` describes.

    Nothing is guessed: a number in quotes, 4.0, a score off the scale, a second [RESULT], text around the answer and
    an answer that was cut are all invalid, and so is a feedback that holds what could not be decoded.
    """
    if "regex" in constraint:
        if not re.fullmatch(constraint["regex"], text):
            return None, None
        feedback, _, score = text.rpartition(" [RESULT] ")
        feedback = normalise(feedback.removeprefix("Feedback:"))
        return (int(score), feedback) if feedback and not is_broken(feedback) else (None, None)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    if not jsonschema.Draft202012Validator(constraint["json"]).is_valid(value) or type(value["score"]) is not int:
        return None, None
    feedback = normalise(value["feedback"])
    return (None, None) if is_broken(feedback) else (value["score"], feedback)


def repeats(feedbacks: Sequence[str | None], examples: Sequence[str]) -> list[bool]:
    """Whether each feedback says nothing of its own row; False where there is none (None: invalid answer).

    It does so if it holds the feedback of one of the prompt's `examples`, or is the same as that of more than half of
    the valid answers. Compared without case, spaces and punctuation, after NFKC.
    """
    compared = [None if text is None else _comparable(text) for text in feedbacks]
    counts = Counter(text for text in compared if text is not None)
    common = {text for text, count in counts.items() if count > 1 and 2 * count > counts.total()}
    shown = [_comparable(text) for text in examples]
    return [text is not None and (text in common or any(example in text for example in shown)) for text in compared]


def _comparable(text: str) -> str:
    return "".join(folded(text).split())


def summarise(scores: Sequence[int | None], limit: float, judge: str, data: object, least: int = 1) -> Json:
    """The metric's figures from each row's score (None: invalid answer).

    Raises InputError naming `judge` and the file `data` where the share of invalid answers is above `limit` (at the
    limit is accepted), where no answer is valid, or where there are fewer than `least` rows; of no row, which `least` 0
    accepts, score and rate are unknown.
    """
    valid = [score for score in scores if score is not None]
    if len(scores) < least:
        raise InputError(f"{data}: holds {len(scores) or 'no'} rows to judge; make the file again")
    counts = {"judge": judge, "rows": len(scores), "valid": len(valid), "distinct_scores": len(set(valid))}
    if not scores:
        return counts | {"judge_score": None, "judge_invalid_rate": None}
    rate = (len(scores) - len(valid)) / len(scores)
    if rate > limit or not valid:
        fault = f"judge {judge} gave invalid answers to {len(scores) - len(valid)} of {len(scores)} rows"
        cure = "raise its max_tokens, use another judge, or raise the limit"
        raise InputError(f"{data}: {fault} (rate {rate:.3g}, limit {limit:g}); {cure}")
    return counts | {"judge_score": math.fsum(valid) / len(valid), "judge_invalid_rate": rate}
