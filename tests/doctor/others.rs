//! Files that other users can change. If there are any, Fluent Bit is not started, and no secret is sent.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::PathBuf;

use eset_filter_tests::doctor::{Found, SECRET, SetUp, mode};
use serde_json::Value;

use crate::certificates::Certificate;

/// Lets others change a part of a setup, and returns its path.
type Weaken = fn(&SetUp) -> PathBuf;

const ENV: &str = "env:\n  AZURE_CLIENT_SECRET: file://secret\nservice:";

/// A setup with a file of every kind. Only this user can change them.
fn set_up() -> SetUp {
    let set_up = SetUp::new()
        .unset("AZURE_CLIENT_SECRET")
        .replace("service:", ENV)
        .replace("service:", "includes:\n  - part.yaml\n  - parts/*.yaml\nservice:")
        .replace("  flush: 1\n", "  flush: 1\n  parsers_file: parsers.conf\n  plugins_file: plugins.conf\n")
        .replace("tls: off", "tls: off\n      tls.ca_file: ca.pem")
        .set("PLUGIN", "eset_filter.wasm")
        .argument("--env-file=eset.env");
    let starts = set_up.folder.join("starts");
    let set_up = set_up.set("FAKE_STARTS", starts.to_str().unwrap());
    set_up.private("secret", SECRET);
    set_up.private("eset.env", "UNUSED=1\n");
    set_up.file("part.yaml", "service:\n  grace: 1\n");
    fs::create_dir(set_up.folder.join("parts")).unwrap();
    set_up.file("parts/part.yaml", "service:\n  grace: 1\n");
    set_up.file("parsers.conf", "[PARSER]\n    Name x\n    Format json\n");
    set_up.file("plugins.conf", "[PLUGINS]\n    Path other.so\n");
    set_up.file("other.so", "");
    set_up.file("ca.pem", Certificate::new("localhost").pem());
    set_up
}

/// Returns whether Fluent Bit was started with the configuration.
fn is_started(set_up: &SetUp) -> bool {
    let starts = fs::read_to_string(set_up.folder.join("starts")).unwrap_or_default();
    starts.lines().any(|line| line != "--version")
}

fn weaknesses(found: &Found) -> Vec<&str> {
    let is_one = |finding: &&Value| finding["check"] == "config" && finding["level"] == "warning";
    found.findings.iter().filter(is_one).map(|finding| finding["what"].as_str().unwrap()).collect()
}

#[track_caller]
fn assert_nothing_is_started(name: &str, set_up: &SetUp, expected: &str) {
    let found = set_up.find();
    assert_eq!(weaknesses(&found), [expected], "{name}: {:#?}", found.findings);
    assert!(found.has("config", "skipped", "Fluent Bit was not started"), "{name}: {:#?}", found.findings);
    assert_eq!(set_up.azure.requests(), [], "{name}");
    assert!(!is_started(set_up), "{name}");
    for check in ["dry-run", "ports", "disk", "azure"] {
        assert!(!found.findings.iter().any(|finding| finding["check"] == check), "{name}: {:#?}", found.findings);
    }
}

#[test]
fn nothing_is_skipped_if_nobody_else_can_change_anything() {
    let set_up = set_up();
    set_up.shows(&[]);
    assert_eq!(set_up.azure.requests().len(), 2);
    assert!(is_started(&set_up));
}

#[test]
fn a_file_of_any_kind_can_be_changed() {
    for name in [
        "fluent-bit.yaml",
        "part.yaml",
        "parts/part.yaml",
        "secret",
        "eset.env",
        "parsers.conf",
        "plugins.conf",
        "other.so",
        "eset_filter.wasm",
        "ca.pem",
    ] {
        let set_up = set_up();
        // This run writes the configuration. Later runs keep its mode.
        set_up.output(&["--offline"]);
        fs::remove_file(set_up.folder.join("starts")).unwrap();
        let file = set_up.folder.join(name);
        mode(&set_up.folder, 0o711);
        mode(&file, 0o662);
        assert_nothing_is_started(name, &set_up, &format!("every user can change {}", file.display()));
    }
}

#[test]
fn files_can_be_added_to_a_directory() {
    let ways: [(&str, Weaken); 4] = [
        ("a directory of included files, with the sticky bit", |set_up| {
            let parts = set_up.folder.join("parts");
            mode(&parts, 0o1777);
            parts
        }),
        ("a directory of included files", |set_up| {
            let parts = set_up.folder.join("parts");
            mode(&parts, 0o777);
            parts
        }),
        ("the working directory of Fluent Bit", |set_up| {
            mode(&set_up.folder, 0o777);
            set_up.folder.clone()
        }),
        ("a missing parsers_file that others can create", |set_up| {
            fs::remove_file(set_up.folder.join("parsers.conf")).unwrap();
            mode(&set_up.folder, 0o1777);
            set_up.folder.clone()
        }),
    ];
    for (name, weaken) in ways {
        let set_up = set_up();
        let open = weaken(&set_up);
        let found = set_up.find();
        assert_eq!(weaknesses(&found), [format!("every user can change {}", open.display())], "{name}");
        assert_eq!(set_up.azure.requests(), [], "{name}");
        assert!(!is_started(&set_up), "{name}");
    }
}

/// Anyone who can change the link can replace the file after the check.
#[test]
fn a_link_on_the_path_can_be_changed() {
    let set_up = set_up();
    let open = set_up.folder.join("open");
    fs::create_dir(&open).unwrap();
    fs::rename(set_up.folder.join("part.yaml"), set_up.folder.join("real.yaml")).unwrap();
    symlink(set_up.folder.join("real.yaml"), open.join("link")).unwrap();
    symlink("open/link", set_up.folder.join("part.yaml")).unwrap();
    set_up.shows(&[]);
    fs::remove_file(set_up.folder.join("starts")).unwrap();
    let before = set_up.azure.requests().len();
    mode(&open, 0o777);
    let found = set_up.find();
    assert_eq!(weaknesses(&found), [format!("every user can change {}", open.display())]);
    assert_eq!(set_up.azure.requests().len(), before);
    assert!(!is_started(&set_up));
}

#[test]
fn a_file_belongs_to_another_user() {
    if !is_root() {
        return println!("Only root can change the owner of a file: this did not run.");
    }
    for name in ["part.yaml", "secret", "eset.env", "other.so"] {
        let set_up = set_up();
        let file = set_up.folder.join(name);
        chown(&file, Some(65_534), None).unwrap();
        assert_nothing_is_started(name, &set_up, &format!("user 65534 can change {}", file.display()));
    }
}

/// Nothing checks who can change the files that a configuration in the classic format loads. So Fluent Bit checks such a
/// configuration only if it has no includes and no plugins.
#[test]
fn a_classic_configuration_that_loads_other_files_is_not_checked() {
    let set_up = set_up();
    for (name, text, is_checked) in [
        ("plain.conf", "[SERVICE]\n    Flush 1\n", true),
        ("plugins.conf", "[SERVICE]\n    Plugins_File x.conf\n", false),
        ("include.conf", "@INCLUDE x.conf\n", false),
    ] {
        let file = set_up.file(name, text);
        let output = set_up.output(&["--offline", "--format", "json", file.to_str().unwrap()]);
        let starts = fs::read_to_string(set_up.folder.join("starts")).unwrap();
        let checked = starts.lines().any(|line| line.contains("--dry-run") && line.contains(name));
        assert_eq!(checked, is_checked, "{name}: {starts}");
        let found = Found::of(&output);
        assert_eq!(found.has("dry-run", "skipped", "it includes other files or loads plugins"), !is_checked, "{name}");
    }
}

#[test]
fn fluent_bit_itself_can_be_changed() {
    let set_up = set_up();
    let bin = set_up.folder.join("bin");
    fs::create_dir(&bin).unwrap();
    let fake = eset_filter_tests::root().join("tests/doctor/fluent-bit");
    fs::copy(fake, bin.join("fluent-bit")).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let set_up = set_up.fluent_bit(None).set("PATH", &path);
    set_up.shows(&[]);
    fs::remove_file(set_up.folder.join("starts")).unwrap();
    mode(&bin, 0o777);
    let what = format!("every user can change {}, so {}/fluent-bit was not started", bin.display(), bin.display());
    set_up.shows(&[("fluent-bit", "skipped", &what)]);
    assert!(!set_up.folder.join("starts").exists());
    // An executable that the user names by its path is trusted.
    let named = bin.join("fluent-bit");
    let set_up = set_up.set("FLUENT_BIT", named.to_str().unwrap());
    set_up.shows(&[]);
    assert!(is_started(&set_up));
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
