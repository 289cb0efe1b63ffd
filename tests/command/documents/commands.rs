//! Tests of the `eset-filter` command lines in documents: the command accepts each of them. The code blocks of
//! `docs/command.md`, and of sections that need no other program, also run as written and print what the documents
//! show.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;

use eset_filter_tests::{certificate, module};
use once_cell::sync::Lazy;
use regex_lite::Regex;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{blocks, documents, read, regex};

/// A call of the command, up to a pipe, a redirection or a comment.
static CALL: Lazy<Regex> = Lazy::new(|| regex(r"(?:^|[|&;(]|sudo)\s*(eset-filter(?: +(?:'[^']*'|[^\s|&;>`#']+))*)"));

/// The placeholder for text that the reader fills in, or that is omitted.
static PLACEHOLDER: Lazy<Regex> = Lazy::new(|| regex("…"));

/// Lines that differ between runs.
static VARYING: Lazy<Regex> = Lazy::new(|| regex(r"(?m)^(?:time|speed) .*\n"));

fn sh(script: &str, directory: &Path) -> Output {
    let mut path = eset_filter_tests::command().parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    Command::new("sh").args(["-euc", script]).env("PATH", path).current_dir(directory).output().unwrap()
}

/// Returns the calls in the code of a text.
fn calls(text: &str) -> Vec<String> {
    let inline = regex(r"`(eset-filter [^`]+)`");
    let inline = inline.captures_iter(text).map(|code| code[1].split_whitespace().collect::<Vec<_>>().join(" "));
    let of_blocks = blocks(text).into_iter().filter(|(language, _)| *language == "sh");
    let lines =
        of_blocks.flat_map(|(_, block)| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>());
    let code: Vec<_> = inline.chain(lines).collect();
    let found = code.iter().flat_map(|line| CALL.captures_iter(line).map(|call| call[1].to_owned()));
    found.filter(|call| !PLACEHOLDER.is_match(call)).collect()
}

#[test]
fn every_call_is_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (document, text) in documents() {
        for call in calls(&text) {
            // With a final --help, the arguments before it are still parsed, but the command does nothing else.
            let output =
                sh(&format!("{} --help", call.trim_end().replace("HOST:PORT", "localhost:514")), directory.path());
            assert!(output.status.success(), "{document}: {call}\n{}", String::from_utf8_lossy(&output.stderr));
            count += 1;
        }
    }
    assert!(count > 40, "only {count} calls were found");
}

#[test]
fn a_call_ends_at_shell_syntax() {
    let text = "Say `eset-filter doctor` or\n```sh\na | eset-filter -f table x > y\nsudo eset-filter man 'a b'\n```\n";
    assert_eq!(calls(text), ["eset-filter doctor", "eset-filter -f table x", "eset-filter man 'a b'"]);
}

/// Reads and discards everything that arrives.
fn accept(listener: TcpListener, config: Option<Arc<ServerConfig>>) {
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let mut read: Box<dyn Read> = match &config {
                Some(config) => Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)),
                None => Box::new(stream),
            };
            // It does not matter how the sender closes the connection.
            _ = read.read_to_end(&mut Vec::new());
        }
    });
}

/// Starts receivers for the commands in the documents. Returns a function that replaces the addresses in a script by
/// those of the receivers.
fn receivers(directory: &Path) -> (UdpSocket, impl Fn(&str) -> String) {
    let (certificate, key) = certificate::files(directory).unwrap();
    let certificates = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (udp, tcp, tls) = (UdpSocket::bind("127.0.0.1:0").unwrap(), bind(), bind());
    let ports = [udp.local_addr(), tcp.local_addr(), tls.local_addr()].map(|address| address.unwrap().port());
    accept(tcp, None);
    accept(tls, Some(Arc::new(config)));
    let redirected = move |script: &str| {
        let script = script.replace("udp://127.0.0.1:5140", &format!("udp://127.0.0.1:{}", ports[0]));
        let script = script.replace("tcp://127.0.0.1:5140", &format!("tcp://127.0.0.1:{}", ports[1]));
        script.replace("tls://localhost:6514", &format!("tls://localhost:{}", ports[2]))
    };
    (udp, redirected)
}

/// Returns the output of a block, including stderr, which gets the statistics.
fn printed(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

/// Runs the blocks of a text in order. A block without a language, or with JSON, is the output of the block before it.
fn run(document: &str, text: &str) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("dist")).unwrap();
    fs::copy(module::path(), directory.path().join("dist/eset_filter.wasm")).unwrap();
    let (_udp, redirected) = receivers(directory.path());
    let mut last = String::new();
    let mut compared = 0;
    for (language, block) in blocks(text) {
        if language == "sh" {
            let output = sh(&redirected(block), directory.path());
            assert!(output.status.success(), "{document}\n{block}\n{}", printed(&output));
            last = printed(&output);
        } else {
            assert_eq!(
                VARYING.replace_all(&last, ""),
                VARYING.replace_all(block, ""),
                "{document} does not show the actual output"
            );
            compared += 1;
        }
    }
    assert!(document != "docs/command.md" || compared > 2, "{document} no longer shows the output of commands");
}

#[test]
fn the_blocks_of_the_command_document_run() {
    run("docs/command.md", &read("docs/command.md"));
}

/// Returns the part of a document between two texts.
fn section(document: &str, from: &str, to: &str) -> String {
    let text = read(document);
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{document} does not contain {from:?}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{document} does not contain {to:?}")).0.to_owned()
}

#[test]
fn blocks_that_need_no_other_program_run() {
    for (document, from, to) in [
        ("README.md", "**The command alone**", "\nNext:"),
        ("docs/install.md", "\n## Completions and manual pages\n", "\n## "),
        ("plugin/vector-vrl/README.md", "\n## Options\n", "\n## "),
    ] {
        let section = section(document, from, to);
        assert!(!blocks(&section).is_empty(), "{document} no longer contains commands after {from:?}");
        run(document, &section);
    }
}

/// Checks the example at the top of the README.
#[test]
fn the_readme_message_becomes_the_readme_record() {
    let readme = read("README.md");
    let [("", message), ("json", record), ..] = blocks(&readme)[..] else {
        panic!("README.md does not start with an example")
    };
    let output = super::super::stdout(&["--format", "pretty"], message.as_bytes());
    assert_eq!(output, record);
}
