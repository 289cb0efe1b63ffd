//! The options that the configurations use. A stored list contains them with the version of Vector that each needs.
//! Every option must be in the schema of each installed Vector, so that the removal of an option from Vector is
//! noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::{env, fs, slice};

use eset_filter_tests::vector::{TRIED, Vector, layout};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::files::SETS;
use super::yaml;

/// The file with the options and their versions, one per line.
const LIST: &str = "tests/configurations/vector/options.txt";

/// The placeholder for the version of a new option, to be filled in by hand.
const UNKNOWN: &str = "?";

/// Returns the test that needs no Vector.
pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("vector::options::list", list)]
}

/// Returns the test with the schema of this version of Vector.
pub(crate) fn with_schema(host: &Vector) -> Trial {
    let (name, host) = (format!("vector::{}::options::schema", host.version()), host.clone());
    Trial::test(name, move || schema_has_all(&host))
}

/// Checks that the stored list has the options of the configurations, and that the oldest supported version has all of
/// them.
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
        return Err(format!("{LIST} lacks {missing:?} and has {gone:?}, which are not used; run {how}").into());
    }
    for (option, version) in &stored {
        if newer(version, TRIED[0])? {
            return Err(format!("{option} needs Vector {version}, but {} is also supported", TRIED[0]).into());
        }
    }
    Ok(())
}

fn newer(version: &str, than: &str) -> Result<bool, Failed> {
    let parse = |text: &str| {
        let (major, minor) = text.split_once('.').ok_or_else(|| format!("{text:?} is not a version"))?;
        Ok::<(u32, u32), String>((major.parse().map_err(|_| text)?, minor.parse().map_err(|_| text)?))
    };
    Ok(parse(version)? > parse(than)?)
}

fn stored() -> Result<BTreeMap<String, String>, Failed> {
    let text = fs::read_to_string(eset_filter_tests::root().join(LIST))?;
    let pair = |line: &str| line.split_once(' ').map(|(option, version)| (option.to_owned(), version.to_owned()));
    Ok(text.lines().filter_map(pair).collect())
}

/// Returns every option in use, with the type of its component: `sources.socket.mode`.
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

/// Returns the options outside components.
fn top_level() -> Result<BTreeSet<Vec<String>>, Failed> {
    let mut paths = BTreeSet::new();
    for (_, files) in SETS {
        leaves(&merged(files)?, &[], &mut paths);
    }
    Ok(paths.into_iter().filter(|path| path[0] != "tests" && !KINDS.contains(&path[0].as_str())).collect())
}

const KINDS: [&str; 4] = ["sources", "transforms", "sinks", "secret"];

/// The kind of a component, its type, and the paths of its options.
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

/// Merges a set of configurations and the settings for it.
fn merged(files: &[&str]) -> Result<Value, Failed> {
    let directory = tempfile::tempdir()?;
    layout::copy(files, directory.path())?;
    layout::Settings::of(files)?.write(directory.path())?;
    let mut merged = Value::Object(serde_json::Map::new());
    for entry in fs::read_dir(directory.path())? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        merge(&mut merged, yaml::read(&text).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    Ok(merged)
}

/// Merges two values as Vector merges the files of a directory.
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

/// Collects the paths to all values that are not objects. A list is a single value.
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

/// The output of `vector generate-schema`.
struct Schema(Value);

impl Schema {
    /// Returns the schemas that together describe a component of a type, or none if the type does not exist.
    fn of_component(&self, kind: &str, component: &str) -> Vec<&Value> {
        // A map of names to components.
        let maps = member(&self.parts(&self.0), kind);
        let components = maps.into_iter().flat_map(|map| self.parts(map)).map(|part| &part["additionalProperties"]);
        let parts: Vec<_> = components.flat_map(|schema| self.parts_of_type(schema, Some(component))).collect();
        if parts.iter().any(|part| type_of(part) == Some(component)) { parts } else { Vec::new() }
    }

    /// Returns the complaint about a path of options in an object with these schemas, if the path is unknown or
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

    /// Returns a schema and all schemas that it consists of.
    fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        self.parts_of_type(schema, None)
    }

    /// Returns a schema and all schemas that it consists of, except the alternatives for other types of components.
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

/// Returns the schemas of a member of an object with these schemas.
fn member<'s>(parts: &[&'s Value], name: &str) -> Vec<&'s Value> {
    let of_part = |part: &&'s Value| match part["properties"].get(name) {
        Some(member) => Some(member),
        None => part.get("additionalProperties").filter(|any| any.is_object()),
    };
    parts.iter().filter_map(of_part).collect()
}

/// Returns the type of component that a schema describes.
fn type_of(schema: &Value) -> Option<&str> {
    schema["properties"]["type"]["const"].as_str()
}
