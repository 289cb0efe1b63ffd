"""The workbook over a workspace in memory: its parts, its parameters, and the rows that a part gives with values for them.

What Azure puts in the place of a parameter, as its documentation says: {TimeRange} becomes `> ago(7d)`, or a range where the
time is chosen freely; {TimeRange:grain} a step that suits it; a parameter of several values 'a','b', and '*' for All.
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
# What a value may be: base64 of a name, or All. Others would be part of the query.
SAFE = re.compile(r"[A-Za-z0-9+/=]*|\*")
UNITS = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")]
# Steps over time, of which a chart has at most as many as fit.
GRAINS = ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1d", "2d", "7d"]
MOST_STEPS = 60


class ValueProblem(ValueError):
    """A value that a parameter cannot have."""


@dataclass
class Part:
    """A part that queries: where it is, how it looks, and the rest of what the workbook says of it."""

    name: str
    tab: str
    query: str
    show: str
    item: dict


def load(path):
    """The workbook of a file."""
    return json.loads(path.read_text("utf-8"))


def items(workbook, tab=""):
    """(tab, item) for each item that is no group, in the order in which they are seen."""
    for item in workbook["items"]:
        if item["type"] == 12:
            yield from items(item["content"], item["name"])
        else:
            yield tab, item


def parts(workbook):
    """The parts that query, by their names."""
    return {
        item["name"]: Part(item["name"], tab, item["content"]["query"], item["content"]["visualization"], item)
        for tab, item in items(workbook)
        if item["type"] == 3
    }


def parameters(workbook):
    """The parameters that a person sets, by their names."""
    return {
        parameter["name"]: parameter
        for _, item in items(workbook)
        if item["type"] == 9
        for parameter in item["content"]["parameters"]
    }


def exported(workbook):
    """The names of parameters that a choice in a part sets."""
    return {
        export["parameterName"]: part.name
        for part in parts(workbook).values()
        for export in part.item["content"].get("exportedParameters", [])
    }


def defaults(workbook):
    """The values with which the workbook opens."""
    values = {
        name: ALL if parameter["type"] == DROP_DOWN else parameter["value"]
        for name, parameter in parameters(workbook).items()
    }
    return {**values, **dict.fromkeys(exported(workbook), "")}


def filled(workbook, query, values):
    """A query with values in the place of parameters.

    Raises ValueProblem where a value is missing or not of its parameter's form.
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
    """A time range in a query: {"durationMs": …} or {"startTime": …, "endTime": …}."""
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
    """A duration as KQL has it, in the largest unit in which it is whole."""
    size, unit = next(((size, unit) for size, unit in UNITS if milliseconds % size == 0), (1, "ms"))
    return f"{milliseconds // size}{unit}"


def grain(milliseconds):
    """The step for a range."""
    sizes = {unit: size for size, unit in UNITS}
    fits = (step for step in GRAINS if milliseconds / (int(step[:-1]) * sizes[step[-1]]) <= MOST_STEPS)
    return next(fits, GRAINS[-1])


def several(parameter, values):
    """A parameter of several values in a query."""
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise ValueProblem(f"{parameter['name']} is not a list of values")
    if not all(SAFE.fullmatch(value) for value in values):
        raise ValueProblem(f"{parameter['name']} has a value that is not base64")
    quote = parameter["quote"]
    return parameter["delimiter"].join(f"{quote}{value}{quote}" for value in values)


def text(name, parameter, value):
    """A text in a query, which the parameter's rules allow; without rules, base64."""
    rules = parameter.get("typeSettings", {}).get("paramValidationRules", [])
    allowed = [(re.compile(rule["regExp"]), rule["message"]) for rule in rules] or [(SAFE, "base64")]
    for pattern, message in allowed:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueProblem(f"{name} is not what is asked for: {message}")
    return value


class Book:
    """A workbook over the rows that a workspace has now."""

    def __init__(self, workbook, workspace, now):
        self.workbook = workbook
        self.parts = parts(workbook)
        self.now = now
        self.workspace = workspace
        workspace.bill()
        workspace.materialise(EVENTS, f"{EVENTS}()", functions.definitions(workspace.table))

    def rows(self, name, values, workspace=None):
        """The rows of a part. Another thread gives its own branch of the workspace."""
        return self._query(self.parts[name].query, values, workspace)

    def choices(self, name, values, workspace=None):
        """[{"value", "label"}] of which a parameter of several values may have any."""
        return self._query(parameters(self.workbook)[name]["query"], values, workspace)

    def _query(self, query, values, workspace):
        return (workspace or self.workspace).query(filled(self.workbook, query, values), self.now)
