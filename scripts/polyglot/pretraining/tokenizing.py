"""A byte-level BPE tokenizer trained with or without the boundaries of morphemes, and what it does to words.

With boundaries no token is learned across one: a sign of the private use area stands before each morpheme that begins
inside a word, and the text is split there before the bytes are. The tokenizer is then saved with byte level alone, so
that whoever uses it needs no analyser. What it gives is text that decodes to itself: `refuse_unless_it_gives_back`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from polyglot.core.errors import InputError
from polyglot.pretraining.marks import END_OF_TEXT, SPECIAL_TOKENS
from polyglot.pretraining.morphemes import SIGN, edges, signed

LARGEST = 1 << 16  # ids are stored in 16 bits
BYTES = 256


def train(texts: Iterable[str], vocabulary: int, morphemes: bool) -> Tokenizer:
    """A tokenizer of `vocabulary` entries, special tokens and bytes among them. Raises InputError for too few texts."""
    tokenizer = Tokenizer(models.BPE())
    by_byte = pre_tokenizers.ByteLevel(add_prefix_space=False)
    split = [pre_tokenizers.Split(SIGN, "removed")] if morphemes else []
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*split, by_byte])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator((signed(text) if morphemes else text for text in texts), trainer)
    tokenizer.pre_tokenizer = by_byte
    if (size := tokenizer.get_vocab_size()) != vocabulary:
        raise InputError(f"the texts give {size} entries, not {vocabulary}; lower vocabulary, or take more text")
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a folder that `AutoTokenizer` loads as a plain fast tokenizer."""
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END_OF_TEXT,
        additional_special_tokens=[token for token in SPECIAL_TOKENS if token != END_OF_TEXT],
        clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)


def refuse_unless_it_gives_back(tokenizer: PreTrainedTokenizerFast, texts: Iterable[str]) -> None:
    """Raise InputError naming the first text that does not come back when its tokens are decoded."""
    for text in texts:
        again = tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids)
        if again != text:
            place = next((at for at, pair in enumerate(zip(text, again, strict=False)) if len({*pair}) > 1), len(again))
            raise InputError(
                f"the tokenizer does not give its text back: {text[place : place + 20]!r} became"
                f" {again[place : place + 20]!r}; it is refused, check its normaliser and decoder"
            )


@dataclass(frozen=True)
class Fertility:
    """How a tokenizer cuts texts; counts, from which the shares follow. An inner edge lies within a word."""

    texts: int
    words: int
    bytes: int
    tokens: int
    inner_edges: int
    morpheme_edges: int
    common_edges: int

    def shares(self) -> dict[str, float | None]:
        """Tokens a word, bytes a token, inner edges that are a morpheme's, morphemes' edges that are a token's."""
        return {
            "tokens_per_word": self.tokens / self.words,
            "bytes_per_token": self.bytes / self.tokens,
            "edges_at_morphemes": self.common_edges / self.inner_edges if self.inner_edges else None,
            "morpheme_edges_kept": self.common_edges / self.morpheme_edges if self.morpheme_edges else None,
        }


def fertility(tokenizer: Tokenizer, texts: Sequence[str]) -> Fertility:
    """Count words, tokens and edges of `texts`."""
    sums = [0] * 6
    for text in texts:
        tokens = tokenizer.encode(text, add_special_tokens=False).tokens
        own, of_morphemes = set(inner_edges(tokens, text.encode())), set(edges(text))
        counts = (len(text.split()), len(text.encode()), len(tokens), len(own), len(of_morphemes))
        sums = [total + count for total, count in zip(sums, (*counts, len(own & of_morphemes)), strict=True)]
    return Fertility(len(texts), *sums)


def inner_edges(tokens: Iterable[str], encoded: bytes) -> Iterator[int]:
    """Places in the bytes of a text where a token begins inside a word.

    A token of byte level has a character for each byte; a special token is spelled in the text as it is.
    """
    spaces = b" \t\n"
    for place in accumulate(map(len, tokens)):
        if place < len(encoded) and encoded[place - 1] not in spaces and encoded[place] not in spaces:
            yield place
