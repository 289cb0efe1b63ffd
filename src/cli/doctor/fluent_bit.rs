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
use super::trust::{self, User};

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
    executable: Option<PathBuf>,
    /// Whether it was found by looking at processes, and not named.
    is_found: bool,
    /// Who has given it its variables, where those are another process's.
    giver: Option<User>,
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
pub(crate) fn check(target: &Target, args: &DoctorArgs, report: &mut Report) -> io::Result<Setup> {
    target.environment.secrets().for_each(|secret| report.hide(secret));
    report.add(target.findings.iter().cloned())?;
    if target.is_found && !target.config.exists() {
        let what = format!("{} is not to be seen from here", target.config.display());
        let advice = "If that Fluent Bit runs in a container, run this in there. Else run it as root.";
        report.add([Finding::skipped("config", what, advice)])?;
        return Ok(Setup::default());
    }
    if !target.trusts(&target.config) {
        report.add([untrusted(&target.config)])?;
        return Ok(Setup::default());
    }
    let surroundings = Surroundings { base: &target.base, environment: &target.environment, limit: args.timeout };
    let named = args.fluent_bit.clone().or_else(|| std::env::var_os("FLUENT_BIT").map(PathBuf::from));
    let named = named.filter(|named| !named.as_os_str().is_empty());
    let running = target.executable.as_deref().filter(|executable| target.trusts(executable));
    report.working("starting Fluent Bit");
    let (executable, findings) = executable::find(named.as_deref(), running, surroundings);
    report.add(findings)?;

    let (config, findings) = match target.config.extension() {
        Some(extension) if extension == "conf" => (None, vec![classic(&target.config)]),
        _ => Config::load(&target.config, &target.environment),
    };
    if let Some(config) = &config {
        config.secrets().for_each(|secret| report.hide(secret));
        report.add([summary(config)])?;
    }
    report.add(findings)?;
    match config {
        Some(config) => look(&config, target, executable, surroundings, report),
        // Fluent Bit takes a folder for an empty configuration.
        None if !target.config.is_file() => Ok(Setup::default()),
        None => {
            // Fluent Bit may read what this does not. But what it would load then is not known, nor whose it is.
            let executable = executable.filter(|_| !target.is_found);
            report.working("asking Fluent Bit about the configuration");
            report.add(executable::dry_run(executable.as_ref(), &target.config, &[], &[], surroundings))?;
            Ok(Setup::default())
        }
    }
}

/// Looks at what the configuration says.
fn look(
    config: &Config,
    target: &Target,
    mut executable: Option<Executable>,
    surroundings: Surroundings<'_>,
    report: &mut Report,
) -> io::Result<Setup> {
    if let Some(file) = config.files.iter().find(|file| !target.trusts(file)) {
        report.add([untrusted(file)])?;
        return Ok(Setup::default());
    }
    if let Some(path) = config.sources().find(|path| !target.is_readable(&target.base.join(path))) {
        report.add([foreign(path)])?;
        return Ok(Setup::default());
    }
    // Fluent Bit loads plugins, and those of a `plugins_file`, which may be in the directory that it is started in.
    let plugins = config.plugins.iter().map(|(path, _)| target.base.join(path)).filter(|path| path.exists());
    if let Some(path) = plugins.chain([target.base.clone()]).find(|path| !target.trusts(path)) {
        report.add([untrusted(&path)])?;
        executable = None;
    }
    report.working("asking Fluent Bit about the configuration");
    let (references, unset) = (&config.references, &config.unset);
    report.add(executable::dry_run(executable.as_ref(), &target.config, references, unset, surroundings))?;

    let version = executable.as_ref().map(|executable| executable.version);
    let flows = flow::flows(config);
    let filters = filters::find(config);
    let (keys, findings) = inputs::check(config, &target.base, version);
    report.add(findings)?;
    report.add(filters::check(config, &filters, &flows, &keys, version))?;
    for filter in &filters {
        let is_trusted = filter.module().is_none_or(|path| target.trusts(&target.base.join(path)));
        report.working("trying the filter with a sample");
        report.add(filter.try_out(config, executable.as_ref().filter(|_| is_trusted), surroundings))?;
    }
    report.add(outputs::check(config, &filters, &flows, version))?;
    report.add(outputs::proxies(&target.environment))?;
    let (listeners, findings) = inputs::listeners(config, &target.base);
    report.add(findings)?;
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
            is_found: false,
            giver: None,
            findings: Vec::new(),
        }
    }

    fn running(running: running::Running) -> Self {
        let what = format!("Fluent Bit is running, as process {}", running.pid);
        let mut findings = vec![Finding::ok("fluent-bit", what)];
        let environment = running.environment();
        let giver = environment.is_some().then_some(running.user);
        let environment = environment.unwrap_or_else(|| {
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
            is_found: true,
            giver,
            findings,
        }
    }

    /// Whether who has given the variables may read the file. Who may not can have named a configuration that is somebody
    /// else's, for its secrets to be sent where the variables say.
    fn is_readable(&self, file: &Path) -> bool {
        self.giver.as_ref().is_none_or(|giver| giver.can_read(file))
    }

    /// Whether the file may be acted upon.
    fn trusts(&self, file: &Path) -> bool {
        !self.is_found || trust::is_ours(file)
    }
}

fn untrusted(path: &Path) -> Finding {
    let what =
        format!("others than root and this user can change {}, and Fluent Bit is not started with it", path.display());
    Finding::skipped("config", what, "Name the configuration on the command line if you trust it all the same.")
}

fn foreign(path: &Path) -> Finding {
    let what = format!("the process says that it was started with {}, which its user may not read", path.display());
    Finding::skipped("config", what, "Name the configuration on the command line, with --env-file for its variables.")
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
