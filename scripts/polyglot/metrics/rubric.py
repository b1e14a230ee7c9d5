"""Judge a row with a model: the question, the parsing of the answer, the summary of scores."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2
import jsonschema

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json

STYLES = ("chat", "few_shot")
CUT = " [... cut here by the assessor's tool ...]"  # in English, like the rubric, not in the row's language
CHARACTERS_A_TOKEN = 2  # English takes about 4: a feedback that uses its whole length still ends before the tokens do

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Rubric:
    """The judge's question: templates and answer schema in `folder`, for one style and one language.

    Style "chat" renders system.jinja and rubric.jinja as two messages, "few_shot" renders few_shot.jinja as plain text
    for a base model to go on with. `language` is the language's English name.
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
            return template.render(language=self.language, prompt=prompt, response=response)
        except jinja2.TemplateNotFound as error:
            raise InputError(f"{self.folder / name}: not found; the style {self.style} needs it") from error
        except jinja2.TemplateError as error:
            raise InputError(f"{self.folder / name}: cannot be filled in ({error}); fix it") from error

    def ask(self, prompt: str, response: str) -> Messages | str:
        """The question about one row: chat messages, or plain text that ends where the answer begins."""
        if self.style == "few_shot":
            return self._render("few_shot.jinja", prompt, response) + "\n"
        return [
            {"role": "system", "content": self._render("system.jinja", prompt, response)},
            {"role": "user", "content": self._render("rubric.jinja", prompt, response)},
        ]

    def schema(self, max_tokens: int) -> Json:
        """schema.json with a limit of 2 characters a token on the feedback, so that it cannot crowd out the score."""
        schema = read_json(self.folder / "schema.json")
        schema["properties"]["feedback"]["maxLength"] = CHARACTERS_A_TOKEN * max_tokens
        return schema


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


def parse(text: str, schema: Json) -> tuple[int | None, str | None]:
    """Score and feedback of a judge's answer; (None, None) where it is not exactly the JSON that `schema` describes.

    Nothing is guessed: a number in quotes, 4.0, a score off the scale, text around the JSON and JSON that was cut are
    all invalid.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    if not jsonschema.Draft202012Validator(schema).is_valid(value) or type(value["score"]) is not int:
        return None, None
    return value["score"], value["feedback"]


def summarise(scores: Sequence[int | None], limit: float, judge: str, data: object) -> Json:
    """The metric's figures from each row's score (None: invalid answer).

    Raises InputError naming `judge` and the file `data` where the share of invalid answers is above `limit` (at the
    limit is accepted), or where no answer is valid.
    """
    valid = [score for score in scores if score is not None]
    if not scores:
        raise InputError(f"{data}: holds no rows to judge; make the file again")
    rate = (len(scores) - len(valid)) / len(scores)
    if rate > limit or not valid:
        fault = f"judge {judge} gave invalid answers to {len(scores) - len(valid)} of {len(scores)} rows"
        cure = "raise its max_tokens, use another judge, or raise the limit"
        raise InputError(f"{data}: {fault} (rate {rate:.3g}, limit {limit:g}); {cure}")
    return {
        "judge": judge,
        "judge_score": math.fsum(valid) / len(valid),
        "judge_invalid_rate": rate,
        "rows": len(scores),
        "valid": len(valid),
        "distinct_scores": len(set(valid)),
    }
