"""Personal data in texts: found by form and check digit, replaced by a word that says what stood there.

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
from datetime import date

# Country calling code → least and most digits of a number after it.
CALLING = {
    "1": (10, 10), "7": (10, 10), "20": (8, 10), "27": (9, 9), "30": (10, 10), "31": (9, 9), "32": (8, 9), "33": (9, 9),
    "34": (9, 9), "36": (8, 9), "39": (8, 11), "40": (9, 9), "41": (9, 9), "43": (7, 12), "44": (9, 10), "45": (8, 8),
    "46": (7, 10), "47": (8, 8), "48": (9, 9), "49": (7, 11), "51": (8, 9), "52": (10, 10), "53": (8, 8),
    "54": (10, 11), "55": (10, 11), "56": (9, 9), "57": (10, 10), "58": (10, 10), "60": (8, 10), "61": (9, 9),
    "62": (8, 12), "63": (9, 10), "64": (8, 10), "65": (8, 8), "66": (8, 9), "81": (9, 10), "82": (8, 10),
    "84": (9, 10), "86": (10, 11), "90": (10, 10), "91": (10, 10), "92": (10, 10), "98": (10, 10), "212": (9, 9),
    "213": (8, 9), "216": (8, 8), "218": (8, 9), "234": (10, 10), "249": (9, 9), "254": (9, 9), "351": (9, 9),
    "353": (8, 9), "358": (8, 10), "359": (8, 9), "380": (9, 9), "385": (8, 9), "386": (8, 8), "420": (9, 9),
    "421": (9, 9), "502": (8, 8), "503": (8, 8), "504": (8, 8), "505": (8, 8), "506": (8, 8), "507": (7, 8),
    "591": (8, 8), "593": (8, 9), "595": (9, 9), "598": (8, 8), "852": (8, 8), "886": (8, 9), "961": (7, 8),
    "962": (8, 9), "963": (8, 9), "964": (8, 10), "965": (8, 8), "966": (8, 9), "967": (7, 9), "968": (8, 8),
    "970": (8, 9), "971": (8, 9), "972": (8, 9), "973": (8, 8), "974": (8, 8),
}  # fmt: skip
# ISO 13616: country → length of its IBAN.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27,
    "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IT": 27, "JO": 30, "KW": 30, "LB": 28, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "SA": 24, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SV": 28, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip
Match = re.Match[str]
Check = Callable[[Match], bool | int]  # whether the match is one; or where it ends, 0 where it is none

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
NIK_PROVINCES = {
    *range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 98)
}  # fmt: skip
EGYPT_PLACES = {*range(1, 5), *range(11, 20), *range(21, 30), *range(31, 36), 88}


def mask(text: str) -> tuple[str, Counter[str]]:
    """`text` with personal data replaced by [EMAIL], [PHONE] …, and how many of each kind there were."""
    found: Counter[str] = Counter()
    plain = _plain(text)
    if "@" not in plain and not re.search(r"\d{2}|:[0-9A-Fa-f]*:", plain):
        return text, found
    for kind, pattern, check in FORMS:
        pieces, end = [], 0
        for match in pattern.finditer(plain):
            if stop := check(match):
                pieces += [text[end : match.start()], f"[{kind}]"]
                end = match.end() if stop is True else stop
                found[kind] += 1
        if pieces:
            text = "".join([*pieces, text[end:]])
            plain = _plain(text)
    return text, found


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(value - 9 * (value > 9) for value in doubled)) % 10 == 0


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
    return issued and luhn(digits) and not _is_amount(match)


def _iban_end(match: Match) -> int:
    """Where the IBAN ends that begins here: words in capitals may follow it."""
    places = [place for place, sign in enumerate(match.group()) if sign != " "]
    length = IBAN_LENGTHS.get(match.group()[:2], 99)
    if len(places) < length:
        return 0
    end = places[length - 1] + 1
    iban = match.group()[:end].replace(" ", "")
    cut = match.group()[end : end + 1].strip()
    valid = int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
    return match.start() + end if valid and not cut else 0


def _is_public_address(match: Match) -> bool:
    try:
        address = ipaddress.ip_address(match.group())
    except ValueError:
        return False
    if address.version == 6:
        return address.is_global and match.group()[0] in "23"  # the part in use
    # chapters and versions count in small numbers: 1.2.3.4
    return address.is_global and sum(part > 9 for part in address.packed) > 1 and not _after(VERSION_CUE, match)


def _international_end(match: Match) -> int:
    """Where the phone number ends that begins here: other numbers may follow it after a space."""
    if _is_amount(match) or re.search(r"[\d)\]=]\s*$", match.string[: match.start()]):
        return 0
    number = match.group()
    for cut in [len(number), *(place.start() for place in reversed(list(re.finditer(r"(?<=\d)[ .-]", number))))]:
        digits = re.sub(r"\D", "", number[:cut].replace("(0)", ""))
        digits = digits[2:] if number.startswith("00") else digits
        for length in (1, 2, 3):
            least, most = CALLING.get(digits[:length], (0, 0))
            if least and least <= len(digits) - length <= most:
                return match.start() + cut
    return 0


def _is_national_phone(match: Match) -> bool:
    digits, groups = _digits(match), re.findall(r"\d+", match.group())
    rounded = len(groups) > 1 and all(group.endswith("0") for group in groups)
    return 9 <= len(digits) <= 13 and len(set(digits)) > 2 and not rounded and not _is_amount(match)


def _is_called_phone(match: Match) -> bool:
    """A number that a word calls a phone number, and that is no year and no count in thousands."""
    number = match.group()
    years = re.fullmatch(r"(?:1\d|20)\d\d\D+(?:1\d|20)\d\d", number)
    thousands = re.fullmatch(r"\d{1,2}(?:[ .]\d{3})+|[\d .]*[ .]000", number)
    return not years and not thousands and _after(PHONE_CUE, match) and not _is_amount(match)


def _is_birth_number(match: Match) -> bool:
    """Czech and Slovak: yymmdd, the month plus 20, 50 or 70, three digits and a check; 11 divides it."""
    digits = _digits(match)
    month = int(digits[2:4]) % 50
    month -= 20 * (month > 20)
    named = "/" in match.group() or _after(BIRTH_NUMBER_CUE, match)
    return named and int(digits) % 11 == 0 and _is_date(2000, month, int(digits[4:6])) and not _is_amount(match)


def _is_tax_id(match: Match) -> bool:
    """German: eleven digits, the last by ISO 7064; of the first ten, one digit comes twice or thrice."""
    digits = _digits(match)
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    second, most = sorted(Counter(digits[:10]).values())[-2:]
    valid = (11 - product) % 10 == int(digits[10]) and most in (2, 3) and second == 1 and digits[0] != "0"
    return valid and _after(TAX_CUE, match)


def _is_ahv(match: Match) -> bool:
    """Swiss: thirteen digits with the check digit of EAN."""
    digits = [int(digit) for digit in _digits(match)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def _is_dni(match: Match) -> bool:
    """Spanish: eight digits, or X, Y or Z and seven, and the letter of the number modulo 23."""
    identity = re.sub(r"\W", "", match.group())
    number = int(identity[:-1].translate(str.maketrans("XYZ", "012")))
    return identity[-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def _is_rut(match: Match) -> bool:
    """Chilean: weights 2 to 7 from the right, modulo 11."""
    body, check = match.group().replace(".", "").upper().split("-")
    rest = -sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return check == ("K" if rest == 10 else str(rest)) and not _is_amount(match)


def _is_curp(match: Match) -> bool:
    """Mexican: four letters, a date, a letter of sex, five letters, a sign and a check digit."""
    curp, signs = match.group(), "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(signs.index(sign) * (18 - place) for place, sign in enumerate(curp[:17]))
    return _is_date(2000, int(curp[6:8]), int(curp[8:10])) and -total % 10 == int(curp[17])


def _is_nik(match: Match) -> bool:
    """Indonesian: province, place, ddmmyy with 40 more on the day of women, and a running number."""
    digits = _digits(match)
    day = int(digits[6:8])
    known = int(digits[:2]) in NIK_PROVINCES and len(set(digits)) > 2
    return known and _is_date(2000, int(digits[8:10]), day - 40 * (day > 40)) and not _is_amount(match)


def _is_my_number(match: Match) -> bool:
    """Japanese: twelve digits, the last by weights 2 to 7, modulo 11."""
    digits = [int(digit) for digit in _digits(match)]
    rest = sum(digit * (2 + place % 6) for place, digit in enumerate(reversed(digits[:11]))) % 11
    return digits[11] == (0 if rest <= 1 else 11 - rest) and _after(MY_NUMBER_CUE, match)


def _is_resident_number(match: Match) -> bool:
    """Korean: yymmdd-, a digit of sex and century, and six more (a check digit only before October 2020)."""
    digits = _digits(match)
    return digits[6] in "12345678" and _is_date(2000, int(digits[2:4]), int(digits[4:6])) and not _is_amount(match)


def _is_egyptian(match: Match) -> bool:
    """Century, yymmdd, governorate, and five more digits."""
    digits = _digits(match)
    year = (1900 if digits[0] == "2" else 2000) + int(digits[1:3])
    born = _is_date(year, int(digits[3:5]), int(digits[5:7]))
    return born and int(digits[7:9]) in EGYPT_PLACES and not _is_amount(match)


def _is_saudi(match: Match) -> bool:
    return luhn(match.group()) and _after(SAUDI_CUE, match)


def _is_emirati(match: Match) -> bool:
    digits = _digits(match)
    return luhn(digits) and 1900 <= int(digits[3:7]) <= 2100


def _is_social_security(match: Match) -> bool:
    area, group, serial = match.group().split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000" and not _is_amount(match)


def _is_address(match: Match) -> bool:
    """An address that may be somebody's: the names that RFC 2606 keeps for examples are nobody's."""
    return not re.search(r"[@.](?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$", match.group(), re.IGNORECASE)


def _always(match: Match) -> bool:
    return True


def _number(form: str) -> re.Pattern[str]:
    """A form that is no part of a longer number or of a word in Latin letters."""
    return re.compile(rf"(?<![A-Za-z0-9_.,/+-])(?<!\d ){form}(?![A-Za-z0-9_/]|[.,-]\d| \d)")


# In this order: what one form has masked no later one sees.
FORMS: list[tuple[str, re.Pattern[str], Check]] = [
    (
        "EMAIL",
        re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@(?:[A-Za-z0-9-]++\.)+[A-Za-z]{2,}(?![A-Za-z0-9-])"),
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
    ("ID", _number(r"\d{6}-\d{7}"), _is_resident_number),
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
    ("PHONE", _number(r"(?:08\d{8,11}|05\d{8}|01[0125]\d{8}|01[5-7]\d{8,9}|09\d{9}|0[789]0\d{8})"), _is_national_phone),
    ("PHONE", _number(r"\(?\d(?:[ .()/-]{0,2}\d){6,14}"), _is_called_phone),
]
