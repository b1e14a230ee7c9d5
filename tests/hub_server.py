"""A small model hub on loopback: the few addresses that a download uses, with the hub's own headers and refusals."""

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

TOKEN = "hf_of_an_account_that_accepted"
EXPIRED = "hf_of_nobody"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
INFO = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+)(?:/revision/([^/]+))?$")
TREE = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+)/tree/([^/?]+)")
FILE = re.compile(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)$")


class Repository:
    """Files by path at one commit, and what the hub asks of who reads them."""

    def __init__(self, files, commit=COMMIT, licence="apache-2.0", gated=False):
        self.files, self.commit, self.licence, self.gated = files, commit, licence, gated
        self.branches = {}  # beside main: name → commit, with the same files

    def at(self, revision):
        """The commit of a branch or commit; None where there is none."""
        known = {"main": self.commit, self.commit: self.commit, **self.branches}
        return known.get(revision, revision if revision in self.branches.values() else None)


class Hub(ThreadingHTTPServer):
    """`repositories`: (kind, name) → Repository. `cuts`: path → bytes after which its next answer breaks off."""

    daemon_threads = True

    def __init__(self, repositories):
        super().__init__(("127.0.0.1", 0), Answer)
        self.repositories, self.cuts, self.asked = repositories, {}, []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        self.stall_at = None
        self.address = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.go_on.set()
        self.shutdown()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, path, self.headers.get("Range")))
        if self.headers.get("Authorization") == f"Bearer {EXPIRED}":
            return self.refuse(401, "", "Invalid credentials in Authorization header")
        for pattern, reply in ((TREE, self.tree), (INFO, self.info), (FILE, self.file)):
            if match := pattern.match(path):
                return reply(*match.groups())
        return self.refuse(404, "EntryNotFound", "no such address")

    def repository(self, kind, name, revision):
        """The repository, or None once a refusal is sent."""
        result = self.server.repositories.get(("dataset" if kind and kind.startswith("dataset") else "model", name))
        if result is None:
            self.refuse(401, "RepoNotFound", "Repository not found")
        elif result.at(unquote(revision or "main")) is None:
            self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return result

    def info(self, kind, name, revision):
        if result := self.repository(kind, name, revision):
            tags = [f"license:{result.licence}"] if result.licence else []
            siblings = [{"rfilename": path} for path in result.files]
            gated = "manual" if result.gated else False
            self.json(
                {
                    "id": name,
                    "sha": result.at(unquote(revision or "main")),
                    "gated": gated,
                    "tags": tags,
                    "siblings": siblings,
                }
            )

    def tree(self, kind, name, revision):
        if result := self.repository(kind, name, revision):
            blobs = [(path, len(data), blob_id(data)) for path, data in result.files.items()]
            self.json([{"type": "file", "path": path, "size": size, "oid": oid} for path, size, oid in blobs])

    def file(self, kind, name, revision, path):
        result = self.repository(kind, name, revision)
        if result is None:
            return
        if result.gated and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status = 403 if "Authorization" in self.headers else 401
            self.refuse(status, "GatedRepo", f"Access to model {name} is restricted.")
        elif path not in result.files:
            self.refuse(404, "EntryNotFound", "Entry not found")
        else:
            self.bytes(
                result.files[path],
                path,
                {"ETag": f'"{blob_id(result.files[path])}"', "X-Repo-Commit": result.at(revision)},
            )

    def bytes(self, data, path, headers):
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers.get("Range") else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        for name, value in {**headers, "Content-Length": len(data) - start, "Accept-Ranges": "bytes"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "HEAD":
            return
        cut = self.server.cuts.pop(path, None)
        self.wfile.write(data[start : len(data) if cut is None else cut])
        self.wfile.flush()
        if cut is not None:
            if self.server.stall_at == path:
                self.server.stalled.set()
                self.server.go_on.wait(60)
            self.close_connection = True

    def json(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def refuse(self, status, code, message):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()


def blob_id(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
