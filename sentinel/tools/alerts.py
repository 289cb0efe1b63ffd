"""Shows the alerts that the rules in sentinel/rules raise over a capture, as Microsoft Sentinel would list them.

The capture goes the whole way: the filter, the data collection rule's transformation, the table, and each rule on its schedule.
Nothing leaves this machine.
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
        sys.exit(f"{arguments.capture} has no messages of ESET in it")
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
    parser.add_argument("capture", help="ESET's syslog messages, one a line, as eset-filter reads them; also compressed")
    parser.add_argument("--rules", default=SENTINEL / "rules", help="directory of rules [default: sentinel/rules]")
    parser.add_argument("--filter", default="eset-filter", help="the eset-filter command [default: the one in PATH]")
    parser.add_argument("--now", type=with_zone, default=datetime.now(timezone.utc).replace(microsecond=0), metavar="TIME",
                        help="when the rules run last, such as 2026-10-30T12:00:00Z [default: now]")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each alert")
    return parser.parse_args()


def with_zone(text):
    """A time with a zone, in ISO 8601."""
    if not (read := moment(text)):
        raise argparse.ArgumentTypeError(f"{text} is not a time with a zone, such as 2026-10-30T12:00:00Z")
    return read


def of_all(loaded, workspace, now):
    """The alerts of rules over a workspace, as many rules at a time as there are processors; says how far it is."""
    runs = Counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = [pool.submit(of_rule, rule, workspace.branch(str(rule)), now, runs) for rule in loaded]
        while wait(tasks, timeout=0.5, return_when=ALL_COMPLETED).not_done:
            done = sum(task.done() for task in tasks)
            progress(f"{done} of {len(tasks)} rules, {runs.total()} runs")
        progress("")
        return [alert for task in tasks for alert in task.result()]


def of_rule(rule, workspace, now, runs):
    """The alerts of a rule up to now; counts its runs."""
    raised = []
    for _, alerts in month.runs(rule, workspace, now):
        raised += alerts
        runs[rule["id"]] += 1
    return raised


def progress(text):
    """Shows a line in the place of the last, to people who wait."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def filtered(command, capture):
    """The records that the filter makes of a capture."""
    try:
        done = subprocess.run([command, "--syslog-fields", "all", capture], stdout=subprocess.PIPE)
    except FileNotFoundError:
        sys.exit(f"{command} is not there: build it with `cargo build --release -p eset-filter-cli`, or name it with --filter")
    if done.returncode:
        sys.exit(done.returncode)
    return (json.loads(line) for line in done.stdout.splitlines())


def dated(records, now, spread=None):
    """Records with the times at which a shipper would have received them.

    A capture has no such times. Those of the headers are taken, else those of the events, moved so that the last is now; what
    records say of other times moves with them. With `spread`, records lie evenly over so many days instead.
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
    """A time with its zone, or None: the header of old has neither year nor zone."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return time if time and time.tzinfo else None


def ordered(raised):
    """The worst first, of equal ones the earliest."""
    return sorted(raised, key=lambda alert: (ORDER.index(alert.severity), alert.time, alert.rule, alert.title))


def as_json(alert):
    """An alert as JSON has it."""
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
    """Prints alerts for people."""
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
    print(f"{len(raised)} alerts ({by_severity}) from {count} rules over {records} records")


def printable(text):
    """A text without characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


if __name__ == "__main__":
    main()
