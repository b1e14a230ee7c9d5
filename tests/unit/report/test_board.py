"""The board: studies' own numbers with every mark, two clicks from rows, whatever their senders put into them."""

import io
import os
import re
import resource
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import lxml.html
import pytest

from polyglot.audit import records
from polyglot.audit.records import manifest_path
from polyglot.core.errors import InputError
from polyglot.report import board
from polyglot.report.archives import Limits, unpack
from polyglot.report.board_checks import is_opened
from polyglot.study.board_sources import archives, finished
from tests.browser import DESKTOP, PHONE, open_page, probe
from tests.conftest import ROOT
from tests.unit import sent_studies as studies

HOSTILE = (
    "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=document.title='owned'></section>"
)
ATTACKER = '"><svg onload=document.title=`owned`>'  # no slash: a teacher's name is a folder's
TAR = next(line for line in (ROOT / "docs/board.md").read_text("utf-8").splitlines() if line.startswith("tar "))


def pack(root, archive, study):
    """Pack a study with the command of docs/board.md."""
    command = TAR.replace("published.tar.gz", "$ARCHIVE").replace("published", study)
    subprocess.run(["bash", "-c", command], cwd=root, env={**os.environ, "ARCHIVE": str(archive)}, check=True)
    return archive


def build(folder, *sent, own="{}", **options):
    """Run the program in `folder`; returns the folder of the site."""
    limits = {"largest_bytes": 10_000_000, "most_files": 1000} | options
    words = ["--studies", own, "--archives", *sent, "--templates", ROOT / "resources/pages", "--out", folder / "site"]
    words += [word for name, value in limits.items() for word in (f"--{name.replace('_', '-')}", value)]
    with studies.inside(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["board", *map(str, words)])
        board.main()
    return folder / "site"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study in which bob has 9 of 60 rows in Spanish; copy it before you change it."""
    return studies.make(tmp_path_factory.mktemp("made"), "andes", rows={("bob", "es"): 9})


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    """A board of one study of this machine and of one that was sent, whose teacher and rows attack the reader."""
    folder = tmp_path_factory.mktemp("board")
    shutil.copytree(made / "results", folder / "results")
    sent = studies.make(folder / "far", "bay", teachers=("cid", ATTACKER), texts=(HOSTILE, studies.ARABIC))
    return build(folder, pack(sent, folder / "bay.tar.gz", "bay"), own='{"andes": ""}')


def read(page):
    return lxml.html.fromstring(page.read_text(encoding="utf-8"))


def texts(nodes):
    return [" ".join(" ".join(node.itertext()).split()) for node in nodes]


def test_the_board_shows_the_numbers_of_each_study_with_their_marks(site):
    page = read(site / "index.html")
    gains = page.xpath("//article[@data-score='gain']")
    assert texts(page.xpath("//article/h2")) == [
        f"{name} : students of small, by {score}"
        for name in ("andes", "bay (bay.tar.gz)")
        for score in ("gain (student − base)", "PG-Score")
    ]
    assert texts(gains[0].xpath(".//thead/tr/th")) == ["teacher", "all languages", "Arabic (ar) †", "Spanish (es)"]
    assert texts(gains[0].xpath(".//tbody/tr[1]/*")) == [
        "ann",
        "+0.200 group 1 0.150 to 0.250",
        "+0.050 group 2 0.000 to 0.100",
        "+0.200 group 1 0.150 to 0.250",
    ]
    assert texts(gains[0].xpath(".//tbody/tr[2]/*"))[3] == "+0.050 § group 2 0.000 to 0.100"
    assert texts(gains[0].xpath(".//td[@class='best']/a/span[1]")) == ["+0.200", "+0.200", "+0.200"]
    assert (
        texts(gains[0].xpath(".//p[@class='answer']"))[1] == "Arabic (ar): bob. It is better than every other teacher."
    )


def test_every_number_is_two_clicks_from_rows(site):
    cells = read(site / "index.html").xpath("//td/a/@href")
    assert len(cells) == 2 * 2 * 2 * 3  # studies, scores, teachers, columns
    for link in cells:
        name, _, place = link.partition("#")
        page = read(site / name)
        (grounds,) = page.xpath("//section[@id=$place]", place=place)
        (rows, *_) = grounds.xpath(".//a/@href")
        assert page.xpath("//section[@id=$place]//div[@class='text']", place=rows.removeprefix("#"))
    spanish = " ".join(texts(read(site / "01-andes.html").xpath("//section[@id='c5']")))
    assert spanish.startswith("ann, Spanish (es) Rows in Spanish (es)") and "judge, 1 to 5 3.25" in spanish
    assert "Own Licence" in spanish and "+0.200 0.150 to 0.250 1 1 0.90" in spanish
    (words,) = texts([read(site / "01-andes.html")])
    assert "On 64 items of corpus-text and 1 trial of each data set." in words
    assert "ann, Spanish (es): 2 of 2 rows drawn" in words and "Una." in words


def test_what_was_checked_and_who_vouches_is_said(site):
    (words,) = texts([read(site / "02-bay.html")])
    assert "10 files hold what its manifest" in words and "2 of models and the report were not sent" in words
    assert "Nobody vouches for this study" in words


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index.html", "02-bay.html"])
def test_hostile_names_and_rows_are_shown_and_do_nothing(site, tmp_path, name, size):
    opened = open_page(site / name, tmp_path / "browser", size)
    assert opened.requests == [] and opened.colours > 20 and "<title>owned" not in opened.dom
    assert "&lt;svg onload" in opened.dom
    if name == "index.html":
        assert "2 of 4 tables shown." in opened.dom  # the page's own script runs under its policy
    else:
        assert "&lt;script&gt;document.title='owned'" in opened.dom
        assert f'<div class="text" dir="auto" lang="ar">{studies.ARABIC}</div>' in opened.dom


CHOOSE = """const choose = (id, value) => { const field = document.getElementById(id); field.value = value;
  field.dispatchEvent(new Event("change")); };
const seen = () => { const shown = [...document.querySelectorAll("article")].filter(part => part.offsetParent);
  return {tables: shown.length, count: document.getElementById("count").textContent,
    columns: shown.length ? [...shown[0].querySelectorAll("thead th")].filter(head => head.offsetParent).length : 0,
    first: shown.length ? shown[0].querySelector("tbody th").textContent : "",
    answers: shown.length ? [...shown[0].querySelectorAll(".answer")].filter(line => line.offsetParent).length : 0,
    wide: document.documentElement.scrollWidth, inner: innerWidth}; };
const all = seen(); choose("language", "ar"); const arabic = seen(); choose("study", "02-bay.html"); const bay = seen();
choose("score", "pg_score"); choose("language", ""); const back = seen();
parent.postMessage({all, arabic, bay, back, unlabelled: [...document.querySelectorAll("select")]
  .filter(field => !field.labels.length).length}, "*");"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_filters_leave_the_column_of_a_language_with_its_best_teacher_on_top(site, tmp_path, size):
    copy = tmp_path / "copy.html"  # without the policy, which would not let the test's own script run
    text = re.sub("<meta http-equiv[^>]*>", "", (site / "index.html").read_text(encoding="utf-8"))
    copy.write_text(text, encoding="utf-8")
    (said,) = probe(copy, tmp_path / "probe", CHOOSE, size)
    width = {"wide": size[0], "inner": size[0]}
    shown = {"answers": 1} | width
    assert said["all"] == {"tables": 2, "count": "2 of 4 tables shown.", "columns": 4, "first": "ann"} | shown
    assert said["arabic"] == {"tables": 2, "count": "2 of 4 tables shown.", "columns": 2, "first": "bob"} | shown
    assert said["bay"] == {"tables": 1, "count": "1 of 4 tables shown.", "columns": 2, "first": ATTACKER} | shown
    assert said["back"] == {"tables": 1, "count": "1 of 4 tables shown.", "columns": 4, "first": "cid"} | shown
    assert said["unlabelled"] == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_study_s_page_fits_its_width(site, tmp_path, size):
    copy = tmp_path / "copy.html"
    text = re.sub("<meta http-equiv[^>]*>", "", (site / "02-bay.html").read_text(encoding="utf-8"))
    copy.write_text(text, encoding="utf-8")
    (said,) = probe(copy, tmp_path / "probe", "parent.postMessage(document.documentElement.scrollWidth, '*')", size)
    assert said == size[0]


def plain_tar(archive, files):
    """An archive of texts by name; a name that ends in @ is a link."""
    with tarfile.open(archive, "w:gz") as packed:
        for name, text in files:
            entry = tarfile.TarInfo(name.removesuffix("@"))
            entry.size = 0 if name.endswith("@") else len(text)
            if name.endswith("@"):
                entry.type, entry.linkname = tarfile.SYMTYPE, text
            packed.addfile(entry, io.BytesIO(text.encode()))
    return archive


def of_names(*names):
    return lambda root, archive: plain_tar(archive, [(name, "text") for name in names])


def changed(name, content):
    """The study with a file that holds something else, or, without content, is gone."""

    def make(root, archive):
        file = root / "results/andes" / name
        file.parent.mkdir(exist_ok=True)
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_text(content)
        return pack(root, archive, "andes")

    return make


def cut_short(root, archive):
    pack(root, archive, "andes")
    archive.write_bytes(archive.read_bytes()[:3000])
    return archive


def not_packed(root, archive):
    archive.write_text("Dear all, the study is attached.")
    return archive


def zipped_link(root, archive):
    with zipfile.ZipFile(archive, "w") as packed:
        entry = zipfile.ZipInfo("results/andes/scores.csv")
        entry.external_attr = 0o120777 << 16
        packed.writestr(entry, "/etc/passwd")
    return archive


FAULTS = [
    (changed("scores.csv", "student_base\n"), ["fails its audit", "results/andes/scores.csv: changed"]),
    (changed("ranking.csv", None), ["fails its audit", "results/andes/ranking.csv: missing"]),
    (changed("more.csv", "x\n"), ["fails its audit", "results/andes/more.csv: extra"]),
    (changed("audit/manifest.jsonl", None), ["has no results/andes/audit/manifest.jsonl", "pack it again"]),
    (changed("audit/manifest.jsonl", "[1"), ["fails its audit", "manifest.jsonl"]),
    (
        changed("audit/records/results/andes/scores.csv.json", "{}"),
        ["fails its audit", "scores.csv.json: broken_record"],
    ),
    (changed("audit/records/results/andes/scores.csv.json", None), ["fails its audit", "scores.csv.json: missing"]),
    (changed("students/small/model/config.json", "{}"), ["fails its audit", "model/config.json: extra"]),
    (changed("audit/runs/0001.json", "[" * 100_000), ["cannot be read as a study", "RecursionError"]),
    (of_names("results/../../evil"), ["holds results/../../evil, outside"]),
    (of_names("results/andes/../../evil"), ["holds results/andes/../../evil, outside"]),
    (of_names("/etc/cron.d/evil"), ["holds /etc/cron.d/evil, outside"]),
    (of_names("setup.py"), ["holds setup.py, outside"]),
    (of_names("results/andes/a", "results/bay/a"), ["beside another study"]),
    (of_names("results/andes/a", "results/andes/./a"), ["twice"]),
    (of_names("results/andes/a", "results/andes/a/b"), ["cannot be unpacked"]),
    (of_names("results/andes/a/b", "results/andes/a"), ["cannot be unpacked"]),
    (of_names("results/andes/link@"), ["link is a link or a device"]),
    (of_names(*(f"results/andes/{number}" for number in range(1001))), ["more than 1,000 files", "board.most_files"]),
    (lambda root, archive: plain_tar(archive, [("results/andes/a", "0" * 10_000_001)]), ["board.largest_bytes"]),
    (of_names(), ["holds no file"]),
    (cut_short, []),  # what fails first depends on where the cut fell
    (not_packed, ["cannot be unpacked"]),
    (zipped_link, ["scores.csv is a link or a device"]),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS)
def test_an_archive_that_cannot_be_trusted_is_refused_in_a_line(fault, words, made, tmp_path):
    root = Path(shutil.copytree(made, tmp_path / "root"))
    archive = fault(root, tmp_path / "sent.tar.gz")
    with pytest.raises(InputError) as caught:
        build(tmp_path, archive)
    message = str(caught.value)
    assert message.startswith(f"{archive}: ") and "\n" not in message and str(tmp_path / ".site") not in message
    assert all(word in message for word in words) and "; " in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["root", "sent.tar.gz"]  # no site, nothing unpacked


def test_records_that_name_files_elsewhere_open_none(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(studies.provenance, "hashed", lambda file: [{"path": "/etc/hostname", "sha256": "0", "bytes": 1}])
        patch.setattr(records, "strangers", lambda record, logs: [])  # who forges writes the manifest too
        root = studies.make(tmp_path / "root", "bay")
    with pytest.raises(InputError, match="its records name /etc/hostname, outside the study"):
        build(tmp_path, pack(root, tmp_path / "bay.tar.gz", "bay"))


def test_of_an_archive_nothing_is_written_but_what_is_opened(made, tmp_path):
    archive = pack(made, tmp_path / "andes.tar.gz", "andes")
    packed = unpack(archive, tmp_path / "out", Limits(10_000_000, 1000), is_opened)
    written = {str(file.relative_to(tmp_path / "out/results/andes")) for file in (tmp_path / "out").rglob("*.*")}
    shown = {"decision.json", "ranking.csv", "scores.csv", "audit/manifest.jsonl"}
    assert written == shown | {f"samples/{name}/{code}.csv" for name in ("ann", "bob") for code in ("ar", "es")}
    for file in ("audit/manifest.jsonl", "audit/runs/0001.json"):
        assert (packed / f"results/andes/{file}").read_bytes() == (made / "results/andes" / file).read_bytes()
    assert [path for path, _ in records.walk(packed, "paper_figures/andes")] == ["paper_figures/andes/figure_02.csv"]


def test_a_zip_is_read_too_and_a_study_comes_once(made, tmp_path):
    archive = tmp_path / "andes.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(made.rglob("*")):
            packed.write(file, file.relative_to(made))
    assert (build(tmp_path, archive) / "01-andes.html").is_file()
    shutil.copytree(made / "results", tmp_path / "results")
    with pytest.raises(InputError, match=r"andes\.zip: the same study as results/andes; move it away"):
        build(tmp_path, archive, own='{"andes": ""}')


def test_a_study_of_this_machine_that_is_not_finished_or_was_changed_is_refused(made, tmp_path):
    shutil.copytree(made / "results", tmp_path / "results")
    with pytest.raises(InputError, match=r"^results/eu: has no results/eu/audit/manifest\.jsonl; run the study"):
        build(tmp_path, own='{"andes": "", "eu": null}')
    with open(tmp_path / "results/andes/samples/ann/es.csv", "a") as file:
        file.write("\n")
    with pytest.raises(InputError, match=r"^results/andes: fails its audit: .*/samples/ann/es\.csv: changed"):
        build(tmp_path, own='{"andes": ""}')
    with pytest.raises(InputError, match="no study is finished here"):
        build(tmp_path)


def test_where_signers_are_named_what_is_sent_must_be_signed(made, tmp_path):
    signers = tmp_path / "signers"
    signers.write_text("amal@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ\n")
    archive = pack(made, tmp_path / "andes.tar.gz", "andes")
    with pytest.raises(InputError, match=r"andes\.tar\.gz: fails its audit: .*manifest\.jsonl\.sig: signature"):
        build(tmp_path, archive, signers=signers)


def test_twenty_studies_take_ten_seconds_and_five_megabytes_at_most(tmp_path):
    """Of processor time, so that other programs on the machine do not count."""
    for number in range(20):
        teachers = tuple(f"teacher-{number}-{place}" for place in range(4))
        texts = [studies.ARABIC * 40] * 8
        studies.make(tmp_path / "far", f"study-{number}", teachers=teachers, shift=number / 100, texts=texts)
    sent = [pack(tmp_path / "far", tmp_path / f"{number}.tar.gz", f"study-{number}") for number in range(20)]
    before = [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    site = build(tmp_path, *sent)
    after = [sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    assert sum(after) - sum(before) < 10
    assert sum(file.stat().st_size for file in site.iterdir()) < 5_000_000
    page = read(site / "index.html")
    assert len(page.xpath("//article")) == 40
    assert len({line.split()[1] for line in texts_of_first_rows(page)}) == 20  # each study's own number
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|url\(", (site / "index.html").read_text("utf-8"))


def texts_of_first_rows(page):
    return texts(page.xpath("//article[@data-score='gain']//tbody/tr[1]"))


def test_a_board_that_would_be_too_large_is_refused(made, tmp_path, monkeypatch):
    monkeypatch.setattr(board, "LARGEST", 10_000)
    with pytest.raises(InputError, match=r"^board\.studies: a board of 1 studies would have .* name fewer"):
        build(tmp_path, pack(made, tmp_path / "andes.tar.gz", "andes"))


def test_sources_are_finished_studies_and_all_files_of_the_folder_of_archives(made, tmp_path, monkeypatch):
    shutil.copytree(made / "results", tmp_path / "results")
    (tmp_path / "results/begun").mkdir()
    (tmp_path / "sent").mkdir()
    for name in ("b.zip", "a.tar.gz", ".hidden"):
        (tmp_path / "sent" / name).touch()
    monkeypatch.chdir(tmp_path)
    own = finished(None)
    assert list(own) == ["andes"] and re.fullmatch("[0-9a-f]{64}", own["andes"])
    assert finished(["begun"]) == {"begun": None} and finished([]) == {}
    assert archives("sent") == ["sent/a.tar.gz", "sent/b.zip"] and archives("none") == []
    assert Path(manifest_path("andes")).is_file()
