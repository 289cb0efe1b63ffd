"""A Log Analytics workspace in memory: records go through the rule's transformation into eset_CL, and KQL queries them.

DuckDB stores the rows, and duckdb-kql translates the queries. What differs from Azure, and is made up for here:
- A string in Kusto is never null: missing ones are stored as ''.
- A UUID column is stored and queried as a string.
- ingestion_time() is the column _TimeIngested, and _BilledSize is counted when a workbook asks for it.
- duckdb-kql reads a backslash in a text that becomes base64 as the beginning of a byte in hexadecimal.
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
# The parameter that duckdb-kql gives to a query for the time at which it runs.
NOW = "kqlnow"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BILLED = "_BilledSize"
# How Azure shows a point in time, and so how long it is as text.
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
    """The table and the data collection rule of a template, filled with rows."""

    def __init__(self, template):
        resources = {resource["type"].rsplit("/", 1)[1]: resource["properties"] for resource in template["resources"]}
        rule = resources["dataCollectionRules"]
        (declaration,) = rule["streamDeclarations"].values()
        self.stream = {column["name"]: column["type"].lower() for column in declaration["columns"]}
        self.table = {column["name"]: column["type"].lower() for column in resources["tables"]["schema"]["columns"]}
        self.transform = rule["dataFlows"][0]["transformKql"]
        self.connection = duckdb_kql.connect()
        # Tables are small: more threads only get into each other's way.
        self.connection.execute("SET threads = 1")
        self.seen = ()
        self.results = {}
        self._named = frozenset()
        self._statements = {}
        self._insert = self._insertion()

    def _insertion(self):
        """The transformation in SQL, from `source` to the columns of `stored`."""
        columns = {**self.stream, INGESTED: "datetime"}
        declared = ", ".join(f'"{name}" {SQL_TYPES[kind]}' for name, kind in columns.items())
        self.connection.execute(f"CREATE OR REPLACE TABLE source ({declared})")
        transformed = duckdb_kql.to_sql(f"{self.transform},\n    {INGESTED}", schema={"source": list(columns)})
        stored = ", ".join(f"{stored_form(name, kind)} AS \"{name}\"" for name, kind in self.table.items())
        return f"CREATE OR REPLACE TABLE stored AS SELECT {stored}, {INGESTED} FROM ({transformed})"

    def fill(self, records):
        """Replaces the rows. A record has the stream's fields; _TimeIngested is TimeGenerated where it is missing."""
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
        """Queries see the stored rows and columns as they are now, all of them."""
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
        """Another view of the same rows, for another thread: of the columns that queries name, or of all."""
        other = copy.copy(self)
        other.connection = self.connection.cursor()
        other.connection.execute("SET TimeZone = 'UTC'")
        other._statements = {}
        other.see_only(*queries)
        other.renew()
        return other

    def keep(self, kql):
        """Makes the table `kept` of the rows that a query gives now, and names its columns."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {translated(kql, self._tables(), ())}")
        return [row[0] for row in self.connection.execute("DESCRIBE kept").fetchall()]

    def materialise(self, name, kql, functions):
        """Makes a table of what a query gives now, until the next filling: a function's result, so that it is made once."""
        self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {translated(kql, self._tables(), tuple(functions))}')
        self.results[name] = tuple(row[0] for row in self.connection.execute(f'DESCRIBE "{name}"').fetchall())

    def bill(self):
        """Gives the stored rows the column _BilledSize, which Azure has in every table; the next filling takes it away."""
        sizes = " + ".join(f"COALESCE({billed_size(name, kind)}, 0)" for name, kind in self.table.items())
        self.connection.execute(f"ALTER TABLE stored ADD COLUMN {BILLED} DOUBLE")
        self.connection.execute(f"UPDATE stored SET {BILLED} = {sizes}")
        self.renew()

    def replace(self, select, columns):
        """Queries see what a statement of SQL gives, in place of the stored rows."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {TABLE} AS {select}")
        self.seen = tuple(columns)

    def see_only(self, *queries):
        """From the next filling on queries see only the columns that these name, which is faster; without any, all again."""
        self._named = frozenset(re.findall(r"\w+", " ".join(queries)))

    def see_all(self):
        """Queries see every row."""
        self._window("-infinity", "infinity")

    def see(self, start, now):
        """Queries see what a rule sees that looks back to `start`: rows of that time that have arrived by `now`."""
        self._window(start.replace(tzinfo=None), now.replace(tzinfo=None))

    def _window(self, start, until):
        self.connection.execute(f"SET VARIABLE seen_from = TIMESTAMP '{start}'; SET VARIABLE seen_until = TIMESTAMP '{until}'")

    def ingestion_times(self):
        """When rows arrived, each time once, in order."""
        found = self.connection.execute(f"SELECT DISTINCT {INGESTED} FROM stored ORDER BY 1")
        return [row[0].replace(tzinfo=timezone.utc) for row in found.fetchall()]

    def _tables(self):
        """What queries can name, with the columns."""
        return ((TABLE, self.seen), *self.results.items())

    def query(self, kql, now, functions=None):
        """The rows that a query gives at a point in time, as dictionaries. Dynamic values are decoded.

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
    """A query in SQL. The time at which it runs is a parameter of it."""
    kql = re.sub(r"\bingestion_time\(\)", INGESTED, kql)
    schema = {name: list(columns) for name, columns in tables}
    sql = duckdb_kql.to_sql(kql, schema=schema, query_now=EPOCH, functions=list(functions) or None)
    mended = type(sql)(BASE64.sub(r"to_base64(encode(\1))", sql))
    vars(mended).update(vars(sql))
    return mended


def stored_form(name, kind):
    """A column as the table stores it."""
    return f"COALESCE(CAST(\"{name}\" AS VARCHAR), '')" if SQL_TYPES[kind] == "VARCHAR" else f'"{name}"'


def billed_size(name, kind):
    """The bytes of a column for which Log Analytics bills: those of its value as text. A missing value has none."""
    return f'CASE WHEN "{name}" IS NOT NULL THEN {TIME} END' if kind == "datetime" else f'strlen(CAST("{name}" AS VARCHAR))'
