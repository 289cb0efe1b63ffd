//! The checks specific to Fluent Bit: its configuration, its executable and its plugins.
//!
//! The stages of a configuration: `yaml` parses the files, `config` merges them and expands variables, `flow`
//! determines which records reach which filters and outputs, and `inputs`, `filters` and `outputs` check the plugins.
//! `executable` has Fluent Bit itself check the configuration, and `trial` has it run the filter.
//!
//! # Limitations
//!
//! It does not read configurations in the classic format, or options on Fluent Bit's command line other than the
//! configuration.

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

/// The name of Fluent Bit processes.
pub(crate) const PROCESS: &str = "fluent-bit";

/// The configuration that the packages install.
const PACKAGED: &str = "/etc/fluent-bit/fluent-bit.yaml";

/// A configuration, and how Fluent Bit was or will be started with it.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) config: PathBuf,
    base: PathBuf,
    environment: Environment,
    /// The executable of a running service.
    executable: Option<PathBuf>,
    env_file: Option<PathBuf>,
    /// Findings about how it runs.
    pub(crate) findings: Vec<Finding>,
}

/// Returns the configurations to check, and findings about skipped processes. There are no configurations if none is
/// named and none is found.
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

/// Without `/proc`, no running processes are found.
#[cfg(not(unix))]
fn running() -> (Vec<Target>, Vec<Finding>) {
    (Vec::new(), Vec::new())
}

/// A configuration and its Fluent Bit, as far as they could be found and read.
#[derive(Debug)]
pub(crate) struct Reading<'t> {
    target: &'t Target,
    executable: Option<Executable>,
    config: Option<Config>,
    surroundings: Surroundings<'t>,
}

/// A configuration that was read: the subject of the checks.
#[derive(Debug)]
pub(crate) struct View<'r> {
    target: &'r Target,
    config: &'r Config,
    executable: Option<&'r Executable>,
    surroundings: Surroundings<'r>,
    /// Files that others can change, and that Fluent Bit would read or load. If there are any, it is not started.
    weaknesses: Vec<Finding>,
    flows: Vec<Flow<'r>>,
    filters: Vec<EsetFilter<'r>>,
    /// The keys under which each input puts the message.
    keys: Vec<MessageKeys>,
    listeners: Vec<Listener>,
    /// Findings about the inputs, and about the ports that they listen on.
    input_findings: Vec<Finding>,
    listener_findings: Vec<Finding>,
}

const DRY_RUN: &str = "checking the configuration with Fluent Bit";

/// The checks of a configuration that was read, in the order of their findings.
pub(crate) fn checks<'r>() -> [Check<View<'r>>; 10] {
    [
        Check::quick(|view| view.weaknesses.clone()),
        Check::slow(|view| view.can_dry_run().then(|| DRY_RUN.to_owned()), check_by_dry_run),
        Check::quick(|view| view.config.unsupported_variables(view.version())),
        Check::quick(|view| view.input_findings.clone()),
        Check::quick(|view| filters::check(view.config, &view.filters, &view.flows, &view.keys, view.version())),
        Check::slow(View::testing, try_filters),
        Check::quick(|view| outputs::check(view.config, &view.filters, &view.flows, view.version())),
        Check::quick(|view| outputs::proxies(&view.target.environment).into_iter().collect()),
        Check::quick(|view| view.listener_findings.clone()),
        Check::quick(report_skipped_checks),
    ]
}

/// The checks of a configuration that could not be read. A directory is skipped, because Fluent Bit treats it as an
/// empty configuration.
pub(crate) fn checks_of_unread<'t>() -> [Check<Reading<'t>>; 1] {
    [Check::slow(|reading| reading.target.config.is_file().then(|| DRY_RUN.to_owned()), check_unread)]
}

impl<'t> Reading<'t> {
    /// Finds the Fluent Bit executable.
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

    /// Returns the secrets in the configuration, as far as it was read.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.config.iter().flat_map(Config::secrets)
    }

    /// Returns the subject of the checks. `None` if the configuration could not be read.
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

    /// Returns whether nobody else can change the files that Fluent Bit would read or load.
    fn is_safe(&self) -> bool {
        self.weaknesses.is_empty()
    }

    /// Returns whether Fluent Bit can be started to check the configuration.
    fn can_dry_run(&self) -> bool {
        self.is_safe() && self.config.unread_variable().is_none()
    }

    fn testing(&self) -> Option<String> {
        (!self.filters.is_empty()).then(|| "testing the filter with a sample message".to_owned())
    }

    /// Returns the common parts of the setup. They are empty if others can change the files.
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

/// Has Fluent Bit itself check the configuration.
fn check_by_dry_run(view: &View<'_>) -> Vec<Finding> {
    let View { config, target, executable, surroundings, .. } = view;
    if let Some(name) = config.unread_variable() {
        let what = format!("Fluent Bit did not check the configuration: it cannot start without ${{{name}}}");
        return vec![Finding::skipped("dry-run", what, "First correct the file that contains the value.")];
    }
    if !view.is_safe() {
        return Vec::new();
    }
    executable::dry_run(*executable, &target.config, &config.references, &config.unset, *surroundings)
}

fn try_filters(view: &View<'_>) -> Vec<Finding> {
    let executable = if view.is_safe() { view.executable.ok_or(executable::NAME_IT) } else { Err(SECURE_FILES) };
    view.filters.iter().flat_map(|filter| filter.try_out(view.config, executable, view.surroundings)).collect()
}

fn report_skipped_checks(view: &View<'_>) -> Vec<Finding> {
    if view.is_safe() {
        return outputs::unchecked(view.config, &view.target.base, &view.target.environment);
    }
    let what = "Fluent Bit was not started, and ports, disk and Azure were not checked";
    vec![Finding::skipped("config", what, SECURE_FILES)]
}

/// Has Fluent Bit check a configuration that could not be read here. If the configuration seems to include or load
/// other files, Fluent Bit is not started, because it is unknown who can change those files.
fn check_unread(reading: &Reading<'_>) -> Vec<Finding> {
    let Target { config, base, .. } = reading.target;
    if !config.is_file() {
        return Vec::new();
    }
    let text = file::read_text(config, config::LONGEST).unwrap_or_default().to_ascii_lowercase();
    let loads_others = ["include", "plugins"].iter().any(|word| text.contains(word));
    let why = match trust::weakness(config).or_else(|| trust::weakness(base)) {
        Some(weakness) => weakness.to_string(),
        None if loads_others && is_classic(config) => "it includes other files or loads plugins".to_owned(),
        // For YAML, there already is a finding about why it could not be read.
        None if loads_others => return Vec::new(),
        None => return executable::dry_run(reading.executable.as_ref(), config, &[], &[], reading.surroundings),
    };
    let what = format!("Fluent Bit did not check {}: {why}", config.display());
    vec![Finding::skipped("dry-run", what, "Check it with `fluent-bit --dry-run -c FILE`.")]
}

impl Target {
    /// Returns a target for Fluent Bit that will be started in the current directory, with the current environment.
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
        let what = format!("Fluent Bit is running as process {}", running.pid);
        Self {
            config: running.config,
            base: running.directory,
            environment: running.environment,
            executable: running.executable,
            env_file: None,
            findings: vec![Finding::ok("fluent-bit", what)],
        }
    }

    /// Returns the secrets in its environment.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.environment.secrets()
    }

    /// Returns a finding for each file to be read, loaded or sent that anyone other than root and this user can change.
    fn weaknesses(&self, config: &Config) -> Vec<Finding> {
        let files = sources::of(config, &self.base).into_iter().chain(self.env_file.clone()).chain([self.base.clone()]);
        let directories = config.directories.iter().filter_map(|directory| trust::weakness_of_directory(directory));
        let mut all: Vec<_> = files.filter_map(|file| trust::weakness(&file)).chain(directories).collect();
        all.sort_by_key(ToString::to_string);
        all.dedup();
        let advice = "Anyone who can change it can redirect secrets and run programs. Make root the only user who can, \
                      with chown root and chmod go-w, or run this as its owner. If it is a shared directory such as \
                      /tmp, move the files out of it instead.";
        all.iter().map(|weakness| Finding::warning("config", weakness.to_string(), advice)).collect()
    }
}

/// What to do about checks that were skipped because others can change a file.
const SECURE_FILES: &str = "First make sure that nobody else can change the files reported above.";

fn is_classic(config: &Path) -> bool {
    config.extension().is_some_and(|extension| extension == "conf")
}

fn classic(path: &Path) -> Finding {
    let what = format!("{} is in the classic format, which doctor does not read", path.display());
    Finding::skipped("config", what, "Convert it to YAML. fluent-bit-config has examples.")
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
