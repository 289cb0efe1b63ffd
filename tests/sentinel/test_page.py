"""The page of `make workbook`: its responses, and its behaviour in Chromium."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import scenarios
from conftest import ROOT, command
from test_workbook import PARTS, STATED, TABS, values

PAGE = ROOT / "sentinel" / "tools" / "page.py"
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
HOST, USER = 'O\'Brien "lab"\\1', 'CORP\\m.o\'neil "x"'
SETTINGS = {"TimeRange": "Last day", "Host": HOST, "User": USER, "Severity": "Critical"}
HOSTILE = (
    '<12>1 2026-10-30T14:05:00.000Z protect01 ERAServer 75 - - {"event_type":"Threat_Event","hostname":"pc-1","severity":"Error",'
    '"username":"CORP\\\\ann","threat_name":"<img src=x>","threat_handled":false}'
)


def arguments(*given):
    return [sys.executable, str(PAGE), "--filter", command(), *map(str, given)]


def failing(*given):
    return subprocess.run(arguments(*given), capture_output=True, text=True, timeout=60)


@contextmanager
def served(*given):
    """Serves a page and yields the port that the server prints."""
    process = subprocess.Popen(arguments("--port", "0", *given), stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        yield int(re.search(r"http://127\.0\.0\.1:(\d+)/", line)[1])
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    """The messages of workbook.yaml and one that contains HTML."""
    path = tmp_path_factory.mktemp("page") / "capture.log"
    messages = [message for message, *_ in scenarios.messages({"event": {}, "messages": STATED["messages"]})]
    path.write_text("\n".join([*messages, HOSTILE, ""]))
    return path


@pytest.fixture(scope="module")
def port(capture):
    with served(capture) as found:
        yield found


def answer(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    return response.status, response.read(), response.headers


def asked(port, name, path="/rows", **changed):
    body = json.dumps({"name": name, "values": {**values("All"), **changed}})
    status, content, _ = answer(port, "POST", path, body)
    return status, json.loads(content)


def test_rows_match_the_workbook(port):
    status, found = asked(port, "threats-by-name")
    assert status == 200
    hostile = {"Threat": "<img src=x>", "Events": 1}
    assert [row for row in found["rows"] if row != hostile] == STATED["rows"]["threats-by-name"] and hostile in found["rows"]


def test_choices(port):
    status, found = asked(port, "Severity", "/choices")
    assert status == 200 and [row["label"] for row in found["rows"]][:2] == ["Fatal", "Critical"]


def test_map_is_unavailable_locally(port):
    assert "Azure" in asked(port, "firewall-map")[1]["unavailable"]


@pytest.mark.parametrize("path", ["/page.py", "/../page.py", "/%2e%2e/page.py", "/..%2fpage.py", "//etc/passwd", "/page.js/", "/rows"])
def test_nothing_else_is_served(port, path):
    status, content, _ = answer(port, "GET", path)
    assert status == 404 and json.loads(content) == {"problem": "this page does not exist"}
    assert answer(port, "POST", "/page.js", "{}")[0] == 404


def test_foreign_host_names_are_rejected(port):
    """A foreign site's name may resolve to this machine."""
    for method, path in [("GET", "/"), ("GET", "/alerts"), ("POST", "/rows")]:
        assert answer(port, method, path, Host="evil.example")[0] == 403
        assert answer(port, method, path, Host=f"evil.example:{port}")[0] == 403
    assert answer(port, "GET", "/", Host=f"localhost:{port}")[0] == 200


def test_invalid_requests_are_rejected(port):
    status, found = asked(port, "web-latest", Host=["') | take 1 //"])
    assert status == 400 and found["problem"] == "Host contains a value that is not base64"
    for body in ["", "{", "[]", "{}", '{"name":"missing","values":{}}', '{"name":"web-latest","values":1}']:
        status, content, _ = answer(port, "POST", "/rows", body)
        assert status == 400 and "problem" in json.loads(content), body
    for size in ("2000000", "-1", "many"):
        assert answer(port, "POST", "/rows", "{}", **{"Content-Length": size})[0] == 400
    assert answer(port, "POST", "/rows", "{}", **{"Content-Type": "text/plain"})[0] == 400


def test_headers_block_foreign_content(port):
    headers = answer(port, "GET", "/")[2]
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Content-Type"] == "text/html; charset=utf-8"


def test_server_listens_only_on_the_loopback_address(port):
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=5).close()


def test_startup_errors(tmp_path, capture):
    empty = tmp_path / "empty.log"
    empty.write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = str(taken.getsockname()[1])
        for given, why in [
            ([empty], f"{empty} contains no ESET messages"),
            ([tmp_path / "missing.log"], "missing.log"),
            (["--port", busy, capture], f"cannot listen on 127.0.0.1:{busy}: Address already in use"),
            (["--echarts", tmp_path / "none.js", capture], "none.js not found: run `npm ci --prefix tests/sentinel`"),
        ]:
            done = failing(*given)
            assert done.returncode == 1 and why in done.stderr and "Traceback" not in done.stderr
    for given in [["--port", "70000", capture], []]:
        assert failing(*given).returncode == 2


def test_interrupt_stops_the_server_while_rules_run(capture):
    process = subprocess.Popen(arguments("--port", "0", capture), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0 and process.stderr.read() == ""


def test_help():
    done = failing("--help")
    assert done.returncode == 0 and "usage: make workbook" in done.stdout and "--port" in done.stdout


@pytest.fixture(scope="module")
def seen(port):
    """The observations of page.mjs in Chromium."""
    executable = shutil.which(CHROMIUM)
    if not executable:
        pytest.skip("Chromium not found in PATH or CHROMIUM: the page was not tested in a browser")
    script = [shutil.which("node"), str(Path(__file__).parent / "page.mjs"), executable, f"http://127.0.0.1:{port}/"]
    asked = json.dumps({"tabs": TABS, "settings": SETTINGS})
    done = subprocess.run(script, input=asked, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_part_is_drawn(seen):
    drawn = {name: part for parts in seen["all"].values() for name, part in parts.items()}
    assert set(drawn) == set(PARTS)
    for name, part in drawn.items():
        hidden = "conditionalVisibility" in PARTS[name].item
        show = PARTS[name].show
        assert part["state"] == ("hidden" if hidden else "unavailable" if show == "map" else "drawn"), name
        if show.endswith("chart"):
            assert part["colours"] > 10, f"{name}: the chart is empty"
        elif not hidden:
            assert PARTS[name].item["content"]["title"] in part["text"], name
    assert seen["problems"] == []


def test_tables_show_their_rows(seen):
    text = seen["all"]["audit"]["audit-logins"]["text"]
    assert "corp\\m.o'neil \"x\"" in text and "Failed" in text
    assert "c3J2LTE=" not in seen["all"]["threats"]["threats-by-host"]["text"], "a hidden column is visible"


@pytest.mark.parametrize("parameter", SETTINGS)
def test_every_part_obeys_the_parameter(seen, parameter):
    """With the parameter, a part has different rows and draws them, or has none."""
    for tab in TABS:
        for name, part in seen["set"][parameter][tab].items():
            before = seen["all"][tab][name]
            if before["state"] in ("hidden", "unavailable"):
                continue
            assert part["rows"] != before["rows"], name
            assert part["state"] == ("drawn" if part["rows"] else "empty"), name
            if part["rows"] and PARTS[name].show == "table":
                assert part["text"] != before["text"], name


def test_all_resets_the_parameters(seen):
    assert {name: part["rows"] for name, part in seen["again"].items()} == {
        name: part["rows"] for name, part in seen["all"]["overview"].items()
    }


def test_custom_time_range(seen):
    """The range contains only the events of the computer srv-1."""
    assert [row["Host"] for row in seen["range"]["overview-hosts"]["rows"]] == ["srv-1"]


def test_drill_down(seen):
    chosen = seen["chosen"]["parts"]["threats-of-host"]
    assert chosen["state"] == "drawn" and {row["Host"].lower() for row in chosen["rows"]} == {seen["chosen"]["host"]}
    assert seen["chosen"]["parts"]["threats-of-user"]["state"] == "hidden"
    assert seen["unchosen"]["threats-of-host"]["state"] == "hidden"


def test_grids_sort_and_filter(seen):
    assert len(seen["sorted"]) == 9 and seen["sorted"] == sorted(seen["sorted"], key=str.lower)
    assert seen["filtered"] == 1


def test_price(seen):
    """Doubling the price doubles the cost. An invalid price sends no request."""
    before, after = (parts["cost-a-day"]["rows"] for parts in (seen["all"]["cost"], seen["dearer"]))
    assert [row["Cost"] for row in after] == pytest.approx([2 * row["Cost"] for row in before])
    assert seen["refused"] == {"invalid": "invalid", "requests": 0}


def test_alerts_are_listed(seen):
    answer = seen["alerts"]["answer"]
    assert answer["pending"] == 0
    assert seen["alerts"]["titles"] == [alert["DisplayName"] for alert in answer["alerts"]]
    assert f"ESET: Win32/Bundpil.FB not handled on {HOST}" in seen["alerts"]["titles"]
    of_rule = seen["alerts"]["ofRule"]
    assert of_rule["titles"] == [alert["DisplayName"] for alert in answer["alerts"] if alert["rule"] == of_rule["rule"]]
    assert answer["alerts"][0]["AlertName"] in of_rule["details"] and "Host" in of_rule["details"]


def test_text_is_not_interpreted_as_html(seen):
    assert any("<img src=x>" in title for title in seen["alerts"]["titles"]) and seen["images"] == 0


def test_light_and_dark(seen):
    (light, pale), (dark, deep) = seen["themes"]
    assert (light, dark) == ("light", "dark") and pale != deep
    assert all(part["state"] == "drawn" for part in seen["dark"].values())


def test_requests_go_only_to_the_server(seen, port):
    own = [url for url in seen["requests"] if not url.startswith("data:")]
    assert len(own) > 100 and all(url.startswith(f"http://127.0.0.1:{port}/") for url in own)
