"""Health alerts as files, and what they find at a point in time, as Azure Monitor would evaluate them.

A file has the members of `Microsoft.Insights/scheduledQueryRules` (2023-12-01) under their own names, those of its one
condition beside the others.
"""

import re
from datetime import timedelta

CONDITION = ["query", "timeAggregation", "metricMeasureColumn", "dimensions", "operator", "threshold", "failingPeriods"]
PROPERTIES = [
    "description", "severity", "evaluationFrequency", "windowSize", "overrideQueryTimeRange", "autoMitigate",
    "muteActionsDuration",
]  # fmt: skip
AGGREGATIONS = {"Total": sum, "Maximum": max, "Minimum": min, "Average": lambda values: sum(values) / len(values)}
OPERATORS = {
    "GreaterThan": lambda value, threshold: value > threshold,
    "GreaterThanOrEqual": lambda value, threshold: value >= threshold,
    "LessThan": lambda value, threshold: value < threshold,
    "LessThanOrEqual": lambda value, threshold: value <= threshold,
    "Equals": lambda value, threshold: value == threshold,
}


def duration(text):
    """A duration as ISO 8601 has it: PT15M, PT6H, P2D."""
    days, hours, minutes = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text).groups(default="0")
    return timedelta(days=int(days), hours=int(hours), minutes=int(minutes))


def resource(alert, location, workspace):
    """The resource that deploys an alert, as ARM has it."""
    condition = {key: alert[key] for key in CONDITION if key in alert}
    condition["query"] = condition["query"].rstrip()
    properties = {key: alert[key] for key in PROPERTIES if key in alert}
    return {
        "location": location,
        "kind": "LogAlert",
        "properties": {
            **properties,
            "displayName": alert["name"],
            "description": properties["description"].rstrip(),
            "enabled": True,
            "scopes": [workspace],
            "criteria": {"allOf": [condition]},
        },
    }


def evaluate(alert, workspace, now, query=None):
    """[({dimension: value}, measured)] for what fires, of the rows of the alert's time range that have arrived."""
    periods = alert["failingPeriods"]["numberOfEvaluationPeriods"]
    range_ = duration(alert["overrideQueryTimeRange"]) if "overrideQueryTimeRange" in alert else (
        periods * duration(alert["windowSize"])
    )
    workspace.see(now - range_, now)
    groups = {}
    for row in workspace.query(query or alert["query"], now):
        key = tuple((dimension["name"], row[dimension["name"]]) for dimension in alert.get("dimensions", []))
        groups.setdefault(key, []).append(row[alert["metricMeasureColumn"]])
    measured = {key: AGGREGATIONS[alert["timeAggregation"]](values) for key, values in groups.items()}
    fires = OPERATORS[alert["operator"]]
    return [(dict(key), value) for key, value in sorted(measured.items()) if fires(value, alert["threshold"])]
