"""What a teacher is asked: one Jinja template a style and a method, rendered with a request's row."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2

from polyglot.core.errors import InputError
from polyglot.core.files import Json

FORMS = {"nllb-respond": "respond"}  # asked and read like another method; its prompts were translated before
STYLES = ("chat", "few_shot")
Message = dict[str, str]


@dataclass(frozen=True)
class Question:
    """One rendered request: chat messages, or the text that a base model goes on with, and what ends its answer."""

    content: list[Message] | str
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """The Jinja template of one style and method, `{folder}/{style}/{method}.jinja`.

    A chat template wraps each message in `{% call turn("user") %}`; text outside is ignored. A few-shot template's
    text is the prompt as it stands, and may set `stop`, a list of strings that end an answer.
    """

    folder: Path
    style: str
    method: str

    @property
    def path(self) -> Path:
        return self.folder / self.style / f"{self.method}.jinja"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def _compiled(self) -> jinja2.Template:
        settings = jinja2.Environment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
        )
        settings.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        try:
            return settings.from_string(self.text)
        except jinja2.TemplateError as error:
            raise InputError(f"{self.path}: not a Jinja template ({error}); fix it") from error

    def ask(self, language: str, demonstrations: list[Json], source_prompt: str | None) -> Question:
        """Render one request; `language` is its English name. Raises InputError naming a template that fails."""
        messages: list[Message] = []

        def turn(role: str, caller: Callable[[], str]) -> str:
            messages.append({"role": role, "content": caller().strip()})
            return ""

        values = {"language": language, "demonstrations": demonstrations, "source_prompt": source_prompt, "turn": turn}
        try:
            module = self._compiled.make_module(values)
        except jinja2.TemplateError as error:
            raise InputError(f"{self.path}: cannot be filled in ({error}); fix it") from error
        if self.style == "chat":
            if not messages:
                raise InputError(f"{self.path}: holds no turn; wrap each message in a call of turn")
            return Question(messages)
        return Question(str(module).lstrip(), tuple(getattr(module, "stop", ())))


def pair_schema(longest: int | None) -> Json:
    """JSON schema of a prompt and its response, each of at most `longest` characters (None: no limit)."""
    text: Json = {"type": "string"} if longest is None else {"type": "string", "minLength": 1, "maxLength": longest}
    return {
        "type": "object",
        "properties": {"prompt": text, "response": text},
        "required": ["prompt", "response"],
        "additionalProperties": False,
    }
