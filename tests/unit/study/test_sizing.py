"""Resources follow from the model's size."""

import pytest

from polyglot.core.errors import InputError
from polyglot.study.sizing import (
    gpus_to_serve,
    memory_mb,
    minutes,
    serving_memory_mb,
    training_memory_mb,
)


@pytest.mark.parametrize(("size_b", "cards"), [(0.27, 1), (7.3, 1), (14.8, 1), (32.3, 2), (70.6, 4), (111, 8)])
def test_cards_to_serve_in_bfloat16(size_b, cards):
    assert gpus_to_serve(size_b, "bfloat16") == cards


def test_a_retry_asks_for_more():
    assert serving_memory_mb(0.27, "float32", 2) > serving_memory_mb(0.27, "float32", 1)
    assert (
        training_memory_mb(0.27, "full", 2) > training_memory_mb(0.27, "full", 1) > training_memory_mb(0.27, "lora", 1)
    )
    assert [minutes(30, attempt) for attempt in (1, 2, 3)] == [30, 60, 120]


@pytest.mark.parametrize(("card_gb", "cards"), [(80, 4), (141, 2), (48, 8)])
def test_smaller_cards_are_more_cards(card_gb, cards):
    assert gpus_to_serve(70.6, "bfloat16", card_gb, per_node=8) == cards


@pytest.mark.parametrize(
    ("size_b", "card_gb", "per_node", "cards"),
    # 222 GB of weights: 69 % of a node of 320 GB; a node of six cards shares a model by four; 120 GB are 75 % of 160
    [(111, 80, 4, 4), (111, 80, 6, 4), (60, 80, 2, 2), (111, 80, 8, 8), (70.6, 80, 4, 4), (7.3, 24, 1, 1)],
)
def test_a_whole_node_serves_what_leaves_it_a_quarter(size_b, card_gb, per_node, cards):
    assert gpus_to_serve(size_b, "bfloat16", card_gb, per_node) == cards


def test_a_model_that_no_node_holds_is_named_with_the_cure():
    with pytest.raises(InputError, match=r"serving 121 billion parameters takes 8 cards of 80 GB and a node has 4: .*"):
        gpus_to_serve(121, "bfloat16", 80, per_node=4)
    with pytest.raises(InputError, match=r"serving 111 billion parameters takes 8 cards of 80 GB and a node has 2: .*"):
        gpus_to_serve(111, "bfloat16", 80, per_node=2)


def test_memory_grows_by_half_with_each_attempt():
    assert [memory_mb(2000, attempt) for attempt in (1, 2, 3)] == [2000, 3000, 4000]
