"""One name a stage on every shelf; no namesakes; nothing that hides an installed package."""

import ast
import importlib.metadata
import sys
from collections import Counter
from pathlib import Path

from polyglot import STAGES
from polyglot.study.code import code, files_of_module, modules

LIBRARY = Path("scripts/polyglot")
SERVING = {"core", "study"}  # packages that serve every stage


def folders(path):
    return {folder.name for folder in path.iterdir() if folder.is_dir() and folder.name != "__pycache__"}


def test_the_stages_have_the_same_names_in_rules_library_tests_and_docs():
    assert {file.stem for file in Path("rules").iterdir()} == {*STAGES, "study", "common"}
    assert folders(LIBRARY) == {*STAGES, *SERVING}
    assert folders(Path("tests/unit")) - {"__pycache__"} == {*STAGES, *SERVING}
    layout = Path("docs/layout.md").read_text(encoding="utf-8")
    assert [stage for stage in (*STAGES, *SERVING) if f"| `{stage}` |" not in layout] == []


def test_the_stages_are_included_in_the_order_of_the_data():
    text = Path("Snakefile").read_text(encoding="utf-8")
    included = [line.split("/")[1].removesuffix('.smk"') for line in text.splitlines() if line.startswith("include:")]
    assert included == ["common", *STAGES, "study"]


def test_no_file_has_a_namesake():
    files = [file for root in ("scripts", "tests") for file in Path(root).rglob("*.py")]
    names = Counter(file.stem for file in files if file.stem not in ("__init__", "conftest"))
    assert {name: count for name, count in names.items() if count > 1} == {}
    assert set(names) & {folder.name for folder in LIBRARY.rglob("*") if folder.is_dir()} == set()


def test_no_module_of_the_source_root_hides_an_installed_one():
    root = {path.stem for path in Path("scripts").iterdir() if path.name != "__pycache__"}
    installed = {name for name in importlib.metadata.packages_distributions() if name != "polyglot"}
    assert root == {"polyglot"} and not root & (installed | set(sys.stdlib_module_names))


def loaded(module):
    """The project's files that importing a module really loads, in this process."""
    for name in [name for name in sys.modules if name.split(".")[0] == "polyglot"]:
        del sys.modules[name]
    __import__(module)
    results = [sys.modules[name] for name in list(sys.modules) if name.split(".")[0] == "polyglot"]
    files = {Path(item.__file__).relative_to(Path.cwd()) for item in results if item.__file__}
    return {str(file) for file in files if file.stat().st_size}  # an empty file does nothing


def test_the_declared_code_is_what_is_loaded_at_run_time(monkeypatch):
    monkeypatch.syspath_prepend(str(Path("scripts").resolve()))  # before the copies that other tests parsed
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "polyglot"}
    try:
        for file in sorted(LIBRARY.rglob("*.py")):
            if '__name__ == "__main__"' in file.read_text(encoding="utf-8"):
                name = ".".join(file.relative_to("scripts").with_suffix("").parts)
                assert loaded(name) <= set(code(name.removeprefix("polyglot."))), name
    finally:
        sys.modules.update(before)


def files_of(names):
    return {str(path) for name in names for path in files_of_module(name)}


def test_every_form_of_import_is_seen(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(
        "import polyglot.core.language\n"
        "import numpy, polyglot.core.files as files\n"
        "from polyglot.core import errors\n"
        "from polyglot.core import (\n    adapter,  # of (a) source\n    identity,\n)\n"
        "from polyglot.core import ordering, \\\n    markdown\n"
        "def main():\n    from polyglot.core.sheets import check\n"
    )
    seen = files_of(modules(file))
    for name in ("language", "files", "errors", "adapter", "identity", "ordering", "markdown", "sheets"):
        assert str(Path(f"scripts/polyglot/core/{name}.py").resolve()) in seen


def test_no_relative_and_no_dynamic_import_escapes_the_search():
    """Adapters alone are imported by name: their rules declare them as an input of their own."""
    for file in LIBRARY.rglob("*.py"):
        imported = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {f"{node.module}.{alias.name}" for alias in node.names}
            assert not (isinstance(node, ast.ImportFrom) and node.level), file
            if isinstance(node, ast.Attribute) and node.attr == "import_module":
                assert file == LIBRARY / "core/adapter.py", file
        own = files_of(name for name in imported if name.split(".")[0] == "polyglot")
        assert files_of(modules(file)) == own, file  # no text is taken for an import either


def test_names_are_nouns_that_say_the_thing():
    """A name is never `one`, `found` or `told`."""
    for root in ("scripts", "tests"):
        for file in Path(root).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                name = node.id if stored else getattr(node, "arg", None) or getattr(node, "name", None)
                assert name not in ("one", "found", "told"), f"{file}:{node.lineno}"
