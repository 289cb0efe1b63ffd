//! The first deployment: the table, the data collection rule that fills it, and the sender's role on that rule.
//!
//! Sources: Azure Monitor, "Tutorial: Send data to Azure Monitor Logs with Logs ingestion API (Resource Manager templates)",
//! "Structure of a data collection rule"; Azure RBAC, "Monitoring Metrics Publisher".

use crate::columns::{Column, STREAM, TABLE};
use crate::existing::Existing;
use crate::template::{Expr, Output, Parameter, ParameterType, Resource, Template, Value, map};
use crate::transform;

/// The role that lets an application send to a rule: Monitoring Metrics Publisher.
const ROLE: &str = "3913510d-42f4-4e42-8a64-420c390055eb";
/// What a parameter for an id holds until the id is known.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";
/// The destination's name within the rule.
const DESTINATION: &str = "workspace";

/// The deployment of a new table with these columns.
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

/// The deployment over a table that is there: its columns stay, those that it lacks are added, and so do its
/// retention's days.
#[must_use]
pub fn over(existing: &Existing, columns: &[Column]) -> Template {
    let retention = Retention { interactive: existing.retention_in_days, total: existing.total_retention_in_days };
    template(&existing.filled(columns), existing.union(columns), retention)
}

/// How long rows are kept, in days. -1 is what the workspace has.
struct Retention {
    interactive: i64,
    total: i64,
}

impl Retention {
    const WORKSPACE: Self = Self { interactive: -1, total: -1 };
}

fn template(columns: &[Column], table: Vec<(&str, &str)>, retention: Retention) -> Template {
    Template {
        description: "The table eset_CL, the data collection rule that fills it, and the role that the sender needs"
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
        parameter(
            "workspaceName",
            string,
            None,
            "Name of the Log Analytics workspace, which is in this resource group",
        ),
        parameter(
            "location",
            string,
            Some(Expr::Member("resourceGroup", "location").into()),
            "Region of the workspace: the rule has to be in the same",
        ),
        parameter(
            "principalObjectId",
            string,
            None,
            "Object ID of the sender's service principal. In Entra ID it is under Enterprise applications; the object ID under App registrations is another one",
        ),
        parameter(
            "clientId",
            string,
            Some(NO_ID.into()),
            "Application (client) ID of the same application. It only goes into the outputs",
        ),
        parameter("dataCollectionRuleName", string, Some("eset-filter".into()), "Name of the data collection rule"),
        parameter(
            "createTable",
            ParameterType::Bool,
            Some(true.into()),
            "Whether to create the table. For a table that is there already use false, or a template that eset-filter azure --merge writes: this one would delete the columns that it does not know, with their data",
        ),
        Parameter {
            allowed: vec!["Analytics".into()],
            ..parameter(
                "tablePlan",
                string,
                Some("Analytics".into()),
                "Plan of the table. Detection rules cannot query tables of the plans Basic and Auxiliary",
            )
        },
        parameter(
            "retentionInDays",
            int,
            Some(retention.interactive.into()),
            "Days that rows can be queried at full speed, 4 to 730; -1 is what the workspace has",
        ),
        parameter(
            "totalRetentionInDays",
            int,
            Some(retention.total.into()),
            "Days that rows are kept in all, 4 to 4383; -1 is as long as retentionInDays",
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
        ("description", "ESET PROTECT's events, from a log shipper with eset-filter".into()),
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
            description: "For Fluent Bit: the lines of eset.env",
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
            description: "For Vector: what stands below eset_azure in settings.yaml",
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
