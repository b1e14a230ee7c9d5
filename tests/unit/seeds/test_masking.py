"""Personal data: every kind in the languages of the study, in any digits; and what must never be taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.seeds.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Escríbeme a juan.perez+x@correo.com.es.", "Escríbeme a [EMAIL]."),
        ("メールはtaro@mail.co.jpまで", "メールは[EMAIL]まで"),
        ("البريد：ａｌｉ＠ｍａｉｌ．ｓａ", "البريد：[EMAIL]"),
        ("Tel. (030) 1234567", "Tel. [PHONE]"),
        ("Ruf mich unter +49 30 1234567 an, oder 0171 2345678.", "Ruf mich unter [PHONE] an, oder [PHONE]."),
        ("+420 777 123 456 10 lidí", "[PHONE] 10 lidí"),
        ("volejte 777 123 456", "volejte [PHONE]"),
        ("chiamami al 347 123 4567", "chiamami al [PHONE]"),
        ("Zavolejte mi na 777 123 456", "Zavolejte mi na [PHONE]"),
        ("Ring meg på 912 34 567", "Ring meg på [PHONE]"),
        ("sunați la 0712 345 678", "sunați la [PHONE]"),
        ("дзвоніть 067 123 45 67", "дзвоніть [PHONE]"),
        ("请写信到 info@例子.公司", "请写信到 [EMAIL]"),
        ("Llámame al 612 345 678.", "Llámame al [PHONE]."),
        ("電話は03-1234-5678です", "電話は[PHONE]です"),
        ("携帯 ０９０－１２３４－５６７８", "携帯 [PHONE]"),
        ("هاتفي ٠٥٠١٢٣٤٥٦٧ شكرا", "هاتفي [PHONE] شكرا"),
        ("اتصل على ‎+٢٠١٠٠١٢٣٤٥٦٧", "اتصل على ‎[PHONE]"),
        ("WA: 0812-3456-7890 atau 081234567890", "WA: [PHONE] atau [PHONE]"),
        ("전화 010-1234-5678", "전화 [PHONE]"),
        ("Tawagan 09171234567.", "Tawagan [PHONE]."),
        ("call (212) 555-1234 or 1-800-555-0199 or 0044 20 7946 0958", "call [PHONE] or [PHONE] or [PHONE]"),
        ("karta 4111 1111 1111 1111, 378282246310005", "karta [CARD], [CARD]"),
        ("カード：５５５５－５５５５－５５５５－４４４４", "カード：[CARD]"),
        ("IBAN DE89 3704 0044 0532 0130 00 UND MEHR", "IBAN [IBAN] UND MEHR"),
        ("ES9121000418450200051332", "[IBAN]"),
        ("CZ65 0800 0000 1920 0014 5399 HOTOVO", "[IBAN] HOTOVO"),
        ("server 93.184.216.34:8080 a 2606:2800:220:1:248:1893:25c8:1946", "server [IP]:8080 a [IP]"),
        ("rodné číslo 736028/5163, r. č. 7360285163", "rodné číslo [ID], r. č. [ID]"),
        ("Steuer-ID: 86 095 742 719", "Steuer-ID: [ID]"),
        ("AHV 756.9217.0769.85", "AHV [ID]"),
        ("DNI 12345678Z y NIE X1234567L", "DNI [ID] y NIE [ID]"),
        ("RUT 12.345.678-5", "RUT [ID]"),
        ("CURP HEGG560427MVZRRL04", "CURP [ID]"),
        ("NIK 3171234567890123 bukan, 3171231708900001 ya", "NIK 3171234567890123 bukan, [ID] ya"),
        ("マイナンバーは１２３４５６７８９０１８", "マイナンバーは[ID]"),
        ("주민번호 900101-1234568", "주민번호 [ID]"),
        ("الرقم القومي ٢٩٠٠١٠١١٢٣٤٥٦٧", "الرقم القومي [ID]"),
        ("رقم الهوية ١٠٥٨٥٢٩٩٤٠", "رقم الهوية [ID]"),
        ("Emirates 784-1979-1234567-1", "Emirates [ID]"),
        ("SSN 078-05-1120, NINO QQ 12 34 56 C or AB 12 34 56 C", "SSN [ID], NINO QQ 12 34 56 C or [ID]"),
        ("0151-23456789, 0812 3456 7890", "[PHONE], [PHONE]"),
        ("Zürich 044 123 45 67; 010 1234 5678", "Zürich [PHONE]; [PHONE]"),
        ("０９０ １２３４ ５６７８ と ٠١٠٠ ١٢٣ ٤٥٦٧", "[PHONE] と [PHONE]"),
        ("+1 555 123 4567, +420 123 456 789", "[PHONE], [PHONE]"),
        ("Erika.Müller@firma.de, jan@škola.cz, иван@почта.рф", "[EMAIL], [EMAIL], [EMAIL]"),
        ("０９０−１２３４−５６７８に電話", "[PHONE]に電話"),  # the minus sign of Japanese keyboards
        ("8 (912) 345-67-89 или тел. 345-67-89", "[PHONE] или тел. [PHONE]"),
        ("手机13812345678, 0 532 123 45 67", "手机[PHONE], [PHONE]"),
        ("मोबाइल 98765 43210, Simu: 0712 345 678", "मोबाइल [PHONE], Simu: [PHONE]"),
        ("CCC 2100 0418 45 0200051332", "CCC [ACCOUNT]"),
        ("ana.b (at) correo (punto) es, max[at]firma.de", "[EMAIL], [EMAIL]"),
        ("SSN 536-22-8145, NINO QQ 12 34 56 C or AB 12 34 56 C", "SSN [ID], NINO QQ 12 34 56 C or [ID]"),
    ],
)
def test_what_is_somebodys_is_masked(text, masked):
    assert mask(text)[0] == masked
    assert mask(masked) == (masked, {})


@pytest.mark.parametrize(
    "text",
    [
        "V letech 1939–1945 a 2010-2020, 01-02-2020, 2024/11/05, 5. 6. 1990.",
        "3 + 4 × 12 = 51; 123456789 + 987654321 = 1111111110",
        "١٢٣ + ٤٥٦ = ٥٧٩ في عام ٢٠٢٤",
        "２０２４年１０月１日に１２３，４５６円と７８９０円を払った。",
        "Precio: 1.234.567,89 € o $1,234,567.89, Rp 12.500.000.000, 12 990 000 Kč, ¥10000000000",
        "Telefon stojí 12 990 000 Kč a prodalo se 1 000 000 telefonů, mobile 1973-1983.",
        "Das Telefon kostet 612 345 678 Euro.",
        "Zisk +12 345 678 Kč; 12 + 34567890123; x = +12345678",
        "π = 3.14159265358979323846, 20! = 2432902008176640000, 2^53 = 9007199254740992",
        "Verze 10.20.30.40, kapitola 1.2.3.4, 192.168.0.1, 127.0.0.1, 12:30:45, std::cafe, fe80::1, ::1",
        "ISBN 978-3-16-148410-0, EAN 4006381333931, 〒150-0001, 500-200-1000, 10-20-30",
        "Address: 2001:db8::1 is for documents; so is user@example.com, and a@b.test.",
        "12345678A no es un DNI; 12.345.678-4 no es un RUT; DE00 3704 0044 0532 0130 00",
        "2:4:6:8:10:12:14:16; 20:36:56:52:55:10:11:34; backup 20211010110000",
        "Am 07-05-2022 17:59 waren es +43 128 672 und 01 02 03 04 05, 010 020 030.",
        "NIK 5222249209801890, rodné číslo 579908/3400, 250130-9857871",
        "@jana, a@b, 50 % @ 3 kg, foo(at)bar, look (at) this, x[at] = 3.5",
        "CEP 01310-100, 2100 0418 45 0200051333, 5−3 = 2, 1990−2000−2010",
        "1234567890 1234567890 12345678901 123456789012 1234567890123456",
        "0101010101 01010101010 0000000000",
        "番号 1234567890123456789012345678901234567890",
    ],
)
def test_years_sums_prices_and_the_like_stay(text):
    assert mask(text) == (text, {})


def test_counts_are_by_kind():
    text, result = mask("a@mail.cz, b@mail.cz, 4111111111111111")
    assert text == "[EMAIL], [EMAIL], [CARD]" and result == {"EMAIL": 2, "CARD": 1}


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01", "IBAN"),
        ("GB82WEST12345698765432", "GB82WEST12345698765431", "IBAN"),
        ("4111 1111 1111 1111", "4111 1111 1111 1112", "CARD"),
        ("12345678-Z", "12345678-A", "ID"),
        ("756.9217.0769.85", "756.9217.0769.84", "ID"),
        ("12.531.909-2", "12.531.909-3", "ID"),
    ],
)
def test_only_a_right_check_digit_is_masked(right, wrong, kind):
    assert mask(f"x: {right}.") == (f"x: [{kind}].", {kind: 1})
    assert mask(f"x: {wrong}.")[0] == f"x: {wrong}."


@given(st.integers(0, 10**6), st.sampled_from("+-*×"), st.integers(0, 10**6))
def test_no_sum_of_everyday_numbers_is_masked(left, sign, right):
    text = f"Kolik je {left} {sign} {right}? {left}{sign}{right}={left + right}"
    assert mask(text) == (text, {})


@given(st.floats(0, 10**7).map(lambda number: f"{number:,.2f}"), st.integers(1000, 2100))
def test_no_price_and_no_year_is_masked(price, year):
    text = f"Im Jahr {year} kostete es {price} € ({year}-{year + 5}), teléfono aparte."
    assert mask(text) == (text, {})


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_masking_twice_changes_nothing(text):
    once, result = mask(text)
    assert result or once == text
    assert mask(once)[0] == once


@given(st.text(alphabet="0123456789 .-/()+:@a", max_size=200))
def test_texts_of_digits_end(text):
    mask(text)


def test_placeholders_of_a_source_become_the_same_marks():
    text = "Soy <PRESIDIO_ANONYMIZED_PERSON>, <PRESIDIO_ANONYMIZED_EMAIL_ADDRESS>, <PRESIDIO_ANONYMIZED_US_SSN>."
    assert mask(text) == ("Soy [NAME], [EMAIL], [ID].", {"NAME": 1, "EMAIL": 1, "ID": 1})
    assert mask("<PRESIDIO> y <PERSON>") == ("<PRESIDIO> y <PERSON>", {})
