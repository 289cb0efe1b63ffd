//! Writes a template as Bicep.

use super::{Expr, Parameter, Resource, Template, Value};

impl Template {
    /// Returns the template as a Bicep file.
    ///
    /// # Panics
    ///
    /// The template refers to a symbol that no resource has.
    #[must_use]
    pub fn to_bicep(&self) -> String {
        let mut parts = vec![format!("metadata description = {}\n", text(&self.description))];
        parts.extend(self.parameters.iter().map(parameter));
        parts.extend(self.resources.iter().map(|resource| self.declared(resource)));
        parts.extend(self.outputs.iter().map(|output| {
            format!(
                "@description({})\noutput {} string = {}\n",
                text(output.description),
                output.name,
                expr(&output.value)
            )
        }));
        parts.join("\n")
    }

    fn declared(&self, resource: &Resource) -> String {
        let mut lines = String::new();
        let mut line = |key: &str, value: String| lines.push_str(&format!("  {key}: {value}\n"));
        if let Some(parent) = resource.parent {
            line("parent", self.resource(parent).symbol.to_owned());
        }
        if let Some(scope) = resource.scope {
            line("scope", self.resource(scope).symbol.to_owned());
        }
        line("name", expr(&resource.name));
        for (key, member) in resource.members.iter().flatten() {
            line(key, value(member, 2));
        }
        if !resource.depends_on.is_empty() {
            let symbols = resource.depends_on.iter().map(|symbol| format!("    {}\n", self.resource(symbol).symbol));
            line("dependsOn", format!("[\n{}  ]", symbols.collect::<String>()));
        }
        let there = if resource.members.is_none() { "existing " } else { "" };
        let condition = resource.condition.map_or_else(String::new, |parameter| format!("if ({parameter}) "));
        format!(
            "resource {} '{}@{}' {there}= {condition}{{\n{lines}}}\n",
            resource.symbol, resource.kind, resource.api_version
        )
    }
}

fn parameter(parameter: &Parameter) -> String {
    let mut lines = format!("@description({})\n", text(parameter.description));
    if !parameter.allowed.is_empty() {
        lines.push_str(&format!("@allowed({})\n", value(&Value::List(parameter.allowed.clone()), 0)));
    }
    let default = parameter.default.as_ref().map_or_else(String::new, |default| format!(" = {}", value(default, 0)));
    format!("{lines}param {} {}{default}\n", parameter.name, parameter.kind.name())
}

/// Formats a value whose first line is indented by `indent` spaces.
fn value(of: &Value, indent: usize) -> String {
    let inner = " ".repeat(indent + 2);
    let outer = " ".repeat(indent);
    match of {
        Value::Text(plain) => text(plain),
        Value::Number(number) => number.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::List(values) => {
            let lines = values.iter().map(|item| format!("{inner}{}\n", value(item, indent + 2)));
            format!("[\n{}{outer}]", lines.collect::<String>())
        }
        Value::Map(members) => {
            let lines =
                members.iter().map(|(name, member)| format!("{inner}{}: {}\n", key(name), value(member, indent + 2)));
            format!("{{\n{}{outer}}}", lines.collect::<String>())
        }
        Value::Expr(of) => expr(of),
    }
}

/// Formats a member name, quoted if it is not an identifier.
fn key(name: &str) -> String {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let plain = name.chars().all(word) && !name.starts_with(|first: char| first.is_ascii_digit());
    if plain { name.to_owned() } else { text(name) }
}

fn expr(of: &Expr) -> String {
    match of {
        Expr::Text(plain) => text(plain),
        Expr::Parameter(name) => (*name).to_owned(),
        Expr::Id(symbol) => format!("{symbol}.id"),
        Expr::Property(symbol, path) => format!("{symbol}.properties.{path}"),
        Expr::Member(function, member) => format!("{function}().{member}"),
        Expr::Call(function, arguments) => {
            format!("{function}({})", arguments.iter().map(expr).collect::<Vec<_>>().join(", "))
        }
        Expr::Join(parts) => {
            let parts = parts.iter().map(|part| match part {
                Expr::Text(plain) => escaped(plain),
                other => format!("${{{}}}", expr(other)),
            });
            format!("'{}'", parts.collect::<String>())
        }
    }
}

/// Formats text as a string literal, or as a multi-line literal if it has several lines.
fn text(plain: &str) -> String {
    if plain.contains('\n') && !plain.contains("'''") && !plain.ends_with('\'') {
        format!("'''\n{plain}'''")
    } else {
        format!("'{}'", escaped(plain))
    }
}

fn escaped(plain: &str) -> String {
    let escaped = plain.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\${");
    escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}
