//! The minimal setups of the plugins' READMEs: a message sent over TCP or UDP is printed as a record. The excerpts
//! that the READMEs offer for other configurations are tested in these setups, in place of the corresponding part.

use std::fs;
use std::path::Path;
use std::process::Command;

use eset_filter_azure_loopback::free_port;
use eset_filter_tests::fluent_bit::FluentBit;
use eset_filter_tests::running::Running;
use eset_filter_tests::sender::{Framing, Sender};
use eset_filter_tests::vector::Vector;
use eset_filter_tests::{lua, module, native};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::fluent_bit::CURRENT;
use crate::vector::exchange::probe;

pub(crate) fn with_fluent_bit(host: &FluentBit) -> Vec<Trial> {
    if host.version() < CURRENT {
        println!("The minimal setups are for Fluent Bit 5.1, so they were not started with {}.", host.version());
        return Vec::new();
    }
    let start = |plugin: &'static str| {
        let host = host.clone();
        Trial::test(format!("start::fluent_bit::{plugin}"), move || {
            prints(plugin, "fluent-bit.yaml", &fluent_bit(&host))
        })
    };
    let options = {
        let host = host.clone();
        Trial::test("start::fluent_bit::options", move || native_options_are_accepted(&host))
    };
    vec![start("fluent-bit"), start("fluent-bit-wasm"), options]
}

pub(crate) fn with_vector(host: &Vector) -> Vec<Trial> {
    let start = |plugin: &'static str| {
        let (name, host) = (format!("start::vector::{}::{plugin}", host.version()), host.clone());
        Trial::test(name, move || prints(plugin, "vector.yaml", &vector(&host)))
    };
    let recipes = [("vector-lua", "    type: lua\n"), ("vector-vrl", "    type: remap\n")];
    let recipes = recipes.map(|(plugin, kind)| {
        let (name, host) = (format!("start::vector::{}::{plugin}_recipe", host.version()), host.clone());
        Trial::test(name, move || recipe_is_valid(&host, plugin, kind))
    });
    [start("vector-lua"), start("vector-vrl")].into_iter().chain(recipes).collect()
}

fn fluent_bit(host: &FluentBit) -> impl Fn(&Path) -> Command {
    |config| {
        let mut command = Command::new(host.path());
        command.arg("-q").arg("-c").arg(config);
        command
    }
}

fn vector(host: &Vector) -> impl Fn(&Path) -> Command {
    |config| {
        let mut command = Command::new(host.path());
        command.arg("-qq").arg("--config").arg(config);
        command
    }
}

/// Reads a file of a plugin's directory, and replaces the paths of the built files with those on this machine.
fn read(plugin: &str, file: &str) -> Result<String, Failed> {
    let path = eset_filter_tests::root().join("plugin").join(plugin).join(file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lua = lua::module().with_file_name("?.so");
    Ok([
        ("dist/flb-filter_eset.so", native::plugin()),
        ("/usr/local/lib/fluent-bit/flb-filter_eset.so", native::plugin()),
        ("dist/eset_filter.wasm", module::path()),
        ("dist/?.so", lua.clone()),
        ("/usr/local/lib/vector/?.so", lua),
        ("/usr/local/share/eset-filter/vector/", "vector-config/".into()),
    ]
    .into_iter()
    .fold(text, |text, (there, here)| text.replace(there, &here.to_string_lossy())))
}

fn prints(plugin: &str, file: &str, command: &dyn Fn(&Path) -> Command) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let (port, config) = (free_port()?, directory.path().join(file));
    let text = read(plugin, file)?.replace("5140", &port.to_string());
    fs::write(&config, text.replace("data_dir: /tmp", &format!("data_dir: {}", directory.path().display())))?;
    let mut command = command(&config);
    command.current_dir(eset_filter_tests::root());
    let mut running = Running::start(command, directory.path().join("log"))?;
    let raw = |record: &Value| record["raw_message"].as_str().map(|text| text.as_bytes().to_vec());
    probe(&mut running, &mut Sender::tcp(port, Framing::Newline)?, "over TCP", raw)?;
    Ok(probe(&mut running, &mut Sender::udp("127.0.0.1", port)?, "over UDP", raw)?)
}

/// Returns the first block in this language below a heading of a plugin's README.
fn block(plugin: &str, heading: &str, language: &str) -> Result<String, Failed> {
    let readme = read(plugin, "README.md")?;
    let (_, section) = readme
        .split_once(&format!("\n## {heading}\n"))
        .ok_or_else(|| format!("the README has no section {heading}"))?;
    let (_, block) =
        section.split_once(&format!("```{language}\n")).ok_or("the section has no block in this language")?;
    Ok(block.split_once("```").ok_or("the block is not closed")?.0.to_owned())
}

/// Checks that every option is accepted, and that a wrong value is refused.
fn native_options_are_accepted(host: &FluentBit) -> Result<(), Failed> {
    let (text, options) = (read("fluent-bit", "fluent-bit.yaml")?, block("fluent-bit", "Options", "yaml")?);
    let plain = "    - name: eset\n      match: eset\n";
    if !text.contains(plain) || !options.starts_with(plain) {
        return Err("the filter is missing in fluent-bit.yaml or in the README".into());
    }
    let directory = tempfile::tempdir()?;
    let says = |options: &str| -> Result<String, Failed> {
        let config = directory.path().join("fluent-bit.yaml");
        fs::write(&config, text.replace(plain, options))?;
        let output = Command::new(host.path()).arg("--dry-run").arg("-c").arg(config).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let well = says(&options)?;
    if !well.contains("configuration test is successful") || well.contains("[ warn]") || well.contains("[error]") {
        return Err(well.into());
    }
    let wrong = says(&options.replace("raw: always", "raw: sometimes"))?;
    if wrong.contains("expected one of on_error, always, never") { Ok(()) } else { Err(wrong.into()) }
}

/// Checks the transform of a plugin's README in place of the one in the plugin's configuration.
fn recipe_is_valid(host: &Vector, plugin: &str, kind: &str) -> Result<(), Failed> {
    let (text, recipe) = (read(plugin, "vector.yaml")?, block(plugin, "Add it to a configuration", "yaml")?);
    if !recipe.contains(kind) || !text.contains(kind) {
        return Err(format!("the transform in vector.yaml or in the README does not have {kind:?}").into());
    }
    let (before, rest) = text.split_once("transforms:\n").ok_or("there is no transform")?;
    let (_, after) = rest.split_once("\nsinks:\n").ok_or("there is no sink")?;
    let directory = tempfile::tempdir()?;
    let validate = |recipe: &str| -> Result<(bool, String), Failed> {
        let file = directory.path().join("vector.yaml");
        fs::write(&file, format!("{before}{recipe}\nsinks:\n{after}"))?;
        // Not with `--no-environment`, which would keep Vector from loading the module.
        let output =
            Command::new(host.path()).arg("validate").arg(file).current_dir(eset_filter_tests::root()).output()?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    if let (false, log) = validate(&recipe)? {
        return Err(log.into());
    }
    if plugin != "vector-lua" {
        return Ok(());
    }
    let (is_valid, log) = validate(&recipe.replace("on_error", "sometimes"))?;
    let is_refused = !is_valid && log.contains("expected one of on_error, always, never");
    if is_refused { Ok(()) } else { Err(format!("a wrong option is not refused: {log}").into()) }
}
