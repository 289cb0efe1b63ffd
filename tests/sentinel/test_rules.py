"""Each rule raises the expected alerts in its scenarios, at the expected times and with the expected entities."""

import pytest

import rules
import scenarios
from conftest import ROOT

RULES = rules.load(ROOT / "sentinel" / "rules")
SCENARIOS = list(scenarios.load("rules"))
FEWEST = 5


@pytest.mark.parametrize("name, scenario", SCENARIOS, ids=[f"{name}: {scenario['name']}" for name, scenario in SCENARIOS])
def test_scenario(workspace, name, scenario):
    workspace.fill(scenarios.records(scenario))
    raised = rules.run_on_schedule(RULES[name], workspace, until=scenarios.until(scenario))
    assert scenarios.mismatch(raised, scenario["alerts"]) is None


@pytest.mark.parametrize("name", RULES)
def test_rule_has_scenarios(name):
    """Some scenarios fire and some do not. One that fires has a late arrival, and one has other capitalisation."""
    own = [scenario for of, scenario in SCENARIOS if of == name]
    assert len(own) >= FEWEST
    assert any(scenario["alerts"] for scenario in own) and not all(scenario["alerts"] for scenario in own)
    assert any("ingested" in message and scenario["alerts"] for scenario in own for message in scenario["messages"])
    spellings = {message.get("event", {}).get("event_type") for scenario in own for message in scenario["messages"]}
    usual = {scenario["event"]["event_type"] for scenario in own}
    assert any(spelling and spelling not in usual and spelling.lower() in map(str.lower, usual) for spelling in spellings)
