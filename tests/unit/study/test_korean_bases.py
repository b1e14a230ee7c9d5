"""The study in which both documents meet: its students, and what the context of Polyglot-Ko makes of their training."""

from pathlib import Path

import pytest
import yaml

from polyglot.study.analysed import Analysed
from polyglot.study.design import Design
from polyglot.study.memory_ledger import cards_to_train
from polyglot.study.work import Estimates
from tests.unit.study.test_config import merge


def read(file):
    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def design():
    return Design(merge(read("config.yaml"), read("studies/korean_bases.yaml")))


def test_six_bases_learn_from_ten_teachers_three_times(design):
    assert len(design.cells) == 180 and {cell.language for cell in design.cells} == {"ko"}
    anchors = {name: design.config["student_bases"][name] for name in {cell.student_base for cell in design.cells}}
    assert {name for name, entry in anchors.items() if "koalpaca" in entry["reference"]} == {
        "polyglot-ko-1.3b",
        "polyglot-ko-5.8b",
        "polyglot-ko-12.8b",
    }


def test_rows_of_polyglot_ko_are_as_long_as_its_context_and_its_cards_follow(design):
    students = {name: Estimates(design).student(name) for name in ("polyglot-ko-12.8b", "qwen-3-8b")}
    # a batch of 8 rows of 600 tokens is longer than a row of 2,048
    assert {name: student.tokens for name, student in students.items()} == {
        "polyglot-ko-12.8b": 4800,
        "qwen-3-8b": 16384,
    }
    assert {name: cards_to_train(student, 80, 8) for name, student in students.items()} == {
        "polyglot-ko-12.8b": 4,
        "qwen-3-8b": 2,
    }


def test_it_ends_with_the_comparison_of_its_bases(design):
    analysed = Analysed(design)
    assert "results/korean-bases/base_interaction.md" in analysed.reports("korean-bases")
    assert "paper_figures/korean-bases/base_interaction.pdf" in analysed.figures("korean-bases")


@pytest.mark.parametrize(("taught", "several"), [(["ann", "bob"], True), (["bob", "cat"], False)])
def test_bases_are_compared_where_they_share_two_teachers(design, taught, several):
    first = design.config["design"][0] | {"student_bases": ["qwen-3-8b"], "teachers": ["ann", "bob"], "name": "first"}
    other = first | {"student_bases": ["olmo-3-7b"], "teachers": taught, "name": "other"}
    assert Analysed(Design(design.config | {"design": [first, other]})).several_bases is several


def test_the_small_study_has_the_bases_of_the_korean_one():
    small, korean = (
        Design(merge(read("config.yaml"), read(f"studies/{name}.yaml"))) for name in ("korean_students", "korean")
    )
    assert small.runs == korean.runs and small.pretrained == ["ko-3m", "ko-3m-plain"]
    # two bases, three teachers, two trials; rows of one teacher are the same for both bases
    assert len(small.cells) == 12 and len({cell.data for cell in small.cells}) == 6
    assert "results/korean-students/base_interaction.md" in Analysed(small).reports("korean-students")
