"""Recall and precision of masking on the labelled lines, and what the figures count."""

import pandas as pd
import pytest

from polyglot.seeds.masking import mask
from tests.bench.masked_lines import LIMITS, MARKED, MASKED, figures, outcomes, read, spans


@pytest.fixture(scope="module")
def lines():
    return read()


def test_personal_data_are_masked_and_nothing_else(lines):
    results = outcomes(lines)
    for part in (results, results[results["held_out"]]):
        for figure, limit in LIMITS.items():
            assert figures(part)[figure] >= limit, figure


def test_half_of_the_lines_hold_nothing_in_each_of_twelve_languages(lines):
    holds = lines["text"].str.contains("⟦")
    assert len(lines) >= 600 and not lines["plain"].duplicated().any()
    assert not lines["plain"].str.contains("[⟦⟧]").any()
    sizes = holds.groupby(lines["language"]).agg(["size", "mean"])
    assert len(sizes) == 12 and (sizes.loc[["ar", "cs", "de", "en", "es", "id", "ja", "ko", "tl"], "size"] >= 50).all()
    assert sizes["mean"].between(0.4, 0.55).all() and holds.mean() <= 0.5


def test_a_span_counts_where_kind_and_both_ends_are_right():
    text = "a 12 b 34 c"
    assert spans(text, "a ⟦ID:12⟧ b ⟦PHONE:34⟧ c", MARKED) == {("ID", 2, 4), ("PHONE", 7, 9)}
    assert spans(text, "a [ID] b 34 c", MASKED) == {("ID", 2, 4)}
    assert spans(text, "a [ID]2 b 34 c", MASKED) == {("ID", 2, 3)}
    results = pd.DataFrame({"marked": [True, True, False, True], "masked": [True, False, True, True]})
    assert figures(results).tolist() == [3, 2 / 3, 2 / 3]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Číslo účtu: 19-2000145399/0800, bez slova 2000145399/0800", "Číslo účtu: [ACCOUNT], bez slova [ACCOUNT]"),
        ("Konto-Nr. 532013000", "Konto-Nr. [ACCOUNT]"),
        ("no. rekening 123-456-7890 a.n. Rina", "no. rekening [ACCOUNT] a.n. Rina"),
        ("계좌번호 110-234-567890으로", "계좌번호 [ACCOUNT]으로"),
        ("เบอร์ +66 81 234 5678", "เบอร์ [PHONE]"),
        ("sean.o'brien@mail.com 'ana@mail.com'", "[EMAIL] '[EMAIL]'"),
        ("06 12 34 56 78 ou 07.81.22.33.44", "[PHONE] ou [PHONE]"),
        ("(0 89) 54 32 10 98 und 040 / 22 81 93 - 17", "[PHONE] und [PHONE]"),
        ("DE89370400440532013000로 보내", "[IBAN]로 보내"),
    ],
)
def test_numbers_are_masked_as_people_write_them(text, masked):
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    "text",
    [
        "Účet za 1 250 000 Kč, 89/2012 a 2024001/2024; saldo rekening Rp 5.000.000; mi cuenta: 1 000 000",
        "Upgrade from 4.19.0.87 to 5.10.0.16, chapter 10.20.30.40",
        "Loto : 05 12 23 34 45 et le 07; ISBN 0306406152; 03.05.16.0001.01",
        "[+4.36755379, 2.14480498], 0123456789, STK_ID: 600809",
        "git@github.com:numpy/numpy.git, nom@example.fr, nome@example.com.br",
        "07-05-2022 17 Uhr, 12 2010-2014, 1588-1634",
    ],
)
def test_counts_versions_draws_and_examples_stay(text):
    assert mask(text) == (text, {})
