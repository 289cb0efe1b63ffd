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

use std::io;
use std::path::{Path, PathBuf};

use crate::Request;
use crate::environment::Environment;
use crate::file;
use crate::finding::Finding;
use crate::report::Report;
use crate::setup::Setup;
use crate::trust;

use config::Config;
use executable::{Executable, Surroundings};

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
    findings: Vec<Finding>,
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

/// Looks at everything that is Fluent Bit's own, and gives the rest.
///
/// # Errors
///
/// The report cannot be written.
pub(crate) fn check(target: &Target, request: &Request, report: &mut Report<'_>) -> io::Result<Setup> {
    target.environment.secrets().for_each(|secret| report.hide(secret));
    report.add(target.findings.iter().cloned())?;
    let surroundings = Surroundings { base: &target.base, environment: &target.environment, limit: request.timeout };
    let named = request.fluent_bit.clone().or_else(|| std::env::var_os("FLUENT_BIT").map(PathBuf::from));
    let named = named.filter(|named| !named.as_os_str().is_empty());
    report.working("starting Fluent Bit");
    let (executable, findings) = executable::find(named.as_deref(), target.executable.as_deref(), surroundings);
    report.add(findings)?;

    let (config, findings) = match is_classic(&target.config) {
        true => (None, vec![classic(&target.config)]),
        false => Config::load(&target.config, &target.base, &target.environment),
    };
    if let Some(config) = &config {
        config.secrets().for_each(|secret| report.hide(secret));
        report.add([summary(config)])?;
    }
    report.add(findings)?;
    match config {
        Some(config) => look(&config, target, executable.as_ref(), surroundings, report),
        // Fluent Bit takes a folder for an empty configuration.
        None if !target.config.is_file() => Ok(Setup::default()),
        None => {
            report.working("asking Fluent Bit about the configuration");
            report.add(target.ask_about_unread(executable.as_ref(), surroundings))?;
            Ok(Setup::default())
        }
    }
}

/// Looks at what the configuration says.
fn look(
    config: &Config,
    target: &Target,
    executable: Option<&Executable>,
    surroundings: Surroundings<'_>,
    report: &mut Report<'_>,
) -> io::Result<Setup> {
    let weak = target.weaknesses(config);
    let is_safe = weak.is_empty();
    report.add(weak)?;
    if let Some(name) = config.unread_variable() {
        let what = format!("Fluent Bit was not asked about the configuration: it does not start without ${{{name}}}");
        report.add([Finding::skipped("dry-run", what, "Have its file read first.")])?;
    } else if is_safe {
        report.working("asking Fluent Bit about the configuration");
        let (references, unset) = (&config.references, &config.unset);
        report.add(executable::dry_run(executable, &target.config, references, unset, surroundings))?;
    }
    let version = executable.map(|executable| executable.version);
    report.add(config.files_of_variables(version))?;
    let flows = flow::flows(config);
    let filters = filters::find(config);
    let (keys, findings) = inputs::check(config, &target.base, version);
    report.add(findings)?;
    report.add(filters::check(config, &filters, &flows, &keys, version))?;
    for filter in &filters {
        report.working("trying the filter with a sample");
        let host = if is_safe { executable.ok_or(executable::NAME_IT) } else { Err(CLOSE_IT) };
        report.add(filter.try_out(config, host, surroundings))?;
    }
    report.add(outputs::check(config, &filters, &flows, version))?;
    report.add(outputs::proxies(&target.environment))?;
    let (listeners, findings) = inputs::listeners(config, &target.base);
    report.add(findings)?;
    if !is_safe {
        let what = "Fluent Bit was not started, and neither ports nor disk nor Azure were looked at";
        report.add([Finding::skipped("config", what, CLOSE_IT)])?;
        return Ok(Setup::default());
    }
    Ok(Setup {
        listeners,
        buffers: outputs::buffer(config, &target.base).into_iter().collect(),
        deliveries: outputs::deliveries(config, &target.base, &target.environment),
    })
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

    /// What Fluent Bit itself says of a configuration that was not read here. What such a one includes or loads, and who
    /// can change that, is not known: with such words in it Fluent Bit is not started.
    fn ask_about_unread(&self, executable: Option<&Executable>, surroundings: Surroundings<'_>) -> Vec<Finding> {
        let text = file::read_text(&self.config, config::LONGEST).unwrap_or_default().to_ascii_lowercase();
        let takes_in_others = ["include", "plugins"].iter().any(|word| text.contains(word));
        let why = match trust::weakness(&self.config).or_else(|| trust::weakness(&self.base)) {
            Some(weakness) => weakness.to_string(),
            None if takes_in_others && is_classic(&self.config) => {
                "it includes other files or loads plugins".to_owned()
            }
            // What is wrong with one in YAML has been said.
            None if takes_in_others => return Vec::new(),
            None => return executable::dry_run(executable, &self.config, &[], &[], surroundings),
        };
        let what = format!("Fluent Bit was not asked about {}: {why}", self.config.display());
        vec![Finding::skipped("dry-run", what, "Ask it yourself: fluent-bit --dry-run -c FILE.")]
    }

    /// What others than root and this user can change of what would be read, loaded, or sent.
    fn weaknesses(&self, config: &Config) -> Vec<Finding> {
        let files = sources::of(config, &self.base).into_iter().chain(self.env_file.clone()).chain([self.base.clone()]);
        let directories = config.folders.iter().filter_map(|folder| trust::weakness_of_directory(folder));
        let mut all: Vec<_> = files.filter_map(|file| trust::weakness(&file)).chain(directories).collect();
        all.sort_by_key(ToString::to_string);
        all.dedup();
        let advice = "Whoever can change it can have secrets sent elsewhere, and programs run. Give it to root, with chown and \
                      chmod go-w, or run this as its owner.";
        all.iter().map(|weakness| Finding::warning("config", weakness.to_string(), advice)).collect()
    }
}

/// What to do about all that was left out because others can change a file.
const CLOSE_IT: &str = "See to it first that nobody else can change the files.";

fn is_classic(config: &Path) -> bool {
    config.extension().is_some_and(|extension| extension == "conf")
}

fn classic(path: &Path) -> Finding {
    let what = format!("{} is in the classic format, which this does not read", path.display());
    Finding::skipped("config", what, "Write it as YAML; the README and fluent-bit-config have examples.")
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
