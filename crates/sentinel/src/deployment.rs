//! The first template: the table, the data collection rule that fills it, and the sender's role on the rule.
//!
//! Sources: Azure Monitor, "Tutorial: Send data to Azure Monitor Logs with Logs ingestion API (Resource Manager
//! templates)", "Structure of a data collection rule"; Azure RBAC, "Monitoring Metrics Publisher".

use crate::columns::{Column, STREAM, TABLE};
use crate::existing::Existing;
use crate::template::{Expr, Output, Parameter, ParameterType, Resource, Template, Value, map};
use crate::transform;

/// The ID of the role Monitoring Metrics Publisher, which allows an application to send to a rule.
const ROLE: &str = "3913510d-42f4-4e42-8a64-420c390055eb";
/// The default of an ID parameter whose value is not yet known.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";
/// The name of the destination within the rule.
const DESTINATION: &str = "workspace";

/// Returns the template for a new table with these columns.
///
/// ```
/// use eset_filter_sentinel::{columns, deployment};
///
/// let template = deployment::new(&columns::all());
/// assert!(template.to_bicep().contains("param createTable bool = true\n"));
/// ```
#[must_use]
pub fn new(columns: &[Column]) -> Template {
    let table = columns.iter().map(|column| (column.name.as_str(), column.table_type.name()));
    template(columns, table.collect(), Retention::WORKSPACE)
}

/// Returns the template for an existing table. It keeps the table's columns and retention, and adds the missing
/// columns.
#[must_use]
pub fn over(existing: &Existing, columns: &[Column]) -> Template {
    let retention = Retention { interactive: existing.retention_in_days, total: existing.total_retention_in_days };
    template(&existing.filled(columns), existing.union(columns), retention)
}

/// How long rows are kept, in days. -1 means the workspace default.
struct Retention {
    interactive: i64,
    total: i64,
}

impl Retention {
    const WORKSPACE: Self = Self { interactive: -1, total: -1 };
}

fn template(columns: &[Column], table: Vec<(&str, &str)>, retention: Retention) -> Template {
    Template {
        description:
            "The table eset_CL, the data collection rule that fills it, and the role assignment for the sender"
                .to_owned(),
        parameters: parameters(retention),
        resources: vec![workspace(), table_of(table), rule(columns), role()],
        outputs: outputs(),
    }
}

fn parameters(retention: Retention) -> Vec<Parameter> {
    let parameter = |name, kind, default: Option<Value>, description| Parameter {
        name,
        kind,
        description,
        default,
        allowed: Vec::new(),
    };
    let (string, int) = (ParameterType::String, ParameterType::Int);
    vec![
        parameter("workspaceName", string, None, "Name of the Log Analytics workspace in this resource group"),
        parameter(
            "location",
            string,
            Some(Expr::Member("resourceGroup", "location").into()),
            "Region of the workspace. The data collection rule must be in the same region",
        ),
        parameter(
            "principalObjectId",
            string,
            None,
            "Object ID of the sender's service principal. In Entra ID it is listed under Enterprise applications; the object ID under App registrations is a different one",
        ),
        parameter(
            "clientId",
            string,
            Some(NO_ID.into()),
            "Application (client) ID of the same application. It is used only in the outputs",
        ),
        parameter("dataCollectionRuleName", string, Some("eset-filter".into()), "Name of the data collection rule"),
        parameter(
            "createTable",
            ParameterType::Bool,
            Some(true.into()),
            "Whether to create the table. If the table already exists, use false, or a template written by eset-filter azure --merge. Otherwise, the deployment deletes every column that the template does not name, with its data",
        ),
        Parameter {
            allowed: vec!["Analytics".into()],
            ..parameter(
                "tablePlan",
                string,
                Some("Analytics".into()),
                "Plan of the table. Analytics rules cannot query tables with the plans Basic and Auxiliary",
            )
        },
        parameter(
            "retentionInDays",
            int,
            Some(retention.interactive.into()),
            "Days of interactive retention, 4 to 730; -1 means the workspace default",
        ),
        parameter(
            "totalRetentionInDays",
            int,
            Some(retention.total.into()),
            "Days of total retention, 4 to 4383; -1 means the same as retentionInDays",
        ),
    ]
}

fn workspace() -> Resource {
    Resource {
        symbol: "workspace",
        kind: "Microsoft.OperationalInsights/workspaces",
        api_version: "2025-07-01",
        name: Expr::Parameter("workspaceName"),
        parent: None,
        scope: None,
        condition: None,
        depends_on: Vec::new(),
        members: None,
    }
}

fn table_of(columns: Vec<(&str, &str)>) -> Resource {
    let columns = columns.into_iter().map(|(name, kind)| map([("name", name.into()), ("type", kind.into())]));
    let properties = map([
        ("plan", Expr::Parameter("tablePlan").into()),
        ("retentionInDays", Expr::Parameter("retentionInDays").into()),
        ("totalRetentionInDays", Expr::Parameter("totalRetentionInDays").into()),
        ("schema", map([("name", TABLE.into()), ("columns", columns.collect())])),
    ]);
    Resource {
        symbol: "table",
        kind: "Microsoft.OperationalInsights/workspaces/tables",
        name: TABLE.into(),
        parent: Some("workspace"),
        condition: Some("createTable"),
        members: Some(vec![("properties", properties)]),
        ..workspace()
    }
}

fn rule(columns: &[Column]) -> Resource {
    let fields =
        columns.iter().map(|column| map([("name", column.field.into()), ("type", column.stream_type.name().into())]));
    let destination = map([("workspaceResourceId", Expr::Id("workspace").into()), ("name", DESTINATION.into())]);
    let flow = map([
        ("streams", [STREAM].into_iter().collect()),
        ("destinations", [DESTINATION].into_iter().collect()),
        ("transformKql", transform::kql(columns).into()),
        ("outputStream", STREAM.into()),
    ]);
    let properties = map([
        ("description", "ESET PROTECT events from a log shipper with eset-filter".into()),
        ("streamDeclarations", Value::Map(vec![(STREAM.to_owned(), map([("columns", fields.collect())]))])),
        ("destinations", map([("logAnalytics", [destination].into_iter().collect())])),
        ("dataFlows", [flow].into_iter().collect()),
    ]);
    Resource {
        symbol: "rule",
        kind: "Microsoft.Insights/dataCollectionRules",
        api_version: "2023-03-11",
        name: Expr::Parameter("dataCollectionRuleName"),
        depends_on: vec!["table"],
        members: Some(vec![
            ("location", Expr::Parameter("location").into()),
            ("kind", "Direct".into()),
            ("properties", properties),
        ]),
        ..workspace()
    }
}

fn role() -> Resource {
    let sender = Expr::Parameter("principalObjectId");
    let definition =
        Expr::Call("subscriptionResourceId", vec!["Microsoft.Authorization/roleDefinitions".into(), ROLE.into()]);
    let properties = map([
        ("roleDefinitionId", definition.into()),
        ("principalId", sender.clone().into()),
        ("principalType", "ServicePrincipal".into()),
    ]);
    Resource {
        symbol: "sender",
        kind: "Microsoft.Authorization/roleAssignments",
        api_version: "2022-04-01",
        name: Expr::Call("guid", vec![Expr::Id("rule"), sender, ROLE.into()]),
        scope: Some("rule"),
        members: Some(vec![("properties", properties)]),
        ..workspace()
    }
}

fn outputs() -> Vec<Output> {
    let tenant = Expr::Member("subscription", "tenantId");
    let client = Expr::Parameter("clientId");
    let endpoint = Expr::Property("rule", "endpoints.logsIngestion");
    let rule = Expr::Property("rule", "immutableId");
    vec![
        Output {
            name: "fluentBit",
            description: "For Fluent Bit: lines for eset.env",
            value: Expr::Join(vec![
                "AZURE_TENANT_ID=".into(),
                tenant.clone(),
                "\nAZURE_CLIENT_ID=".into(),
                client.clone(),
                "\nAZURE_DCE_URL=".into(),
                endpoint.clone(),
                "\nAZURE_DCR_ID=".into(),
                rule.clone(),
                "\n".into(),
            ]),
        },
        Output {
            name: "vector",
            description: "For Vector: the settings below eset_azure in settings.yaml",
            value: Expr::Join(vec![
                "    endpoint: ".into(),
                endpoint,
                "\n    dcr_immutable_id: ".into(),
                rule,
                "\n    auth:\n      azure_credential_kind: client_secret_credential\n      azure_tenant_id: ".into(),
                tenant,
                "\n      azure_client_id: ".into(),
                client,
                "\n      azure_client_secret: \"SECRET[eset.azure_client_secret]\"\n".into(),
            ]),
        },
    ]
}
