"""Rules and hunting queries: the analyser accepts each query, and each file passes the Azure-Sentinel checks.

Source: Azure-Sentinel repository, the checks of rule templates (detectionTemplateSchemaValidation).
"""

import re
import uuid

import pytest

import catalogue
import rules
from analysis import analyse, queried
from conftest import ROOT
from test_deployment import columns_of

RULES = rules.load(ROOT / "sentinel" / "rules")
HUNTING = rules.load(ROOT / "sentinel" / "hunting")
ALL = {**RULES, **HUNTING}

# For each entity, the identifiers of which it needs at least one (FileHash needs both), and its other identifiers.
ENTITIES = {
    "Account": ({"FullName", "Name", "Sid", "AadUserId", "PUID", "ObjectGuid"}, {"NTDomain", "DnsDomain", "UPNSuffix"}),
    "Host": ({"FullName", "HostName", "NetBiosName", "AzureID", "OMSAgentID"}, {"DnsDomain", "NTDomain", "OSFamily", "OSVersion"}),
    "IP": ({"Address"}, set()),
    "URL": ({"Url"}, set()),
    "FileHash": ({"Algorithm", "Value"}, set()),
    "File": ({"Name"}, {"Directory"}),
    "Process": ({"CommandLine", "ProcessId"}, set()),
    "Malware": ({"Name"}, {"Category"}),
    "RegistryKey": ({"Key", "Hive"}, set()),
    "DNS": ({"DomainName"}, set()),
}  # fmt: skip

# The tactics of each technique in use, from MITRE ATT&CK.
TACTICS = {
    "T1003": {"CredentialAccess"},
    "T1021": {"LateralMovement"},
    "T1027": {"DefenseEvasion"},
    "T1036": {"DefenseEvasion"},
    "T1041": {"Exfiltration"},
    "T1046": {"Discovery"},
    "T1053": {"Execution", "Persistence", "PrivilegeEscalation"},
    "T1055": {"DefenseEvasion", "PrivilegeEscalation"},
    "T1056": {"Collection", "CredentialAccess"},
    "T1059": {"Execution"},
    "T1068": {"PrivilegeEscalation"},
    "T1070": {"DefenseEvasion"},
    "T1071": {"CommandAndControl"},
    "T1072": {"Execution", "LateralMovement"},
    "T1078": {"DefenseEvasion", "InitialAccess", "Persistence", "PrivilegeEscalation"},
    "T1082": {"Discovery"},
    "T1090": {"CommandAndControl"},
    "T1091": {"InitialAccess", "LateralMovement"},
    "T1098": {"Persistence", "PrivilegeEscalation"},
    "T1105": {"CommandAndControl"},
    "T1110": {"CredentialAccess"},
    "T1133": {"InitialAccess", "Persistence"},
    "T1136": {"Persistence"},
    "T1189": {"InitialAccess"},
    "T1190": {"InitialAccess"},
    "T1203": {"Execution"},
    "T1204": {"Execution"},
    "T1210": {"LateralMovement"},
    "T1218": {"DefenseEvasion"},
    "T1219": {"CommandAndControl"},
    "T1484": {"DefenseEvasion", "PrivilegeEscalation"},
    "T1486": {"Impact"},
    "T1489": {"Impact"},
    "T1490": {"Impact"},
    "T1496": {"Impact"},
    "T1498": {"Impact"},
    "T1499": {"Impact"},
    "T1505": {"Persistence"},
    "T1543": {"Persistence", "PrivilegeEscalation"},
    "T1546": {"Persistence", "PrivilegeEscalation"},
    "T1547": {"Persistence", "PrivilegeEscalation"},
    "T1552": {"CredentialAccess"},
    "T1555": {"CredentialAccess"},
    "T1557": {"Collection", "CredentialAccess"},
    "T1562": {"DefenseEvasion"},
    "T1566": {"InitialAccess"},
    "T1567": {"Exfiltration"},
    "T1568": {"CommandAndControl"},
    "T1569": {"Execution"},
    "T1570": {"LateralMovement"},
    "T1571": {"CommandAndControl"},
    "T1574": {"DefenseEvasion", "Persistence", "PrivilegeEscalation"},
    "T1583": {"ResourceDevelopment"},
    "T1588": {"ResourceDevelopment"},
    "T1595": {"Reconnaissance"},
}


@pytest.fixture(scope="module")
def analysed(template):
    """The analyser's results for each query."""
    tables = {"eset_CL": queried(columns_of(template))}
    return analyse(tables, {name: file["query"] for name, file in ALL.items()})


@pytest.mark.parametrize("name", ALL)
def test_query(analysed, name):
    """A query has no errors or warnings, and returns every column that the file names."""
    found = analysed[name]
    assert found["problems"] == []
    file = ALL[name]
    for mapping in file.get("entityMappings", []):
        for field in mapping["fieldMappings"]:
            assert found["columns"].get(field["columnName"]) in ("string", "dynamic"), field
    named = list(file.get("customDetails", {}).values())
    override = file.get("alertDetailsOverride", {})
    for key in ("alertDisplayNameFormat", "alertDescriptionFormat"):
        placeholders = re.findall(r"\{\{\s*(\w+)\s*\}\}", override.get(key, ""))
        assert len(placeholders) <= 3
        named += placeholders
    named += [dynamic["value"] for dynamic in override.get("alertDynamicProperties", [])]
    named += [value for key, value in override.items() if key.endswith("ColumnName")]
    assert set(named) <= set(found["columns"])


@pytest.mark.parametrize("name", ALL)
def test_file_structure(name):
    file = ALL[name]
    assert str(uuid.UUID(file["id"])) == file["id"]
    assert 1 <= len(file["name"]) <= 256 and 1 <= len(file["description"]) <= 5000
    assert 1 <= len(file["query"]) <= 10_000
    assert re.fullmatch(r"\d+\.\d+\.\d+", file["version"])
    assert file["requiredDataConnectors"] == [{"connectorId": "ESETPROTECTFilter", "dataTypes": ["eset_CL"]}]
    assert file["tactics"] and file["relevantTechniques"]
    for technique in file["relevantTechniques"]:
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", technique)
        assert TACTICS[technique[:5]] & set(file["tactics"]), technique
    for tactic in file["tactics"]:
        assert any(tactic in TACTICS[technique[:5]] for technique in file["relevantTechniques"]), tactic
    mappings = file.get("entityMappings", [])
    assert len(mappings) <= 10
    for mapping in mappings:
        needed, possible = ENTITIES[mapping["entityType"]]
        identifiers = [field["identifier"] for field in mapping["fieldMappings"]]
        assert 1 <= len(identifiers) <= 3 and len(set(identifiers)) == len(identifiers)
        assert set(identifiers) <= needed | possible and needed & set(identifiers)
        assert mapping["entityType"] != "FileHash" or set(identifiers) == needed


@pytest.mark.parametrize("name", RULES)
def test_rule_structure(name):
    rule = RULES[name]
    assert rule["kind"] == "Scheduled" and rule["status"] == "Available"
    assert rule["severity"] in ("Informational", "Low", "Medium", "High")
    frequency, period = rules.duration(rule["queryFrequency"]), rules.duration(rule["queryPeriod"])
    assert rules.duration("5m") <= frequency < period <= rules.duration("14d")
    assert period < rules.duration("2d") or frequency >= rules.duration("1h")
    assert "ingestion_time()" in rule["query"], "the rule misses rows that arrive late"
    assert f"ago({rule['queryFrequency']})" in rule["query"] or f"= {rule['queryFrequency']};" in rule["query"]
    assert rule["triggerOperator"] in rules.OPERATORS and 0 <= rule["triggerThreshold"] <= 10_000
    assert rule["entityMappings"]
    assert re.search(r'parse_status_s !(=|~) "notification"', rule["query"])
    details = rule.get("customDetails", {})
    assert len(details) <= 20 and all(re.fullmatch(r"[A-Za-z]\w{0,19}", key) for key in details)
    override = rule.get("alertDetailsOverride", {})
    assert len(override.get("alertDisplayNameFormat", "")) <= 256
    assert len(override.get("alertDescriptionFormat", "")) <= 5000
    assert rule["eventGroupingSettings"]["aggregationKind"] in ("SingleAlert", "AlertPerResult")
    grouping = rule["incidentConfiguration"]["groupingConfiguration"]
    assert grouping["matchingMethod"] in ("AllEntities", "AnyAlert", "Selected")
    assert set(grouping.get("groupByEntities", [])) <= {mapping["entityType"] for mapping in rule["entityMappings"]}


@pytest.mark.parametrize("name", RULES)
def test_alerts_link_to_the_console_if_events_have_a_link(name):
    """Only ESET Inspect events have a link."""
    override = RULES[name]["alertDetailsOverride"]
    links = {dynamic["alertProperty"]: dynamic["value"] for dynamic in override.get("alertDynamicProperties", [])}
    assert links.get("AlertLink") == ("eiconsolelink_s" if "ESET Inspect Alert" in RULES[name]["query"] else None)


def test_ids_and_names_are_unique():
    for key in ("id", "name"):
        values = [file[key] for file in ALL.values()]
        assert len(set(values)) == len(values)


def test_there_are_enough():
    assert len(RULES) >= 20 and len(HUNTING) >= 20


def test_catalogue_is_current():
    assert (ROOT / "sentinel" / "CONTENT.md").read_text("utf-8") == catalogue.catalogue(), "run make sentinel"
