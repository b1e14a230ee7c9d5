"""Read, split and tokenise the rows that train a student; compute the loss on the held-out rows.

Rows are tokenised only here, so that training and the held-out loss score the same tokens: all of them, or those of
the answer and its end token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from polyglot.core.control_tokens import encode_turns, turns_as_text
from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_parquet
from polyglot.core.identity import shuffled
from polyglot.training.training_settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

IGNORED = -100  # the label that the loss skips


def read_rows(path: Path) -> pd.DataFrame:
    """Rows of a cell, sorted by row_id. Raises InputError naming the file and the empty or repeated row."""
    rows = read_parquet(path, ["row_id", "prompt", "response"]).sort_values("row_id", ignore_index=True)
    if rows.empty:
        raise InputError(f"{path}: holds no rows to train on; see its counts file")
    for column in ("prompt", "response"):
        empty = rows[rows[column].isna() | (rows[column].fillna("").str.strip() == "")]
        if len(empty):
            raise InputError(
                f"{path}: row {empty.row_id.iloc[0]} has no {column} ({len(empty)} such rows); mix it again"
            )
    if rows.row_id.duplicated().any():
        raise InputError(f"{path}: row_id {rows.row_id[rows.row_id.duplicated()].iloc[0]} occurs twice; mix it again")
    return rows


def held_out(ids: Sequence[str], share: float, seed: int) -> set[str]:
    """Ids of the held-out rows: round(share * n) of them, at least one if share > 0, by a seeded hash of the id.

    Raises InputError if no row would be left to train on.
    """
    count = max(1, round(share * len(ids))) if share else 0
    if count >= len(ids):
        raise InputError(f"held_out_share {share} of {len(ids)} rows leaves no row to train on; lower it or add rows")
    return set(shuffled(ids, seed, "held-out")[:count])


def tokenise(prompt: str, response: str, tokenizer: "PreTrainedTokenizerBase", loss: str) -> Json:
    """{"input_ids", "labels"} of one row under the chat template; labels are -100 outside the loss."""
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
    answers = loss == "answers"
    turns = turns_as_text(tokenizer, messages)
    encoded = encode_turns(tokenizer, turns, return_assistant_tokens_mask=answers)
    ids = list(encoded["input_ids"])
    if not answers:
        return {"input_ids": ids, "labels": ids}
    mask = encoded["assistant_masks"]
    if not any(mask):
        raise InputError(
            f"{tokenizer.name_or_path}: the chat template marks no answer; put {{% generation %}} around it, or train "
            "with loss: all"
        )
    return {
        "input_ids": ids,
        "labels": [token if counted else IGNORED for token, counted in zip(ids, mask, strict=True)],
    }


@dataclass
class Data:
    """Tokenised rows. Rows longer than max_length are dropped: a cut row would teach an answer without its end.

    `max_length` is the study's, or the base's own context where that is shorter.
    """

    train: list[Json]
    held_out: list[Json]
    dropped: list[str]


def prepare(path: Path, tokenizer: "PreTrainedTokenizerBase", settings: Settings, seed: int) -> Data:
    """Read, split and tokenise the rows. Raises InputError if no row is left to train on or to hold out."""
    rows = read_rows(path)
    held_out_ids = held_out(list(rows.row_id), settings.held_out_share, seed)
    data = Data([], [], [])
    for row in rows.itertuples():
        encoded = tokenise(row.prompt, row.response, tokenizer, settings.loss)
        if len(encoded["input_ids"]) > settings.max_length:
            data.dropped.append(row.row_id)
        else:
            (data.held_out if row.row_id in held_out_ids else data.train).append(encoded)
    if not data.train:
        raise InputError(f"{path}: every row is longer than max_length {settings.max_length} tokens; raise it")
    if held_out_ids and not data.held_out:
        raise InputError(f"{path}: every held-out row is longer than max_length {settings.max_length} tokens; raise it")
    return data


def held_out_loss(model: "PreTrainedModel", rows: Sequence[Json]) -> float | None:
    """Mean negative log-likelihood (nats a token) of the rows' counted tokens; None without rows.

    One row at a time, with float32 logits: without padding, the result does not depend on a batch size.
    """
    import torch
    from tqdm import tqdm

    if not rows:
        return None
    nll, tokens = 0.0, 0
    model.eval()
    for row in tqdm(rows, desc="held-out rows"):
        ids, labels = (torch.tensor([row[key]], device=model.device) for key in ("input_ids", "labels"))
        with torch.inference_mode():
            logits = model(ids, use_cache=False).logits[0, :-1].float()
        nll += torch.nn.functional.cross_entropy(logits, labels[0, 1:], ignore_index=IGNORED, reduction="sum").item()
        tokens += int((labels[0, 1:] != IGNORED).sum())
    return nll / tokens
