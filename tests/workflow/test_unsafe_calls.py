"""No program of the project reads a pickle, gives a text to a shell, or unpacks an archive without a filter."""

import ast
from pathlib import Path

import pytest

IMPORTS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
CALLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "eval", "exec"}
CALLS |= {"yaml.unsafe_load", "yaml.full_load"}
METHODS = {"read_pickle", "to_pickle", "unpickle"}
# call → the keyword that makes it safe, and the values of it that do; None for any
SAFE = {"torch.load": ("weights_only", (True,)), "extractall": ("filter", ("data",)), "extract": ("filter", ("data",))}
SAFE["unpack_archive"] = ("filter", ("data",))
FORBIDDEN = {"shell": (True,), "allow_pickle": (True,), "trust_remote_code": (True,)}
ZIP = ["archive.extractall without filter"]  # of zipfile, which cleans names itself and knows no filter
ALLOWED = {
    "tests/end_to_end/test_study.py": ZIP,
    "tests/unit/report/test_crate_entities.py": ZIP,
    "tests/unit/seeds/test_packaged_sources.py": ["eval"],  # of sums in a package that is pinned by its hash
}


def name_of(node):
    """A dotted name as it is written; the last part of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imported(node):
    """The top modules that an import loads."""
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return {name.split(".")[0] for name in [*names, getattr(node, "module", None) or ""]}


def faults_of_call(node, loaders):
    name = name_of(node.func)
    if name == "yaml.load" and "Safe" not in ast.unparse(node) and ast.unparse(node.args[-1]) not in loaders:
        yield name
    values = {word.arg: getattr(word.value, "value", ...) for word in node.keywords}
    if name in CALLS or name.rpartition(".")[2] in METHODS:
        yield name
    for call, (keyword, safe) in SAFE.items():
        if (name == call or name.endswith(f".{call}")) and values.get(keyword) not in safe:
            yield f"{name} without {keyword}"
    for keyword, bad in FORBIDDEN.items():
        # a value that is worked out may be any
        if keyword in values and (values[keyword] in bad or values[keyword] is ...):
            yield f"{name} with {keyword}"


def faults_of(text):
    """What in a module could run what it reads."""
    tree, faults = ast.parse(text), []
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    loaders = {node.name for node in classes if [ast.unparse(base) for base in node.bases] == ["yaml.SafeLoader"]}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            faults += sorted(imported(node) & IMPORTS)
        elif isinstance(node, ast.Call):
            faults += faults_of_call(node, loaders)
    return faults


def test_no_module_runs_what_it_reads():
    files = [path for folder in ("scripts", "tests", "envs") for path in sorted(Path(folder).rglob("*.py"))]
    assert len(files) > 300
    results = {str(path): faults_of(path.read_text(encoding="utf-8")) for path in files}
    assert {path: faults for path, faults in results.items() if faults} == ALLOWED


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("import torch; torch.load('a')", "torch.load without weights_only"),
        ("import torch; torch.load('a', weights_only=False)", "torch.load without weights_only"),
        ("import torch; torch.load('a', weights_only=safe)", "torch.load without weights_only"),
        ("subprocess.run(text, shell=True)", "subprocess.run with shell"),
        ("subprocess.run(text, shell=wanted)", "subprocess.run with shell"),
        ("os.system(text)", "os.system"),
        ("numpy.load('a', allow_pickle=True)", "numpy.load with allow_pickle"),
        ("pd.read_pickle('a')", "pd.read_pickle"),
        ("tarfile.open('a').extractall('b')", ".extractall without filter"),
        ("archive.extractall('b', filter='fully_trusted')", "archive.extractall without filter"),
        ("shutil.unpack_archive('a')", "shutil.unpack_archive without filter"),
        ("yaml.load(text)", "yaml.load"),
        ("class Own(yaml.Loader): pass\nyaml.load(text, Own)", "yaml.load"),
        ("AutoModel.from_pretrained('a', trust_remote_code=True)", "AutoModel.from_pretrained with trust_remote_code"),
    ],
)
def test_a_call_that_could_run_what_it_reads_is_named(text, fault):
    assert faults_of(text) == [fault]


def test_safe_calls_are_none():
    text = "torch.load('a', weights_only=True); archive.extractall('b', filter='data'); yaml.safe_load(text)"
    text += "; yaml.load(text, Loader=yaml.CSafeLoader); model.eval()"
    assert faults_of("class Own(yaml.SafeLoader): pass\nyaml.load(text, Own)") == []
    assert faults_of(f"{text}; subprocess.run(['ls'], shell=False); re.compile('a')") == []
