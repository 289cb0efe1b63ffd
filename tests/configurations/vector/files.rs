//! The files themselves: Vector accepts each of them, their tests pass, and they are consistent with each other.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use eset_filter_tests::systemd;
use eset_filter_tests::vector::Vector;
use eset_filter_tests::vector::layout::{Settings, shipped as shipped_directory};
use libtest_mimic::{Failed, Trial};
use regex_lite::Regex;
use serde_json::json;

use super::shipped::{Shipped, names};

/// Sets of files that form a configuration together with the settings for them.
pub(crate) const SETS: [(&str, &[&str]); 9] = [
    ("lua_to_azure", &["receive.yaml", "filter-lua.yaml", "deliver.yaml"]),
    ("vrl_to_azure", &["receive.yaml", "filter-vrl.yaml", "deliver.yaml"]),
    ("tls", &["receive-tls.yaml", "filter-lua.yaml", "deliver.yaml"]),
    ("octet", &["receive.yaml", "receive-octet.yaml", "filter-lua.yaml", "deliver.yaml"]),
    ("tls_octet", &["receive-tls-octet.yaml", "filter-vrl.yaml", "deliver.yaml"]),
    ("rsyslog_to_file", &["receive-rsyslog.yaml", "filter-lua.yaml", "deliver-file.yaml"]),
    ("console", &["receive.yaml", "filter-lua.yaml", "deliver-console.yaml"]),
    ("edge", &["receive.yaml", "receive-tls.yaml", "filter-lua.yaml", "deliver-kafka.yaml"]),
    ("aggregator", &["receive-kafka.yaml", "deliver-from-kafka.yaml"]),
];

/// Returns the tests that need no Vector.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("vector::files::each_file_is_in_a_set_and_has_tests", each_file_is_in_a_set_and_has_tests),
        Trial::test("vector::files::settings_have_no_variables", settings_have_no_variables),
        Trial::test("vector::files::settings_of_containers_are_the_same", settings_of_containers_are_the_same),
        Trial::test(
            "vector::files::both_sinks_for_azure_have_the_same_settings",
            both_sinks_for_azure_have_the_same_settings,
        ),
        Trial::test("vector::files::no_secret_is_in_the_environment", no_secret_is_in_the_environment),
        Trial::test(
            "vector::files::pods_accept_syslog_only_from_the_senders",
            pods_accept_syslog_only_from_the_senders,
        ),
    ];
    if Command::new("systemd-analyze").arg("--version").output().is_ok_and(|output| output.status.success()) {
        trials.push(Trial::test("vector::files::systemd", drop_in));
    } else {
        println!("systemd-analyze is not installed, so systemd/eset.conf was not checked.");
    }
    trials
}

/// Returns the tests for each set (Vector accepts it, and its tests pass) and for the settings.
pub(crate) fn sets(host: &Vector) -> Vec<Trial> {
    let trial = |name: &str, run: fn(&Vector, &'static [&'static str]) -> Result<(), Failed>, files| {
        let (name, host) = (format!("vector::{}::files::{name}", host.version()), host.clone());
        Trial::test(name, move || run(&host, files))
    };
    let mut trials: Vec<_> = SETS
        .into_iter()
        .flat_map(|(name, files)| {
            [trial(&format!("{name}::is_valid"), is_valid, files), trial(&format!("{name}::tests"), tests, files)]
        })
        .collect();
    trials.push(trial("a_missing_secret_stops_the_start", |host, _| a_missing_secret_stops_the_start(host), &[]));
    trials.push(trial(
        "a_section_without_its_file_is_refused",
        |host, _| a_section_without_its_file_is_refused(host),
        &[],
    ));
    trials
}

fn is_valid(host: &Vector, files: &[&str]) -> Result<(), Failed> {
    // Without `--no-environment` Vector would connect to Azure and Kafka.
    run(host, &["validate", "--no-environment", "--deny-warnings"], files).map(drop)
}

fn tests(host: &Vector, files: &[&str]) -> Result<(), Failed> {
    let said = run(host, &["test"], files)?;
    let names = Regex::new(r"(?m)^  - name: (.*)$").unwrap();
    for file in files {
        let text = fs::read_to_string(shipped_directory().join(file))?;
        for name in names.captures_iter(&text).map(|found| found[1].to_owned()) {
            if !said.contains(&format!("test {name} ... passed")) {
                return Err(format!("{file}: {name:?} has not run:\n{said}").into());
            }
        }
    }
    Ok(())
}

fn run(host: &Vector, arguments: &[&str], files: &[&str]) -> Result<String, Failed> {
    let shipped = Shipped::new()?;
    let directory = shipped.install(files, "")?;
    let output = Command::new(host.path()).args(arguments).arg("--config-dir").arg(directory).output()?;
    if output.status.success() {
        Ok(said(&output))
    } else {
        Err(format!("{}\n{}", output.status, said(&output)).into())
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

fn a_missing_secret_stops_the_start(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let directory = shipped.install(SETS[0].1, "")?;
    fs::remove_file(shipped.path("azure_client_secret"))?;
    let output = Command::new(host.path()).arg("--config-dir").arg(directory).output()?;
    let is_reported =
        !output.status.success() && said(&output).contains("Error while retrieving secret from backend \"eset\"");
    if is_reported { Ok(()) } else { Err(format!("{}\n{}", output.status, said(&output)).into()) }
}

/// settings.yaml quotes this error of Vector.
fn a_section_without_its_file_is_refused(host: &Vector) -> Result<(), Failed> {
    let shipped = Shipped::new()?;
    let directory = shipped.install(SETS[0].1, "sources: { receive_tls: { address: \"127.0.0.1:1\" } }")?;
    let output =
        Command::new(host.path()).args(["validate", "--no-environment", "--config-dir"]).arg(directory).output()?;
    let is_reported = !output.status.success() && said(&output).contains("missing field `type`");
    if is_reported { Ok(()) } else { Err(format!("{}\n{}", output.status, said(&output)).into()) }
}

fn each_file_is_in_a_set_and_has_tests() -> Result<(), Failed> {
    let used: BTreeSet<_> = SETS.iter().flat_map(|(_, files)| files.iter().copied()).collect();
    for name in names() {
        if !used.contains(name.as_str()) {
            return Err(format!("{name} is not in any set").into());
        }
        if !fs::read_to_string(shipped_directory().join(&name))?.contains("\ntests:\n  - name: ") {
            return Err(format!("{name} has no tests").into());
        }
    }
    Ok(())
}

/// Returns every configuration for Vector: files, settings and Helm values.
fn configurations() -> Result<Vec<(String, String)>, Failed> {
    let mut files = Vec::new();
    for directory in [shipped_directory(), shipped_directory().join("container"), shipped_directory().join("helm")] {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push((path.display().to_string(), fs::read_to_string(path)?));
            }
        }
    }
    Ok(files)
}

/// Vector does not substitute variables since 0.57.
fn settings_have_no_variables() -> Result<(), Failed> {
    for (name, text) in configurations()? {
        if text.contains("${") {
            return Err(format!("{name} contains a variable").into());
        }
    }
    Ok(())
}

/// The settings for containers and in the Helm values have the same keys as settings.yaml for their sets.
fn settings_of_containers_are_the_same() -> Result<(), Failed> {
    let keys = |text: &str| -> Result<BTreeSet<Vec<String>>, Failed> {
        let mut keys = BTreeSet::new();
        super::options::leaves(&super::yaml::read(text)?, &[], &mut keys);
        Ok(keys)
    };
    let of_values = |name: &str| -> Result<String, Failed> {
        let values = super::yaml::read(&fs::read_to_string(shipped_directory().join(name))?)?;
        let objects = values["extraObjects"].as_array().ok_or("no extraObjects")?;
        let settings = objects.iter().find_map(|object| object["data"]["settings.yaml"].as_str());
        Ok(settings.ok_or_else(|| format!("{name} has no settings"))?.to_owned())
    };
    let receiver: &[&str] = &["receive.yaml", "deliver.yaml"];
    let aggregator: &[&str] = &["receive-kafka.yaml", "deliver-from-kafka.yaml"];
    for (name, files, text) in [
        ("container/settings.yaml", receiver, fs::read_to_string(shipped_directory().join("container/settings.yaml"))?),
        ("helm/receiver.yaml", receiver, of_values("helm/receiver.yaml")?),
        ("helm/aggregator.yaml", aggregator, of_values("helm/aggregator.yaml")?),
    ] {
        let mut due = Settings::of(files)?;
        if files == aggregator {
            due.remove("sinks.eset_azure.buffer");
        }
        let (due, given) = (keys(&due.to_string())?, keys(&text)?);
        if due != given {
            return Err(format!("{name} has the keys {given:?}, and settings.yaml {due:?}").into());
        }
        if !text.contains("address: 127.0.0.1:8686") {
            return Err(format!("{name}: the API of Vector does not listen on 127.0.0.1:8686").into());
        }
    }
    Ok(())
}

/// Neither systemd, nor an image, nor a pod passes a secret in the environment.
fn no_secret_is_in_the_environment() -> Result<(), Failed> {
    let by_environment = Regex::new(r"(?i)(EnvironmentFile=|secretRef|secretKeyRef|SECRET=|PASSWORD=)").unwrap();
    for file in ["systemd/eset.conf", "container/Containerfile", "helm/receiver.yaml", "helm/aggregator.yaml"] {
        let text = fs::read_to_string(shipped_directory().join(file))?;
        if let Some(line) = text.lines().find(|line| by_environment.is_match(line) && !line.trim().starts_with('#')) {
            return Err(format!("{file}: {line}").into());
        }
    }
    Ok(())
}

/// In Kubernetes the API of Vector is not reachable, and the load balancer and the network policy allow the same
/// senders.
fn pods_accept_syslog_only_from_the_senders() -> Result<(), Failed> {
    let senders = [json!("192.0.2.10/32")];
    for (name, senders) in [("helm/receiver.yaml", &senders[..]), ("helm/aggregator.yaml", &[])] {
        let text = fs::read_to_string(shipped_directory().join(name))?;
        let values = super::yaml::read(&text)?;
        let objects = values["extraObjects"].as_array().ok_or("no extraObjects")?;
        let spec = |kind: &str| objects.iter().find(|object| object["kind"] == kind).map(|object| &object["spec"]);
        let policy = spec("NetworkPolicy").ok_or_else(|| format!("{name} has no network policy"))?;
        let rules = policy["ingress"].as_array().ok_or("no ingress")?;
        let allowed: Vec<_> = rules.iter().flat_map(|rule| rule["from"].as_array().into_iter().flatten()).collect();
        let balancer = spec("Service").map_or(&[][..], |service| {
            service["loadBalancerSourceRanges"].as_array().map(Vec::as_slice).unwrap_or_default()
        });
        let is_limited = policy["policyTypes"] == json!(["Ingress", "Egress"])
            && rules.iter().all(|rule| rule["from"].is_array())
            && allowed.iter().map(|from| &from["ipBlock"]["cidr"]).eq(senders)
            && balancer == senders
            && values["service"]["enabled"] == false;
        if !is_limited {
            return Err(format!("{name}: {policy}, load balancer {balancer:?}").into());
        }
        // In the settings the API listens on loopback. Nothing else may expose its port.
        if values["containerPorts"].to_string().contains("8686") || text.contains("port: api") {
            return Err(format!("{name} exposes the port of Vector's API").into());
        }
    }
    Ok(())
}

/// deliver.yaml and deliver-from-kafka.yaml only differ in the source of the events and in the buffer.
fn both_sinks_for_azure_have_the_same_settings() -> Result<(), Failed> {
    let settings = |name: &str| {
        let text = fs::read_to_string(shipped_directory().join(name)).map_err(|error| format!("{name}: {error}"))?;
        let start = text.find("\n    stream_name:").ok_or_else(|| format!("{name} has no stream"))?;
        let end = text.find("    retry_strategy:").ok_or_else(|| format!("{name} has no retry_strategy"))?;
        let lines = text[end..].lines().take(3).collect::<Vec<_>>().join("\n");
        Ok::<_, String>(format!("{}{lines}", &text[start..end]))
    };
    let (direct, from_kafka) = (settings("deliver.yaml")?, settings("deliver-from-kafka.yaml")?);
    if direct == from_kafka {
        Ok(())
    } else {
        Err(format!("deliver.yaml has\n\n{direct}\n\nand deliver-from-kafka.yaml\n\n{from_kafka}").into())
    }
}

/// Checks the drop-in with a service like that of the packages.
fn drop_in() -> Result<(), Failed> {
    let service =
        "[Service]\nUser=daemon\nGroup=daemon\nExecStartPre=/bin/true validate\nExecStart=/bin/true\nRestart=always\n";
    let drop_in = fs::read_to_string(shipped_directory().join("systemd/eset.conf"))?;
    systemd::check("vector", service, &drop_in.replace("/usr/bin/vector", "/bin/true"))
}
