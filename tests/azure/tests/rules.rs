//! Tests every rule of the endpoint with real requests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eset_filter_azure_loopback::{Endpoint, Fault, Keep, Settings};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::Agent;

const RECORD: &str = r#"{"TimeGenerated":"2026-02-27T16:25:37.704Z","event_type":"Audit_Event"}"#;

/// The form of a token request.
type Form = Vec<(&'static str, String)>;

/// The status of an answer, and its body or null.
type Answer = (u16, Value);

struct Client {
    endpoint: Endpoint,
    agent: Agent,
}

impl Client {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let endpoint = Endpoint::start(settings).unwrap();
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { endpoint, agent }
    }

    fn settings(&self) -> &Settings {
        self.endpoint.settings()
    }

    fn form(&self) -> Form {
        let Settings { client_id, client_secret, .. } = self.settings();
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("scope", "https://monitor.azure.com/.default".to_owned()),
            ("client_id", client_id.clone()),
            ("client_secret", client_secret.clone()),
        ]
    }

    fn request_token(&self, url: &str, form: &[(&'static str, String)]) -> Answer {
        let form = form.iter().map(|(name, value)| (*name, value.as_str()));
        let mut answer = self.agent.post(url).send_form(form).unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap())
    }

    fn token(&self) -> String {
        let (status, answer) = self.request_token(&self.endpoint.token_url(), &self.form());
        assert_eq!(status, 200);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn call(&self) -> Call<'_> {
        let Settings { dcr, stream, .. } = self.settings();
        Call {
            client: self,
            path: format!("/dataCollectionRules/{dcr}/streams/{}?api-version=2023-01-01", stream.name),
            token: None,
            content_type: "application/json",
            encoding: None,
        }
    }
}

/// A call to the data collection endpoint, valid except for what a test changes.
struct Call<'c> {
    client: &'c Client,
    path: String,
    /// The authorization header. `None` requests a token.
    token: Option<String>,
    content_type: &'static str,
    encoding: Option<&'static str>,
}

impl Call<'_> {
    fn try_send(self, body: impl AsRef<[u8]>) -> Result<Answer, ureq::Error> {
        let token = self.token.unwrap_or_else(|| format!("Bearer {}", self.client.token()));
        let mut request = self.client.agent.post(format!("{}{}", self.client.endpoint.url(), self.path));
        request = request.header("content-type", self.content_type);
        if !token.is_empty() {
            request = request.header("authorization", token);
        }
        if let Some(encoding) = self.encoding {
            request = request.header("content-encoding", encoding);
        }
        let mut answer = request.send(body.as_ref())?;
        let body = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() }))
    }

    fn send(self, body: impl AsRef<[u8]>) -> Answer {
        self.try_send(body).unwrap()
    }

    fn expect_refusal(self, body: impl AsRef<[u8]>, status: u16, code: &str) -> String {
        let client = self.client;
        let (actual, answer) = self.send(body);
        assert_eq!((actual, &answer["error"]["code"]), (status, &json!(code)), "{answer}");
        assert_eq!(client.endpoint.journal().summary().accepted, 0);
        let call = client.endpoint.journal().calls().pop().unwrap();
        assert_eq!((call.status, call.code.as_str(), call.accepted), (Some(status), code, 0));
        answer["error"]["message"].as_str().unwrap().to_owned()
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn one_record() -> String {
    format!("[{RECORD}]")
}

/// Returns an array with one record, `length` bytes long.
fn body_of(length: usize) -> String {
    let shortest = r#"[{"TimeGenerated":"2026-02-27T16:25:37Z","raw_message":""}]"#.len();
    format!(r#"[{{"TimeGenerated":"2026-02-27T16:25:37Z","raw_message":"{}"}}]"#, "x".repeat(length - shortest))
}

#[test]
fn a_token_answer_matches_entra() {
    let client = Client::new();
    let (status, answer) = client.request_token(&client.endpoint.token_url(), &client.form());
    assert_eq!(status, 200);
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3599);
    assert!(answer["access_token"].as_str().unwrap().len() > 1000);
    assert_ne!(client.token(), client.token());
    assert_eq!(client.endpoint.journal().summary().tokens, 3);
}

#[test]
fn invalid_token_requests_are_refused() {
    let client = Client::new();
    let url = client.endpoint.token_url();
    let refused = |url: &str, change: &dyn Fn(&mut Form), status, error: &str, code: u32| {
        let mut form = client.form();
        change(&mut form);
        let (actual, answer) = client.request_token(url, &form);
        assert_eq!((actual, &answer["error"], &answer["error_codes"]), (status, &json!(error), &json!([code])));
        let description = answer["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert!(answer["trace_id"].is_string() && answer["correlation_id"].is_string());
    };
    let set = |name: &'static str, value: &'static str| {
        move |form: &mut Form| {
            form.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, old)| value.clone_into(old));
        }
    };
    let without = |name: &'static str| move |form: &mut Form| form.retain(|(known, _)| *known != name);
    refused(&url, &set("client_secret", "wrong"), 401, "invalid_client", 7_000_215);
    refused(&url, &without("client_secret"), 401, "invalid_client", 7_000_215);
    refused(&url, &set("client_id", "another"), 400, "unauthorized_client", 700_016);
    refused(&url, &without("client_id"), 400, "invalid_request", 900_144);
    refused(&url, &set("scope", "https://management.azure.com/.default"), 400, "invalid_scope", 70_011);
    refused(&url, &without("scope"), 400, "invalid_request", 900_144);
    refused(&url, &set("grant_type", "password"), 400, "unsupported_grant_type", 70_003);
    refused(&url, &without("grant_type"), 400, "invalid_request", 900_144);
    let other_tenant = url.replace(&client.settings().tenant, "another");
    refused(&other_tenant, &|_| (), 400, "invalid_request", 90_002);
    assert_eq!(client.endpoint.journal().summary().tokens, 0);
}

#[test]
fn a_secret_is_decoded_as_form_data() {
    let settings = Settings { client_secret: "a+b&c=d%41~".to_owned(), ..Settings::default() };
    let client = Client::with(settings);
    client.token();
    // The request of a client that does not encode form data.
    let Settings { client_id, client_secret, .. } = client.settings();
    let form = format!(
        "grant_type=client_credentials&scope=https://monitor.azure.com/.default&client_id={client_id}&client_secret={client_secret}"
    );
    let answer = client.agent.post(client.endpoint.token_url()).send(form).unwrap();
    assert_eq!(answer.status(), 401);
}

#[test]
fn records_are_accepted_and_kept() {
    let client = Client::new();
    let marked =
        |n| format!(r#"{{"TimeGenerated":"2026-02-27T16:25:37Z","group_description":"id-7-{n}","source_port":{n}}}"#);
    let token = format!("Bearer {}", client.token());
    let send = |body: String| Call { token: Some(token.clone()), ..client.call() }.send(body);
    assert_eq!(send(format!("[{},{}]", marked(1), marked(2))), (204, Value::Null));
    assert_eq!(send(format!("[{RECORD}, {}]", marked(2))), (204, Value::Null));
    let journal = client.endpoint.journal();
    let texts: Vec<_> = journal.records().iter().map(|record| record.get().to_owned()).collect();
    assert_eq!(texts, [marked(1), marked(2), RECORD.to_owned(), marked(2)]);
    let marks = journal.marks();
    assert_eq!([0, 1, 2, 3, u64::MAX].map(|n| marks.count(7, n)), [0, 1, 2, 0, 0]);
    assert_eq!((marks.count(8, 1), marks.distinct()), (0, 2));
    assert_eq!(journal.complaints(), []);
    let summary = journal.summary();
    assert_eq!((summary.calls, summary.failed, summary.accepted, summary.tokens), (2, 0, 4, 1));
    assert_eq!(journal.take_records().len(), 4);
    assert_eq!(journal.records().len(), 0);
}

#[test]
fn an_empty_array_is_accepted() {
    let client = Client::new();
    assert_eq!(client.call().send("[]"), (204, Value::Null));
    assert_eq!(client.endpoint.journal().summary().calls, 1);
}

#[test]
fn records_can_be_counted_without_being_kept() {
    let client = Client::with(Settings { keep: Keep::Marks, ..Settings::default() });
    client.call().send(r#"[{"TimeGenerated":"2026-02-27T16:25:37Z","group_description":"id-1-1"}]"#);
    assert_eq!(client.endpoint.journal().records().len(), 0);
    assert_eq!(client.endpoint.journal().marks().count(1, 1), 1);
    assert_eq!(client.endpoint.journal().summary().accepted, 1);
}

#[test]
fn only_known_api_versions_are_accepted() {
    let client = Client::new();
    let version = |query: &str| {
        let call = client.call();
        let path = call.path.split('?').next().unwrap().to_owned() + query;
        Call { path, ..call }
    };
    for bad in ["", "?", "?api-version=", "?api-version=2023-04-24", "?version=2023-01-01"] {
        let message = version(bad).expect_refusal(one_record(), 400, "InvalidApiVersion");
        assert!(message.contains("2021-11-01-preview,2023-01-01"), "{message}");
    }
    assert_eq!(version("?api-version=2021-11-01-preview").send(one_record()).0, 204);
    assert_eq!(version("?x=1&api-version=2023%2D01%2D01").send(one_record()).0, 204);
}

#[test]
fn a_call_needs_a_valid_token() {
    let client = Client::new();
    let token = client.token();
    for bad in ["", "Bearer ", "Bearer nonsense", &token, &format!("Basic {token}"), &format!("Bearer {token}x")] {
        let call = Call { token: Some(bad.to_owned()), ..client.call() };
        call.expect_refusal(one_record(), 401, "InvalidAuthenticationToken");
    }
    assert_eq!(Call { token: Some(format!("bearer {token}")), ..client.call() }.send(one_record()).0, 204);
}

#[test]
fn tokens_expire_and_can_be_revoked() {
    let client = Client::with(Settings { token_lifetime: Duration::from_secs(1), ..Settings::default() });
    let token = format!("Bearer {}", client.token());
    let call = || Call { token: Some(token.clone()), ..client.call() };
    assert_eq!(call().send(one_record()).0, 204);
    std::thread::sleep(Duration::from_millis(1050));
    assert_eq!(call().send(one_record()).0, 401);

    let client = Client::new();
    let token = format!("Bearer {}", client.token());
    let call = || Call { token: Some(token.clone()), ..client.call() };
    assert_eq!(call().send(one_record()).0, 204);
    client.endpoint.revoke_tokens();
    assert_eq!(call().send(one_record()).0, 401);
    assert_eq!(client.call().send(one_record()).0, 204);
}

#[test]
fn the_rule_and_the_stream_must_exist() {
    let client = Client::new();
    let call = |from: &str, to: &str| Call { path: client.call().path.replace(from, to), ..client.call() };
    let message = call(&client.settings().dcr, "dcr-f").expect_refusal(one_record(), 404, "NotFound");
    assert_eq!(message, "Data collection rule with immutable Id 'dcr-f' not found.");
    call("Custom-eset_CL", "eset_CL").expect_refusal(one_record(), 404, "InvalidStream");
    assert_eq!(call("/dataCollectionRules", "/rules").send(one_record()), (404, Value::Null));
    let answer = client.agent.get(format!("{}{}", client.endpoint.url(), client.call().path)).call().unwrap();
    assert_eq!(answer.status(), 405);
}

#[test]
fn the_role_is_required() {
    let client = Client::with(Settings { has_role: false, ..Settings::default() });
    let message = client.call().expect_refusal(one_record(), 403, "OperationFailed");
    assert!(message.contains("does not have access to ingest data"), "{message}");
}

#[test]
fn content_is_json_optionally_with_gzip() {
    let client = Client::new();
    Call { content_type: "text/plain", ..client.call() }.expect_refusal(one_record(), 415, "UnsupportedMediaType");
    Call { encoding: Some("br"), ..client.call() }.expect_refusal(one_record(), 415, "UnsupportedMediaType");
    Call { encoding: Some("gzip"), ..client.call() }.expect_refusal(one_record(), 400, "InvalidPayload");
    client.call().expect_refusal(gzip(one_record().as_bytes()), 400, "InvalidPayload");
    let cut = &gzip(one_record().as_bytes())[..20];
    Call { encoding: Some("gzip"), ..client.call() }.expect_refusal(cut, 400, "InvalidPayload");
    assert_eq!(Call { content_type: "application/json; charset=utf-8", ..client.call() }.send(one_record()).0, 204);
    assert_eq!(Call { encoding: Some("gzip"), ..client.call() }.send(gzip(one_record().as_bytes())).0, 204);
    let call = client.endpoint.journal().calls().pop().unwrap();
    assert_eq!((call.sent, call.uncompressed), (gzip(one_record().as_bytes()).len(), one_record().len()));
}

#[test]
fn a_body_as_sent_is_limited_to_one_mebibyte() {
    let client = Client::new();
    let message = client.call().expect_refusal(body_of(1_048_577), 413, "ContentLengthLimitExceeded");
    assert_eq!(
        message,
        "Maximum allowed content length: 1048576 bytes (1 MB). Provided content length: 1048577 bytes."
    );
    assert_eq!(client.call().send(body_of(1_048_576)).0, 204);
    assert_eq!(Call { encoding: Some("gzip"), ..client.call() }.send(gzip(body_of(3_000_000).as_bytes())).0, 204);
    let summary = client.endpoint.journal().summary();
    assert_eq!((summary.largest_sent, summary.largest_uncompressed), (1_048_577, 3_000_000));
}

#[test]
fn strict_also_limits_the_uncompressed_body() {
    let client = Client::with(Settings { strict: true, ..Settings::default() });
    let gzipped = |length| gzip(body_of(length).as_bytes());
    Call { encoding: Some("gzip"), ..client.call() }.expect_refusal(
        gzipped(1_048_577),
        413,
        "ContentLengthLimitExceeded",
    );
    assert_eq!(Call { encoding: Some("gzip"), ..client.call() }.send(gzipped(1_048_576)).0, 204);
}

#[test]
fn a_body_must_be_an_array_of_objects() {
    let client = Client::new();
    let deep = "[".repeat(100_000);
    for bad in [RECORD, "[", "[1]", "[[]]", "null", "[{}", "[{}]x", "[{\"a\":}]", &deep, "[{},\"\"]"] {
        client.call().expect_refusal(bad, 400, "InvalidPayload");
    }
    client.call().expect_refusal(b"[{\"a\":\"\xFF\"}]", 400, "InvalidPayload");
    assert_eq!(client.call().send(""), (500, Value::Null));
}

#[test]
fn data_that_azure_would_drop_is_reported() {
    let client = Client::new();
    let bad = r#"{"TimeGenerated":1752719975.5,"source_port":"1"}"#;
    assert_eq!(client.call().send(format!("[{RECORD},{bad},{bad},{{\"x\":1}}]")).0, 204);
    let complaints = client.endpoint.journal().complaints();
    let found: Vec<_> = complaints.iter().map(|complaint| (complaint.what.as_str(), complaint.count)).collect();
    let expected = [
        ("TimeGenerated is missing", 1),
        ("TimeGenerated is not of the type datetime", 2),
        ("source_port is not of the type long", 2),
        ("x is not a column of Custom-eset_CL", 1),
    ];
    assert_eq!(found, expected);
    assert_eq!(complaints[1].example, bad);
    assert_eq!(client.endpoint.journal().summary().accepted, 4);
}

#[test]
fn calls_are_throttled_or_fail_on_demand() {
    let client = Client::new();
    client.endpoint.faults().set(Fault::Throttled(7));
    let url = format!("{}{}", client.endpoint.url(), client.call().path);
    let request = client.agent.post(url).header("authorization", format!("Bearer {}", client.token()));
    let answer = request.content_type("application/json").send(one_record()).unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    client.endpoint.faults().set(Fault::Status(503));
    assert_eq!(client.call().send(one_record()).0, 503);
    client.endpoint.faults().clear();
    assert_eq!(client.call().send(one_record()).0, 204);
    assert_eq!(client.endpoint.journal().summary().accepted, 1);
}

#[test]
fn a_share_of_the_calls_fails() {
    let client = Client::new();
    client.endpoint.faults().set_share(Fault::Status(500), 0.2);
    let token = format!("Bearer {}", client.token());
    let send = || Call { token: Some(token.clone()), ..client.call() }.send(one_record()).0;
    let failed = (0..500).filter(|_| send() == 500).count();
    assert!((70..130).contains(&failed), "{failed}");
    let summary = client.endpoint.journal().summary();
    assert_eq!((summary.calls, summary.failed, summary.accepted), (500, failed, 500 - failed));
}

#[test]
fn connections_are_cut_before_or_after_the_records_are_accepted() {
    let client = Client::new();
    client.endpoint.faults().set(Fault::CutBefore);
    assert!(client.call().try_send(one_record()).is_err());
    assert_eq!(client.endpoint.journal().summary().accepted, 0);
    client.endpoint.faults().set(Fault::CutAfter);
    assert!(client.call().try_send(one_record()).is_err());
    let summary = client.endpoint.journal().summary();
    assert_eq!((summary.accepted, summary.failed), (1, 2));
    assert_eq!(client.endpoint.journal().calls().pop().unwrap().status, None);
}

#[test]
fn records_are_accepted_before_a_slow_answer() {
    let client = Client::new();
    client.endpoint.faults().set(Fault::Slow(Duration::from_secs(2)));
    std::thread::scope(|scope| {
        let start = Instant::now();
        let sender = scope.spawn(|| client.call().send(one_record()).0);
        assert!(client.endpoint.journal().wait(Duration::from_secs(10), |summary, _| summary.accepted == 1));
        assert!(!sender.is_finished());
        assert_eq!(sender.join().unwrap(), 204);
        assert!(start.elapsed() >= Duration::from_secs(2));
    });
}

#[test]
fn the_port_can_be_closed_and_opened_again() {
    let client = Client::new();
    let mut open = TcpStream::connect(client.endpoint.url().trim_start_matches("http://")).unwrap();
    client.endpoint.go_down();
    client.endpoint.go_down();
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0);
    assert!(TcpStream::connect(client.endpoint.url().trim_start_matches("http://")).is_err());
    client.endpoint.come_up().unwrap();
    client.endpoint.come_up().unwrap();
    assert_eq!(client.call().send(one_record()).0, 204);
}

#[test]
fn waiting_ends_when_enough_has_arrived_or_at_the_timeout() {
    let client = Client::new();
    let journal = client.endpoint.journal();
    assert!(!journal.wait(Duration::from_millis(20), |summary, _| summary.accepted > 0));
    assert!(!journal.wait_for_call(Duration::from_millis(20), 0));
    client.call().send(one_record());
    assert!(journal.wait(Duration::ZERO, |summary, _| summary.accepted > 0));
    assert!(journal.wait_for_call(Duration::ZERO, 1));
}

#[test]
fn the_endpoint_supports_tls() {
    let endpoint = Endpoint::start(Settings { tls: true, ..Settings::default() }).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(endpoint.certificate().unwrap().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let address = endpoint.url().replace("https://", "");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let form = "grant_type=client_credentials";
    let head =
        format!("POST /x/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", form.len());
    stream.write_all((head + form).as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
}
