//! ASIM parsers as functions, and the lines that add them to a workspace's unifying parsers.
//!
//! Source: Microsoft Learn, "Manage Advanced Security Information Model (ASIM) parsers".

use serde_json::{Map, Value as Json, json};

use crate::content::{File, SEARCHES_API};

/// Returns a parser as a saved search with an alias and parameters.
pub(crate) fn parser(file: &File) -> Result<Json, String> {
    let name = file.text("ParserName")?;
    let title = file.0.pointer("/Parser/Title").and_then(Json::as_str).ok_or("Parser.Title is missing")?;
    let parameters: Vec<_> = parameters(file)?.iter().map(Parameter::declared).collect();
    Ok(json!({
        "type": "Microsoft.OperationalInsights/workspaces/savedSearches",
        "apiVersion": SEARCHES_API,
        "name": format!("[concat(parameters('workspaceName'), '/{name}')]"),
        "properties": {
            "category": "ASIM",
            "displayName": title,
            "functionAlias": name,
            "functionParameters": parameters.join(", "),
            "query": file.text("ParserQuery")?,
            "version": 2,
        },
    }))
}

/// Returns the custom unifying parser that a parser belongs to, and the line to add to it.
///
/// The unifying parser itself is never deployed, because the workspace may already have it with other parsers in it.
pub(crate) fn unifying(file: &File) -> Result<(String, Json), String> {
    let name = file.text("ParserName")?;
    let schema =
        file.0.pointer("/Normalization/Schema").and_then(Json::as_str).ok_or("Normalization.Schema is missing")?;
    if name.starts_with("ASim") {
        return Ok((format!("ASim_{schema}Custom"), name.into()));
    }
    let passed_on = |parameter: &Parameter| match parameter.name.as_str() {
        "disabled" => "disabled=false".to_owned(),
        name => format!("{name}={name}"),
    };
    let parameters = parameters(file)?;
    // The unifying parsers of some workspaces lack `pack`.
    let arguments: Vec<_> = parameters.iter().filter(|parameter| parameter.name != "pack").map(passed_on).collect();
    Ok((format!("Im_{schema}Custom"), format!("{name}({})", arguments.join(", ")).into()))
}

/// A function parameter.
struct Parameter {
    name: String,
    kind: String,
    default: String,
}

impl Parameter {
    fn read(given: &Map<String, Json>) -> Option<Self> {
        let text = |key: &str| given.get(key).and_then(Json::as_str).map(str::to_owned);
        let (name, kind) = (text("Name")?, text("Type")?);
        let default = match given.get("Default")? {
            Json::String(text) if kind == "string" => format!("'{text}'"),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(Self { name, kind, default })
    }

    fn declared(&self) -> String {
        let Self { name, kind, default } = self;
        format!("{name}:{kind}={default}")
    }
}

fn parameters(file: &File) -> Result<Vec<Parameter>, String> {
    let listed = file.0.get("ParserParams").and_then(Json::as_array).ok_or("ParserParams is missing or not a list")?;
    let read = |given: &Json| given.as_object().and_then(Parameter::read);
    listed
        .iter()
        .map(|given| read(given).ok_or_else(|| format!("a parameter lacks Name, Type or Default: {given}")))
        .collect()
}
