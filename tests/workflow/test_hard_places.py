"""One cheap rule where machines are strange; and where it cannot work, a line that names the cause."""

import os
import shutil
import subprocess

import pytest

from tests.conftest import PATIENCE, SMALL, SNAKEMAKE, copy_project

TABLE = "results/published/tables/table_07.md"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting and being somebody else takes root")


def run(project, before="true", **environment):
    """Make the table after `before`, which may mount what it likes: as root, in a namespace of its own."""
    command = ["bash", "-c", f'{before} && exec "$@"', "bash", SNAKEMAKE, "--cores", "2", TABLE, *SMALL]
    command = ["unshare", "--mount", *command] if os.geteuid() == 0 else command
    variables = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "مجلد with spaces")


def test_no_home_locale_c_a_strict_umask_a_strange_path_a_link_a_polluted_path_of_python_no_tmpdir(project, tmp_path):
    shutil.move(project / "results", tmp_path / "disk")
    (project / "results").symlink_to(tmp_path / "disk")
    (tmp_path / "old/polyglot").mkdir(parents=True)
    (tmp_path / "old/polyglot/__init__.py").write_text("raise SystemExit('an old copy of the project')\n")
    gone = str(tmp_path / "gone")
    ended = run(project, "umask 077 && ulimit -n 128", LC_ALL="C", PYTHONPATH=str(tmp_path / "old"), TMPDIR=gone)
    assert ended.returncode == 0 and ended.stderr.splitlines()[-1] == f"made: {TABLE}", ended.stderr[-3000:]
    assert (project / TABLE).stat().st_mode & 0o077 == 0 and (project / "results").is_symlink()


@as_root
def test_a_user_without_privileges_or_a_home_that_can_be_written_or_shared_memory(project, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    small = "mount -t tmpfs -o size=4k,ro tmpfs /dev/shm"
    bare = 'set -- setpriv --bounding-set=-all --inh-caps=-all "$@"'  # what belongs to others is closed to it
    ended = run(project, f"{small} && {bare}", HOME=str(home), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert ended.returncode == 0 and ended.stderr.splitlines()[-1] == f"made: {TABLE}", ended.stderr[-3000:]


@as_root
def test_a_full_disk_is_named_and_with_space_the_same_command_carries_on(project):
    full = run(project, "mount -t tmpfs -o size=100k tmpfs results")
    *_, failed, last = full.stderr.splitlines()
    assert full.returncode == 1 and failed.startswith("error: fact_tables: no space left on device: ")
    assert last.startswith("1 job failed; the same command carries on")
    assert run(project).returncode == 0


@as_root
@pytest.mark.parametrize("folder", ["results", ".snakemake", "paper_figures"])
def test_a_folder_that_cannot_be_written_is_named_in_a_line(project, folder):
    (project / folder).mkdir(exist_ok=True)
    ended = run(project, f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}")
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(f"error: {folder}: cannot be written; ")


@as_root
@pytest.mark.parametrize(
    ("folder", "limit"), [(".snakemake", "size=8k"), (".snakemake", "nr_inodes=3"), ("temporary", "size=8k")]
)
def test_a_full_disk_of_snakemakes_own_files_or_of_temporary_ones_is_named(project, folder, limit):
    (project / folder).mkdir(exist_ok=True)
    ended = run(project, f'mount -t tmpfs -o {limit} tmpfs {folder} && export TMPDIR="$PWD/temporary"')
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert last.startswith("error: ") and last.partition(": no space left")[0].endswith(folder)


@pytest.mark.parametrize("folder", ["results", "paper_figures"])
def test_a_link_to_a_disk_that_is_not_mounted_is_named(project, folder):
    shutil.rmtree(project / folder)
    (project / folder).symlink_to("/mnt/not-here")
    ended = run(project)
    line = f"error: {folder}: links to /mnt/not-here, which is not there; mount or make that folder"
    assert ended.returncode == 1 and ended.stderr.splitlines()[-1] == line
