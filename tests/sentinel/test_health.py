"""Each health alert over its scenarios: for which servers it fires at a stated time, and with which measure."""

import re
import uuid

import pytest
from azure.mgmt.monitor import models
from azure.mgmt.monitor._utils.serialization import Deserializer, Serializer

import health
import rules
import scenarios
from analysis import analyse, queried
from conftest import ROOT

QUERIES = rules.load(ROOT / "sentinel" / "health")
SCENARIOS = list(scenarios.load("health"))
IDS = [f"{name}: {scenario['name']}" for name, scenario in SCENARIOS]
# Source: Azure Monitor, "Create or edit a log search alert rule": no query looks further back.
LONGEST = health.duration("P2D")
WINDOWS = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "P2D"}
NUMBERS = {"int", "long", "real"}


def fires(workspace, name, query, scenario):
    """What fires at the scenario's time, as the scenario states it; the workspace is filled."""
    found = health.evaluate(QUERIES[name], workspace, scenarios.time(scenario["at"]), query)
    return [{**dimensions, "value": value} for dimensions, value in found]


def holds(workspace, name, query, scenario):
    """Whether a text in place of a query fires as the scenario expects too; the workspace is filled."""
    return fires(workspace, name, query, scenario) == scenario["fires"]


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_scenario(workspace, name, scenario):
    workspace.fill(scenarios.records(scenario))
    assert fires(workspace, name, QUERIES[name]["query"], scenario) == scenario["fires"]


@pytest.mark.parametrize("name", QUERIES)
def test_alert_has_scenarios(name):
    """That fire, and that do not."""
    own = [bool(scenario["fires"]) for of, scenario in SCENARIOS if of == name]
    assert any(own) and not all(own)


def test_ids_and_names_are_unique():
    for key in ("id", "name"):
        values = [alert[key].lower() for alert in QUERIES.values()]
        assert len(values) == len(set(values))


@pytest.mark.parametrize("name", QUERIES)
def test_form(name):
    """A file has what Azure Monitor's resource takes, and nothing else."""
    alert = QUERIES[name]
    assert set(alert) <= {"id", "name", "version", *health.PROPERTIES, *health.CONDITION}
    assert str(uuid.UUID(alert["id"])) == alert["id"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", alert["version"])
    assert alert["severity"] in range(5)
    assert alert["windowSize"] in WINDOWS and alert["evaluationFrequency"] in WINDOWS - {"P2D"}
    assert health.duration(alert.get("overrideQueryTimeRange", alert["windowSize"])) <= LONGEST
    assert isinstance(alert["threshold"], int)
    assert not (alert["autoMitigate"] and "muteActionsDuration" in alert), "Azure takes one of the two"
    assert re.match(r"eset_CL\b", alert["query"]), "Azure asks for a query that begins with the table"


@pytest.mark.parametrize("name", QUERIES)
def test_azure_model_knows_each_member(name):
    """What the model does not know disappears on the way through it."""
    known = {name: model for name, model in vars(models).items() if isinstance(model, type)}
    resource = health.resource(QUERIES[name], "westeurope", "/subscriptions/0/workspaces/w")
    read = Deserializer(known)("ScheduledQueryRuleResource", resource)
    assert Serializer(known).body(read, "ScheduledQueryRuleResource") == resource


@pytest.fixture(scope="module")
def analysis(workspace):
    tables = {"eset_CL": queried(workspace.table)}
    return analyse(tables, {name: alert["query"] for name, alert in QUERIES.items()})


@pytest.mark.parametrize("name", QUERIES)
def test_analyser_finds_no_fault(analysis, name):
    """And the measure is a number, each dimension text."""
    alert, found = QUERIES[name], analysis[name]
    assert found["problems"] == []
    assert found["columns"][alert["metricMeasureColumn"]] in NUMBERS
    assert {found["columns"][dimension["name"]] for dimension in alert.get("dimensions", [])} <= {"string"}
