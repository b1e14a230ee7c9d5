"""Collect finished studies into one static site: which teacher, by language, with every number two clicks from rows.

Takes the studies of this machine that have a manifest, and archives that others sent; each is held to its manifest, and
one that fails ends the program: nothing partial is ranked. Writes index.html, which filters by language, student base,
score and study, and a page a study, into the folder --out. The pages load nothing.
"""

import argparse
import base64
import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, whole
from polyglot.core.texts import printable
from polyglot.report.archives import Limits, unpack
from polyglot.report.board_checks import hold, is_opened
from polyglot.report.board_facts import facts
from polyglot.report.packed_study import Packed
from polyglot.report.page import render

PUBLISHED = "published"
LARGEST = 5_000_000  # bytes of the site
ROOM = 2_500_000  # bytes of it for rows
WIDEST, NARROWEST = 6_000, 400  # bytes for the rows of one teacher and language
LONGEST = 600  # characters of a text


def collect_own(root: Path, signers: Path | None, study: str) -> Json:
    """A study of this machine. Raises InputError."""
    return collect(root, study, f"results/{study}", None, signers)


def collect_sent(scratch: Path, limits: Limits, signers: Path | None, archive: Path) -> Json:
    """A study that came as an archive. Raises InputError."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        packed = unpack(archive, Path(folder), limits, is_opened)
        return collect(Path(folder), packed.study, str(archive), packed, signers)


def collect(root: Path, study: str, source: str, packed: Packed | None, signers: Path | None) -> Json:
    """Check a study below `root`, of an archive where it is `packed`, and take what the board shows of it.

    Raises InputError naming `source`.
    """
    try:
        held = hold(root, study, source, packed, signers)
        content = facts(root, study, held.good)
    except InputError as error:
        line = str(error).replace(f"{root}/", "")
        raise InputError(line if line.startswith(f"{source}: ") else f"{source}: {line}") from error
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        what = f"cannot be read as a study of this version ({type(error).__name__}: {error})"
        raise InputError(f"{source}: {what}; ask for it, made by this version") from error
    known = {"name": study, "source": source, "sent": packed is not None, "manifest": held.manifest}
    return {**known, "voucher": held.voucher, "checked": len(held.good), "absent": held.absent, **content}


def each(function: Callable[..., Json], items: Sequence[object], workers: int) -> list[Json]:
    """`function` of each item, in other processes; the first error in the order of items ends it."""
    if not items:
        return []
    with ProcessPoolExecutor(min(workers, len(items))) as pool:
        return list(pool.map(function, items))


def refuse_repeated(studies: Sequence[Json]) -> None:
    """Raise InputError where two sources hold the same study."""
    sources: dict[str, str] = {}
    for study in studies:
        first = sources.setdefault(study["manifest"], study["source"])
        if first != study["source"]:
            raise InputError(f"{study['source']}: the same study as {first}; move it away, or leave one out")


def fit(studies: Sequence[Json]) -> None:
    """Cut sample rows so that all studies together keep to the site's size; the pages say how many there are."""
    samples = [sample for study in studies for sample in study["samples"]]
    room = max(NARROWEST, min(WIDEST, ROOM // max(len(samples), 1)))
    longest = min(LONGEST, room // 8)  # so that one row fits: two texts of characters that take up to four bytes
    for sample in samples:
        kept, left = [], room
        for row in sample["rows"]:
            row = {**row, "prompt": cut(row["prompt"], longest), "response": cut(row["response"], longest)}
            left -= len((row["prompt"] + row["response"]).encode())
            if left < 0:
                break
            kept.append(row)
        sample["rows"] = kept


def cut(text: str, longest: int) -> str:
    """The beginning of a text, with a sign where it goes on."""
    return text if len(text) <= longest else f"{text[:longest]} […]"


def label(studies: Sequence[Json]) -> None:
    """Give each study the name that the site shows and the name of its page."""
    for number, study in enumerate(studies, start=1):
        study["page"] = f"{number:02}-{study['name']}.html"
        study["label"] = f"{study['name']} ({Path(study['source']).name})" if study["sent"] else study["name"]
        study["label"] = printable(study["label"])
        study["source"] = printable(study["source"])


def choices(studies: Sequence[Json]) -> Json:
    """What the index filters by: filter → (value, text) pairs, in the order of the page."""
    parts = [(study, part) for study in studies for part in study["parts"]]
    languages = {item["code"]: item["name"] for _, part in parts for item in part["languages"][1:]}
    return {
        "language": sorted(languages.items(), key=lambda item: item[1]),
        "base": [(name, name) for name in sorted({part["base"] for _, part in parts})],
        "score": list({part["score"]: part["score_name"] for _, part in parts}.items()),
        "study": [(study["page"], study["label"]) for study in studies],
    }


def write(site: Path, studies: Sequence[Json], templates: Path) -> None:
    """Write the pages. Raises InputError where they would be larger than the site may be."""
    script = (templates / "board.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    values = {"studies": studies, "choices": choices(studies), "script": script, "allowed": f"'sha256-{allowed}'"}
    pages = {"index.html": render(templates, "board.html.jinja", title="Which teacher: the board", **values)}
    for study in studies:
        title = f"Study {study['label']}"
        pages[study["page"]] = render(templates, "board_study.html.jinja", title=title, study=study)
    size = sum(len(text.encode()) for text in pages.values())
    if size > LARGEST:
        what = f"a board of {len(studies)} studies would have {size:,} bytes, more than {LARGEST:,}"
        raise InputError(f"board.studies: {what}; name fewer studies, or keep fewer archives")
    for name, text in pages.items():
        (site / name).write_text(text + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=json.loads, required=True, help="JSON: study → SHA-256 of its manifest")
    parser.add_argument("--archives", type=Path, nargs="*", default=[], help="studies that others sent")
    parser.add_argument("--largest-bytes", type=int, required=True, help="of an archive, unpacked")
    parser.add_argument("--most-files", type=int, required=True, help="in an archive")
    parser.add_argument("--signers", type=Path, help="who may sign what is sent, as OpenSSH's allowed_signers has it")
    parser.add_argument("--threads", type=int, default=1, help="studies read at once")
    parser.add_argument("--templates", type=Path, required=True, help="folder of board.html.jinja and board.js")
    parser.add_argument("--out", type=Path, required=True, help="folder of the site")
    return parser.parse_args()


def main() -> None:
    """Parse the command line, collect, write."""
    args = parse()
    if not args.studies and not args.archives:
        raise InputError(
            "board: no study is finished here and no archive was sent; run a study, or name board.archives"
        )
    limits = Limits(args.largest_bytes, args.most_files)
    with whole(args.out) as site:
        site.mkdir()
        with tempfile.TemporaryDirectory(dir=site) as scratch:
            own = each(partial(collect_own, Path(), args.signers), sorted(args.studies), args.threads)
            sent = each(partial(collect_sent, Path(scratch), limits, args.signers), sorted(args.archives), args.threads)
        studies = sorted([*own, *sent], key=lambda study: study["name"] == PUBLISHED)  # print has no rows: last
        refuse_repeated(studies)
        fit(studies)
        label(studies)
        write(site, studies, args.templates)
    print(f"{len(own)} studies of this machine, {len(sent)} that were sent: {args.out}/index.html")


if __name__ == "__main__":
    run(main)
