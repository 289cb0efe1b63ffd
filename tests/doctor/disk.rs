//! The directory that buffers records.

use std::fs;

use eset_filter_tests::doctor::{SetUp, mode};

#[test]
fn the_service_creates_the_directory() {
    let set_up = SetUp::new();
    let set_up = set_up.set("STORAGE", "not/there/yet");
    set_up.shows(&[]);
    let found = set_up.find();
    let disk = found.findings.iter().find(|finding| finding["check"] == "disk").unwrap();
    assert!(disk["what"].as_str().unwrap().ends_with("; the service creates it"), "{disk}");
    assert!(!set_up.folder.join("not").exists());
}

#[test]
fn the_directory_is_a_file() {
    let set_up = SetUp::new().set("STORAGE", "file");
    set_up.file("file", "x");
    set_up.shows(&[("disk", "error", "file is not a directory")]);
}

#[test]
fn the_disk_is_too_small() {
    let set_up = SetUp::new().replace("storage.total_limit_size: 1M", "storage.total_limit_size: 9000000G");
    set_up.shows(&[("disk", "warning", "may grow to 9.00 PB, but has ")]);
}

#[test]
fn the_test_file_is_removed() {
    let set_up = SetUp::new();
    set_up.find();
    assert_eq!(fs::read_dir(set_up.folder.join("storage")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn everybody_can_add_records() {
    for open in [0o777, 0o1777] {
        let set_up = SetUp::new();
        mode(&set_up.folder.join("storage"), open);
        set_up.shows(&[("disk", "warning", "every user can write to ")]);
    }
}
