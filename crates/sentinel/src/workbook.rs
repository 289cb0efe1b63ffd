//! The workbook, from a YAML file that is shorter than Azure's JSON and keeps the queries readable.
//!
//! Sources: Azure Monitor, "Azure Workbooks" (parameters, groups, grids); workbooks in the Azure-Sentinel repository;
//! ARM reference of `Microsoft.Insights/workbooks`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::content::ContentError;
use crate::yaml;

const API: &str = "2023-06-01";
const SCHEMA: &str = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json";
const RESOURCE_TYPE: &str = "microsoft.operationalinsights/workspaces";
/// The parameter with the time range of every query.
const TIME_RANGE: &str = "TimeRange";

/// A workbook in Azure's form.
#[derive(Clone, Debug)]
pub struct Workbook {
    id: String,
    name: String,
    gallery: Json,
}

impl Workbook {
    /// Reads a file such as `sentinel/workbook.yaml`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a workbook.
    pub fn read(path: &Path) -> Result<Self, ContentError> {
        let text = fs::read_to_string(path).map_err(|error| ContentError::Read(path.to_owned(), error))?;
        let file = yaml::parse(&text).map_err(|why| ContentError::Yaml(path.to_owned(), why))?;
        Self::of(&file).map_err(|why| ContentError::Invalid(path.to_owned(), why))
    }

    fn of(file: &Json) -> Result<Self, String> {
        let texts = Texts::of(file)?;
        let gallery = json!({
            "version": "Notebook/1.0",
            "items": items(file, &texts)?,
            "fromTemplateId": text(file, "template")?,
            "$schema": SCHEMA,
        });
        Ok(Self { id: text(file, "id")?.to_owned(), name: text(file, "name")?.to_owned(), gallery })
    }

    /// Returns the workbook as a gallery template, the form that Azure's workbook editor shows and accepts.
    #[must_use]
    pub const fn to_gallery(&self) -> &Json {
        &self.gallery
    }

    /// Returns the resource that deploys the workbook.
    pub(crate) fn resource(&self) -> Json {
        let workspace = "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]";
        json!({
            "type": "Microsoft.Insights/workbooks",
            "apiVersion": API,
            "name": self.id,
            "location": "[parameters('location')]",
            "kind": "shared",
            "properties": {
                "displayName": self.name,
                "serializedData": self.gallery.to_string(),
                "version": "1.0",
                "sourceId": workspace,
                "category": "sentinel",
            },
        })
    }
}

/// Texts that several queries share, by name.
struct Texts<'a>(Vec<(String, &'a str)>);

impl<'a> Texts<'a> {
    fn of(file: &'a Json) -> Result<Self, String> {
        let texts = file.get("texts").and_then(Json::as_object).into_iter().flatten();
        let text = |(name, value): (&String, &'a Json)| {
            let value = value.as_str().ok_or_else(|| format!("texts.{name} is not a string"))?;
            Ok((format!("${name}"), value))
        };
        texts.map(text).collect::<Result<_, String>>().map(Self)
    }

    /// Replaces each line of a query that is the name of a text, such as `$filter`, with that text.
    fn put_into(&self, query: &str) -> Result<String, String> {
        let mut lines = Vec::new();
        for line in query.trim_end().lines() {
            match self.0.iter().find(|(name, _)| name == line) {
                Some((_, text)) => lines.push(*text),
                None if line.starts_with('$') => return Err(format!("{line} is not defined in texts")),
                None => lines.push(line),
            }
        }
        Ok(lines.join("\n"))
    }
}

fn text<'a>(of: &'a Json, key: &str) -> Result<&'a str, String> {
    let name = of.get("name").and_then(Json::as_str).unwrap_or("an item");
    of.get(key).and_then(Json::as_str).ok_or_else(|| format!("{name}: {key} is missing or not a string"))
}

fn list<'a>(of: &'a Json, key: &str) -> Result<&'a [Json], String> {
    let found = of.get(key).and_then(Json::as_array).ok_or_else(|| format!("{key} is missing or not a list"))?;
    Ok(found)
}

fn items(of: &Json, texts: &Texts) -> Result<Vec<Json>, String> {
    let mut all = Vec::new();
    for item in list(of, "items")? {
        if item.get("query").is_some() {
            all.push(query(item, texts)?);
        } else if let Some(markdown) = item.get("markdown") {
            all.push(json!({ "type": 1, "content": { "json": markdown }, "name": text(item, "name")? }));
        } else if item.get("parameters").is_some() {
            all.push(parameters(item, texts)?);
        } else if item.get("tabs").is_some() {
            all.extend(tabs(item, texts)?);
        } else {
            return Err(format!("{}: expected query, markdown, parameters or tabs", text(item, "name")?));
        }
    }
    Ok(all)
}

fn query(item: &Json, texts: &Texts) -> Result<Json, String> {
    let mut content = json!({
        "version": "KqlItem/1.0",
        "query": texts.put_into(text(item, "query")?)?,
        "size": 0,
        "title": text(item, "title")?,
        "timeContextFromParameter": TIME_RANGE,
        "queryType": 0,
        "resourceType": RESOURCE_TYPE,
        "visualization": text(item, "show")?,
    });
    merge(&mut content, item.get("settings"));
    let mut whole = json!({ "type": 3, "content": content });
    if let Some(width) = item.get("width") {
        whole["customWidth"] = width.to_string().into();
    }
    if let Some(visible) = item.get("visible") {
        whole["conditionalVisibility"] = visible.clone();
    }
    whole["name"] = text(item, "name")?.into();
    Ok(whole)
}

fn parameters(item: &Json, texts: &Texts) -> Result<Json, String> {
    let all = list(item, "parameters")?.iter().map(|one| parameter(one, texts)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "type": 9,
        "content": {
            "version": "KqlParameterItem/1.0",
            "parameters": all,
            "style": "pills",
            "queryType": 0,
            "resourceType": RESOURCE_TYPE,
        },
        "name": text(item, "name")?,
    }))
}

/// Returns a parameter. If it has `multiple`, a query, the user can select several of the query's values, or all.
fn parameter(given: &Json, texts: &Texts) -> Result<Json, String> {
    let mut parameter = json!({
        "id": text(given, "id")?,
        "version": "KqlParameterItem/1.0",
        "name": text(given, "name")?,
    });
    if given.get("multiple").is_none() {
        merge(&mut parameter, Some(given));
        return Ok(parameter);
    }
    let several = json!({
        "type": 2,
        "isRequired": true,
        "multiSelect": true,
        "quote": "'",
        "delimiter": ",",
        "query": texts.put_into(text(given, "multiple")?)?,
        "typeSettings": { "additionalResourceOptions": ["value::all"], "selectAllValue": "*", "showDefault": false },
        "timeContextFromParameter": TIME_RANGE,
        "defaultValue": "value::all",
        "value": ["value::all"],
        "queryType": 0,
        "resourceType": RESOURCE_TYPE,
    });
    merge(&mut parameter, Some(&several));
    Ok(parameter)
}

/// Returns a list of links, and a group of items for each link. A group is loaded and visible only while its link is
/// selected.
fn tabs(item: &Json, texts: &Texts) -> Result<Vec<Json>, String> {
    let parameter = text(item, "parameter")?;
    let mut links = Vec::new();
    let mut groups = Vec::new();
    for tab in list(item, "tabs")? {
        let name = text(tab, "name")?;
        links.push(json!({
            "id": text(tab, "id")?,
            "cellValue": parameter,
            "linkTarget": "parameter",
            "linkLabel": text(tab, "label")?,
            "subTarget": name,
            "style": "link",
        }));
        groups.push(json!({
            "type": 12,
            "content": {
                "version": "NotebookGroup/1.0",
                "groupType": "editable",
                "loadType": "always",
                "items": items(tab, texts)?,
            },
            "conditionalVisibility": { "parameterName": parameter, "comparison": "isEqualTo", "value": name },
            "name": name,
        }));
    }
    let content = json!({ "version": "LinkItem/1.0", "style": "tabs", "links": links });
    groups.insert(0, json!({ "type": 11, "content": content, "name": text(item, "name")? }));
    Ok(groups)
}

/// Adds members to an object, and replaces those that it already has.
fn merge(object: &mut Json, members: Option<&Json>) {
    let members = members.and_then(Json::as_object).cloned().unwrap_or_else(Map::new);
    object.as_object_mut().expect("the callers pass an object").extend(members);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(yaml: &str) -> Result<Workbook, String> {
        Workbook::of(&yaml::parse(&format!("id: 1-2\nname: Events\ntemplate: sentinel-Events\n{yaml}")).unwrap())
    }

    #[test]
    fn shared_texts_are_inserted_into_queries() {
        let yaml = "
texts: {filter: \"| where A\\n| where B\"}
items:
  - {name: a, title: A, show: table, width: 50, query: \"T\\n$filter\\n| take 1\\n\", settings: {size: 4}}";
        let item = of(yaml).unwrap().to_gallery()["items"][0].clone();
        assert_eq!(item["content"]["query"], "T\n| where A\n| where B\n| take 1");
        assert_eq!(item["content"]["size"], 4);
        assert_eq!(item["customWidth"], "50");
    }

    #[test]
    fn a_tab_becomes_a_link_and_a_group() {
        let yaml = "
items:
  - {name: t, parameter: Tab, tabs: [{id: 3-4, name: one, label: One, items: [{name: n, markdown: Hello}]}]}";
        let items = of(yaml).unwrap().to_gallery()["items"].clone();
        assert_eq!(items[0]["content"]["links"][0]["subTarget"], "one");
        assert_eq!(items[1]["conditionalVisibility"]["value"], "one");
        assert_eq!(items[1]["content"]["items"][0]["content"]["json"], "Hello");
    }

    #[test]
    fn invalid_workbooks_are_refused() {
        for (yaml, why) in [
            ("", "items is missing or not a list"),
            ("items: [{name: a}]", "a: expected query, markdown, parameters or tabs"),
            ("items: [{name: a, query: T, title: A}]", "a: show is missing or not a string"),
            ("items: [{name: a, query: $b, title: A, show: table}]", "$b is not defined in texts"),
            ("texts: {b: 1}\nitems: []", "texts.b is not a string"),
        ] {
            assert_eq!(of(yaml).unwrap_err(), why);
        }
    }
}
