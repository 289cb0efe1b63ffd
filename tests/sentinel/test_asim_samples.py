"""The sample rows for the Azure-Sentinel repository's parser tests are current and meet the tests' requirements.

Source: Azure-Sentinel repository, ingestASimSampleData and ASimFilteringTest in .script/tests/asimParsersTest.
"""

import csv
import io

import pytest

import asim
import samples
from asim_schemas import faults
from conftest import command
from workspace import INGESTED, SQL_TYPES, TABLE

DIRECTORY = asim.DIRECTORY / "samples"
FILES = sorted(path.name for path in DIRECTORY.iterdir())
# A value that does not occur in any row.
NONE = "!not_REAL_vAlUe"
# The column that each parameter filters.
COLUMNS = {
    "AlertEvent": {"ipaddr_has_any_prefix": "DvcIpAddr", "hostname_has_any": "DvcHostname", "username_has_any": "Username",
        "threatcategory_has_any": "ThreatCategory", "eventseverity_has_any": "EventSeverity"},
    "AuditEvent": {"actorusername_has_any": "ActorUsername", "operation_has_any": "Operation", "eventtype_in": "EventType",
        "eventresult": "EventResult", "object_has_any": "Object"},
    "Authentication": {"username_has_any": "User", "eventtype_in": "EventType", "eventresult": "EventResult",
        "targetappname_has_any": "TargetAppName", "eventresultdetails_in": "EventResultDetails"},
    "NetworkSession": {"srcipaddr_has_any_prefix": "SrcIpAddr", "dstipaddr_has_any_prefix": "DstIpAddr",
        "ipaddr_has_any_prefix": "IpAddr", "dstportnumber": "DstPortNumber", "hostname_has_any": "Hostname",
        "dvcaction": "DvcAction", "eventresult": "EventResult"},
    "WebSession": {"srcipaddr_has_any_prefix": "SrcIpAddr", "ipaddr_has_any_prefix": "IpAddr", "url_has_any": "Url",
        "eventresult": "EventResult"},
}  # fmt: skip
# The parameters whose columns have too few values for the repository's test, because ESET sends no others. A parser
# with such a parameter needs an entry in the test's list of exclusions.
TOO_FEW = {"eventtype_in", "targetappname_has_any", "eventresultdetails_in"}


def table(name):
    return list(csv.DictReader(io.StringIO((DIRECTORY / name).read_text("utf-8"))))


def sample(schema):
    return table(f"ESET_PROTECT_{schema}_IngestedLogs.csv")


def test_files_are_current(tmp_path, workspace):
    samples.write(tmp_path, command(), workspace)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (DIRECTORY / name).read_bytes(), f"{name}: run `make samples`"


def test_schema_has_the_tables_columns(workspace):
    kinds = {"guid": "string", "boolean": "bool"}
    wanted = {"Type": "string", **{name: kinds.get(kind, kind) for name, kind in workspace.table.items()}}
    listed = table(f"{TABLE}_Schema.csv")
    assert {row["ColumnName"]: row["ColumnType"] for row in listed} == wanted
    assert [int(row["ColumnOrdinal"]) for row in listed] == list(range(len(listed)))


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_ingestion_preserves_text(workspace, schema):
    """Ingestion reads text that looks like a number as a number and writes it back."""
    for row in sample(schema):
        assert row["Type"] == TABLE
        for name, kind in workspace.table.items():
            if SQL_TYPES[kind] == "VARCHAR":
                assert str(number(row[name])) == row[name], name


def number(value):
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value


@pytest.fixture
def ingested(workspace, request):
    """A schema and the workspace filled with its sample rows."""
    columns = {**workspace.table, INGESTED: "datetime", **asim.STANDARD}
    connection = workspace.connection
    declared = ", ".join(f'"{name}" {SQL_TYPES[kind]}' for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE stored ({declared})")
    for at, row in enumerate(sample(request.param), 1):
        row |= {INGESTED: row["TimeGenerated"], "_ItemId": str(at)}
        values = [row[name] if row[name] or SQL_TYPES[kind] == "VARCHAR" else None for name, kind in columns.items()]
        connection.execute(f"INSERT INTO stored VALUES ({', '.join('?' * len(values))})", values)
    workspace.renew()
    return request.param, workspace


@pytest.mark.parametrize("ingested", asim.SCHEMAS, indirect=True)
def test_rows_meet_the_schema_and_the_filters(ingested):
    schema, workspace = ingested
    rows = asim.rows(workspace, asim.filtering(schema))
    assert len(rows) == samples.ROWS
    assert [(fault, row) for row in rows for fault in faults(schema, row)] == []
    for parameter, column in COLUMNS[schema].items():
        of_row = {int(row["EventUid"]): row[column] for row in rows}
        if parameter in TOO_FEW and schema == "Authentication":
            assert len(set(of_row.values())) <= 2
        else:
            check_filter(schema, workspace, parameter, of_row)


def check_filter(schema, workspace, parameter, of_row):
    """Checks that one value keeps some of a column's values, two keep fewer than all, and an unused one none."""
    kind = next(given["Type"] for given in asim.filtering(schema)["ParserParams"] if given["Name"] == parameter)
    count = len(set(of_row.values()))
    values = sorted({value for value in of_row.values() if value not in ("", None)})[:2]
    given = [values[0], -967799 if kind == "int" else NONE]
    if kind == "dynamic":
        given = [values[:1], values, [NONE]]
    left = [len({of_row[row] for row in asim.kept(workspace, schema, **{parameter: value})}) for value in given]
    assert left.pop() == 0 and all(0 < few < count for few in left), (parameter, given, left)
