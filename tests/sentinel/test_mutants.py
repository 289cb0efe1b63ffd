"""Every condition of a query has a scenario: each mutant fails one, or is listed with the reason why it cannot."""

from collections import Counter

import duckdb
import pytest
import yaml
from duckdb_kql import KqlError

import rules
import scenarios
import test_health
import test_hunting
from conftest import ROOT
from mutants import mutants

RULES = rules.load(ROOT / "sentinel" / "rules")
SCENARIOS = list(scenarios.load("rules"))
LISTED = yaml.safe_load((ROOT / "tests" / "sentinel" / "survivors.yaml").read_text("utf-8")) or {}


@pytest.fixture
def narrowed(workspace):
    """A workspace whose visible columns a test can limit. All columns are visible again afterwards."""
    yield workspace
    workspace.see_only()


@pytest.mark.parametrize("name", RULES)
def test_rule(narrowed, name):
    rule = RULES[name]
    own = [scenario for of, scenario in SCENARIOS if of == name]
    # Most mutants fail in a scenario that expects alerts, so those scenarios come first.
    own.sort(key=lambda scenario: not scenario["alerts"])
    narrowed.see_only(str(rule))
    alive = dict(mutants(rule["query"].rstrip()))
    for scenario in own:
        narrowed.fill(scenarios.records(scenario))
        alive = {what: query for what, query in alive.items() if survives(rule, narrowed, query, scenario)}
    assert_listed(name, alive)


@pytest.mark.parametrize("name", test_hunting.QUERIES)
def test_hunting_query(narrowed, name):
    assert_no_mutant_agrees(narrowed, test_hunting, name)


@pytest.mark.parametrize("name", test_health.QUERIES)
def test_health_alert(narrowed, name):
    assert_no_mutant_agrees(narrowed, test_health, name)


def assert_no_mutant_agrees(workspace, kind, name):
    """Checks a query whose scenarios state its rows."""
    workspace.see_only(str(kind.QUERIES[name]))
    alive = dict(mutants(kind.QUERIES[name]["query"].rstrip()))
    for scenario in (scenario for of, scenario in kind.SCENARIOS if of == name):
        workspace.fill(scenarios.records(scenario))
        alive = {what: query for what, query in alive.items() if agrees(kind, workspace, name, query, scenario)}
    assert_listed(name, alive)


def agrees(kind, workspace, name, query, scenario):
    """Returns whether a mutant produces the scenario's result."""
    try:
        return kind.agrees(workspace, name, query, scenario)
    except (KqlError, duckdb.Error, KeyError):
        return False


def assert_listed(name, alive):
    """Compares surviving mutants with the list by change only, because lines and columns move as a query is edited."""
    survived = Counter(what.split(" ", 1)[1] for what in alive)
    listed = {change: reason["times"] if isinstance(reason, dict) else 1 for change, reason in LISTED.get(name, {}).items()}
    assert survived == listed, f"no scenario distinguishes {sorted(alive)} from the query"


def survives(rule, workspace, query, scenario):
    """Returns whether a mutant produces the scenario's alerts. A query that the engine rejects does not."""
    raised = []
    try:
        for now, alerts in rules.runs(rule, workspace, query, scenarios.until(scenario)):
            raised += alerts
            if scenarios.mismatch(raised, [alert for alert in scenario["alerts"] if scenarios.time(alert["at"]) <= now]):
                return False
    except (KqlError, duckdb.Error):
        return False
    return scenarios.mismatch(raised, scenario["alerts"]) is None
