"""Stored functions, tables filled by the retired Data Collector API, and comparison of rows with scenarios."""

import re
from datetime import datetime

import functions
import rules
import scenarios

FUNCTIONS = functions.BODIES
definitions = functions.definitions
SQL = {"b": "BOOLEAN", "d": "DOUBLE", "t": "TIMESTAMPTZ"}


def columns_of(workspace):
    """Returns the stored table's columns."""
    return [row[0] for row in workspace.connection.execute("DESCRIBE stored").fetchall()]


def add_old(workspace, columns, rows):
    """Adds columns and rows of an old table to the stored table. The next `fill` removes them."""
    connection = workspace.connection
    for name, kind in columns.items():
        connection.execute(f"ALTER TABLE stored ADD COLUMN {name} {kind}" + (" DEFAULT ''" if kind == "VARCHAR" else ""))
    texts = [name for name, kind in [row[:2] for row in connection.execute("DESCRIBE stored").fetchall()] if kind == "VARCHAR"]
    for row in rows:
        values = {**dict.fromkeys(texts, ""), **{name: of_time(value) for name, value in row.items()}}
        values["_TimeIngested"] = values["TimeGenerated"]
        names = ", ".join(f'"{name}"' for name in values)
        connection.execute(f"INSERT INTO stored ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
    workspace.renew()


def make_old(workspace):
    """Converts the stored rows to the form in which the retired Data Collector API stored events sent as text."""
    was = {"source_uuid_s": ("source_uuid_g", "source_uuid_g"), "detection_uuid_s": ("detection_uuid_g", "detection_uuid_g")}
    for old, new in [("occured_s", "occurred_t"), ("firstseen_s", "firstseen_t")]:
        was[old] = (new, f"strftime({new}, '%d-%b-%Y %H:%M:%S')")
    for column in columns_of(workspace):
        if column.endswith("_b"):
            was[f"{column[:-2]}_s"] = (column, f"CASE WHEN {column} THEN 'True' WHEN NOT {column} THEN 'False' END")
        elif column.endswith("_d"):
            was[f"{column[:-2]}_s"] = (column, f"CAST(CAST({column} AS BIGINT) AS VARCHAR)")
    emptied = ", ".join(
        f"'' AS {new}" if new[-1] in "sg" else f"CAST(NULL AS {SQL[new[-1]]}) AS {new}" for new, _ in was.values()
    )
    added = ", ".join(f"COALESCE({value}, '') AS {old}" for old, (_, value) in was.items())
    workspace.connection.execute(f"CREATE OR REPLACE TABLE stored AS SELECT * REPLACE ({emptied}), {added} FROM stored")
    workspace.renew()


def plain(value):
    """Converts a value to the form used in scenarios: full timestamps and sorted sets."""
    if isinstance(value, datetime):
        return rules.text(value)
    return sorted(value) if isinstance(value, list) else value


def of_time(value):
    """Expands a scenario time to a full timestamp. Returns other values unchanged."""
    if isinstance(value, str) and re.fullmatch(r"(-?\d+ )?\d\d:\d\d(:\d\d)?", value):
        return rules.text(scenarios.time(value))
    return value


def agree(got, expected):
    """Returns whether the rows match the expected values in order, with no row left over."""
    return len(got) == len(expected) and all(
        {name: plain(row[name]) for name in wanted} == {name: of_time(value) for name, value in wanted.items()}
        for wanted, row in zip(expected, got)
    )
