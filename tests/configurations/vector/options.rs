//! The options that the configurations use: a list of them is stored, with the version of Vector that each needs, and the
//! schema of each Vector that is here has all of them. So a change of Vector's shows as the option that it takes away.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::{env, fs, slice};

use eset_filter_tests::vector::{TRIED, Vector, layout};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::files::SETS;
use super::yaml;

/// Options and versions, a line each.
const LIST: &str = "tests/configurations/vector/options.txt";

/// What is written for options whose version nobody has said yet.
const UNKNOWN: &str = "?";

/// What can be said without Vector.
pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("vector::options::list", list)]
}

/// What its schema says.
pub(crate) fn with_schema(host: &Vector) -> Trial {
    let (name, host) = (format!("vector::{}::options::schema", host.version()), host.clone());
    Trial::test(name, move || schema_has_all(&host))
}

/// The stored list is that of the configurations, and the oldest version that is supported has all of it.
fn list() -> Result<(), Failed> {
    let (used, stored) = (used()?, stored()?);
    if env::var_os("UPDATE_OPTIONS").is_some_and(|value| value == "1") {
        let line = |option: &String| {
            let version = stored.get(option).map_or(UNKNOWN, String::as_str);
            format!("{option} {version}\n")
        };
        return Ok(fs::write(eset_filter_tests::root().join(LIST), used.iter().map(line).collect::<String>())?);
    }
    let known: BTreeSet<_> = stored.keys().cloned().collect();
    let (missing, gone): (Vec<_>, Vec<_>) = (used.difference(&known).collect(), known.difference(&used).collect());
    if !missing.is_empty() || !gone.is_empty() {
        let how = "UPDATE_OPTIONS=1 cargo test -p eset-filter-tests --test configurations vector::options::list";
        return Err(format!("{LIST} lacks {missing:?}, and has {gone:?}, which are not used: {how}").into());
    }
    for (option, version) in &stored {
        if newer(version, TRIED[0])? {
            return Err(format!("{option} needs Vector {version}, and {} is supported", TRIED[0]).into());
        }
    }
    Ok(())
}

fn newer(version: &str, than: &str) -> Result<bool, Failed> {
    let parse = |text: &str| {
        let (major, minor) = text.split_once('.').ok_or_else(|| format!("{text:?} is no version"))?;
        Ok::<(u32, u32), String>((major.parse().map_err(|_| text)?, minor.parse().map_err(|_| text)?))
    };
    Ok(parse(version)? > parse(than)?)
}

fn stored() -> Result<BTreeMap<String, String>, Failed> {
    let text = fs::read_to_string(eset_filter_tests::root().join(LIST))?;
    let pair = |line: &str| line.split_once(' ').map(|(option, version)| (option.to_owned(), version.to_owned()));
    Ok(text.lines().filter_map(pair).collect())
}

/// Every option in use, named with the type of its component: `sources.socket.mode`.
fn used() -> Result<BTreeSet<String>, Failed> {
    let mut options = BTreeSet::new();
    for (kind, component, paths) in components()? {
        options.extend(paths.iter().map(|path| format!("{kind}.{component}.{}", path.join("."))));
    }
    for path in top_level()? {
        options.insert(path.join("."));
    }
    Ok(options)
}

/// The options outside of components.
fn top_level() -> Result<BTreeSet<Vec<String>>, Failed> {
    let mut paths = BTreeSet::new();
    for (_, files) in SETS {
        leaves(&merged(files)?, &[], &mut paths);
    }
    Ok(paths.into_iter().filter(|path| path[0] != "tests" && !KINDS.contains(&path[0].as_str())).collect())
}

const KINDS: [&str; 4] = ["sources", "transforms", "sinks", "secret"];

/// A kind of components, the type of one, and the paths of its options.
type Component = (&'static str, String, BTreeSet<Vec<String>>);

fn components() -> Result<Vec<Component>, Failed> {
    let mut components = Vec::new();
    for (_, files) in SETS {
        let merged = merged(files)?;
        for (kind, name, component) in KINDS.iter().flat_map(|kind| of_kind(kind, &merged)) {
            let of_type = component["type"].as_str().ok_or_else(|| format!("{kind}.{name} has no type"))?;
            let mut paths = BTreeSet::new();
            leaves(component, &[], &mut paths);
            components.push((kind, of_type.to_owned(), paths));
        }
    }
    Ok(components)
}

fn of_kind<'v>(kind: &'static str, merged: &'v Value) -> impl Iterator<Item = (&'static str, &'v String, &'v Value)> {
    merged[kind].as_object().into_iter().flatten().map(move |(name, component)| (kind, name, component))
}

/// A set of configurations in one, with the settings for it.
fn merged(files: &[&str]) -> Result<Value, Failed> {
    let folder = tempfile::tempdir()?;
    layout::copy(files, folder.path())?;
    layout::Settings::of(files)?.write(folder.path())?;
    let mut merged = Value::Object(serde_json::Map::new());
    for entry in fs::read_dir(folder.path())? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        merge(&mut merged, yaml::read(&text).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    Ok(merged)
}

/// As Vector merges the files of a directory.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from),
        (into, from) => *into = from,
    }
}

/// The paths to whatever is not an object. What stands in a list is a value.
pub(crate) fn leaves(value: &Value, path: &[String], paths: &mut BTreeSet<Vec<String>>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                leaves(value, &[path, slice::from_ref(key)].concat(), paths);
            }
        }
        _ => drop(paths.insert(path.to_vec())),
    }
}

fn schema_has_all(host: &Vector) -> Result<(), Failed> {
    let output = Command::new(host.path()).arg("generate-schema").output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into());
    }
    let schema = Schema(serde_json::from_slice(&output.stdout)?);
    let mut complaints = BTreeSet::new();
    for (kind, component, paths) in components()? {
        let schemas = schema.of_component(kind, &component);
        if schemas.is_empty() {
            complaints.insert(format!("{kind}.{component} is unknown"));
        }
        for path in paths.iter().filter(|_| !schemas.is_empty()) {
            complaints.extend(schema.complaint(schemas.clone(), path).map(|why| format!("{kind}.{component}.{why}")));
        }
    }
    for path in top_level()? {
        complaints.extend(schema.complaint(schema.parts(&schema.0), &path));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into_iter().collect::<Vec<_>>().join("\n").into()) }
}

/// What `vector generate-schema` prints.
struct Schema(Value);

impl Schema {
    /// The schemas that a component of a type has to follow together, or none if there is no such type.
    fn of_component(&self, kind: &str, component: &str) -> Vec<&Value> {
        // A map of names to components.
        let maps = member(&self.parts(&self.0), kind);
        let components = maps.into_iter().flat_map(|map| self.parts(map)).map(|part| &part["additionalProperties"]);
        let parts: Vec<_> = components.flat_map(|schema| self.parts_of_type(schema, Some(component))).collect();
        if parts.iter().any(|part| type_of(part) == Some(component)) { parts } else { Vec::new() }
    }

    /// What speaks against a path of options in an object that follows these schemas: that it is not there, or is marked as
    /// deprecated.
    fn complaint<'s>(&'s self, mut parts: Vec<&'s Value>, path: &[String]) -> Option<String> {
        for (depth, name) in path.iter().enumerate() {
            let members = member(&parts, name);
            let so_far = path[..=depth].join(".");
            if members.is_empty() {
                return Some(format!("{so_far} is unknown"));
            }
            if members.iter().all(|schema| schema["deprecated"] == true) {
                return Some(format!("{so_far} is deprecated"));
            }
            parts = members.into_iter().flat_map(|schema| self.parts(schema)).collect();
        }
        None
    }

    /// A schema, and all that it is put together from.
    fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        self.parts_of_type(schema, None)
    }

    /// The same without the alternatives that are for components of other types.
    fn parts_of_type<'s>(&'s self, schema: &'s Value, component: Option<&str>) -> Vec<&'s Value> {
        let is_for_it = |alternative: &&Value| {
            let parts = || self.parts(alternative).into_iter().filter_map(type_of);
            component.is_none_or(|component| parts().next().is_none() || parts().any(|other| other == component))
        };
        let mut parts = vec![schema];
        let mut at = 0;
        while let Some(part) = parts.get(at).copied() {
            parts.extend(part["allOf"].as_array().into_iter().flatten());
            for list in ["anyOf", "oneOf"] {
                parts.extend(part[list].as_array().into_iter().flatten().filter(is_for_it));
            }
            parts.extend(self.referred(part));
            at += 1;
        }
        parts
    }

    fn referred(&self, schema: &Value) -> Option<&Value> {
        self.0.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
    }
}

/// The schemas of a member of an object that follows all of these.
fn member<'s>(parts: &[&'s Value], name: &str) -> Vec<&'s Value> {
    let of_part = |part: &&'s Value| match part["properties"].get(name) {
        Some(member) => Some(member),
        None => part.get("additionalProperties").filter(|any| any.is_object()),
    };
    parts.iter().filter_map(of_part).collect()
}

/// The type of component that a schema is for.
fn type_of(schema: &Value) -> Option<&str> {
    schema["properties"]["type"]["const"].as_str()
}
