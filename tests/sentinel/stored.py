"""Functions as a workspace stores them, tables that the retired Data Collector API filled, and rows as scenarios state them."""

import re
from datetime import datetime

import functions
import rules
import scenarios

FUNCTIONS = functions.BODIES
definitions = functions.definitions
SQL = {"b": "BOOLEAN", "d": "DOUBLE", "t": "TIMESTAMPTZ"}


def columns_of(workspace):
    """The stored table's columns."""
    return [row[0] for row in workspace.connection.execute("DESCRIBE stored").fetchall()]


def add_old(workspace, columns, rows):
    """Gives the stored table columns and rows of a table as it was before; the next fill takes them away."""
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
    """Turns the stored rows into what the retired Data Collector API made of the same events, all values sent as text."""
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
    """A value as scenarios state it: times in full, sets in order."""
    if isinstance(value, datetime):
        return rules.text(value)
    return sorted(value) if isinstance(value, list) else value


def of_time(value):
    """A time in full, of one written as in messages; other values as they are."""
    if isinstance(value, str) and re.fullmatch(r"(-?\d+ )?\d\d:\d\d(:\d\d)?", value):
        return rules.text(scenarios.time(value))
    return value


def agree(got, expected):
    """Whether rows have the expected values, in the expected order, and no row is left over."""
    return len(got) == len(expected) and all(
        {name: plain(row[name]) for name in wanted} == {name: of_time(value) for name, value in wanted.items()}
        for wanted, row in zip(expected, got)
    )
