"""The queries of the published solutions return rows from this table, with current and with old column names."""

import ipaddress
import re
from pathlib import Path

import pytest
import yaml

import scenarios
import stored
from analysis import analyse, queried

PUBLISHED = yaml.safe_load((Path(__file__).parent / "compatibility.yaml").read_text("utf-8"))
QUERIES = PUBLISHED["queries"]
FILLED = {"{TimeRange}": "> ago(1d)", "{TimeRange:grain}": "1h"}
IS_MATCH = re.compile(r'ipv4_is_match\(((?:tostring\(\w+\)|\w+)), "([\d./]+)"\)')


def filled(name):
    query = QUERIES[name]["query"]
    for placeholder, value in FILLED.items():
        query = query.replace(placeholder, value)
    return query


def compared(call):
    """Replaces an ipv4_is_match call, which duckdb-kql does not support, with a comparison of numbers."""
    network = ipaddress.ip_network(call[2])
    return f"(parse_ipv4({call[1]}) between ({int(network[0])} .. {int(network[-1])}))"


@pytest.fixture(scope="module", params=["current names", "old names"])
def table(request, workspace):
    workspace.fill(scenarios.records({"event": {}, "messages": PUBLISHED["messages"]}))
    if request.param == "old names":
        stored.make_old(workspace)
    return workspace


@pytest.mark.parametrize("name", QUERIES)
def test_rows(table, name):
    functions = stored.definitions(stored.columns_of(table))
    got = table.query(IS_MATCH.sub(compared, filled(name)), scenarios.time(PUBLISHED["now"]), functions)
    assert stored.agree(got, QUERIES[name]["rows"]), "\n".join(map(str, got))


def test_each_solution_has_two_rules_and_nine_parts():
    for solution in ("SMC", "ESETPROTECT"):
        assert [sum(name.startswith(f"{solution}, {kind}") for name in QUERIES) for kind in ("rule", "part")] == [2, 9]


def test_analyser_finds_no_fault(workspace):
    functions = [{"name": name, "parameters": "()", "body": f"{{ {body} }}"} for name, body in stored.FUNCTIONS.items()]
    found = analyse({"eset_CL": queried(workspace.table)}, {name: filled(name) for name in QUERIES}, functions)
    assert {name: answer["problems"] for name, answer in found.items() if answer["problems"]} == {}
