//! A run of the real Fluent Bit with only the filter and a sample message.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::executable::{self, Executable, Surroundings};
use crate::finding::Finding;
use crate::reason::Reason;
use crate::{plugin, sample};
use eset_filter::record::{MESSAGE_KEYS, ShipperOptions};

const CHECK: &str = "plugin";

/// A filter as configured.
pub(super) struct Trial<'t> {
    /// The plugin file.
    pub(super) path: &'t Path,
    /// Whether Fluent Bit must load the file as a plugin.
    pub(super) is_external: bool,
    pub(super) name: &'t str,
    pub(super) properties: Vec<(&'t str, &'t str)>,
    pub(super) options: &'t ShipperOptions,
}

impl Trial<'_> {
    /// Runs Fluent Bit, and kills it at the time limit.
    pub(super) fn run(&self, executable: &Executable, surroundings: Surroundings<'_>) -> Finding {
        let key = self.options.message_key.as_deref().unwrap_or(MESSAGE_KEYS[0]);
        let mut command = executable::command(executable, surroundings).env("FLB_LOG_LEVEL", "error");
        if self.is_external {
            command = command.arg("-e").arg(surroundings.base.join(self.path));
        }
        // A command line needs no temporary files. It contains no secrets.
        command = command.arg("--flush=0.2").arg("-i").arg("dummy").arg("-t").arg("eset");
        for property in
            [format!("dummy={}", json!({ key: sample::MESSAGE })), "samples=1".to_owned(), "rate=10".to_owned()]
        {
            command = command.arg("-p").arg(property);
        }
        command = command.arg("-F").arg(self.name).arg("-m").arg("*");
        for (name, value) in &self.properties {
            command = command.arg("-p").arg(format!("{name}={value}"));
        }
        command = command.arg("-o").arg("stdout").arg("-m").arg("*").arg("-p").arg("format=json_lines");
        match command.run_for_a_record(surroundings.limit) {
            Ok(run) => {
                let record = run.stdout.iter().find(|line| line.starts_with('{'));
                self.judge(record.map(String::as_str), &executable::errors(&run.stderr), executable, surroundings.limit)
            }
            Err(error) => Finding::error(
                CHECK,
                format!("{} does not run: {}", executable.path.display(), Reason(&error)),
                "Name Fluent Bit's executable with --fluent-bit or FLUENT_BIT.",
            ),
        }
    }

    fn judge(&self, record: Option<&str>, errors: &[String], executable: &Executable, limit: Duration) -> Finding {
        let (path, version) = (self.path.display(), executable.version);
        let said = match errors {
            [] => String::new(),
            errors => format!("; Fluent Bit says: {}", errors.join("; ")),
        };
        let Some(record) = record else {
            let within = if errors.is_empty() { format!(" within {} s", limit.as_secs_f32()) } else { String::new() };
            let what = format!("Fluent Bit {version} got no record from {path}{within}{said}");
            return Finding::error(CHECK, what, "Install the plugin from this release, built for this machine.");
        };
        let mut actual: Value = match serde_json::from_str(record) {
            Ok(actual) => actual,
            Err(error) => return plugin::wrong(self.path, &format!("its record is not JSON ({error})")),
        };
        // Fluent Bit itself adds this field.
        actual.as_object_mut().map(|record| record.remove("date"));
        let expected = sample::expected(sample::MESSAGE.as_bytes(), &self.options.filter).unwrap_or_default();
        match sample::difference(&actual, &expected) {
            None => Finding::ok(CHECK, format!("{path} reads a message correctly in Fluent Bit {version}")),
            Some(why) => plugin::wrong(self.path, &format!("{why}{said}")),
        }
    }
}
