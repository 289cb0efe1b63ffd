//! The filter: whether records reach it in a form that it can read, and whether it works.

use std::path::{Path, PathBuf};

use super::config::{Config, Section};
use super::executable::{Executable, Surroundings, Version};
use super::flow::{self, Flow, matches};
use super::inputs::MessageKeys;
use super::trial::Trial;
use crate::finding::{Finding, Level, Place};
use crate::plugin::{self, Module, Subject};
use eset_filter::record::{MESSAGE_KEYS, ShipperOptions};
use eset_filter_wasm_host::function_options;

const CHECK: &str = "filter";

/// The file name of the native filter.
const NATIVE_FILE: &str = "flb-filter_eset.so";

/// The symbol that Fluent Bit derives from the file name.
const NATIVE_SYMBOL: &str = "filter_eset_plugin";

/// The first version whose `wasm` filter has the property `event_format`.
const EVENT_FORMAT: Version = Version(3, 0, 0);

/// A property of the native filter that is not an option of the contract: the maximum size of a request, in bytes of
/// JSON.
const REQUEST_LIMIT: &str = "request_limit";

/// The properties that every filter has. Fluent Bit itself uses them, not the plugin.
const COMMON: [&str; 6] = ["name", "match", "match_regex", "alias", "log_level", "log_suppress_interval"];

/// One of this project's filters in a configuration.
#[derive(Debug)]
pub(super) struct EsetFilter<'c> {
    section: &'c Section,
    /// The input, if the filter is a processor. Otherwise it has a `match`.
    input: Option<&'c Section>,
    kind: Kind<'c>,
    /// The options. `None` if they are invalid or unknown.
    options: Option<ShipperOptions>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind<'c> {
    Native,
    Wasm { path: &'c str, function: &'c str },
}

/// Returns this project's filters in the configuration, processors first.
pub(super) fn find(config: &Config) -> Vec<EsetFilter<'_>> {
    let filters = config.filters.iter().map(|section| (section, None));
    let processors =
        config.inputs.iter().flat_map(|input| input.processors.iter().map(move |section| (section, Some(input))));
    processors.chain(filters).filter_map(|(section, input)| EsetFilter::new(section, input)).collect()
}

/// Checks whether the filters receive records that they can read. `keys` are the message keys of each input.
pub(super) fn check(
    config: &Config,
    filters: &[EsetFilter<'_>],
    flows: &[Flow<'_>],
    keys: &[MessageKeys],
    version: Option<Version>,
) -> Vec<Finding> {
    if filters.is_empty() {
        let advice = "Add the native filter (name: eset) or the WASM filter: see plugin/fluent-bit/README.md.";
        return vec![Finding::error(CHECK, "the configuration does not use eset-filter", advice)];
    }
    let mut findings = Vec::new();
    for filter in filters {
        let before = findings.len();
        findings.extend(filter.reached(flows, flow::has_new_tags(config)));
        findings.extend(filter.readable(flows, keys));
        findings.extend(filter.settings(version));
        if findings.len() == before {
            findings.push(
                Finding::ok(CHECK, format!("records reach the filter {}", filter.section.title())).at(&filter.place()),
            );
        }
    }
    findings.extend(other_filters(config, flows));
    findings.extend(config.inputs.iter().filter_map(lost_changes));
    findings
}

impl<'c> EsetFilter<'c> {
    fn new(section: &'c Section, input: Option<&'c Section>) -> Option<Self> {
        match section.name().as_str() {
            "eset" => {
                let mut options = ShipperOptions::default();
                let is_known = own(section).all(|(name, value)| options.set(name, value).is_ok());
                Some(Self { section, input, kind: Kind::Native, options: is_known.then_some(options) })
            }
            "wasm" => {
                let path = section.get("wasm_path").unwrap_or_default();
                let function = section.get("function_name").unwrap_or_default();
                let is_ours = function.starts_with("eset_filter") || path.contains("eset");
                let kind = Kind::Wasm { path, function };
                is_ours.then(|| Self {
                    section,
                    input,
                    kind,
                    options: function_options(function).map(ShipperOptions::from),
                })
            }
            _ => None,
        }
    }

    /// Returns whether it filters the records of this flow.
    pub(super) fn filters(&self, flow: &Flow<'_>) -> bool {
        match self.input {
            Some(input) => std::ptr::eq(input, flow.input),
            None => matches(self.section, &flow.tag),
        }
    }

    /// Returns whether it splits batches that are too large for a request, under new tags such as `eset.part-1`.
    pub(super) fn has_request_limit(&self) -> bool {
        self.kind == Kind::Native && self.section.get(REQUEST_LIMIT).is_some()
    }

    pub(super) fn is_native(&self) -> bool {
        self.kind == Kind::Native
    }

    pub(super) fn place(&self) -> Place {
        self.section.place()
    }

    fn reached(&self, flows: &[Flow<'_>], has_new_tags: bool) -> Option<Finding> {
        if has_new_tags || flows.iter().any(|flow| self.filters(flow)) {
            return None;
        }
        let what = format!("no record reaches the filter {}: no input has a tag that it matches", self.section.title());
        let advice = "Give the inputs a tag that the filter matches, such as tag: eset with match: eset.";
        Some(Finding::error(CHECK, what, advice).at(&self.section.place_of("match")))
    }

    /// Checks whether the inputs put messages under a key that the filter reads.
    fn readable(&self, flows: &[Flow<'_>], keys: &[MessageKeys]) -> Vec<Finding> {
        let wanted: Vec<&str> = match self.options.as_ref().map(|options| &options.message_key) {
            Some(Some(key)) => vec![key],
            Some(None) => MESSAGE_KEYS.to_vec(),
            None => return Vec::new(),
        };
        let unread = flows.iter().zip(keys).filter(|(flow, keys)| {
            let MessageKeys::Known(keys) = keys else { return false };
            self.filters(flow) && !keys.iter().any(|key| wanted.contains(&key.as_str()))
        });
        let finding = |(flow, keys): (&Flow<'_>, &MessageKeys)| {
            let MessageKeys::Known(keys) = keys else { return None };
            let (has, wants) = (keys.join(", "), wanted.join(", "));
            let what = format!("{} puts messages under {has}, but the filter reads only {wants}", flow.input.title());
            let advice = "Rename the key in the parser, or set message_key in the native filter.";
            Some(Finding::error(CHECK, what, advice).at(&flow.input.place()))
        };
        unread.filter_map(finding).collect()
    }

    /// Checks for settings that do not work.
    fn settings(&self, version: Option<Version>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut error = |key: &str, what: String, advice: &str| {
            findings.push(Finding::error(CHECK, what, advice).at(&self.section.place_of(key)));
        };
        if self.kind == Kind::Native {
            for (name, value) in own(self.section) {
                if let Err(why) = ShipperOptions::default().set(name, value) {
                    error(name, why.to_string(), "Correct it. docs/reference.md lists the options.");
                }
            }
            if self.has_request_limit() && self.input.is_some() {
                let what = format!("{REQUEST_LIMIT} does not work in a processor");
                error(REQUEST_LIMIT, what, "Move the filter to `filters:`, and add a match.");
            }
            return findings;
        }
        match self.section.get("event_format").map(str::to_ascii_lowercase).as_deref() {
            Some("msgpack") => {
                let what =
                    "event_format is msgpack, but Fluent Bit truncates such output at the first zero byte".to_owned();
                error("event_format", what, "Set event_format: json.");
            }
            Some(_) if version.is_some_and(|version| version < EVENT_FORMAT) => {
                error(
                    "event_format",
                    "this Fluent Bit version does not support event_format".to_owned(),
                    "Remove the line. It requires Fluent Bit 3.0.",
                );
            }
            _ => {}
        }
        for key in ["wasm_heap_size", "wasm_stack_size"] {
            if self.section.get(key).is_some() {
                let advice = "Remove it. The default is enough for every message.";
                findings.push(
                    Finding::warning(CHECK, format!("{key} is set, but the filter does not need it"), advice)
                        .at(&self.section.place_of(key)),
                );
            }
        }
        findings
    }

    /// Checks the plugin file and tests the filter, in Fluent Bit if possible. If Fluent Bit cannot be started,
    /// `executable` is the advice for that case.
    pub(super) fn try_out(
        &self,
        config: &Config,
        executable: Result<&Executable, &str>,
        surroundings: Surroundings<'_>,
    ) -> Vec<Finding> {
        match &self.kind {
            Kind::Native => self.try_native(config, executable, surroundings),
            Kind::Wasm { path, function } => {
                let path = surroundings.base.join(path);
                let module = plugin::read(&path).and_then(|bytes| plugin::module(&path, bytes));
                let (subject, finding) = match module {
                    Err(finding) => (Subject::File, finding),
                    Ok(Module::Wasm(wasm)) => {
                        plugin::try_module(&path, &wasm, function, self.options.as_ref().map(|options| &options.filter))
                    }
                    Ok(Module::Aot) => (Subject::File, self.run(&path, false, executable, surroundings)),
                };
                let key = match subject {
                    Subject::File => "wasm_path",
                    Subject::Function => "function_name",
                };
                vec![finding.at(&self.section.place_of(key))]
            }
        }
    }

    fn try_native(
        &self,
        config: &Config,
        executable: Result<&Executable, &str>,
        surroundings: Surroundings<'_>,
    ) -> Vec<Finding> {
        let is_it = |(path, _): &&(PathBuf, Place)| path.file_name().is_some_and(|name| name == NATIVE_FILE);
        let Some((path, place)) = config.plugins.iter().find(is_it) else {
            let what = format!("the filter is native, but `plugins:` does not load {NATIVE_FILE}");
            let advice =
                format!("Add its path under `plugins:`, such as /usr/lib/fluent-bit/{NATIVE_FILE}. Do not rename it.");
            return vec![Finding::error("plugin", what, advice).at(&self.place())];
        };
        let path = surroundings.base.join(path);
        let bytes = match plugin::read(&path) {
            Ok(bytes) => bytes,
            Err(finding) => return vec![finding.at(place)],
        };
        let shipper = executable.ok().map(|executable| executable.path.as_path());
        let finding = plugin::shared_object(&path, &bytes, NATIVE_SYMBOL, shipper).at(place);
        if finding.level > Level::Ok {
            return vec![finding];
        }
        vec![finding, self.run(&path, true, executable, surroundings).at(place)]
    }

    /// Runs the filter in Fluent Bit.
    fn run(
        &self,
        path: &Path,
        is_external: bool,
        executable: Result<&Executable, &str>,
        surroundings: Surroundings<'_>,
    ) -> Finding {
        let untested =
            |advice| Finding::skipped("plugin", format!("{} was not tested in Fluent Bit", path.display()), advice);
        let executable = match executable {
            Ok(executable) => executable,
            Err(advice) => return untested(advice),
        };
        let Some(options) = &self.options else { return untested("Correct the filter's options first.") };
        let name = self.section.name();
        let trial =
            Trial { path, is_external, name: &name, properties: self.section.others(&COMMON).collect(), options };
        trial.run(executable, surroundings)
    }
}

/// Returns the properties that are options of the contract, or are intended as such.
fn own(section: &Section) -> impl Iterator<Item = (&str, &str)> {
    section.others(&COMMON).filter(|(name, _)| !name.eq_ignore_ascii_case(REQUEST_LIMIT))
}

/// Returns a finding for each other filter that matches nothing.
fn other_filters(config: &Config, flows: &[Flow<'_>]) -> Vec<Finding> {
    let is_idle = |filter: &&Section| {
        let is_ours = EsetFilter::new(filter, None).is_some();
        !is_ours && !flow::has_new_tags(config) && !flows.iter().any(|flow| matches(filter, &flow.tag))
    };
    let finding = |filter: &Section| {
        let what = format!("no record reaches the filter {}: no input has a tag that it matches", filter.title());
        Finding::warning(CHECK, what, "Correct its match, or remove the filter.").at(&filter.place_of("match"))
    };
    config.filters.iter().filter(is_idle).map(finding).collect()
}

/// Checks for changes that are lost: in Fluent Bit 5.1.1, the `sampling` processor discards the changes of the
/// processors before it.
fn lost_changes(input: &Section) -> Option<Finding> {
    let mut after =
        input.processors.iter().skip_while(|unit| !matches!(unit.name().as_str(), "content_modifier" | "sql"));
    let sampling = after.find(|unit| unit.name() == "sampling")?;
    let what =
        format!("{} has the processor sampling after one that changes records, so the changes are lost", input.title());
    Some(Finding::warning(CHECK, what, "Put sampling first.").at(&sampling.place()))
}
