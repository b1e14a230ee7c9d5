"""Texts made safe to show: what a model or a server wrote cannot steer the terminal or the log it is printed on."""

import re

# whole escape sequences (colours; then titles and links, up to their end), so that no rest of them is left as text
ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # controls, also of the writing direction
LINES = re.compile(rf"{STEERING.pattern}|[\u2028\u2029]")
HALVES = re.compile(r"[\ud800-\udfff]")
UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # stands for what could not be decoded


def spelt(text: str) -> str:
    """A name of any bytes as one line that can be written: control characters and broken bytes are spelt out."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return LINES.sub(lambda result: f"\\u{ord(result[0]):04x}", text)


def printable(text: str) -> str:
    """`text` on one line without escape sequences, control characters and halves of surrogate pairs."""
    line = " ".join(ESCAPES.sub("", text).split())
    return HALVES.sub(UNREADABLE, STEERING.sub("", line))
