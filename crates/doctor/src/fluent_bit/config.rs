//! A Fluent Bit configuration in YAML, with its files merged and variables expanded.
//!
//! # Limitations
//!
//! It does not read the classic format (`.conf`), the sections that no check uses (`customs`, `multiline_parsers`,
//! `stream_processor` and `upstream_servers`), or the processors of metrics and traces.
//!
//! Source: Fluent Bit, `src/config_format/flb_cf_yaml.c` and `src/flb_env.c`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::executable::Version;
use super::variable::Variable;
use super::yaml::{self, Key, Node, Value};
use crate::environment::{Environment, expand, has_reference, references};
use crate::file;
use crate::finding::{Finding, Place};
use crate::reason::Reason;
use crate::secrets::is_secret_name;

/// The maximum length of a configuration file, in bytes.
pub(super) const LONGEST: u64 = 4 * 1024 * 1024;

const CONFIG: &str = "config";
const VARIABLES: &str = "variables";
const SECRETS: &str = "secrets";

/// The sections that Fluent Bit supports. It silently ignores others.
const SECTIONS: [&str; 11] = [
    "customs",
    "env",
    "extensions",
    "includes",
    "multiline_parsers",
    "parsers",
    "pipeline",
    "plugins",
    "service",
    "stream_processor",
    "upstream_servers",
];

/// The sections by which a configuration of Vector is recognised.
const VECTOR_SECTIONS: [&str; 3] = ["sources", "transforms", "sinks"];

/// A configuration, merged from all its files.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The main file, then the files that it includes.
    pub(super) files: Vec<Rc<Path>>,
    pub(super) service: Section,
    /// Paths of plugins to load.
    pub(super) plugins: Vec<(PathBuf, Place)>,
    pub(super) parsers: Vec<Section>,
    pub(super) inputs: Vec<Section>,
    pub(super) filters: Vec<Section>,
    pub(super) outputs: Vec<Section>,
    /// The names of the variables in use.
    pub(super) references: Vec<String>,
    /// The names of the variables in use that have no value.
    pub(super) unset: Vec<String>,
    /// The directories from which every file that matches a pattern is included.
    pub(super) directories: Vec<PathBuf>,
    variables: Vec<Variable>,
}

/// The properties of a plugin, the service, or a parser.
#[derive(Debug, Default)]
pub(super) struct Section {
    place: Option<Place>,
    properties: Vec<Property>,
    /// The processors of an input or output.
    pub(super) processors: Vec<Section>,
}

#[derive(Debug)]
struct Property {
    key: String,
    place: Place,
    /// Each value as written, and with variables expanded. A list has several.
    values: Vec<(String, String)>,
}

impl Config {
    /// Reads a configuration with everything that it includes. Returns no configuration if any of the files cannot be
    /// read.
    pub(super) fn load(path: &Path, base: &Path, environment: &Environment) -> (Option<Self>, Vec<Finding>) {
        let mut loader = Loader { base: base.to_owned(), ..Loader::default() };
        if loader.file(path, None).is_none() {
            return (None, loader.findings);
        }
        let Loader { mut config, mut findings, base, .. } = loader;
        findings.extend(config.variables.iter_mut().flat_map(|variable| variable.read(&base)));
        findings.extend(config.expand(environment));
        findings.extend(config.open_secrets());
        (Some(config), findings)
    }

    /// Returns the files that contain the values of variables.
    pub(super) fn files_with_values(&self) -> impl Iterator<Item = &Path> {
        self.variables.iter().filter_map(Variable::file)
    }

    /// Returns a variable that has no value because this user cannot read its file, or because the file is empty.
    /// Fluent Bit does not start without it.
    pub(super) fn unread_variable(&self) -> Option<&str> {
        self.variables.iter().find(|variable| variable.is_unread()).map(Variable::name)
    }

    /// Returns a finding for each variable whose form that version does not support.
    pub(super) fn unsupported_variables(&self, version: Option<Version>) -> Vec<Finding> {
        self.variables.iter().filter_map(|variable| variable.suits(version?)).collect()
    }

    /// Returns the values of secret settings and variables. A value in a separate file always counts as secret.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let properties = self.all_sections().flat_map(|section| &section.properties);
        let secret = properties.filter(|property| is_secret_name(&property.key));
        let settings = secret.flat_map(|property| property.values.iter().map(|(_, value)| value.as_str()));
        let variables = self.variables.iter().filter(|variable| variable.is_secret());
        settings.chain(variables.filter_map(Variable::value))
    }

    fn all_sections(&self) -> impl Iterator<Item = &Section> {
        let plugins = [&self.inputs, &self.filters, &self.outputs].into_iter().flatten();
        plugins.chain([&self.service]).flat_map(|section| section.processors.iter().chain([section]))
    }

    fn expand(&mut self, environment: &Environment) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut own = BTreeMap::new();
        if environment.get("HOSTNAME").is_none() {
            own.insert("HOSTNAME", host_name());
        }
        for variable in &self.variables {
            let Some(value) = variable.value() else { continue };
            if environment.get(variable.name()).is_some_and(|outer| outer != value) {
                let what = format!("${{{}}} has one value in `env:` and another in the environment", variable.name());
                let advice = "Fluent Bit uses the value in `env:`. Remove one of the two.";
                findings.push(Finding::warning(VARIABLES, what, advice).at(variable.place()));
            }
            own.insert(variable.name(), value.to_owned());
        }
        let get = |name: &str| own.get(name).map(String::as_str).filter(|v| !v.is_empty()).or(environment.get(name));
        let mut unset: Vec<(String, Place)> = Vec::new();
        let mut names = Vec::new();
        let mut expand_at = |text: &str, place: &Place| {
            names.extend(references(text));
            expand(text, get, |name| {
                if !unset.iter().any(|(known, _)| known == name) {
                    unset.push((name.to_owned(), place.clone()));
                }
            })
        };
        let plugins = [&mut self.inputs, &mut self.filters, &mut self.outputs].into_iter().flatten();
        for section in plugins.chain([&mut self.service]).chain(&mut self.parsers) {
            section.expand(&mut expand_at);
        }
        for (path, place) in &mut self.plugins {
            let text = path.to_string_lossy().into_owned();
            if has_reference(&text) {
                let what = format!("`plugins:` contains {text}, but Fluent Bit does not expand variables there");
                findings.push(Finding::error(CONFIG, what, "Write the full path of the plugin.").at(place));
                *path = PathBuf::from(expand_at(&text, place));
            }
        }
        // Variables whose files have no value already have a finding.
        let is_reported =
            |name: &str| self.variables.iter().any(|variable| variable.name() == name && variable.is_unread());
        findings.extend(unset.iter().filter(|(name, _)| !is_reported(name)).map(|(name, place)| {
            let advice = "Set it in the environment of the service, or in the file passed with --env-file.";
            Finding::error(VARIABLES, format!("${{{name}}} is used but not set"), advice).at(place)
        }));
        self.references = names;
        self.unset = unset.into_iter().map(|(name, _)| name).collect();
        findings
    }

    /// Returns a finding for each secret in the configuration itself.
    fn open_secrets(&self) -> Vec<Finding> {
        let properties = self.all_sections().flat_map(|section| &section.properties);
        let is_open = |property: &&Property| {
            let literal = |(raw, _): &(String, String)| !raw.is_empty() && !has_reference(raw);
            is_secret_name(&property.key) && property.values.iter().any(literal)
        };
        let settings = properties.filter(is_open).map(|property| (property.key.as_str(), &property.place));
        let variables = self.variables.iter().filter(|variable| variable.is_open_secret());
        let finding = |(name, place): (&str, &Place)| {
            let what = format!("{name} is in plain text in the configuration");
            let advice = "Put it in a file that only the service's user can read, set NAME: file://PATH under \
                          `env:`, and refer to it as ${NAME}.";
            Finding::warning(SECRETS, what, advice).at(place)
        };
        settings.chain(variables.map(|variable| (variable.name(), variable.place()))).map(finding).collect()
    }
}

impl Section {
    /// Returns the name of the plugin in lower case.
    pub(super) fn name(&self) -> String {
        self.get("name").unwrap_or_default().to_ascii_lowercase()
    }

    /// Returns the name to print: the name of the plugin, and its alias if it has one.
    pub(super) fn title(&self) -> String {
        match self.get("alias") {
            Some(alias) => format!("{} {alias}", self.name()),
            None => self.name(),
        }
    }

    /// Returns the first value of a property.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// Returns all values of a property.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.named(key).flat_map(|property| property.values.iter().map(|(_, value)| value.as_str()))
    }

    /// Returns the names and values of all properties except these.
    pub(super) fn others(&self, keys: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let others =
            self.properties.iter().filter(|property| !keys.iter().any(|key| property.key.eq_ignore_ascii_case(key)));
        others.flat_map(|property| property.values.iter().map(|(_, value)| (property.key.as_str(), value.as_str())))
    }

    /// Returns whether a property is on. `None` if it is not set, or if its value means neither on nor off.
    pub(super) fn is_on(&self, key: &str) -> Option<bool> {
        match self.get(key)?.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" => Some(true),
            "false" | "off" | "no" => Some(false),
            _ => None,
        }
    }

    /// Returns whether a property has no value because a variable has none. The variable already has a finding.
    pub(super) fn is_unset(&self, key: &str) -> bool {
        let is_unset = |(raw, value): &(String, String)| value.is_empty() && has_reference(raw);
        self.named(key).any(|property| property.values.iter().any(is_unset))
    }

    /// Returns the position at which the section begins.
    pub(super) fn place(&self) -> Place {
        let nowhere = || Place { file: Rc::from(Path::new("")), line: 0 };
        self.place.clone().unwrap_or_else(nowhere)
    }

    /// Returns the position of a property, or of the section if it does not have the property.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.named(key).next().map_or_else(|| self.place(), |property| property.place.clone())
    }

    fn named(&self, key: &str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.key.eq_ignore_ascii_case(key))
    }

    fn expand(&mut self, expand: &mut dyn FnMut(&str, &Place) -> String) {
        for Property { place, values, .. } in &mut self.properties {
            for (raw, value) in values {
                *value = expand(raw, place);
            }
        }
        self.processors.iter_mut().for_each(|section| section.expand(expand));
    }
}

/// Reads and merges the files of a configuration.
#[derive(Default)]
struct Loader {
    config: Config,
    /// The directory in which Fluent Bit is started.
    base: PathBuf,
    read: Vec<PathBuf>,
    findings: Vec<Finding>,
}

impl Loader {
    /// Adds a file. Returns `None` if it cannot be read.
    fn file(&mut self, path: &Path, included: Option<&Place>) -> Option<()> {
        // Different paths may lead to the same file, and a file may include itself.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.read.contains(&real) {
            return self.refuse(format!("{} is included twice", path.display()), "Include it only once.", included);
        }
        self.read.push(real);
        let file: Rc<Path> = Rc::from(path);
        let text = match file::read_text(path, LONGEST) {
            Ok(text) => text,
            Err(error) => {
                let what = format!("cannot read {}: {}", path.display(), Reason(&error));
                return self.refuse(
                    what,
                    "Check the path. The file must be UTF-8 text that this user can read.",
                    included,
                );
            }
        };
        self.config.files.push(Rc::clone(&file));
        let root = match yaml::parse(&text) {
            Ok(root) => root,
            Err(error) => {
                let what = format!("{} is not YAML that Fluent Bit accepts: {error}", path.display());
                return self.refuse(what, "Correct that line or the line above it.", included);
            }
        };
        self.root(&file, root)
    }

    fn root(&mut self, file: &Rc<Path>, root: Node) -> Option<()> {
        let at = |line| Place { file: Rc::clone(file), line };
        let Value::Mapping(sections) = root.value else {
            return self.refuse("the file is not a mapping of sections".to_owned(), SHAPE, Some(&at(root.line)));
        };
        for (key, node) in sections {
            match key.text.to_ascii_lowercase().as_str() {
                "includes" => self.includes(file, node)?,
                "env" => self.env(file, node)?,
                "service" => {
                    let service = self.section(file, node)?;
                    self.config.service.place.get_or_insert(at(key.line));
                    self.config.service.properties.extend(service.properties);
                }
                "plugins" => {
                    let plugins = self.scalars(file, node, "plugins")?;
                    self.config.plugins.extend(plugins.into_iter().map(|(path, place)| (PathBuf::from(path), place)));
                }
                "parsers" => {
                    let parsers = self.sections(file, node, "parsers")?;
                    self.config.parsers.extend(parsers);
                }
                "pipeline" => self.pipeline(file, node)?,
                known if SECTIONS.contains(&known) => {}
                vector if VECTOR_SECTIONS.contains(&vector) => {
                    let what = format!("`{vector}` is a section of Vector, and doctor checks only Fluent Bit");
                    let advice = "Check it with `vector validate`: see vector-config/README.md.";
                    return self.refuse(what, advice, Some(&at(key.line)));
                }
                _ => {
                    let what = format!("unknown section `{}`, which Fluent Bit ignores", key.text);
                    let advice = format!("Correct the name. The sections are {}.", SECTIONS.join(", "));
                    self.findings.push(Finding::warning(CONFIG, what, advice).at(&at(key.line)));
                }
            }
        }
        Some(())
    }

    fn includes(&mut self, file: &Rc<Path>, node: Node) -> Option<()> {
        for (name, place) in self.scalars(file, node, "includes")? {
            if has_reference(&name) {
                let what = format!("`includes:` contains {name}, but Fluent Bit does not expand variables there");
                return self.refuse(what, "Write the full path.", Some(&place));
            }
            // A relative path is relative to the including file.
            let path = file.parent().unwrap_or(Path::new("")).join(&name);
            if !name.contains('*') {
                self.file(&path, Some(&place))?;
                continue;
            }
            self.config.directories.extend(directories(&path));
            let found = glob(&path);
            if found.is_empty() {
                let what = format!("no file matches {}", path.display());
                return self.refuse(what, "Check the path.", Some(&place));
            }
            for path in found {
                self.file(&path, Some(&place))?;
            }
        }
        Some(())
    }

    /// Reads `env`, which is a mapping, or a list of mappings with one variable each.
    fn env(&mut self, file: &Rc<Path>, node: Node) -> Option<()> {
        let variable = |Property { key, place, values }| Some(Variable::new(key, values.into_iter().next()?.0, place));
        let Value::Sequence(items) = node.value else {
            let variables = self.section(file, node)?.properties.into_iter().filter_map(variable);
            self.config.variables.extend(variables);
            return Some(());
        };
        for item in items {
            let section = self.section(file, item)?;
            let value = section.get("uri").or(section.get("value")).unwrap_or_default();
            let named =
                section.get("name").map(|name| Variable::new(name.to_owned(), value.to_owned(), section.place()));
            let first = || section.properties.into_iter().find_map(variable);
            self.config.variables.extend(named.or_else(first).map(Variable::listed));
        }
        Some(())
    }

    fn pipeline(&mut self, file: &Rc<Path>, node: Node) -> Option<()> {
        let at = |line| Place { file: Rc::clone(file), line };
        let Value::Mapping(entries) = node.value else {
            return self.refuse("`pipeline` is not a mapping".to_owned(), SHAPE, Some(&at(node.line)));
        };
        for (Key { text, line }, node) in entries {
            let sections = self.sections(file, node, &text)?;
            match text.to_ascii_lowercase().as_str() {
                "inputs" => self.config.inputs.extend(sections),
                "filters" => self.config.filters.extend(sections),
                "outputs" => self.config.outputs.extend(sections),
                _ => {
                    let what = format!("unknown list `{text}` in `pipeline`");
                    return self.refuse(what, "The lists are inputs, filters and outputs.", Some(&at(line)));
                }
            }
        }
        Some(())
    }

    fn sections(&mut self, file: &Rc<Path>, node: Node, name: &str) -> Option<Vec<Section>> {
        self.list(file, node, name)?.into_iter().map(|node| self.section(file, node)).collect()
    }

    fn section(&mut self, file: &Rc<Path>, node: Node) -> Option<Section> {
        let at = |line| Place { file: Rc::clone(file), line };
        let mut section = Section { place: Some(at(node.line)), ..Section::default() };
        let Value::Mapping(entries) = node.value else {
            return self.refuse("expected a mapping of names to values".to_owned(), SHAPE, section.place.as_ref());
        };
        for (key, node) in entries {
            if key.text.eq_ignore_ascii_case("processors") {
                section.processors = self.processors(file, node)?;
                continue;
            }
            let values = match node.value {
                Value::Scalar(text) => vec![text],
                Value::Sequence(items) => items.into_iter().filter_map(scalar).collect(),
                Value::Mapping(_) => Vec::new(),
            };
            let values = values.into_iter().map(|raw| (raw.clone(), raw)).collect();
            section.properties.push(Property { key: key.text, place: at(key.line), values });
        }
        Some(section)
    }

    /// Reads the processors for logs.
    fn processors(&mut self, file: &Rc<Path>, node: Node) -> Option<Vec<Section>> {
        let Value::Mapping(entries) = node.value else {
            let place = Place { file: Rc::clone(file), line: node.line };
            return self.refuse("`processors` is not a mapping".to_owned(), SHAPE, Some(&place));
        };
        let mut sections = Vec::new();
        for (key, node) in entries {
            if key.text.eq_ignore_ascii_case("logs") {
                sections.extend(self.sections(file, node, "logs")?);
            }
        }
        Some(sections)
    }

    fn scalars(&mut self, file: &Rc<Path>, node: Node, name: &str) -> Option<Vec<(String, Place)>> {
        let with_place = |node: Node| {
            let place = Place { file: Rc::clone(file), line: node.line };
            Some((scalar(node)?, place))
        };
        Some(self.list(file, node, name)?.into_iter().filter_map(with_place).collect())
    }

    /// Returns the items of a list. A missing value is an empty list.
    fn list(&mut self, file: &Rc<Path>, node: Node, name: &str) -> Option<Vec<Node>> {
        match node.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(text) if text.is_empty() || text == "~" => Some(Vec::new()),
            _ => {
                let place = Place { file: Rc::clone(file), line: node.line };
                self.refuse(format!("`{name}` is not a list"), SHAPE, Some(&place))
            }
        }
    }

    fn refuse<T>(&mut self, what: String, advice: &str, place: Option<&Place>) -> Option<T> {
        let finding = Finding::error(CONFIG, what, advice);
        self.findings.push(match place {
            Some(place) => finding.at(place),
            None => finding,
        });
        None
    }
}

const SHAPE: &str = "Compare it with the examples in fluent-bit-config.";

fn scalar(node: Node) -> Option<String> {
    match node.value {
        Value::Scalar(text) => Some(text),
        Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

fn glob(pattern: &Path) -> Vec<PathBuf> {
    glob::glob(&pattern.to_string_lossy()).into_iter().flatten().flatten().collect()
}

/// Returns the directories in which an added file could match the pattern.
fn directories(pattern: &Path) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    for above in pattern.ancestors().skip(1) {
        if !above.to_string_lossy().contains('*') {
            directories.push(above.to_owned());
            break;
        }
        directories.extend(glob(above).into_iter().filter(|path| path.is_dir()));
    }
    directories
}

/// Returns the value that Fluent Bit sets for `HOSTNAME` if the environment does not.
fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod tests;
