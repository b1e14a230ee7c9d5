"""Bank accounts: IBANs, Czech, Slovak and Spanish ones by check digits, and those that a word calls an account."""

import re

from stdnum import iban
from stdnum.cz import bankaccount
from stdnum.es import ccc

from polyglot.seeds.cues import ACCOUNT_CUE
from polyglot.seeds.matching import Check, Match, digits_of, is_amount, stands_after, whole_number

SHORTEST = 6  # digits of an account that a word names; fewer are as likely an amount
THOUSANDS = re.compile(r"\d{1,3}(?:[ .]\d{3})+")
DATE = re.compile(r"(?:19|20)\d\d([ -])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])")


def _iban_end(match: Match) -> int:
    """The end of the IBAN that begins here, after which words in capitals may follow."""
    text = match.group()
    for end in [len(text), *(place for place in range(len(text) - 1, 14, -1) if not text[place].isalnum())]:
        if iban.is_valid(text[:end], check_country=False):
            return match.start() + end
    return 0


def _is_czech(match: Match) -> bool:
    return bankaccount.is_valid(match.group())


def _is_spanish(match: Match) -> bool:
    return ccc.is_valid(match.group()) and not is_amount(match)


def _is_named(match: Match) -> bool:
    number = match.group()
    other = THOUSANDS.fullmatch(number) or DATE.fullmatch(number) or is_amount(match)
    return len(digits_of(match)) >= SHORTEST and not other and stands_after(ACCOUNT_CUE, match)


ACCOUNT_FORMS: list[tuple[str, re.Pattern[str], Check]] = [
    (
        "IBAN",
        re.compile(
            r"(?<![A-Za-z0-9_])[A-Z]{2}\d{2}(?:[A-Z0-9]{11,27}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)"
            r"(?![A-Za-z0-9_])"  # a particle may follow, in scripts without spaces
        ),
        _iban_end,
    ),
    ("ACCOUNT", whole_number(r"(?:\d{1,6}-)?\d{6,10}/\d{4}"), _is_czech),
    ("ACCOUNT", whole_number(r"\d{4}([ -])\d{4}\1\d{2}\1\d{10}"), _is_spanish),
    ("ACCOUNT", whole_number(r"\d(?:[ -]?\d){5,24}(?:/\d{4})?"), _is_named),
]
