"""The last number of a text, read as a reader of its language reads it.

Digits of every script count, and so do words and signs of scale after a number (7万, 70 ribu, 2,5 Millionen), thousands
grouped in threes or as in India (1,50,000), and fractions (3/4, 2½). The digit of a unit (120 m2) is no number.
"""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

# scale → words, as they stand after digits; matched without case
SCALES: dict[int, str] = {
    10**2: "hundred|ratus|trăm|ร้อย|सौ|শত|వందలు|వందల|వంద",
    10**3: "thousand|tausend|tsd|mil|mille|mila|duizend|tusen|tusind|tisíc|tisíce|tisících|tysiąc|tysiące|tysięcy"
    "|tys|ribu|rb|libo|libong|nghìn|ngàn|тысяча|тысячи|тысяч|тыс|ألف|ألفا|ألفاً|آلاف|الف|هزار|ہزار|हज़ार|हजार|হাজার"
    "|వేలు|వేల|พัน|ሺህ|ሺ",
    10**4: "หมื่น",
    10**5: "lakh|lakhs|लाख|لاکھ|লাখ|লক্ষ|లక్షలు|లక్షల|లక్ష|แสน",
    10**6: "million|millions|millionen|mio|millón|millones|milhão|milhões|milione|milioni|miljoen|miljon|miljoner"
    "|millioner|milion|milionu|miliony|milionů|milionów|milión|milióny|miliónov|mln|juta|jt|milyon|milyong|triệu"
    "|миллион|миллиона|миллионов|млн|مليون|مليوناً|ملايين|میلیون|ล้าน|ሚሊዮን",
    10**7: "crore|crores|करोड़|کروڑ|কোটি|కోట్లు|కోట్ల|కోటి",
    10**9: "billion|billions|milliarde|milliarden|mrd|milliard|milliards|milliarder|bilhão|bilhões|miliardo|miliardi"
    "|miliarda|miliardy|miliard|miliardów|miljard|miljarder|miliar|milyar|bilyon|bilyong|tỷ|миллиард|миллиарда"
    "|миллиардов|млрд|مليار|ملياراً|مليارات|میلیارد",
    10**12: "trillion|trillions|billionen|billón|billones|triliun|trilyon|trilyong|трлн",
}
BEFORE = {"elfu": 10**3, "laki": 10**5, "milioni": 10**6}  # Swahili puts them before the number
SMALL = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12, "만": 10**4, "억": 10**8, "조": 10**12}
VULGAR = {character: unicodedata.numeric(character) for character in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}

WORDS = {word: scale for scale, words in SCALES.items() for word in words.split("|")}
_LONGEST = sorted(map(re.escape, WORDS), key=len, reverse=True)
_WORD = "|".join(word if word[0] >= "฀" and word[0] <= "๿" else rf"{word}(?![^\W\d_])" for word in _LONGEST)
_LARGE = r"[万萬億亿兆억]|만(?!큼)|조(?!각)"  # 만큼 (as much as) and 조각 (a piece) are no scales
_KILO = r"千(?![克米瓦卡])"  # nor is the beginning of a Chinese unit, such as the kilogram
NUMBER = re.compile(
    r"(?:(?<![\w])-)?"
    r"(?:(?P<indian>[1-9]\d?(?:,\d\d)+,\d{3}(?![\d,]))(?:[.٫](?P<indian_rest>\d+))?"
    r"|(?P<grouped>[1-9]\d{0,2}(?P<mark>[.,'\u00a0\u2009\u202f ])\d{3}(?!\d)(?:(?P=mark)\d{3}(?!\d))*)"
    r"(?:(?!(?P=mark))[.,٫](?P<rest>\d+))?"
    r"|(?P<whole>\d+)(?:[.,٫](?P<decimals>\d+))?)"
)
FRACTION = re.compile(
    r"(?<![\d/.,])(?:(?P<whole>\d{1,30}) )?(?P<over>\d{1,30})[/⁄](?P<under>0{0,30}[1-9]\d{0,30})(?![\d/]|[.,]\d)"
)
MIXED = re.compile(r"(?P<whole>\d{0,30})\s?(?P<part>[" + "".join(VULGAR) + "])")
UNIT = re.compile(r"(?<![^\W\d_])(?:mm|cm|dm|km|m|ft|in|yd|mi)\^?[23](?!\d)", re.IGNORECASE)
SCALE = re.compile(rf"[\s\u00a0-]?(?P<word>{_WORD})\.?", re.IGNORECASE)
SIGNS = re.compile(rf"\s?(?P<small>(?:[十百십백천]|{_KILO}){{0,3}})(?P<large>{_LARGE})?")
LONGEST_BEFORE = 1 + max(map(len, BEFORE))
PREFIX = re.compile(rf"(?P<word>{'|'.join(BEFORE)}) $", re.IGNORECASE)
FURTHER = re.compile(r" ?(\d{1,30})(?![\d.,/])")
FRAC = re.compile(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}")
GROUPED = re.compile(r"(?<=\d)(?:\{,\}|\\,)(?=\d{3})")  # thousands in LaTeX
LONGEST = 300  # digits; a longer number is a model that repeats itself, and no word scales it
LIKE_ASCII = str.maketrans({"٬": ",", "，": ",", "．": ".", "−": "-", "－": "-", "’": "'", "／": "/"})


def last_number(text: str) -> str | None:
    """The last number written in `text`, as plain ASCII digits ("-1234.5"), or None.

    Three digits after a separator are read as thousands, with the mark of any language ("1.234" and "1,234" are 1234),
    unless the number begins with 0; other counts are decimals ("2,5"). The Arabic decimal sign is never one of
    thousands. Numbers that follow one another down the scale are one ("3万5千", "1 juta 500 ribu").
    """
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.translate(LIKE_ASCII))
    text = FRAC.sub(r" \1/\2", GROUPED.sub(",", text))
    text = UNIT.sub(lambda unit: unit.group()[:-1] + " ", text)
    last, place = None, 0
    ahead = {pattern: pattern.search(text) for pattern in (NUMBER, FRACTION, MIXED)}
    while (number := _read(text, *ahead.values())) is not None:
        last, place = number
        passed = [pattern for pattern, match in ahead.items() if match and match.start() < place]
        ahead |= {pattern: pattern.search(text, place) for pattern in passed}
    return last


def _read(
    text: str, plain: re.Match[str] | None, fraction: re.Match[str] | None, mixed: re.Match[str] | None
) -> tuple[str, int] | None:
    """The first number of the next ones of each form, and where it ends."""
    if mixed and (not plain or mixed.start() <= plain.start()):
        value = Fraction(int(mixed["whole"] or 0)) + Fraction(VULGAR[mixed["part"]]).limit_denominator(10)
        value, end = _scaled(text, mixed.start(), mixed.end(), value)
        return _plain(value), end
    if fraction and fraction.start() <= plain.start():
        value = int(fraction["whole"] or 0) + Fraction(int(fraction["over"]), int(fraction["under"]))
        value, end = _scaled(text, fraction.start(), fraction.end(), value)
        return _plain(value), end
    if not plain:
        return None
    digits = _digits(plain)
    if len(digits) > LONGEST:
        return digits, plain.end()
    value, end = _scaled(text, plain.start(), plain.end(), Fraction(digits))
    return (digits if value == Fraction(digits) else _plain(value)), end


def _digits(number: re.Match[str]) -> str:
    """A match of NUMBER in plain digits."""
    sign = "-" if number.group().startswith("-") else ""
    whole, decimals = number["whole"], number["decimals"]
    if number["indian"]:
        whole, decimals = number["indian"].replace(",", ""), number["indian_rest"]
    elif number["grouped"]:
        whole, decimals = number["grouped"].replace(number["mark"], ""), number["rest"]
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _scaled(text: str, start: int, end: int, value: Fraction) -> tuple[Fraction, int]:
    """The value with the scales that follow it (or stand before it), and where they end."""
    if before := PREFIX.search(text, max(0, start - LONGEST_BEFORE), start):
        return value * BEFORE[before["word"].lower()], end
    sign = -1 if value < 0 else 1
    total, section, least = Fraction(0), abs(value), None
    while True:
        signs, word = SIGNS.match(text, end), SCALE.match(text, end)
        if word:
            scale = 1
            while word and scale < 10**12:  # "mil millones", "lakh crore"; beyond, a model repeats itself
                scale, end = scale * WORDS[word["word"].lower()], word.end() - (word.group().endswith("."))
                word = SCALE.match(text, end)
            section *= scale
        elif signs and (signs["small"] or signs["large"]):
            for small in signs["small"]:
                section *= SMALL[small]
            scale, end = SMALL[signs["small"][0]] if signs["small"] else 1, signs.end()
            if signs["large"]:
                section, scale = (total % 1 + section) * LARGE[signs["large"]], LARGE[signs["large"]]
        else:
            return sign * (total + section), end
        total, section, least = total + section, Fraction(0), scale
        further = FURTHER.match(text, end)
        if further is None or Fraction(further[1]) >= least:
            return sign * total, end
        has_scale = SCALE.match(text, further.end()) or any(SIGNS.match(text, further.end()).groups())
        if not has_scale and further.group().startswith(" ") and len(further[1]) != 3:
            return sign * total, end
        section, end = Fraction(further[1]), further.end()


def _plain(value: Fraction) -> str:
    """A value in plain digits; one without an end is rounded to 12 decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    whole, decimals = divmod(round(abs(value) * 10**12), 10**12)
    return f"{'-' if value < 0 else ''}{whole}.{decimals:012d}".rstrip("0").rstrip(".")


def same_number(prediction: str | None, answer: str) -> bool:
    """Whether two numbers as text are equal in value ("12.0" is "12"); False without a prediction."""
    return prediction is not None and Decimal(prediction) == Decimal(answer)
