//! A model of a deployment template. It is written as ARM JSON and as Bicep, so that the two cannot differ.
//!
//! Source: Azure Resource Manager, "Understand the structure and syntax of ARM templates"; Bicep, "Understand the
//! structure and syntax of Bicep files".

pub(crate) mod arm;
mod bicep;

/// A value in a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Literal text.
    Text(String),
    /// A number.
    Number(i64),
    /// `true` or `false`.
    Bool(bool),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Map(Vec<(String, Value)>),
    /// An expression that is evaluated at deployment.
    Expr(Expr),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<Expr> for Value {
    fn from(expr: Expr) -> Self {
        Self::Expr(expr)
    }
}

impl<V: Into<Value>> FromIterator<V> for Value {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// Returns an object with these members.
pub fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// An expression that is evaluated at deployment.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Text inside an expression.
    Text(String),
    /// The value of a parameter.
    Parameter(&'static str),
    /// The ID of a resource, by its symbol.
    Id(&'static str),
    /// A property of a deployed resource, by its symbol and the path below `properties`.
    Property(&'static str, &'static str),
    /// A member of the result of a function without arguments, such as `resourceGroup().location`.
    Member(&'static str, &'static str),
    /// A call to a function that both languages have.
    Call(&'static str, Vec<Expr>),
    /// Concatenated texts.
    Join(Vec<Expr>),
}

impl From<&str> for Expr {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// Text.
    String,
    /// An integer.
    Int,
    /// `true` or `false`.
    Bool,
}

impl ParameterType {
    const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Bool => "bool",
        }
    }
}

/// A parameter of a template.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name of the parameter.
    pub name: &'static str,
    /// The type of the parameter.
    pub kind: ParameterType,
    /// The purpose of the parameter, for people.
    pub description: &'static str,
    /// The default value; `None` for a required parameter.
    pub default: Option<Value>,
    /// The allowed values; empty if every value is allowed.
    pub allowed: Vec<Value>,
}

/// A resource that is deployed, or an existing one.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The name of the resource within the template.
    pub symbol: &'static str,
    /// The type of the resource, such as `Microsoft.Insights/dataCollectionRules`.
    pub kind: &'static str,
    /// The API version.
    pub api_version: &'static str,
    /// The name of the resource, without that of its parent.
    pub name: Expr,
    /// The symbol of the parent resource.
    pub parent: Option<&'static str>,
    /// The symbol of the resource that this one extends.
    pub scope: Option<&'static str>,
    /// The parameter that determines whether the resource is deployed.
    pub condition: Option<&'static str>,
    /// The symbols of resources that must be deployed first, apart from those that the members refer to.
    pub depends_on: Vec<&'static str>,
    /// The other members of the resource, including `properties`; `None` for an existing resource.
    pub members: Option<Vec<(&'static str, Value)>>,
}

/// An output of a deployment.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name of the output.
    pub name: &'static str,
    /// The purpose of the output, for people.
    pub description: &'static str,
    /// The value, which is a string.
    pub value: Expr,
}

/// A template for a deployment to a resource group.
#[derive(Clone, Debug)]
pub struct Template {
    /// What the template deploys, for people.
    pub description: String,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The deployed resources, and the existing ones that they refer to.
    pub resources: Vec<Resource>,
    /// The outputs.
    pub outputs: Vec<Output>,
}

impl Template {
    fn resource(&self, symbol: &str) -> &Resource {
        let found = self.resources.iter().find(|resource| resource.symbol == symbol);
        found.unwrap_or_else(|| panic!("the template has no resource {symbol}"))
    }
}
