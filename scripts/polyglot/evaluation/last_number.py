"""The last number of a text, read as a reader of its language reads it.

Digits of every script count, and so do words and signs of scale after a number (7万, 70 ribu, 2,5 Millionen), thousands
grouped in threes or as in India (1,50,000), fractions (3/4, 2½) and powers (2 × 10^5, 1.5e6). The digit of a unit
(120 m2), of a substance (CO2), or at a name (x_1, n^2) is no number.
"""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

# scale → words, as they stand after digits; matched without case
SCALES: dict[int, str] = {
    10**2: "hundred|ratus|trăm|ร้อย|सौ|শত|వందలు|వందల|వంద",
    10**3: "thousand|tausend|tsd|mil|mille|mila|duizend|duisend|tusen|tusind|þúsund|tisíc|tisíce|tisících|tysiąc"
    "|tysiące|tysięcy|tys|tisuća|tisuće|hiljada|hiljade|tisoč|tūkst|tūkstančiai|tūkstančių|tūkstoši|tūkstošu|tuhat"
    "|tuhatta|ezer|mii|ribu|rb|libo|libong|nghìn|ngàn|тысяча|тысячи|тысяч|тыс|тисяча|тисячі|тисяч|тис|хиляди|мың"
    "|мянга|χιλιάδες|χιλ|ألف|ألفا|ألفاً|آلاف|الف|هزار|ہزار|אלף|אלפים|हज़ार|हजार|હજાર|ਹਜ਼ਾਰ|হাজার|ஆயிரம்|వేలు|వేల|ಸಾವಿರ"
    "|ആയിരം|พัน|ພັນ|ពាន់|ათასი|հազար|ሺህ|ሺ",
    10**4: "หมื่น",
    10**5: "lakh|lakhs|लाख|لاکھ|লাখ|লক্ষ|લાખ|ਲੱਖ|லட்சம்|இலட்சம்|లక్షలు|లక్షల|లక్ష|ಲಕ್ಷ|ലക്ഷം|แสน|ແສນ",
    10**6: "million|millions|millionen|mio|millón|millones|milhão|milhões|milione|milioni|miljoen|miljon|miljoner"
    "|millioner|miljoonaa|miljonit|milljón|milljónir|milion|milionu|miliony|miliona|milionů|milionów|milión|milióny"
    "|miliónov|milijun|milijuna|milijon|milijona|milijonov|milijonai|milijonų|miljoni|miljonu|milioane|millió|milioi"
    "|milions|millóns|mln|juta|jt|milyon|milyong|triệu|миллион|миллиона|миллионов|мільйон|мільйони|мільйонів|милион"
    "|милиона|млн|сая|εκατομμύριο|εκατομμύρια|εκατ|مليون|مليوناً|ملايين|میلیون|מיליון|ล้าน|ລ້ານ|លាន|მილიონი|միլիոն|ሚሊዮን",
    10**7: "crore|crores|करोड़|करोड|कोटी|کروڑ|কোটি|કરોડ|ਕਰੋੜ|கோடி|కోట్లు|కోట్ల|కోటి|ಕೋಟಿ|കോടി",
    10**9: "billion|billions|milliarde|milliarden|mrd|milliard|milliards|milliarder|bilhão|bilhões|miliardo|miliardi"
    "|miliarda|miliardy|miliard|miliardów|milijarda|milijarde|milijardi|milijardai|milijardų|miliarde|milliárd"
    "|miljard|miljarder|miljardia|miljardit|miliar|milyar|bilyon|bilyong|tỷ|миллиард|миллиарда|миллиардов|мільярд"
    "|мільярди|мільярдів|милиард|милиарда|млрд|δισεκατομμύριο|δισεκατομμύρια|مليار|ملياراً|مليارات|میلیارد|מיליארד",
    10**12: "trillion|trillions|billionen|billón|billones|triliun|trilyon|trilyong|трлн",
}
# before the number in Swahili, Hausa, Igbo, Kinyarwanda, Oromo, Lingala and Shona
BEFORE = {"elfu": 10**3, "laki": 10**5, "milioni": 10**6, "dubu": 10**3, "miliyan": 10**6, "puku": 10**3, "nde": 10**6}
BEFORE |= {"ibihumbi": 10**3, "miliyoni": 10**6, "kuma": 10**3, "nkoto": 10**3, "zviuru": 10**3}
SMALL = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12, "만": 10**4, "억": 10**8, "조": 10**12}
VULGAR = {character: unicodedata.numeric(character) for character in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}

WORDS = {word: scale for scale, words in SCALES.items() for word in words.split("|")}
_LONGEST = sorted(map(re.escape, WORDS), key=len, reverse=True)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff]")  # Thai, Lao and Khmer end no word with a space
_WORD = "|".join(word if _UNSPACED.match(word) else rf"{word}(?![^\W\d_])" for word in _LONGEST)
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
UNIT = re.compile(r"(?<![^\W\d_])(mm|cm|dm|km|m|ft|in|yd|mi|(?<=/)s)\^?[23](?!\d)", re.IGNORECASE)
SUBSTANCE = re.compile(r"(?<![^\W_])(?:CO2|H2O|O2|O3|NO2|SO2|CH4|NH3|H2SO4)(?![^\W_])")
AT_NAME = re.compile(r"(?:(?<!\d)\^|(?<![^\W\d_])[A-Za-z]_)(?:-?\d+|\{-?\d+\})")  # x_1, n^2, \text{cm}^2
POINT = re.compile(r"(?:(?<=[\s$€£¥(=:~-])|^)\.(?=\d)", re.MULTILINE)  # .5
KILO = re.compile(r"(?<=\d)k(?![^\W_])")  # $3k
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
POWER = re.compile(
    r"(?<![\w.,])(?:(?P<times>\d{1,15}(?:[.,]\d{1,15})?) ?(?:[×x*·⋅]|\\times|\\cdot) ?(?=10(?:\^|\*\*|[⁰¹²³⁴-⁹⁻])))?"
    r"(?P<base>\d{1,4})(?:(?:\^|\*\*)(?:(?P<plain>-?\d{1,2})|\{(?P<braced>-?\d{1,2})\})|(?P<raised>⁻?[⁰¹²³⁴-⁹]{1,2}))(?!\d)"
    r"|(?<![\w.,])(?P<mantissa>\d{1,15}(?:\.\d{1,15})?)[eE](?P<exponent>[+-]?\d{1,2})(?![\w])"
)
SCALE = re.compile(rf"[\s\u00a0-]?(?P<word>{_WORD})\.?", re.IGNORECASE)
SIGNS = re.compile(rf"\s?(?P<small>(?:[十百십백천]|{_KILO}){{0,3}})(?P<large>{_LARGE})?")
LONGEST_BEFORE = 1 + max(map(len, BEFORE))
PREFIX = re.compile(rf"(?P<word>{'|'.join(BEFORE)}) $", re.IGNORECASE)
FURTHER = re.compile(r" ?([1-9]\d{0,2}(?:,\d{3}){1,9}|\d{1,30})(?![\d/]|[.,]\d)")
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
    text = SUBSTANCE.sub(" ", UNIT.sub(r"\1 ", text))
    text = KILO.sub(" thousand", POINT.sub("0.", POWER.sub(_power, AT_NAME.sub(" ", text))))
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


def _power(match: re.Match[str]) -> str:
    """A match of POWER in plain digits."""
    if match["mantissa"]:
        return _plain(Fraction(match["mantissa"]) * Fraction(10) ** int(match["exponent"]))
    exponent = int(match["plain"] or match["braced"] or match["raised"].translate(RAISED))
    if match["base"].strip("0") == "" and exponent < 0:
        return match.group()  # no number
    return _plain(Fraction((match["times"] or "1").replace(",", ".")) * Fraction(int(match["base"])) ** exponent)


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
        rest = further[1].replace(",", "") if further else ""
        if not rest or int(rest) >= least:
            return sign * total, end
        has_scale = SCALE.match(text, further.end()) or any(SIGNS.match(text, further.end()).groups())
        # after a space, as many digits as the scale has zeros: 12만 3,500, 2 mil 500
        if not has_scale and further.group().startswith(" ") and len(rest) not in (3, len(str(least)) - 1):
            return sign * total, end
        section, end = Fraction(rest), further.end()


def _plain(value: Fraction) -> str:
    """A value in plain digits; one without an end is rounded to 12 decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    whole, decimals = divmod(round(abs(value) * 10**12), 10**12)
    return f"{'-' if value < 0 else ''}{whole}.{decimals:012d}".rstrip("0").rstrip(".")


def same_number(prediction: str | None, answer: str) -> bool:
    """Whether two numbers as text are equal in value ("12.0" is "12"); False without a prediction."""
    return prediction is not None and Decimal(prediction) == Decimal(answer)
