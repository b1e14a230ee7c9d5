"""Numbers as people read them, the same in tables, figures and sentences."""

import math


def written(value: float | None, decimals: int = 3, signed: bool = False, unknown: str = "") -> str:
    """`value` with a real minus sign, no negative zero and thousands apart; `unknown` for a missing value."""
    if value is None or math.isnan(value):
        return unknown
    rounded = round(float(value), decimals) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''},.{decimals}f}".replace("-", "−")
