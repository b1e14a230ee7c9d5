"""Ids, seeds and orders that are functions of content alone."""

import hashlib
import unicodedata
from collections.abc import Iterable

from polyglot.core.texts import clean


def normalise(text: str) -> str:
    """`text` in the form in which texts are stored and compared: `core.texts.clean`."""
    return clean(text)[0]


def comparable(text: str) -> str:
    """`text` without case, punctuation and spaces: what counts as the same text. Text without letters stays itself."""
    return "".join(character for character in normalise(text).casefold() if character.isalnum()) or normalise(text)


def digest(*parts: object) -> str:
    """SHA-256 (64 hex digits) over the NFC text of `parts`, each preceded by its length: no two lists collide."""
    hasher = hashlib.sha256()
    for part in parts:
        encoded = unicodedata.normalize("NFC", str(part)).encode()
        hasher.update(f"{len(encoded)}:".encode() + encoded)
    return hasher.hexdigest()


def content_id(*parts: object) -> str:
    """16-hex-digit id of content (64 bits: at 1e7 rows a collision has probability below 1e-5)."""
    return digest(*parts)[:16]


def derive_seed(*parts: object) -> int:
    """A 31-bit seed that depends on every part; the study's seed comes first."""
    return int(digest(*parts)[:8], 16) & 0x7FFFFFFF


def shuffled(ids: Iterable[str], *seed: object) -> list[str]:
    """`ids` in an order that depends on the ids and the seed, never on the order in which they came."""
    return sorted(set(ids), key=lambda item: (digest(*seed, item), item))
