//! The documents: the table of fields in the README is the schema's, its example is one that is compiled, links lead to files
//! that exist, and the versions of Vector are those that the tests are for.
//!
//! `UPDATE_README=1 cargo test -p eset-filter-tests --test command readme` writes the table anew.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use eset_filter_tests::vector::TRIED;
use once_cell::sync::Lazy;
use regex_lite::{Captures, Regex};

const README: &str = "README.md";

static TABLE: Lazy<Regex> = Lazy::new(|| regex(r"(?s)(<!-- schema -->\n)(.*?)(<!-- /schema -->)"));

/// Code, in which brackets and parentheses are no link.
static CODE: Lazy<Regex> = Lazy::new(|| regex(r"(?ms)^```.*?^```$|`[^`\n]*`"));

/// `[text](target)` and `[text](target "title")`.
static LINK: Lazy<Regex> = Lazy::new(|| regex(r#"\]\(\s*([^)\s]+)(?:\s+"[^"]*")?\s*\)"#));

/// A target with a scheme, such as `https:`.
static ELSEWHERE: Lazy<Regex> = Lazy::new(|| regex("^[A-Za-z][A-Za-z0-9+.-]*:"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

fn path(name: &str) -> PathBuf {
    eset_filter_tests::root().join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The table, with the blank lines that Markdown wants around it.
fn schema() -> String {
    let output = Command::new(eset_filter_tests::command()).args(["schema", "--format", "markdown"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("\n{}\n", String::from_utf8(output.stdout).unwrap())
}

/// The files that a text links to, without the place within them.
fn linked(text: &str) -> Vec<String> {
    let text = CODE.replace_all(text, "");
    let targets = LINK.captures_iter(&text).map(|link| link[1].to_owned());
    let files = targets.filter(|target| !ELSEWHERE.is_match(target));
    let files = files.map(|target| target.split('#').next().unwrap_or_default().to_owned());
    files.filter(|file| !file.is_empty()).collect()
}

#[test]
fn the_table_of_fields_is_current() {
    let (readme, schema) = (read(README), schema());
    let table = TABLE.captures(&readme).expect("README.md has lost its <!-- schema --> markers");
    if env::var_os("UPDATE_README").is_some_and(|value| value == "1") {
        let current = TABLE.replace(&readme, |old: &Captures<'_>| format!("{}{schema}{}", &old[1], &old[3]));
        fs::write(path(README), current.as_bytes()).unwrap();
    } else {
        assert!(
            table[2] == schema,
            "the table in README.md is stale: UPDATE_README=1 cargo test -p eset-filter-tests --test command readme"
        );
    }
}

/// The library's own example is a doctest.
#[test]
fn the_example_is_the_librarys() {
    let readme = read(README);
    let (_, rest) = readme.split_once("```rust\n").expect("README.md has lost its example");
    let (example, _) = rest.split_once("```").unwrap();
    let as_comment: String = example.lines().map(|line| format!("//! {line}").trim_end().to_owned() + "\n").collect();
    assert!(read("src/lib.rs").contains(&as_comment), "the example in README.md is not that of src/lib.rs");
}

#[test]
fn links_lead_to_files() {
    let documents = |pattern: &str| glob::glob(&path(pattern).to_string_lossy()).unwrap();
    let documents: Vec<_> = documents("*.md")
        .chain(documents("*-config/*.md"))
        .chain(documents("sentinel/*.md"))
        .map(Result::unwrap)
        .collect();
    assert!(documents.len() >= 4, "{documents:?}");
    for document in documents {
        for file in linked(&fs::read_to_string(&document).unwrap()) {
            let is_there = document.with_file_name(&file).exists();
            assert!(is_there, "{} links to {file}, which does not exist", document.display());
        }
    }
}

#[test]
fn only_links_to_files_are_looked_at() {
    let text =
        "[a](b.md) [c](d/e.md#f \"g\") [h](#i) [j](https://k/l) `[m](n)` [`o`](p)\n```\n[q](r)\n```\n![s](t.png)";
    assert_eq!(linked(text), ["b.md", "d/e.md", "p", "t.png"]);
}

/// The documents that say what was tried, and the images that they take.
#[test]
fn the_versions_of_vector_are_the_tests() {
    let [older @ .., newest] = TRIED;
    let tried = format!("Vector {} and {newest}", older.join(", "));
    for (document, sentence) in [
        (README, format!("This was run with {tried}.")),
        ("vector-config/README.md", format!("All of it was tried with {tried}.")),
    ] {
        assert!(read(document).contains(&sentence), "{document} does not say: {sentence}");
    }
    let image = regex(r"timberio/vector:(\d+\.\d+)\.|tag: (\d+\.\d+)\.\d+-distroless");
    for file in ["container/Containerfile", "helm/aggregator.yaml"] {
        let text = read(&format!("vector-config/{file}"));
        let versions: Vec<_> =
            image.captures_iter(&text).map(|found| found.get(1).or(found.get(2)).unwrap().as_str()).collect();
        assert!(!versions.is_empty() && versions.iter().all(|version| *version == newest), "{file}: {versions:?}");
    }
}
