//! The files that affect what a configuration does. Anyone who can change one of them controls Fluent Bit.

use std::path::{Path, PathBuf};

use super::config::{Config, LONGEST, Section};
use super::yaml::{self, Value};
use crate::file;

/// The settings of the service that name more files of a configuration.
const FILES: [&str; 3] = ["parsers_file", "plugins_file", "streams_file"];

/// Returns all files that are read, loaded or trusted, beginning with the main file. Some may not exist.
pub(super) fn of(config: &Config, base: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = config.files.iter().map(|file| base.join(file)).collect();
    files.extend(config.files_with_values().map(|file| base.join(file)));
    files.extend(config.plugins.iter().map(|(path, _)| base.join(path)));
    for key in FILES {
        files.extend(config.service.all(key).flat_map(|name| candidates(config, base, name)));
    }
    for file in config.service.all("plugins_file").flat_map(|name| candidates(config, base, name)) {
        files.extend(plugins_in(&file).into_iter().map(|path| base.join(path)));
    }
    let named = |section: &Section, key: &str| section.all(key).map(|file| base.join(file)).collect::<Vec<_>>();
    let inputs = config.inputs.iter().flat_map(|input| &input.processors);
    files.extend(config.filters.iter().chain(inputs).flat_map(|filter| named(filter, "wasm_path")));
    files.extend(config.outputs.iter().flat_map(|output| named(output, "tls.ca_file")));
    files
}

/// Returns the paths at which Fluent Bit looks for a file that the service names: in its working directory, and next to
/// the configuration.
pub(super) fn candidates(config: &Config, base: &Path, name: &str) -> [PathBuf; 2] {
    let main_directory = config.files.first().and_then(|main| main.parent()).unwrap_or(Path::new(""));
    [base.join(name), base.join(main_directory).join(name)]
}

/// Returns the plugins in a `plugins_file`, in YAML or in the classic format. Returns none if the file cannot be read.
fn plugins_in(file: &Path) -> Vec<String> {
    let Ok(text) = file::read_text(file, LONGEST) else { return Vec::new() };
    let is_yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml { of_yaml(&text) } else { of_classic(&text) }
}

fn of_yaml(text: &str) -> Vec<String> {
    let Ok(Value::Mapping(sections)) = yaml::parse(text).map(|root| root.value) else { return Vec::new() };
    let lists = sections.into_iter().filter(|(key, _)| key.text.eq_ignore_ascii_case("plugins"));
    let items = lists.flat_map(|(_, node)| match node.value {
        Value::Sequence(items) => items,
        _ => Vec::new(),
    });
    let path = |value| match value {
        Value::Scalar(path) => Some(path),
        Value::Sequence(_) | Value::Mapping(_) => None,
    };
    items.filter_map(|node| path(node.value)).collect()
}

fn of_classic(text: &str) -> Vec<String> {
    let entries = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
    let paths = entries.filter(|(key, _)| key.eq_ignore_ascii_case("path"));
    paths.map(|(_, path)| path.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_read_in_both_formats() {
        let expected = ["/a.so", "b.so"];
        assert_eq!(of_classic("[PLUGINS]\n    Path /a.so\n    # no\n    path  b.so\n"), expected);
        assert_eq!(of_yaml("plugins:\n  - /a.so\n  - b.so\nother:\n  - c.so\n"), expected);
        assert!(of_yaml("plugins: [").is_empty() && of_yaml("- x").is_empty());
    }
}
