"""Mask personal data in texts: detected by form and check digit, replaced by a placeholder that names the kind.

What is masked: e-mail addresses, phone numbers, payment cards (Luhn), IBANs (modulo 97), public IP addresses, and
national numbers: Czechia and Slovakia, Germany, Switzerland, Spain, Chile, Mexico, Indonesia, Japan, South Korea,
Egypt, Saudi Arabia, the Emirates, the United States, the United Kingdom (the Philippines have none with a check). A
number is masked only where its form, its check digit or the word before it tells it from a year, a price or a sum;
digits alone never do. Digits of any script and full-width letters count as what they stand for.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime

import phonenumbers
from stdnum import exceptions, iban, luhn
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

Match = re.Match[str]
Check = Callable[[Match], bool | int]  # whether to mask the match, or the end of what to mask; 0 is nothing

PHONE_CUE = re.compile(
    r"(?:(?<![A-Za-zÀ-ž])(?:tel|phone|telephone|mobile|mobil|fax|telefon\w*|tel[eé]fono|m[oó]vil|celular|handy"
    r"|handynummer|rufnummer|telp|telepon|hp|wa|whatsapp|call me|text me|ll[aá]mame|ll[aá]meme|hubungi|volejte|zavolej"
    r"|tawagan|telepono)|電話(?:番号)?|携帯(?:番号)?|ファックス|هاتف|جوال|موبايل|تلفون|واتساب|전화(?:번호)?|휴대폰)"
    r"(?![A-Za-zÀ-ž])[^\d\n!?。]{0,16}$",
    re.IGNORECASE,
)
TAX_CUE = re.compile(r"(?:steuer-?\s?id|steueridentifikation|idnr|\btin\b)[^\n]{0,30}$", re.IGNORECASE)
MY_NUMBER_CUE = re.compile(r"(?:マイナンバー|個人番号|my number)[^\n]{0,16}$", re.IGNORECASE)
BIRTH_NUMBER_CUE = re.compile(r"(?:rodn\w+ č[ií]sl\w+|rodne cislo|r\. ?č\.)[^\n]{0,16}$", re.IGNORECASE)
SAUDI_CUE = re.compile(r"(?:هوية|إقامة|السجل المدني|iqama|national id)[^\n]{0,24}$", re.IGNORECASE)
VERSION_CUE = re.compile(r"(?:\bv|version|verze|versión|versi|الإصدار|バージョン|버전)\.?\s*$", re.IGNORECASE)
CUE_REACH = 48  # characters before a number in which a word may say what it is
MONEY = re.compile(
    r"(?:[=+*×÷%^<>≈€$¥£₩円元원]|(?:Kč|CZK|EUR|USD|IDR|JPY|KRW|SAR|rupiah|dollars?|d[oó]lares|euros?|pesos|yen|korun"
    r"|ريال|دولار|جنيه|درهم|يورو)(?![A-Za-z]))",
    re.IGNORECASE,
)
MONEY_BEFORE = re.compile(r"(?:[=+*×÷^<>≈€$¥£₩]|(?<![A-Za-z])(?:Rp|IDR|USD|EUR|CZK|JPY)\.?)$", re.IGNORECASE)
# what `stdnum` refuses because it was printed on specimen cards
SPECIMENS = {"078-05-1120", "219-09-9999", "457-55-5462"}
UNICAST = ipaddress.ip_network("2000::/3")  # the part of IPv6 in use
TRUNK_REGIONS = ("AE", "CH", "DE", "EG", "GB", "ID", "JP", "KR", "PH", "SA")  # numbers begin with 0 at home
SHORTEST = 7  # digits after a calling code; fewer are taken for a sum with its sign
LETTER = r"A-Za-zÀ-ÖØ-öø-ɏ\u0300-\u036fͰ-ӿḀ-ỿ"  # Latin, Greek, Cyrillic: scripts that set spaces round an address
# what WildChat put in place of personal data (Presidio's names of kinds); every other kind is an ID
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
    if "@" not in plain and not re.search(r"\d{2}|:[0-9A-Fa-f]*:", plain):
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
    return "-" if character in "‐‑–" else " " if character in "\u00a0\u202f\u3000" else character


class _Plain(dict[int, str]):
    """`_ascii` as a table of `str.translate`, filled with the characters that are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _ascii(chr(code))
        return self[code]


_PLAIN = _Plain()


def _digits(match: Match) -> str:
    return re.sub(r"\D", "", match.group())


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _after(cue: re.Pattern[str], match: Match) -> bool:
    """Whether the cue stands shortly before the match."""
    return cue.search(match.string[max(0, match.start() - CUE_REACH) : match.start()]) is not None


def _is_amount(match: Match) -> bool:
    """Whether the match is part of a sum or a price: a sign of arithmetic or the name of a currency touches it."""
    after = match.string[match.end() : match.end() + 12].lstrip()
    before = match.string[max(0, match.start() - 12) : match.start()].rstrip()
    return bool(MONEY.match(after) or MONEY_BEFORE.search(before))


def _is_card(match: Match) -> bool:
    digits = _digits(match)
    number, two, four = len(digits), int(digits[:2]), int(digits[:4])
    issued = (
        (digits[0] == "4" and number in (13, 16, 19))
        or (number == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or two == 35))
        or (number == 15 and two in (34, 37))
        or (number in (16, 19) and (four == 6011 or two in (62, 65) or 644 <= four // 10 <= 649))
        or (number == 14 and two in (30, 36, 38))
    )
    return issued and luhn.is_valid(digits) and not _is_amount(match)


def _iban_end(match: Match) -> int:
    """The end of the IBAN that begins here, after which words in capitals may follow."""
    text = match.group()
    for end in [len(text), *(place for place in range(len(text) - 1, 14, -1) if not text[place].isalnum())]:
        if iban.is_valid(text[:end], check_country=False):
            return match.start() + end
    return 0


def _is_public_address(match: Match) -> bool:
    try:
        address = ipaddress.ip_address(match.group())
    except ValueError:
        return False
    if address.version == 6:
        return address.is_global and address in UNICAST
    # chapters and versions count in small numbers: 1.2.3.4
    return address.is_global and sum(part > 9 for part in address.packed) > 1 and not _after(VERSION_CUE, match)


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
    if _is_amount(match) or re.search(r"[\d)\]=]\s*$", match.string[: match.start()]):
        return 0
    number = match.group()
    cuts = [len(number), *(place.start() for place in reversed(list(re.finditer(r"(?<=\d)[ .-]", number))))]
    written = [re.sub(r"^00", "+", number[:cut].replace("(0)", "")) for cut in cuts]
    parsed = [(match.start() + cut, phone) for cut, text in zip(cuts, written, strict=True) if (phone := _phone(text))]
    # digits alone, with 00 for the +, are as likely a code of goods
    checks = [phonenumbers.is_valid_number] + [_has_length] * (not number.isdigit())
    for check in checks:
        if ends := [end for end, phone in parsed if check(phone)]:
            return ends[0]
    return 0


def _is_national_phone(match: Match) -> bool:
    digits, groups = _digits(match), re.findall(r"\d+", match.group())
    rounded = len(groups) > 1 and all(group.endswith("0") for group in groups)
    return 9 <= len(digits) <= 13 and len(set(digits)) > 2 and not rounded and not _is_amount(match)


def _is_trunk_phone(match: Match) -> bool:
    """A number as it is dialled at home, in a country whose languages the studies have."""
    number = match.group()
    if not _is_national_phone(match):
        return False
    phones = [_phone(number, region) for region in TRUNK_REGIONS]
    return any(phone is not None and phonenumbers.is_valid_number(phone) for phone in phones)


def _is_called_phone(match: Match) -> bool:
    """A number that a word calls a phone number, and that is no year and no count in thousands."""
    number = match.group()
    years = re.fullmatch(r"(?:1\d|20)\d\d\D+(?:1\d|20)\d\d", number)
    thousands = re.fullmatch(r"\d{1,2}(?:[ .]\d{3})+|[\d .]*[ .]000", number)
    return not years and not thousands and _after(PHONE_CUE, match) and not _is_amount(match)


def _is_birth_number(match: Match) -> bool:
    """Czech and Slovak; the month plus 20, 50 or 70, which `stdnum` takes for plus 40 and 90 too."""
    named = "/" in match.group() or _after(BIRTH_NUMBER_CUE, match)
    return named and int(match.group()[2:4]) % 50 <= 32 and rc.is_valid(match.group()) and not _is_amount(match)


def _is_tax_id(match: Match) -> bool:
    """German."""
    return idnr.is_valid(match.group()) and _after(TAX_CUE, match)


def _is_ahv(match: Match) -> bool:
    """Swiss."""
    return swiss.is_valid(match.group())


def _is_dni(match: Match) -> bool:
    """Spanish, of nationals and of foreigners."""
    return dni.is_valid(match.group().replace(".", "")) or nie.is_valid(match.group())


def _is_rut(match: Match) -> bool:
    """Chilean."""
    return rut.is_valid(match.group()) and not _is_amount(match)


def _is_curp(match: Match) -> bool:
    """Mexican."""
    return curp.is_valid(match.group())


def _is_nik(match: Match) -> bool:
    """Indonesian; the day plus 40 for women, which `stdnum` takes for plus 80 too."""
    born = int(match.group()[6:8]) <= 71
    return born and nik.is_valid(match.group()) and len(set(match.group())) > 2 and not _is_amount(match)


def _is_my_number(match: Match) -> bool:
    """Japanese."""
    return my_number.is_valid(match.group()) and _after(MY_NUMBER_CUE, match)


def _is_resident_number(match: Match) -> bool:
    """Korean; its last digit is a check digit only before October 2020, so the date decides."""
    try:
        rrn.get_birth_date(rrn.compact(match.group()))
    except exceptions.ValidationError:
        return False
    return not _is_amount(match)


def _is_timestamp(digits: str) -> bool:
    """Whether 14 digits are a day and a time of the years 2000 to 2099, as names of files have them."""
    try:
        return 2000 <= datetime.strptime(digits, "%Y%m%d%H%M%S").year <= 2099
    except ValueError:
        return False


def _is_egyptian(match: Match) -> bool:
    """Century, yymmdd, governorate, and five more digits; a timestamp would be of somebody born before 1910."""
    digits = _digits(match)
    if _is_timestamp(digits):
        return False
    year = (1900 if digits[0] == "2" else 2000) + int(digits[1:3])
    born = _is_date(year, int(digits[3:5]), int(digits[5:7]))
    return born and int(digits[7:9]) in EGYPT_PLACES and not _is_amount(match)


def _is_saudi(match: Match) -> bool:
    return luhn.is_valid(match.group()) and _after(SAUDI_CUE, match)


def _is_emirati(match: Match) -> bool:
    digits = _digits(match)
    return luhn.is_valid(digits) and 1900 <= int(digits[3:7]) <= 2100


def _is_social_security(match: Match) -> bool:
    """Of the United States."""
    number = match.group()
    return (ssn.is_valid(number) or number in SPECIMENS) and not _is_amount(match)


def _is_address(match: Match) -> bool:
    """An address that may be somebody's: the names that RFC 2606 keeps for examples are nobody's."""
    return not re.search(r"[@.](?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$", match.group(), re.IGNORECASE)


def _always(match: Match) -> bool:
    return True


def _number(form: str) -> re.Pattern[str]:
    """A pattern that matches only outside longer numbers and Latin words."""
    return re.compile(rf"(?<![A-Za-z0-9_.,/+-])(?<!\d ){form}(?![A-Za-z0-9_/]|[.,-]\d| \d)")


# In this order: what one form has masked no later one sees.
FORMS: list[tuple[str, re.Pattern[str], Check]] = [
    (
        "EMAIL",
        re.compile(
            rf"(?<![{LETTER}0-9._%+-])[{LETTER}0-9._%+-]++@(?:[{LETTER}0-9-]++\.)+[{LETTER}]{{2,}}(?![{LETTER}0-9-])"
        ),
        _is_address,
    ),
    (
        "IBAN",
        re.compile(r"(?<![A-Za-z0-9_])[A-Z]{2}\d{2}(?:[A-Z0-9]{11,27}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)(?!\w)"),
        _iban_end,
    ),
    ("CARD", _number(r"(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})"), _is_card),
    ("IP", re.compile(r"(?<![A-Za-z0-9_.:])\d{1,3}(?:\.\d{1,3}){3}(?![A-Za-z0-9_:]|\.\d)"), _is_public_address),
    ("IP", re.compile(r"(?<![A-Za-z0-9_.:])\d{1,3}(?:\.\d{1,3}){3}(?=:\d{1,5}\b)"), _is_public_address),
    (
        "IP",
        re.compile(r"(?<![A-Za-z0-9_.:])(?:[0-9a-fA-F]{1,4}:|:){2,7}[0-9a-fA-F]{0,4}(?![A-Za-z0-9_:])"),
        _is_public_address,
    ),
    ("ID", _number(r"\d{6}/\d{4}"), _is_birth_number),
    ("ID", _number(r"\d{10}"), _is_birth_number),
    ("ID", _number(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), _is_tax_id),
    ("ID", _number(r"756\.\d{4}\.\d{4}\.\d{2}"), _is_ahv),
    ("ID", _number(r"(?:\d{2}\.?\d{3}\.?\d{3}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]"), _is_dni),
    ("ID", _number(r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]"), _is_rut),
    ("ID", _number(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d"), _is_curp),
    ("ID", _number(r"\d{16}"), _is_nik),
    ("ID", _number(r"\d{4}([ -]?)\d{4}\1\d{4}"), _is_my_number),
    ("ID", _number(r"\d{6}-[1-8]\d{6}"), _is_resident_number),
    ("ID", _number(r"[23]\d{13}"), _is_egyptian),
    ("ID", _number(r"784-?\d{4}-?\d{7}-?\d"), _is_emirati),
    ("ID", _number(r"[12]\d{9}"), _is_saudi),
    ("ID", _number(r"\d{3}-\d{2}-\d{4}"), _is_social_security),
    ("ID", _number(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"), _always),
    (
        "PHONE",
        re.compile(r"(?<![A-Za-z0-9_+/.,-])(?:\+|00(?=[1-9]))\d(?:[ .()-]{0,2}\d){7,16}(?![A-Za-z0-9_/]|[.,]\d)"),
        _international_end,
    ),
    (
        "PHONE",
        _number(r"(?:\(0?[2-9]\d{1,4}\) ?\d{3,4}[ -]\d{4}|(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4})"),
        _is_national_phone,
    ),
    ("PHONE", _number(r"0\d{1,4}-\d{1,4}-\d{3,5}"), _is_national_phone),
    ("PHONE", _number(r"\(?0\d{2,4}(?:\) ?|[ /])\d{6,8}"), _is_national_phone),
    ("PHONE", _number(r"0[1-9]\d{0,3}(?:(?:[ /-]\d{3,8}){1,3}|[ /-]\d{3}(?:[ -]\d{2}){2})"), _is_trunk_phone),
    ("PHONE", _number(r"(?:08\d{8,11}|05\d{8}|01[0125]\d{8}|01[5-7]\d{8,9}|09\d{9}|0[789]0\d{8})"), _is_national_phone),
    ("PHONE", _number(r"\(?\d(?:[ .()/-]{0,2}\d){6,14}"), _is_called_phone),
]
