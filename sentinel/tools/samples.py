"""Writes sentinel/asim/samples: rows of eset_CL for each ASIM parser, for the Azure-Sentinel repository's tests.

The events are generated and pass through the filter and the data collection rule's transformation. The output is the
same each time.
"""

import argparse
import csv
import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from workspace import TABLE, Workspace

SENTINEL = Path(__file__).resolve().parent.parent
# The maximum number of rows per file.
ROWS = 60
# The time from the event to the shipper.
DELAY = timedelta(seconds=30)
LOGINS = ("Login attempt", "Logout")
# The events that the parsers of each schema select.
SCHEMAS = {
    "AlertEvent": lambda event: event["event_type"] in
        ("Threat_Event", "BlockedFiles_Event", "HipsAggregated_Event", "EnterpriseInspectorAlert_Event", "ESET Inspect Alert"),
    "AuditEvent": lambda event: event["event_type"] == "Audit_Event" and event["action"] not in LOGINS,
    "Authentication": lambda event: event["event_type"] == "Audit_Event" and event["action"] in LOGINS,
    "NetworkSession": lambda event: event["event_type"] == "FirewallAggregated_Event",
    "WebSession": lambda event: event["event_type"] == "FilteredWebsites_Event",
}  # fmt: skip
# A stream has no UUID type, and the tests ingest rows without a transformation, so UUIDs are strings.
KINDS = {"guid": "string", "boolean": "bool"}
DATA_TYPES = {"string": "String", "bool": "SByte", "real": "Double", "datetime": "DateTime", "dynamic": "Object"}


def main():
    arguments = parse_arguments()
    template = json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8"))
    write(arguments.directory, arguments.filter, Workspace(template))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make samples", description=__doc__)
    parser.add_argument("--directory", type=Path, default=SENTINEL / "asim" / "samples",
                        help="directory to write to [default: sentinel/asim/samples]")
    parser.add_argument("--filter", default="eset-filter", help="path of the eset-filter command [default: from PATH]")
    return parser.parse_args()


def write(directory, command, workspace):
    """Writes the rows of each schema, and the columns of the table."""
    directory.mkdir(parents=True, exist_ok=True)
    events = list(generated(command))
    for schema, wanted in SCHEMAS.items():
        workspace.fill(dated(filtered(command, varied([event for event in events if wanted(event)])[:ROWS])))
        rows = workspace.connection.execute(f"SELECT {', '.join(map(quoted, workspace.table))} FROM stored").fetchall()
        lines = [["Type", *workspace.table], *([TABLE, *map(written, row)] for row in rows)]
        save(directory / f"ESET_PROTECT_{schema}_IngestedLogs.csv", lines)
    columns = enumerate((name, KINDS.get(kind, kind)) for name, kind in {"Type": "string", **workspace.table}.items())
    lines = [[name, at, f"System.{DATA_TYPES[kind]}", kind] for at, (name, kind) in columns]
    save(directory / f"{TABLE}_Schema.csv", [["ColumnName", "ColumnOrdinal", "DataType", "ColumnType"], *lines])


def generated(command):
    """Yields generated events without single quotes, because the repository's tests enclose values in them."""
    done = subprocess.run([command, "generate", "--count", "6000", "--header", "none"], stdout=subprocess.PIPE, check=True)
    for line in done.stdout.decode().splitlines():
        try:
            event = json.loads(line.removeprefix("\ufeff"))
        except ValueError:
            continue
        names = [event.get(name) or "" for name in ("user", "username", "account", "target", "object_uri", "rule_name")]
        if event.get("event_type") and event.get("hostname") and "'" not in "".join(names):
            yield event


def varied(events):
    """Changes the action of some events to allowed or empty, so that every ASIM value of the action occurs."""
    for at, event in enumerate(events):
        if event["event_type"] == "FilteredWebsites_Event" and at % 5 == 0:
            event["action_taken"] = "Allowed"
        if event["event_type"] == "FirewallAggregated_Event" and at % 7 == 0:
            event["action"] = ""
    return events


def filtered(command, events):
    """Returns the filter's records for events."""
    messages = "".join(f"<14>1 - protect01 ERAServer 75 - - {json.dumps(event)}\n" for event in events).encode()
    done = subprocess.run([command], input=messages, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def dated(records):
    """Returns the records with the times at which a shipper would have received them."""
    for record in records:
        record["TimeGenerated"] = (datetime.fromisoformat(record["occurred"]) + DELAY).isoformat()
    return records


def quoted(name):
    return f'"{name}"'


def written(value):
    """Returns a value as the portal exports it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def save(path, lines):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


if __name__ == "__main__":
    main()
