"""Long settings of a job, as files that their contents name: Linux holds a shell line to 128 KiB.

A command line names such a file as `@results/.settings/SHA256.json`, and every program reads the text in its place.
Contents decide the name, so that a changed setting is another word, and no file is ever written anew.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import whole

FOLDER = Path("results/.settings")
ARGUMENT = 128 * 1024  # bytes that a word of a command is shorter than, or Linux starts no program
WORD = re.compile(rf"@({re.escape(str(FOLDER))}/([0-9a-f]{{64}})\.json)")


def word_of(content: str, write: bool, below: Path = Path()) -> str:
    """The word for a text; its file is written where it is not there yet, unless nothing may be written (a dry run).

    A program that reads the word runs in the folder `below`.
    """
    path = FOLDER / f"{_sha256(content.encode())}.json"
    if write and not (below / path).exists():
        with whole(below / path) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return f"@{path}"


def shortened(words: Iterable[str], below: Path) -> list[str]:
    """A command line that is run in the folder `below`, with words in place of the texts that are too long for it."""
    return [word_of(word, True, below) if len(word.encode()) >= ARGUMENT else word for word in words]


def expanded(words: Iterable[str]) -> list[str]:
    """A command line with the texts of such files in place of their words. Raises InputError naming one gone."""
    return [_text(match[1], match[2]) if (match := WORD.fullmatch(word)) else word for word in words]


def _text(path: str, sha256: str) -> str:
    content = Path(path).read_bytes() if Path(path).is_file() else b""
    if _sha256(content) != sha256:
        raise InputError(f"{path}: gone, or not what its name says; delete it and run the same command again")
    return content.decode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
