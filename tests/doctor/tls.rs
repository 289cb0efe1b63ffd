//! The certificate and key of a TLS input.

use std::fs;

use eset_filter_tests::doctor::{SetUp, mode};

use crate::certificates::Certificate;

/// Returns a setup with a TLS input, and writes its certificate and key.
fn set_up(certificate: &Certificate) -> SetUp {
    let tls = "format: none\n      tls: on\n      tls.crt_file: cert.pem\n      tls.key_file: key.pem";
    let set_up = SetUp::new().replace("format: none", tls);
    set_up.file("cert.pem", certificate.pem());
    set_up.private("key.pem", certificate.key());
    set_up
}

#[test]
fn a_valid_certificate_and_its_key_are_accepted() {
    let set_up = set_up(&Certificate::new("siem.example.com")).argument("--host=siem.example.com");
    set_up.shows(&[]);
    let found = set_up.find();
    let said: Vec<_> = found.findings.iter().filter(|finding| finding["check"] == "tls").collect();
    assert_eq!(said.len(), 2);
    assert!(said[0]["what"].as_str().unwrap().contains(" is valid for siem.example.com until "), "{said:?}");
    assert!(said[1]["what"].as_str().unwrap().contains("key.pem matches the certificate"), "{said:?}");
}

#[test]
fn the_certificate_is_not_valid() {
    let certificate = Certificate::new("siem.example.com");
    set_up(&certificate.valid(-20, -1)).shows(&[("tls", "error", "expired on ")]);
    set_up(&certificate.valid(1, 20)).shows(&[("tls", "error", "is not valid before ")]);
    set_up(&certificate.valid(-20, 20)).shows(&[("tls", "warning", "expires on ")]);
}

#[test]
fn the_certificate_is_for_another_name() {
    let set_up = set_up(&Certificate::new("siem.example.com")).argument("--host=10.1.2.3");
    set_up.shows(&[("tls", "error", "is for siem.example.com, not for 10.1.2.3")]);
}

#[test]
fn the_key_belongs_to_another_certificate() {
    let set_up = set_up(&Certificate::new("siem.example.com"));
    set_up.file("key.pem", Certificate::new("siem.example.com").key());
    set_up.shows(&[("tls", "error", "does not match the certificate")]);
}

#[test]
fn a_file_is_missing_empty_or_damaged() {
    let set_up = set_up(&Certificate::new("siem.example.com"));
    set_up.file("key.pem", "");
    set_up.shows(&[("tls", "error", "there is no key in ")]);
    fs::remove_file(set_up.folder.join("key.pem")).unwrap();
    set_up.shows(&[("tls", "error", "key.pem: No such file")]);
    let certificate = fs::read(set_up.folder.join("cert.pem")).unwrap();
    set_up.file("key.pem", Certificate::new("x").key());
    for (content, what) in [
        (&b""[..], "there is no certificate in "),
        (b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n", "is not a PEM file"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "has no usable certificate"),
        (&certificate[..certificate.len() / 2], "is not a PEM file"),
    ] {
        set_up.file("cert.pem", content);
        let found = set_up.find();
        let found: Vec<_> = found.findings.iter().filter(|finding| finding["level"] == "error").collect();
        assert!(found[0]["what"].as_str().unwrap().contains(what), "{what}: {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn everybody_can_read_the_key() {
    let set_up = set_up(&Certificate::new("siem.example.com"));
    mode(&set_up.folder.join("key.pem"), 0o644);
    mode(&set_up.folder, 0o700);
    set_up.shows(&[]);
    mode(&set_up.folder, 0o755);
    set_up.shows(&[("tls", "warning", "key.pem is a private key that every user can read")]);
}

#[test]
fn a_key_with_a_passphrase_is_not_checked() {
    let set_up = set_up(&Certificate::new("siem.example.com"));
    let set_up = set_up.replace("tls: on", "tls: on\n      tls.key_passwd: ${AZURE_CLIENT_SECRET}");
    set_up.file("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    set_up.shows(&[("tls", "skipped", "key.pem has a passphrase")]);
}

#[test]
fn settings_contradict_each_other() {
    let set_up = SetUp::new().replace("format: none", "format: none\n      tls: on");
    set_up.shows(&[("inputs", "error", "tcp has TLS on, but its certificate or key is not set")]);
    let set_up = SetUp::new().replace("format: none", "format: none\n      tls.crt_file: cert.pem");
    set_up.shows(&[("inputs", "warning", "tcp has a certificate or key, but TLS is not on")]);
    let set_up = SetUp::new().replace("mode: udp", "mode: udp\n      tls: on");
    set_up.shows(&[("inputs", "error", "syslog has TLS on, but receives over UDP")]);
}
