"""The site file: defaults, both examples, and one line for what is wrong."""

from pathlib import Path

import pytest

from polyglot.core.errors import InputError
from polyglot.study.site import read_site

SITES = sorted(Path("profiles/slurm/sites").glob("*.yaml"))


def test_without_a_file_every_key_has_its_default(tmp_path):
    site = read_site(tmp_path / "site.yaml")
    assert site["cards"] == {"memory_gb": 80, "per_node": 8, "cores": 8, "model": None}
    assert (site["account"], site["partitions"], site["accounting"], site["arrays"]) == (None, None, False, False)


def test_there_is_an_example_with_and_one_without_accounting():
    assert {read_site(file)["accounting"] for file in SITES} == {True, False}


def test_what_is_given_stands_beside_the_defaults(tmp_path):
    (tmp_path / "site.yaml").write_text("cards: {memory_gb: 40}\naccount: مشروع\n", encoding="utf-8")
    site = read_site(tmp_path / "site.yaml")
    assert site["cards"]["memory_gb"] == 40 and site["cards"]["per_node"] == 8
    assert site["account"] == "مشروع"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("acount: x", r"site.yaml: top level: unknown key acount; allowed: account, "),
        ("partitions: {cpu: a}", r"site.yaml: partitions: 'gpu' is a required property"),
        ("cards: {memory_gb: lots}", r"site.yaml: cards.memory_gb: 'lots' is not of type 'integer'"),
        ("account: [", r"site.yaml: not valid YAML in line 2 .*; correct it"),
        ("- account", r"site.yaml: is a list at the top; write keys"),
        ('setup: "module load a\\nrm b"', r"site.yaml: setup: .* does not match"),
        ("account: hf_abcdefghijk", r"site.yaml: account: looks like a secret"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, says):
    (tmp_path / "site.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_site(tmp_path / "site.yaml")
