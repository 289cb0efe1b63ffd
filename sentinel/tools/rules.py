"""Detection rules as files, and what they do on a schedule: the alerts, as Sentinel would raise them."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from workspace import EPOCH, Workspace

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
OPERATORS = {
    "gt": lambda count, threshold: count > threshold,
    "lt": lambda count, threshold: count < threshold,
    "eq": lambda count, threshold: count == threshold,
    "ne": lambda count, threshold: count != threshold,
}
# Sentinel raises no more from one run.
MOST_ALERTS = 150


@dataclass
class Alert:
    """An alert of a rule's run. Entities are (type, {identifier: value}), each once."""

    rule: str
    severity: str
    time: datetime
    title: str
    description: str
    entities: list = field(default_factory=list)
    details: dict = field(default_factory=dict)


def load(directory):
    """The rules in a directory's YAML files, by the files' names."""
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path(directory).glob("*.yaml"))}


def duration(text):
    """A duration as rules have it: 5m, 1h, 14d."""
    return int(text[:-1]) * UNITS[text[-1]]


def run_on_schedule(rule, workspace: Workspace, query=None, most=None):
    """The alerts of a rule over all rows of a workspace. There may be no more runs once there are more than `most`.

    The rule runs at each multiple of its frequency. Runs are left out in which no row is new, but for the one after each
    that has some, which shows whether the same rows are found twice.
    """
    frequency = duration(rule["queryFrequency"])
    ticks = set()
    for time in workspace.ingestion_times():
        first = EPOCH - ((EPOCH - time) // frequency) * frequency
        ticks |= {first, first + frequency}
    alerts = []
    for now in sorted(ticks):
        alerts += run(rule, workspace, now, query)
        if most is not None and len(alerts) > most:
            break
    workspace.see_all()
    return alerts


def run(rule, workspace: Workspace, now, query=None):
    """The alerts of one run."""
    workspace.see(now - duration(rule["queryPeriod"]), now)
    rows = workspace.query(query or rule["query"], now)
    if not OPERATORS[rule["triggerOperator"]](len(rows), rule["triggerThreshold"]):
        return []
    per_result = rule.get("eventGroupingSettings", {}).get("aggregationKind") == "AlertPerResult"
    groups = [[row] for row in rows[:MOST_ALERTS]] if per_result else [rows]
    return [alert_of(rule, group, now) for group in groups]


def alert_of(rule, rows, now):
    """The alert for rows of a rule's query."""
    override = rule.get("alertDetailsOverride", {})
    entities = []
    for row in rows:
        for mapping in rule.get("entityMappings", []):
            values = {pair["identifier"]: text(row[pair["columnName"]]) for pair in mapping["fieldMappings"]}
            values = {identifier: value for identifier, value in values.items() if value}
            if values and (mapping["entityType"], values) not in entities:
                entities.append((mapping["entityType"], values))
    details = {name: text(rows[0][column]) for name, column in rule.get("customDetails", {}).items()}
    return Alert(
        rule=rule["name"],
        severity=severity(rule, override, rows[0]),
        time=now,
        title=filled(override.get("alertDisplayNameFormat", rule["name"]), rows[0]),
        description=filled(override.get("alertDescriptionFormat", rule["description"]), rows[0]),
        entities=entities,
        details=details,
    )


def severity(rule, override, row):
    """The rule's severity, or the row's where the rule has a column for it."""
    column = override.get("alertSeverityColumnName")
    return row[column] if column and row[column] else rule["severity"]


def filled(format_, row):
    """A text with its {{column}} placeholders filled."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: text(row[match[1]]), format_)


def text(value):
    """A value as an alert shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
