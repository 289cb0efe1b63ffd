"""The functions return the expected columns and types, and the expected rows from old and new tables."""

import re
import uuid

import pytest

import rules
import scenarios
import stored
from analysis import analyse, queried
from conftest import ROOT

FILES = rules.load(ROOT / "sentinel" / "functions")
SCENARIOS = list(scenarios.load("functions"))
IDS = [f"{name}: {scenario['name']}" for name, scenario in SCENARIOS]
NOW = scenarios.time("1 00:00")
# The columns of the published parser, and the Syslog columns that its content also reads.
ESETPROTECT = {
    "TimeGenerated": "datetime",
    **dict.fromkeys(["Computer", "HostName"], "string"),
    **dict.fromkeys(["EventVendor", "EventProduct", "EventType", "EventSubType", "EventSeverity", "EventResult"], "string"),
    **dict.fromkeys(["EventError", "EventMessage", "EventResourceId", "EventReportUrl", "UrlOriginal"], "string"),
    **dict.fromkeys(["DvcHostname", "DvcIpAddr", "SrcDvcIpAddr", "DstDvcIpAddr", "NetworkProtocol"], "string"),
    **dict.fromkeys(["ThreatCategory", "ThreatName", "ThreatFlags", "EngineVersion", "ScanId"], "string"),
    **dict.fromkeys(["ObjectType", "FilePath", "ProcessFilePath", "FileHashSha1"], "string"),
    **dict.fromkeys(["SrcUserDomain", "SrcUserName", "DstUserDomain", "DstUserName"], "string"),
    **dict.fromkeys(["NetworkRuleName", "NetworkRuleNumber", "NetworkDirection"], "string"),
    **dict.fromkeys(["EventCreationTime", "FirstSeen"], "datetime"),
    **dict.fromkeys(["ThreatHandled", "NeedRestart", "SrcIpIsIpv6", "DstIpIsIpv6"], "bool"),
    **dict.fromkeys(["SrcPortNumber", "DstPortNumber", "EventCount"], "int"),
}
OLD = {
    **dict.fromkeys(["occured_s", "firstseen_s", "detection_uuid_g", "threat_handled_s"], "string"),
    "eialarmid_d": "real",
}


def columns_in(tables):
    """Returns the columns of each function, after checking that the function and a call of it have no problems."""
    functions = [{"name": name, "parameters": "()", "body": f"{{ {body} }}"} for name, body in stored.FUNCTIONS.items()]
    found = analyse(tables, {**stored.FUNCTIONS, **{f"call of {name}": f"{name}()" for name in stored.FUNCTIONS}}, functions)
    assert {name: answer["problems"] for name, answer in found.items() if answer["problems"]} == {}
    return {name: found[name]["columns"] for name in stored.FUNCTIONS}


def test_the_published_parser_has_41_columns():
    assert len(ESETPROTECT) == 41 + len(["TimeGenerated", "Computer", "HostName"])


def test_columns_of_the_published_parser(workspace):
    assert columns_in({"eset_CL": queried(workspace.table)})["ESETPROTECT"] == ESETPROTECT


@pytest.mark.parametrize("old", [{}, OLD], ids=["current table", "migrated table"])
def test_events_have_the_tables_columns(workspace, old):
    table = {**queried(workspace.table), **old}
    assert columns_in({"eset_CL": table})["ESETEvents"] == table


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_scenario(workspace, name, scenario):
    workspace.fill(scenarios.records(scenario))
    old = scenario.get("old", {"columns": {}, "rows": []})
    stored.add_old(workspace, old["columns"], old["rows"])
    functions = stored.definitions(stored.columns_of(workspace))
    got = workspace.query(f"{name}() | sort by TimeGenerated asc", NOW, functions)
    assert stored.agree(got, scenario["rows"]), "\n".join(map(str, got))


@pytest.mark.parametrize("name", FILES)
def test_form(name):
    file = FILES[name]
    assert str(uuid.UUID(file["id"])) == file["id"]
    assert file["FunctionName"] == file["FunctionAlias"] == name
    assert file["Category"] == "Microsoft Sentinel Parser"
    assert re.fullmatch(r"\d+\.\d+\.\d+", file["Function"]["Version"])
    assert re.fullmatch(r"[A-Z][a-z]{2} \d{2}, \d{4}", file["Function"]["LastUpdated"])
    assert not re.search(r"\blet\b", file["FunctionQuery"]), "a stored function's body must be a query without let statements"
