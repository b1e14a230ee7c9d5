"""Texts made safe, once, where they come in: what people, models and servers wrote is stored, compared and shown."""

import re
import unicodedata
from collections import Counter

# whole escape sequences (colours; then titles and links, up to their end), so that no rest of them is left as text
ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # controls, also of the writing direction
LINES = re.compile(rf"{STEERING.pattern}|[\u2028\u2029]")
LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tabs and line feeds
HALVES = re.compile(r"[\ud800-\udfff]")
UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # stands for what could not be decoded


def clean(text: str) -> tuple[str, Counter[str]]:
    """A text as it is stored and compared, and what that changed: kind → 1.

    NFC without outer white space, lines that end with a line feed, no escape sequences and control characters; empty
    where nothing can be seen, as of zero-width spaces alone. A half of a surrogate pair becomes U+FFFD, as bytes do
    that are no UTF-8: see `is_broken`.
    """
    changes: Counter[str] = Counter()
    for kind, pattern, by in (
        ("line_ends", LINE_ENDS, "\n"),
        ("controls", ESCAPES, ""),
        ("controls", CONTROLS, ""),
        ("broken", HALVES, UNREADABLE),
    ):
        if pattern.search(text):
            text = pattern.sub(by, text)
            changes[kind] = 1
    normal = unicodedata.normalize("NFC", text)
    if normal != text:
        changes["nfc"] = 1
    visible = any(unicodedata.category(character)[0] not in "CZ" for character in normal)
    return normal.strip() if visible else "", changes


def is_broken(text: str) -> bool:
    """Whether a part of a text could not be decoded."""
    return bool(HALVES.search(text)) or UNREADABLE in text


def spelt(text: str) -> str:
    """A name of any bytes as one line that can be written: control characters and broken bytes are spelt out."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return LINES.sub(lambda result: f"\\u{ord(result[0]):04x}", text)


def printable(text: str) -> str:
    """`text` on one line without escape sequences, control characters and halves of surrogate pairs."""
    line = " ".join(ESCAPES.sub("", text).split())
    return HALVES.sub(UNREADABLE, STEERING.sub("", line))
