"""The deployment files are current, Azure's models accept them, Bicep and JSON agree, and merges keep all columns."""

import json
import subprocess

import pytest
import yaml
from azure.mgmt.loganalytics import models as log_models
from azure.mgmt.monitor import models as monitor_models
from azure.mgmt.monitor._utils.serialization import Deserializer, Serializer
from pycep import BicepParser

from analysis import analyse
from conftest import ROOT, command

DEPLOYED = ROOT / "sentinel"
ALLOWED = {"project", "toguid", "toreal", "tostring", "tolong"}
LONGEST = 15_360


def azure(*arguments, stdin=None):
    return subprocess.run([command(), "azure", *arguments], input=stdin, capture_output=True)


def printed(*arguments, stdin=None):
    done = azure(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def resource(template, kind):
    (found,) = [resource for resource in template["resources"] if resource["type"].endswith("/" + kind)]
    return found


def columns_of(template):
    schema = resource(template, "tables")["properties"]["schema"]
    return {column["name"]: column["type"] for column in schema["columns"]}


def rule_of(template):
    return resource(template, "dataCollectionRules")["properties"]


def stream_of(template):
    return {c["name"]: c["type"] for c in rule_of(template)["streamDeclarations"]["Custom-eset_CL"]["columns"]}


@pytest.mark.parametrize(
    "file, arguments",
    [("azuredeploy.json", []), ("azuredeploy.bicep", ["--format", "bicep"]), ("content.json", ["--content", str(DEPLOYED)])],
)
def test_files_are_current(file, arguments):
    assert (DEPLOYED / file).read_text("utf-8") == printed(*arguments), f"{file} is out of date: run `make sentinel`"


def test_the_table_name_is_a_literal(template):
    table = resource(template, "tables")
    assert table["name"] == "[concat(parameters('workspaceName'), '/', 'eset_CL')]"
    assert table["properties"]["schema"]["name"] == "eset_CL"
    for name, kind in columns_of(template).items():
        assert name[0].isalpha() and name.replace("_", "").isalnum() and name.isascii() and 2 <= len(name) <= 45
        assert kind in {kind.value for kind in log_models.ColumnTypeEnum}
    assert {"payload_format_s", "syslog_relay_s", "RawData", "AdditionalFields"} <= set(columns_of(template))


def test_azure_models_define_each_property(template):
    """A round trip through a model drops the properties that it does not define."""
    models = {name: model for name, model in vars(monitor_models).items() if isinstance(model, type)}
    rule = {"location": "westeurope", "kind": "Direct", "properties": rule_of(template)}
    read = Deserializer(models)("DataCollectionRuleResource", rule)
    assert Serializer(models).body(read, "DataCollectionRuleResource") == rule
    table = resource(template, "tables")["properties"]
    for model, members in [(log_models.TableProperties, table), (log_models.Schema, table["schema"])]:
        assert set(members) <= {field._rest_name for field in model(members)._attr_to_rest_field.values()}


@pytest.mark.parametrize("merged", [False, True])
def test_transformation_returns_the_types_of_the_table(template, merged):
    if merged:
        shown = {"schema": {"name": "eset_CL", "columns": [{"name": "count_d", "type": "string"}, {"name": "source_uuid_g", "type": "string"}]}}
        template = json.loads(printed("--merge", "-", stdin=json.dumps(shown).encode()))
    transform = rule_of(template)["dataFlows"][0]["transformKql"]
    found = analyse({"source": stream_of(template)}, {"transform": transform})["transform"]
    assert found["problems"] == []
    assert set(found["uses"]) <= ALLOWED
    assert found["columns"] == {name: kind.lower().replace("boolean", "bool") for name, kind in columns_of(template).items()}
    assert len(transform) < LONGEST


def test_transformation_reads_every_field(template):
    transform = rule_of(template)["dataFlows"][0]["transformKql"]
    for field in stream_of(template):
        assert any(f in transform for f in (f"= {field},", f"({field})", f"['{field}']", f"    {field},", f"= {field}")), field


def test_every_field_of_the_schema_has_a_column(template):
    schema = json.loads(subprocess.run([command(), "schema", "--format", "json"], stdout=subprocess.PIPE).stdout)
    assert {row["azure_column"] for row in schema} <= set(columns_of(template))
    assert {row["name"] for row in schema} <= set(stream_of(template))


def test_bicep_and_arm_template_agree(template):
    bicep = BicepParser().parse(text=printed("--format", "bicep"))
    parameters = {name: (of["type"], of["default"]) for name, of in bicep["parameters"].items()}
    assert set(parameters) == set(template["parameters"])
    for name, of in template["parameters"].items():
        kind, default = parameters[name]
        assert kind == of["type"]
        assert isinstance(default, dict) or default == of.get("defaultValue")
    deployed = [of for of in bicep["resources"].values() if not of["existing"]]
    assert [(of["type"], of["api_version"]) for of in deployed] == [
        (of["type"], of["apiVersion"]) for of in template["resources"]
    ]
    for of, arm in zip(deployed, template["resources"]):
        config = of["config"]
        assert ("condition" in config) == ("condition" in arm)
        assert_same(config.get("config", config)["properties"], arm["properties"])
    assert set(bicep["outputs"]) == set(template["outputs"])


def assert_same(bicep, arm):
    """Compares values, the parameters in expressions, and whether both sides have an expression."""
    if isinstance(arm, dict):
        assert [key.strip("'") for key in bicep] == list(arm)
        bicep = dict(zip(arm, bicep.values()))
        for key in arm:
            assert_same(bicep[key], arm[key])
    elif isinstance(arm, list):
        assert len(bicep) == len(arm)
        for left, right in zip(bicep, arm):
            assert_same(left, right)
    elif isinstance(arm, str) and arm.startswith("[parameters("):
        assert f"[parameters('{bicep}')]" == arm
    elif isinstance(arm, str) and arm.startswith("["):
        assert isinstance(bicep, dict), arm
    elif isinstance(arm, str):
        # The parser keeps the quotes around strings in arrays and does not unescape them.
        assert bicep.strip().strip("'").replace("\\'", "'") == arm.strip("'")
    else:
        assert bicep == arm


def printed_by(output):
    """Returns an output's text with each expression replaced with the word `value`."""
    inner = output["value"].removeprefix("[concat(").removesuffix(")]")
    depth, quoted, parts = 0, False, [""]
    for character in inner:
        quoted ^= character == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not (depth or quoted):
            parts.append("")
        else:
            parts[-1] += character
    parts = [part.strip() for part in parts]
    return "".join(part[1:-1] if part.startswith("'") else "value" for part in parts)


def test_outputs_match_the_shippers_settings(template):
    """One output is lines of the environment file for Fluent Bit, the other is a part of the settings for Vector."""
    outputs = template["outputs"]
    lines = printed_by(outputs["fluentBit"]).splitlines()
    taken = (ROOT / "fluent-bit-config" / "eset.env").read_text("utf-8").splitlines()
    assert lines and all(any(line.startswith(given.removesuffix("value")) for line in taken) for given in lines)
    given = yaml.safe_load("eset_azure:\n" + printed_by(outputs["vector"]))["eset_azure"]
    settings = yaml.safe_load((ROOT / "vector-config" / "settings.yaml").read_text("utf-8"))
    (azure,) = [part["eset_azure"] for part in settings.values() if isinstance(part, dict) and "eset_azure" in part]
    assert set(given) == {"endpoint", "dcr_immutable_id", "auth"} <= set(azure)
    assert set(given["auth"]) == set(azure["auth"])
    for key in ("azure_credential_kind", "azure_client_secret"):
        assert given["auth"][key] == azure["auth"][key]


OLD = {
    "properties": {
        "plan": "Analytics",
        "retentionInDays": 180,
        "retentionInDaysAsDefault": False,
        "totalRetentionInDays": 730,
        "totalRetentionInDaysAsDefault": False,
        "schema": {
            "name": "eset_CL",
            "tableSubType": "DataCollectionRuleBased",
            "columns": [
                {"name": "TimeGenerated", "type": "dateTime"},
                {"name": "occured_s", "type": "string"},
                {"name": "threat_handled_s", "type": "string"},
                {"name": "count_d", "type": "real"},
                {"name": "source_uuid_g", "type": "guid"},
            ],
        },
    }
}


def test_merge_keeps_every_column(tmp_path, template):
    shown = tmp_path / "table.json"
    shown.write_text(json.dumps(OLD))
    merged = json.loads(printed("--merge", str(shown)))
    columns = columns_of(merged)
    assert list(columns)[:5] == ["TimeGenerated", "occured_s", "threat_handled_s", "count_d", "source_uuid_g"]
    assert set(columns) == {"occured_s", "threat_handled_s"} | set(columns_of(template))
    assert merged["parameters"]["retentionInDays"]["defaultValue"] == 180
    assert merged["parameters"]["totalRetentionInDays"]["defaultValue"] == 730
    assert rule_of(merged)["dataFlows"] == rule_of(template)["dataFlows"]


@pytest.mark.parametrize(
    "change, why",
    [
        ({"plan": "Basic"}, "which analytics rules cannot query"),
        ({"schema": {"name": "other_CL", "columns": []}}, "describes the table other_CL"),
        ({"schema": {"name": "eset_CL"}}, "has no schema with columns"),
        ({"schema": {"name": "eset_CL", "tableSubType": "Classic", "columns": []}}, "Migrate it first"),
        ({"schema": {"name": "eset_CL", "columns": [{"name": "handled_b", "type": "real"}]}}, "handled_b has the type real"),
    ],
)
def test_merge_rejects_unusable_tables(change, why):
    shown = {"properties": {**OLD["properties"], **change}}
    done = azure("--merge", "-", stdin=json.dumps(shown).encode())
    assert done.returncode == 1 and done.stdout == b""
    assert why in done.stderr.decode()


@pytest.mark.parametrize("stdin", [b"", b"{}", b"[]", b"null", b"\xff", b'{"properties": 1}'])
def test_merge_rejects_invalid_input(stdin):
    done = azure("--merge", "-", stdin=stdin)
    assert done.returncode == 1 and b"cannot" in done.stderr and done.stdout == b""
