//! The files themselves: Vector takes each, its tests pass, and what they name is there.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use regex_lite::Regex;

use crate::host::Vector;
use crate::shipped::{Shipped, folder, names};
use crate::systemd;

/// Sets of files that make a configuration, `eset.yaml` being in all of them.
const SETS: [(&str, &[&str]); 9] = [
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

/// What can be said without Vector.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("files::each_is_in_a_set_and_has_tests", each_is_in_a_set_and_has_tests),
        Trial::test("files::variables", variables),
        Trial::test("files::both_ways_to_azure_are_the_same", both_ways_to_azure_are_the_same),
    ];
    if Command::new("systemd-analyze").arg("--version").output().is_ok_and(|output| output.status.success()) {
        trials.push(Trial::test("files::systemd", drop_in));
    } else {
        println!("systemd-analyze is not installed, so systemd/eset.conf was not checked.");
    }
    trials
}

/// Two trials for each set: Vector takes it, and its tests pass.
pub(crate) fn sets(host: &Vector) -> Vec<Trial> {
    let trial = |name: &str, files: &'static [&str], run: fn(&Vector, &[&str]) -> Result<(), Failed>| {
        let host = host.clone();
        Trial::test(format!("files::{name}"), move || run(&host, files))
    };
    SETS.into_iter()
        .flat_map(|(name, files)| {
            [trial(&format!("{name}::is_valid"), files, is_valid), trial(&format!("{name}::tests"), files, tests)]
        })
        .collect()
}

fn is_valid(host: &Vector, files: &[&str]) -> Result<(), Failed> {
    // With its surroundings it would call Azure and Kafka.
    run(host, &["validate", "--no-environment", "--deny-warnings"], files).map(drop)
}

fn tests(host: &Vector, files: &[&str]) -> Result<(), Failed> {
    let said = run(host, &["test"], files)?;
    let names = Regex::new(r"(?m)^  - name: (.*)$").unwrap();
    for file in files {
        let text = fs::read_to_string(folder().join(file))?;
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
    let output = shipped.command(host).args(arguments).arg("eset.yaml").args(files).output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{}\n{said}", output.status).into()) }
}

fn each_is_in_a_set_and_has_tests() -> Result<(), Failed> {
    let used: BTreeSet<_> = SETS.iter().flat_map(|(_, files)| files.iter().copied()).chain(["eset.yaml"]).collect();
    for name in names() {
        if !used.contains(name.as_str()) {
            return Err(format!("{name} is in no set").into());
        }
        // There is nothing in it that a test could be of.
        let needs_tests = name != "eset.yaml";
        if needs_tests && !fs::read_to_string(folder().join(&name))?.contains("\ntests:\n  - name: ") {
            return Err(format!("{name} has no tests").into());
        }
    }
    Ok(())
}

/// eset.env tells of every variable that a configuration has, with the same default, and of no other but Vector's own.
fn variables() -> Result<(), Failed> {
    let reference = Regex::new(r"\$\{(?<name>\w+)(?::-(?<default>[^}]*))?\}").unwrap();
    let mut used = BTreeSet::new();
    for name in names() {
        let text = fs::read_to_string(folder().join(name))?;
        for found in reference.captures_iter(&text) {
            used.insert((found["name"].to_owned(), found.name("default").map(|text| text.as_str().to_owned())));
        }
    }
    let line = Regex::new(r"(?m)^(?<comment>#?)(?<name>[A-Z_]+)=(?<value>.*)$").unwrap();
    let text = fs::read_to_string(folder().join("eset.env"))?;
    let of_vector = ["VECTOR_CONFIG", "VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS", "AZURE_AUTHORITY_HOST"];
    // What is shown of these is an example.
    let without_default = ["ESET_TLS_CERT", "ESET_TLS_KEY", "ESET_KAFKA"];
    let mut told = BTreeSet::new();
    for found in line.captures_iter(&text).filter(|found| !of_vector.contains(&&found["name"])) {
        let has_default = &found["comment"] == "#" && !without_default.contains(&&found["name"]);
        told.insert((found["name"].to_owned(), has_default.then(|| found["value"].to_owned())));
    }
    if used == told {
        return Ok(());
    }
    let (untold, unused): (Vec<_>, Vec<_>) = (used.difference(&told).collect(), told.difference(&used).collect());
    Err(format!("used, and not in eset.env: {untold:?}\nin eset.env, and not used: {unused:?}").into())
}

/// deliver.yaml and deliver-from-kafka.yaml differ in where the events come from, and in who keeps them.
fn both_ways_to_azure_are_the_same() -> Result<(), Failed> {
    let settings = |name: &str| {
        let text = fs::read_to_string(folder().join(name)).map_err(|error| format!("{name}: {error}"))?;
        let start = text.find("\n    # Who sends:").ok_or_else(|| format!("{name} does not say who sends"))?;
        let end = text.find("    retry_strategy:").ok_or_else(|| format!("{name} has no retry_strategy"))?;
        let lines = text[end..].lines().take(3).collect::<Vec<_>>().join("\n");
        Ok::<_, String>(format!("{}{lines}", &text[start..end]))
    };
    let (direct, from_kafka) = (settings("deliver.yaml")?, settings("deliver-from-kafka.yaml")?);
    if direct == from_kafka { Ok(()) } else { Err(format!("{direct}\n\nis not\n\n{from_kafka}").into()) }
}

/// The drop-in over a service as the packages have it.
fn drop_in() -> Result<(), Failed> {
    let service =
        "[Service]\nUser=daemon\nGroup=daemon\nExecStartPre=/bin/true validate\nExecStart=/bin/true\nRestart=always\n";
    let drop_in = fs::read_to_string(folder().join("systemd/eset.conf"))?;
    systemd::check("vector", service, &drop_in.replace("/usr/bin/vector", "/bin/true"))
}
