//! The files themselves: Fluent Bit accepts each of them, and they are consistent with each other.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use eset_filter_tests::fluent_bit::{FluentBit, Version};
use eset_filter_tests::systemd;
use libtest_mimic::{Failed, Trial};
use regex_lite::Regex;

use super::shipped::{CURRENT, OCTET_COUNTING, Shipped, directory, names};

/// Returns the tests that need no Fluent Bit.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials =
        vec![Trial::test("fluent_bit::files::variables", variables), Trial::test("fluent_bit::files::helm", helm)];
    if runs("nft", &["--version"]) && runs("nft", &["--check", "list", "ruleset"]) {
        trials.push(Trial::test("fluent_bit::files::nftables", nftables));
    } else {
        println!("nft is not installed or has no access to the kernel, so nftables/eset.nft was not checked.");
    }
    if runs("systemd-analyze", &["--version"]) {
        trials.push(Trial::test("fluent_bit::files::systemd", drop_ins));
    } else {
        println!("systemd-analyze is not installed, so the drop-ins were not checked.");
    }
    trials
}

/// Returns a test for each configuration: Fluent Bit accepts it.
pub(crate) fn starts(host: &FluentBit, version: Version) -> Vec<Trial> {
    let trial = |name: String| {
        let host = host.clone();
        Trial::test(format!("fluent_bit::files::{name}"), move || dry_run(&host, version, &name))
    };
    names().into_iter().filter(|name| version >= OCTET_COUNTING || !name.contains("octet")).map(trial).collect()
}

fn dry_run(host: &FluentBit, version: Version, name: &str) -> Result<(), Failed> {
    let shipped = Shipped::new(version)?;
    let mut command = Command::new(host.path());
    command.arg("--config").arg(shipped.path(name)).arg("--dry-run").envs(shipped.variables());
    let output = command.output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // Older versions may crash when they exit after a dry run.
    let is_well = text.contains("configuration test is successful") && (output.status.success() || version < CURRENT);
    let complaints: Vec<_> = text.lines().filter(|line| line.contains("[ warn]") || line.contains("[error]")).collect();
    if is_well && complaints.is_empty() { Ok(()) } else { Err(format!("{}\n{text}", output.status).into()) }
}

/// Checks that eset.env lists every variable of the configurations, with the same default, and no other. The secret is
/// in a separate file.
fn variables() -> Result<(), Failed> {
    let reference = Regex::new(r"\$\{(?<name>\w+)(?::-(?<default>[^}]*))?\}").unwrap();
    let from_file = Regex::new(r"(?m)^  (?<name>\w+): file:///").unwrap();
    let (mut used, mut in_files) = (BTreeSet::new(), BTreeSet::new());
    for name in names() {
        let text = fs::read_to_string(directory().join(name))?;
        for found in reference.captures_iter(&text) {
            used.insert((found["name"].to_owned(), found.name("default").map(|text| text.as_str().to_owned())));
        }
        in_files.extend(from_file.captures_iter(&text).map(|found| found["name"].to_owned()));
    }
    if in_files != BTreeSet::from(["AZURE_CLIENT_SECRET".to_owned()]) {
        return Err(format!("expected only AZURE_CLIENT_SECRET to have its value in a file, not {in_files:?}").into());
    }
    used.retain(|(name, _)| !in_files.contains(name));
    let line = Regex::new(r"(?m)^(?<comment>#?)(?<name>[A-Z_]+)=(?<value>.*)$").unwrap();
    let text = fs::read_to_string(directory().join("eset.env"))?;
    let mut listed = BTreeSet::new();
    for found in line.captures_iter(&text) {
        // The variables for TLS files have no default. Their values in eset.env are examples.
        let has_default =
            &found["comment"] == "#" && !found["name"].starts_with("ESET_TLS_C") && &found["name"] != "ESET_TLS_KEY";
        listed.insert((found["name"].to_owned(), has_default.then(|| found["value"].to_owned())));
    }
    if used == listed {
        return Ok(());
    }
    let (missing, unused): (Vec<_>, Vec<_>) = (used.difference(&listed).collect(), listed.difference(&used).collect());
    Err(format!("used, but not in eset.env: {missing:?}\nin eset.env, but not used: {unused:?}").into())
}

/// Checks that the files for Helm are consistent: the network policy allows exactly the ports and senders of the
/// values, and the secret is mounted where secret.yaml expects it.
fn helm() -> Result<(), Failed> {
    let read = |name: &str| fs::read_to_string(directory().join(name));
    let (values, policy, secret) = (read("helm/values.yaml")?, read("helm/networkpolicy.yaml")?, read("secret.yaml")?);
    let all = |pattern: &str, text: &str| -> BTreeSet<String> {
        Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
    };
    let senders = all(r"(?m)^  loadBalancerSourceRanges:\n((?:    - .+\n)+)", &values);
    let senders = all(r"- (\S+)", &senders.into_iter().collect::<String>());
    let (ingress, egress) = policy.split_once("  egress:").ok_or("there is no egress")?;
    let (syslog, metrics) = ingress.split_once("    # Health and metrics").ok_or("there are no metrics")?;
    let release = all(r"helm install (\S+) ", &values);
    let mount = all(r"- name: secret\n    mountPath: (\S+)", &values);
    for (what, found, expected) in [
        ("the syslog ports", all(r"port: (\d+)", syslog), all(r"containerPort: (\d+)", &values)),
        ("the metrics port", all(r"port: (\d+)", metrics), BTreeSet::from(["2020".to_owned()])),
        ("the egress ports", all(r"port: (\d+)", egress), BTreeSet::from(["53".to_owned(), "443".to_owned()])),
        ("the release", all(r"app.kubernetes.io/instance: (\S+)", &policy), release),
        ("the directory of the secret", mount, all(r"file://(/\S+)/azure_client_secret", &secret)),
    ] {
        if found != expected || expected.is_empty() {
            return Err(format!("{what}: found {found:?}, expected {expected:?}").into());
        }
    }
    let let_in = all(r"cidr: (\S+)", syslog);
    let is_open = let_in.iter().any(|range| range.ends_with("/0"));
    if senders.is_empty() || !senders.is_subset(&let_in) || is_open {
        return Err(format!("the network policy allows {let_in:?}, and the load balancer {senders:?}").into());
    }
    // No environment variable contains the secret.
    let in_environment = values.lines().any(|line| !line.starts_with('#') && line.contains("secretRef"));
    if in_environment { Err("the secret is in the environment".into()) } else { Ok(()) }
}

fn nftables() -> Result<(), Failed> {
    let output =
        Command::new("nft").arg("--check").arg("--file").arg(directory().join("nftables/eset.nft")).output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

/// Checks the drop-ins with a service like that of the packages.
fn drop_ins() -> Result<(), Failed> {
    let service = "[Service]\nExecStart=/bin/true -c /etc/fluent-bit/fluent-bit.conf\nRestart=always\n";
    let drop_in = fs::read_to_string(directory().join("systemd/eset.conf"))?;
    let drop_in = drop_in.replace("/opt/fluent-bit/bin/fluent-bit", "/bin/true");
    let with_tls = format!("{drop_in}\n{}", fs::read_to_string(directory().join("systemd/eset-tls.conf"))?);
    systemd::check("fluent-bit", service, &drop_in)?;
    systemd::check("fluent-bit", service, &with_tls)
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
