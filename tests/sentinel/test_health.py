"""Each health alert fires in its scenarios at the stated time, for the expected servers and with the expected value."""

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
# The longest lookback. Source: Azure Monitor, "Create or edit a log search alert rule".
LONGEST = health.duration("P2D")
WINDOWS = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "P2D"}
NUMBERS = {"int", "long", "real"}


def fires(workspace, name, query, scenario):
    """Returns what fires at the scenario's time, in the scenario's form. The workspace must be filled."""
    found = health.evaluate(QUERIES[name], workspace, scenarios.time(scenario["at"]), query)
    return [{**dimensions, "value": value} for dimensions, value in found]


def agrees(workspace, name, query, scenario):
    """Returns whether a replacement of the query fires as the scenario expects. The workspace must be filled."""
    return fires(workspace, name, query, scenario) == scenario["fires"]


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=IDS)
def test_scenario(workspace, name, scenario):
    workspace.fill(scenarios.records(scenario))
    assert fires(workspace, name, QUERIES[name]["query"], scenario) == scenario["fires"]


@pytest.mark.parametrize("name", QUERIES)
def test_alert_has_scenarios(name):
    """Some scenarios fire, and some do not."""
    own = [bool(scenario["fires"]) for of, scenario in SCENARIOS if of == name]
    assert any(own) and not all(own)


def test_ids_and_names_are_unique():
    for key in ("id", "name"):
        values = [alert[key].lower() for alert in QUERIES.values()]
        assert len(values) == len(set(values))


@pytest.mark.parametrize("name", QUERIES)
def test_form(name):
    """A file has only properties of the Azure Monitor resource, with valid values."""
    alert = QUERIES[name]
    assert set(alert) <= {"id", "name", "version", *health.PROPERTIES, *health.CONDITION}
    assert str(uuid.UUID(alert["id"])) == alert["id"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", alert["version"])
    assert alert["severity"] in range(5)
    assert alert["windowSize"] in WINDOWS and alert["evaluationFrequency"] in WINDOWS - {"P2D"}
    assert health.duration(alert.get("overrideQueryTimeRange", alert["windowSize"])) <= LONGEST
    assert isinstance(alert["threshold"], int)
    assert not (alert["autoMitigate"] and "muteActionsDuration" in alert), "Azure accepts only one of autoMitigate and muteActionsDuration"
    assert re.match(r"eset_CL\b", alert["query"]), "Azure requires a query that starts with the table"


@pytest.mark.parametrize("name", QUERIES)
def test_azure_model_defines_each_property(name):
    """A round trip through the model drops the properties that it does not define."""
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
    """The query has no problems, its measure is a number, and its dimensions are strings."""
    alert, found = QUERIES[name], analysis[name]
    assert found["problems"] == []
    assert found["columns"][alert["metricMeasureColumn"]] in NUMBERS
    assert {found["columns"][dimension["name"]] for dimension in alert.get("dimensions", [])} <= {"string"}
