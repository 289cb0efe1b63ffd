"""ASIM parsers as a workspace calls them, and the rows that ASIM's own tests ask for."""

import json
import re

import rules
import scenarios
from conftest import ROOT

DIRECTORY = ROOT / "sentinel" / "asim"
PARSERS = rules.load(DIRECTORY)
SCHEMAS = sorted({parser["Normalization"]["Schema"] for parser in PARSERS.values()})
# duckdb-kql has no has_any_ipv4_prefix: its calls become comparisons with the prefixes that are asked for.
HAS_PREFIX = re.compile(r"has_any_ipv4_prefix\((\w+), (\w+)\)")
# Columns that each table has, besides its own.
STANDARD = {"Type": "string", "_ItemId": "string"}


def filtering(schema):
    return PARSERS[f"vim{schema}ESETPROTECT"]


def plain(schema):
    return PARSERS[f"ASim{schema}ESETPROTECT"]


def literal(kind, value):
    """A value of a parameter, in KQL."""
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
    """The parameters of a parser, as functions declare them."""
    quoted = [
        (given["Name"], given["Type"], f"'{given['Default']}'" if given["Type"] == "string" else str(given["Default"]).lower())
        for given in parser["ParserParams"]
    ]
    return ", ".join(kind.format(*given) for given in quoted)


def bound(parser, **arguments):
    """A parser's query with its parameters given: those that are not have their defaults."""
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
    """Whether an address begins with a prefix that ends in a dot, or is the address itself."""
    return f'{column} startswith "{prefix}"' if prefix.endswith(".") else f'{column} == "{prefix}"'


def fill(workspace, records):
    """Fills the table, with the columns that Azure adds to each row."""
    workspace.fill(records)
    workspace.connection.execute(
        "CREATE OR REPLACE TABLE stored AS "
        "SELECT *, 'eset_CL' AS Type, CAST(row_number() OVER () AS VARCHAR) AS _ItemId FROM stored"
    )
    workspace.renew()


def rows(workspace, parser, **arguments):
    """What a parser gives, oldest first."""
    query = f"{bound(parser, **arguments)}\n| sort by TimeGenerated asc"
    return workspace.query(query, scenarios.time("1 00:00"))


def kept(workspace, schema, **arguments):
    """The numbers of the rows that a parser's filters keep. What follows those takes most of the time, and is left out."""
    parser = filtering(schema)
    filters, _, rest = parser["ParserQuery"].partition("| project\n")
    assert "where" not in rest
    short = {**parser, "ParserQuery": f"{filters}| project TimeGenerated, _ItemId"}
    return [int(row["_ItemId"]) for row in rows(workspace, short, **arguments)]
