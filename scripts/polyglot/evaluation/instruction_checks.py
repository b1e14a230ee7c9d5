"""Whether an answer follows instructions that a program can check: length, form, language, words.

A check is data, {"kind": "words", "count": 5}; `CHECKS` has the kinds with what each needs. Writing differs in ways
that no instruction means: case, composed letters, widths, Arabic vowel signs, marks of direction, the digits of a
script, the style of bullets, quotation marks and final punctuation. So none of these decides.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import normalise
from polyglot.core.language import in_language
from polyglot.metrics.overlap import folded, tokens

LONGEST = 10_000  # characters; a longer answer is of a model that repeats itself, and follows nothing
SENTENCE = re.compile(r"(?<=[.。?؟])\s*")  # what divides the sentences of an instruction
TATWEEL = "ـ"
SIGNS = r"[,;:!?/|،؛؟。、—–]+"
BETWEEN_WORDS = re.compile(rf"(?<!\d){SIGNS}|{SIGNS}(?!\d)|--+|\.{{2,}}|[()\[\]{{}}«»“”„\"「」『』]")
UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힣]")  # kana, Han, Hangul: no space, or a particle, follows a word
BULLETS = "•‣⁃∙·・※▷→"  # beside all signs of the category "So": ● ■ ◆ ► ✓ and pictures
DASH = re.compile(r"[-–—−‐+](?!\d)|\*(?=\s|[^*\s][^*]*$)")  # no negative number, no bold text
HAN = "一二三四五六七八九十"
NUMBERED = re.compile(rf"[#*_>\s]*\(?(?:(?P<digits>\d+)(?:\s*[.):\],،、–—-]+(?!\d)|\s)|(?P<han>[{HAN}])[、.,:)])")
FENCED = re.compile(r"```\w*\s*(.*?)\s*```", re.DOTALL)
DOUBLE = '“”„‟"＂″〝〞'  # one sign, in the styles of several languages
NUMBER = re.compile(r"[-−+]?\d+(?:[.,٫٬'’]\d+|[ \u202f]\d{3}(?!\d))*(?:\s?[⁄/]\s?\d+)?")


class Kind(NamedTuple):
    """A kind of check: whether an answer holds to it, and the type of each thing that it needs beside "kind"."""

    holds: Callable[[str, Json], bool]
    needs: dict[str, type]


def outcomes(text: str, checks: Sequence[Json], instruction: str = "") -> list[bool]:
    """Whether `text` follows each of `checks`. An empty, unreadable or endless text follows none.

    Sentences of the instruction that the text repeats are no part of the answer: they hold the words asked for.
    """
    for sentence in filter(None, SENTENCE.split(instruction)):
        text = _without(text, sentence)
    text = _readable(text)
    return [any(map(str.isalnum, text)) and CHECKS[check["kind"]].holds(text, check) for check in checks]


def share_followed(text: str, checks: Sequence[Json], instruction: str = "") -> float:
    """The share of `checks` that `text` follows, 0 to 1; 1.0 only if it follows all. See `outcomes`."""
    results = outcomes(text, checks, instruction)
    return sum(results) / len(results)


def refuse_unknown(where: str, checks: Any) -> None:
    """Raise InputError if `checks` is no list of checks of known kinds with exactly what each needs."""
    if not isinstance(checks, list) or not checks:
        raise InputError(f"{where}: checks is not a list of checks; give at least one")
    for check in checks:
        kind = check.get("kind") if isinstance(check, dict) else None
        if kind not in CHECKS:
            raise InputError(f"{where}: check {check!r} has no known kind; use one of {', '.join(CHECKS)}")
        needs = CHECKS[kind].needs
        if {key: type(value) for key, value in check.items() if key != "kind"} != needs:
            names = ", ".join(f"{key} ({kind_of.__name__})" for key, kind_of in needs.items()) or "nothing"
            raise InputError(f"{where}: a check of kind {kind} needs {names} beside its kind, not {check!r}")


def _without(text: str, sentence: str) -> str:
    """A text without a sentence's copies, of which the last may be cut short where the answer ran out of tokens."""
    text = text.replace(sentence, "")
    cut = next((end for end in range(len(sentence) - 1, len(sentence) // 2, -1) if text.endswith(sentence[:end])), 0)
    return text[: len(text) - cut]


def _readable(text: str) -> str:
    """An answer as a reader sees it: without Arabic vowel signs, tatweel and invisible marks; "" if it is no text."""
    text = text.strip()
    if len(text) > LONGEST or any(unicodedata.category(character) == "Cs" for character in text):
        return ""
    text = re.sub(rf"(?<=\d){TATWEEL}+", "-", text)  # in a list, "١ـ" is "1-"
    return normalise("".join(character for character in text if not _invisible(character)))


def _invisible(character: str) -> bool:
    category, name = unicodedata.category(character), unicodedata.name(character, "")
    is_mark = category == "Mn" and ("ARABIC" in name or "VARIATION SELECTOR" in name)
    return is_mark or category in ("Cf", "Me") or character == TATWEEL


def _words(text: str) -> int:
    """Number of words: what stands between spaces, and marks without one, and holds a letter or a digit.

    "kata-kata", "l'eau", "3,5" and "24/7" are one word, "uno,dos" and "uno/dos" two.
    """
    spaced = BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", text.replace("´", "'")))
    return sum(any(map(str.isalnum, word)) for word in spaced.split())


def _characters(text: str) -> int:
    """Number of letters and digits: a language written without spaces counts them without its punctuation."""
    return len(tokens(text, characters=True))


def _lines(text: str) -> list[str]:
    """The lines that hold a letter or a digit, as `_plain` writes them."""
    lines = (_plain(line).strip() for line in text.splitlines())
    return [line for line in lines if any(map(str.isalnum, line))]


def _plain(text: str) -> str:
    """A text in NFKC, numbers in a circle as "1) "."""
    return unicodedata.normalize("NFKC", "".join(map(_uncircled, text)))


def _uncircled(character: str) -> str:
    is_circled = unicodedata.category(character) == "No" and "CIRCLED" in unicodedata.name(character, "")
    return f"{int(unicodedata.numeric(character))}) " if is_circled else character


def _is_bullet(line: str) -> bool:
    return line[0] in BULLETS or unicodedata.category(line[0]) == "So" or DASH.match(line) is not None


def _number_of(line: str) -> int | None:
    """The number at the beginning of a list's line."""
    match = NUMBERED.match(line)
    if match is None or not any(map(str.isalnum, line[match.end() :])):
        return None
    return int(match["digits"][:9]) if match["digits"] else HAN.index(match["han"]) + 1


def _is_numbered(text: str, check: Json) -> bool:
    return list(map(_number_of, _lines(text))) == list(range(1, check["count"] + 1))


def _is_bulleted(text: str, check: Json) -> bool:
    lines = _lines(text)
    return len(lines) == check["count"] and all(map(_is_bullet, lines))


def _pattern(word: str, clitics: bool = False) -> str:
    """The pattern of a word in a folded text; `clitics`: Arabic joins "and", "in", "for" and "as" to it."""
    word = folded(word).strip()
    pattern = re.escape(word).replace("\\ ", r"\s+")
    if UNSPACED.search(word):
        return pattern
    if clitics and "ARABIC" in unicodedata.name(word[0]):
        article = rf"|[وف]?لل{pattern[2:]}" if word.startswith("ال") else ""
        pattern = rf"(?:[وف]?[بلك]?{pattern}{article})"
    return rf"\b{pattern}\b"


def _holds_word(text: str, word: str) -> bool:
    return re.search(_pattern(word, clitics=True), folded(text)) is not None


def _begins(text: str, check: Json) -> bool:
    return re.match(rf"\s*{_pattern(check['word'])}", folded(text)) is not None


def _ends(text: str, check: Json) -> bool:
    return re.search(rf"{_pattern(check['word'])}\s*\Z", folded(text)) is not None


def _includes(text: str, check: Json) -> bool:
    return all(_holds_word(text, word) for word in check["words"])


def _excludes(text: str, check: Json) -> bool:
    return not any(_holds_word(text, word) for word in check["words"])


def _is_json(text: str, check: Json) -> bool:
    """Whether a text is a JSON object with exactly these keys, alone or in a fence of Markdown."""
    fenced = FENCED.fullmatch(text)
    try:
        content = json.loads(fenced[1] if fenced else text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and set(content) == set(map(normalise, check["keys"]))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _is_quoted(text: str, check: Json) -> bool:
    """Whether the whole text stands in one pair of quotation marks of the style asked for; a full stop may follow."""
    text = text.rstrip(".。．!！؟?… ")
    first, last, inner = text[0], text[-1], text[1:-1]
    given = [_style(mark) for mark in check["quotes"]]
    return [_style(first), _style(last)] == given and not {first, last} & set(inner) and len(text) > 1


def _style(mark: str) -> str:
    """A quotation mark, where all double ones (“ ” „ and the straight one) are the same."""
    return '"' if mark in DOUBLE else unicodedata.normalize("NFKC", mark)


def _is_number(text: str, check: Json) -> bool:
    return NUMBER.fullmatch(_plain(text).strip("*_`\"'“”„«» \n.。")) is not None


CHECKS = {
    "words": Kind(lambda text, check: _words(text) == check["count"], {"count": int}),
    "words_at_most": Kind(lambda text, check: _words(text) <= check["count"], {"count": int}),
    "characters": Kind(lambda text, check: _characters(text) == check["count"], {"count": int}),
    "characters_at_most": Kind(lambda text, check: _characters(text) <= check["count"], {"count": int}),
    "lines": Kind(lambda text, check: len(_lines(text)) == check["count"], {"count": int}),
    "bullets": Kind(_is_bulleted, {"count": int}),
    "numbered": Kind(_is_numbered, {"count": int}),
    "begins": Kind(_begins, {"word": str}),
    "ends": Kind(_ends, {"word": str}),
    "includes": Kind(_includes, {"words": list}),
    "excludes": Kind(_excludes, {"words": list}),
    "json": Kind(_is_json, {"keys": list}),
    "language": Kind(lambda text, check: in_language(text, check["code"]) is True, {"code": str}),
    "quoted": Kind(_is_quoted, {"quotes": str}),
    "number": Kind(_is_number, {}),
}
