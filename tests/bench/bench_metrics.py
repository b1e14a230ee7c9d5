"""What the closed form of diversity and the engine's perplexity gain, and that they lose no exactness (`make bench`).

Diversity of 10,500 x 4,096 embeddings against the pairwise matrix in float64 and in float32: seconds, extra memory,
difference. Perplexity of 64 rows of six languages against a padded batch-of-8 loop over the file's order (real tokens
a second, padding not counted) and against a float32 forward pass row by row. Exit code 1 where a target is missed.
"""

import argparse
import math
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from targets import Targets

from polyglot.core.engine import load_engine, prepare_environment
from polyglot.metrics.diversity import mean_distances
from polyglot.metrics.overlap import Unit, overlap
from polyglot.metrics.perplexity_rows import encode, negative_log_likelihood, score

LANGUAGES = ("english", "german", "indonesian", "japanese", "korean", "spanish")
SEED = 20260
Encoded = list[tuple[list[int], list[int]]]  # a row: token ids, positions of the response's tokens


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result of `work()`, its seconds, and by how many MB the process's resident memory rose at its highest."""
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    peak, done = before, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    return result, seconds, (peak - before) / 1e6


def pairwise(embeddings: np.ndarray, dtype: type) -> float:
    """Mean cosine distance by the N x N matrix in `dtype`."""
    units = embeddings.astype(dtype)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    count = len(units)
    cosines = units @ units.T
    return 1 - (float(cosines.sum(dtype=np.float64)) - count) / (count * (count - 1))


def bench_diversity(count: int, dimensions: int, targets: Targets) -> None:
    """Time and compare the closed form on `count` rows that share a direction, as embeddings of real texts do."""
    embeddings = np.random.default_rng(SEED).standard_normal((count, dimensions), dtype=np.float32) + np.float32(0.5)
    names = [str(row) for row in range(count)]
    runs = [measured(lambda: mean_distances(embeddings, names)) for _ in range(3)]
    (closed, _), seconds, memory = runs[0][0], min(run[1] for run in runs), max(run[2] for run in runs)
    print(f"diversity {count} x {dimensions}: closed form {seconds:.3f} s, {memory:.0f} MB extra, value {closed:.12f}")
    for dtype in (np.float64, np.float32):
        matrix, slow, matrix_memory = measured(lambda dtype=dtype: pairwise(embeddings, dtype))
        name = np.dtype(dtype).name
        print(f"  pairwise {name}: {slow:.2f} s ({slow / seconds:.0f} times), {matrix_memory:.0f} MB extra", flush=True)
        if dtype is np.float64:  # the precision of the closed form
            targets.check("diversity, times faster than the pairwise matrix", slow / seconds, ">=", 30)
            targets.check("diversity, difference from the pairwise matrix", abs(matrix - closed), "<=", 1e-9)
    targets.check("diversity, extra memory", memory, "<=", 500, " MB")


def texts(count: int) -> list[tuple[str, str]]:
    """`count` (prompt, response) pairs of human text; languages alternate.

    A response is as many sentences of the corpus as it takes to reach a length drawn evenly on a log scale from 4 to
    150 characters.
    """
    draw, corpus = random.Random(SEED), files("chatterbot_corpus") / "data"
    sentences: dict[str, list[str]] = {}
    for language in LANGUAGES:
        result = sorted((corpus / language).iterdir(), key=lambda path: path.name)
        talks = [yaml.safe_load(path.read_text("utf-8"))["conversations"] for path in result if path.suffix == ".yml"]
        sentences[language] = sorted({str(turn) for file in talks for talk in file for turn in talk})
    rows = []
    for row in range(count):
        pool = sentences[LANGUAGES[row % len(LANGUAGES)]]
        length, response = math.exp(draw.uniform(math.log(4), math.log(150))), draw.choice(pool)
        while len(response) < length:
            response += " " + draw.choice(pool)
        rows.append((draw.choice(pool), response.strip()))
    return rows


def padded_loop(model: Any, encoded: Encoded, size: int) -> list[float]:
    """Each row's summed NLL by forward passes over batches of `size` rows in file order, padded on the right."""
    import torch

    result = []
    for start in range(0, len(encoded), size):
        batch = [torch.tensor(ids) for ids, _ in encoded[start : start + size]]
        ids = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(item) for item in batch], batch_first=True)
        labels = torch.nn.functional.pad(ids[:, 1:], (0, 1))  # the last column is never read
        with torch.inference_mode():
            logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            flat = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        losses = flat.view(len(batch), -1).double()
        for row, (_, positions) in enumerate(encoded[start : start + size]):
            result.append(float(losses[row, [position - 1 for position in positions]].sum()))
    return result


def bench_perplexity(folder: Path, count: int, targets: Targets) -> None:
    """Time and compare the engine's perplexities with Hugging Face's on the same rows and threads."""
    os.environ["VLLM_LOGGING_LEVEL"] = "ERROR"  # its notes go to standard output, among the figures
    prepare_environment()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = [encode(tokenizer, prompt, response) for prompt, response in texts(count)]
    lengths = [len(ids) for ids, _ in encoded]
    width = [max(lengths[start : start + 8]) * len(lengths[start : start + 8]) for start in range(0, count, 8)]
    print(f"perplexity of {count} rows: {min(lengths)} to {max(lengths)} tokens, {sum(lengths)} in all;", end=" ")
    print(f"batches of 8 hold {sum(width) / sum(lengths):.2f} times as many; {torch.get_num_threads()} thread(s)")

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    padded_loop(model, encoded[:2], 2)  # warm
    alone, alone_seconds, _ = measured(lambda: padded_loop(model, encoded, 1))
    _, padded_seconds, _ = measured(lambda: padded_loop(model, encoded, 8))

    engine = load_engine(folder, dtype="float32", max_model_len=2048, seed=SEED, enable_prefix_caching=False)
    score(engine, [encoded[0][0], encoded[1][0]])  # warm: the first call compiles
    logprobs, seconds, _ = measured(lambda: score(engine, [ids for ids, _ in encoded]))
    nll = [negative_log_likelihood(row, encoded[index][1], str(index)) for index, row in enumerate(logprobs)]
    for name, spent in (("engine", seconds), ("batch of 8", padded_seconds), ("one by one", alone_seconds)):
        print(f"  {name}: {spent:.1f} s, {sum(lengths) / spent:.0f} real tokens/s")
    counts = [len(positions) for _, positions in encoded]
    worst = max(abs(math.exp((item - two) / size) - 1) for item, two, size in zip(nll, alone, counts, strict=True))
    targets.check("perplexity, times the tokens/s of the padded batch-of-8 loop", padded_seconds / seconds, ">=", 1.4)
    targets.check("perplexity, greatest relative difference from one by one", worst, "<=", 1e-4)


def bench_contamination(targets: Targets) -> None:
    """Time of the search for benchmark items in a training set as both grow six times: the square would be 36."""
    draw = random.Random(SEED)
    words = [f"w{draw.randrange(5000)}" for _ in range(24_000)]

    def seconds(size: int) -> float:
        items = [{"item_id": str(k), "content": [" ".join(words[k : k + 40])]} for k in range(0, size, 40)]
        rows = [{"row_id": str(k), "prompt": " ".join(words[k : k + 60]), "response": ""} for k in range(0, size, 60)]
        start = time.process_time()
        overlap("benchmark", items, rows, Unit(13), item_share=0.5, limit=0.0)
        return time.process_time() - start

    seconds(2_000)
    targets.check("contamination, time for six times the text", seconds(24_000) / seconds(4_000), "<=", 14)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="model folder to score with")
    parser.add_argument("--quick", action="store_true", help="a quarter of the perplexity rows")
    args = parser.parse_args()
    targets = Targets()
    bench_diversity(10_500, 4_096, targets)
    bench_contamination(targets)
    bench_perplexity(args.model, 16 if args.quick else 64, targets)
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
