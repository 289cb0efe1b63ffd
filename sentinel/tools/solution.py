"""Writes the gallery solution from the files in sentinel/, in the layout of the Azure-Sentinel repository.

To contribute the solution, copy the tree into a checkout of that repository. Two lists in the repository have an entry
for every solution. With --into, this program writes into a checkout and adds the entries to both lists. The
repository's own tool (PowerShell) creates the Package directory from the file in Data.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import yaml

import functions

SENTINEL = Path(__file__).resolve().parent.parent
IMAGES = SENTINEL.parent / "docs" / "images"
RAW = "https://raw.githubusercontent.com/Azure/Azure-Sentinel/master"
TABLE = "eset_CL"
CONNECTOR_IDS = ".script/tests/detectionTemplateSchemaValidation/ValidConnectorIds.json"
WORKBOOKS_LIST = "Workbooks/WorkbooksMetadata.json"
CUSTOM_TABLE = f".script/tests/KqlvalidationsTests/CustomTables/{TABLE}.json"
PREVIEWS = {"White": "workbook.png", "Black": "workbook-dark.png"}
# The exact text that the repository's check requires of connectors that send to the Logs Ingestion API.
INGESTION = {
    "name": "Azure Monitor Logs Ingestion API",
    "description": "The sending application requires the Monitoring Metrics Publisher role on the data collection rule (DCR). "
    "Workspace shared keys are not used.",
}
WORKSPACE = {
    "provider": "Microsoft.OperationalInsights/workspaces",
    "permissionsDisplayText": "Read and write permissions are required to configure the workspace tables.",
    "providerDisplayName": "Workspace",
    "scope": "Workspace",
    "requiredPermissions": {"read": True, "write": True},
}
QUERIED = {"guid": "string", "boolean": "bool"}


def main():
    parser = argparse.ArgumentParser(prog="make solution", description=__doc__)
    parser.add_argument("--into", type=Path, metavar="CHECKOUT", help="checkout of Azure-Sentinel to write the solution into")
    parser.add_argument("--out", type=Path, default=SENTINEL.parent / "dist" / "solution",
                        help="directory to write the solution to [default: dist/solution]")
    arguments = parser.parse_args()
    solution = Solution()
    if arguments.into:
        lists = [arguments.into / path for path in (CONNECTOR_IDS, WORKBOOKS_LIST)]
        missing = [str(path) for path in lists if not path.is_file()]
        if missing:
            sys.exit(f"{arguments.into} is not a checkout of Azure-Sentinel: it lacks {', '.join(missing)}")
        solution.write(arguments.into)
        solution.enlist(*lists)
        print(f"wrote {arguments.into / solution.folder} and the lists of connectors and workbooks")
    else:
        solution.write(arguments.out)
        print(f"wrote {arguments.out}: copy it into a checkout of Azure-Sentinel, or use --into to update its lists as well")


class Solution:
    """The files of the solution, by their paths in the repository."""

    def __init__(self):
        self.about = yaml.safe_load((SENTINEL / "solution.yaml").read_text("utf-8"))
        template = json.loads((SENTINEL / "azuredeploy.json").read_text("utf-8"))
        self.resources = {resource["type"].rsplit("/", 1)[1]: resource["properties"] for resource in template["resources"]}
        self.folder = f"Solutions/{self.about['name']}"

    def write(self, root):
        """Writes every file below a directory and removes the files of an older solution."""
        shutil.rmtree(root / self.folder, ignore_errors=True)
        for path, content in self.files().items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_text(content if isinstance(content, str) else as_json(content), "utf-8")

    def files(self):
        """Returns the content of each file: a path to copy, a text, or a value to write as JSON."""
        own = {f"{self.folder}/{path}": content for path, content in self.own_files().items()}
        workbook = f"{self.about['workbook']['key']}.json"
        return {
            **own,
            f"Workbooks/{workbook}": SENTINEL / "workbook.json",
            **{f"Workbooks/Images/Preview/{name}": path for name, path in self.previews().items()},
            CUSTOM_TABLE: self.custom_table(),
            **self.normalising(),
        }

    def normalising(self):
        """Returns the ASIM parsers, a changelog for each, and the sample rows with which the repository tests them."""
        found = {f"Sample Data/ASIM/{path.name}": path for path in sorted((SENTINEL / "asim" / "samples").glob("*.csv"))}
        for path in yaml_files("asim"):
            parser = yaml.safe_load(path.read_text("utf-8"))
            folder = f"Parsers/ASim{parser['Normalization']['Schema']}"
            version, date = parser["Parser"]["Version"], f"{self.about['published']:%Y-%m-%d}"
            changes = f"# Changelog for {path.name}\n\n## Version {version}\n\n- ({date}) Initial creation of the parser\n"
            found |= {f"{folder}/Parsers/{path.name}": path, f"{folder}/CHANGELOG/{path.stem}.md": changes}
        return found

    def own_files(self):
        """Returns the files in the solution's directory."""
        about = self.about
        push = f"Data Connectors/{about['push']['id']}_CCF/{about['push']['id']}"
        return {
            **{f"Analytic Rules/{path.name}": path for path in yaml_files("rules")},
            **{f"Hunting Queries/{path.name}": path for path in yaml_files("hunting")},
            **{f"Parsers/{name}.yaml": functions.DIRECTORY / f"{name}.yaml" for name in about["parsers"]},
            f"Workbooks/{about['workbook']['key']}.json": SENTINEL / "workbook.json",
            **{f"Workbooks/Images/Preview/{name}": path for name, path in self.previews().items()},
            "Deployment/azuredeploy.json": SENTINEL / "azuredeploy.json",
            f"Data Connectors/{about['connector']['id']}.json": self.connector(),
            f"{push}_connectorDefinition.json": self.push_definition(),
            f"{push}_dataConnector.json": self.push_connector(),
            f"{push}_DCR.json": self.push_rule(),
            f"{push}_table.json": self.push_table(),
            f"Data/Solution_{about['name']}.json": self.data(),
            "SolutionMetadata.json": self.metadata(),
            "ReleaseNotes.md": self.release_notes(),
        }

    def previews(self):
        """Returns the preview images of the workbook, under the names that the repository requires."""
        return {f"{self.about['workbook']['key']}{colour}.png": IMAGES / name for colour, name in PREVIEWS.items()}

    def data(self):
        """Returns the input of the repository's packaging tool."""
        about = self.about
        connectors = [f"{about['connector']['id']}.json", f"{about['push']['id']}_CCF/{about['push']['id']}_connectorDefinition.json"]
        return {
            "Name": about["name"],
            "Author": about["author"],
            "Logo": f'<img src="{RAW}/Workbooks/Images/Logos/{about["logo"]}" width="75px" height="75px">',
            "Description": one_line(about["description"]),
            "WorkbookDescription": one_line(about["workbook"]["description"]),
            "Data Connectors": [f"Data Connectors/{name}" for name in connectors],
            "Analytic Rules": [f"Analytic Rules/{path.name}" for path in yaml_files("rules")],
            "Hunting Queries": [f"Hunting Queries/{path.name}" for path in yaml_files("hunting")],
            "Parsers": [f"Parsers/{name}.yaml" for name in about["parsers"]],
            "Workbooks": [f"Workbooks/{about['workbook']['key']}.json"],
            "Metadata": "SolutionMetadata.json",
            "BasePath": f"./{self.folder}",
            "Version": about["version"],
            "TemplateSpec": True,
            "Is1PConnector": False,
        }

    def metadata(self):
        """Returns the publisher, support and categories of the solution."""
        about = self.about
        return {
            "publisherId": about["publisherId"],
            "offerId": about["offerId"],
            "firstPublishDate": str(about["published"]),
            "providers": [about["connector"]["publisher"]],
            "categories": {"domains": about["domains"]},
            "support": about["support"],
        }

    def release_notes(self):
        """Returns the release notes: a table of versions."""
        about = self.about
        head = "| **Version** | **Date Modified (DD-MM-YYYY)** | **Change History** |\n|---|---|---|\n"
        return f"{head}| {about['version']} | {about['published']:%d-%m-%Y} | {about['history']} |\n"

    def shared(self, of):
        """Returns the parts that both connectors share: queries, data types, and the criteria for being connected."""
        queries = self.about["connector"]["queries"]
        last = f"{TABLE} | summarize Time = max(TimeGenerated) | where isnotempty(Time)"
        connected = f"{TABLE} | summarize LastEvent = max(TimeGenerated) | project IsConnected = LastEvent > ago(3d)"
        return {
            "id": of["id"],
            "title": of["title"],
            "publisher": self.about["connector"]["publisher"],
            "descriptionMarkdown": one_line(self.about["description"]),
            "graphQueries": [{"metricName": "Records received", "legend": "ESET PROTECT", "baseQuery": TABLE}],
            "sampleQueries": [{"description": name, "query": query} for name, query in queries.items()],
            "dataTypes": [{"name": TABLE, "lastDataReceivedQuery": last}],
        }, [{"type": "IsConnectedQuery", "value": [connected]}]

    def connector(self):
        """Returns the connector with the profile for senders to the Logs Ingestion API."""
        given = self.about["connector"]
        shared, criteria = self.shared(given)
        return {
            **shared,
            "connectivityCriterias": criteria,
            "availability": {"status": 1, "isPreview": False},
            "permissions": {"resourceProvider": [WORKSPACE], "customs": [INGESTION, *given["needs"]]},
            "instructionSteps": given["steps"],
        }

    def push_definition(self):
        """Returns the push connector's page. Its button creates the application, table, DCR and role assignment."""
        push = self.about["push"]
        shared, criteria = self.shared(push)
        values = {
            "Tenant ID": "TenantId",
            "Client ID": "ApplicationId",
            "Client secret": "ApplicationSecret",
            "Ingestion endpoint": "DataCollectionEndpoint",
            "Immutable ID of the data collection rule": "DataCollectionRuleId",
        }
        ui = {
            **shared,
            "connectivityCriteria": criteria,
            "availability": {"status": 1, "isPreview": True},
            "permissions": {"resourceProvider": [WORKSPACE], "customs": [INGESTION, *self.about["connector"]["needs"]]},
            "instructionSteps": [
                {
                    "title": "1. Deploy the connector's resources",
                    "description": one_line(push["created"]),
                    "instructions": [
                        {"type": "Markdown", "parameters": {"content": one_line(push["warning"])}},
                        {
                            "type": "DeployPushConnectorButton",
                            "parameters": {"label": "Deploy", "applicationDisplayName": push["application"]},
                        },
                    ],
                },
                {
                    "title": "2. Set up the shipper",
                    "description": one_line(push["usage"]),
                    "instructions": [
                        {
                            "type": "CopyableLabel",
                            "parameters": {"label": label, "fillWith": [value], "placeholder": "Shown after the deployment"},
                        }
                        for label, value in values.items()
                    ],
                },
            ],
        }
        return {
            "name": push["id"],
            "apiVersion": "2022-09-01-preview",
            "type": "Microsoft.SecurityInsights/dataConnectorDefinitions",
            "location": "[parameters('workspace-location')]",
            "kind": "Customizable",
            "properties": {"connectorUiConfig": ui},
        }

    def push_connector(self):
        """Returns the connection that the push connector's button creates."""
        push = self.about["push"]
        (stream,) = self.resources["dataCollectionRules"]["streamDeclarations"]
        return {
            "name": push["id"],
            "apiVersion": "2024-09-01",
            "type": "Microsoft.SecurityInsights/dataConnectors",
            "kind": "Push",
            "properties": {
                "connectorDefinitionName": push["id"],
                "dcrConfig": {
                    "streamName": stream,
                    "dataCollectionEndpoint": "[[parameters('dcrConfig').dataCollectionEndpoint]",
                    "dataCollectionRuleImmutableId": "[[parameters('dcrConfig').dataCollectionRuleImmutableId]",
                },
                "auth": {
                    "type": "Push",
                    "AppId": "[[parameters('auth').appId]",
                    "ServicePrincipalId": "[[parameters('auth').servicePrincipalId]",
                },
                "request": {"RetryCount": 1},
                "response": {"eventsJsonPaths": ["$"]},
            },
        }

    def push_rule(self):
        """Returns the DCR of azuredeploy.json, with the destination that the packaging tool fills in."""
        rule = self.resources["dataCollectionRules"]
        name = "clv2ws1"
        endpoint = "resourceId(parameters('subscription'), parameters('resourceGroupName'), 'Microsoft.Insights/dataCollectionEndpoints'"
        return {
            "name": f"{self.about['push']['id']}DCR",
            "apiVersion": "2023-03-11",
            "type": "Microsoft.Insights/dataCollectionRules",
            "location": "[parameters('workspace-location')]",
            "properties": {
                "dataCollectionEndpointId": f"[{endpoint}, parameters('workspace'))]",
                "streamDeclarations": rule["streamDeclarations"],
                "destinations": {
                    "logAnalytics": [{"workspaceResourceId": "[variables('workspaceResourceId')]", "name": name}]
                },
                "dataFlows": [{**flow, "destinations": [name]} for flow in rule["dataFlows"]],
            },
        }

    def push_table(self):
        """Returns the table of azuredeploy.json."""
        schema = self.resources["tables"]["schema"]
        return {
            "name": TABLE,
            "apiVersion": "2022-10-01",
            "type": "Microsoft.OperationalInsights/workspaces/tables",
            "properties": {"schema": schema},
        }

    def custom_table(self):
        """Returns the table's schema in the format of the repository's query check."""
        columns = self.resources["tables"]["schema"]["columns"]
        kinds = {column["name"]: column["type"].lower() for column in columns}
        return {"Name": TABLE, "Properties": [{"Name": name, "Type": QUERIED.get(kind, kind)} for name, kind in kinds.items()]}

    def workbook_entry(self):
        """Returns the workbook's entry for the list of workbooks."""
        about = self.about["workbook"]
        return {
            "workbookKey": about["key"],
            "logoFileName": self.about["logo"],
            "description": one_line(about["description"]),
            "dataTypesDependencies": [TABLE],
            "dataConnectorsDependencies": [self.about["connector"]["id"]],
            "previewImagesFileNames": list(self.previews()),
            "version": self.about["version"],
            "title": about["title"],
            "templateRelativePath": f"{about['key']}.json",
            "subtitle": "",
            "provider": self.about["support"]["name"],
        }

    def enlist(self, connectors, workbooks):
        """Adds the connectors and the workbook to their lists unless they are already listed."""
        ids = [self.about[kind]["id"] for kind in ("connector", "push")]
        append(connectors, ids, lambda listed: listed)
        append(workbooks, [self.workbook_entry()], lambda listed: listed["workbookKey"])


def append(path, entries, key):
    """Appends entries to a JSON list as text, so that the rest of the file is unchanged. `key` identifies an entry."""
    text = path.read_bytes().decode("utf-8")
    line_end = "\r\n" if "\r\n" in text else "\n"
    known = {key(listed) for listed in json.loads(text.removeprefix("\ufeff"))}
    added = [json.dumps(entry, indent=2, ensure_ascii=False) for entry in entries if key(entry) not in known]
    if added:
        body = text.rstrip().removesuffix("]").rstrip()
        comma = "" if body.endswith("[") else ","
        lines = "\n" + ",\n".join(added)
        path.write_bytes((body + comma + (lines.replace("\n", "\n  ") + "\n]\n").replace("\n", line_end)).encode("utf-8"))


def yaml_files(directory):
    return sorted((SENTINEL / directory).glob("*.yaml"))


def one_line(text):
    return " ".join(text.split())


def as_json(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
