"""Clean a text of a corpus: edits that change it and filters that reject it, one function a step, in the order here.

An edit takes a text and gives one back; a filter gives the reason for a rejection, or None. Thresholds come from
`cleaning` in the config, words of a language from resources/corpora/{language}.yaml. Everything is a function of the
text alone: the same text gives the same bytes.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from polyglot.core.identity import normalise
from polyglot.core.language import in_language
from polyglot.core.texts import is_broken
from polyglot.pretraining.marks import marked

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
SPACES = re.compile(r"[^\S\n]+")
AROUND_LINES = re.compile(r" ?\n ?")
BLANK_LINES = re.compile(r"\n{3,}")
BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)
HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
# tags by name: Korean prose has its own words between such brackets, <표 1>, <개정 2021.1.1.>
TAG = re.compile(
    r"</?(?:a|abbr|article|b|blockquote|body|button|center|code|col|dd|div|dl|dt|em|figure|font|footer|form|h[1-6]|head"
    r"|header|hr|html|i|iframe|img|input|label|li|link|meta|nav|ol|option|p|pre|s|section|select|small|span|strong|sub"
    r"|sup|table|tbody|td|tfoot|th|thead|title|tr|u|ul|video)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
RUN = re.compile(r"([^\s\d])\1{3,}")  # digits may run: 1000000
RUN_KEPT = 3
PHRASE = re.compile(r"([^\W\d_]{2,10}?)\1{3,}")
PHRASE_WORDS = range(1, 9)
PHRASE_TIMES = 3  # a phrase that comes oftener on end is repeated
BULLETS = "-–—*•·∙○●◦□■◇◆▪▶►※◎ㅇ"
ELLIPSIS = re.compile(r"(?:…|\.\.\.)$")
SYMBOL = re.compile(r"…|\.\.\.|#")
HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
KOREAN = "ko"


@dataclass(frozen=True)
class Words:
    """What a language adds: lines that are no text, and phrases of spam."""

    boilerplate: Sequence[str] = ()
    spam: Sequence[str] = ()


@dataclass
class Cleaner:
    """The steps with their thresholds; it counts the texts that each edit changed and the data that were masked."""

    language: str
    limits: dict[str, Any]
    words: Words = field(default_factory=Words)
    edited: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._line = re.compile("|".join(f"(?:{line})" for line in self.words.boilerplate) or "(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> tuple[str, str | None]:
        """The cleaned text, and the reason to reject it; None where it stays."""
        reason = "broken" if is_broken(text) else too_long(text, self.limits)
        if reason:
            return text, reason
        for name, edit in self._edits():
            changed = edit(text)
            self.edited[name] += changed != text
            text = changed
        return text, next((reason for judged in self._filters() if (reason := judged(text))), None)

    def _edits(self) -> list[tuple[str, Callable[[str], str]]]:
        return [
            ("normal form", normal),
            ("html", without_html),
            ("personal data", self._masked),
            ("spaces", without_spaces),
            ("repeated characters", without_runs),
            ("repeated phrases", without_repeats),
            ("boilerplate", lambda text: without_lines(text, self._line)),
        ]

    def _masked(self, text: str) -> str:
        text, counts = marked(text)
        self.masked += counts
        return text

    def _filters(self) -> list[Callable[[str], str | None]]:
        limits = self.limits
        return [
            lambda text: too_short(text, limits),
            lambda text: too_long(text, limits),
            lambda text: other_language(text, self.language, limits["shares"]["hangul_least"]),
            lambda text: odd_words(text, limits),
            lambda text: symbols(text, limits["shares"]["symbols"]),
            lambda text: bullets(text, limits["shares"]["bullets"]),
            lambda text: ellipses(text, limits["shares"]["ellipses"]),
            lambda text: "spam" if any(phrase in text for phrase in self.words.spam) else None,
        ]


def normal(text: str) -> str:
    """NFC, one kind of line end, no control and no invisible characters."""
    return normalise(INVISIBLE.sub("", text))


def without_html(text: str) -> str:
    """Entities as the characters that they stand for; tags, scripts and comments taken out, breaks as line ends."""
    if "<" not in text and "&" not in text:
        return text
    text = HIDDEN.sub("", html.unescape(text))
    return normal(TAG.sub("", BREAK.sub("\n", text)))


def without_runs(text: str) -> str:
    """At most three of a character on end: ㅋㅋㅋㅋㅋ becomes ㅋㅋㅋ. Digits and spaces are left."""
    return RUN.sub(lambda match: match[1] * RUN_KEPT, text)


def without_repeats(text: str) -> str:
    """Phrases that come more than three times on end, in words or within one, come once."""
    lines = (" ".join(_once(PHRASE.sub(r"\1", line).split(" "))) for line in text.split("\n"))
    return "\n".join(lines)


def _once(words: list[str]) -> list[str]:
    for length in PHRASE_WORDS:
        if len(words) <= length * PHRASE_TIMES:
            break
        kept: list[str] = []
        same = 0  # words on end that are the same as those `length` before them
        for word in [*words, None]:
            if same and kept[-length] != word:
                if same >= length * PHRASE_TIMES:
                    del kept[len(kept) - same + same % length :]
                same = 0
            if word is not None:
                same = same + 1 if len(kept) >= length and kept[-length] == word else 0
                kept.append(word)
        words = kept
    return words


def without_lines(text: str, pattern: re.Pattern[str]) -> str:
    """A text without the lines that are boilerplate from end to end; what stands around them stays."""
    lines = [line for line in text.split("\n") if not (line and pattern.fullmatch(line))]
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def without_spaces(text: str) -> str:
    """One space between words, none at the ends of lines, at most one blank line."""
    return BLANK_LINES.sub("\n\n", AROUND_LINES.sub("\n", SPACES.sub(" ", text))).strip()


def too_short(text: str, limits: dict[str, Any]) -> str | None:
    return ("too_short" if text else "empty") if len(text) < limits["characters"]["least"] else None


def too_long(text: str, limits: dict[str, Any]) -> str | None:
    return "too_long" if len(text) > limits["characters"]["most"] else None


def other_language(text: str, language: str, least: float) -> str | None:
    """Korean by the share of Hangul in what is no space; another language as everywhere in the project."""
    if language != KOREAN:
        return "other_language" if in_language(text, language) is False else None
    inked = sum(not character.isspace() for character in text)
    return "other_language" if len(HANGUL.findall(text)) < least * inked else None


def odd_words(text: str, limits: dict[str, Any]) -> str | None:
    """Mean length of the words beyond the limits: letters set apart, or words run together."""
    words = text.split()
    mean = sum(map(len, words)) / len(words) if words else 0.0
    return None if limits["mean_word"]["least"] <= mean <= limits["mean_word"]["most"] else "word_length"


def symbols(text: str, most: float) -> str | None:
    words = text.split()
    return "symbols" if sum(bool(SYMBOL.search(word)) for word in words) > most * len(words) else None


def bullets(text: str, most: float) -> str | None:
    lines = _lines(text)
    return "bullets" if sum(line[0] in BULLETS for line in lines) > most * len(lines) else None


def ellipses(text: str, most: float) -> str | None:
    lines = _lines(text)
    return "ellipses" if sum(bool(ELLIPSIS.search(line)) for line in lines) > most * len(lines) else None


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]
