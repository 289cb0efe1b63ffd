"""An in-memory Log Analytics workspace: records pass through the DCR's transformation into eset_CL, for KQL queries.

DuckDB stores the rows, and duckdb-kql translates the queries. This module compensates for the differences from Azure:
- A string in Kusto is never null, so missing strings are stored as ''.
- A UUID column is stored and queried as a string.
- ingestion_time() is the column _TimeIngested, and _BilledSize is calculated only for a workbook.
- duckdb-kql interprets a backslash in a string that is encoded in base64 as the start of a hexadecimal byte.
"""

import copy
import json
import re
import tempfile
from datetime import datetime, timezone
from functools import cache

import duckdb_kql

TABLE = "eset_CL"
INGESTED = "_TimeIngested"
# The query parameter that duckdb-kql uses for the current time.
NOW = "kqlnow"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BILLED = "_BilledSize"
# The length of a timestamp in Azure's text format.
TIME = len("2026-01-01T00:00:00.0000000Z")
BASE64 = re.compile(r"to_base64\(CAST\((.+?) AS BLOB\)\)")
SQL_TYPES = {
    "string": "VARCHAR",
    "guid": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
}


class Workspace:
    """The table and the data collection rule of an ARM template, with rows."""

    def __init__(self, template):
        resources = {resource["type"].rsplit("/", 1)[1]: resource["properties"] for resource in template["resources"]}
        rule = resources["dataCollectionRules"]
        (declaration,) = rule["streamDeclarations"].values()
        self.stream = {column["name"]: column["type"].lower() for column in declaration["columns"]}
        self.table = {column["name"]: column["type"].lower() for column in resources["tables"]["schema"]["columns"]}
        self.transform = rule["dataFlows"][0]["transformKql"]
        self.connection = duckdb_kql.connect()
        # Tables are small, so more threads would only slow each other down.
        self.connection.execute("SET threads = 1")
        self.seen = ()
        self.results = {}
        self._named = frozenset()
        self._statements = {}
        self._insert = self._insertion()

    def _insertion(self):
        """Returns the SQL statement of the transformation, from `source` to the columns of `stored`."""
        columns = {**self.stream, INGESTED: "datetime"}
        declared = ", ".join(f'"{name}" {SQL_TYPES[kind]}' for name, kind in columns.items())
        self.connection.execute(f"CREATE OR REPLACE TABLE source ({declared})")
        transformed = duckdb_kql.to_sql(f"{self.transform},\n    {INGESTED}", schema={"source": list(columns)})
        stored = ", ".join(f"{stored_form(name, kind)} AS \"{name}\"" for name, kind in self.table.items())
        return f"CREATE OR REPLACE TABLE stored AS SELECT {stored}, {INGESTED} FROM ({transformed})"

    def fill(self, records):
        """Replaces the rows. A record has the stream's fields. _TimeIngested defaults to TimeGenerated."""
        connection = self.connection
        self.results = {}
        connection.execute("DELETE FROM source")
        columns = {**self.stream, INGESTED: "datetime"}
        types = {name: SQL_TYPES[kind] for name, kind in columns.items()}
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            for record in records:
                file.write(json.dumps({INGESTED: record["TimeGenerated"], **record}) + "\n")
            file.flush()
            if file.tell():
                names = ", ".join(f'"{name}"' for name in columns)
                read = f"read_json('{file.name}', format='newline_delimited', columns={types}, maximum_object_size=16777216)"
                connection.execute(f"INSERT INTO source SELECT {names} FROM {read}")
        connection.execute(self._insert)
        self.renew()

    def renew(self):
        """Makes all stored rows and columns visible to queries."""
        self.see_all()
        stored = [row[0] for row in self.connection.execute("DESCRIBE stored").fetchall()]
        self.seen = tuple(name for name in stored if not self._named or name in self._named | {INGESTED, "TimeGenerated"})
        columns = ", ".join(f'"{name}"' for name in self.seen)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {TABLE} AS SELECT {columns} FROM stored "
            f"WHERE TimeGenerated > getvariable('seen_from') AND TimeGenerated <= getvariable('seen_until') "
            f"AND {INGESTED} <= getvariable('seen_until')"
        )

    def branch(self, *queries):
        """Returns a view of the same rows for another thread, limited to the columns that the queries name, if any."""
        other = copy.copy(self)
        other.connection = self.connection.cursor()
        other.connection.execute("SET TimeZone = 'UTC'")
        other._statements = {}
        other.see_only(*queries)
        other.renew()
        return other

    def keep(self, kql):
        """Stores the current rows of a query in the table `kept` and returns its column names."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {translated(kql, self._tables(), ())}")
        return [row[0] for row in self.connection.execute("DESCRIBE kept").fetchall()]

    def materialise(self, name, kql, functions):
        """Stores a query's current result as a table until the next `fill`, so that it is evaluated only once."""
        self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {translated(kql, self._tables(), tuple(functions))}')
        self.results[name] = tuple(row[0] for row in self.connection.execute(f'DESCRIBE "{name}"').fetchall())

    def bill(self):
        """Adds the column _BilledSize, which Azure has in every table. The next `fill` removes it."""
        sizes = " + ".join(f"COALESCE({billed_size(name, kind)}, 0)" for name, kind in self.table.items())
        self.connection.execute(f"ALTER TABLE stored ADD COLUMN {BILLED} DOUBLE")
        self.connection.execute(f"UPDATE stored SET {BILLED} = {sizes}")
        self.renew()

    def replace(self, select, columns):
        """Makes queries see the result of an SQL statement instead of the stored rows."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {TABLE} AS {select}")
        self.seen = tuple(columns)

    def see_only(self, *queries):
        """Limits the visible columns to those that these queries name, for speed, from the next `fill` on.

        Without queries, all columns are visible again.
        """
        self._named = frozenset(re.findall(r"\w+", " ".join(queries)))

    def see_all(self):
        """Makes every row visible to queries."""
        self._window("-infinity", "infinity")

    def see(self, start, now):
        """Limits queries to the rows that a rule run sees: rows generated after `start` that have arrived by `now`."""
        self._window(start.replace(tzinfo=None), now.replace(tzinfo=None))

    def _window(self, start, until):
        self.connection.execute(f"SET VARIABLE seen_from = TIMESTAMP '{start}'; SET VARIABLE seen_until = TIMESTAMP '{until}'")

    def ingestion_times(self):
        """Returns the distinct ingestion times in order."""
        found = self.connection.execute(f"SELECT DISTINCT {INGESTED} FROM stored ORDER BY 1")
        return [row[0].replace(tzinfo=timezone.utc) for row in found.fetchall()]

    def _tables(self):
        """Returns the tables that queries can name, with their columns."""
        return ((TABLE, self.seen), *self.results.items())

    def query(self, kql, now, functions=None):
        """Returns the rows of a query at a point in time as dictionaries. Dynamic values are decoded.

        `functions` are definitions of stored functions that the query may call: "function Name() { … }".
        """
        sql = translated(kql, self._tables(), tuple(functions or ()))
        if sql not in self._statements:
            (self._statements[sql],) = self.connection.extract_statements(sql)
        parameters = {**sql.parameters, NOW: now} if f"${NOW}" in sql else sql.parameters
        result = self.connection.execute(self._statements[sql], parameters)
        kinds = [(column[0], str(column[1]) == "JSON") for column in result.description]
        return [
            {name: json.loads(value) if dynamic and value is not None else value
             for (name, dynamic), value in zip(kinds, row)}
            for row in result.fetchall()
        ]  # fmt: skip


@cache
def translated(kql, tables, functions):
    """Translates a query to SQL. The current time is a parameter of the SQL."""
    kql = re.sub(r"\bingestion_time\(\)", INGESTED, kql)
    schema = {name: list(columns) for name, columns in tables}
    sql = duckdb_kql.to_sql(kql, schema=schema, query_now=EPOCH, functions=list(functions) or None)
    mended = type(sql)(BASE64.sub(r"to_base64(encode(\1))", sql))
    vars(mended).update(vars(sql))
    return mended


def stored_form(name, kind):
    """Returns the SQL expression with which the table stores a column."""
    return f"COALESCE(CAST(\"{name}\" AS VARCHAR), '')" if SQL_TYPES[kind] == "VARCHAR" else f'"{name}"'


def billed_size(name, kind):
    """Returns the SQL expression for the billed bytes of a column: its size as text. A missing value is free."""
    return f'CASE WHEN "{name}" IS NOT NULL THEN {TIME} END' if kind == "datetime" else f'strlen(CAST("{name}" AS VARCHAR))'
