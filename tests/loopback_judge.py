"""A judge behind an API on loopback: good answers, and faults where a row asks for one by its words."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = '{"feedback": "Clear and true.", "score": 4}'
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}


def said(text, finish="stop"):
    choice = {"finish_reason": finish, "message": {"role": "assistant", "content": text}}
    return 200, json.dumps({"model": "judge-2026-01-01", "choices": [choice], "usage": USAGE})


# what a row's response holds → status and body
REPLIES = {
    "off the scale": said('{"feedback": "Great.", "score": 9}'),
    "in words": said("I give this answer a 5."),
    "cut": said('{"feedback": "It is', "length"),
    "refused": (400, json.dumps({"error": {"code": "content_filter", "message": "The prompt was filtered"}})),
    "too long": (413, "request entity too large"),
    "without choices": (200, json.dumps({"model": "judge-2026-01-01", "choices": [], "usage": USAGE})),
    "half a body": (200, '{"choices": [{"mess'),
}


class LoopbackJudge(ThreadingHTTPServer):
    """Answers every question; `asked` has what was asked, `healed` ends all faults."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.healed = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def times(self, words):
        """How often each of these words was asked about."""
        texts = [request["messages"][-1]["content"] for request in self.asked]
        return Counter(word for word in words for text in texts if word in text)

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(request)
        text = request["messages"][-1]["content"]
        faults = [reply for words, reply in REPLIES.items() if words in text and not self.server.healed]
        status, body = (faults or [said(GOOD)])[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass
