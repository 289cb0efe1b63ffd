//! A deployment as a model that is written both as an ARM template and as Bicep, so that the two cannot differ.
//!
//! Source: Azure Resource Manager, "Understand the structure and syntax of ARM templates"; Bicep, "Understand the structure
//! and syntax of Bicep files".

pub(crate) mod arm;
mod bicep;

/// A value of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, taken literally.
    Text(String),
    /// A number.
    Number(i64),
    /// `true` or `false`.
    Bool(bool),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Map(Vec<(String, Value)>),
    /// What is evaluated at deployment.
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

/// An object of these members.
pub fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// What is evaluated at deployment.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Text inside an expression.
    Text(String),
    /// A parameter's value.
    Parameter(&'static str),
    /// The id of a resource, named by its symbol.
    Id(&'static str),
    /// A property of a resource once it is deployed, named by its symbol and the path below `properties`.
    Property(&'static str, &'static str),
    /// A member of what a function without arguments returns, such as `resourceGroup().location`.
    Member(&'static str, &'static str),
    /// A call of a function that both languages have.
    Call(&'static str, Vec<Expr>),
    /// Texts, one after the other.
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

/// What whoever deploys chooses.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ParameterType,
    /// What it is for.
    pub description: &'static str,
    /// Its value where none is given.
    pub default: Option<Value>,
    /// The values that it may have, where they are few.
    pub allowed: Vec<Value>,
}

/// A resource that is deployed, or one that is there.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The name by which the template speaks of it.
    pub symbol: &'static str,
    /// Its type, such as `Microsoft.Insights/dataCollectionRules`.
    pub kind: &'static str,
    /// The version of the API.
    pub api_version: &'static str,
    /// Its name, without its parent's.
    pub name: Expr,
    /// The symbol of the resource that it is part of.
    pub parent: Option<&'static str>,
    /// The symbol of the resource that it extends.
    pub scope: Option<&'static str>,
    /// A parameter that says whether it is deployed.
    pub condition: Option<&'static str>,
    /// The symbols of what has to be deployed before it, beyond what it mentions.
    pub depends_on: Vec<&'static str>,
    /// Its other members, `properties` among them. `None`: the resource is there already.
    pub members: Option<Vec<(&'static str, Value)>>,
}

/// What a deployment hands back.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its value, a text.
    pub value: Expr,
}

/// A deployment into a resource group.
#[derive(Clone, Debug)]
pub struct Template {
    /// What it deploys, for people.
    pub description: String,
    /// What whoever deploys chooses.
    pub parameters: Vec<Parameter>,
    /// What is deployed, and what that refers to.
    pub resources: Vec<Resource>,
    /// What it hands back.
    pub outputs: Vec<Output>,
}

impl Template {
    fn resource(&self, symbol: &str) -> &Resource {
        let found = self.resources.iter().find(|resource| resource.symbol == symbol);
        found.unwrap_or_else(|| panic!("the template has no resource {symbol}"))
    }
}
