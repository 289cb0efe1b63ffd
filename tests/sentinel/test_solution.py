"""The solution meets the Azure-Sentinel repository's checks and can be written into a checkout.

Sources: Azure-Sentinel repository, .script: dataConnectorValidator with its checkers and REST_API_ConnectorSchema.json,
SolutionValidations, workbookCheckers with workbooksMetadataSchema.json; the pages on solutions in the wiki and in
Tools.
"""

import json
import re
import subprocess
import sys

import pytest
import yaml

import asim
import rules
import stored
from analysis import analyse, queried
from conftest import ROOT
from test_content import HUNTING, RULES
from test_deployment import columns_of, rule_of, stream_of

TOOL = ROOT / "sentinel" / "tools" / "solution.py"
FOLDER = "Solutions/ESET PROTECT Filter"
IDS = ["ESETPROTECTFilter", "ESETPROTECTFilterPush"]
PUSH = f"{FOLDER}/Data Connectors/ESETPROTECTFilterPush_CCF/ESETPROTECTFilterPush_"
CONNECTORS_LIST = ".script/tests/detectionTemplateSchemaValidation/ValidConnectorIds.json"
WORKBOOKS_LIST = "Workbooks/WorkbooksMetadata.json"
# The security domains in the repository's list ValidDomainsVerticals.json.
DOMAINS = {
    "Security - Others", "Security - Threat Intelligence", "Security - Threat Protection", "Security - 0-day Vulnerability",
    "Security - Automation (SOAR)", "Security - Cloud Security", "Security - Information Protection",
    "Security - Insider Threat", "Security - Network", "Security - Vulnerability Management",
}  # fmt: skip
# The members of a connector. The form in a list applies to each of its items.
CONNECTOR = {
    "id": str, "title": str, "publisher": str, "descriptionMarkdown": str, "availability": {"status": int, "isPreview": bool},
    "graphQueries": [{"metricName": str, "legend": str, "baseQuery": str}],
    "sampleQueries": [{"description": str, "query": str}],
    "dataTypes": [{"name": str, "lastDataReceivedQuery": str}],
    "connectivityCriterias": [{"type": str, "value": [str]}],
    "permissions": {"resourceProvider": [dict], "customs": [{"name": str, "description": str}]},
    "instructionSteps": [{"title": str, "description": str}],
}  # fmt: skip
# The required members of an entry in the list of workbooks.
WORKBOOK = {
    "workbookKey": str, "logoFileName": str, "description": str, "dataTypesDependencies": [str],
    "dataConnectorsDependencies": [str], "previewImagesFileNames": [str], "version": str, "title": str,
    "templateRelativePath": str, "subtitle": str, "provider": str,
}  # fmt: skip
# The profile for senders to the Logs Ingestion API, which the check compares literally.
PROVIDERS = [
    {
        "provider": "Microsoft.OperationalInsights/workspaces",
        "permissionsDisplayText": "Read and write permissions are required to configure the workspace tables.",
        "providerDisplayName": "Workspace",
        "scope": "Workspace",
        "requiredPermissions": {"read": True, "write": True},
    }
]
ROLE = {
    "name": "Azure Monitor Logs Ingestion API",
    "description": "The sending application requires the Monitoring Metrics Publisher role on the data collection rule (DCR). "
    "Workspace shared keys are not used.",
}


def run(*arguments):
    return subprocess.run([sys.executable, str(TOOL), *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The directory with the written solution."""
    root = tmp_path_factory.mktemp("solution")
    done = run("--out", root)
    assert done.returncode == 0, done.stderr
    return root


def read(tree, path):
    return json.loads((tree / path).read_text("utf-8"))


def misses(value, form, path=""):
    """Returns the paths at which a value does not match a form: a type, a list with one form, or members with forms."""
    if isinstance(form, list):
        items = value if isinstance(value, list) and value else [None]
        return [miss for at, item in enumerate(items) for miss in misses(item, form[0], f"{path}[{at}]")]
    if isinstance(form, dict):
        members = value if isinstance(value, dict) else {}
        return [miss for key, inner in form.items() for miss in misses(members.get(key), inner, f"{path}.{key}")]
    return [] if isinstance(value, form) and value is not None else [path]


@pytest.fixture(params=["", "push"])
def connector(request, tree):
    """Each connector, with the member names of the classic connector."""
    if not request.param:
        return read(tree, f"{FOLDER}/Data Connectors/ESETPROTECTFilter.json")
    ui = read(tree, f"{PUSH}connectorDefinition.json")["properties"]["connectorUiConfig"]
    return {**ui, "connectivityCriterias": ui["connectivityCriteria"]}


def test_connector_has_the_members_of_the_schema(connector):
    assert misses(connector, CONNECTOR) == []
    assert misses({**connector, "sampleQueries": [{"query": 1}]}, CONNECTOR) == [
        ".sampleQueries[0].description", ".sampleQueries[0].query",
    ]  # fmt: skip


def test_connector_is_of_the_logs_ingestion_profile(connector):
    """Its table makes it a REST API connector for the repository's check, which therefore compares its permissions."""
    name = connector["dataTypes"][0]["name"]
    assert name == "eset_CL" and "Event" not in name and "[Deploy To Azure]" not in json.dumps(connector["instructionSteps"])
    assert not re.search(r"\s", connector["id"])
    assert connector["permissions"]["resourceProvider"] == PROVIDERS
    assert ROLE in connector["permissions"]["customs"]


def test_connector_queries(connector, template, workspace):
    """The analyser accepts the queries, and the connectivity query returns one boolean."""
    queries = [query["baseQuery"] for query in connector["graphQueries"]]
    queries += [query["query"] for query in connector["sampleQueries"]]
    queries += [kind["lastDataReceivedQuery"] for kind in connector["dataTypes"]]
    (connected,) = connector["connectivityCriterias"][0]["value"]
    functions = [{"name": name, "parameters": "()", "body": f"{{ {body} }}"} for name, body in stored.FUNCTIONS.items()]
    asked = {str(at): query for at, query in enumerate([*queries, connected])}
    found = analyse({"eset_CL": queried(columns_of(template))}, asked, functions)
    assert [answer["problems"] for answer in found.values()] == [[]] * len(asked)
    assert found[str(len(queries))]["columns"] == {"IsConnected": "bool"}
    for days, expected in [(1, True), (4, False)]:
        now = rules.EPOCH + rules.duration("14d")
        workspace.fill([{"event_type": "Threat_Event", "TimeGenerated": (now - rules.duration(f"{days}d")).isoformat()}])
        assert workspace.query(connected, now) == [{"IsConnected": expected}]


def test_every_file_is_listed_and_exists(tree):
    data = read(tree, f"{FOLDER}/Data/Solution_ESET PROTECT Filter.json")
    folder = tree / FOLDER
    kinds = ("Data Connectors", "Analytic Rules", "Hunting Queries", "Parsers", "Workbooks")
    listed = [path for kind in kinds for path in data[kind]]
    assert all((folder / path).is_file() for path in [*listed, data["Metadata"]])
    written = {str(path.relative_to(folder)) for kind in kinds for path in (folder / kind).glob("*.*")}
    assert written == {path for path in listed if "_CCF/" not in path}
    assert len(data["Analytic Rules"]) == len(RULES) and len(data["Hunting Queries"]) == len(HUNTING)
    assert data["BasePath"] == f"./{FOLDER}" and data["Name"] == FOLDER.removeprefix("Solutions/")
    assert re.fullmatch(r"3\.\d+\.\d+", data["Version"]) and data["TemplateSpec"] is True and data["Is1PConnector"] is False


def test_content_equals_the_sources(tree):
    """The files are identical byte for byte."""
    pairs = {f"Analytic Rules/{name}.yaml": f"rules/{name}.yaml" for name in RULES}
    pairs |= {f"Hunting Queries/{name}.yaml": f"hunting/{name}.yaml" for name in HUNTING}
    pairs |= {
        "Parsers/ESETEvents.yaml": "functions/ESETEvents.yaml",
        "Workbooks/ESETPROTECTFilterWorkbook.json": "workbook.json",
        "Deployment/azuredeploy.json": "azuredeploy.json",
    }
    for there, here in pairs.items():
        assert (tree / FOLDER / there).read_bytes() == (ROOT / "sentinel" / here).read_bytes(), there


def test_rules_name_a_connector_of_the_solution(tree):
    for path in (tree / FOLDER).glob("*/*.yaml"):
        needed = yaml.safe_load(path.read_text("utf-8")).get("requiredDataConnectors", [])
        assert {connector["connectorId"] for connector in needed} <= set(IDS), path.name
        assert needed or path.parent.name == "Parsers"


def test_metadata(tree):
    metadata = read(tree, f"{FOLDER}/SolutionMetadata.json")
    solution_id = f"{metadata['publisherId']}.{metadata['offerId']}"
    assert re.fullmatch(r"[^.]+\.[^.]+", solution_id) and solution_id == solution_id.lower()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", metadata["firstPublishDate"])
    assert metadata["categories"]["domains"] and set(metadata["categories"]["domains"]) <= DOMAINS
    support = metadata["support"]
    assert support["name"].strip() and support["tier"] in ("Microsoft", "Partner", "Community")
    assert re.fullmatch(r"https?://\S+", support["link"])


def test_release_notes_have_the_version_first(tree):
    head, _, first = (tree / FOLDER / "ReleaseNotes.md").read_text("utf-8").splitlines()[:3]
    assert head == "| **Version** | **Date Modified (DD-MM-YYYY)** | **Change History** |"
    version, date, history = first.strip("|").split("|")
    assert version.strip() == read(tree, f"{FOLDER}/Data/Solution_ESET PROTECT Filter.json")["Version"]
    assert re.fullmatch(r"\d\d-\d\d-\d{4}", date.strip()) and history.strip()


def test_product_name_is_microsoft_sentinel(tree):
    """The repository's name check rejects `Sentinel` without `Microsoft` in files of the solution."""
    for path in (tree / FOLDER).rglob("*.*"):
        if path.suffix in (".json", ".yaml", ".md"):
            text = path.read_text("utf-8").replace("Azure/Azure-Sentinel", "")
            assert re.findall(r"(?<!Microsoft\s)(?<!-)\bSentinel\b", text) == [], path


def test_push_connector(tree, template):
    """The page, connection, rule and table are consistent with each other and with the deployment."""
    definition, connection = read(tree, f"{PUSH}connectorDefinition.json"), read(tree, f"{PUSH}dataConnector.json")
    rule, table = read(tree, f"{PUSH}DCR.json"), read(tree, f"{PUSH}table.json")
    assert definition["kind"] == "Customizable" and connection["kind"] == "Push"
    properties = connection["properties"]
    assert properties["connectorDefinitionName"] == definition["name"] == definition["properties"]["connectorUiConfig"]["id"]
    assert properties["auth"]["type"] == "Push"
    steps = definition["properties"]["connectorUiConfig"]["instructionSteps"]
    kinds = [instruction["type"] for step in steps for instruction in step["instructions"]]
    assert kinds.count("DeployPushConnectorButton") == 1
    filled = [i["parameters"]["fillWith"][0] for step in steps for i in step["instructions"] if i["type"] == "CopyableLabel"]
    assert filled == ["TenantId", "ApplicationId", "ApplicationSecret", "DataCollectionEndpoint", "DataCollectionRuleId"]
    (stream,) = rule["properties"]["streamDeclarations"]
    assert stream == properties["dcrConfig"]["streamName"]
    columns = {column["name"]: column["type"] for column in rule["properties"]["streamDeclarations"][stream]["columns"]}
    assert columns == stream_of(template)
    (flow,) = rule["properties"]["dataFlows"]
    assert flow["transformKql"] == rule_of(template)["dataFlows"][0]["transformKql"] and flow["streams"] == [stream]
    assert flow["destinations"] == [rule["properties"]["destinations"]["logAnalytics"][0]["name"]]
    assert {column["name"]: column["type"] for column in table["properties"]["schema"]["columns"]} == columns_of(template)
    assert table["name"] == table["properties"]["schema"]["name"] == "eset_CL"
    assert "together with their data" in json.dumps(steps), "no warning that an existing table loses columns"


def test_query_check_has_the_table(tree, template):
    """The analyser accepts each rule and hunting query with the columns of that table."""
    table = read(tree, ".script/tests/KqlvalidationsTests/CustomTables/eset_CL.json")
    columns = {column["Name"]: column["Type"] for column in table["Properties"]}
    assert table["Name"] == "eset_CL" and columns == queried(columns_of(template))
    found = analyse({"eset_CL": columns}, {name: file["query"] for name, file in {**RULES, **HUNTING}.items()})
    assert {name: answer["problems"] for name, answer in found.items() if answer["problems"]} == {}


@pytest.mark.parametrize("name", asim.PARSERS)
def test_asim_parser(tree, name):
    """The parser is in its schema's directory, with a changelog."""
    folder = tree / f"Parsers/ASim{asim.PARSERS[name]['Normalization']['Schema']}"
    assert (folder / "Parsers" / f"{name}.yaml").read_bytes() == (asim.DIRECTORY / f"{name}.yaml").read_bytes()
    changes = (folder / "CHANGELOG" / f"{name}.md").read_text("utf-8")
    assert changes.startswith(f"# Changelog for {name}.yaml\n\n## Version {asim.PARSERS[name]['Parser']['Version']}\n")


def test_asim_samples(tree):
    there = {path.name: path.read_bytes() for path in (tree / "Sample Data/ASIM").iterdir()}
    assert there == {path.name: path.read_bytes() for path in (asim.DIRECTORY / "samples").iterdir()}
    assert {f"ESET_PROTECT_{schema}_IngestedLogs.csv" for schema in asim.SCHEMAS} < set(there)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with both lists, which contain entries of other solutions."""
    for path, content in [
        (CONNECTORS_LIST, '[\n  "AzureActivity",\n    "Syslog"\n]\n'),
        (WORKBOOKS_LIST, '[\r\n\t{ "workbookKey": "Other", "version": "1.0.0" }\r\n]'),
    ]:
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(content.encode())
    return tmp_path


def test_into_a_checkout(tree, checkout):
    """Writes the same files and adds entries to both lists without changing others. A second run changes nothing."""
    assert run("--into", checkout).returncode == 0
    files = {path.relative_to(tree) for path in tree.rglob("*") if path.is_file()}
    assert all((checkout / path).read_bytes() == (tree / path).read_bytes() for path in files)
    connectors = (checkout / CONNECTORS_LIST).read_bytes()
    assert connectors.startswith(b'[\n  "AzureActivity",\n    "Syslog",\n')
    assert json.loads(connectors) == ["AzureActivity", "Syslog", *IDS]
    workbooks = (checkout / WORKBOOKS_LIST).read_bytes()
    assert workbooks.startswith(b'[\r\n\t{ "workbookKey": "Other", "version": "1.0.0" },\r\n')
    assert workbooks.count(b"\n") == workbooks.count(b"\r\n")
    other, entry = json.loads(workbooks)
    assert other["workbookKey"] == "Other" and misses(entry, WORKBOOK) == [] and set(entry) == set(WORKBOOK)
    assert run("--into", checkout).returncode == 0
    assert (checkout / CONNECTORS_LIST).read_bytes() == connectors
    assert (checkout / WORKBOOKS_LIST).read_bytes() == workbooks


def test_workbook_in_the_list(checkout):
    run("--into", checkout)
    entry = read(checkout, WORKBOOKS_LIST)[-1]
    template = read(checkout, f"Workbooks/{entry['templateRelativePath']}")
    assert template["fromTemplateId"] == f"sentinel-{entry['workbookKey']}" != "sentinel-UserWorkbook"
    assert not re.search(r"subscriptions/[0-9a-fA-F]{8}-", json.dumps(template))
    previews = entry["previewImagesFileNames"]
    assert all(name.endswith(".png") for name in previews)
    assert all(any(colour in name for name in previews) for colour in ("White", "Black"))
    for name in previews:
        assert (checkout / "Workbooks/Images/Preview" / name).read_bytes().startswith(b"\x89PNG")
    assert set(entry["dataConnectorsDependencies"]) <= set(IDS) and entry["dataTypesDependencies"] == ["eset_CL"]


def test_an_older_solution_is_removed(checkout):
    old = checkout / FOLDER / "Analytic Rules" / "Old.yaml"
    old.parent.mkdir(parents=True)
    old.write_text("id: 1\n")
    assert run("--into", checkout).returncode == 0 and not old.exists()


def test_directory_that_is_not_a_checkout(tmp_path):
    done = run("--into", tmp_path)
    assert done.returncode == 1 and f"{tmp_path} is not a checkout of Azure-Sentinel" in done.stderr
    assert list(tmp_path.iterdir()) == []
