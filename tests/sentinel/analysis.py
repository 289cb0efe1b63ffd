"""Calls Microsoft's KQL analyser through `analyse.mjs`."""

import json
import subprocess
from pathlib import Path

NODE = ["node", str(Path(__file__).parent / "analyse.mjs")]


def analyse(tables, queries, functions=()):
    """Returns for each query its problems, its columns with types, and the operators and functions that it uses."""
    asked = {"tables": tables, "queries": queries, "functions": list(functions)}
    answer = subprocess.run(NODE, input=json.dumps(asked).encode(), stdout=subprocess.PIPE, check=True).stdout
    return json.loads(answer)


def queried(columns):
    """Returns a table's columns with the types that queries see: a UUID is a string, and a boolean is a bool."""
    kinds = {"guid": "string", "boolean": "bool"}
    return {name: kinds.get(kind.lower(), kind.lower()) for name, kind in columns.items()}
