"""The functions in sentinel/functions, as stored functions for duckdb-kql."""

import re
from pathlib import Path

import rules

DIRECTORY = Path(__file__).resolve().parent.parent / "functions"
BODIES = {file["FunctionAlias"]: file["FunctionQuery"].rstrip() for file in rules.load(DIRECTORY).values()}
IF_EXISTS = re.compile(r"""column_ifexists\("(\w+)", ("[^"]*"|\w+\(null\))\)""")


def definitions(columns):
    """Returns the function definitions for a table with these columns.

    duckdb-kql does not support column_ifexists. Each call is replaced with the column if the table has it, and with the
    default otherwise.
    """
    bodies = {
        name: IF_EXISTS.sub(lambda call: call[1] if call[1] in columns else call[2], body) for name, body in BODIES.items()
    }
    assert not any("column_ifexists" in body for body in bodies.values())
    return [f"function {name}() {{ {body} }}" for name, body in bodies.items()]
