"""Each hunting query returns the expected rows in its scenarios, at a stated time."""

from datetime import timedelta

import pytest

import rules
import scenarios
import stored
from conftest import ROOT

QUERIES = rules.load(ROOT / "sentinel" / "hunting")
SCENARIOS = list(scenarios.load("hunting"))
IDS = [f"{name}: {scenario['name']}" for name, scenario in SCENARIOS]
# The longest time range that a user can select for a hunting query.
RANGE = timedelta(days=90)
# Messages that produce rows with little more than the message.
UNREADABLE = [
    "hello",
    "<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - Detection type: Trojan Computer name: pc-17",
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"Threat_Event","hostname":"pc-99"',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"Audit_Event","severity":"Inf',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"FirewallAggregated_Event",}',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"HipsAggregated_Event","ipv4":"10.0',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"FilteredWebsites_Event","ipv4":"10.0',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"ESET Inspect Alert","ipv4":"10.0',
    '<14>1 2026-10-30T12:00:00.000Z protect01 ERAServer 75 - - {"event_type":"BlockedFiles_Event","ipv4":"10.0',
]


def found(workspace, query, scenario, functions=None):
    """Returns the rows of a query at the scenario's time, over the rows that have arrived by then."""
    now = scenarios.time(scenario["at"])
    workspace.see(now - RANGE, now)
    return workspace.query(query, now, functions)


def agrees(workspace, name, query, scenario):
    """Returns whether a replacement of the query returns the scenario's rows. The workspace must be filled."""
    return stored.agree(found(workspace, query, scenario), scenario["rows"])


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_scenario(workspace, name, scenario):
    workspace.fill(scenarios.records(scenario))
    got = found(workspace, QUERIES[name]["query"], scenario)
    assert stored.agree(got, scenario["rows"]), "\n".join(map(str, got))


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_unreadable_messages_change_nothing(workspace, name, scenario):
    unreadable = [{"at": scenario["at"], "ingested": scenario["at"], "message": message} for message in UNREADABLE]
    workspace.fill(scenarios.records({**scenario, "messages": scenario["messages"] + unreadable}))
    got = found(workspace, QUERIES[name]["query"], scenario)
    assert stored.agree(got, scenario["rows"]), "\n".join(map(str, got))


@pytest.mark.parametrize("name", QUERIES)
def test_old_tables_return_the_same_rows(workspace, name):
    """Uses ESETEvents instead of the table."""
    scenario = next(scenario for of, scenario in SCENARIOS if of == name and scenario["rows"])
    workspace.fill(scenarios.records(scenario))
    stored.make_old(workspace)
    query = QUERIES[name]["query"].replace("eset_CL", "ESETEvents()")
    got = found(workspace, query, scenario, stored.definitions(stored.columns_of(workspace)))
    assert stored.agree(got, scenario["rows"]), "\n".join(map(str, got))


@pytest.mark.parametrize("name", QUERIES)
def test_query_has_scenarios(name):
    """Some scenarios return rows, and some have messages that return none."""
    own = [scenario for of, scenario in SCENARIOS if of == name]
    assert len(own) >= 2
    assert any(scenario["rows"] for scenario in own)
    assert any(message_count(scenario) > len(scenario["rows"]) for scenario in own)


def message_count(scenario):
    return sum(max([len(values) for values in message.get("each", {}).values()] or [1]) for message in scenario["messages"])
