"""A study as an archive holds it, read once as a stream: the hash of each file, and the text of what an audit reads.

Nearly nothing of it is written to a disk: to make a thousand files takes longer than to check them.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from polyglot.audit.findings import Finding
from polyglot.audit.verify import compared, expectation
from polyglot.core.files import Json
from polyglot.core.provenance import BLOCK

# what audit.truth reads: records, the log of manifests, lists of packages, the manifest
READ = re.compile(r"results/[^/]+/audit/((records|runs|environments)/.*|manifest\.jsonl)", re.DOTALL)


@dataclass(frozen=True)
class Member:
    """A file of an archive: its size, its SHA-256 and, where an audit reads it, its content."""

    bytes: int
    sha256: str
    content: bytes | None


class Packed:
    """The files of an archive, by their normal paths. `packed / path` reads as a pathlib.Path does."""

    def __init__(self) -> None:
        self.study = ""
        self.members: dict[str, Member] = {}
        self.folders: dict[str, set[str]] = {}  # folder → names in it

    def __contains__(self, path: str) -> bool:
        return path in self.members

    def __truediv__(self, path: str) -> "PackedPath":
        return PackedPath(self, path)

    def add(self, path: str, content: IO[bytes], most: int, target: Path | None) -> int:
        """Read a file, and write it to `target`; returns its bytes, more than `most` where it was read no further.

        Raises NotADirectoryError for a file inside a file, as a disk does.
        """
        self._place(path)
        hasher, size, kept = hashlib.sha256(), 0, [] if READ.fullmatch(path) or target else None
        while block := content.read(BLOCK):
            size += len(block)
            if size > most:
                return size
            hasher.update(block)
            if kept is not None:
                kept.append(block)
        text = None if kept is None else b"".join(kept)
        self.members[path] = Member(size, hasher.hexdigest(), text)
        if target and text is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        return size

    def _place(self, path: str) -> None:
        """List a file in its folder, and that in its own."""
        if path in self.folders:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        for folder in PurePosixPath(path).parents:
            if str(folder) in self.members:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            names, name = self.folders.setdefault(str(folder), set()), PurePosixPath(path).name
            if name in names:
                return
            names.add(name)
            path = str(folder)

    def check(self, line: Json) -> Finding | None:
        """Hold a file to its line of the manifest, as audit.verify.check_file does with one on a disk."""
        member = self.members.get(line["path"])
        if member is None:
            return Finding("missing", line["path"], expectation(line), "not there")
        return compared(line, member.bytes, member.sha256)


@dataclass(frozen=True)
class PackedPath:
    """A path in an archive, with as much of pathlib.Path as an audit uses."""

    packed: Packed
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def is_file(self) -> bool:
        return self.path in self.packed.members

    def is_dir(self) -> bool:
        return self.path in self.packed.folders

    def is_symlink(self) -> bool:
        return False  # links are refused before they are read

    def iterdir(self) -> Iterator["PackedPath"]:
        if not self.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        return (PackedPath(self.packed, f"{self.path}/{name}") for name in self.packed.folders[self.path])

    def read_bytes(self) -> bytes:
        member = self.packed.members.get(self.path)
        if member is None or member.content is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        return member.content
