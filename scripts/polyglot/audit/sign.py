"""Sign a study's manifest with an SSH key, and check who signed it (`ssh-keygen -Y`, OpenSSH 8.2 or later).

  python -m polyglot.audit.sign --study demo --key ~/.ssh/id_ed25519

Writes audit/manifest.jsonl.sig. A manifest stands for every file of its study and for all manifests before it, so that
its signature does too. The key may be a public one whose private half ssh-agent holds. Signers are named in a file in
the format of OpenSSH's allowed_signers: a line a key, `NAME KEYTYPE KEY`.
"""

import argparse
import os
import re
import subprocess
from pathlib import Path

from polyglot.audit.findings import Finding
from polyglot.audit.records import manifest_path
from polyglot.core.errors import InputError, run
from polyglot.core.texts import printable

NAMESPACE = "polyglot-teachers-manifest"  # a signature made for anything else does not count
KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
UNSIGNED = "Nobody vouches for this study: its manifest is not signed."


def signature_path(study: str) -> str:
    return f"{manifest_path(study)}.sig"


def files_of_signing(study: str) -> set[str]:
    """What `snakemake sign` writes: nothing that anybody takes a number from, so that no manifest speaks of it."""
    return {signature_path(study), *(f"results/{study}/logs/{name}.log" for name in ("sign", "sign_published"))}


def keygen(*words: str | Path, stdin: Path | None = None) -> subprocess.CompletedProcess:
    """Run `ssh-keygen -Y`. Raises InputError where it is not installed."""
    content = stdin.read_bytes() if stdin else None
    try:
        return subprocess.run(["ssh-keygen", "-Y", *map(str, words)], input=content, capture_output=True)
    except FileNotFoundError:
        raise InputError("ssh-keygen: not found; install OpenSSH 8.2 or later to sign or to check signatures") from None


def said_of(ended: subprocess.CompletedProcess) -> str:
    """What ssh-keygen said, on one line."""
    return printable((ended.stdout + ended.stderr).decode("utf-8", "replace")) or f"it ended with {ended.returncode}"


def sign(root: Path, study: str, key: Path) -> str:
    """Write the signature of a study's manifest; returns the key's fingerprint. Raises InputError."""
    manifest, signature = root / manifest_path(study), root / signature_path(study)
    if not manifest.is_file():
        raise InputError(f"{manifest_path(study)}: not there; run the study first, its manifest is what is signed")
    if not key.is_file():
        raise InputError(f"{key}: no such key; name an SSH key, or make one with `ssh-keygen -t ed25519`")
    signature.unlink(missing_ok=True)  # ssh-keygen would ask whether to replace it
    ended = keygen("sign", "-f", key, "-n", NAMESPACE, manifest)
    if ended.returncode or not signature.is_file():
        raise InputError(f"{key}: does not sign ({said_of(ended)}); unlock it with ssh-add and run again")
    return _fingerprint(keygen("check-novalidate", "-n", NAMESPACE, "-s", signature, stdin=manifest))


def _fingerprint(ended: subprocess.CompletedProcess) -> str:
    seen = KEY.search(said_of(ended))
    return seen[0] if seen else "an unknown key"


def vouched(root: Path, study: str, signers: Path | None) -> tuple[str, list[Finding]]:
    """Who vouches for a study, in a sentence, and what is wrong with the signature.

    With `signers` an unsigned manifest, and a key that the file does not name, are errors.
    """
    path, manifest = signature_path(study), root / manifest_path(study)
    signature = root / path
    if signers is not None and not signers.is_file():
        raise InputError(f"{signers}: no such file; give one in the format of ssh-keygen's allowed_signers")
    if not signature.is_file() or not manifest.is_file():
        wanted = [Finding("signature", path, f"a signature by one of {signers}", "none")] if signers else []
        return UNSIGNED, wanted
    valid = keygen("check-novalidate", "-n", NAMESPACE, "-s", signature, stdin=manifest)
    if valid.returncode:
        return UNSIGNED, [Finding("signature", path, f"a signature of {manifest_path(study)}", said_of(valid))]
    key = _fingerprint(valid)
    if signers is None:
        return f"The manifest is signed with {key}; no list of signers says whose key that is.", []
    named = keygen("find-principals", "-s", signature, "-f", signers)
    name = named.stdout.decode("utf-8", "replace").splitlines()[0] if named.returncode == 0 and named.stdout else ""
    words = ("verify", "-f", signers, "-I", name, "-n", NAMESPACE, "-s", signature)
    if not name or keygen(*words, stdin=manifest).returncode:
        return UNSIGNED, [Finding("signature", path, f"a signature by one of {signers}", f"one by {key}")]
    return f"{printable(name)} vouches for this study: the manifest is signed with {key}.", []


def main() -> None:
    """Parse the command line, sign, say whose key it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", required=True)
    parser.add_argument("--key", required=True, help="an SSH key, private or, with ssh-agent, public")
    arguments = parser.parse_args()
    key = sign(Path(), arguments.study, Path(os.path.expanduser(arguments.key)))
    print(f"{signature_path(arguments.study)}: signed with {key}")


if __name__ == "__main__":
    run(main)
