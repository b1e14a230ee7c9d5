"""Telephone numbers as people write them: with a calling code, as they are dialled at home, and after a word."""

import re
from collections.abc import Container
from itertools import pairwise

import phonenumbers

from polyglot.seeds.cues import ANOTHER_CUE, NOT_CALLED_CUE, PHONE_CUE
from polyglot.seeds.matching import Check, Match, digits_of, is_amount, stands_after, whole_number

# numbers begin with 0 at home
TRUNK_REGIONS = ("AE", "AU", "BE", "CH", "DE", "EG", "FR", "GB", "ID", "JP", "KR", "PH", "SA", "TR", "VN")
ALL = {kind for kind in phonenumbers.PhoneNumberType.values() if kind != phonenumbers.PhoneNumberType.UNKNOWN}
MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
COUNTING = "01234567890123456789"
SHORTEST = 7  # digits after a calling code; fewer are taken for a sum with its sign
DATE = re.compile(r"\d\d?([ ./-])\d\d?\1(?:1[5-9]|20)\d\d\b")
YEARS = re.compile(r"\b(?:1[5-9]|20)\d\d-(?:1[5-9]|20)\d\d\b")


def _phone(number: str, region: str | None = None) -> phonenumbers.PhoneNumber | None:
    """`number` as `phonenumbers` reads it in a region, or anywhere if it has a calling code."""
    try:
        phone = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return phone if len(phonenumbers.national_significant_number(phone)) >= SHORTEST else None


def _has_length(number: phonenumbers.PhoneNumber) -> bool:
    """Whether its country has numbers of this length, even if none of them is known to begin like this one."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _international_end(match: Match) -> int:
    """The end of the phone number that begins here, after which other numbers may follow."""
    decimal = re.match(r"\+[2-689]\.", match.group())  # calling codes of one digit are 1 and 7
    if decimal or is_amount(match) or re.search(r"[\d)\]=]\s*$", match.string[: match.start()]):
        return 0
    number = match.group()
    cuts = [len(number), *(place.start() for place in reversed(list(re.finditer(r"(?<=\d)[ .-]", number))))]
    written = [re.sub(r"^00", "+", number[:cut].replace("(0)", "")) for cut in cuts]
    parsed = [(match.start() + cut, phone) for cut, text in zip(cuts, written, strict=True) if (phone := _phone(text))]
    # digits alone, with 00 for the +, are as likely a code of goods, and +1.23 is a decimal
    exact = number.isdigit() or re.fullmatch(r"\+\d\.\d+", number)
    checks = [phonenumbers.is_valid_number] + [_has_length] * (not exact)
    for check in checks:
        if ends := [end for end, phone in parsed if check(phone)]:
            return ends[0]
    return 0


def _is_national_phone(match: Match) -> bool:
    """A number of a form that is a phone number's alone."""
    digits, groups = digits_of(match), re.findall(r"\d+", match.group())
    counted = digits in COUNTING or digits[::-1] in COUNTING
    rounded = len(groups) > 1 and all(group.endswith("0") for group in groups)
    steps = {int(after) - int(before) for before, after in pairwise(groups)} if len(groups) > 3 else set()
    if not 9 <= len(digits) <= 13 or len(set(digits)) <= 2 or rounded or counted or len(steps) == 1:
        return False
    return not is_amount(match) and not stands_after(NOT_CALLED_CUE, match)


def _is_valid_in(regions: tuple[str, ...], kinds: Container[int] = ALL) -> Check:
    """A check: a number as it is dialled at home in one of these countries, and no date with a time."""

    def check(match: Match) -> bool:
        if not _is_national_phone(match) or DATE.match(match.group()) or YEARS.search(match.group()):
            return False
        phones = [_phone(match.group(), region) for region in regions]
        return any(phone is not None and phonenumbers.number_type(phone) in kinds for phone in phones)

    return check


def _is_called_phone(match: Match) -> bool:
    """A number that a word calls a phone number, and that is no year and no count in thousands."""
    return _is_no_count(match) and stands_after(PHONE_CUE, match)


def _is_another_phone(match: Match) -> bool:
    """A number that stands beside a phone number."""
    return _is_no_count(match) and stands_after(ANOTHER_CUE, match)


def _is_no_count(match: Match) -> bool:
    number = match.group()
    years = re.fullmatch(r"((?:1\d|20)\d\d)\D+((?:1\d|20)\d\d)", number)
    thousands = re.fullmatch(r"\d{1,2}(?:[ .]\d{3})+|[\d .]*[ .]000", number)
    decimal = re.fullmatch(r"[1-9]\d{0,3}\.\d+", number)
    return not (years and years[1] < years[2]) and not thousands and not decimal and not is_amount(match)


ANY = whole_number(r"\(?\d(?:[ .()/-]{0,2}\d){6,14}")
AT_HOME = _is_valid_in(TRUNK_REGIONS)
# In this order, after what begins with a calling code: what one form has masked no later one sees.
PHONE_FORMS: list[tuple[re.Pattern[str], Check]] = [
    (
        re.compile(
            r"(?<![A-Za-z0-9_+/.,-])(?:\(\+\d{1,3}\)|(?:\+|00(?=[1-9]))\d)(?:[ .()/-]{0,2}\d){6,16}"
            r"(?![A-Za-z0-9_/]|[.,]\d)"
        ),
        _international_end,
    ),
    (
        whole_number(
            r"(?:\((?!(?:19|20)\d\d\))0?[1-9]\d{1,4}\) ?\d{3,5}[ -]\d{4}|(?:1[-. ])?[2-9]\d{2}([-.])[2-9]\d{2}\1\d{4})"
        ),
        _is_national_phone,
    ),
    (whole_number(r"0\d{1,4}-\d{1,4}-\d{3,5}"), _is_national_phone),
    (whole_number(r"0\d{1,3}(?:\(\d{2,4}\)|\) ?\d{3,4}-)\d{4}"), _is_national_phone),
    (whole_number(r"\(?0\d{2,4}(?:\) ?|[ /])\d{6,8}"), _is_national_phone),
    (whole_number(r"(?:\(0 ?[1-9]\d{0,3}\)|0[1-9]\d{0,3})(?: ?[ /-] ?\d{2,8}){1,5}(?: ?- ?\d{1,3})?"), AT_HOME),
    (whole_number(r"(?:0[1-9](?:\.\d\d){4}|0[1-9]\d{1,2}\.\d{3,4}\.\d{3,4})"), AT_HOME),
    (whole_number(r"(?:08\d{8,11}|05\d{8}|01[0125]\d{8}|01[5-7]\d{8,9}|09\d{9}|0[789]0\d{8})"), _is_national_phone),
    (whole_number(r"0[1-9]\d{8,9}"), _is_valid_in(TRUNK_REGIONS, MOBILE)),
    (
        whole_number(r"(?:[6-9]\d{2}(?: \d{2}){3}|9\d \d{3} \d{2} \d{2}|[1-9]\d 9?\d{4}-\d{4})"),
        _is_valid_in(("BR", "CZ", "ES", "SK")),
    ),
    (whole_number(r"8[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]\d{2}[ -]\d{2}"), _is_valid_in(("RU",))),
    (whole_number(r"0 \(?[1-9]\d{2}\)? \d{3} \d{2} \d{2}"), _is_valid_in(("TR",))),
    (ANY, _is_called_phone),
    (ANY, _is_another_phone),
]
