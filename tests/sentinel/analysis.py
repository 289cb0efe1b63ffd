"""Microsoft's analyser, of which `analyse.mjs` asks."""

import json
import subprocess
from pathlib import Path

NODE = ["node", str(Path(__file__).parent / "analyse.mjs")]


def analyse(tables, queries, functions=()):
    """For each query its problems, columns with types, and the operators and functions that it uses."""
    asked = {"tables": tables, "queries": queries, "functions": list(functions)}
    answer = subprocess.run(NODE, input=json.dumps(asked).encode(), stdout=subprocess.PIPE, check=True).stdout
    return json.loads(answer)


def queried(columns):
    """A table's columns as queries see them: a UUID is text, and there is no other name for a boolean."""
    kinds = {"guid": "string", "boolean": "bool"}
    return {name: kinds.get(kind.lower(), kind.lower()) for name, kind in columns.items()}
