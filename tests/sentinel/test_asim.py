"""The ASIM parsers meet ASIM's schemas and the Azure-Sentinel repository's tests, and return the expected rows.

Sources: Azure-Sentinel repository, ASimSchemaTester, ASimDataTester, and the checks in .script/tests/asimParsersTest.
"""

import itertools
import re
from datetime import datetime

import pytest

import asim
import rules
import scenarios
import stored
from analysis import analyse, queried
from asim_schemas import TABLES, faults, of_schema
from conftest import ROOT

FILES = rules.load(ROOT / "tests" / "sentinel" / "asim")
SCENARIOS = list(scenarios.load("asim"))
IDS = [f"{name}: {scenario['name']}" for name, scenario in SCENARIOS]
CASES = [(schema, case) for schema in asim.SCHEMAS for case in FILES[schema]["filters"]["cases"]]
# The parameters of a parser without filters.
SWITCHES = {"disabled", "pack"}
ALERTS = ["Threat_Event", "BlockedFiles_Event", "HipsAggregated_Event", "EnterpriseInspectorAlert_Event", "ESET Inspect Alert"]
# The parameters that keep all rows or none, besides those for values that ESET does not send.
ALL_OR_NOTHING = ["disabled", "targetappname_has_any"]


def schema_of(parser):
    return parser["Normalization"]["Schema"]


@pytest.mark.parametrize("name", asim.PARSERS)
def test_form(name):
    """A parser has the structure that the repository's template check requires."""
    parser = asim.PARSERS[name]
    kind, schema = re.fullmatch(r"(ASim|vim)(\w+)ESETPROTECT", name).groups()
    assert parser["ParserName"] == name
    assert parser["EquivalentBuiltInParser"] == f"_{'Im' if kind == 'vim' else kind}_{schema}_ESETPROTECT"
    assert parser["Normalization"] == {"Schema": schema, "Version": TABLES[schema]["version"]}
    assert parser["Product"] == {"Name": "ESET PROTECT"}
    assert parser["Parser"]["Title"].endswith(f"{'filtering ' if kind == 'vim' else ''}parser for ESET PROTECT")
    assert re.fullmatch(r"\d+\.\d+\.\d+", parser["Parser"]["Version"])
    datetime.strptime(parser["Parser"]["LastUpdated"], "%b %d, %Y")
    assert parser["References"] == [
        {"Title": TABLES[schema]["title"], "Link": f"https://aka.ms/ASim{schema}Doc"},
        {"Title": "ASIM", "Link": "https://aka.ms/AboutASIM"},
    ]
    assert parser["Description"].strip().endswith("normalized schema.")
    for column, value in (("EventVendor", "ESET"), ("EventProduct", "PROTECT")):
        assert re.search(rf"{column}\s*=\s*['\"]([^'\"]+)['\"]", parser["ParserQuery"])[1] == value
    assert set(parser) == {"Parser", "Product", "Normalization", "References", "Description", "ParserName",
                           "EquivalentBuiltInParser", "ParserParams", "ParserQuery"}  # fmt: skip


def test_each_schema_has_both_parsers():
    assert asim.SCHEMAS == sorted(set(TABLES) - {"common"})
    assert sorted(asim.PARSERS) == sorted(f"{kind}{schema}ESETPROTECT" for kind in ("ASim", "vim") for schema in asim.SCHEMAS)


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_plain_parser_is_the_filtering_parser_without_its_filters(schema):
    filtering, plain = asim.filtering(schema), asim.plain(schema)
    filters = [parameter["Name"] for parameter in filtering["ParserParams"] if parameter["Name"] not in SWITCHES]
    named = re.compile(rf"\b({'|'.join(filters)})\b|ASimMatching")
    steps = []
    for step in re.split(r"(?m)^(?=\||let |eset_CL)", filtering["ParserQuery"]):
        if step.startswith("| project"):
            step = "".join(line for line in step.splitlines(True) if not named.search(line))
        elif named.search(step):
            continue
        steps.append(step)
    assert plain["ParserQuery"] == "".join(steps)
    assert {parameter["Name"] for parameter in plain["ParserParams"]} == SWITCHES


@pytest.fixture(scope="module")
def analysed(workspace):
    """The analyser's results for each parser's query, and for a call of each parser with named parameters."""
    tables = {"eset_CL": {**queried(workspace.table), **asim.STANDARD}}
    functions = [
        {"name": name, "parameters": f"({asim.declared(parser)})", "body": f"{{ {parser['ParserQuery']} }}"}
        for name, parser in asim.PARSERS.items()
    ]
    queries = {}
    for name, parser in asim.PARSERS.items():
        lets = asim.declared(parser, "let {0} = {2};").replace(";, ", ";\n")
        queries[name] = f"{lets}\n{parser['ParserQuery']}"
        named = ", ".join(f"{given['Name']} = {given['Name']}" for given in parser["ParserParams"])
        queries[f"call of {name}"] = f"{lets}\n{name}({named})"
    return analyse(tables, queries, functions)


@pytest.mark.parametrize("name", asim.PARSERS)
def test_columns(analysed, name):
    """A parser returns the columns that ASIM's schema test requires, with their types, and no others."""
    schema = schema_of(asim.PARSERS[name])
    assert analysed[name]["problems"] == [] and analysed[f"call of {name}"]["problems"] == []
    columns = analysed[name]["columns"]
    assert analysed[f"call of {name}"]["columns"] == columns
    without = set(TABLES[schema].get("without", []))
    without |= set(TABLES[schema].get("plain_without", [])) if name.startswith("ASim") else set()
    needed = {**of_schema(schema, "mandatory"), **of_schema(schema, "recommended")}
    assert set(needed) - set(columns) == without
    companions = {**of_schema(schema, "conditional"), **of_schema(schema, "aliases")}
    assert {column for column, parent in companions.items() if parent in columns} == set(companions) & set(columns)
    types = {**of_schema(schema, "optional"), **needed}
    types |= {column: types[parent] for column, parent in companions.items() if parent in types}
    assert {column: types.get(column) for column in columns} == columns


def all_rows(workspace, schema):
    """Yields the rows of all scenarios of a schema, and the rows of its filter cases that report what matched."""
    parser = asim.filtering(schema)
    for name, scenario in SCENARIOS:
        if name == schema:
            asim.fill(workspace, scenarios.records(scenario))
            yield from asim.rows(workspace, parser)
    asim.fill(workspace, filtered_records(schema))
    for case in FILES[schema]["filters"]["cases"] if "plain_without" in TABLES[schema] else []:
        if case["parameter"] in ("ipaddr_has_any_prefix", "hostname_has_any"):
            yield from asim.rows(workspace, parser, **argument(case))


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_scenario(workspace, name, scenario):
    asim.fill(workspace, scenarios.records(scenario))
    got = asim.rows(workspace, asim.filtering(name))
    assert stored.agree(got, scenario["rows"]), "\n".join(map(str, got))


def test_each_event_is_in_one_schema(workspace):
    events = [{"event_type": name} for name in [*ALERTS, "FirewallAggregated_Event", "FilteredWebsites_Event"]]
    events += [{"event_type": "Audit_Event", "action": action} for action in ("Login attempt", "Logout", "Modify", "")]
    messages = [{"at": "12:00", "event": {**event, "hostname": "pc-17"}} for event in events]
    asim.fill(workspace, scenarios.records({"event": {}, "messages": messages}))
    found = [row for schema in asim.SCHEMAS for row in asim.kept(workspace, schema)]
    assert sorted(found) == list(range(1, len(events) + 1))


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_one_scenario_states_every_column(analysed, schema):
    columns = set(analysed[f"vim{schema}ESETPROTECT"]["columns"])
    assert any(set(row) == columns for name, scenario in SCENARIOS if name == schema for row in scenario["rows"])


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_values(workspace, schema):
    """Values meet ASIM's data test, and every claimed value of an enumeration occurs."""
    rows = list(all_rows(workspace, schema))
    assert [(fault, row) for row in rows for fault in faults(schema, row)] == []
    seen = {
        column: sorted({row[column] for row in rows if row[column]})
        for column in of_schema(schema, "values")
        if column in rows[0]
    }
    assert seen == {column: sorted(values) for column, values in FILES[schema]["claims"].items()}


def filtered_records(schema):
    return scenarios.records({"event": {}, **FILES[schema]["filters"]})


def argument(case):
    """Returns a case's parameter as keyword arguments."""
    value = case["value"]
    if case["parameter"] in ("starttime", "endtime") and value:
        value = scenarios.time(value)
    return {case["parameter"]: value}


@pytest.mark.parametrize("schema, case", CASES, ids=[f"{schema}: {case['parameter']}={case['value']}" for schema, case in CASES])
def test_parameter(workspace, schema, case):
    asim.fill(workspace, filtered_records(schema))
    assert asim.kept(workspace, schema, **argument(case)) == case["keeps"]


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_each_parameter_has_cases(schema):
    """Each parameter has a case that keeps some of the rows, or none if it can only keep all or none."""
    cases = FILES[schema]["filters"]["cases"]
    count = len(FILES[schema]["filters"]["messages"])
    names = [parameter["Name"] for parameter in asim.filtering(schema)["ParserParams"] if parameter["Name"] != "pack"]
    assert list(dict.fromkeys(case["parameter"] for case in cases)) == names
    for name in names:
        sizes = {len(case["keeps"]) for case in cases if case["parameter"] == name}
        all_or_nothing = name in ALL_OR_NOTHING + FILES[schema]["filters"].get("nothing_sent", [])
        assert 0 in sizes if all_or_nothing else any(0 < size < count for size in sizes), name


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_empty_parameters_keep_everything(workspace, schema):
    asim.fill(workspace, filtered_records(schema))
    lists = {parameter["Name"]: [] for parameter in asim.filtering(schema)["ParserParams"] if parameter["Type"] == "dynamic"}
    everything = list(range(1, len(FILES[schema]["filters"]["messages"]) + 1))
    assert asim.kept(workspace, schema) == everything == asim.kept(workspace, schema, **lists)


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_combined_parameters_keep_the_intersection(workspace, schema):
    """Combines each parameter with the next, using cases that keep part of the rows."""
    asim.fill(workspace, filtered_records(schema))
    first = {}
    for case in FILES[schema]["filters"]["cases"]:
        if 0 < len(case["keeps"]) < len(FILES[schema]["filters"]["messages"]):
            first.setdefault(case["parameter"], case)
    for one, other in itertools.pairwise([*first.values(), next(iter(first.values()))]):
        both = sorted(set(one["keeps"]) & set(other["keeps"]))
        assert asim.kept(workspace, schema, **argument(one), **argument(other)) == both, (one, other)


@pytest.mark.parametrize("schema", asim.SCHEMAS)
def test_parser_without_filters(workspace, schema):
    """It returns the row of the filtering parser. With pack, AdditionalFields contains the values without a column."""
    packed = FILES[schema]["pack"]
    message = {"at": "12:00", "event": packed["event"]}
    asim.fill(workspace, scenarios.records({"event": {}, "messages": [message]}))
    (row,) = asim.rows(workspace, asim.filtering(schema))
    (other,) = asim.rows(workspace, asim.plain(schema), pack=True)
    assert row.pop("AdditionalFields") is None and other.pop("AdditionalFields") == packed["fields"]
    assert other == {column: row[column] for column in other}
    assert asim.rows(workspace, asim.plain(schema), disabled=True) == []
