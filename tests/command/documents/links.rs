//! Tests of links: they lead to existing files and headings, and every document is linked from another one.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use once_cell::sync::Lazy;
use regex_lite::Regex;

use super::{documents, path, read, regex};

/// Code, in which brackets and parentheses are not links.
static CODE: Lazy<Regex> = Lazy::new(|| regex(r"(?ms)^ *```.*?^ *```$|`[^`\n]*`"));

/// `[text](target)` and `[text](target "title")`.
static LINK: Lazy<Regex> = Lazy::new(|| regex(r#"\]\(\s*([^)\s]+)(?:\s+"[^"]*")?\s*\)"#));

/// A target with a scheme, such as `https:`.
static ELSEWHERE: Lazy<Regex> = Lazy::new(|| regex("^[A-Za-z][A-Za-z0-9+.-]*:"));

static FENCED: Lazy<Regex> = Lazy::new(|| regex(r"(?ms)^ *```.*?^ *```$"));

static HEADING: Lazy<Regex> = Lazy::new(|| regex(r"(?m)^#+ +(.*)$"));

/// Returns the link targets within the repository.
fn targets(text: &str) -> Vec<String> {
    let text = CODE.replace_all(text, "");
    let targets = LINK.captures_iter(&text).map(|link| link[1].to_owned());
    targets.filter(|target| !ELSEWHERE.is_match(target)).collect()
}

/// Returns the anchors of the headings, as GitHub generates them.
fn anchors(text: &str) -> HashSet<String> {
    let text = FENCED.replace_all(text, "");
    let mut seen: HashMap<String, usize> = HashMap::new();
    let anchor = |heading: &str| {
        let words = LINK.replace_all(heading, "]").to_lowercase();
        let kept = words.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect::<String>()
    };
    let numbered = |anchor: String| {
        let count = seen.entry(anchor.clone()).or_default();
        *count += 1;
        if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
    };
    HEADING.captures_iter(&text).map(|heading| anchor(&heading[1])).map(numbered).collect()
}

/// Resolves `..` in a path.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::ParentDir => _ = plain.pop(),
            component => plain.push(component),
        }
        plain
    })
}

/// Resolves a link in a document to the path of the file in the repository and the anchor.
fn resolved(document: &str, target: &str) -> (String, Option<String>) {
    let (file, anchor) =
        target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor.to_owned())));
    let file = if file.is_empty() { PathBuf::from(document) } else { Path::new(document).with_file_name(file) };
    (plain(&file).to_string_lossy().into_owned(), anchor)
}

#[test]
fn links_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for (document, text) in documents() {
        for target in targets(&text) {
            let (file, anchor) = resolved(&document, &target);
            let leads = path(&file).exists() && anchor.is_none_or(|anchor| anchors(&read(&file)).contains(&anchor));
            if !leads {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_document_is_linked_from_another() {
    let documents = documents();
    let linked: HashSet<_> = documents
        .iter()
        .flat_map(|(name, text)| targets(text).into_iter().map(move |target| (name, resolved(name, &target).0)))
        .filter(|(name, file)| *name != file)
        .map(|(_, file)| file)
        .collect();
    let is_orphan = |name: &&String| *name != "README.md" && !linked.contains(*name);
    let orphans: Vec<_> = documents.iter().map(|(name, _)| name).filter(is_orphan).collect();
    assert!(orphans.is_empty(), "no document links to {orphans:?}");
}

#[test]
fn only_links_within_the_repository_are_checked() {
    let text =
        "[a](b.md) [c](d/e.md#f \"g\") [h](#i) [j](https://k/l) `[m](n)` [`o`](p)\n```\n[q](r)\n```\n![s](t.png)";
    assert_eq!(targets(text), ["b.md", "d/e.md#f", "#i", "p", "t.png"]);
    assert_eq!(resolved("a/b.md", "../c.md#d"), ("c.md".to_owned(), Some("d".to_owned())));
    assert_eq!(resolved("a/b.md", "#d"), ("a/b.md".to_owned(), Some("d".to_owned())));
}

#[test]
fn anchors_match_those_of_github() {
    let text = "# A `b`: c_d?\n## Know Azure's limits\n```\n# no\n```\n## Same\n### Same\n";
    let expected = ["a-b-c_d", "know-azures-limits", "same", "same-1"];
    assert_eq!(anchors(text), expected.map(str::to_owned).into());
}
