"""The registry: what is written is read back, no row is ever lost, the last row of a repository counts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.hub.revisions import Entry, Lock, added, in_force, read_locks, to_lock, unlocked_message, write_locks

SCHEMA = Path("resources/schemas/revisions.schema.yaml")
LOCKS = st.builds(
    Lock,
    kind=st.sampled_from(["model", "dataset"]),
    repository=st.sampled_from(["org/a", "org/b", "other/ä"]),
    commit=st.sampled_from("0123").map(lambda digit: digit * 40),
    licence=st.sampled_from(["", "apache-2.0", 'mine, "own"']),
    locked_on=st.just("2026-01-31"),
)
A, B = Lock("model", "org/a", "a" * 40, "mit", "2026-01-01"), Lock("model", "org/a", "b" * 40, "mit", "2026-02-01")


def test_the_tracked_registry_is_valid():
    read_locks(Path("resources/revisions.csv"), SCHEMA)


@given(old=st.lists(LOCKS, max_size=6), new=st.lists(LOCKS, max_size=4))
def test_nothing_is_lost_and_what_is_new_counts(old, new, tmp_path_factory):
    first = added([], old)
    rows = added(first, new)
    assert {(row.entry, row.commit) for row in rows} == {(row.entry, row.commit) for row in [*old, *new]}
    assert len({(row.entry, row.commit) for row in rows}) == len(rows)
    wanted = {lock.entry: lock.commit for lock in [*old, *new]}
    assert {entry: lock.commit for entry, lock in in_force(rows).items()} == wanted
    path = tmp_path_factory.getbasetemp() / "revisions.csv"
    write_locks(path, rows)
    again = read_locks(path, SCHEMA)
    assert sorted(again) == sorted(rows) and in_force(again) == in_force(rows)
    assert [row.entry for row in again] == sorted(row.entry for row in rows)


def test_going_back_to_an_older_commit_moves_its_row_to_the_end():
    assert added([A, B], [A]) == [B, A]
    assert added([A, B], [B._replace(locked_on="2026-03-01")]) == [A, B]  # it counts already


def test_only_what_is_missing_or_to_be_renewed_is_looked_up():
    needed = [Entry("model", "org/b"), A.entry, Entry("dataset", "org/c")]
    assert to_lock([A], needed, []) == [Entry("dataset", "org/c"), Entry("model", "org/b")]
    assert to_lock([A], needed, ["org/a"]) == sorted(needed)
    assert to_lock([A, Lock("model", "org/b", "c" * 40, "", "2026-01-01")], needed[:2], ["all"]) == sorted(needed[:2])
    with pytest.raises(InputError, match="'org/x' is in no model or data set; allowed: all, org/a, org/b, org/c"):
        to_lock([A], needed, ["org/x"])


def test_what_is_missing_is_one_sorted_line():
    message = unlocked_message([Entry("model", "z/z"), Entry("dataset", "a/a"), Entry("model", "z/z")], ["my own.yaml"])
    assert "not locked: dataset a/a, model z/z; run" in message and "\n" not in message
    assert "`.venv/bin/snakemake --cores 1 --configfile 'my own.yaml' -- lock_revisions`" in message


@pytest.mark.parametrize("header", ["", "kind,repository,commit\n", "kind;repository;commit;licence;locked_on\n"])
def test_another_header_is_named(tmp_path, header):
    file = tmp_path / "revisions.csv"
    file.write_text(header)
    with pytest.raises(InputError, match=r"revisions\.csv: line 1: the columns must be kind,repository,commit,licence"):
        read_locks(file, SCHEMA)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (f"model,org/a,{A.commit},mit,2026-01-01\n" * 2, "line 3: model org/a is locked .* line 2 already"),
        ("model,org/a,main,mit,2026-01-01\n", "line 2: commit: 'main' .*40 hexadecimal digits"),
        (f"space,org/a,{A.commit},mit,2026-01-01\n", "line 2: kind: 'space' .*dataset; model"),
        (f"model,org/a,{A.commit},mit\n", "line 2: 4 cells, where 5 are needed"),
        (f"model,org/a,{A.commit},mit,yesterday\n", "line 2: locked_on: 'yesterday'"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path, rows, words):
    file = tmp_path / "revisions.csv"
    file.write_text(f"{','.join(Lock._fields)}\n{rows}")
    with pytest.raises(InputError, match=rf"revisions\.csv: {words}"):
        read_locks(file, SCHEMA)
