"""Program failures: one line on standard error that names the file or key and the cure."""

import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from polyglot.core.texts import printable

CURES = {
    errno.ENOSPC: "free some",
    errno.EDQUOT: "free some, or ask for more",
    errno.EROFS: "mount it for writing",
    errno.EACCES: "let this user write there",
}


class InputError(ValueError):
    """Something the user can fix: a file, a key, a row. The message is one line and says how."""


def fail(message: str) -> NoReturn:
    """End the program with `message` on one line, whatever texts it quotes, and exit code 1."""
    sys.exit("error: " + printable(message))


def run(main: Callable[[], None], settings: bool = True) -> None:
    """Run a program's `main`; report an InputError in one line, let a bug show its traceback.

    Settings that travel as files are read into the command line first, unless `settings` is off.
    """
    from polyglot.core.settings_files import expanded  # raises errors of this module

    try:
        if settings:
            sys.argv[1:] = expanded(sys.argv[1:])
        main()
    except InputError as error:
        fail(str(error))
    except FileNotFoundError as error:
        fail(f"{error.filename}: not found; make it with snakemake, or check the path")
    except ModuleNotFoundError as error:
        fail(f"package {error.name!r} is missing; run `make env` to install the pinned requirements in envs/")
    except OSError as error:
        if error.errno not in CURES:
            raise
        what = os.strerror(error.errno).lower()
        fail(f"{error.filename or 'output'}: {what}; {CURES[error.errno]} and run the same command again")
