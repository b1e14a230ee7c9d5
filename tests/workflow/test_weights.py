"""Weights of students go once they are evaluated, unless the study keeps them or they are asked for by name."""

import pytest
from snakemake.io import is_flagged

from tests.workflow.conftest import parsed


@pytest.fixture(scope="module")
def paper():
    return parsed()


def rules_of(workflow):
    return {rule.name: rule for rule in workflow.rules}


def weights_among(files):
    return [str(file) for file in files if str(file).endswith("/model")]


def test_only_the_weights_of_a_student_go_where_the_study_does_not_keep_them(paper):
    trained = rules_of(paper)["train"].output
    assert [file for file in trained if is_flagged(file, "temp")] == [trained.model]
    assert not is_flagged(rules_of(parsed("studies/test.yaml"))["train"].output.model, "temp")


def test_only_the_target_that_names_students_asks_for_weights(paper):
    rules = rules_of(paper)
    assert len(weights_among(rules["students"].input)) == 612
    assert weights_among([*rules["all"].input, *rules["reported"].input]) == []


def test_a_student_is_evaluated_before_the_next_one_trains_and_the_disk_limits_trainings(paper):
    rules = rules_of(paper)
    assert rules["evaluate_student"].priority > rules["train"].priority
    assert paper.global_resources["students_gb"] == 1050
