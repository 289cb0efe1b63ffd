"""Serves the workbook as a local page for a capture, with the alerts that the rules raise for it.

The capture is processed as in `make alerts`, and the workbook's own queries run locally. The server listens on the
loopback address only.
"""

import argparse
import gzip
import json
import os
import signal
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread, local

import duckdb
from duckdb_kql import KqlError

import alerts
import rules
import workbook
from workspace import Workspace

SENTINEL = Path(__file__).resolve().parent.parent
PAGE = Path(__file__).resolve().parent / "page"
ECHARTS = SENTINEL.parent / "tests" / "sentinel" / "node_modules" / "echarts" / "dist" / "echarts.min.js"
LOOPBACK = "127.0.0.1"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
LONGEST_REQUEST = 1 << 20
ONLY_AZURE = "Only Azure can locate IP addresses. The workbook in Microsoft Sentinel shows a map here."
# No content from other origins. The charts set inline styles.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"


def main():
    arguments = parse_arguments()
    if not arguments.echarts.is_file():
        sys.exit(f"{arguments.echarts} not found: run `npm ci --prefix tests/sentinel`, or set its path with --echarts")
    model = Model(arguments)
    try:
        server = Server((LOOPBACK, arguments.port), handler(model, files(arguments.echarts)))
    except OSError as error:
        sys.exit(f"cannot listen on {LOOPBACK}:{arguments.port}: {error.strerror}; choose another with --port or PORT=…")
    Thread(target=model.raise_alerts, daemon=True).start()
    address = f"http://{LOOPBACK}:{server.server_port}/"
    signal.signal(signal.SIGINT, stop)
    print(f"{model.count} records from {arguments.capture}: {address} (stop with Ctrl+C)", flush=True)
    server.serve_forever()


def stop(_number, _frame):
    """Ends the process at once. Rules and queries that are still running are not needed any more."""
    os.write(sys.stdout.fileno(), b"\n")
    os._exit(0)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make workbook", description=__doc__)
    parser.add_argument("capture", help="file of ESET syslog messages, one per line, optionally compressed")
    parser.add_argument("--port", type=port, default=8321, help="port to listen on; 0 selects a free port [default: 8321]")
    parser.add_argument("--spread", type=int, metavar="DAYS", help="spread generated messages over this many days")
    parser.add_argument("--filter", default="eset-filter", help="path of the eset-filter command [default: from PATH]")
    parser.add_argument("--echarts", type=Path, default=ECHARTS, help="path of echarts.min.js [default: from tests/sentinel]")
    return parser.parse_args()


def port(text):
    """Parses a port number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port number from 0 to 65535")
    return int(text)


def files(echarts):
    """Returns the type and content of each served path. No other path exists, so none can leave the directory."""
    found = {f"/{path.name}": path for path in PAGE.iterdir() if path.suffix in TYPES}
    found |= {"/": PAGE / "index.html", "/echarts.js": echarts}
    return {name: (TYPES[path.suffix], path.read_bytes()) for name, path in found.items()}


class Model:
    """The workbook for the capture, and the alerts raised so far."""

    def __init__(self, arguments):
        self.capture = arguments.capture
        template = json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8"))
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        found = list(alerts.filtered(arguments.filter, arguments.capture))
        if not found:
            sys.exit(f"{arguments.capture} contains no ESET messages: specify a capture of ESET PROTECT's syslog export")
        self.count = len(found)
        self.workspace = Workspace(template)
        self.workspace.fill(alerts.dated(found, self.now, arguments.spread))
        self.book = workbook.Book(workbook.load(SENTINEL / "workbook.json"), self.workspace, self.now)
        self.rules = rules.load(SENTINEL / "rules")
        self.raised = []
        self.pending = set(self.rules)
        self._own = local()
        self._pool = ThreadPoolExecutor(os.cpu_count(), initializer=self._branch)

    def _branch(self):
        self._own.workspace = self.workspace.branch()

    def raise_alerts(self):
        """Runs the rules one after the other, which leaves a processor for the page."""
        for name, rule in self.rules.items():
            branch = self.workspace.branch(str(rule))
            self.raised += [(name, alert) for alert in alerts.of_rule(rule, branch, self.now, Counter())]
            self.pending.discard(name)

    def start(self):
        """Returns the data that the page needs at start."""
        return {
            "workbook": self.book.workbook,
            "values": workbook.defaults(self.book.workbook),
            "capture": Path(self.capture).name,
            "records": self.count,
            "now": self.now.isoformat(),
        }

    def alerts(self):
        """Returns the alerts of the finished rules, the latest first, and the number of rules still running."""
        latest = sorted(self.raised, key=lambda raised: raised[1].time, reverse=True)
        return {
            "pending": len(self.pending),
            "rules": [
                {"name": name, "title": rule["name"], "severity": rule["severity"], "description": rule["description"],
                 "tactics": rule["tactics"], "techniques": rule["relevantTechniques"]}
                for name, rule in self.rules.items()
            ],
            "alerts": [{"rule": name, **alerts.as_json(alert)} for name, alert in latest],
        }  # fmt: skip

    def answer(self, kind, asked):
        """Returns the rows of a part, or the choices of a parameter.

        Raises ValueProblem if a parameter has an invalid value, and KeyError if the part or parameter does not exist.
        """
        return self._answered(kind, asked["name"], json.dumps(asked["values"], sort_keys=True))

    @lru_cache(maxsize=2048)
    def _answered(self, kind, name, values):
        if kind == "rows" and self.book.parts[name].show == "map":
            return {"unavailable": ONLY_AZURE}
        ask = self.book.rows if kind == "rows" else self.book.choices
        return {"rows": self._pool.submit(lambda: ask(name, json.loads(values), self._own.workspace)).result()}


class Server(ThreadingHTTPServer):
    """A server that ends without waiting for its threads."""

    daemon_threads = True


def handler(model, served):
    """Returns the class that handles requests to the page."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "eset-filter"
        sys_version = ""

        def do_GET(self):
            if not self.is_ours():
                return
            if self.path in served:
                self.send(HTTPStatus.OK, *served[self.path])
            elif self.path == "/start":
                self.send_json(model.start())
            elif self.path == "/alerts":
                self.send_json(model.alerts())
            else:
                self.send_json({"problem": "this page does not exist"}, HTTPStatus.NOT_FOUND)

        def do_POST(self):
            if not self.is_ours():
                return
            if self.path not in ("/rows", "/choices"):
                self.send_json({"problem": "this page does not exist"}, HTTPStatus.NOT_FOUND)
                return
            try:
                self.send_json(model.answer(self.path[1:], self.body()))
            except workbook.ValueProblem as problem:
                self.send_json({"problem": str(problem)}, HTTPStatus.BAD_REQUEST)
            except (KeyError, TypeError, ValueError):
                self.send_json({"problem": "the request is not valid"}, HTTPStatus.BAD_REQUEST)
            except (KqlError, duckdb.Error) as error:
                self.send_json({"problem": f"the query cannot run locally: {error}"}, HTTPStatus.INTERNAL_SERVER_ERROR)

        def is_ours(self):
            """Returns whether the Host header names this server. Another name belongs to a foreign site."""
            here = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
            if self.headers.get("Host") in here:
                return True
            self.send_json({"problem": "open this page as http://127.0.0.1"}, HTTPStatus.FORBIDDEN)
            return False

        def body(self):
            size = int(self.headers.get("Content-Length", 0))
            if not 0 < size <= LONGEST_REQUEST or self.headers.get("Content-Type") != "application/json":
                raise ValueError
            return json.loads(self.rfile.read(size))

        def send_json(self, value, status=HTTPStatus.OK):
            # The body of a rejected request may not have been read completely.
            self.close_connection |= status != HTTPStatus.OK
            self.send(status, "application/json", json.dumps(value, default=rules.text).encode())

        def send(self, status, kind, content):
            zipped = len(content) > 1000 and "gzip" in self.headers.get("Accept-Encoding", "")
            content = gzip.compress(content, 1) if zipped else content
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if zipped:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Logs nothing, because nobody needs a log of the page's requests."""

    return Handler


if __name__ == "__main__":
    main()
