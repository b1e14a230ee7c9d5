"""Ids and orders are functions of content."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.core.identity import content_id, derive_seed, digest, normalise, shuffled


@pytest.mark.parametrize("text", ["¿Qué tal?", "Příliš žluťoučký kůň", "がぎぐ", "مُدَرِّسَة", "안녕하세요"])
def test_id_does_not_depend_on_the_unicode_form(text):
    assert content_id(unicodedata.normalize("NFD", text)) == content_id(unicodedata.normalize("NFC", text))


def test_id_is_stable_across_versions_of_the_project():
    assert content_id("es", "hola") == "92fa0b6bcb8d79dc"  # printf 2:es4:hola | sha256sum


def test_normalise():
    assert normalise("  Cafe\u0301\n") == "Café"


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_lists_have_different_digests(left, right):
    same = [unicodedata.normalize("NFC", a) for a in left] == [unicodedata.normalize("NFC", b) for b in right]
    assert (digest(*left) == digest(*right)) == same


@given(st.lists(st.text(), max_size=20), st.randoms())
def test_a_shuffle_ignores_the_order_it_is_given(ids, random):
    other = list(ids)
    random.shuffle(other)
    assert shuffled(ids, 1) == shuffled(other, 1)
    assert sorted(shuffled(ids, 1)) == sorted(set(ids))


def test_seeds_fit_31_bits_and_differ_by_part():
    seeds = {derive_seed(1, "train", trial) for trial in range(100)}
    assert len(seeds) == 100 and all(0 <= seed < 2**31 for seed in seeds)
