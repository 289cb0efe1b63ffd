//! Azure: whether its endpoints are reachable, the credentials are correct, and the stream accepts records.
//!
//! The check requests a token as the shipper does, and posts an empty array to the stream. The array passes through the
//! same stages as records, and nothing is stored.
//!
//! Source: Microsoft, "OAuth 2.0 client credentials flow on the Microsoft identity platform" and "Logs Ingestion API in
//! Azure Monitor".

mod clock;
mod explain;
mod http;

use std::cell::OnceCell;
use std::time::Duration;

use crate::check::{Check, Subject};
use crate::finding::Finding;
use crate::setup::LogsIngestion;
use crate::url;

use http::{Answer, Client};

const CHECK: &str = "azure";

/// The API version that Fluent Bit uses.
const API_VERSION: &str = "2021-11-01-preview";

/// The scope of the token.
const SCOPE: &str = "https://monitor.azure.com/.default";

/// A stream, and Azure's responses.
#[derive(Debug)]
pub(crate) struct Azure<'d> {
    delivery: &'d LogsIngestion,
    timeout: Duration,
    /// The response to the token request. Like the request to the stream, it is sent only once.
    token: OnceCell<Result<Answer, Finding>>,
    /// The response to the empty list of records. `None` if sending it would have exposed the token.
    stream: OnceCell<Option<Result<Answer, Finding>>>,
}

/// The checks, in the order of their findings.
pub(crate) fn checks<'d>() -> [Check<Azure<'d>>; 3] {
    [
        Check::slow(|azure| Some(format!("requesting a token from {}", azure.token_host())), check_token),
        Check::slow(Azure::posting, check_stream),
        Check::quick(check_clock),
    ]
}

impl<'d> Azure<'d> {
    pub(crate) fn new(delivery: &'d LogsIngestion, timeout: Duration) -> Self {
        Self { delivery, timeout, token: OnceCell::new(), stream: OnceCell::new() }
    }

    fn token_host(&self) -> &'d str {
        host(&self.delivery.token_url)
    }

    fn dce_host(&self) -> &'d str {
        host(&self.delivery.dce_url)
    }

    fn posting(&self) -> Option<String> {
        let dce_host = self.dce_host();
        may_have_token(self.delivery).then(|| format!("posting an empty list of records to {dce_host}"))
    }

    fn token_answer(&self) -> &Result<Answer, Finding> {
        self.token.get_or_init(|| {
            let LogsIngestion { token_url, token_proxy, .. } = self.delivery;
            if stays_private(token_url, token_proxy.as_deref()) {
                request_token(self.delivery, self.timeout)
            } else {
                Err(open_secret())
            }
        })
    }

    fn token(&self) -> Option<String> {
        explain::token(self.token_answer().as_ref().ok()?, self.token_host()).0
    }

    fn stream_answer(&self) -> Option<&Result<Answer, Finding>> {
        let post = || post_empty_list(self.delivery, self.token().as_deref(), self.timeout);
        self.stream.get_or_init(|| may_have_token(self.delivery).then(post)).as_ref()
    }

    fn at(&self, finding: Finding) -> Vec<Finding> {
        vec![finding.at(&self.delivery.place)]
    }
}

impl Subject for Azure<'_> {
    /// The client secret, and the token once it has been issued.
    fn secrets(&self) -> Vec<String> {
        let token = self.token.get().and_then(|_| self.token());
        [self.delivery.client_secret.clone()].into_iter().chain(token).collect()
    }
}

fn check_token(azure: &Azure<'_>) -> Vec<Finding> {
    azure.at(match azure.token_answer() {
        Ok(answer) => explain::token(answer, azure.token_host()).1,
        Err(finding) => finding.clone(),
    })
}

fn check_stream(azure: &Azure<'_>) -> Vec<Finding> {
    azure.at(match azure.stream_answer() {
        None => open_token(azure.dce_host()),
        Some(Ok(answer)) if azure.token().is_some() => explain::stream(answer, azure.delivery),
        Some(Ok(answer)) => explain::without_token(answer, azure.dce_host()),
        Some(Err(finding)) => finding.clone(),
    })
}

/// Compares this machine's clock with the first response that has a date, unless the stream was skipped.
fn check_clock(azure: &Azure<'_>) -> Vec<Finding> {
    let Some(stream) = azure.stream_answer() else { return Vec::new() };
    let answers = [(azure.token_answer(), azure.token_host()), (stream, azure.dce_host())];
    let judge = |(answer, host): (&Result<Answer, Finding>, &str)| {
        let answer = answer.as_ref().ok()?;
        Some(clock::judge(answer.received, answer.date?, host))
    };
    answers.into_iter().find_map(judge).into_iter().collect()
}

/// Returns the finding for `--offline`: Azure was not contacted.
pub(crate) fn skipped(delivery: &LogsIngestion) -> Finding {
    let what = format!("{} and {} were not contacted", host(&delivery.token_url), host(&delivery.dce_url));
    Finding::skipped(CHECK, what, "Run this without --offline.").at(&delivery.place)
}

/// Returns whether nobody else can read a request to a URL, through the proxy if there is one. A proxy can read plain
/// HTTP.
fn stays_private(url: &str, proxy: Option<&str>) -> bool {
    url::is_private(url) && (!url::is_loopback(url) || proxy.is_none_or(url::is_loopback))
}

/// Returns whether the token goes only to the endpoint. Without TLS verification, anybody on the network path can
/// impersonate the endpoint.
fn may_have_token(delivery: &LogsIngestion) -> bool {
    let is_authentic = delivery.verify || url::is_loopback(&delivery.dce_url);
    is_authentic && stays_private(&delivery.dce_url, delivery.dce_proxy.as_deref())
}

fn open_secret() -> Finding {
    let what = "the token endpoint URL is not https, so the client secret was not sent: anyone on the network path \
                could read it";
    Finding::error(CHECK, what, "Set auth_url to a URL that begins with https://.")
}

fn open_token(host: &str) -> Finding {
    let what = format!(
        "{host} was not contacted: without TLS, or with tls.verify off, anyone on the network path could read the \
         token"
    );
    Finding::skipped(CHECK, what, "Set dce_url to a URL that begins with https://, and remove tls.verify: off.")
}

fn request_token(delivery: &LogsIngestion, timeout: Duration) -> Result<Answer, Finding> {
    // The shipper's TLS settings apply only to the data collection endpoint, not to the token endpoint.
    let client = Client::new(None, true, delivery.token_proxy.as_deref(), timeout)?;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
        ("client_id", &delivery.client_id),
        ("client_secret", &delivery.client_secret),
    ];
    client.post_form(&delivery.token_url, &form)
}

fn post_empty_list(delivery: &LogsIngestion, token: Option<&str>, timeout: Duration) -> Result<Answer, Finding> {
    let ca_file = delivery.ca_file.as_deref();
    let client = Client::new(ca_file, delivery.verify, delivery.dce_proxy.as_deref(), timeout)?;
    let LogsIngestion { dce_url, dcr_id, stream, .. } = delivery;
    let url = format!("{dce_url}/dataCollectionRules/{dcr_id}/streams/{stream}?api-version={API_VERSION}");
    client.post_json(&url, token, "[]")
}

/// Returns the host of a URL, without the port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::rc::Rc;

    use super::*;
    use crate::finding::Place;

    /// A delivery without errors.
    pub(super) fn delivery() -> LogsIngestion {
        LogsIngestion {
            place: Place { file: Rc::from(Path::new("x.yaml")), line: 1 },
            token_url: "https://login.example/t".to_owned(),
            client_id: "client".to_owned(),
            client_secret: "secret".to_owned(),
            dce_url: "https://dce.example".to_owned(),
            dcr_id: "dcr-1".to_owned(),
            stream: "Custom-eset_CL".to_owned(),
            ca_file: None,
            verify: true,
            token_proxy: None,
            dce_proxy: None,
        }
    }

    #[test]
    fn secrets_are_sent_only_where_nobody_else_can_read_them() {
        let proxy = Some("http://proxy.example:3128");
        for (url, proxy, expected) in [
            ("https://login.example/t", None, true),
            ("https://login.example/t", proxy, true),
            ("http://login.example/t", None, false),
            ("http://127.0.0.1:8080/t", None, true),
            ("http://127.0.0.1:8080/t", Some("http://127.0.0.1:3128"), true),
            ("http://127.0.0.1:8080/t", proxy, false),
            ("login.example", None, false),
        ] {
            assert_eq!(stays_private(url, proxy), expected, "{url} {proxy:?}");
        }
        for (dce_url, verify, expected) in [
            ("https://dce.example", true, true),
            ("https://dce.example", false, false),
            ("https://localhost:8443", false, true),
            ("http://dce.example", true, false),
        ] {
            let delivery = LogsIngestion { dce_url: dce_url.to_owned(), verify, ..delivery() };
            assert_eq!(may_have_token(&delivery), expected, "{dce_url} {verify}");
        }
    }
}
