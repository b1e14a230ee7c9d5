"""GSM8K (`openai/gsm8k`, config main, train): English word problems of primary school.

A row: question, answer ("She sold 48/2 = <<48/2=24>>24 clips … \n#### 72"). The marks of a calculator, «<<48/2=24>>»,
are taken out of the answer; a teacher who sees them writes them.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import pair, raw_rows
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("GSM8K", languages=("en",), by_people=True)

CALCULATOR = re.compile(r"<<[^<>]*>>")


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all problems if English is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "en" in languages:
            answer = row["answer"]
            return pair("en", row["question"], CALCULATOR.sub("", answer) if isinstance(answer, str) else answer, place)
        return None

    return raw_rows(folder, ["question", "answer"], languages, read)
