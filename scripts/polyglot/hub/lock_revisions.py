"""Lock models and data sets: write the commit that the hub holds now into the registry, for each that has none.

What is locked stays as it is, except repositories named by --renew, which get a new row below the old one. The registry
is written whole, sorted; what could be locked is written even where the hub refuses others, which are then named.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from polyglot.core.errors import InputError, run
from polyglot.core.texts import spelt
from polyglot.hub.repository import PAGES, Unreachable, head_of
from polyglot.hub.revisions import Entry, Lock, added, in_force, read_locks, to_lock, write_locks


def main() -> None:
    """Parse the command line, ask the hub, write the registry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", type=Path, required=True, help="the CSV file")
    parser.add_argument("--schema", type=Path, required=True, help="JSON schema of its rows")
    parser.add_argument("--needed", type=json.loads, required=True, help='JSON: [["model", "org/name", "main"]]')
    parser.add_argument("--renew", type=json.loads, default=[], help='JSON list of repositories, or ["all"]')
    arguments = parser.parse_args()
    locks = read_locks(arguments.registry, arguments.schema)
    branches = {Entry(kind, repository): branch for kind, repository, branch in arguments.needed}
    needed = list(branches)
    new, refused = look_up(to_lock(locks, needed, arguments.renew), branches)
    locks = added(locks, new)
    write_locks(arguments.registry, locks)
    missing = sorted(set(needed) - set(in_force(locks)))
    print(f"{arguments.registry}: {len(needed) - len(missing)} of {len(needed)} are locked")
    if refused:
        others = (
            f"; still not locked: {', '.join(f'{item.kind} {item.repository}' for item in missing)}" if missing else ""
        )
        raise InputError("; ".join(refused) + others)


def look_up(entries: list[Entry], branches: dict[Entry, str]) -> tuple[list[Lock], list[str]]:
    """Locks of what the hub gives, and in one line each why it refuses others; ends early where it is out of reach."""
    today, new, refused = datetime.now(UTC).date().isoformat(), [], []
    for entry in entries:
        try:
            head = head_of(*entry, branches[entry])
        except Unreachable as error:
            return new, [*refused, str(error)]
        except InputError as error:
            refused.append(str(error))
            continue
        gated = f"; gated: accept its licence at {PAGES[entry.kind]}/{entry.repository}" if head.gated else ""
        print(spelt(f"{entry.kind} {entry.repository}: {head.commit} ({head.licence or 'no licence stated'}){gated}"))
        new.append(Lock(*entry, head.commit, head.licence, today))
    return new, refused


if __name__ == "__main__":
    run(main)
