"""Evidence and registry of the claims of Polyglot-Ko, all of them about print."""

from dataclasses import dataclass

import pandas as pd

from polyglot.analysis.claims.ledger import Registry
from polyglot.analysis.polyglot_ko import OTHERS, SIZES

KOREAN_TESTS = Registry()
korean_claim = KOREAN_TESTS.claim


@dataclass(frozen=True)
class KoreanEvidence:
    """What the claims of Polyglot-Ko are tested by.

    Attributes:
        printed: tables by file stem, as `load_polyglot_ko` reads them.
        counted: parameters of the printed architectures, indexed by model, as in parameter_counts.
    """

    printed: dict[str, pd.DataFrame]
    counted: pd.DataFrame

    @property
    def models(self) -> pd.DataFrame:
        """The table of models, indexed by model."""
        return self.printed["polyglot_ko_models"].set_index("model")

    @property
    def cells(self) -> pd.DataFrame:
        """(task, shots) × model: the printed KOBEST scores, the models of others first, then by size."""
        scores = self.printed["polyglot_ko_kobest_f1"]
        return scores.pivot(index=["task", "shots"], columns="model", values="f1")[[*OTHERS, *SIZES]]

    def reruns(self, model: str, task: str, shots: int, metric: str = "macro_f1") -> pd.DataFrame:
        """The rows of others' measurements of one cell."""
        rows = self.printed["polyglot_ko_reruns"]
        return rows[
            (rows["model"] == model) & (rows["task"] == task) & (rows["shots"] == shots) & (rows["metric"] == metric)
        ]
