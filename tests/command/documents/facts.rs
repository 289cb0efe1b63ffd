//! Tests of facts that documents repeat from elsewhere in the repository.

use eset_filter_tests::vector::TRIED;
use eset_filter_wasm_host::{function_name, functions};

use super::{documents, path, read, regex};

#[test]
fn table_rows_have_a_readable_length() {
    let mut long = Vec::new();
    for (document, text) in documents() {
        let rows = text.lines().enumerate().filter(|(_, line)| line.starts_with('|') && line.chars().count() >= 200);
        long.extend(rows.map(|(at, line)| format!("{document}:{}: {}", at + 1, line.chars().count())));
    }
    assert!(long.is_empty(), "rows of 200 columns or more:\n{}", long.join("\n"));
}

/// Checks the versions in documents and in container images.
#[test]
fn the_vector_versions_are_the_tested_ones() {
    let [older @ .., newest] = TRIED;
    let tried = format!("Vector {} and {newest}", older.join(", "));
    for (document, sentence) in [
        ("plugin/vector-lua/README.md", format!("Tested with {tried}.")),
        ("vector-config/README.md", format!("The files are tested with {tried}.")),
    ] {
        assert!(read(document).contains(&sentence), "{document} does not contain: {sentence}");
    }
    let image = regex(r"timberio/vector:(\d+\.\d+)\.|tag: (\d+\.\d+)\.\d+-distroless");
    for file in ["container/Containerfile", "helm/aggregator.yaml"] {
        let text = read(&format!("vector-config/{file}"));
        let versions: Vec<_> =
            image.captures_iter(&text).map(|found| found.get(1).or(found.get(2)).unwrap().as_str()).collect();
        assert!(!versions.is_empty() && versions.iter().all(|version| *version == newest), "{file}: {versions:?}");
    }
}

/// Checks the table of the WASM filter's functions, which select its options.
#[test]
fn every_function_of_the_module_is_documented() {
    let readme = read("plugin/fluent-bit-wasm/README.md");
    let documented = regex(r"(?m)^\| `(eset_filter\w*)` \|");
    let documented: Vec<_> = documented.captures_iter(&readme).map(|found| found[1].to_owned()).collect();
    let mut expected: Vec<_> = functions().map(|options| function_name(&options)).collect();
    expected.sort_by_key(|name| documented.iter().position(|other| other == name));
    assert_eq!(documented, expected);
}

#[test]
fn the_readme_counts_match_the_sentinel_content() {
    let count =
        |directory: &str| glob::glob(&path(&format!("sentinel/{directory}/*.yaml")).to_string_lossy()).unwrap().count();
    let (rules, queries, alerts) = (count("rules"), count("hunting"), count("health"));
    let words = read("README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = format!("{rules} analytics rules, {queries} hunting queries, {alerts} health alerts");
    assert!(words.contains(&sentence), "README.md does not contain: {sentence}");
}
