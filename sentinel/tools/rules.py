"""Reads analytics rules from files and runs them on their schedule, with the alerts that Sentinel would raise."""

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
# The condition with which a query selects rows that no earlier run has seen.
NEW_ROWS = re.compile(r"\bingestion_time\(\) > ago\(")
# Sentinel raises at most this many alerts per run.
MOST_ALERTS = 150


@dataclass
class Alert:
    """An alert. Entities are unique (type, {identifier: value}) pairs. An example of a property is AlertLink."""

    rule: str
    severity: str
    time: datetime
    title: str
    description: str
    entities: list = field(default_factory=list)
    details: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)


def load(directory):
    """Returns the rules in a directory of YAML files, keyed by file name without the extension."""
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path(directory).glob("*.yaml"))}


def duration(text):
    """Parses the duration format of rules, such as 5m, 1h or 14d."""
    return int(text[:-1]) * UNITS[text[-1]]


def run_on_schedule(rule, workspace: Workspace, query=None, until=None):
    """Returns the alerts of a rule over all rows of a workspace. See `runs`."""
    return [alert for _, alerts in runs(rule, workspace, query, until) for alert in alerts]


def runs(rule, workspace: Workspace, query=None, until=None):
    """Yields (time, alerts) for each run of a rule. The rule runs at each multiple of its frequency.

    `query` replaces the rule's query. A rule that queries for new rows raises nothing without them, so only the runs
    with new rows are evaluated, and the run after each, which shows whether the same rows are found twice. Other rules,
    such as those that detect silence, run until `until`, or until the rows have left the rule's period.
    """
    for now in ticks(rule, workspace.ingestion_times(), until):
        yield now, run(rule, workspace, now, query)
    workspace.see_all()


def ticks(rule, arrivals, until=None):
    """Returns the times at which a rule runs, given the sorted times at which rows arrive."""
    frequency = duration(rule["queryFrequency"])
    if not arrivals:
        return []
    at = [EPOCH - ((EPOCH - time) // frequency) * frequency for time in arrivals]
    if NEW_ROWS.search(rule["query"]):
        return sorted({time + later for time in at for later in (timedelta(), frequency)})
    last = until or arrivals[-1] + duration(rule["queryPeriod"])
    return [at[0] + count * frequency for count in range((last - at[0]) // frequency + 1)]


def run(rule, workspace: Workspace, now, query=None):
    """Returns the alerts of one run."""
    workspace.see(now - duration(rule["queryPeriod"]), now)
    return alerts_of(rule, workspace.query(query or rule["query"], now), now)


def alerts_of(rule, rows, now):
    """Returns the alerts for the rows that a rule's query returns in one run."""
    if not OPERATORS[rule["triggerOperator"]](len(rows), rule["triggerThreshold"]):
        return []
    per_result = rule.get("eventGroupingSettings", {}).get("aggregationKind") == "AlertPerResult"
    groups = [[row] for row in rows[:MOST_ALERTS]] if per_result else [rows]
    return [alert_of(rule, group, now) for group in groups]


def alert_of(rule, rows, now):
    """Returns the alert for rows that a rule's query returned."""
    override = rule.get("alertDetailsOverride", {})
    entities = []
    for row in rows:
        for mapping in rule.get("entityMappings", []):
            values = {pair["identifier"]: text(row[pair["columnName"]]) for pair in mapping["fieldMappings"]}
            values = {identifier: value for identifier, value in values.items() if value}
            if values and (mapping["entityType"], values) not in entities:
                entities.append((mapping["entityType"], values))
    properties = {
        dynamic["alertProperty"]: text(rows[0][dynamic["value"]]) for dynamic in override.get("alertDynamicProperties", [])
    }
    details = {name: text(rows[0][column]) for name, column in rule.get("customDetails", {}).items()}
    return Alert(
        rule=rule["name"],
        severity=severity(rule, override, rows[0]),
        time=now,
        title=filled(override.get("alertDisplayNameFormat", rule["name"]), rows[0]),
        description=filled(override.get("alertDescriptionFormat", rule["description"]), rows[0]),
        entities=entities,
        details=details,
        properties=properties,
    )


def severity(rule, override, row):
    """Returns the row's severity if the rule names a column for it, or else the rule's severity."""
    column = override.get("alertSeverityColumnName")
    return row[column] if column and row[column] else rule["severity"]


def filled(format_, row):
    """Replaces the {{column}} placeholders in a text with the row's values."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: text(row[match[1]]), format_)


def text(value):
    """Returns a value as an alert displays it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
