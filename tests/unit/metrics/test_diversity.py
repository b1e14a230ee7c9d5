"""Diversity against hand-worked and pairwise numbers, and the embedding of texts with a stand-in engine."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.identity import content_id
from polyglot.metrics.diversity import BLOCK, mean_distances
from polyglot.metrics.embed_rows import embed


def names(rows):
    return [f"r{row}" for row in range(len(rows))]


def pairwise(rows):
    """Mean over pairs i != j and per row, by the definition."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    distances = 1 - units @ units.T
    np.fill_diagonal(distances, 0)
    return distances.sum() / (len(rows) * (len(rows) - 1)), distances.sum(axis=1) / (len(rows) - 1)


def test_three_explicit_vectors():
    # cosines: (0,1) 0, (0,2) -1, (1,2) 0; their mean is -1/3, so the distance is 4/3
    mean, per_row = mean_distances(np.array([[2.0, 0.0], [0.0, 5.0], [-1.0, 0.0]]), "abc")
    assert mean == pytest.approx(4 / 3, abs=1e-15)
    assert per_row == pytest.approx([1.5, 1.0, 1.5], abs=1e-15)


def test_two_opposite_vectors_are_at_distance_two():
    mean, per_row = mean_distances(np.array([[3.0, 4.0], [-6.0, -8.0]]), "ab")
    assert mean == pytest.approx(2, abs=1e-15)
    assert per_row == pytest.approx([2, 2], abs=1e-15)


def test_orthogonal_vectors_are_at_distance_one():
    mean, per_row = mean_distances(np.eye(5), "abcde")
    assert mean == pytest.approx(1, abs=1e-15)
    assert per_row == pytest.approx(np.ones(5), abs=1e-15)


def test_rows_of_one_direction_have_no_diversity():
    rows = np.outer([1.0, 0.5, 30.0, 7.0], [0.3, -0.1, 2.0])
    mean, per_row = mean_distances(rows, "abcd")
    assert abs(mean) < 1e-14
    assert abs(per_row).max() < 1e-14


def test_two_groups_by_hand():
    # three rows along x, one along y: of 12 ordered pairs 6 are at distance 1, 6 at 0
    mean, per_row = mean_distances(np.array([[1.0, 0], [2.0, 0], [9.0, 0], [0, 4.0]]), "abcd")
    assert mean == pytest.approx(0.5, abs=1e-15)
    assert per_row == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1], abs=1e-15)


@pytest.mark.parametrize("count", [2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_equals_the_pairwise_definition_over_several_blocks(count, shift):
    rows = (np.random.default_rng(count).standard_normal((count, 7)) + shift).astype(np.float32)
    mean, per_row = mean_distances(rows, names(rows))
    expected, expected_per_row = pairwise(rows.astype(np.float64))
    assert mean == pytest.approx(expected, abs=1e-12)
    assert per_row == pytest.approx(expected_per_row, abs=1e-12)
    assert per_row.mean() == pytest.approx(mean, abs=1e-12)


@given(st.integers(2, 40), st.integers(0, 10_000))
def test_order_and_length_of_rows_do_not_matter(count, seed):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((count, 5))
    order, factors = generator.permutation(count), generator.uniform(0.1, 9, (count, 1))
    mean, per_row = mean_distances(rows, names(rows))
    other_mean, other_per_row = mean_distances((rows * factors)[order], names(rows))
    assert other_mean == pytest.approx(mean, abs=1e-12)
    assert other_per_row == pytest.approx(per_row[order], abs=1e-12)
    assert -1e-12 <= mean <= 2 + 1e-12


def test_the_input_is_left_as_it_is():
    rows = np.array([[3.0, 4.0], [1.0, 1.0]], dtype=np.float32)
    before = rows.copy()
    mean_distances(rows, "ab")
    assert (rows == before).all()


def test_needs_no_pairwise_matrix():
    rows = np.random.default_rng(1).standard_normal((6000, 16), dtype=np.float32)
    tracemalloc.start()
    try:
        mean_distances(rows, names(rows))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6000 * 6000 * 8 / 100


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
@pytest.mark.parametrize("at", [0, BLOCK + 3])
def test_a_row_without_direction_is_an_error_that_names_it(bad, at):
    rows = np.ones((BLOCK + 9, 2))
    rows[at] = bad
    with pytest.raises(InputError, match=f"row r{at}: its embedding is zero or not finite"):
        mean_distances(rows, names(rows))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_are_an_error(count):
    with pytest.raises(InputError, match="at least 2 rows"):
        mean_distances(np.ones((count, 3)), names(range(count)))


class Engine:
    """Stands in for a pooling engine: a token a character after BOS; a text's embedding is (its tokens, 1)."""

    def get_tokenizer(self):
        def tokenizer(texts, truncation=False, max_length=None, split_special_tokens=False):
            assert split_special_tokens
            sequences = [[2, *map(ord, text)] if text else [] for text in texts]
            return {"input_ids": [ids[:max_length] if truncation else ids for ids in sequences]}

        return tokenizer

    def embed(self, prompts):
        return [
            SimpleNamespace(outputs=SimpleNamespace(embedding=[len(prompt["prompt_token_ids"]), 1.0]))
            for prompt in prompts
        ]


def test_embedding_keeps_file_order_and_counts_cut_texts():
    embeddings, truncated = embed(Engine(), ["日本語です", "é", "مرحبا بكم", "abc"], limit=6)
    assert embeddings.tolist() == [[6, 1], [2, 1], [6, 1], [4, 1]]
    assert truncated == [False, False, True, False]  # BOS and nine characters; BOS and five just fit


@pytest.mark.parametrize("text", ["", " \n", "\u3000"])
def test_an_empty_text_is_an_error_that_names_it(text):
    with pytest.raises(InputError, match=f"text {content_id(text)}: an empty text"):
        embed(Engine(), ["x", text], limit=6)
