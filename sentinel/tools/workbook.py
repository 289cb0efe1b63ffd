"""Evaluates the workbook over an in-memory workspace: its parts, its parameters, and the rows of a part.

Parameters are replaced as Azure's documentation describes. {TimeRange} becomes `> ago(7d)`, or a range if the user
enters a custom time. {TimeRange:grain} becomes a suitable step. A multi-value parameter becomes 'a','b', and '*' stands
for All.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import functions

EVENTS = "ESETEvents"
ALL = ["*"]
TEXT, DROP_DOWN, TIME_RANGE = 1, 2, 4
PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
# A valid value: a name in base64, or All. Anything else could change the query.
SAFE = re.compile(r"[A-Za-z0-9+/=]*|\*")
UNITS = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")]
# The time steps of a chart, and the maximum number of steps in it.
GRAINS = ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1d", "2d", "7d"]
MOST_STEPS = 60


class ValueProblem(ValueError):
    """A value that is not valid for its parameter."""


@dataclass
class Part:
    """A part with a query: its tab, its visualisation, and the complete item of the workbook."""

    name: str
    tab: str
    query: str
    show: str
    item: dict


def load(path):
    """Reads a workbook from a file."""
    return json.loads(path.read_text("utf-8"))


def items(workbook, tab=""):
    """Yields (tab, item) for each item that is not a group, in display order."""
    for item in workbook["items"]:
        if item["type"] == 12:
            yield from items(item["content"], item["name"])
        else:
            yield tab, item


def parts(workbook):
    """Returns the parts that have a query, by name."""
    return {
        item["name"]: Part(item["name"], tab, item["content"]["query"], item["content"]["visualization"], item)
        for tab, item in items(workbook)
        if item["type"] == 3
    }


def parameters(workbook):
    """Returns the parameters that a user sets, by name."""
    return {
        parameter["name"]: parameter
        for _, item in items(workbook)
        if item["type"] == 9
        for parameter in item["content"]["parameters"]
    }


def exported(workbook):
    """Returns the parameters that a selected row sets, each with the name of its part."""
    return {
        export["parameterName"]: part.name
        for part in parts(workbook).values()
        for export in part.item["content"].get("exportedParameters", [])
    }


def defaults(workbook):
    """Returns the values with which the workbook opens."""
    values = {
        name: ALL if parameter["type"] == DROP_DOWN else parameter["value"]
        for name, parameter in parameters(workbook).items()
    }
    return {**values, **dict.fromkeys(exported(workbook), "")}


def filled(workbook, query, values):
    """Replaces the parameters in a query with their values.

    Raises ValueProblem if a value is missing or is not valid for its parameter.
    """
    known = parameters(workbook)
    return PARAMETER.sub(partial(_put, known, values), query)


def _put(known, values, found):
    name, format_ = found.groups()
    if name not in values:
        raise ValueProblem(f"{name} has no value")
    parameter = known.get(name, {"type": TEXT})
    match parameter["type"]:
        case 4:
            return time_range(name, values[name], format_)
        case 2:
            return several(parameter, values[name])
    return text(name, parameter, values[name])


def time_range(name, value, format_):
    """Returns the KQL for a time range: {"durationMs": …} or {"startTime": …, "endTime": …}."""
    if not isinstance(value, dict):
        raise ValueProblem(f"{name} is not a time range")
    if "durationMs" in value:
        milliseconds = value["durationMs"]
        if not isinstance(milliseconds, int) or milliseconds <= 0:
            raise ValueProblem(f"{name} is not a duration")
        return grain(milliseconds) if format_ == "grain" else f"> ago({timespan(milliseconds)})"
    try:
        start, end = (datetime.fromisoformat(value[key]) for key in ("startTime", "endTime"))
        milliseconds = (end - start).total_seconds() * 1000
    except (KeyError, TypeError, ValueError):
        raise ValueProblem(f"{name} is not a time range") from None
    if format_ == "grain":
        return grain(milliseconds)
    return f'between (datetime("{start.isoformat()}") .. datetime("{end.isoformat()}"))'


def timespan(milliseconds):
    """Returns a KQL timespan in the largest unit that divides the duration."""
    size, unit = next(((size, unit) for size, unit in UNITS if milliseconds % size == 0), (1, "ms"))
    return f"{milliseconds // size}{unit}"


def grain(milliseconds):
    """Returns the time step for a range."""
    sizes = {unit: size for size, unit in UNITS}
    fits = (step for step in GRAINS if milliseconds / (int(step[:-1]) * sizes[step[-1]]) <= MOST_STEPS)
    return next(fits, GRAINS[-1])


def several(parameter, values):
    """Returns the KQL for a multi-value parameter."""
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise ValueProblem(f"{parameter['name']} is not a list of values")
    if not all(SAFE.fullmatch(value) for value in values):
        raise ValueProblem(f"{parameter['name']} contains a value that is not base64")
    quote = parameter["quote"]
    return parameter["delimiter"].join(f"{quote}{value}{quote}" for value in values)


def text(name, parameter, value):
    """Returns a text value if the parameter's validation rules allow it. Without rules, the value must be base64."""
    rules = parameter.get("typeSettings", {}).get("paramValidationRules", [])
    allowed = [(re.compile(rule["regExp"]), rule["message"]) for rule in rules] or [(SAFE, "Enter base64")]
    for pattern, message in allowed:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueProblem(f"{name} is not valid. {message}")
    return value


class Book:
    """A workbook over the current rows of a workspace."""

    def __init__(self, workbook, workspace, now):
        self.workbook = workbook
        self.parts = parts(workbook)
        self.now = now
        self.workspace = workspace
        workspace.bill()
        workspace.materialise(EVENTS, f"{EVENTS}()", functions.definitions(workspace.table))

    def rows(self, name, values, workspace=None):
        """Returns the rows of a part. Another thread must pass its own branch of the workspace."""
        return self._query(self.parts[name].query, values, workspace)

    def choices(self, name, values, workspace=None):
        """Returns the choices of a multi-value parameter: [{"value", "label"}]."""
        return self._query(parameters(self.workbook)[name]["query"], values, workspace)

    def _query(self, query, values, workspace):
        return (workspace or self.workspace).query(filled(self.workbook, query, values), self.now)
