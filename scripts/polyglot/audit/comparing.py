"""Two files that should be the same: identical, equal within a tolerance, or different and where first."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

IDENTICAL, EQUAL, DIFFERENT = "identical", "equal within the tolerance", "different"
BLOCK = 1 << 20
ABSENT = object()


@dataclass(frozen=True)
class Tolerance:
    """Numbers a and b are equal where |a − b| ≤ max(relative · max(|a|, |b|), absolute)."""

    relative: float
    absolute: float

    def equal(self, item: float, two: float) -> bool:
        """Whether two numbers are equal; NaN is NaN's equal."""
        if math.isnan(item) or math.isnan(two):
            return math.isnan(item) and math.isnan(two)
        return math.isclose(item, two, rel_tol=self.relative, abs_tol=self.absolute)

    def __str__(self) -> str:
        """As it is stated beside a verdict."""
        return f"relative {self.relative:g}, absolute {self.absolute:g}"


@dataclass(frozen=True)
class Comparison:
    """A verdict; of different files where they first differ, of equal ones what the largest relative difference is."""

    verdict: str
    detail: str = ""


def compare(recorded: Path, remade: Path, tolerance: Tolerance) -> Comparison:
    """Compare by what a file's name says it holds; bytes where that says nothing, or it cannot be read so."""
    place = first_byte(recorded, remade)
    if place is None:
        return Comparison(IDENTICAL)
    reader = READERS.get(recorded.suffix)
    if reader is None:
        return Comparison(DIFFERENT, place)
    try:
        return walk(reader(recorded), reader(remade), tolerance)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Comparison(DIFFERENT, f"{place}; one of both cannot be read ({error})")


def first_byte(item: Path, two: Path) -> str | None:
    """Where the bytes of two files first differ, in words; None where they do not."""
    with open(item, "rb") as first, open(two, "rb") as second:
        offset = 0
        while True:
            a, b = first.read(BLOCK), second.read(BLOCK)
            if a != b:
                place = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
                sizes = f"{item.stat().st_size} and {two.stat().st_size} bytes"
                return f"byte {offset + place} is the first to differ, of {sizes}"
            if not a:
                return None
            offset += len(a)


def walk(recorded: Iterator[tuple[str, Any]], remade: Iterator[tuple[str, Any]], tolerance: Tolerance) -> Comparison:
    """Compare two walks of (place, value) side by side."""
    largest = 0.0
    for (place, item), (other, two) in zip_longest(recorded, remade, fillvalue=("", ABSENT)):
        if place != other or item is ABSENT or two is ABSENT:
            return Comparison(
                DIFFERENT, f"{place or other}: {_word(item)} was recorded, {_word(two)} remade ({other or 'nothing'})"
            )
        if hasattr(item, "shape"):
            difference = _arrays(item, two, tolerance)
            if isinstance(difference, str):
                return Comparison(DIFFERENT, f"{place}: {difference}")
            largest = max(largest, difference)
        elif _is_number(item) and _is_number(two):
            if not tolerance.equal(item, two):
                return Comparison(DIFFERENT, f"{place}: {item!r} was recorded, {two!r} remade")
            if item != two and math.isfinite(item):
                largest = max(largest, abs(item - two) / max(abs(item), abs(two)))
        elif item != two or type(item) is not type(two):
            return Comparison(DIFFERENT, f"{place}: {_word(item)} was recorded, {_word(two)} remade")
    return Comparison(EQUAL, f"{tolerance}; the largest relative difference is {largest:.2g}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(value: object) -> str:
    text = "nothing" if value is ABSENT else repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"


def _arrays(item: Any, two: Any, tolerance: Tolerance) -> float | str:
    """The largest relative difference of two arrays, or how they differ."""
    import numpy as np

    if item.shape != two.shape or item.dtype != two.dtype:
        return f"{item.dtype}{list(item.shape)} was recorded, {two.dtype}{list(two.shape)} remade"
    first, second = item.astype(np.float64).ravel(), two.astype(np.float64).ravel()
    close = np.isclose(first, second, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=True)
    if not close.all():
        place = int((~close).argmax())
        return f"element {place}: {first[place]!r} was recorded, {second[place]!r} remade; {int((~close).sum())} differ"
    scale = np.maximum(np.abs(first), np.abs(second))
    differences = np.abs(first - second)[scale > 0] / scale[scale > 0]
    return float(np.nanmax(differences, initial=0.0))


def _json(value: Any, place: str = "$") -> Iterator[tuple[str, Any]]:
    """Every leaf of a JSON value, and the length of each list."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _json(value[key], f"{place}.{key}")
    elif isinstance(value, list):
        yield f"{place}.length", len(value)
        for number, item in enumerate(value):
            yield from _json(item, f"{place}[{number}]")
    else:
        yield place, value


def _json_file(path: Path) -> Iterator[tuple[str, Any]]:
    yield from _json(json.loads(path.read_text(encoding="utf-8")))


def _jsonl_file(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line:
            yield from _json(json.loads(line), f"line {number}")


def _csv_file(path: Path) -> Iterator[tuple[str, Any]]:
    """Every cell, a number where it is written as one."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        yield "header", header
        for number, row in enumerate(rows, start=2):
            yield f"line {number}.cells", len(row)
            for name, cell in zip(header, row, strict=False):
                try:
                    yield f"line {number}, {name}", float(cell)
                except ValueError:
                    yield f"line {number}, {name}", cell


def _parquet_file(path: Path) -> Iterator[tuple[str, Any]]:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    yield "columns", [f"{field.name}: {field.type}" for field in table.schema]
    for number, row in enumerate(table.to_pylist()):
        yield from _json(row, f"row {number}")


def _safetensors_file(path: Path) -> Iterator[tuple[str, Any]]:
    """Every tensor; those in bfloat16, which numpy lacks, as the float32 that they are."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as tensors:
        for name in sorted(tensors.keys()):
            tensor = tensors.get_tensor(name)
            yield f"tensor {name}.dtype", str(tensor.dtype)
            yield f"tensor {name}", (tensor.float() if tensor.is_floating_point() else tensor).numpy()


READERS = {
    ".json": _json_file,
    ".jsonl": _jsonl_file,
    ".csv": _csv_file,
    ".parquet": _parquet_file,
    ".safetensors": _safetensors_file,
}
