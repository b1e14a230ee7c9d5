"""Numbers as a reader of each language reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.evaluation.last_number import last_number, same_number

PLAIN = [
    ("Ana tiene 5 + 7 = 12 manzanas. La respuesta es 12.", "12"),
    ("答えは１２３４です。", "1234"),
    ("الجواب هو ٣٤٥", "345"),
    ("Es sind 1.234 Stück", "1234"),
    ("There are 1,234,567 of them", "1234567"),
    ("1.234.567,89 €", "1234567.89"),
    ("1,234.56", "1234.56"),
    ("je to 12 345 korun", "12345"),
    ("12\u00a0345", "12345"),
    ("2,5 Liter", "2.5"),
    ("12.0", "12.0"),
    ("0,125", "0.125"),
    ("1234,567", "1234.567"),
    ("la temperatura es -5 grados", "-5"),
    ("−7", "-7"),
    ("seiten 10-15", "15"),
    ("정답: 42개", "42"),
    ("jawabannya 100%", "100"),
    ("no sé", None),
    ("", None),
    ("²", None),  # a digit to str.isdigit, not a decimal one
]
SCALED = [
    ("答えは7万ドルです。", "70000"),
    ("3万5千円", "35000"),
    ("12万3456", "123456"),
    ("1億2000万円", "120000000"),
    ("約1.5億", "150000000"),
    ("1兆円", "1000000000000"),
    ("5百円", "500"),
    ("3만 5천 원", "35000"),
    ("1억 2천만 원", "120000000"),
    ("10만 명 중 3명", "3"),
    ("3만 5명", "5"),
    ("10만큼", "10"),
    ("피자 8조각", "8"),
    ("Rp70 ribu", "70000"),
    ("2,5 juta rupiah", "2500000"),
    ("1 juta 500 ribu", "1500000"),
    ("70 mil pesos", "70000"),
    ("-3 mil", "-3000"),
    ("2 mil 500", "2500"),
    ("3 mil millones", "3000000000"),
    ("5 millones", "5000000"),
    ("5 Millionen Euro", "5000000"),
    ("12 Tausend", "12000"),
    ("Es kostet 3 Tsd. Euro", "3000"),
    ("2,5 milionu korun", "2500000"),
    ("15 tisíc korun", "15000"),
    ("٧٠ ألف", "70000"),
    ("5 ملايين", "5000000"),
    ("5 libo", "5000"),
    ("३ लाख", "300000"),
    ("2 करोड़", "20000000"),
    ("5 thousand", "5000"),
    ("1.5 million", "1500000"),
    ("elfu 70", "70000"),
    ("3 ล้านบาท", "3000000"),
    ("40 triệu", "40000000"),
    ("2 тысячи", "2000"),
    ("5 тыс. рублей", "5000"),
    ("1,5 млн", "1500000"),
    ("3 duizend euro", "3000"),
    ("4 tysiące złotych", "4000"),
    ("2 miljoner kronor", "2000000"),
    ("۵ هزار تومان", "5000"),
    ("৫ লক্ষ টাকা", "500000"),
    ("6 ሚሊዮን", "6000000"),
    ("2 ratus ribu", "200000"),
    ("5 lakh crore", "5000000000000"),
    ("重さは5千円", "5000"),
    ("答案是5千克", "5"),
    ("全程12千米。", "12"),
    ("I have 3 milk bottles", "3"),
    ("5 m", "5"),
]
MARKED = [
    ("٣٬٤٥٦٫٧", "3456.7"),
    ("٣٫٤٥٦", "3.456"),  # U+066B is a decimal sign, however many digits follow
    ("1,50,000", "150000"),
    ("4,00,000.50", "400000.50"),
    ("12,34", "12.34"),
    ("120 m2", "120"),
    ("luasnya 154 cm2.", "154"),
    ("12 km^2", "12"),
    (r"\boxed{1{,}234{,}567}", "1234567"),
    (r"12\,500", "12500"),
    ("3/4", "0.75"),
    ("1 1/2 Liter", "1.5"),
    ("1 1/2 millones", "1500000"),
    ("½", "0.5"),
    ("2½ jam", "2.5"),
    (r"\frac{3}{4}", "0.75"),
    ("2/3", "0.666666666667"),
    ("10/2 = 5", "5"),
    ("12/05/2020", "2020"),
]


@pytest.mark.parametrize(("text", "number"), PLAIN + SCALED + MARKED)
def test_last_number(text, number):
    assert last_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12345678901234567890.5", "12345678901234567890.5"),
        ("0.33333333333333333333333333333333333", "0.33333333333333333333333333333333333"),
        ("9" * 5000, "9" * 5000),
        ("1" * 40 + " mil", "1" * 40 + "000"),
        ("1" * 5000 + "/" + "2" * 5000, "2" * 5000),
        ("-1.5 million", "-1500000"),
        ("5" + "千" * 5000, "5" + "000" * 3),
        ("5 " + "mil " * 5000, "5" + "000" * 4),
        ("5 " + "million " * 5000, "5" + "000000" * 2),
        ("5" + "万" * 5000, "5" + "0000"),
        ("-0.0000025 mil", "-0.0025"),
    ],
)
def test_numbers_of_any_length_are_read(text, number):
    assert last_number(text) == number


@given(st.text(alphabet="0123456789.,/ -½٫٬'万千億만천조mil ribu%²٣", max_size=60))
def test_no_answer_of_a_model_ends_the_reading(text):
    number = last_number(text)
    assert number is None or same_number(number, number)


def test_numbers_are_compared_by_value():
    assert same_number("12.0", "12")
    assert not same_number("12.5", "12")
    assert not same_number(None, "12")
