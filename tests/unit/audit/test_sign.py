"""A signed manifest: whose signature counts, and what is said without one."""

import shutil
import subprocess

import pytest

from polyglot.audit.sign import NAMESPACE, UNSIGNED, sign, signature_path, vouched
from polyglot.core.errors import InputError
from tests.conftest import program
from tests.unit import audit_tree as tree

MANIFEST = f"{tree.RESULTS}/audit/manifest.jsonl"


@pytest.fixture
def project(tmp_path):
    """A folder with a manifest, of which only the bytes matter here."""
    path = tmp_path / "project" / MANIFEST
    path.parent.mkdir(parents=True)
    path.write_text('{"path": "results/test/scores.csv"}\n')
    return tmp_path / "project"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two people's keys, and a list that names the first."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("amal", "petr"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / name]
        subprocess.run(words, check=True)
    (folder / "signers").write_text(f"amal@example.org {(folder / 'amal.pub').read_text()}")
    return folder


def findings(project, signers):
    voucher, results = vouched(project, tree.STUDY, signers)
    assert (voucher == UNSIGNED) == bool(results) or signers is None
    return [(item.kind, item.severity, item.file, item.seen) for item in results]


def test_a_signature_by_somebody_on_the_list_vouches(project, keys):
    key = sign(project, tree.STUDY, keys / "amal")
    assert key.startswith("SHA256:") and len(key) == 50
    expected = f"amal@example.org vouches for this study: the manifest is signed with {key}."
    assert vouched(project, tree.STUDY, keys / "signers") == (expected, [])
    unknown = f"The manifest is signed with {key}; no list of signers says whose key that is."
    assert vouched(project, tree.STUDY, None) == (unknown, [])


def test_without_a_signature_nobody_vouches(project, keys):
    assert vouched(project, tree.STUDY, None) == (UNSIGNED, [])
    assert findings(project, keys / "signers") == [("signature", "error", signature_path(tree.STUDY), "none")]


def test_a_signature_by_a_stranger_is_an_error(project, keys):
    key = sign(project, tree.STUDY, keys / "petr")
    assert findings(project, keys / "signers") == [("signature", "error", signature_path(tree.STUDY), f"one by {key}")]


def test_a_signature_of_another_manifest_is_an_error_with_and_without_a_list(project, keys):
    sign(project, tree.STUDY, keys / "amal")
    (project / MANIFEST).write_text('{"path": "results/test/other.csv"}\n')
    for signers in (None, keys / "signers"):
        ((kind, severity, _, seen),) = findings(project, signers)
        assert (kind, severity) == ("signature", "error") and "Signature verification failed" in seen
    sign(project, tree.STUDY, keys / "amal")
    assert findings(project, keys / "signers") == []


@pytest.mark.parametrize("content", ["", "no signature\x1b[31m", "-----BEGIN SSH SIGNATURE-----\nAAAA\n"])
def test_what_is_no_signature_is_an_error(project, keys, content):
    (project / signature_path(tree.STUDY)).write_text(content)
    for signers in (None, keys / "signers"):
        ((kind, _, _, seen),) = findings(project, signers)
        assert kind == "signature" and "\x1b" not in seen and "\n" not in seen


def test_a_signature_made_for_something_else_does_not_count(project, keys):
    assert NAMESPACE != "git"
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", keys / "amal", "-n", "git", project / MANIFEST], check=True)
    assert [kind for kind, *_ in findings(project, keys / "signers")] == ["signature"]


def test_what_cannot_be_signed(project, keys, tmp_path):
    with pytest.raises(InputError, match="no such key; name an SSH key"):
        sign(project, tree.STUDY, tmp_path / "none")
    (tmp_path / "broken").write_text("no key")
    (tmp_path / "broken").chmod(0o600)
    with pytest.raises(InputError, match="does not sign"):
        sign(project, tree.STUDY, tmp_path / "broken")
    (project / MANIFEST).unlink()
    with pytest.raises(InputError, match="run the study first"):
        sign(project, tree.STUDY, keys / "amal")
    with pytest.raises(InputError, match="no such file"):
        vouched(project, tree.STUDY, tmp_path / "none")


def test_the_audit_holds_a_study_to_its_signers(small_study, keys, tmp_path):
    project = shutil.copytree(small_study, tmp_path / "project", copy_function=shutil.copyfile)
    (project / "tables.csv").write_text("table,column,type,empty,low,high,key\na.csv,a,any,true,,,false\n")
    command = program("audit.run", "--study", tree.STUDY, "--signers", keys / "signers", "--schemas", "tables.csv")
    before = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert before.returncode == 1 and UNSIGNED in before.stdout
    assert (
        f"First: {signature_path(tree.STUDY)}: signature; repair: .venv/bin/snakemake --cores 2 sign" in before.stdout
    )
    signed = subprocess.run(
        program("audit.sign", "--study", tree.STUDY, "--key", keys / "amal"),
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert signed.returncode == 0 and f"{signature_path(tree.STUDY)}: signed with SHA256:" in signed.stdout
    after = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert after.returncode == 0 and "amal@example.org vouches for this study" in after.stdout, after.stdout
