//! Converts YAML to JSON values.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::Value as Json;

/// Parses the first document of a text.
///
/// # Errors
///
/// The text is not YAML, or contains something that JSON cannot represent, such as a key that is not a string.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    documents.first().map_or(Ok(Json::Null), json)
}

fn json(yaml: &Yaml<'_>) -> Result<Json, String> {
    match yaml {
        Yaml::Value(scalar) => Ok(match scalar {
            Scalar::Null => Json::Null,
            Scalar::Boolean(bool) => (*bool).into(),
            Scalar::Integer(integer) => (*integer).into(),
            Scalar::FloatingPoint(float) => (**float).into(),
            Scalar::String(text) => text.as_ref().into(),
        }),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(members) => {
            let member = |(key, value): (&Yaml<'_>, &Yaml<'_>)| {
                let key = key.as_str().ok_or_else(|| format!("a key is not a string: {key:?}"))?;
                Ok((key.to_owned(), json(value)?))
            };
            members.iter().map(member).collect::<Result<_, String>>().map(Json::Object)
        }
        Yaml::Tagged(_, inner) => json(inner),
        other => Err(format!("unsupported: {other:?}")),
    }
}
