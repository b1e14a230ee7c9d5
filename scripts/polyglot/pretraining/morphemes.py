"""Where the morphemes of Korean words begin, by Lindera with the mecab-ko dictionary that its package carries.

Needed while a tokenizer is trained and measured, never where it is used. Chosen among three: python-mecab-ko has the
same dictionary and speed, but a build for each version of Python and none for 3.13; Kiwi is maintained too, and slower
by ten times. This package is one build for all versions.
"""

import functools
from itertools import pairwise
from typing import Any

# package, what it carries, and the licence of that; the package's own is MIT
DICTIONARY = ("lindera-python-ko-dic", "mecab-ko-dic", "Apache-2.0")
SIGN = "\ue000"  # of the private use area: stands before a morpheme that begins inside a word, and nowhere else
SPACES = b" \t\n"  # all that a cleaned text holds


@functools.cache
def _analyser() -> Any:
    import lindera

    return lindera.Tokenizer(lindera.load_dictionary("embedded://ko-dic"), mode="normal")


def edges(text: str) -> list[int]:
    """Places in the UTF-8 bytes of `text` at which a morpheme begins inside a word, in order."""
    encoded = text.encode()
    begins = sorted({token.byte_start for token in _analyser().tokenize(text)})
    return [place for place in begins if place and encoded[place - 1] not in SPACES]


def signed(text: str) -> str:
    """`text` with SIGN at its `edges`; a sign that it holds itself is taken out."""
    text = text.replace(SIGN, "")
    encoded = text.encode()
    pieces = [0, *edges(text), len(encoded)]
    return SIGN.join(encoded[start:end].decode() for start, end in pairwise(pieces))
