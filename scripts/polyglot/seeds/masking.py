"""Mask personal data in texts: detected by form and check digit, replaced by a placeholder that names the kind.

What is masked: e-mail addresses, phone numbers, payment cards (Luhn), IBANs (modulo 97), accounts that are called so,
public IP addresses, and national numbers: Brazil, Czechia and Slovakia, Germany, Switzerland, Spain, Chile, Mexico,
Indonesia, Japan, South Korea, Egypt, Saudi Arabia, the Emirates, the United States, the United Kingdom (the
Philippines have none with a check). A number is masked only where its form, its check digit or the word before it tells
it from a year, a price or a sum; digits alone never do. Digits of any script and full-width letters count as what they
stand for.
"""

import ipaddress
import re
from collections import Counter
from datetime import date, datetime

from stdnum import exceptions, luhn
from stdnum.br import cpf
from stdnum.ch import ssn as swiss
from stdnum.cl import rut
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.id import nik
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.us import ssn

from polyglot.seeds.accounts import ACCOUNT_FORMS
from polyglot.seeds.cues import BIRTH_NUMBER_CUE, COUNTED_CUE, MY_NUMBER_CUE, SAUDI_CUE, TAX_CUE
from polyglot.seeds.matching import Check, Match, digits_of, is_amount, stands_after, whole_number
from polyglot.seeds.phones import PHONE_FORMS

# what `stdnum` refuses because it was printed on specimen cards
SPECIMENS = {"078-05-1120", "219-09-9999", "457-55-5462"}
UNICAST = ipaddress.ip_network("2000::/3")  # the part of IPv6 in use
LETTER = r"A-Za-zÀ-ÖØ-öø-ɏ\u0300-\u036fͰ-ӿḀ-ỿ"  # Latin, Greek, Cyrillic: scripts that set spaces round an address
ARABIC = r"\u0621-\u064a"
# top domains in scripts that set none
TOP = "السعودية|امارات|مصر|الاردن|المغرب|قطر|تونس|عمان|فلسطين|السودان|سورية|الجزائر|عراق|البحرين|موريتانيا"
TOP += "|ایران|پاکستان|موقع|شبكة|한국|닷컴|닷넷|みんな|コム|ไทย|คอม"
TOP += "|中国|中國|香港|台灣|台湾|新加坡|澳門|公司|网络|網絡|网址|网站|中文网|在线|集团|商城|公益"
# what WildChat put in place of personal data (Presidio's names of kinds); every other kind is an ID
AT = r" ?[(\[{] ?(?:at|ät|arroba|chiocciola|zavin[aá][cč]) ?[)\]}] ?"  # as people write @ against programs
DOT = r" ?(?:\.|[(\[{] ?(?:dot|punkt|punto|ponto|point|te[cč]ka) ?[)\]}]) ?"
PLACEHOLDER = re.compile(r"<PRESIDIO_ANONYMIZED_([A-Z_]+)>")
PLACEHOLDERS = {"EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "IP_ADDRESS": "IP", "CREDIT_CARD": "CARD"}
PLACEHOLDERS |= {"IBAN_CODE": "IBAN", "PERSON": "NAME", "LOCATION": "PLACE", "URL": "URL"}
EGYPT_PLACES = {*range(1, 5), *range(11, 20), *range(21, 30), *range(31, 36), 88}


def mask(text: str) -> tuple[str, Counter[str]]:
    """`text` with personal data replaced by [EMAIL], [PHONE] …, and how many of each kind there were.

    Placeholders that a source has put in already become the same marks.
    """
    counts: Counter[str] = Counter()

    def own_mark(match: Match) -> str:
        kind = PLACEHOLDERS.get(match[1], "ID")
        counts[kind] += 1
        return f"[{kind}]"

    text = PLACEHOLDER.sub(own_mark, text)
    plain = _plain(text)
    if not re.search(rf"@|\d{{2}}|:[0-9A-Fa-f]*:|{AT}", plain):
        return text, counts
    for kind, pattern, check in FORMS:
        pieces, end = [], 0
        for match in pattern.finditer(plain):
            if stop := check(match):
                pieces += [text[end : match.start()], f"[{kind}]"]
                end = match.end() if stop is True else stop
                counts[kind] += 1
        if pieces:
            text = "".join([*pieces, text[end:]])
            plain = _plain(text)
    return text, counts


def _plain(text: str) -> str:
    """`text` with digits of all scripts and full-width signs in ASCII; every character stays at its place."""
    return text if text.isascii() else text.translate(_PLAIN)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    if character.isdecimal():
        return str(int(character))
    if "！" <= character <= "～":
        return chr(ord(character) - 0xFEE0)
    return "-" if character in "‐‑‒–−" else " " if character in "\u00a0\u202f\u3000" else character


class _Plain(dict[int, str]):
    """`_ascii` as a table of `str.translate`, filled with the characters that are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _ascii(chr(code))
        return self[code]


_PLAIN = _Plain()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_card(match: Match) -> bool:
    digits = digits_of(match)
    number, two, four = len(digits), int(digits[:2]), int(digits[:4])
    issued = (
        (digits[0] == "4" and number in (13, 16, 19))
        or (number == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or two == 35))
        or (number == 15 and two in (34, 37))
        or (number in (16, 19) and (four == 6011 or two in (62, 65) or 644 <= four // 10 <= 649))
        or (number == 14 and two in (30, 36, 38))
    )
    return issued and luhn.is_valid(digits) and not is_amount(match)


def _is_public_address(match: Match) -> bool:
    try:
        address = ipaddress.ip_address(match.group())
    except ValueError:
        return False
    if address.version == 6:
        return address.is_global and address in UNICAST
    # chapters and versions count in small numbers: 1.2.3.4
    return address.is_global and sum(part > 9 for part in address.packed) > 1 and not stands_after(COUNTED_CUE, match)


def _is_birth_number(match: Match) -> bool:
    """Czech and Slovak; the month plus 20, 50 or 70, which `stdnum` takes for plus 40 and 90 too."""
    named = "/" in match.group() or stands_after(BIRTH_NUMBER_CUE, match)
    return named and int(match.group()[2:4]) % 50 <= 32 and rc.is_valid(match.group()) and not is_amount(match)


def _is_tax_id(match: Match) -> bool:
    """German."""
    return idnr.is_valid(match.group()) and stands_after(TAX_CUE, match)


def _is_ahv(match: Match) -> bool:
    """Swiss."""
    return swiss.is_valid(match.group())


def _is_dni(match: Match) -> bool:
    """Spanish, of nationals and of foreigners."""
    return dni.is_valid(match.group().replace(".", "")) or nie.is_valid(match.group())


def _is_rut(match: Match) -> bool:
    """Chilean."""
    return rut.is_valid(match.group()) and not is_amount(match)


def _is_cpf(match: Match) -> bool:
    """Brazilian."""
    return cpf.is_valid(match.group())


def _is_curp(match: Match) -> bool:
    """Mexican."""
    return curp.is_valid(match.group())


def _is_nik(match: Match) -> bool:
    """Indonesian; the day plus 40 for women, which `stdnum` takes for plus 80 too."""
    born = int(match.group()[6:8]) <= 71
    return born and nik.is_valid(match.group()) and len(set(match.group())) > 2 and not is_amount(match)


def _is_my_number(match: Match) -> bool:
    """Japanese."""
    return my_number.is_valid(match.group()) and stands_after(MY_NUMBER_CUE, match)


def _is_resident_number(match: Match) -> bool:
    """Korean; its last digit is a check digit only before October 2020, so the date decides."""
    try:
        rrn.get_birth_date(rrn.compact(match.group()))
    except exceptions.ValidationError:
        return False
    return not is_amount(match)


def _is_timestamp(digits: str) -> bool:
    """Whether 14 digits are a day and a time of the years 2000 to 2099, as names of files have them."""
    try:
        return 2000 <= datetime.strptime(digits, "%Y%m%d%H%M%S").year <= 2099
    except ValueError:
        return False


def _is_egyptian(match: Match) -> bool:
    """Century, yymmdd, governorate, and five more digits; a timestamp would be of somebody born before 1910."""
    digits = digits_of(match)
    if _is_timestamp(digits):
        return False
    year = (1900 if digits[0] == "2" else 2000) + int(digits[1:3])
    born = _is_date(year, int(digits[3:5]), int(digits[5:7]))
    return born and int(digits[7:9]) in EGYPT_PLACES and not is_amount(match)


def _is_saudi(match: Match) -> bool:
    return luhn.is_valid(match.group()) and stands_after(SAUDI_CUE, match)


def _is_emirati(match: Match) -> bool:
    digits = digits_of(match)
    return luhn.is_valid(digits) and 1900 <= int(digits[3:7]) <= 2100


def _is_social_security(match: Match) -> bool:
    """Of the United States."""
    number = match.group()
    return (ssn.is_valid(number) or number in SPECIMENS) and not is_amount(match)


def _is_address(match: Match) -> bool:
    """An address that may be somebody's: names for examples (RFC 2606) and the login of a forge are nobody's."""
    nobodys = r"[@.](?:example(?:\.[a-z]{2,3}){0,2}|test|invalid|localhost)$|^git@"
    return not re.search(nobodys, match.group(), re.IGNORECASE)


def _always(match: Match) -> bool:
    return True


# In this order: what one form has masked no later one sees.
FORMS: list[tuple[str, re.Pattern[str], Check]] = [
    (
        "EMAIL",
        re.compile(
            rf"(?<![{LETTER}{ARABIC}0-9._%+-])(?<![{LETTER}]['’])(?:[{LETTER}0-9._%+-]++(?:['’][{LETTER}0-9._%+-]++)*+"
            rf"|[{ARABIC}0-9._-]++)@(?:(?:[^\W_]|-)++\.)+(?:[{LETTER}]{{2,}}(?![{LETTER}0-9-])|(?:{TOP}))"
        ),
        _is_address,
    ),
    (
        "EMAIL",
        re.compile(rf"(?<![\w.%+-])[A-Za-z0-9._%+-]++{AT}(?:[A-Za-z0-9-]++{DOT})+[A-Za-z]{{2,}}", re.IGNORECASE),
        _is_address,
    ),
    *ACCOUNT_FORMS,
    (
        "CARD",
        whole_number(r"(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})"),
        _is_card,
    ),
    ("IP", re.compile(r"(?<![A-Za-z0-9_.:])\d{1,3}(?:\.\d{1,3}){3}(?![A-Za-z0-9_:]|\.\d)"), _is_public_address),
    ("IP", re.compile(r"(?<![A-Za-z0-9_.:])\d{1,3}(?:\.\d{1,3}){3}(?=:\d{1,5}\b)"), _is_public_address),
    (
        "IP",
        re.compile(r"(?<![A-Za-z0-9_.:])(?:[0-9a-fA-F]{1,4}:|:){2,7}[0-9a-fA-F]{0,4}(?![A-Za-z0-9_:])"),
        _is_public_address,
    ),
    ("ID", whole_number(r"\d{6}/\d{4}"), _is_birth_number),
    ("ID", whole_number(r"\d{10}"), _is_birth_number),
    ("ID", whole_number(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), _is_tax_id),
    ("ID", whole_number(r"756\.\d{4}\.\d{4}\.\d{2}"), _is_ahv),
    ("ID", whole_number(r"(?:\d{2}\.?\d{3}\.?\d{3}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]"), _is_dni),
    ("ID", whole_number(r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]"), _is_rut),
    ("ID", whole_number(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), _is_cpf),
    ("ID", whole_number(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d"), _is_curp),
    ("ID", whole_number(r"\d{16}"), _is_nik),
    ("ID", whole_number(r"\d{4}([ -]?)\d{4}\1\d{4}"), _is_my_number),
    ("ID", whole_number(r"\d{6}-[1-8]\d{6}"), _is_resident_number),
    ("ID", whole_number(r"[23]\d{13}"), _is_egyptian),
    ("ID", whole_number(r"784-?\d{4}-?\d{7}-?\d"), _is_emirati),
    ("ID", whole_number(r"[12]\d{9}"), _is_saudi),
    ("ID", whole_number(r"\d{3}-\d{2}-\d{4}"), _is_social_security),
    ("ID", whole_number(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"), _always),
    *(("PHONE", *form) for form in PHONE_FORMS),
]
