"""Many runs in one query raise the same alerts as the same runs one after the other."""

import pytest

import month
import rules
import scenarios
from conftest import ROOT

RULES = rules.load(ROOT / "sentinel" / "rules")
SCENARIOS = list(scenarios.load("rules"))


def in_order(alerts):
    return sorted(alerts, key=lambda alert: (alert.time, alert.title, str(alert.entities), str(alert.details)))


@pytest.mark.parametrize("name", RULES)
def test_alerts_are_the_same(workspace, name):
    """Uses the messages of all scenarios of a rule at once."""
    messages = [record for of, scenario in SCENARIOS if of == name for record in scenarios.records(scenario)]
    workspace.fill(messages)
    until = scenarios.time("2 00:00")
    expected = rules.run_on_schedule(RULES[name], workspace, until=until)
    raised = [alert for _, alerts in month.runs(RULES[name], workspace.branch(str(RULES[name])), until) for alert in alerts]
    assert in_order(raised) == in_order(expected)
    assert expected or name == "ServerSilentForDays"


def test_nearly_every_rule_is_rewritten():
    """Other rules run one by one, which is slow over a month."""
    queries = {name: rule["query"] for name, rule in RULES.items()}
    rewritten = {name for name, query in queries.items() if rules.NEW_ROWS.search(query) and month.steps_of(query)}
    assert set(RULES) - rewritten == {"ConsoleLoginAfterFailures", "ServerSilentForDays"}
