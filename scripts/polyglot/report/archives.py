"""Read the archive of a study that somebody else sent. Nothing in it is trusted, run or imported.

Only plain files are taken, below results/{study} and paper_figures/{study} of one study; what the archive says of
owners, modes and links is not. Sizes are counted while bytes are unpacked, whatever the archive says of them.
"""

import errno
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from polyglot.core.errors import CURES, InputError
from polyglot.core.provenance import STUDY_FOLDERS
from polyglot.report.packed_study import Packed

STUDY_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError)
BROKEN += (RuntimeError, NotImplementedError, ValueError)  # of zipfile: a password, an unknown compression, bad names


@dataclass(frozen=True)
class Limits:
    """The most that one archive may hold, unpacked."""

    bytes: int
    files: int  # and folders


def unpack(archive: Path, folder: Path, limits: Limits, is_opened: Callable[[str, str], bool]) -> Packed:
    """Read an archive (tar, compressed or not, or zip) from its first byte to its last, once.

    Every file is hashed, the text of those that an audit reads is kept, and those which (path, study) `is_opened` are
    written into `folder`. Raises InputError naming the archive where it cannot be read, is too large or holds anything
    but one study.
    """
    packed, left = Packed(), limits.bytes
    try:
        for count, (name, content) in enumerate(members(archive), start=1):
            if count > limits.files:
                raise InputError(f"{archive}: holds more than {limits.files:,} files; raise board.most_files")
            if content is None:
                continue
            study, path = study_of(archive, name), str(PurePosixPath(name))
            packed.study = packed.study or study
            if study != packed.study:
                raise InputError(f"{archive}: holds {name} beside another study; pack one study an archive")
            if path in packed:
                raise InputError(f"{archive}: holds {name} twice; pack it again")
            target = folder / path if is_opened(path, study) else None
            left -= packed.add(path, content, left, target)
            if left < 0:
                more = f"unpacks to more than {limits.bytes:,} bytes"
                raise InputError(f"{archive}: {more}; leave weights out, or raise board.largest_bytes")
    except InputError:
        raise
    except (*BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno in {*CURES, errno.ENOENT}:
            raise  # the disk's or the user's, not the archive's
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{archive}: cannot be unpacked ({why}); ask for it again, as .tar.gz or .zip") from error
    if not packed.study:
        raise InputError(f"{archive}: holds no file; pack results/STUDY and paper_figures/STUDY")
    return packed


def members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Name and content of each entry of an archive, in its order; a folder has no content.

    Raises InputError for what is neither a plain file nor a folder.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                kind = entry.external_attr >> 16 & 0o170000  # as Unix has it; 0 where another system packed it
                if kind not in (0, 0o100000, 0o040000):
                    raise InputError(f"{archive}: {entry.filename} is a link or a device; pack plain files only")
                if entry.is_dir():
                    yield entry.filename, None
                    continue
                with packed.open(entry) as content:
                    yield entry.filename, content
        return
    with tarfile.open(archive, "r|*") as packed:
        for member in packed:
            if not (member.isreg() or member.isdir()):
                raise InputError(f"{archive}: {member.name} is a link or a device; pack plain files only")
            yield member.name, packed.extractfile(member)  # nothing where it is a folder


def study_of(archive: Path, name: str) -> str:
    """The study that a file of an archive belongs to. Raises InputError for a name outside of a study's folders."""
    parts = PurePosixPath(name).parts
    inside = len(parts) > 2 and parts[0] in STUDY_FOLDERS and STUDY_NAME.fullmatch(parts[1])
    if not inside or ".." in parts or "\\" in name:
        raise InputError(
            f"{archive}: holds {name}, outside results/STUDY and paper_figures/STUDY; pack these two alone"
        )
    return parts[1]
