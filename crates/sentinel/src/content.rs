//! The content template: analytics rules, hunting queries, functions, ASIM parsers, health alerts and the workbook,
//! from their YAML files.
//!
//! It is separate from the first template because Azure needs some minutes to create the table's columns, and refuses a
//! rule whose columns do not exist yet.
//!
//! Sources: Azure-Sentinel repository, "Query Style Guide" in the wiki and the rule templates; ARM reference of
//! `Microsoft.SecurityInsights/alertRules`, `Microsoft.OperationalInsights/workspaces/savedSearches` and
//! `Microsoft.Insights/scheduledQueryRules`.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::template::arm;
use crate::workbook::Workbook;
use crate::{asim, yaml};

const RULES_API: &str = "2025-09-01";
pub(crate) const SEARCHES_API: &str = "2025-07-01";
const ALERTS_API: &str = "2023-12-01";
/// A function whose name is taken if the gallery's solution is installed.
const TAKEN: &str = "ESETPROTECT";

/// The content of a directory such as `sentinel/`.
#[derive(Clone, Debug, Default)]
pub struct Content {
    resources: Vec<Json>,
    /// The custom unifying parsers of ASIM, each with the line that calls these parsers.
    unifying: Map<String, Json>,
}

/// Why the content of a directory cannot be deployed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ContentError {
    /// A file or directory cannot be read.
    Read(PathBuf, io::Error),
    /// A file is not YAML.
    Yaml(PathBuf, String),
    /// A member is missing in a file, or its value cannot be deployed.
    Invalid(PathBuf, String),
}

impl fmt::Display for ContentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(formatter, "cannot read {}: {error}", path.display()),
            Self::Yaml(path, why) => write!(formatter, "{} is not YAML: {why}", path.display()),
            Self::Invalid(path, why) => write!(formatter, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for ContentError {}

impl Content {
    /// Reads `rules/`, `hunting/`, `functions/`, `asim/` and `health/` below a directory, and its `workbook.yaml`. Each
    /// of them is optional.
    ///
    /// # Errors
    ///
    /// A file cannot be read or deployed, or the directory contains none of them.
    pub fn read(directory: &Path) -> Result<Self, ContentError> {
        let kinds: [(&str, Resource); 5] =
            [("rules", rule), ("hunting", search), ("functions", function), ("asim", asim::parser), ("health", health)];
        let mut content = Self::default();
        for (name, kind) in kinds {
            for (path, file) in files(&directory.join(name))? {
                let invalid = |why| ContentError::Invalid(path.clone(), why);
                content.resources.push(kind(&file).map_err(invalid)?);
                if name == "asim" {
                    content.unifying.extend([asim::unifying(&file).map_err(invalid)?]);
                }
            }
        }
        let workbook = directory.join("workbook.yaml");
        if workbook.is_file() {
            content.resources.push(Workbook::read(&workbook)?.resource());
        }
        if content.resources.is_empty() {
            let why = "no workbook.yaml, and no YAML files in rules, hunting, functions, asim or health. Name a \
                       directory such as sentinel/";
            return Err(ContentError::Invalid(directory.to_owned(), why.to_owned()));
        }
        Ok(content)
    }

    /// Returns the ARM template.
    #[must_use]
    pub fn to_arm(&self) -> Json {
        let parameter = |kind: &str, default: Option<Json>, description: &str| {
            let mut parameter = Map::new();
            parameter.insert("type".to_owned(), kind.into());
            parameter.extend(default.map(|default| ("defaultValue".to_owned(), default)));
            parameter.insert("metadata".to_owned(), json!({ "description": description }));
            parameter
        };
        json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "metadata": {
                "description": "Analytics rules, hunting queries, functions, ASIM parsers, health alerts and a workbook for the table \
                                eset_CL. Deploy it 15 minutes after the table, because Azure refuses rules whose columns do not exist yet"
            },
            "parameters": {
                "workspaceName": parameter(
                    "string",
                    None,
                    "Name of the Log Analytics workspace in this resource group, with Microsoft Sentinel enabled",
                ),
                "location": parameter("string", Some("[resourceGroup().location]".into()), "Region of the workspace"),
                "enableRules": parameter("bool", Some(true.into()), "Whether to enable the analytics rules"),
                "enableHealthAlerts": parameter("bool", Some(true.into()), "Whether to enable the health alerts"),
                "actionGroupId": parameter(
                    "string",
                    Some("".into()),
                    "Resource ID of the action group that health alerts notify. Leave it empty to notify none",
                ),
                "installESETPROTECT": parameter(
                    "bool",
                    Some(false.into()),
                    "Whether to install the function ESETPROTECT, for queries written for the gallery's solution of that name. Keep false \
                     if that solution is installed, because it already has the function",
                ),
            },
            "resources": self.resources,
            "outputs": {
                "asimUnifyingParsers": {
                    "type": "object",
                    "value": self.unifying,
                    "metadata": {
                        "description": "The custom unifying ASIM parsers of the workspace, each with the lines to add to it. They are not \
                                        deployed, because they may already contain other parsers",
                    },
                },
            },
        })
    }
}

/// Converts a file to a resource.
type Resource = fn(&File) -> Result<Json, String>;

/// Reads the YAML files of a directory, sorted by name; none if the directory does not exist.
fn files(directory: &Path) -> Result<Vec<(PathBuf, File)>, ContentError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| ContentError::Read(path, error)
    };
    let mut paths = Vec::new();
    if directory.is_dir() {
        for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
            let path = entry.map_err(unreadable(directory))?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        let content = yaml::parse(&text).map_err(|why| ContentError::Yaml(path.clone(), why))?;
        Ok((path, File(arm::escaped(content))))
    };
    paths.into_iter().map(read).collect()
}

/// The content of a YAML file.
pub(crate) struct File(pub(crate) Json);

impl File {
    /// Returns the text of a member, without trailing whitespace.
    pub(crate) fn text(&self, key: &str) -> Result<&str, String> {
        let text = self.0.get(key).and_then(Json::as_str);
        text.map(str::trim_end).ok_or_else(|| format!("{key} is missing or not a string"))
    }

    fn list(&self, key: &str) -> Vec<&str> {
        self.0.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
    }
}

/// Returns an analytics rule as `Microsoft.SecurityInsights/alertRules` of the kind Scheduled.
fn rule(file: &File) -> Result<Json, String> {
    let (sub, techniques): (Vec<_>, Vec<_>) =
        file.list("relevantTechniques").into_iter().partition(|technique| technique.contains('.'));
    let mut properties = Map::new();
    let mut set = |key: &str, value: Json| properties.insert(key.to_owned(), value);
    set("displayName", file.text("name")?.into());
    set("description", file.text("description")?.into());
    set("severity", file.text("severity")?.into());
    set("enabled", "[parameters('enableRules')]".into());
    set("query", file.text("query")?.into());
    set("queryFrequency", iso_duration(file.text("queryFrequency")?)?.into());
    set("queryPeriod", iso_duration(file.text("queryPeriod")?)?.into());
    set("triggerOperator", operator(file.text("triggerOperator")?)?.into());
    set("triggerThreshold", file.0.get("triggerThreshold").cloned().ok_or("triggerThreshold is missing")?);
    set("suppressionEnabled", false.into());
    set("suppressionDuration", "PT5H".into());
    set("tactics", file.list("tactics").into());
    set("techniques", techniques.into());
    set("subTechniques", sub.into());
    for key in ["entityMappings", "customDetails", "alertDetailsOverride", "eventGroupingSettings"] {
        if let Some(value) = file.0.get(key) {
            set(key, value.clone());
        }
    }
    if let Some(incidents) = file.0.get("incidentConfiguration") {
        set("incidentConfiguration", incident(incidents)?);
    }
    Ok(json!({
        "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
        "apiVersion": RULES_API,
        "name": format!("[concat(parameters('workspaceName'), '/Microsoft.SecurityInsights/{}')]", file.text("id")?),
        "kind": file.text("kind")?,
        "properties": properties,
    }))
}

/// Returns an incident configuration with its durations in ARM's format.
fn incident(configuration: &Json) -> Result<Json, String> {
    let mut configuration = configuration.clone();
    if let Some(lookback) = configuration.pointer_mut("/groupingConfiguration/lookbackDuration") {
        *lookback = iso_duration(lookback.as_str().ok_or("lookbackDuration is not a string")?)?.into();
    }
    Ok(configuration)
}

/// Returns a hunting query as a saved search.
fn search(file: &File) -> Result<Json, String> {
    let tag = |name: &str, value: String| json!({ "name": name, "value": value });
    Ok(json!({
        "type": "Microsoft.OperationalInsights/workspaces/savedSearches",
        "apiVersion": SEARCHES_API,
        "name": format!("[concat(parameters('workspaceName'), '/{}')]", file.text("id")?),
        "properties": {
            "category": "Hunting Queries",
            "displayName": file.text("name")?,
            "query": file.text("query")?,
            "version": 2,
            "tags": [
                tag("description", file.text("description")?.to_owned()),
                tag("tactics", file.list("tactics").join(",")),
                tag("techniques", file.list("relevantTechniques").join(",")),
            ],
        },
    }))
}

/// Returns a function as a saved search with an alias.
fn function(file: &File) -> Result<Json, String> {
    let alias = file.text("FunctionAlias")?;
    let title = file.0.pointer("/Function/Title").and_then(Json::as_str).ok_or("Function.Title is missing")?;
    let mut resource = Map::new();
    if alias == TAKEN {
        resource.insert("condition".to_owned(), format!("[parameters('install{TAKEN}')]").into());
    }
    resource.insert("type".to_owned(), "Microsoft.OperationalInsights/workspaces/savedSearches".into());
    resource.insert("apiVersion".to_owned(), SEARCHES_API.into());
    let name = format!("[concat(parameters('workspaceName'), '/{}')]", file.text("id")?);
    resource.insert("name".to_owned(), name.into());
    let properties = json!({
        "category": file.text("Category")?,
        "displayName": title,
        "functionAlias": alias,
        "query": file.text("FunctionQuery")?,
        "version": 2,
    });
    resource.insert("properties".to_owned(), properties);
    Ok(Json::Object(resource))
}

/// Returns a health alert as `Microsoft.Insights/scheduledQueryRules`. The file uses the property names of that
/// resource.
fn health(file: &File) -> Result<Json, String> {
    let workspace = "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]";
    let given = |key: &str| file.0.get(key).cloned().ok_or_else(|| format!("{key} is missing"));
    let mut criterion = Map::new();
    criterion.insert("query".to_owned(), file.text("query")?.into());
    for key in ["timeAggregation", "operator", "threshold", "failingPeriods"] {
        criterion.insert(key.to_owned(), given(key)?);
    }
    for key in ["metricMeasureColumn", "dimensions"] {
        criterion.extend(given(key).ok().map(|value| (key.to_owned(), value)));
    }
    let mut properties = Map::new();
    properties.insert("displayName".to_owned(), file.text("name")?.into());
    properties.insert("description".to_owned(), file.text("description")?.into());
    for key in ["severity", "evaluationFrequency", "windowSize", "autoMitigate"] {
        properties.insert(key.to_owned(), given(key)?);
    }
    for key in ["overrideQueryTimeRange", "muteActionsDuration"] {
        properties.extend(given(key).ok().map(|value| (key.to_owned(), value)));
    }
    properties.insert("enabled".to_owned(), "[parameters('enableHealthAlerts')]".into());
    properties.insert("scopes".to_owned(), json!([workspace]));
    properties.insert("criteria".to_owned(), json!({ "allOf": [criterion] }));
    let groups = "[if(empty(parameters('actionGroupId')), createArray(), createArray(parameters('actionGroupId')))]";
    properties.insert("actions".to_owned(), json!({ "actionGroups": groups }));
    Ok(json!({
        "type": "Microsoft.Insights/scheduledQueryRules",
        "apiVersion": ALERTS_API,
        "name": file.text("id")?,
        "location": "[parameters('location')]",
        "kind": "LogAlert",
        "properties": properties,
    }))
}

/// Converts a duration such as 5m, 1h or 14d to ISO 8601.
fn iso_duration(text: &str) -> Result<String, String> {
    let number = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let count: u32 = number.parse().map_err(|_| format!("{text} is not a duration such as 5m, 1h or 14d"))?;
    match &text[number.len()..] {
        "m" => Ok(format!("PT{count}M")),
        "h" => Ok(format!("PT{count}H")),
        "d" => Ok(format!("P{count}D")),
        _ => Err(format!("{text} is not a duration such as 5m, 1h or 14d")),
    }
}

fn operator(short: &str) -> Result<&'static str, String> {
    match short {
        "gt" => Ok("GreaterThan"),
        "lt" => Ok("LessThan"),
        "eq" => Ok("Equal"),
        "ne" => Ok("NotEqual"),
        _ => Err(format!("triggerOperator is {short}; expected gt, lt, eq or ne")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_converted() {
        for (text, iso) in [("5m", "PT5M"), ("1h", "PT1H"), ("14d", "P14D")] {
            assert_eq!(iso_duration(text).as_deref(), Ok(iso));
        }
        for text in ["", "5", "m", "5s", "-5m", "5 m"] {
            assert!(iso_duration(text).is_err(), "{text}");
        }
    }
}
