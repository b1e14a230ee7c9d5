"""Texts of models, servers and files cannot steer a terminal, a log or a table."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from polyglot.core.identity import content_id, normalise
from polyglot.core.markdown import cell, markdown_table
from polyglot.core.texts import clean, is_broken, printable, spelt
from tests.conftest import ROOT

STEERING = [*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\r\n\tc", "a b c"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred\x9b0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(0lines\x1bc", "lines"),
        ("half of a sequence: \x1b", "half of a sequence:"),
        ("\x1b]0;never ends", "0;never ends"),
        ("\x90q\x9ctext", "text"),
        ("beep\x07\x00 \x7f", "beep "),
        ("abc\u202edcb", "abcdcb"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("سؤال česky 日本語 👩‍👩‍👧 می‌خواهم", "سؤال česky 日本語 👩‍👩‍👧 می‌خواهم"),
    ],
)
def test_printable_by_hand(text, line):
    assert printable(text).rstrip() == line.rstrip()


@given(some.text(some.characters()))
def test_nothing_that_is_printed_steers(text):
    for line in (printable(text), spelt(text)):
        assert not set(map(ord, line)) & set(STEERING)
        line.encode("utf-8")


def test_errors_of_a_program_are_one_plain_line():
    code = "from polyglot.core.errors import InputError, run\ndef main():\n"
    code += r"    raise InputError('a\x1b[2J\x9b1mb\nc')" + "\nrun(main)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert (ended.returncode, ended.stderr) == (1, b"error: ab c\n")


HOSTILE = ["a|b", "a\nb", "a\\|b", "|", "a\r\n| --- |", "`a|b`", "\x1b[31ma", "", None, "\u2028x", "<b>", "1.10"]


def test_tables_hold_whatever_their_cells_hold():
    text = markdown_table([[name, "1.10"] for name in HOSTILE], ["teacher | name", "value"])
    assert len(text.split("\n")) == 2 + len(HOSTILE)
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(HOSTILE)
    assert sum(token.type == "td_open" for token in tokens) == 2 * len(HOSTILE)
    texts = [before.content for before in tokens if before.type == "inline"]
    assert texts[:6] == ["teacher | name", "value", "a|b", "1.10", "a b", "1.10"]
    assert (cell(None), cell(3), cell(4.0), cell(0.25)) == ("", "3", "4", "0.25")


@pytest.mark.parametrize(
    ("text", "stored", "changes"),
    [
        (" plain text\twith\nlines \n", "plain text\twith\nlines", set()),
        ("a\r\nb\rc\x85d\u2028e", "a\nb\nc\nd\ne", {"line_ends"}),
        ("a\x00b\x08\x7f\x9bc", "ab", {"controls"}),
        ("a\x1b[31mb\x1b]0;title\x07c", "abc", {"controls"}),
        ("windows \x93quotes\x94", "windows quotes", {"controls"}),
        ("cafe\u0301", "café", {"nfc"}),
        ("\u200b\ufeff \u2060\xad", "", set()),
        ("\ud83d half", "\ufffd half", {"broken"}),
        ("ﾃｽﾄ می‌خواهم \u202bعربي\u202c 👩‍👩‍👧", "ﾃｽﾄ می‌خواهم \u202bعربي\u202c 👩‍👩‍👧", set()),
    ],
)
def test_clean_by_hand(text, stored, changes):
    assert clean(text) == (stored, dict.fromkeys(changes, 1))
    assert normalise(text) == stored
    assert is_broken(text) == ("broken" in changes)


@given(some.text(some.characters()))
def test_what_is_stored_is_stable_and_can_be_written(text):
    stored, _ = clean(text)
    assert clean(stored) == (stored, {})
    stored.encode("utf-8")
    content_id(stored)
