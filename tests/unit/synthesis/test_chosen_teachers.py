"""The teacher of each method of a mixture, by a table of values."""

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.sheets import write_sheet
from polyglot.synthesis.chosen_teachers import METHOD_SCREEN, chosen


@pytest.fixture
def table(tmp_path):
    rows = [
        ("es", "generate", "ann", "z_all", 8, 0.4),
        ("es", "generate", "bob", "z_all", 8, -0.4),
        ("es", "respond", "ann", "z_all", 8, -0.1),
        ("es", "respond", "bob", "z_all", 8, 0.1),
        ("es", "translate", "ann", "z_all", 8, 0.2),
        ("es", "translate", "bob", "z_all", 8, 0.2),
        ("id", "respond", "ann", "z_all", 8, 0.9),
        ("id", "respond", "bob", "z_all", 8, None),
    ]
    file = tmp_path / "method_screen.csv"
    write_sheet(file, pd.DataFrame(rows, columns=list(METHOD_SCREEN.columns)))
    return file


def test_the_highest_value_of_a_method_gives_its_rows_and_of_equal_ones_the_first_named(table):
    of_methods = chosen(table, "es", ["generate", "respond", "translate"], ["bob", "ann"])
    assert of_methods == {"generate": ["ann"], "respond": ["bob"], "translate": ["bob"]}
    assert chosen(table, "es", ["translate"], ["ann", "bob"]) == {"translate": ["ann"]}


def test_a_teacher_without_a_value_is_refused(table):
    with pytest.raises(InputError, match=r"method_screen\.csv: has no value of bob in id by respond; use parts: equal"):
        chosen(table, "id", ["respond"], ["ann", "bob"])
    with pytest.raises(InputError, match="has no value of cec in es by respond"):
        chosen(table, "es", ["respond"], ["ann", "cec"])
