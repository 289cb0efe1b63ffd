//! What is Fluent Bit's own in a set-up: its configuration, its executable, its plugins.
//!
//! A configuration's way: `yaml` -> `config` (files put together, variables expanded) -> `flow` (which records reach
//! what) -> `inputs`, `filters`, `outputs` (what is wrong with each). `executable` asks Fluent Bit itself, and `trial`
//! has it run the filter.
//!
//! # What it does not do
//!
//! Configurations in the classic format, and options on Fluent Bit's command line other than the configuration.

mod config;
mod executable;
mod filters;
mod flow;
mod inputs;
mod outputs;
mod parsers;
#[cfg(unix)]
mod running;
mod size;
mod sources;
mod trial;
mod variable;
mod yaml;

use std::path::{Path, PathBuf};

use crate::Request;
use crate::check::{Check, Subject};
use crate::environment::Environment;
use crate::file;
use crate::finding::Finding;
use crate::setup::{Listener, Setup};
use crate::trust;

use config::Config;
use executable::{Executable, Surroundings, Version};
use filters::EsetFilter;
use flow::Flow;
use inputs::MessageKeys;

/// What its processes are called.
pub(crate) const PROCESS: &str = "fluent-bit";

/// Where the packages put a configuration.
const PACKAGED: &str = "/etc/fluent-bit/fluent-bit.yaml";

/// A configuration with what is known about how it is or will be started.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) config: PathBuf,
    base: PathBuf,
    environment: Environment,
    /// That of a running service.
    executable: Option<PathBuf>,
    env_file: Option<PathBuf>,
    /// What there is to say about how it runs.
    pub(crate) findings: Vec<Finding>,
}

/// The configurations to look at, none if none is named and none is found, and what was passed over.
pub(crate) fn targets(request: &Request) -> (Vec<Target>, Vec<Finding>) {
    let mut targets: Vec<_> = request.configs.iter().map(|config| Target::planned(config)).collect();
    let mut passed_over = Vec::new();
    if targets.is_empty() {
        (targets, passed_over) = running();
    }
    if targets.is_empty() && Path::new(PACKAGED).is_file() {
        targets.push(Target::planned(Path::new(PACKAGED)));
    }
    for target in &mut targets {
        if let Some(file) = &request.env_file {
            target.findings.extend(target.environment.read_file(file));
            target.env_file = Some(file.clone());
        }
    }
    (targets, passed_over)
}

#[cfg(unix)]
fn running() -> (Vec<Target>, Vec<Finding>) {
    let (running, passed_over) = running::find();
    (running.into_iter().map(Target::running).collect(), passed_over.iter().map(running::PassedOver::finding).collect())
}

/// Where there is no `/proc`, nothing is found.
#[cfg(not(unix))]
fn running() -> (Vec<Target>, Vec<Finding>) {
    (Vec::new(), Vec::new())
}

/// A configuration and the Fluent Bit that it is for, as far as they could be found and read.
#[derive(Debug)]
pub(crate) struct Reading<'t> {
    target: &'t Target,
    executable: Option<Executable>,
    config: Option<Config>,
    surroundings: Surroundings<'t>,
}

/// A configuration that was read: what the checks look at.
#[derive(Debug)]
pub(crate) struct View<'r> {
    target: &'r Target,
    config: &'r Config,
    executable: Option<&'r Executable>,
    surroundings: Surroundings<'r>,
    /// Why Fluent Bit is not started: others can change what it would read or load.
    weaknesses: Vec<Finding>,
    flows: Vec<Flow<'r>>,
    filters: Vec<EsetFilter<'r>>,
    /// Where each input puts the message.
    keys: Vec<MessageKeys>,
    listeners: Vec<Listener>,
    /// What was found while the inputs, and what they listen on, were read.
    input_findings: Vec<Finding>,
    listener_findings: Vec<Finding>,
}

const ASKING: &str = "checking the configuration with Fluent Bit";

/// The checks of a configuration that was read, in the order of what they find.
pub(crate) fn checks<'r>() -> [Check<View<'r>>; 10] {
    [
        Check::quick(|view| view.weaknesses.clone()),
        Check::slow(|view| view.can_be_asked().then(|| ASKING.to_owned()), check_by_dry_run),
        Check::quick(|view| view.config.files_of_variables(view.version())),
        Check::quick(|view| view.input_findings.clone()),
        Check::quick(|view| filters::check(view.config, &view.filters, &view.flows, &view.keys, view.version())),
        Check::slow(View::trying, try_filters),
        Check::quick(|view| outputs::check(view.config, &view.filters, &view.flows, view.version())),
        Check::quick(|view| outputs::proxies(&view.target.environment).into_iter().collect()),
        Check::quick(|view| view.listener_findings.clone()),
        Check::quick(tell_what_was_left_out),
    ]
}

/// The checks of one that could not be read. Fluent Bit takes a directory for an empty configuration.
pub(crate) fn checks_of_unread<'t>() -> [Check<Reading<'t>>; 1] {
    [Check::slow(|reading| reading.target.config.is_file().then(|| ASKING.to_owned()), ask_about_unread)]
}

impl<'t> Reading<'t> {
    /// Looks for Fluent Bit.
    pub(crate) fn new(target: &'t Target, request: &Request) -> (Self, Vec<Finding>) {
        let surroundings =
            Surroundings { base: &target.base, environment: &target.environment, limit: request.timeout };
        let named = request.fluent_bit.clone().or_else(|| std::env::var_os("FLUENT_BIT").map(PathBuf::from));
        let named = named.filter(|named| !named.as_os_str().is_empty());
        let (executable, findings) = executable::find(named.as_deref(), target.executable.as_deref(), surroundings);
        (Self { target, executable, config: None, surroundings }, findings)
    }

    /// Reads the configuration.
    pub(crate) fn read(&mut self) -> Vec<Finding> {
        let path = &self.target.config;
        if is_classic(path) {
            return vec![classic(path)];
        }
        let (config, findings) = Config::load(path, &self.target.base, &self.target.environment);
        self.config = config;
        self.config.iter().map(summary).chain(findings).collect()
    }

    /// The configuration's secrets, as far as it was read.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.config.iter().flat_map(Config::secrets)
    }

    /// What the checks look at; `None` where the configuration could not be read.
    pub(crate) fn view(&self) -> Option<View<'_>> {
        let Self { target, executable, config, surroundings } = self;
        let config = config.as_ref()?;
        let version = executable.as_ref().map(|executable| executable.version);
        let (keys, input_findings) = inputs::check(config, &target.base, version);
        let (listeners, listener_findings) = inputs::listeners(config, &target.base);
        Some(View {
            target,
            config,
            executable: executable.as_ref(),
            surroundings: *surroundings,
            weaknesses: target.weaknesses(config),
            flows: flow::flows(config),
            filters: filters::find(config),
            keys,
            listeners,
            input_findings,
            listener_findings,
        })
    }
}

impl View<'_> {
    fn version(&self) -> Option<Version> {
        self.executable.map(|executable| executable.version)
    }

    /// Whether nobody else can change what Fluent Bit would read or load.
    fn is_safe(&self) -> bool {
        self.weaknesses.is_empty()
    }

    fn can_be_asked(&self) -> bool {
        self.is_safe() && self.config.unread_variable().is_none()
    }

    fn trying(&self) -> Option<String> {
        (!self.filters.is_empty()).then(|| "trying the filter with a sample".to_owned())
    }

    /// What any shipper has: nothing where it may not be looked at.
    pub(crate) fn setup(self) -> Setup {
        if !self.is_safe() {
            return Setup::default();
        }
        let (config, base) = (self.config, &self.target.base);
        Setup {
            buffers: outputs::buffer(config, base).into_iter().collect(),
            deliveries: outputs::deliveries(config, base, &self.target.environment),
            listeners: self.listeners,
        }
    }
}

impl Subject for View<'_> {
    fn secrets(&self) -> Vec<String> {
        self.target.secrets().chain(self.config.secrets()).map(str::to_owned).collect()
    }
}

impl Subject for Reading<'_> {
    fn secrets(&self) -> Vec<String> {
        self.target.secrets().map(str::to_owned).collect()
    }
}

/// Has Fluent Bit itself read the configuration.
fn check_by_dry_run(view: &View<'_>) -> Vec<Finding> {
    let View { config, target, executable, surroundings, .. } = view;
    if let Some(name) = config.unread_variable() {
        let what = format!("Fluent Bit did not check the configuration: it does not start without ${{{name}}}");
        return vec![Finding::skipped("dry-run", what, "Make its file readable first.")];
    }
    if !view.is_safe() {
        return Vec::new();
    }
    executable::dry_run(*executable, &target.config, &config.references, &config.unset, *surroundings)
}

fn try_filters(view: &View<'_>) -> Vec<Finding> {
    let host = if view.is_safe() { view.executable.ok_or(executable::NAME_IT) } else { Err(CLOSE_IT) };
    view.filters.iter().flat_map(|filter| filter.try_out(view.config, host, view.surroundings)).collect()
}

fn tell_what_was_left_out(view: &View<'_>) -> Vec<Finding> {
    if view.is_safe() {
        return Vec::new();
    }
    let what = "Fluent Bit was not started, and ports, disk and Azure were not checked";
    vec![Finding::skipped("config", what, CLOSE_IT)]
}

/// What Fluent Bit itself says of a configuration that was not read here. What such a one includes or loads, and who
/// can change that, is not known: with such words in it Fluent Bit is not started.
fn ask_about_unread(reading: &Reading<'_>) -> Vec<Finding> {
    let Target { config, base, .. } = reading.target;
    if !config.is_file() {
        return Vec::new();
    }
    let text = file::read_text(config, config::LONGEST).unwrap_or_default().to_ascii_lowercase();
    let takes_in_others = ["include", "plugins"].iter().any(|word| text.contains(word));
    let why = match trust::weakness(config).or_else(|| trust::weakness(base)) {
        Some(weakness) => weakness.to_string(),
        None if takes_in_others && is_classic(config) => "it includes other files or loads plugins".to_owned(),
        // What is wrong with one in YAML has been said.
        None if takes_in_others => return Vec::new(),
        None => return executable::dry_run(reading.executable.as_ref(), config, &[], &[], reading.surroundings),
    };
    let what = format!("Fluent Bit did not check {}: {why}", config.display());
    vec![Finding::skipped("dry-run", what, "Check it with: fluent-bit --dry-run -c FILE.")]
}

impl Target {
    /// One that is to be started from here, with these variables.
    fn planned(config: &Path) -> Self {
        Self {
            config: config.to_owned(),
            base: std::env::current_dir().unwrap_or_default(),
            environment: Environment::own(),
            executable: None,
            env_file: None,
            findings: Vec::new(),
        }
    }

    #[cfg(unix)]
    fn running(running: running::Running) -> Self {
        let what = format!("Fluent Bit is running, as process {}", running.pid);
        Self {
            config: running.config,
            base: running.directory,
            environment: running.environment,
            executable: running.executable,
            env_file: None,
            findings: vec![Finding::ok("fluent-bit", what)],
        }
    }

    /// The values of its variables that are secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.environment.secrets()
    }

    /// What others than root and this user can change of what would be read, loaded, or sent.
    fn weaknesses(&self, config: &Config) -> Vec<Finding> {
        let files = sources::of(config, &self.base).into_iter().chain(self.env_file.clone()).chain([self.base.clone()]);
        let directories = config.folders.iter().filter_map(|folder| trust::weakness_of_directory(folder));
        let mut all: Vec<_> = files.filter_map(|file| trust::weakness(&file)).chain(directories).collect();
        all.sort_by_key(ToString::to_string);
        all.dedup();
        let advice = "Anyone who can change it can redirect secrets and run programs. Make root its owner, with chown \
                      and chmod go-w, or run this as its owner.";
        all.iter().map(|weakness| Finding::warning("config", weakness.to_string(), advice)).collect()
    }
}

/// What to do about all that was left out because others can change a file.
const CLOSE_IT: &str = "Make sure first that nobody else can change the files.";

fn is_classic(config: &Path) -> bool {
    config.extension().is_some_and(|extension| extension == "conf")
}

fn classic(path: &Path) -> Finding {
    let what = format!("{} is in the classic format, which doctor does not read", path.display());
    Finding::skipped("config", what, "Write it as YAML: fluent-bit-config has examples.")
}

fn summary(config: &Config) -> Finding {
    let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let counts = [
        count(config.files.len(), "file"),
        count(config.inputs.len(), "input"),
        count(config.filters.len(), "filter"),
        count(config.outputs.len(), "output"),
    ];
    Finding::ok("config", counts.join(", "))
}
