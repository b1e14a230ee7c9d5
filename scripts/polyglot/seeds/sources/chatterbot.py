"""Seed rows from the package `chatterbot-corpus`: human question-answer pairs in YAML, one folder a language.

A conversation of two turns is a pair. A longer one is a dialogue in the files of `DIALOGUES`; there a pair is (turn,
next turn) where the first turn opens the dialogue or asks something. In every other file (emotion, psychology,
computers, ...) the turns after the first are alternative answers to the first.
"""

import importlib.resources
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from polyglot.core.adapter import Adapter, Packaged
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id
from polyglot.core.texts import spelt
from polyglot.seeds.source_adapter import RawRow, check_options

FOLDERS = {
    "bn": "bengali",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fa": "persian",
    "fr": "french",
    "he": "hebrew",
    "hi": "hindi",
    "id": "indonesian",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "mr": "marathi",
    "nl": "dutch",
    "or": "oriya",
    "pt": "portuguese",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "te": "telugu",
    "th": "thai",
    "tr": "turkish",
    "uk": "ukrainian",
    "ur": "urdu",
    "yo": "yoruba",
    "zh": "chinese",
}
CORPUS = Packaged("chatterbot-corpus", "https://pypi.org/project/chatterbot-corpus/", "BSD-3-Clause")
ADAPTER = Adapter("chatterbot-corpus", packaged=CORPUS, languages=tuple(FOLDERS), by_people=True)
# file names, or folder and name, as found by reading the files
DIALOGUES = {"conversations", "coversations", "health", "english/sports", "german/movies", "korean/sports"}
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\ufeff"))  # left in the Japanese texts by machine translation
Turns = list[str]


def rows(languages: Sequence[str], options: Json, seed: int, resources: Path) -> Iterator[RawRow]:
    """Yield the corpus's pairs in `languages`. Raises InputError for a language that it has no folder for."""
    check_options("chatterbot", options, [])
    data = Path(str(importlib.resources.files("chatterbot_corpus"))) / "data"
    english = {path.name: conversations(path) for path in sorted((data / "english").glob("*.yml"))}
    for language in languages:
        if language not in FOLDERS:
            raise InputError(f"--languages {language}: not in chatterbot-corpus; it has {', '.join(FOLDERS)}")
        for path in sorted((data / FOLDERS[language]).glob("*.yml")):
            yield from file_rows(path, language, english.get(path.name))


def file_rows(path: Path, language: str, english: list[Any] | str | None) -> Iterator[RawRow]:
    """Yield the pairs of one file; `english` is what `conversations` gave for the English file of the same name."""
    name = f"{path.parent.name}/{path.stem}"
    result = conversations(path)
    if isinstance(result, str):
        print(spelt(f"warning: {name}.yml: {result}"), file=sys.stderr)
        yield RawRow(language, None, None, name, problem=result)
        return
    parallel = parallel_prefix(result, english) if isinstance(english, list) else 0
    for number, turns in enumerate(result):
        if not _is_turns(turns):
            problem = f"conversation {number} is not a list of two or more texts"
            print(spelt(f"warning: {name}.yml: {problem}"), file=sys.stderr)
            yield RawRow(language, None, None, f"{name}#{number}", problem=problem)
            continue
        for first, second in pairs(turns, dialogue=bool({name, path.stem} & DIALOGUES)):
            place = f"{number}.{first}.{second}"
            same = content_id("chatterbot", path.stem, place) if number < parallel else None
            prompt, response = (turns[turn].translate(INVISIBLE) for turn in (first, second))
            yield RawRow(language, prompt, response, f"{name}#{place}", parallel_id=same)


def conversations(path: Path) -> list[Any] | str:
    """The conversations of a corpus file as YAML has them, or a line that says why it cannot be read."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return " ".join(str(error).split())
    result = content.get("conversations") if isinstance(content, dict) else None
    return result if isinstance(result, list) else "has no list of conversations"


def pairs(turns: Turns, *, dialogue: bool) -> list[tuple[int, int]]:
    """Which turns make pairs (index of prompt, index of response); see the module's first lines."""
    if not dialogue:
        return [(0, answer) for answer in range(1, len(turns))]
    return [
        (turn, turn + 1) for turn in range(len(turns) - 1) if turn == 0 or turns[turn].rstrip().endswith(("?", "？"))
    ]


def parallel_prefix(results: list[Any], english: list[Any]) -> int:
    """How many conversations of a file certainly translate the English ones at the same place.

    Translators went down the English file, some left conversations out or put their own in. All are parallel where
    every conversation has as many turns as the English one. Else those before the first that differs, back to the last
    of more than two turns: a row of pairs alone proves no place.
    """
    shapes = [[len(item) if _is_turns(item) else 0 for item in file] for file in (results, english)]
    if shapes[0] == shapes[1]:
        return len(results)
    same = 0
    for position, (item, other) in enumerate(zip(*shapes, strict=False)):
        if item != other:
            break
        if item > 2:
            same = position + 1
    return same


def _is_turns(turns: Any) -> bool:
    return isinstance(turns, list) and len(turns) > 1 and all(isinstance(turn, str) for turn in turns)
