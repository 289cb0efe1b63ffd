"""The content template contains each file's content in the form of Azure's resources."""

import json
import re
import uuid

import pytest
from azure.mgmt.applicationinsights import models as insights_models
from azure.mgmt.applicationinsights._serialization import Deserializer as InsightsDeserializer
from azure.mgmt.applicationinsights._serialization import Serializer as InsightsSerializer
from azure.mgmt.loganalytics import models as log_models
from azure.mgmt.monitor import models as monitor_models
from azure.mgmt.monitor._utils.serialization import Deserializer, Serializer
from azure.mgmt.securityinsight import models as security_models

import asim
import health
import rules
from analysis import analyse, queried
from conftest import ROOT
from test_content import HUNTING, RULES

TEMPLATE = json.loads((ROOT / "sentinel" / "content.json").read_text("utf-8"))
HEALTH = rules.load(ROOT / "sentinel" / "health")
WORKBOOK = ROOT / "sentinel" / "workbook.json"
FUNCTIONS = rules.load(ROOT / "sentinel" / "functions")
OPERATORS = {"gt": "GreaterThan", "lt": "LessThan", "eq": "Equal", "ne": "NotEqual"}


def of_kind(kind):
    return [resource for resource in TEMPLATE["resources"] if resource["type"].endswith("/" + kind)]


def by_id(kind, separator):
    return {resource["name"].split(separator)[-1].removesuffix("')]"): resource for resource in of_kind(kind)}


def seconds(iso):
    """Returns the seconds of an ISO 8601 duration such as PT5M, PT1H or P14D."""
    count = int("".join(character for character in iso if character.isdigit()))
    return count * {"PTM": 60, "PTH": 3600, "PD": 86400}["".join(filter(str.isalpha, iso))]


@pytest.mark.parametrize("name", RULES)
def test_rule(name):
    rule = RULES[name]
    resource = by_id("alertRules", "SecurityInsights/")[rule["id"]]
    assert resource["kind"] == rule["kind"]
    properties = resource["properties"]
    assert properties["displayName"] == rule["name"] and properties["query"] == rule["query"].rstrip()
    assert properties["severity"] == rule["severity"] and properties["tactics"] == rule["tactics"]
    assert sorted(properties["techniques"] + properties["subTechniques"]) == sorted(rule["relevantTechniques"])
    for key in ("queryFrequency", "queryPeriod"):
        assert seconds(properties[key]) == rules.duration(rule[key]).total_seconds()
    assert properties["triggerOperator"] == OPERATORS[rule["triggerOperator"]]
    assert properties["triggerThreshold"] == rule["triggerThreshold"]
    assert properties["entityMappings"] == rule["entityMappings"]
    for key in ("customDetails", "alertDetailsOverride", "eventGroupingSettings"):
        assert properties.get(key) == rule.get(key)
    assert seconds(properties["incidentConfiguration"]["groupingConfiguration"]["lookbackDuration"]) > 0


@pytest.mark.parametrize("name", HUNTING)
def test_hunting_query(name):
    query = HUNTING[name]
    properties = by_id("savedSearches", "'/")[query["id"]]["properties"]
    assert properties["category"] == "Hunting Queries"
    assert properties["displayName"] == query["name"] and properties["query"] == query["query"].rstrip()
    tags = {tag["name"]: tag["value"] for tag in properties["tags"]}
    assert tags["description"] == query["description"].rstrip()
    assert tags["tactics"].split(",") == query["tactics"]
    assert tags["techniques"].split(",") == query["relevantTechniques"]


@pytest.mark.parametrize("name", HEALTH)
def test_health_alert(name):
    alert = HEALTH[name]
    (resource,) = [resource for resource in of_kind("scheduledQueryRules") if resource["name"] == alert["id"]]
    expected = health.resource(alert, "[parameters('location')]", resource["properties"]["scopes"][0])
    expected["properties"]["enabled"] = "[parameters('enableHealthAlerts')]"
    assert {**resource["properties"], "actions": None} == {**expected["properties"], "actions": None}
    assert resource["kind"] == expected["kind"] and resource["location"] == expected["location"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    function = FUNCTIONS[name]
    resource = by_id("savedSearches", "'/")[function["id"]]
    assert resource["properties"]["functionAlias"] == function["FunctionAlias"] == name
    assert resource["properties"]["query"] == function["FunctionQuery"].rstrip()
    assert ("condition" in resource) == (name == "ESETPROTECT")


@pytest.mark.parametrize("name", asim.PARSERS)
def test_asim_parser(name):
    parser = asim.PARSERS[name]
    properties = by_id("savedSearches", "'/")[name]["properties"]
    assert properties["functionAlias"] == name and properties["displayName"] == parser["Parser"]["Title"]
    assert properties["functionParameters"] == asim.declared(parser)
    assert properties["query"] == parser["ParserQuery"].rstrip()
    assert properties["category"] == "ASIM"


def test_lines_add_the_parsers_to_the_unifying_parsers(workspace):
    """Each line fits a custom function with ASIM's parameters. The deployment does not contain that function."""
    lines = TEMPLATE["outputs"]["asimUnifyingParsers"]["value"]
    assert sorted(lines) == sorted(f"{kind}_{schema}Custom" for kind in ("ASim", "Im") for schema in asim.SCHEMAS)
    functions = [
        {"name": name, "parameters": f"({asim.declared(parser)})", "body": f"{{ {parser['ParserQuery']} }}"}
        for name, parser in asim.PARSERS.items()
    ]
    queries = {}
    for schema in asim.SCHEMAS:
        lets = asim.declared(asim.filtering(schema), "let {0} = {2};").replace(";, ", ";\n")
        queries[f"Im_{schema}Custom"] = f"{lets}\nunion isfuzzy=true\n{lines[f'Im_{schema}Custom']}"
        queries[f"ASim_{schema}Custom"] = f"union isfuzzy=true\n{lines[f'ASim_{schema}Custom']}"
        named = [parameter["Name"] for parameter in asim.filtering(schema)["ParserParams"] if parameter["Name"] != "pack"]
        assert [argument.split("=")[0] for argument in re.findall(r"\w+=\w+", lines[f"Im_{schema}Custom"])] == named
    found = analyse({"eset_CL": {**queried(workspace.table), **asim.STANDARD}}, queries, functions)
    for name, answer in found.items():
        assert answer["problems"] == [] and "EventSchemaVersion" in answer["columns"], name
    assert not [resource for resource in of_kind("savedSearches") if "Custom" in str(resource["properties"].get("functionAlias"))]


def test_workbook():
    """The workbook equals workbook.json and belongs to the workspace."""
    (resource,) = of_kind("workbooks")
    assert json.loads(resource["properties"]["serializedData"]) == json.loads(WORKBOOK.read_text("utf-8"))
    assert resource["properties"]["category"] == "sentinel" and resource["kind"] == "shared"
    workspace = "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]"
    assert resource["properties"]["sourceId"] == workspace
    assert str(uuid.UUID(resource["name"])) == resource["name"]


def unknown(model, path=""):
    """Yields the paths of properties that a model contains but does not define. Models of these packages keep them."""
    attributes = {field._rest_name: attribute for attribute, field in model._attr_to_rest_field.items()}
    for key in model:
        if key not in attributes:
            yield f"{path}{key}"
            continue
        value = getattr(model, attributes[key])
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "_attr_to_rest_field"):
                yield from unknown(inner, f"{path}{key}.")


@pytest.mark.parametrize("name", RULES)
def test_azure_model_defines_each_property_of_a_rule(name):
    """The model also defines the values of enumerations, such as entities, alert properties and tactics."""
    resource = by_id("alertRules", "SecurityInsights/")[RULES[name]["id"]]
    model = security_models.ScheduledAlertRule({key: resource[key] for key in ("kind", "properties")})
    assert list(unknown(model)) == []
    properties = resource["properties"]
    override = properties["alertDetailsOverride"].get("alertDynamicProperties", [])
    for values, listed in [
        ([properties["severity"]], security_models.AlertSeverity),
        ([properties["triggerOperator"]], security_models.TriggerOperator),
        (properties["tactics"], security_models.AttackTactic),
        ([mapping["entityType"] for mapping in properties["entityMappings"]], security_models.EntityMappingType),
        (properties["incidentConfiguration"]["groupingConfiguration"]["groupByEntities"], security_models.EntityMappingType),
        ([properties["incidentConfiguration"]["groupingConfiguration"]["matchingMethod"]], security_models.MatchingMethod),
        ([properties["eventGroupingSettings"]["aggregationKind"]], security_models.EventGroupingAggregationKind),
        ([dynamic["alertProperty"] for dynamic in override], security_models.AlertProperty),
    ]:
        assert set(values) <= {value.value for value in listed}


def test_azure_model_defines_each_property_of_a_search():
    for resource in of_kind("savedSearches"):
        assert list(unknown(log_models.SavedSearch({"properties": resource["properties"]}))) == []


def test_azure_model_defines_each_property_of_a_health_alert():
    """A round trip through the model drops the properties that it does not define."""
    known = {name: model for name, model in vars(monitor_models).items() if isinstance(model, type)}
    for resource in of_kind("scheduledQueryRules"):
        properties = {**resource["properties"], "enabled": True}
        # The template has an expression instead of the list.
        properties["actions"] = {name: ["/subscriptions/0"] for name in properties["actions"]}
        deployed = {"location": "westeurope", "kind": resource["kind"], "properties": properties}
        read = Deserializer(known)("ScheduledQueryRuleResource", deployed)
        assert Serializer(known).body(read, "ScheduledQueryRuleResource") == deployed


def test_azure_model_defines_each_property_of_the_workbook():
    """A round trip through the model drops the properties that it does not define."""
    known = {name: model for name, model in vars(insights_models).items() if isinstance(model, type)}
    (resource,) = of_kind("workbooks")
    deployed = {key: resource[key] for key in ("location", "kind", "properties")}
    read = InsightsDeserializer(known)("Workbook", deployed)
    assert InsightsSerializer(known).body(read, "Workbook") == deployed


def test_models_reveal_undefined_properties():
    resource = of_kind("alertRules")[0]
    misspelled = json.loads(json.dumps(resource["properties"]).replace("columnName", "column"))
    model = security_models.ScheduledAlertRule({"kind": "Scheduled", "properties": {**misspelled, "enable": True}})
    assert {"properties.enable", "properties.entityMappings.fieldMappings.column"} <= set(unknown(model))


def test_nothing_else_is_deployed():
    assert len(of_kind("alertRules")) == len(RULES)
    assert len(of_kind("savedSearches")) == len(HUNTING) + len(FUNCTIONS) + len(asim.PARSERS)
    assert len(of_kind("scheduledQueryRules")) == len(HEALTH)
    assert len(TEMPLATE["resources"]) == len(RULES) + len(HUNTING) + len(FUNCTIONS) + len(asim.PARSERS) + len(HEALTH) + 1


def test_no_text_is_evaluated():
    """Only the names that the template itself builds are expressions."""

    def texts(value):
        if isinstance(value, str):
            yield value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from texts(inner)

    evaluated = {text for text in texts(TEMPLATE["resources"]) if text.startswith("[") and not text.startswith("[[")}
    own = ("[concat(parameters('workspaceName'), '/", "[parameters('", "[resourceId(", "[if(empty(parameters(")
    assert all(text.startswith(own) for text in evaluated)
