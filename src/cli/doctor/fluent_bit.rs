//! What is Fluent Bit's own in a set-up: its configuration, its executable, its plugins.
//!
//! A configuration's way: `yaml` -> `config` (files put together, variables expanded) -> `flow` (which records reach
//! what) -> `inputs`, `filters`, `outputs` (what is wrong with each). `executable` asks Fluent Bit itself, and `trial`
//! has it run the filter.

mod config;
mod executable;
mod filters;
mod flow;
mod inputs;
mod outputs;
mod parsers;
mod running;
mod size;
mod trial;
mod yaml;

use std::io;
use std::path::{Path, PathBuf};

use super::args::DoctorArgs;
use super::environment::Environment;
use super::finding::Finding;
use super::report::Report;
use super::setup::Setup;

use config::Config;
use executable::Surroundings;

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
    executable: Option<PathBuf>,
    /// What there is to say about how it runs.
    findings: Vec<Finding>,
}

/// The configurations to look at. None if none is named and none is found.
pub(crate) fn targets(args: &DoctorArgs) -> Vec<Target> {
    let named = args.configs.iter().map(|config| Target::planned(config));
    let mut targets: Vec<_> = named.collect();
    if targets.is_empty() {
        targets.extend(running::find().into_iter().map(Target::running));
    }
    if targets.is_empty() && Path::new(PACKAGED).is_file() {
        targets.push(Target::planned(Path::new(PACKAGED)));
    }
    for target in &mut targets {
        if let Some(file) = &args.env_file {
            target.findings.extend(target.environment.read_file(file));
        }
    }
    targets
}

/// Looks at everything that is Fluent Bit's own, and gives the rest.
///
/// # Errors
///
/// The report cannot be written.
pub(crate) fn check(target: Target, args: &DoctorArgs, report: &mut Report) -> io::Result<Setup> {
    let Target { config: path, base, environment, executable, findings } = target;
    environment.secrets().for_each(|secret| report.hide(secret));
    report.add(findings)?;
    let surroundings = Surroundings { base: &base, environment: &environment, limit: args.timeout };
    let named = args.fluent_bit.clone().or_else(|| std::env::var_os("FLUENT_BIT").map(PathBuf::from));
    report.working("starting Fluent Bit");
    let (executable, findings) = executable::find(named.as_deref(), executable.as_deref(), surroundings);
    report.add(findings)?;

    let (config, findings) = match path.extension() {
        Some(extension) if extension == "conf" => (None, vec![classic(&path)]),
        _ => Config::load(&path, &environment),
    };
    if let Some(config) = &config {
        config.secrets().for_each(|secret| report.hide(secret));
        report.add([summary(config)])?;
    }
    report.add(findings)?;
    if let Some(executable) = &executable {
        report.working("asking Fluent Bit about the configuration");
        let unset = config.as_ref().map(|config| config.unset.as_slice()).unwrap_or_default();
        let findings = executable::dry_run(executable, &path, unset, surroundings);
        report.add(findings)?;
    }
    let Some(config) = config else { return Ok(Setup::default()) };

    let version = executable.as_ref().map(|executable| executable.version);
    let flows = flow::flows(&config);
    let filters = filters::find(&config);
    let (keys, findings) = inputs::check(&config, &base, version);
    report.add(findings)?;
    report.add(filters::check(&config, &filters, &flows, &keys, version))?;
    for filter in &filters {
        report.working("trying the filter with a sample");
        let findings = filter.try_out(&config, executable.as_ref(), surroundings);
        report.add(findings)?;
    }
    report.add(outputs::check(&config, &filters, &flows, version))?;
    report.add(outputs::proxies(&environment))?;
    let (listeners, findings) = inputs::listeners(&config, &base);
    report.add(findings)?;
    Ok(Setup {
        listeners,
        buffers: outputs::buffer(&config, &base).into_iter().collect(),
        deliveries: outputs::deliveries(&config, &base, &environment),
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
            findings: Vec::new(),
        }
    }

    fn running(running: running::Running) -> Self {
        let what = format!("Fluent Bit is running, as process {}", running.pid);
        let mut findings = vec![Finding::ok("fluent-bit", what)];
        let environment = running.environment().unwrap_or_else(|| {
            let what = format!("this user may not see the variables of process {}", running.pid);
            let advice = "Run this as root, or give the service's file of variables as --env-file.";
            findings.push(Finding::warning("variables", what, advice));
            Environment::own()
        });
        Self {
            config: running.config,
            base: running.directory.or_else(|| std::env::current_dir().ok()).unwrap_or_default(),
            environment,
            executable: running.executable,
            findings,
        }
    }
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
