//! Writes a template as ARM JSON.

use serde_json::{Map, Value as Json, json};

use super::{Expr, Output, Parameter, Resource, Template, Value};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

impl Template {
    /// Returns the template as ARM JSON.
    ///
    /// # Panics
    ///
    /// The template refers to a symbol that no resource has.
    #[must_use]
    pub fn to_arm(&self) -> Json {
        let parameters: Map<_, _> = self.parameters.iter().map(parameter).collect();
        let deployed = self.resources.iter().filter_map(|resource| self.deployed(resource));
        let outputs: Map<_, _> = self.outputs.iter().map(|output| self.output(output)).collect();
        json!({
            "$schema": SCHEMA,
            "contentVersion": "1.0.0.0",
            "metadata": { "description": self.description },
            "parameters": parameters,
            "resources": deployed.collect::<Vec<_>>(),
            "outputs": outputs,
        })
    }

    fn deployed(&self, resource: &Resource) -> Option<Json> {
        let members = resource.members.as_ref()?;
        let mut json = Map::new();
        if let Some(parameter) = resource.condition {
            json.insert("condition".to_owned(), format!("[parameters('{parameter}')]").into());
        }
        json.insert("type".to_owned(), resource.kind.into());
        json.insert("apiVersion".to_owned(), resource.api_version.into());
        json.insert("name".to_owned(), self.full_name(resource));
        if let Some(scope) = resource.scope {
            json.insert("scope".to_owned(), format!("[{}]", self.id(scope)).into());
        }
        let mut before = resource.depends_on.clone();
        before.extend(resource.scope);
        for (_, value) in members {
            mentioned(value, &mut before);
        }
        mentioned_by(&resource.name, &mut before);
        let mut before: Vec<_> = before.into_iter().filter(|symbol| self.resource(symbol).members.is_some()).collect();
        before.sort_unstable();
        before.dedup();
        if !before.is_empty() {
            let ids = before.iter().map(|symbol| format!("[{}]", self.id(symbol)));
            json.insert("dependsOn".to_owned(), ids.collect::<Vec<_>>().into());
        }
        json.extend(members.iter().map(|(key, value)| ((*key).to_owned(), self.value(value))));
        Some(Json::Object(json))
    }

    fn full_name(&self, resource: &Resource) -> Json {
        match resource.parent {
            Some(parent) => {
                let parent = self.resource(parent);
                let name = Expr::Join(vec![parent.name.clone(), "/".into(), resource.name.clone()]);
                self.bracketed(&name).into()
            }
            None => self.value(&Value::Expr(resource.name.clone())),
        }
    }

    fn output(&self, output: &Output) -> (String, Json) {
        let json = json!({
            "type": "string",
            "metadata": { "description": output.description },
            "value": self.bracketed(&output.value),
        });
        (output.name.to_owned(), json)
    }

    fn value(&self, value: &Value) -> Json {
        match value {
            Value::Text(text) | Value::Expr(Expr::Text(text)) => literal(text).into(),
            Value::Number(number) => (*number).into(),
            Value::Bool(bool) => (*bool).into(),
            Value::List(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Map(members) => {
                Json::Object(members.iter().map(|(key, value)| (key.clone(), self.value(value))).collect())
            }
            Value::Expr(expr) => self.bracketed(expr).into(),
        }
    }

    fn bracketed(&self, expr: &Expr) -> String {
        format!("[{}]", self.expr(expr))
    }

    fn expr(&self, expr: &Expr) -> String {
        let list = |exprs: &[Expr]| exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ");
        match expr {
            Expr::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Expr::Parameter(name) => format!("parameters('{name}')"),
            Expr::Id(symbol) => self.id(symbol),
            Expr::Property(symbol, path) => {
                format!("reference({}, '{}').{path}", self.id(symbol), self.resource(symbol).api_version)
            }
            Expr::Member(function, member) => format!("{function}().{member}"),
            Expr::Call(function, arguments) => format!("{function}({})", list(arguments)),
            Expr::Join(parts) => format!("concat({})", list(parts)),
        }
    }

    fn id(&self, symbol: &str) -> String {
        let resource = self.resource(symbol);
        let mut names = vec![self.expr(&resource.name)];
        if let Some(parent) = resource.parent {
            names.insert(0, self.expr(&self.resource(parent).name));
        }
        format!("resourceId('{}', {})", resource.kind, names.join(", "))
    }
}

fn parameter(parameter: &Parameter) -> (String, Json) {
    let mut json = Map::new();
    json.insert("type".to_owned(), parameter.kind.name().into());
    let plain = |value: &Value| match value {
        Value::Expr(Expr::Member(function, member)) => format!("[{function}().{member}]").into(),
        Value::Text(text) => literal(text).into(),
        Value::Number(number) => (*number).into(),
        Value::Bool(bool) => (*bool).into(),
        _ => panic!("a default is a plain value"),
    };
    if let Some(default) = &parameter.default {
        json.insert("defaultValue".to_owned(), plain(default));
    }
    if !parameter.allowed.is_empty() {
        json.insert("allowedValues".to_owned(), parameter.allowed.iter().map(plain).collect());
    }
    json.insert("metadata".to_owned(), json!({ "description": parameter.description }));
    (parameter.name.to_owned(), Json::Object(json))
}

/// Escapes a literal that begins with a bracket, which ARM would evaluate otherwise.
fn literal(text: &str) -> String {
    if text.starts_with('[') { format!("[{text}") } else { text.to_owned() }
}

/// Escapes all strings in a value, so that ARM evaluates none of them.
pub(crate) fn escaped(value: Json) -> Json {
    match value {
        Json::String(text) => literal(&text).into(),
        Json::Array(items) => items.into_iter().map(escaped).collect(),
        Json::Object(members) => Json::Object(members.into_iter().map(|(key, value)| (key, escaped(value))).collect()),
        other => other,
    }
}

/// Appends the symbols of the resources that a value refers to.
fn mentioned(value: &Value, symbols: &mut Vec<&'static str>) {
    match value {
        Value::List(values) => values.iter().for_each(|value| mentioned(value, symbols)),
        Value::Map(members) => members.iter().for_each(|(_, value)| mentioned(value, symbols)),
        Value::Expr(expr) => mentioned_by(expr, symbols),
        Value::Text(_) | Value::Number(_) | Value::Bool(_) => {}
    }
}

fn mentioned_by(expr: &Expr, symbols: &mut Vec<&'static str>) {
    match expr {
        Expr::Id(symbol) | Expr::Property(symbol, _) => symbols.push(symbol),
        Expr::Call(_, exprs) | Expr::Join(exprs) => exprs.iter().for_each(|expr| mentioned_by(expr, symbols)),
        Expr::Text(_) | Expr::Parameter(_) | Expr::Member(..) => {}
    }
}
