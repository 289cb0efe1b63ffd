//! JSON for the tests: as `serde_json` reads it, but it keeps the order of members, repeated keys, and every digit of a
//! number.

use std::fmt::{self, Display};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, with its members in order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a text that contains one value.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str::<&RawValue>(text).and_then(|value| Self::of(value.get()))
    }

    fn of(text: &str) -> serde_json::Result<Self> {
        Ok(match text.as_bytes()[0] {
            b'n' => Self::Null,
            b't' | b'f' => Self::Bool(text == "true"),
            b'"' => Self::Text(serde_json::from_str(text)?),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::Array(items.iter().map(|item| Self::of(item.get())).collect::<Result<_, _>>()?)
            }
            b'{' => {
                let Members(members) = serde_json::from_str(text)?;
                let member = |(key, value): (String, &RawValue)| Ok((key, Self::of(value.get())?));
                Self::Object(members.into_iter().map(member).collect::<serde_json::Result<_>>()?)
            }
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Returns the members of an object.
    pub fn members(&self) -> &[(String, Json)] {
        match self {
            Self::Object(members) => members,
            other => panic!("{other} is not an object"),
        }
    }

    /// Returns the value of the first member with this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Returns the members of an object, and only the last of those with the same key.
    pub fn last_members(&self) -> impl Iterator<Item = &(String, Json)> {
        let members = self.members();
        let is_last =
            |(at, (key, _)): &(usize, &(String, Json))| members[at + 1..].iter().all(|(later, _)| later != key);
        members.iter().enumerate().filter(is_last).map(|(_, member)| member)
    }

    /// Returns the value with the members of every object sorted, for hosts that do not keep their order.
    pub fn sorted(&self) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Object(members)
            }
            other => other.clone(),
        }
    }

    /// Returns the text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of nested arrays and objects, including the outermost.
    pub fn levels(&self) -> usize {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::levels).max().unwrap_or_default(),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.levels()).max().unwrap_or_default(),
            _ => 0,
        }
    }
}

/// Writes compact JSON, with strings as `serde_json` writes them.
impl Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::to_string(text).map_err(|_| fmt::Error);
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Number(number) => formatter.write_str(number),
            Self::Text(text) => formatter.write_str(&quoted(text)?),
            Self::Array(items) => {
                formatter.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(formatter, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                formatter.write_str("]")
            }
            Self::Object(members) => {
                formatter.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    write!(formatter, "{}{}:{value}", if at > 0 { "," } else { "" }, quoted(key)?)?;
                }
                formatter.write_str("}")
            }
        }
    }
}

/// The members of an object in order. A map would keep only one member for each key.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'t> Visitor<'t> for MembersVisitor {
    type Value = Members<'t>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
