//! The requests to Azure: for a token, and with an empty list of records.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::free_port;
use eset_filter_tests::doctor::{Azure, SECRET, SetUp};

use crate::certificates::Certificate;

#[test]
fn azure_is_not_contacted_offline() {
    let set_up = SetUp::new().argument("--offline");
    set_up.shows(&[("azure", "skipped", "127.0.0.1 and 127.0.0.1 were not contacted")]);
    assert_eq!(set_up.azure.requests(), []);
}

#[test]
fn no_token_is_issued() {
    let set_up = SetUp::new();
    let unknown = ("azure", "skipped", "answers, but without a token it is not known");
    for (status, body, what) in [
        (
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#,
            "the client secret is wrong",
        ),
        (401, r#"{"error":"invalid_client","error_description":"AADSTS7000222: Expired."}"#, "has expired"),
        (
            400,
            r#"{"error":"unauthorized_client","error_description":"AADSTS700016: No."}"#,
            "no application with this client_id",
        ),
        (400, r#"{"error":"invalid_request","error_description":"AADSTS90002: No."}"#, "the tenant does not exist"),
        (200, "<html>sign in</html>", "answers, but not with a token"),
        (404, "", "has no token endpoint"),
    ] {
        set_up.azure.token(status, body);
        set_up.azure.stream(401, "");
        set_up.shows(&[("azure", "error", what), unknown]);
    }
}

/// The response repeats the secret. [`SetUp::output`] checks that it is not printed.
#[test]
fn secrets_in_responses_are_masked() {
    let set_up = SetUp::new();
    set_up.azure.stream(400, &format!(r#"{{"error":{{"code":"Bad","message":"{SECRET} the.real.token \u001b[2J"}}}}"#));
    set_up.shows(&[("azure", "error", "the response says: Bad ******** ******** \u{fffd}[2J")]);
}

#[test]
fn the_stream_accepts_no_records() {
    let set_up = SetUp::new();
    for (status, level, what) in [
        (400, "error", "rejects requests for Custom-eset_CL (400)"),
        (401, "error", "rejects the token (401)"),
        (403, "error", "the client is not allowed to send to dcr-0123456789abcdef0123456789abcdef (403)"),
        (404, "error", "cannot find dcr-0123456789abcdef0123456789abcdef or its stream Custom-eset_CL (404)"),
        (429, "warning", "is throttling requests (429)"),
        (503, "warning", "has an internal error (status 503)"),
    ] {
        set_up.azure.stream(status, "");
        set_up.shows(&[("azure", level, what)]);
    }
}

#[test]
fn clocks_differ() {
    let set_up = SetUp::new();
    set_up.azure.ahead(60);
    set_up.shows(&[("clock", "warning", "s behind that of 127.0.0.1")]);
    set_up.azure.ahead(-60);
    set_up.shows(&[("clock", "warning", "s ahead of that of 127.0.0.1")]);
    set_up.azure.ahead(-600);
    set_up.shows(&[("clock", "error", "s ahead of that of 127.0.0.1")]);
}

#[test]
fn a_name_is_not_in_dns() {
    let set_up = SetUp::new().set("AZURE_DCE_URL", "https://nowhere.invalid").replace("tls: off", "tls: on");
    set_up.shows(&[("azure", "error", "DNS cannot resolve nowhere.invalid")]);
}

#[test]
fn the_connection_is_refused() {
    let port = free_port().unwrap();
    let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("http://127.0.0.1:{port}"));
    set_up.shows(&[("azure", "error", "127.0.0.1 refuses the connection")]);
}

#[test]
fn the_connection_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("http://{}", listener.local_addr().unwrap()));
    std::thread::spawn(move || listener.incoming().for_each(drop));
    set_up.shows(&[("azure", "error", "127.0.0.1 closes the connection without an answer")]);
}

#[test]
fn another_program_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("http://{}", listener.local_addr().unwrap()));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // With the request unread, closing the connection would discard the answer.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    set_up.shows(&[("azure", "error", "127.0.0.1 does not answer in HTTP")]);
}

#[test]
fn there_is_no_response() {
    let set_up = SetUp::new().argument("--timeout=0.5");
    set_up.azure.silence();
    let start = Instant::now();
    set_up.shows(&[("azure", "error", "did not answer in time"), ("azure", "error", "did not answer in time")]);
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// Returns a setup whose data collection endpoint uses TLS. The token endpoint does not.
fn with_tls(certificate: &Certificate) -> (SetUp, Azure) {
    let azure = Azure::start(Some(Arc::new(certificate.server())));
    let set_up = SetUp::new().set("AZURE_DCE_URL", &format!("https://localhost:{}", azure.port));
    set_up.file("ca.pem", certificate.pem());
    (set_up.replace("tls: off", "tls: on\n      tls.ca_file: ca.pem"), azure)
}

#[test]
fn the_endpoint_uses_tls() {
    let (set_up, azure) = with_tls(&Certificate::new("localhost"));
    set_up.shows(&[]);
    assert_eq!(azure.requests().len(), 1);
}

#[test]
fn the_endpoint_is_not_trusted() {
    let (set_up, azure) = with_tls(&Certificate::new("localhost"));
    set_up.file("ca.pem", Certificate::new("localhost").pem());
    set_up.shows(&[(
        "azure",
        "error",
        "the TLS handshake with localhost failed: this machine does not trust the server's certificate authority",
    )]);
    assert_eq!(azure.requests(), []);
    set_up.file("ca.pem", "");
    set_up.shows(&[("azure", "error", "no trusted certificate authority was found")]);
    fs::remove_file(set_up.folder.join("ca.pem")).unwrap();
    set_up.shows(&[("azure", "error", "cannot use tls.ca_file")]);
}

#[test]
fn the_certificate_of_the_endpoint_is_wrong() {
    let (set_up, _azure) = with_tls(&Certificate::new("other.example.com"));
    set_up.shows(&[("azure", "error", "the server's certificate is for another name")]);
    let (set_up, _azure) = with_tls(&Certificate::new("localhost").valid(-20, -1));
    set_up.shows(&[("azure", "error", "the server's certificate has expired or is not yet valid")]);
}

#[test]
fn the_endpoint_does_not_support_tls() {
    let set_up = SetUp::new();
    let url = format!("https://127.0.0.1:{}", set_up.azure.port);
    let set_up = set_up.set("AZURE_DCE_URL", &url).replace("tls: off", "tls: on");
    set_up.shows(&[("azure", "error", "the TLS handshake with 127.0.0.1 failed: the server does not speak TLS")]);
}

#[test]
fn the_proxy_does_not_work() {
    let proxy = format!("http://user:{SECRET}@127.0.0.1:{}", free_port().unwrap());
    let set_up = SetUp::new().set("HTTP_PROXY", &proxy);
    let what = "127.0.0.1 refuses the connection through the proxy";
    set_up.shows(&[("azure", "error", what), ("azure", "error", what)]);
    SetUp::new().set("HTTP_PROXY", &proxy).set("NO_PROXY", "127.0.0.1").shows(&[]);
}

/// Plain HTTP goes through the proxy, so the proxy of this test would receive any secret sent in plain text.
#[test]
fn no_secret_leaves_the_machine_in_plain_text() {
    let proxy = Azure::start(None);
    let through = |set_up: SetUp| set_up.set("HTTP_PROXY", &format!("http://127.0.0.1:{}", proxy.port));
    let set_up =
        through(SetUp::new().set("AZURE_AUTH_URL", "http://login.example.com/token").set("NO_PROXY", "127.0.0.1"));
    set_up.shows(&[
        ("azure", "error", "the client secret was not sent: anyone on the network path could read it"),
        ("azure", "skipped", "answers, but without a token"),
    ]);
    assert!(set_up.azure.requests().iter().all(|request| request.authorization.is_empty()));
    let set_up = through(SetUp::new().set("AZURE_DCE_URL", "http://dce.example.com").set("NO_PROXY", "127.0.0.1"));
    set_up.shows(&[
        ("outputs", "error", "dce_url does not begin with https://"),
        ("azure", "skipped", "dce.example.com was not contacted"),
    ]);
    let requests: Vec<_> = proxy.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(requests, [""; 0]);
}

#[test]
fn redirects_are_not_followed() {
    for status in [301, 302, 307, 308] {
        let (set_up, elsewhere) = (SetUp::new(), Azure::start(None));
        let location = format!("http://127.0.0.1:{}/token", elsewhere.port);
        set_up.azure.token(status, "");
        set_up.azure.redirect(&location);
        let found = set_up.find();
        assert!(found.has("azure", "error", &format!("status {status}")), "{found:?}");
        assert_eq!(elsewhere.requests(), [], "{status}");
    }
}
