"""The output of `make alerts` for a capture."""

import json
import re
import subprocess
import sys
from datetime import datetime, timezone

import alerts
from conftest import ROOT, command

EVENT = {
    "event_type": "ESET Inspect Alert",
    "hostname": "pc-17.corp.example",
    "username": "CORP\\ann",
    "rulename": "Rule [D0413]",
    "severity_score": 95,
    "processname": "%SYSTEM%\\cmd.exe",
    "eiconsolelink": "https://inspect.example/console/detection/42",
}

TOOL = [sys.executable, str(ROOT / "sentinel" / "tools" / "alerts.py"), "--filter", command()]


def printed(tmp_path, messages, *arguments):
    capture = tmp_path / "capture.log"
    header = "2026-10-30T1{}:00:00.000Z protect01 ERAServer 75 - -"
    capture.write_text("".join(f"<14>1 {header.format(hour)} {message}\n" for hour, message in enumerate(messages, 1)))
    return subprocess.run([*TOOL, str(capture), *arguments], capture_output=True, text=True)


def test_alerts_as_json(tmp_path):
    """Two detections an hour apart, shifted so that the last one happens now."""
    events = [{**EVENT, "occured": f"30-Oct-2026 1{hour}:00:00"} for hour in (1, 2)]
    done = printed(tmp_path, map(json.dumps, events), "--json")
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["AlertName"] == "ESET PROTECT - ESET Inspect detection with a high score"
    assert first["AlertSeverity"] == "High" and first["AlertLink"] == EVENT["eiconsolelink"]
    assert {"Type": "Host", "HostName": "pc-17", "DnsDomain": "corp.example"} in first["Entities"]
    assert {"Type": "Account", "Name": "ann", "NTDomain": "CORP"} in first["Entities"]
    assert first["TimeGenerated"] < second["TimeGenerated"]


def test_timestamps_are_shifted_together():
    """The header's timestamp is used, or else the event's. The other timestamps are shifted by as much."""
    now = datetime(2026, 11, 1, tzinfo=timezone.utc)
    records = [
        {"syslog_timestamp": "2026-10-30T10:00:00.000Z", "occurred": "2026-10-30T09:00:00Z", "firstseen": "2026-10-01T10:00:00Z"},
        {"syslog_timestamp": "Oct 30 11:00:00", "occurred": "2026-10-30T11:30:00Z"},
        {"syslog_timestamp": "2026-10-30T12:00:00.000Z"},
    ]
    first, second, third = alerts.dated([dict(record) for record in records], now)
    assert first["TimeGenerated"] == "2026-10-31T22:00:00+00:00" and second["TimeGenerated"] == "2026-10-31T23:30:00+00:00"
    assert third["TimeGenerated"] == now.isoformat()
    assert first["occurred"] == "2026-10-31T21:00:00+00:00" and first["firstseen"] == "2026-10-02T22:00:00+00:00"
    spread = list(alerts.dated([dict(record) for record in records], now, spread=3))
    assert [record["TimeGenerated"][:10] for record in spread] == ["2026-10-30", "2026-10-31", "2026-11-01"]
    assert spread[0]["occurred"] == "2026-10-29T23:00:00+00:00"


def test_alerts_as_text(tmp_path):
    """Control characters in a name never reach the terminal."""
    done = printed(tmp_path, [json.dumps({**EVENT, "rulename": "Rule \u001b[31m"})])
    assert done.returncode == 0, done.stderr
    assert "\u001b" not in done.stdout and EVENT["eiconsolelink"] in done.stdout
    assert done.stdout.splitlines()[-3] == "    1  ESET PROTECT - ESET Inspect detection with a high score"
    assert done.stdout.splitlines()[-1] == f"1 alert (1 high, 0 medium, 0 low) from {count()} rules over 1 record"


def test_alerts_do_not_depend_on_the_format(tmp_path):
    """JSON, CEF and LEEF carry the same events. LEEF can lack the computer's address and has spaces for newlines."""

    def alerts(payload):
        generate = [command(), "generate", "--seed", "5", "--count", "150", "--payload", payload]
        capture = tmp_path / "capture.log"
        capture.write_bytes(subprocess.run(generate, capture_output=True, check=True).stdout)
        done = subprocess.run([*TOOL, str(capture), "--json", "--now", "2026-10-30T12:00:00Z"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        raised = [json.loads(line) for line in done.stdout.splitlines()]
        for alert in raised:
            alert["Entities"] = [entity for entity in alert["Entities"] if entity["Type"] != "IP"]
        return sorted(re.sub(r"\\[nrt]", " ", json.dumps(alert)) for alert in raised)

    expected = alerts("json")
    assert len(expected) > 50
    assert alerts("cef") == expected
    assert alerts("leef") == expected


def test_empty_capture(tmp_path):
    done = printed(tmp_path, [], "--json")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.strip().endswith("capture.log contains no ESET messages: specify a capture of ESET PROTECT's syslog export")


def count():
    return len(list((ROOT / "sentinel" / "rules").glob("*.yaml")))
