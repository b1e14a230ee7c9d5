"""Pages opened in a real browser, headless Chromium: what it renders, what it asks the network for, how it looks."""

import io
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

DESKTOP, PHONE = (1280, 900), (390, 844)
OWN = "not an origin"  # initiator of what the browser itself asks for
PROBE = """<!doctype html><meta charset="utf-8"><pre id="said"></pre>
<iframe src="{page}" style="width:{width}px;height:{height}px;border:0"></iframe>
<script>addEventListener("message", event => {{
  document.getElementById("said").textContent += JSON.stringify(event.data) + "\\n"; }})</script>"""


@dataclass
class Opened:
    """A page as the browser had it: its document after scripts ran, requests of the page, and its picture."""

    dom: str
    requests: list[str]
    picture: Image.Image

    @property
    def colours(self) -> int:
        """How many colours the picture has; a blank page has one."""
        return len(self.picture.convert("RGB").getcolors(1 << 24))


def open_page(page: Path, folder: Path, size: tuple[int, int] = DESKTOP) -> Opened:
    """Open a file in Chromium, with no network, in a profile of its own below `folder`."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed: apt-get install chromium"
    folder.mkdir(parents=True, exist_ok=True)
    log, picture = folder / "net.json", folder / "picture.png"
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    command += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}"]
    command += [f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}"]
    command += ["--virtual-time-budget=5000", "--dump-dom", f"--screenshot={picture}", page.resolve().as_uri()]
    ended = subprocess.run(command, capture_output=True, timeout=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    dom = ended.stdout.decode("utf-8", "replace")
    return Opened(dom, asked(log), Image.open(io.BytesIO(picture.read_bytes())))


def asked(log: Path) -> list[str]:
    """Addresses that the page asked for, of the browser's log of the network."""
    text = log.read_text(encoding="utf-8", errors="replace")
    try:
        events = json.loads(text)["events"]
    except ValueError:  # the browser was gone before it closed the list
        events = json.loads(text.rstrip().rstrip(",") + "]}")["events"]
    known = [event.get("params") or {} for event in events]
    return sorted(
        {item["url"] for item in known if item.get("initiator", OWN) != OWN and not item["url"].startswith("data:")}
    )


def probe(page: Path, folder: Path, script: str, size: tuple[int, int]) -> list:
    """What `script` posts to its parent from a copy of `page` in a frame of `size`; nothing where it posts nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    head, _, _ = page.read_text(encoding="utf-8").rpartition("</body>")
    tail = f"<script>setTimeout(() => {{ {script} }}, 500)</script></body></html>"
    (folder / "page.html").write_text(head + tail, encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(PROBE.format(page="page.html", width=size[0], height=size[1]), encoding="utf-8")
    said = open_page(frame, folder / "browser").dom.split('<pre id="said">', 1)[1].split("</pre>", 1)[0]
    return [
        json.loads(line.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")) for line in said.splitlines()
    ]
