"""Reads the health alerts' files and evaluates them at a point in time, as Azure Monitor would.

A file contains the properties of `Microsoft.Insights/scheduledQueryRules` (2023-12-01) under their own names. The
properties of its single condition are also at the top level.
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
    """Parses an ISO 8601 duration such as PT15M, PT6H or P2D."""
    days, hours, minutes = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text).groups(default="0")
    return timedelta(days=int(days), hours=int(hours), minutes=int(minutes))


def resource(alert, location, workspace):
    """Returns the ARM resource that deploys an alert."""
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
    """Returns [({dimension: value}, measured value)] for each combination of dimensions that fires.

    Only rows of the alert's time range that have arrived by `now` are evaluated.
    """
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
