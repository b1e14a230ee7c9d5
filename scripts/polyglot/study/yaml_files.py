"""YAML files that people write, read strictly: what YAML itself would pass over in silence is an error of one line."""

import math
import re
from pathlib import Path
from typing import Any

import yaml

from polyglot.core.errors import InputError

LARGEST = 1_000_000  # bytes of a file
MOST_VALUES = 100_000  # of a file once its aliases are followed
ABSENT = (None, {})
DECIMAL = re.compile(r"[-+]?(0|[1-9][\d_]*)")
NOT_SIXTIES = re.compile(r"[^:]+")
LONGEST_NUMBER = 100  # digits; Python itself refuses some thousand


class _Strict(yaml.SafeLoader):
    """A loader that refuses a key that stands twice in one mapping, and what YAML reads as another number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key is a list or a mapping", key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_decimal(self, node: yaml.ScalarNode) -> Any:
        """A number as people write it: YAML reads 1:30 as 90, 0017 as 15 and 0x1F as 31."""
        kind = node.tag.rpartition(":")[2]
        if not (DECIMAL if kind == "int" else NOT_SIXTIES).fullmatch(node.value) or len(node.value) > LONGEST_NUMBER:
            raise yaml.MarkedYAMLError(None, None, f"{node.value[:40]!r} is no plain number in tens", node.start_mark)
        return self.construct_yaml_int(node) if kind == "int" else self.construct_yaml_float(node)


for _kind in ("int", "float"):
    _Strict.add_constructor(f"tag:yaml.org,2002:{_kind}", _Strict.construct_decimal)


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping of a YAML file; empty for a file without one. Raises InputError that names the file and the line."""
    if file.stat().st_size > LARGEST:
        raise InputError(f"{file}: is larger than {LARGEST} bytes; a study needs a few thousand")
    try:
        value = yaml.load(file.read_text(encoding="utf-8"), _Strict)
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error)
        raise InputError(f"{file}: not valid YAML{line} ({' '.join(reason.split())}); correct it") from error
    if value in ABSENT:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{file}: is a {type(value).__name__} at the top; write keys with values, as in config.yaml")
    refuse_unbounded(file, value)
    return value


def refuse_unbounded(file: Path, value: Any) -> None:
    """Raise InputError where aliases make a value hold itself, or more than MOST_VALUES values."""
    count, queue = 0, [(value, frozenset[int]())]
    while queue:
        inner, above = queue.pop()
        count += 1
        if id(inner) in above or count > MOST_VALUES:
            fault = "an alias holds itself" if id(inner) in above else f"aliases make more than {MOST_VALUES} values"
            raise InputError(f"{file}: {fault}; write the values out")
        if isinstance(inner, (dict, list)):
            here = above | {id(inner)}
            queue.extend((item, here) for item in (inner.values() if isinstance(inner, dict) else inner))


def misread(value: Any) -> str | None:
    """How YAML came to a value that its writer may not have meant, and the cure; None where there is no doubt."""
    if isinstance(value, bool):
        return f"YAML reads yes, no, on and off as {str(value).lower()}; write text in quotes"
    if isinstance(value, str) and _is_number(value):
        return f"YAML reads it as text; write a number as {float(value)!r}"
    return None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
