"""Loads scenarios: ESET messages with their arrival times and the result that a query must return."""

import json
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

from conftest import command

DAY = datetime(2026, 10, 30, tzinfo=timezone.utc)
# The delay between the shipper and the table.
DELAY = timedelta(seconds=30)


def load(directory):
    """Yields (file name without the extension, scenario) for each scenario in a directory."""
    for path in sorted((Path(__file__).parent / directory).glob("*.yaml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        for scenario in file["scenarios"]:
            yield path.stem, {**scenario, "event": {**file.get("event", {}), **scenario.get("event", {})}}


def time(text):
    """Parses a time on the scenarios' day, such as 12:01 or 12:01:30, or with a day offset, such as -1 12:01."""
    days, _, clock = text.rpartition(" ")
    hours, minutes, seconds = ([int(part) for part in clock.split(":")] + [0])[:3]
    return DAY + timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds)


def until(scenario):
    """Returns the time of the last run for a rule that also runs without new rows, if the scenario sets it."""
    return time(scenario["until"]) if "until" in scenario else None


def messages(scenario):
    """Yields (message, received, ingested, row) for each message of a scenario.

    A message is built from `event`, merged into the `event` of the file and the scenario (null removes a key), or is
    the literal text of `message`. `each` produces one message per value, `step` seconds apart. `row` sets fields of the
    record.
    """
    for given in scenario["messages"]:
        each = given.get("each", {})
        count = max([len(values) for values in each.values()] or [given.get("repeat", 1)])
        for at in range(count):
            event = {**scenario["event"], **given.get("event", {}), **{key: values[at] for key, values in each.items()}}
            event = {key: value for key, value in event.items() if value is not None}
            received = time(given["at"]) + timedelta(seconds=at * given.get("step", 0))
            ingested = time(given["ingested"]) if "ingested" in given else received + DELAY
            stamp = received.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            message = given.get("message", f"<14>1 {stamp} protect01 ERAServer 75 - - {json.dumps(event)}")
            yield message, received, ingested, given.get("row", {})


def records(scenario):
    """Returns the filter's records for a scenario's messages, with their arrival times."""
    found = list(messages(scenario))
    lines = "".join(message + "\n" for message, *_ in found).encode()
    output = subprocess.run([command()], input=lines, stdout=subprocess.PIPE, check=True).stdout
    filtered = [json.loads(line) for line in output.splitlines()]
    assert len(filtered) == len(found), "each message of a scenario must produce one record"
    return [
        {**record, **row, "TimeGenerated": received.isoformat(), "_TimeIngested": ingested.isoformat()}
        for record, (_, received, ingested, row) in zip(filtered, found)
    ]


def mismatch(raised, expected):
    """Returns the first difference between alerts and a scenario, or None. Only the stated parts are compared."""
    if [alert.time for alert in raised] != [time(alert["at"]) for alert in expected]:
        return f"raised: {raised}"
    for got, alert in zip(raised, expected):
        stated = {**alert, "entities": [tuple(entity) for entity in alert.get("entities", got.entities)]}
        for part in ("title", "severity", "description", "details", "properties", "entities"):
            if part in stated and getattr(got, part) != stated[part]:
                return f"{part}: {getattr(got, part)}"
    return None
