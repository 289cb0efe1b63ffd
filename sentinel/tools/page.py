"""Serves the workbook over a capture as a local page, with the alerts that the rules raise over it.

The capture goes the way that `make alerts` takes it; the workbook's own queries run here, and nothing leaves this machine.
The page is on the loopback address only.
"""

import argparse
import gzip
import json
import os
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
ONLY_AZURE = "Azure alone knows where an address is. The workbook in Microsoft Sentinel shows a map here."
# Nothing from elsewhere; the charts set styles.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"


def main():
    arguments = parse_arguments()
    if not arguments.echarts.is_file():
        sys.exit(f"{arguments.echarts} is not there: `npm ci --prefix tests/sentinel` installs it, or name it with --echarts")
    model = Model(arguments)
    try:
        server = Server((LOOPBACK, arguments.port), handler(model, files(arguments.echarts)))
    except OSError as error:
        sys.exit(f"cannot listen on {LOOPBACK}:{arguments.port}: {error.strerror}; --port (or PORT=…) names another port")
    Thread(target=model.raise_alerts, daemon=True).start()
    print(f"{model.count} records of {arguments.capture}: http://{LOOPBACK}:{server.server_port}/ (Ctrl+C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print(flush=True)
        # Rules and queries that still run are of no use any more, and end with the process.
        os._exit(0)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make workbook", description=__doc__)
    parser.add_argument("capture", help="ESET's syslog messages, one a line, as eset-filter reads them; also compressed")
    parser.add_argument("--port", type=port, default=8321, help="0 takes a free one [default: 8321]")
    parser.add_argument("--spread", type=int, metavar="DAYS", help="spread the messages over so many days, for made-up captures")
    parser.add_argument("--filter", default="eset-filter", help="the eset-filter command [default: the one in PATH]")
    parser.add_argument("--echarts", type=Path, default=ECHARTS, help="echarts.min.js [default: the one in tests/sentinel]")
    return parser.parse_args()


def port(text):
    """A port's number."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return int(text)


def files(echarts):
    """What is served: the type and content of each path. There are no others, so none can lead out of a directory."""
    found = {f"/{path.name}": path for path in PAGE.iterdir() if path.suffix in TYPES}
    found |= {"/": PAGE / "index.html", "/echarts.js": echarts}
    return {name: (TYPES[path.suffix], path.read_bytes()) for name, path in found.items()}


class Model:
    """The workbook over the capture, and the alerts as far as they have been raised."""

    def __init__(self, arguments):
        self.capture = arguments.capture
        template = json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8"))
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        found = list(alerts.filtered(arguments.filter, arguments.capture))
        if not found:
            sys.exit(f"{arguments.capture} has no messages of ESET in it")
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
        """Runs the rules, one after the other, so that the page has a processor too."""
        for name, rule in self.rules.items():
            branch = self.workspace.branch(str(rule))
            self.raised += [(name, alert) for alert in alerts.of_rule(rule, branch, self.now, Counter())]
            self.pending.discard(name)

    def start(self):
        """What the page needs first."""
        return {
            "workbook": self.book.workbook,
            "values": workbook.defaults(self.book.workbook),
            "capture": Path(self.capture).name,
            "records": self.count,
            "now": self.now.isoformat(),
        }

    def alerts(self):
        """The alerts of the rules that are done, the latest first, and how many rules are not."""
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
        """The rows of a part, or the choices of a parameter.

        Raises ValueProblem where a value is none that the parameter can have, and KeyError where there is no such part.
        """
        return self._answered(kind, asked["name"], json.dumps(asked["values"], sort_keys=True))

    @lru_cache(maxsize=2048)
    def _answered(self, kind, name, values):
        if kind == "rows" and self.book.parts[name].show == "map":
            return {"unavailable": ONLY_AZURE}
        ask = self.book.rows if kind == "rows" else self.book.choices
        return {"rows": self._pool.submit(lambda: ask(name, json.loads(values), self._own.workspace)).result()}


class Server(ThreadingHTTPServer):
    """A server whose threads end with it."""

    daemon_threads = True


def handler(model, served):
    """A handler of requests to the page."""

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
                self.send_json({"problem": "there is no such page"}, HTTPStatus.NOT_FOUND)

        def do_POST(self):
            if not self.is_ours():
                return
            if self.path not in ("/rows", "/choices"):
                self.send_json({"problem": "there is no such page"}, HTTPStatus.NOT_FOUND)
                return
            try:
                self.send_json(model.answer(self.path[1:], self.body()))
            except workbook.ValueProblem as problem:
                self.send_json({"problem": str(problem)}, HTTPStatus.BAD_REQUEST)
            except (KeyError, TypeError, ValueError):
                self.send_json({"problem": "this is no question of the page"}, HTTPStatus.BAD_REQUEST)
            except (KqlError, duckdb.Error) as error:
                self.send_json({"problem": f"the query does not run here: {error}"}, HTTPStatus.INTERNAL_SERVER_ERROR)

        def is_ours(self):
            """Whether the page is asked for by its own name: another name in Host is a site that leads here."""
            here = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
            if self.headers.get("Host") in here:
                return True
            self.send_json({"problem": "this page is asked for as http://127.0.0.1"}, HTTPStatus.FORBIDDEN)
            return False

        def body(self):
            size = int(self.headers.get("Content-Length", 0))
            if not 0 < size <= LONGEST_REQUEST or self.headers.get("Content-Type") != "application/json":
                raise ValueError
            return json.loads(self.rfile.read(size))

        def send_json(self, value, status=HTTPStatus.OK):
            # What was not understood may not have been read to its end.
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
            """Says nothing: the page's requests are of no use to people."""

    return Handler


if __name__ == "__main__":
    main()
