"""Estimates the billed bytes per event of a capture in Log Analytics, for this setup and for the retired one.

Azure bills the size of the stored columns as text. Empty values and the columns that Azure adds are free.
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
    parser.add_argument("capture", help="file of ESET syslog messages, one per line")
    parser.add_argument("--filter", default="eset-filter", help="path of the eset-filter command [default: from PATH]")
    arguments = parser.parse_args()
    workspace = Workspace(json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8")))
    usual = filtered(arguments, [])
    whole = [record for record in usual if record["parse_status"] == "ok"]
    old, count = original(arguments.capture)
    if not (whole and count):
        sys.exit(f"{arguments.capture} contains no complete event: specify a capture of ESET PROTECT's syslog export")
    print(f"{len(usual)} records, {len(whole)} of them complete events; bytes per event:\n")
    row("retired setup, complete events only", old / count)
    sizes = columns(workspace, whole)
    row("complete events", total(sizes, whole))
    row("all records", total(columns(workspace, usual), usual))
    row("all records, raw = never", total(columns(workspace, filtered(arguments, ["--raw", "never"])), usual))
    row("all records, raw = always", total(columns(workspace, filtered(arguments, ["--raw", "always"])), usual))
    print("\nlargest columns of complete events, bytes per event:\n")
    for name, size in sizes.most_common(15):
        row(name, size / len(whole))


def row(what, bytes_):
    print(f"  {what:40} {bytes_:8.1f}")


def total(sizes, records):
    return sum(sizes.values()) / len(records)


def filtered(arguments, options):
    """Returns the filter's records for the capture."""
    done = subprocess.run([arguments.filter, *options, arguments.capture], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def columns(workspace, records):
    """Returns the total bytes of each column."""
    workspace.fill({**record, "TimeGenerated": NOW} for record in records)
    sizes = Counter()
    for name, kind in workspace.table.items():
        found = workspace.connection.execute(f"SELECT sum({billed_size(name, kind)}) FROM stored").fetchone()
        sizes[name] = int(found[0] or 0)
    return sizes


def original(capture):
    """Returns the bytes that the retired agent stored, and the number of events.

    It stored the members of each message that ends in complete JSON.
    """
    size = count = 0
    with open(capture, "rb") as lines:
        for line in lines:
            try:
                event = json.loads(line[line.index(b"{") : line.rindex(b"}") + 1])
            except (ValueError, UnicodeDecodeError):
                continue
            count += 1
            # TimeGenerated. The API left Computer and RawData empty.
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
