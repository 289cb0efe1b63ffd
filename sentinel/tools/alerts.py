"""Prints the alerts that the rules in sentinel/rules raise for a capture, as Microsoft Sentinel would list them.

The capture passes through the filter, the data collection rule's transformation, the table, and every rule on its
schedule. Everything runs locally.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ALL_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone
from pathlib import Path

import month
import rules
from workspace import Workspace

SENTINEL = Path(__file__).resolve().parent.parent
ORDER = ["High", "Medium", "Low", "Informational"]


def main():
    arguments = parse_arguments()
    template = json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8"))
    workspace = Workspace(template)
    records = list(filtered(arguments.filter, arguments.capture))
    if not records:
        sys.exit(f"{arguments.capture} contains no ESET messages: specify a capture of ESET PROTECT's syslog export")
    now = arguments.now
    workspace.fill(dated(records, now))
    loaded = rules.load(arguments.rules)
    raised = of_all(loaded.values(), workspace, now)
    if arguments.json:
        for alert in ordered(raised):
            print(json.dumps(as_json(alert)))
    else:
        show(ordered(raised), len(records), len(loaded))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make alerts", description=__doc__)
    parser.add_argument("capture", help="file of ESET syslog messages, one per line, optionally compressed")
    parser.add_argument("--rules", default=SENTINEL / "rules", help="directory of the rules [default: sentinel/rules]")
    parser.add_argument("--filter", default="eset-filter", help="path of the eset-filter command [default: from PATH]")
    parser.add_argument("--now", type=with_zone, default=datetime.now(timezone.utc).replace(microsecond=0), metavar="TIME",
                        help="time of the last run of the rules, such as 2026-10-30T12:00:00Z [default: now]")
    parser.add_argument("--json", action="store_true", help="print each alert as a JSON object")
    return parser.parse_args()


def with_zone(text):
    """Parses an ISO 8601 time with a time zone."""
    if not (read := moment(text)):
        raise argparse.ArgumentTypeError(f"{text} is not a time with a time zone, such as 2026-10-30T12:00:00Z")
    return read


def of_all(loaded, workspace, now):
    """Returns the alerts of several rules over a workspace. Runs one rule per processor and shows the progress."""
    runs = Counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = [pool.submit(of_rule, rule, workspace.branch(str(rule)), now, runs) for rule in loaded]
        while wait(tasks, timeout=0.5, return_when=ALL_COMPLETED).not_done:
            done = sum(task.done() for task in tasks)
            progress(f"{done} of {len(tasks)} rules, {runs.total()} runs")
        progress("")
        return [alert for task in tasks for alert in task.result()]


def of_rule(rule, workspace, now, runs):
    """Returns the alerts of a rule up to `now` and counts its runs."""
    raised = []
    for _, alerts in month.runs(rule, workspace, now):
        raised += alerts
        runs[rule["id"]] += 1
    return raised


def progress(text):
    """Replaces the progress line if stderr is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def filtered(command, capture):
    """Returns the filter's records for a capture."""
    try:
        done = subprocess.run([command, "--syslog-fields", "all", capture], stdout=subprocess.PIPE)
    except FileNotFoundError:
        sys.exit(f"{command} not found: run `cargo build --release -p eset-filter-cli`, or set its path with --filter")
    if done.returncode:
        sys.exit(done.returncode)
    return (json.loads(line) for line in done.stdout.splitlines())


def dated(records, now, spread=None):
    """Yields the records with the times at which a shipper would have received them.

    A capture does not contain these times. They are taken from the syslog headers, or else from the events, and shifted
    so that the last one is `now`. Other timestamps in a record are shifted by the same amount. With `spread`, the
    records are distributed evenly over that many days instead.
    """
    received = [moment(record.get("syslog_timestamp")) or moment(record.get("occurred")) for record in records]
    last = max(filter(None, received), default=now)
    step = timedelta(days=spread) / len(records) if spread else None
    previous = None
    for at, (record, time) in enumerate(zip(records, received)):
        previous = time or previous or last
        seen = now - (len(records) - 1 - at) * step if spread else now - (last - previous)
        for name in ("occurred", "firstseen"):
            if old := moment(record.get(name)):
                record[name] = (old + (seen - previous)).isoformat()
        record["TimeGenerated"] = seen.isoformat()
        yield record


def moment(text):
    """Returns a time with its time zone, or None: an RFC 3164 timestamp has neither a year nor a time zone."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def ordered(raised):
    """Sorts alerts by severity, the highest first, and then by time."""
    return sorted(raised, key=lambda alert: (ORDER.index(alert.severity), alert.time, alert.rule, alert.title))


def as_json(alert):
    """Returns an alert as a JSON object, with the names of Microsoft Sentinel."""
    return {
        "TimeGenerated": rules.text(alert.time.replace(tzinfo=None)),
        "AlertName": alert.rule,
        "DisplayName": alert.title,
        "AlertSeverity": alert.severity,
        "Description": alert.description,
        "Entities": [{"Type": kind, **values} for kind, values in alert.entities],
        "CustomDetails": alert.details,
        **alert.properties,
    }


def show(raised, records, count):
    """Prints alerts as text."""
    for alert in raised:
        print(f"{alert.severity:13} {alert.time:%Y-%m-%d %H:%M}  {printable(alert.title)}")
        print(f"{'':13} {printable(alert.rule)}")
        for kind, values in alert.entities:
            print(f"{'':13} {kind:9} {printable(', '.join(values.values()))}")
        if link := alert.properties.get("AlertLink"):
            print(f"{'':13} {'Link':9} {printable(link)}")
        print()
    by_severity = ", ".join(
        f"{sum(alert.severity == severity for alert in raised)} {severity.lower()}" for severity in ORDER[:3]
    )
    for rule, times in Counter(alert.rule for alert in raised).most_common():
        print(f"{times:5}  {printable(rule)}")
    if raised:
        print()
    print(f"{counted(len(raised), 'alert')} ({by_severity}) from {counted(count, 'rule')} over {counted(records, 'record')}")


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text):
    """Replaces control characters, which a terminal would interpret."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


if __name__ == "__main__":
    main()
