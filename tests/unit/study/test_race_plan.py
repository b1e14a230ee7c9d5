"""The rounds of a race: their students, who is asked after whom, and what a race is planned to take, by hand."""

import copy
import re
import types

import pytest

from polyglot.core.errors import InputError
from polyglot.study.design import Cell, Design
from polyglot.study.design_check import check_race
from polyglot.study.plan import race as race_section
from polyglot.study.race import Race
from polyglot.study.work import Estimates
from tests.unit.study.test_plan_sums import CONFIG


def config(rows=(4, 6), by="together", **block):
    """The study of the plan's tests: two teachers, ten rows in Indonesian."""
    changed = copy.deepcopy(CONFIG) | {"race": {"rows": list(rows), "languages": by}, "scoring": {}}
    changed["design"][0] |= block
    return changed


def race(*arguments, **block):
    return Race(Design(config(*arguments, **block)))


class Checkpoints:
    """Checkpoints of Snakemake whose rounds have written `tables`."""

    def __init__(self, tables):
        self.race_round = types.SimpleNamespace(get=lambda study, field, round: tables[field, round])


def written(folder, **kept):
    path = folder / "round.csv"
    path.write_text("teacher,kept\n" + "".join(f"{name},{value}\n" for name, value in kept.items()), encoding="utf-8")
    return types.SimpleNamespace(output=[str(path)])


def test_rounds_end_with_the_main_size_and_leave_out_what_is_not_below_it():
    assert race().sizes == [4, 6, 10]
    assert race((4, 10, 50)).sizes == [4, 10] and race(()).sizes == [10]


def test_languages_race_together_or_apart():
    assert race().fields == {"id": ["id"]}
    assert race(languages=["id", "es"]).fields == {"all": ["es", "id"]}
    apart = race(by="apart", languages=["id", "es"])
    assert apart.fields == {"es": ["es"], "id": ["id"]}


def test_a_round_has_the_students_of_all_sizes_so_far_of_those_who_stay(tmp_path):
    tables = Checkpoints({("id", 1): written(tmp_path, local="true", remote="false")})
    first, second, last = (race().students("id", number, tables) for number in (1, 2, 1))
    assert [(cell.teacher, cell.size) for cell in first] == [("local", 4), ("remote", 4)] and first == last
    assert second == [Cell("base", "local", "id", "mix", size, 1) for size in (4, 6)]


def test_the_last_round_has_the_main_data_sets_alone(tmp_path):
    tables = Checkpoints({("id", 2): written(tmp_path, local="true", remote="true")})
    assert {cell.size for cell in race().students("id", 3, tables)} == {10}


def test_a_race_ends_with_the_round_that_leaves_one_teacher(tmp_path):
    tables = Checkpoints({("id", 1): written(tmp_path, local="true", remote="false")})
    assert race().rounds("id", tables)(None) == ["results/small/race/id/round1.csv"]
    (tmp_path / "two").mkdir()
    tied = written(tmp_path / "two", local="true", remote="true")
    assert len(race().rounds("id", Checkpoints({("id", 1): tied, ("id", 2): tied}))(None)) == 3


def test_a_plan_of_a_race_by_hand():
    design = Design(config())
    courses = Race(design).planned(Estimates(design))
    assert [course["students"] for course in courses] == [2, 2, 4, 6]
    assert [course["rows"] for course in courses] == [20, 8, 24, 40]
    # loading twice 6 minutes; 60 tokens a row twice over at 100 a second; 200 tokens of items at 2000 a second
    assert courses[0]["hours"] == pytest.approx(2 * (0.2 + (1200 / 100 + 200 / 2000) / 3600))
    text = "\n".join(race_section(courses))
    assert "| race, decided by its first round" in text and "| 0.4 | " in re.sub(" +", " ", text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": (6, 4)}, "race.rows: 6, 4 do not rise"),
        ({"rows": (1, 4)}, "race.rows: 1 rows cannot be in 2 parts"),
    ],
)
def test_rounds_that_cannot_be_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        check_race(config(**changes), "study")


def test_a_teacher_that_lacks_a_language_races_in_the_others_alone():
    study = config()
    study["design"].append(study["design"][0] | {"name": "more", "teachers": ["local"], "languages": ["es"]})
    check_race(study, "study")
    assert Race(Design(study)).fields == {"es": ["es"], "id": ["id"]}
    assert Race(Design(study)).teachers("es") == ["local"]
