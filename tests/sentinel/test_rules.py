"""Each rule over its scenarios: what it raises, when, and with which entities."""

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
    """That fire, that do not, and one that arrives late."""
    own = [scenario for of, scenario in SCENARIOS if of == name]
    assert len(own) >= FEWEST
    assert any(scenario["alerts"] for scenario in own) and not all(scenario["alerts"] for scenario in own)
    assert any("ingested" in message and scenario["alerts"] for scenario in own for message in scenario["messages"])
