"""Scenarios: ESET's messages with the times at which they arrive, and what a query has to make of them."""

import json
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

from conftest import command

DAY = datetime(2026, 10, 30, tzinfo=timezone.utc)
# From the shipper's hand to the table.
DELAY = timedelta(seconds=30)


def load(directory):
    """(file's name, scenario) for each scenario in a directory."""
    for path in sorted((Path(__file__).parent / directory).glob("*.yaml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        for scenario in file["scenarios"]:
            yield path.stem, {**scenario, "event": {**file.get("event", {}), **scenario.get("event", {})}}


def time(text):
    """12:01, or 12:01:30, on the scenarios' day; with a number of days before it, as in -1 12:01, on another."""
    days, _, clock = text.rpartition(" ")
    hours, minutes, seconds = ([int(part) for part in clock.split(":")] + [0])[:3]
    return DAY + timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds)


def until(scenario):
    """When the runs of a rule end that runs without new rows, if the scenario says so."""
    return time(scenario["until"]) if "until" in scenario else None


def messages(scenario):
    """(message, received, ingested, row) for each message of a scenario.

    A message is `event`, on top of the scenario's and the file's `event` (null takes a key away), or `message`, as it stands.
    `each` gives a message for each of its values, `step` seconds apart. `row` sets fields of the record itself.
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
    """The stream's records that the filter makes of a scenario's messages."""
    found = list(messages(scenario))
    lines = "".join(message + "\n" for message, *_ in found).encode()
    output = subprocess.run([command()], input=lines, stdout=subprocess.PIPE, check=True).stdout
    filtered = [json.loads(line) for line in output.splitlines()]
    assert len(filtered) == len(found), "each message of a scenario gives one record"
    return [
        {**record, **row, "TimeGenerated": received.isoformat(), "_TimeIngested": ingested.isoformat()}
        for record, (_, received, ingested, row) in zip(filtered, found)
    ]


def mismatch(raised, expected):
    """What alerts have that a scenario does not state, or None. What it leaves out may be anything."""
    if [alert.time for alert in raised] != [time(alert["at"]) for alert in expected]:
        return f"raised: {raised}"
    for got, alert in zip(raised, expected):
        stated = {**alert, "entities": [tuple(entity) for entity in alert.get("entities", got.entities)]}
        for part in ("title", "severity", "description", "details", "properties", "entities"):
            if part in stated and getattr(got, part) != stated[part]:
                return f"{part}: {getattr(got, part)}"
    return None
