"""Runs the ASIM parsers as a workspace would, for tests."""

import json
import re

import rules
import scenarios
from conftest import ROOT

DIRECTORY = ROOT / "sentinel" / "asim"
PARSERS = rules.load(DIRECTORY)
SCHEMAS = sorted({parser["Normalization"]["Schema"] for parser in PARSERS.values()})
# duckdb-kql does not support has_any_ipv4_prefix. Calls are replaced with comparisons with the given prefixes.
HAS_PREFIX = re.compile(r"has_any_ipv4_prefix\((\w+), (\w+)\)")
# The standard columns that Azure adds to every table.
STANDARD = {"Type": "string", "_ItemId": "string"}


def filtering(schema):
    return PARSERS[f"vim{schema}ESETPROTECT"]


def plain(schema):
    return PARSERS[f"ASim{schema}ESETPROTECT"]


def literal(kind, value):
    """Returns a parameter value as a KQL literal."""
    if value is None:
        return f"{kind}(null)"
    if kind == "datetime":
        return f"datetime({value.isoformat()})"
    if kind == "dynamic":
        return f"dynamic({json.dumps(value)})"
    if kind == "string":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value).lower()


def declared(parser, kind="{0}:{1}={2}"):
    """Returns a parser's parameters as a function declares them."""
    quoted = [
        (given["Name"], given["Type"], f"'{given['Default']}'" if given["Type"] == "string" else str(given["Default"]).lower())
        for given in parser["ParserParams"]
    ]
    return ", ".join(kind.format(*given) for given in quoted)


def bound(parser, **arguments):
    """Returns a parser's query with its parameters bound. Parameters that are not given have their defaults."""
    given = {parameter["Name"]: parameter for parameter in parser["ParserParams"]}
    assert set(arguments) <= set(given)
    lets = []
    for name, parameter in given.items():
        default = "'*'" if parameter["Type"] == "string" else str(parameter["Default"]).lower()
        value = literal(parameter["Type"], arguments[name]) if name in arguments else default
        lets.append(f"let {name} = {value};")

    def compared(call):
        return " or ".join(has_prefix(call[1], prefix) for prefix in arguments.get(call[2]) or []) or "false"

    query = HAS_PREFIX.sub(lambda call: f"({compared(call)})", parser["ParserQuery"].rstrip())
    return "\n".join([*lets, query])


def has_prefix(column, prefix):
    """Returns the KQL condition that an address starts with a prefix ending in a dot, or equals a full address."""
    return f'{column} startswith "{prefix}"' if prefix.endswith(".") else f'{column} == "{prefix}"'


def fill(workspace, records):
    """Fills the table and adds Azure's standard columns."""
    workspace.fill(records)
    workspace.connection.execute(
        "CREATE OR REPLACE TABLE stored AS "
        "SELECT *, 'eset_CL' AS Type, CAST(row_number() OVER () AS VARCHAR) AS _ItemId FROM stored"
    )
    workspace.renew()


def rows(workspace, parser, **arguments):
    """Returns the rows of a parser, the oldest first."""
    query = f"{bound(parser, **arguments)}\n| sort by TimeGenerated asc"
    return workspace.query(query, scenarios.time("1 00:00"))


def kept(workspace, schema, **arguments):
    """Returns the numbers of the rows that a parser's filters keep. Omits the later steps, which are slow."""
    parser = filtering(schema)
    filters, _, rest = parser["ParserQuery"].partition("| project\n")
    assert "where" not in rest
    short = {**parser, "ParserQuery": f"{filters}| project TimeGenerated, _ItemId"}
    return [int(row["_ItemId"]) for row in rows(workspace, short, **arguments)]
