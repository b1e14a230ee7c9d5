"""What the forms of personal data share: where a number ends, what stands before it, and whether it is money."""

import re
from collections.abc import Callable

Match = re.Match[str]
Check = Callable[[Match], bool | int]  # whether to mask the match, or the end of what to mask; 0 is nothing

CUE_REACH = 48  # characters before a number in which a word may say what it is
MONEY = re.compile(
    r"(?:[=+*×÷%^<>≈€$¥£₩円元원]|(?:Kč|CZK|EUR|USD|IDR|JPY|KRW|SAR|rupiah|dollars?|d[oó]lares|euros?|pesos|yen|korun"
    r"|ريال|دولار|جنيه|درهم|يورو)(?![A-Za-z]))",
    re.IGNORECASE,
)
MONEY_BEFORE = re.compile(r"(?:[=+*×÷^<>≈€$¥£₩]|(?<![A-Za-z])(?:Rp|IDR|USD|EUR|CZK|JPY)\.?)$", re.IGNORECASE)


def whole_number(form: str) -> re.Pattern[str]:
    """A pattern that matches only outside longer numbers and Latin words."""
    return re.compile(rf"(?<![A-Za-z0-9_.,/+-])(?<!\d ){form}(?![A-Za-z0-9_/]|[.,-]\d| \d)")


def digits_of(match: Match) -> str:
    """The digits of the match alone."""
    return re.sub(r"\D", "", match.group())


def stands_after(cue: re.Pattern[str], match: Match) -> bool:
    """Whether the cue stands shortly before the match."""
    return cue.search(match.string[max(0, match.start() - CUE_REACH) : match.start()]) is not None


def is_amount(match: Match) -> bool:
    """Whether the match is part of a sum or a price: a sign of arithmetic or the name of a currency touches it."""
    after = match.string[match.end() : match.end() + 12].lstrip()
    before = match.string[max(0, match.start() - 12) : match.start()].rstrip()
    return bool(MONEY.match(after) or MONEY_BEFORE.search(before))
