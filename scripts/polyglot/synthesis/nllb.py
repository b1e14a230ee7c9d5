"""Translation by an NLLB model under CTranslate2: sentence splitting, decoding, and rejection of failed translations.

NLLB was trained on sentences. A text is therefore translated sentence by sentence, and put together again with its
lines, list marks and fenced code as they were; a text of which one sentence fails is rejected whole, with the reason.
"""

import ctypes
import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from polyglot.core.control_tokens import PLAIN
from polyglot.core.errors import InputError
from polyglot.core.files import read_json
from polyglot.core.identity import digest, normalise
from polyglot.core.language import in_language, letters
from polyglot.synthesis.parsing import same

if TYPE_CHECKING:
    from ctranslate2 import Translator
    from transformers import PreTrainedTokenizerBase

REASONS = {
    "empty": "the source text or its translation holds no text",
    "too_long": "a sentence is longer than the model reads",
    "truncated": "the translation of a sentence reached the token limit",
    "copied": "the translation repeats the source text",
    "wrong_language": "the translation is not in the language",
}
COMPUTE_TYPES = ("float32", "float16", "bfloat16", "int8", "int8_float16", "int8_bfloat16", "int8_float32")
END = "</s>"
SPACE = re.compile(r"\s")
LINE = re.compile(r"(\s*(?:(?:[-*•>]|#{1,6}|\d{1,3}[.)]|\(?[a-zA-Z]\))\s+)?)(.*?)(\s*)", re.DOTALL)  # mark, text, end
FENCE = "```"
WITHOUT_SPACES = ("Jpan", "Hans", "Hant", "Thai", "Khmr", "Laoo", "Mymr", "Tibt")  # scripts, as FLORES codes end
CUBLAS = "libcublas.so.12"  # CTranslate2 is built for CUDA 12 and looks for it by this name


class Sentence(NamedTuple):
    """A translated sentence, or the reason it was rejected: too_long, truncated or empty; None if it is complete."""

    text: str
    reason: str | None


class Translation(NamedTuple):
    """A translated text, and the one key of REASONS for which it is rejected; None where it is kept."""

    text: str
    reason: str | None


Translate = Callable[[Sequence[str]], list[Sentence]]


@dataclass(frozen=True)
class Settings:
    """How sentences are translated: beam width, token limits of both sides, tokens in one batch."""

    beam_size: int
    max_input_tokens: int
    max_output_tokens: int
    batch_tokens: int


@dataclass(frozen=True)
class Model:
    """A CTranslate2 folder with its tokenizer, from one FLORES-200 code to another.

    `device` is cpu or cuda. Raises InputError, when first used, for a folder or a code that will not do.
    """

    folder: Path
    source: str
    target: str
    settings: Settings
    compute_type: str = "default"
    device: str = "cpu"
    threads: int = 1

    @cached_property
    def tokenizer(self) -> "PreTrainedTokenizerBase":
        """The tokenizer of the source language: its code first, the end token last."""
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(self.folder, src_lang=self.source)
        for code in (self.source, self.target):
            if tokenizer.convert_tokens_to_ids(code) in (None, tokenizer.unk_token_id):
                raise InputError(f"{self.folder}: has no language {code!r}; give a FLORES-200 code that it has")
        return tokenizer

    @cached_property
    def engine(self) -> "Translator":
        """The model, loaded."""
        if self.device == "cuda":
            load_cublas()
        from ctranslate2 import Translator, contains_model

        if not contains_model(str(self.folder)):
            raise InputError(f"{self.folder}: no CTranslate2 model; remake it with convert_translator")
        return Translator(
            str(self.folder),
            device=self.device,
            compute_type=self.compute_type,
            inter_threads=1,
            intra_threads=self.threads,
        )

    def tokens(self, sentence: str) -> list[str]:
        """A sentence as the model reads it. Nothing is padded: CTranslate2 pads by length, and would read <pad>."""
        return self.tokenizer.convert_ids_to_tokens(self.tokenizer(sentence, padding=False, **PLAIN).input_ids)

    def __call__(self, sentences: Sequence[str]) -> list[Sentence]:
        """Translate sentences, each by itself; which ones share a batch changes nothing but the speed."""
        asked = [self.tokens(sentence) for sentence in sentences]
        fitting = [index for index, tokens in enumerate(asked) if len(tokens) <= self.settings.max_input_tokens]
        results = self.engine.translate_batch(
            [asked[index] for index in fitting],
            target_prefix=[[self.target]] * len(fitting),
            beam_size=self.settings.beam_size,
            max_decoding_length=self.settings.max_output_tokens,
            max_input_length=0,  # longer ones were left out: nothing is cut in silence
            max_batch_size=self.settings.batch_tokens,
            batch_type="tokens",
            return_end_token=True,
        )
        translated = [Sentence("", "too_long")] * len(asked)
        for index, result in zip(fitting, results, strict=True):
            translated[index] = self.read(result.hypotheses[0])
        return translated

    def read(self, hypothesis: Sequence[str]) -> Sentence:
        """The text of a hypothesis: the target's code first, the end token last where it is whole."""
        words = list(hypothesis[1:] if hypothesis[:1] == [self.target] else hypothesis)
        whole = words[-1:] == [END]
        ids = self.tokenizer.convert_tokens_to_ids(words[:-1] if whole else words)
        text = normalise(self.tokenizer.decode(ids, skip_special_tokens=True))
        return Sentence(text, None if whole and text else "empty" if whole else "truncated")

    @property
    def fingerprint(self) -> str:
        """Digest of everything that a translation depends on."""
        files = [(file.name, file.stat().st_size) for file in sorted(self.folder.iterdir())]
        config = (self.folder / "config.json").read_text(encoding="utf-8")
        return digest(files, config, self.source, self.target, self.settings, self.compute_type)


def load_cublas() -> None:
    """Load the CUDA 12 cuBLAS of package nvidia-cublas-cu12: torch brings another version, under another name."""
    spec = importlib.util.find_spec("nvidia.cublas")
    folders = [Path(folder) / "lib" for folder in (spec.submodule_search_locations or [])] if spec else []
    results = [folder / CUBLAS for folder in folders if (folder / CUBLAS).is_file()]
    if not results:
        raise InputError(f"{CUBLAS}: not found; install the packages of envs/requirements-gpu.txt")
    for name in ("libcublasLt.so.12", CUBLAS):
        ctypes.CDLL(str(results[0].with_name(name)), mode=ctypes.RTLD_GLOBAL)


def convert(model: Path, out: Path, quantization: str) -> None:
    """Write `out`, a CTranslate2 folder with tokenizer, from an M2M-100 or NLLB folder by CTranslate2's own converter.

    Raises InputError where the folder's tokens and the converted vocabulary are not in the same order.
    """
    from ctranslate2.converters import TransformersConverter
    from transformers import AutoTokenizer

    names = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "sentencepiece.bpe.model")
    files = [name for name in names if (model / name).is_file()]
    TransformersConverter(str(model), copy_files=files).convert(str(out), quantization=quantization)
    vocabulary = read_json(out / "shared_vocabulary.json")
    tokenizer = AutoTokenizer.from_pretrained(model)
    moved = [token for token, place in tokenizer.get_vocab().items() if vocabulary[place : place + 1] != [token]]
    if moved:
        raise InputError(
            f"{model}: {len(moved)} tokens, {min(moved)!r} among them, have other places after conversion; pin other "
            "versions of ctranslate2 and transformers"
        )


class Piece(NamedTuple):
    """A stretch of a text: translated where `translated`, else kept as it is."""

    text: str
    translated: bool


def pieces(text: str, between: str = " ") -> list[Piece]:
    """Cut a text into sentences and what stands between them; joined again they are the text.

    `between` takes the place of the space after a sentence in the language that is translated into. Fenced code, list
    marks, white space at the ends of a line and lines without letters are kept.
    """
    results: list[Piece] = []
    fenced = False
    for number, line in enumerate(text.split("\n")):
        if number:
            results.append(Piece("\n", False))
        mark = line.lstrip().startswith(FENCE)
        if fenced or mark or not letters(line):
            fenced ^= mark
            results.append(Piece(line, False))
            continue
        head, body, tail = LINE.fullmatch(line).groups()
        results.append(Piece(head, False))
        for place, sentence in enumerate(sentences(body)):
            results += [Piece(between, False)] if place else []
            results.append(Piece(sentence, bool(letters(sentence))))
        results.append(Piece(tail, False))
    return [piece for piece in results if piece.text]


def sentences(line: str) -> list[str]:
    """The sentences of an English line, without the white space between them: the point of "Dr." ends none."""
    from sentencex import segment

    parts = segment("en", SPACE.sub(" ", line))  # other white space than this before a name ends it with an error
    cuts = [cut for cut in [0, *accumulate(map(len, parts))] if not _goes_on(line, cut)]
    return [sentence for start, end in pairwise(cuts) if (sentence := line[start:end].strip())]


def _goes_on(line: str, cut: int) -> bool:
    """Whether a point ended a rarer abbreviation: a small letter follows, in a line that begins with a capital."""
    return line[:1].isupper() and line[cut : cut + 1].islower() and line[:cut].rstrip().endswith(".")


def translate(texts: Sequence[str | None], translator: Translate, code: str, language: str) -> list[Translation]:
    """Translate texts into FLORES-200 `code`, which is ISO 639-1 `language`; a text that fails carries its reason."""
    between = "" if code.endswith(WITHOUT_SPACES) else " "
    cut = [pieces(normalise(text or ""), between) for text in texts]
    # each distinct sentence once, in sorted order: the same texts make the same batches, whatever their order
    distinct = sorted({piece.text for parts in cut for piece in parts if piece.translated})
    known = dict(zip(distinct, translator(distinct) if distinct else [], strict=True))
    return [
        checked(
            text or "", [known[part.text] if part.translated else Sentence(part.text, None) for part in parts], language
        )
        for text, parts in zip(texts, cut, strict=True)
    ]


def checked(source: str, parts: Sequence[Sentence], language: str) -> Translation:
    """One translation put together from its parts, and the first reason to reject it."""
    text = normalise("".join(part.text for part in parts))
    failed = [part.reason for part in parts if part.reason]
    if failed or not letters(source):
        return Translation(text, failed[0] if failed else "empty")
    if same(text) == same(source):
        return Translation(text, "copied")
    return Translation(text, "wrong_language" if in_language(text, language) is False else None)
