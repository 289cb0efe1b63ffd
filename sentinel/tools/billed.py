"""Estimates what a capture costs in Log Analytics: billed bytes an event, of this set-up and of the retired one.

Billed is the size of the stored columns as text; empty values, and the columns that Azure adds by itself, are free.
Source: Azure Monitor, "Azure Monitor Logs cost calculations and options", data size calculation.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from workspace import TIME, Workspace, billed_size

SENTINEL = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc).isoformat()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", help="ESET's syslog messages, one a line, as eset-filter reads them")
    parser.add_argument("--filter", default="eset-filter", help="the eset-filter command [default: the one in PATH]")
    arguments = parser.parse_args()
    workspace = Workspace(json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8")))
    usual = filtered(arguments, [])
    whole = [record for record in usual if record["parse_status"] == "ok"]
    old, count = original(arguments.capture)
    if not (whole and count):
        sys.exit(f"{arguments.capture} has no whole event")
    print(f"{len(usual)} records, {len(whole)} of them whole events; bytes an event:\n")
    row("the retired set-up, whole events only", old / count)
    sizes = columns(workspace, whole)
    row("whole events", total(sizes, whole))
    row("all records", total(columns(workspace, usual), usual))
    row("all records, raw = never", total(columns(workspace, filtered(arguments, ["--raw", "never"])), usual))
    row("all records, raw = always", total(columns(workspace, filtered(arguments, ["--raw", "always"])), usual))
    print("\nlargest columns of whole events, bytes an event:\n")
    for name, size in sizes.most_common(15):
        row(name, size / len(whole))


def row(what, bytes_):
    print(f"  {what:40} {bytes_:8.1f}")


def total(sizes, records):
    return sum(sizes.values()) / len(records)


def filtered(arguments, options):
    """The records that the filter makes of the capture."""
    done = subprocess.run([arguments.filter, *options, arguments.capture], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def columns(workspace, records):
    """The bytes that each column takes in all."""
    workspace.fill({**record, "TimeGenerated": NOW} for record in records)
    sizes = Counter()
    for name, kind in workspace.table.items():
        found = workspace.connection.execute(f"SELECT sum({billed_size(name, kind)}) FROM stored").fetchone()
        sizes[name] = int(found[0] or 0)
    return sizes


def original(capture):
    """The bytes of what the retired agent stored, and of how many events: the members of each message that ends in whole JSON."""
    size = count = 0
    with open(capture, "rb") as lines:
        for line in lines:
            try:
                event = json.loads(line[line.index(b"{") : line.rindex(b"}") + 1])
            except (ValueError, UnicodeDecodeError):
                continue
            count += 1
            # TimeGenerated, and the Computer and RawData that the API left empty.
            size += TIME + sum(len(as_text(value).encode()) for value in event.values())
    return size, count


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
