"""The bytes of a training, worked out by hand, and the cards that follow from them."""

from pathlib import Path

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.design import Design
from polyglot.study.memory_ledger import Ledger, Shape, Student, cards_to_train, ledger
from polyglot.study.work import Estimates

SMALL = Shape(layers=10, hidden=1000, intermediate=4000, vocabulary=50_000)
BASES = ["olmo-3-7b", "gemma-3-4b", "qwen-3-8b", "llama-3.1-8b", "olmo-3-32b"]


@pytest.fixture(scope="module")
def paper():
    return Estimates(Design(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))))


def test_a_base_of_a_shorter_context_trains_on_shorter_rows(paper):
    olmo = paper.config["models"]["olmo-3-7b"]["shape"]
    models = paper.config["models"] | {
        name: {"size_b": 5.9, "shape": olmo | context}
        for name, context in {"2k": {"context": 2048}, "8k": {"context": 8192}, "any": {}}.items()
    }
    bases = {name: {"model": name} for name in ("2k", "8k", "any")}
    estimates = Estimates(Design(paper.config | {"models": models, "student_bases": bases}))
    # 16,384 tokens at most; a batch of 32 / 4 rows of 600 tokens in the mean
    assert [estimates.student(name).tokens for name in bases] == [4800, 8192, 16384]


def test_all_weights_on_two_cards_by_hand():
    # 1 billion parameters: 4 GB each of weights and gradients, 8 of moments; each card has half
    held = ledger(Student(1, SMALL, "full", "bfloat16", 10_000), 2)
    assert (held.weights, held.gradients, held.moments) == (2e9, 2e9, 4e9)
    # 10,000 tokens: 46 x 1000 + 12 x 4000 bytes each in a layer, a mask of 3 a pair, the inputs of two layers of 20 MB
    assert held.activations == pytest.approx(0.94e9 + 0.3e9 + 2 * 0.02e9)
    # a head of 50 million: 2 and 4 bytes; 60 MB of hidden states with their gradient, a tile of 268 MB
    assert held.logits == 2 * 0.02e9 + 0.3e9 + 0.06e9 + 268_435_456
    # a layer of 95 million parameters in bfloat16, gathered twice, and as many gradients; 1.5 GB of context
    assert held.temporary == pytest.approx(4 * 0.19e9 + 1.5e9)
    assert held.total == pytest.approx(8e9 + 1.28e9 + 2.26e9)


def test_one_card_holds_the_inputs_of_all_layers_and_bfloat16_copies():
    held = ledger(Student(1, SMALL, "full", "bfloat16", 10_000), 1)
    assert (held.weights, held.moments) == (4e9, 8e9)
    assert held.activations == pytest.approx(0.94e9 + 0.3e9 + 10 * 0.02e9)
    assert held.temporary == pytest.approx(2e9 + 1.5e9)


@pytest.mark.parametrize(("dtype", "weights"), [("bfloat16", 2.04e9), ("float32", 4.04e9)])
def test_lora_trains_a_hundredth_beside_a_frozen_base(dtype, weights):
    held = ledger(Student(1, SMALL, "lora", dtype, 10_000), 1)
    assert held.weights == pytest.approx(weights)
    assert (held.gradients, held.moments) == (pytest.approx(0.04e9), pytest.approx(0.08e9))
    assert held.temporary == 1.5e9


def test_under_lora_each_card_holds_the_inputs_of_all_layers():
    held = ledger(Student(1, SMALL, "lora", "bfloat16", 10_000), 2)
    assert held.activations == pytest.approx(0.94e9 + 0.3e9 + 10 * 0.02e9)


def test_activations_and_logits_are_not_there_together():
    assert Ledger(1.0, 2.0, 3.0, activations=10.0, logits=7.0, temporary=4.0).total == 20.0
    assert Ledger(1.0, 2.0, 3.0, activations=7.0, logits=30.0, temporary=4.0).total == 40.0


@pytest.mark.parametrize(("base", "cards"), [*zip(BASES, [2, 2, 2, 2, 8], strict=True)])
def test_the_students_of_the_paper_fit_a_node_of_eight_cards(paper, base, cards):
    student = paper.student(base)
    assert student.tokens == 16384 and cards_to_train(student, 80, 8) == cards
    assert ledger(student, cards).total < 0.95 * 80 * 2**30 < ledger(student, cards // 2).total


def test_the_largest_student_on_other_cards(paper):
    student = paper.student("olmo-3-32b")
    assert [cards_to_train(student, memory, 8) for memory in (80, 141, 192)] == [8, 8, 4]
    with pytest.raises(InputError, match=r"training 32.2 billion .* 16384 tokens takes 16 cards of 64 GB and a node"):
        cards_to_train(student, 64, 8)


@pytest.mark.parametrize("base", BASES)
def test_a_shape_gives_the_parameters_that_the_config_names(paper, base):
    """Attention of 2 to 4 h² with few or all key-value heads, an MLP of 3, one or two matrices of the vocabulary."""
    student = paper.student(base)
    shape = student.shape
    mlp, head = 3 * shape.hidden * shape.intermediate, shape.vocabulary * shape.hidden
    least, most = (shape.layers * (n * shape.hidden**2 + mlp) + m * head for n, m in ((2, 1), (4, 2)))
    assert least < student.size_b * 1e9 < 1.05 * most


def test_a_model_without_a_shape_is_given_a_usual_and_not_a_smaller_one():
    shape = Shape.of_size(7.3)
    assert (shape.layers, shape.hidden, shape.intermediate) == (33, 4270, 11387)
    assert cards_to_train(Student(7.3, shape, "full", "bfloat16", 16384), 80, 8) == 2
    assert cards_to_train(Student(7.3, shape, "lora", "bfloat16", 16384), 80, 8) == 1


@pytest.mark.parametrize(("size_b", "tokens", "needed"), [(70.6, 16384, "32"), (7.3, 10**7, "more than 1024")])
def test_a_training_that_no_node_holds_is_named_with_the_cure(size_b, tokens, needed):
    student = Student(size_b, Shape.of_size(size_b), "full", "bfloat16", tokens)
    with pytest.raises(InputError, match=rf"{size_b} billion .* takes {needed} cards of 80 GB .* has 8: .*LoRA"):
        cards_to_train(student, 80, 8)
