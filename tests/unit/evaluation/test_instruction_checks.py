"""What follows an instruction and what does not, by kind and language: known texts with known outcomes."""

import pytest

from polyglot.core.errors import InputError
from polyglot.evaluation.instruction_checks import CHECKS, outcomes, refuse_unknown, share_followed


def follows(text, kind, **more):
    return share_followed(text, [{"kind": kind, **more}]) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Lima es la capital del Perú.", 6),
        ("  Lima   es\nla capital  ", 4),
        ("¡Hola! ¿Qué tal?", 3),
        ("Uno, dos y tres — y cuatro…", 6),
        ("uno,dos,tres", 3),
        ("rojo/verde/azul", 3),
        ("Pesa 3,5 kg y cuesta 1.250 €.", 6),
        ("24/7 y 10:30", 3),
        ("«Sí», dijo (con calma)", 4),
        ("**Perú** es bonito", 3),
        ("Kata-kata baru", 2),  # Indonesian reduplication is one word
        ("Don't l'eau", 2),
        ("Ako'y masaya", 2),
        ("Cafe\u0301 con leche", 3),  # a composed letter
        ("Ｌｉｍａ es", 2),
        ("القاهرة عاصمة مصر.", 3),
        ("القَاهِرَةُ عَاصِمَةُ مِصْرَ", 3),
        ("\u200fالقاهرة\u200f عاصمة ـ مصر\u200e", 3),  # marks of direction, and tatweel as a dash
        ("القاهرة، عاصمة مصر؛ كبيرة", 4),
        ("서울은 한국의 수도입니다.", 3),
        ("Praha je hlavní město – krásné", 5),
        ("Schöne Grüße aus Köln :-)", 4),
        ("Hola 🙂 amigo 👋🏽", 2),
        ("...", None),
    ],
)
def test_words(text, count):
    for other in range(1, 9):
        assert follows(text, "words", count=other) == (other == count)
        assert follows(text, "words_at_most", count=other) == (count is not None and count <= other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("東京は日本の首都です。", 10),
        ("「東京」は、日本の首都です！", 10),
        ("東京は　日本の\n首都です", 10),
        ("ｶﾞｷﾞｸﾞ", 3),  # half-width kana with its mark is one letter
        ("か\u3099き", 2),
        ("コーヒー", 4),
        ("2024年5月", 7),
        ("２０２４年", 5),
        ("人々", 2),
        ("楽しい♪😀", 3),
    ],
)
def test_characters(text, count):
    assert follows(text, "characters", count=count)
    assert follows(text, "characters_at_most", count=count)
    assert not follows(text, "characters", count=count + 1)
    assert not follows(text, "characters_at_most", count=count - 1)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("uno\ndos\ntres", 3),
        ("uno\r\ndos\r\n\r\ntres\r\n", 3),
        ("uno\u2028dos", 2),
        ("una línea", 1),
        ("título\n---\ntexto", 2),
        ("一\n二\n三\n四", 4),
    ],
)
def test_lines(text, count):
    assert follows(text, "lines", count=count)
    assert not follows(text, "lines", count=count + 1)


BULLETED = [
    "- a\n- b\n- c",
    "* a\n* b\n* c",
    "• a\n• b\n• c",
    "– a\n— b\n‐ c",
    "・国\n・町\n・村",
    "･国\n･町\n･村",  # half-width
    "● a\n○ b\n■ c",
    "+ a\n\n+ b\n\n+ c",
    "*a\n*b\n*c",
    "- **Perú**\n- *Chile*\n- Cuba",
    "✅ a\n👉 b\n✔ c",
    "-مصر\n-تونس\n-العراق",
    "\u200f• مصر\n\u200f• تونس\n\u200f• العراق",
    "※ 국가\n※ 도시\n※ 마을",
]


@pytest.mark.parametrize("text", BULLETED)
def test_bullets(text):
    assert follows(text, "bullets", count=3)
    assert not follows(text, "bullets", count=2)


@pytest.mark.parametrize(
    "text",
    [
        "a\nb\nc",
        "Una lista:\n- a\n- b",
        "- a\nb\n- c",
        "1. a\n2. b\n3. c",
        "-5\n-6\n-7",
        "**a**\n**b**\n**c**",
        "- \n- \n- ",
    ],
)
def test_lists_without_bullets(text):
    assert not follows(text, "bullets", count=3)


NUMBERED = [
    "1. a\n2. b\n3. c",
    "1) a\n2) b\n3) c",
    "(1) a\n(2) b\n(3) c",
    "1.- a\n2.- b\n3.- c",
    "1 a\n2 b\n3 c",
    "1: a\n\n2: b\n\n3: c",
    "**1. a**\n**2.** b\n3. **c**",
    "### 1. a\n### 2. b\n### 3. c",
    "１．国\n２．町\n３．村",
    "1、国\n2、町\n3、村",
    "①国\n②町\n③村",
    "❶ 国\n❷ 町\n❸ 村",
    "⑴ 국가\n⑵ 도시\n⑶ 마을",
    "一、国\n二、町\n三、村",
    "1️⃣ a\n2️⃣ b\n3️⃣ c",
    "١. مصر\n٢. تونس\n٣. العراق",
    "١- مصر\n٢- تونس\n٣- العراق",
    "١ـ مصر\n٢ـ تونس\n٣ـ العراق",
    "\u200f1) مصر\n\u200f2) تونس\n\u200f3) العراق",
    "۱. ایران\n۲. عراق\n۳. مصر",
    "१. भारत\n२. नेपाल\n३. चीन",
]


@pytest.mark.parametrize("text", NUMBERED)
def test_numbered(text):
    assert follows(text, "numbered", count=3)
    assert not follows(text, "numbered", count=2)
    assert not follows(text, "bullets", count=3)


@pytest.mark.parametrize(
    "text",
    [
        "- a\n- b\n- c",
        "1. a\n2. b\n4. c",
        "2. a\n3. b\n4. c",
        "1. a\n1. b\n1. c",
        "Países:\n1. a\n2. b\n3. c",
        "1. a, 2. b, 3. c",
        "1.\n2.\n3.",
        "1.5 kg\n2.5 kg\n3.5 kg",
        "1. a\n2. b\n3",
    ],
)
def test_lists_that_are_not_numbered(text):
    assert not follows(text, "numbered", count=3)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Lunes es un día.", "lunes"),
        ("«Lunes» es un día.", "lunes"),
        ("- **Lunes**: nada", "lunes"),
        ("¡LUNES!", "lunes"),
        ("Pondeli\u0301 je den.", "pondelí"),
        ("Österreich liegt in Europa", "Österreich"),
        ("الاثنين يوم جميل", "الاثنين"),
        ("الاِثْنَيْن يوم جميل", "الاثنين"),
        ("الإثنين يوم", "الاثنين"),  # forms of alef
        ("\u202bالأحد\u202c يوم", "الأحد"),
        ("月曜日は楽しい", "月曜日"),
        ("「ペルー」は国です", "ペルー"),
        ("ﾍﾟﾙｰは国です", "ペルー"),
        ("월요일은 좋습니다", "월요일"),
        ("Biyernes ngayon", "Biyernes"),
    ],
)
def test_the_first_word(text, word):
    assert follows(text, "begins", word=word)
    assert not follows(f"Bueno, {text}", "begins", word=word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Hoy es lunes.", "lunes"),
        ("Hoy es «lunes».", "lunes"),
        ("Hoy es Lunes!!! 🙂\n", "lunes"),
        ("Heute ist **Montag**…", "Montag"),
        ("اليوم هو الاثنين.", "الاثنين"),
        ("اليوم هو الاثنـــين؟\u200f", "الاثنين"),
        ("今日は月曜日。", "月曜日"),
        ("今日は「月曜日」", "月曜日"),
        ("오늘은 월요일", "월요일"),
    ],
)
def test_the_last_word(text, word):
    assert follows(text, "ends", word=word)
    assert not follows(f"{text} ok", "ends", word=word)


def test_a_word_is_no_part_of_another():
    assert not follows("Nigeria es grande", "begins", word="Niger")
    assert not follows("Es de Sudán del Sur y de Congosto", "ends", word="osto")
    assert not follows("Los peruanos", "includes", words=["Perú", "Los"])


@pytest.mark.parametrize(
    ("text", "words", "holds"),
    [
        ("Perú y Chile son países.", ["Perú", "Chile"], True),
        ("PERÚ, CHILE", ["Perú", "Chile"], True),
        ("Perú es un país.", ["Perú", "Chile"], False),
        ("Peru es un país.", ["Perú"], False),
        ("v České republice a Francii", ["Francie"], False),
        ("Die Straße nach Österreich", ["STRASSE"], True),
        ("زرت مصر وتونس", ["مصر", "تونس"], True),
        ("سافرت إلى البرازيل وبالبرازيل", ["البرازيل"], True),
        ("للبرازيل تاريخ", ["البرازيل"], True),
        ("كفرنسا", ["فرنسا"], True),
        ("مِصْر", ["مصر"], True),
        ("المصريون", ["مصر"], False),
        ("ブラジルとペルー", ["ペルー", "ブラジル"], True),
        ("브라질에서", ["브라질"], True),
        ("Timog Korea at Brazil", ["Timog Korea"], True),
        ("Timog\nKorea", ["Timog Korea"], True),
    ],
)
def test_words_that_must_or_must_not_stand_in_the_text(text, words, holds):
    assert follows(text, "includes", words=words) == holds
    assert not (holds and follows(text, "excludes", words=words[:1]))
    assert follows(text, "excludes", words=words[-1:]) != holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('{"nombre": "Lima", "año": 1535}', True),
        ('```json\n{"año": 1535,\n "nombre": {"a": [1]}}\n```', True),
        ('\ufeff{"nombre": "", "an\u0303o": null}', True),
        ('{"nombre": "Lima"}', False),
        ('{"nombre": 1, "año": 2, "más": 3}', False),
        ('{"Nombre": 1, "año": 2}', False),
        ('Aquí está: {"nombre": 1, "año": 2}', False),
        ('[{"nombre": 1, "año": 2}]', False),
        ("{'nombre': 1, 'año': 2}", False),
        ('{"nombre": 1, "año": 2', False),
        ('{"nombre": NaN, "año": 2}', False),
        ("[" * 9000, False),
        ('{"a":' * 1800 + "1", False),
        ('{"nombre": ' + "9" * 5000 + ', "año": 1}', False),
    ],
)
def test_json(text, holds):
    assert follows(text, "json", keys=["nombre", "año"]) == holds


def test_json_in_other_scripts():
    assert follows('{"الاسم": "مصر"، "اللغة": "العربية"}'.replace("،", ","), "json", keys=["اللغة", "الاسم"])
    assert follows('\u200f{"الاسم": "مِصر"}\u200e', "json", keys=["الاسم"])
    assert not follows('{"الاسم": 1، "اللغة": 2}', "json", keys=["اللغة", "الاسم"])  # an Arabic comma
    assert follows('{"名前": "東京"}', "json", keys=["名前"])


SENTENCES = {
    "ar": "القاهرة مدينة كبيرة على ضفاف نهر النيل وفيها متاحف كثيرة.",
    "cs": "Praha je krásné město, které leží na obou březích řeky Vltavy.",
    "de": "Hamburg ist eine große Stadt im Norden, in der viele Schiffe ankommen.",
    "en": "London is a large city on the river, and many people visit it every year.",
    "es": "Lima es una ciudad grande junto al mar, y muchas personas la visitan cada año.",
    "id": "Jakarta adalah kota besar yang dikunjungi banyak orang setiap tahun.",
    "ja": "東京はとても大きな町で、毎年たくさんの人が訪れます。",
    "ko": "서울은 아주 큰 도시이고 해마다 많은 사람이 찾아옵니다.",
    "tl": "Ang Maynila ay isang malaking lungsod na dinadalaw ng maraming tao taun-taon.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_language_of_an_answer(code):
    followed = {other for other, text in SENTENCES.items() if follows(text, "language", code=code)}
    assert followed == {code}
    assert not follows("42", "language", code=code)  # undetermined


@pytest.mark.parametrize(
    ("text", "quotes", "holds"),
    [
        ("«Lima es grande.»", "«»", True),
        ("« Lima es grande ».", "«»", True),
        ("\u200f«القاهرة كبيرة»\u200f.", "«»", True),
        ("“Lima is big.”", "“”", True),
        ('"Lima is big."', "“”", True),  # the same marks on a keyboard
        ("„Prag ist groß.“", "„“", True),
        ("”Prag är stor”", "„“", True),
        ("「東京は大きい。」", "「」", True),
        ("｢東京は大きい｣。", "「」", True),
        ("＂東京＂", "“”", True),
        ('“He said "yes" to me.”', "“”", True),
        ("Lima es grande.", "«»", False),
        ("«Lima» es «grande»", "«»", False),
        ("«Lima es grande", "«»", False),
        ("Dice: «Lima»", "«»", False),
        ('"Lima es grande"', "«»", False),
        ("『東京』", "「」", False),
        ("«»", "«»", False),
        ("a", "“”", False),
    ],
)
def test_quotation_marks(text, quotes, holds):
    assert follows(text, "quoted", quotes=quotes) == holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("42", True),
        ("42.", True),
        (" -3,5 ", True),
        ("−7", True),
        ("**1.250**", True),
        ("1 250 000", True),
        ("1,50,000", True),
        ("٤٢", True),
        ("٣٫٥", True),
        ("４２。", True),
        ("४२", True),
        ("3/4", True),
        ("½", True),
        ("42 días", False),
        ("31日", False),
        ("Respuesta: 42", False),
        ("4 + 38 = 42", False),
        ("1 2 3", False),
        ("cuarenta y dos", False),
        ("12\n13", False),
        ("v2", False),
    ],
)
def test_only_a_number(text, holds):
    assert follows(text, "number") == holds


EVERY_KIND = [
    {"kind": "words", "count": 1},
    {"kind": "words_at_most", "count": 10**6},
    {"kind": "characters", "count": 1},
    {"kind": "characters_at_most", "count": 10**6},
    {"kind": "lines", "count": 10_000},
    {"kind": "bullets", "count": 10_000},
    {"kind": "numbered", "count": 10_000},
    {"kind": "begins", "word": "uno"},
    {"kind": "ends", "word": "uno"},
    {"kind": "includes", "words": ["uno"]},
    {"kind": "excludes", "words": ["dos"]},
    {"kind": "json", "keys": ["uno"]},
    {"kind": "language", "code": "es"},
    {"kind": "quoted", "quotes": "“”"},
    {"kind": "number"},
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\u200f",
        "uno\n" * 10_000,
        "- uno\n" * 10_000,
        "uno \ud83d",
        "\ud83d",
        "!?…",
        "\x00",
        "🙂",
        "\u064b\u064b",
    ],
)
def test_hostile_texts_follow_nothing(text):
    assert {check["kind"] for check in EVERY_KIND} == set(CHECKS)
    assert share_followed(text, EVERY_KIND) == 0.0


@pytest.mark.parametrize(
    ("instruction", "word"),
    [
        ("Escribe sobre el Perú. En la respuesta debe aparecer: «Chile».", "Chile"),
        ("次の国について書いてください：ペルー。次の語を入れてください：「ブラジル」。", "ブラジル"),
        ("اكتب عن مصر. يجب أن يرد في الإجابة: «تونس».", "تونس"),
    ],
)
def test_a_repeated_sentence_of_the_instruction_is_no_answer(instruction, word):
    checks = [{"kind": "includes", "words": [word]}]
    demand = instruction[instruction.index(".") + 2 :] if "." in instruction else instruction.split("。")[1] + "。"
    for text in (instruction, demand, f"{demand}\n" * 3, f"{demand}\n{demand[:-2]}", f"... {demand[:-1]}"):
        assert share_followed(text, checks, instruction) == 0
        assert share_followed(f"{word}: {text}", checks, instruction) == 1
    assert share_followed(demand, checks) == 1


def test_the_share_is_of_all_checks():
    checks = [{"kind": "words", "count": 3}, {"kind": "ends", "word": "Perú"}]
    assert outcomes("Viva el Perú", checks) == [True, True]
    assert outcomes("Viva todo el Perú", checks) == [False, True]
    assert share_followed("Viva todo el Perú", checks) == 0.5


@pytest.mark.parametrize(
    ("checks", "content"),
    [
        ([], "not a list of checks"),
        ({"kind": "number"}, "not a list of checks"),
        (["number"], "no known kind; use one of words, "),
        ([{"kind": "rhymes"}], "no known kind"),
        ([{"kind": "words"}], r"words needs count \(int\)"),
        ([{"kind": "words", "count": "5"}], r"words needs count \(int\)"),
        ([{"kind": "number", "count": 5}], "number needs nothing"),
    ],
)
def test_checks_that_cannot_be_read_are_named(checks, content):
    with pytest.raises(InputError, match=rf"items\.jsonl: line 3: .*{content}"):
        refuse_unknown("items.jsonl: line 3", checks)
