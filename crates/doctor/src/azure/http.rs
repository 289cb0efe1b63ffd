//! HTTP requests, and the meaning of their failures.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::CertificateError;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Proxy};

use super::{CHECK, host};
use crate::finding::Finding;
use crate::reason::Reason;
use crate::{certificate, file};

/// The maximum length of a response body, in bytes. The expected ones are much shorter.
const LONGEST: u64 = 256 * 1024;

/// An HTTP client that sends requests as the shipper does.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    has_proxy: bool,
}

/// A response with any status.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) retry_after: Option<String>,
    /// The time according to the server.
    pub(super) date: Option<SystemTime>,
    /// The time according to this machine's clock.
    pub(super) received: SystemTime,
}

impl Client {
    /// Creates a client. `ca_file` contains certificate authorities that are trusted instead of the system's. `proxy`
    /// is a URL.
    ///
    /// # Errors
    ///
    /// There is no trusted certificate authority, or the proxy URL is invalid.
    pub(super) fn new(
        ca_file: Option<&Path>,
        verify: bool,
        proxy: Option<&str>,
        timeout: Duration,
    ) -> Result<Self, Finding> {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots(ca_file, verify)?)))
            .disable_verification(!verify)
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let proxy = proxy.map(Proxy::new).transpose().map_err(|_| {
            Finding::error(CHECK, "HTTP_PROXY is not a valid proxy URL", "Write it as http://HOST:PORT.")
        })?;
        let has_proxy = proxy.is_some();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .timeout_resolve(Some(timeout))
            .timeout_connect(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_recv_body(Some(timeout))
            .tls_config(tls)
            .user_agent(concat!("eset-filter/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, has_proxy })
    }

    /// Posts a form.
    ///
    /// # Errors
    ///
    /// There is no response.
    pub(super) fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, Finding> {
        let response = self.agent.post(url).send_form(form.iter().copied());
        response.map(Answer::of).map_err(|error| explain(&error, host(url), self.has_proxy))
    }

    /// Posts JSON.
    ///
    /// # Errors
    ///
    /// There is no response.
    pub(super) fn post_json(&self, url: &str, token: Option<&str>, json: &str) -> Result<Answer, Finding> {
        let mut request = self.agent.post(url).content_type("application/json");
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.send(json).map(Answer::of).map_err(|error| explain(&error, host(url), self.has_proxy))
    }
}

impl Answer {
    fn of(mut response: Response<Body>) -> Self {
        let received = SystemTime::now();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (date, retry_after) = (header("Date"), header("Retry-After"));
        Self {
            status: response.status().as_u16(),
            // The status is what matters, so errors in reading the body are ignored.
            body: response.body_mut().with_config().limit(LONGEST).read_to_string().unwrap_or_default(),
            retry_after,
            date: date.and_then(|date| httpdate::parse_http_date(&date).ok()),
            received,
        }
    }
}

fn roots(ca_file: Option<&Path>, verify: bool) -> Result<Vec<Certificate<'static>>, Finding> {
    let error = |what: String, advice: &str| Err(Finding::error(CHECK, what, advice));
    let certificates = match ca_file {
        Some(path) => {
            let pem = file::read(path, certificate::LONGEST).map_err(pem::Error::Io);
            match pem.and_then(|pem| CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>()) {
                Ok(certificates) => certificates,
                Err(why) => {
                    let what = format!("cannot use tls.ca_file {}: {why}", path.display());
                    return error(what, "Correct the path. The file must be PEM.");
                }
            }
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    if certificates.is_empty() && verify {
        return error(
            "no trusted certificate authority was found".to_owned(),
            "Install the package ca-certificates, or correct tls.ca_file.",
        );
    }
    Ok(certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}

/// Returns the finding for a request without a response: a DNS, connection or TLS error.
fn explain(error: &Error, host: &str, has_proxy: bool) -> Finding {
    let via = if has_proxy { " through the proxy" } else { "" };
    let dns = "Check the spelling of the name and this machine's DNS. A private endpoint needs its private DNS zone.";
    let firewall = "Open the firewall for HTTPS to it, or set HTTP_PROXY for the service.";
    if let Some(error) = tls_error(error) {
        return explain_tls(error, host);
    }
    let (what, advice) = match error {
        Error::HostNotFound => (format!("DNS cannot resolve {host}"), dns),
        // The standard library reports a name that cannot be resolved only with this text.
        Error::Io(error) if error.to_string().starts_with("failed to lookup address") => {
            (format!("DNS cannot resolve {host}"), dns)
        }
        Error::Timeout(ureq::Timeout::Resolve) => {
            (format!("DNS did not resolve {host} in time"), "Check this machine's DNS.")
        }
        Error::Timeout(ureq::Timeout::Connect) => (format!("the connection to {host}{via} timed out"), firewall),
        Error::Timeout(_) => (format!("{host} did not answer{via} in time"), "Run this again with a longer --timeout."),
        Error::ConnectionFailed => (format!("cannot connect to {host}{via}"), firewall),
        Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            (format!("{host} refuses the connection{via}"), firewall)
        }
        Error::Io(error) if is_cut(error.kind()) => (
            format!("{host} closes the connection{via} without an answer"),
            "Correct the scheme and port of the URL, or check for a firewall that closes the connection.",
        ),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => (
            format!("the proxy blocks the connection to {host}"),
            "Allow the connection in the proxy, or correct HTTP_PROXY.",
        ),
        Error::BadUri(_) | Error::Http(_) => {
            (format!("cannot send a request to {host}: the URL is invalid"), "Correct the URL.")
        }
        Error::Protocol(error) => (
            format!("{host} does not answer{via} in HTTP: {error}"),
            "Correct the host and port of the URL: another program answers there.",
        ),
        Error::Io(error) => (format!("cannot communicate with {host}{via}: {}", Reason(error)), firewall),
        error => (format!("cannot communicate with {host}{via}: {error}"), firewall),
    };
    Finding::error(CHECK, what, advice)
}

/// Returns whether the error means that the other side closed the connection.
fn is_cut(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn tls_error(error: &Error) -> Option<&rustls::Error> {
    match error {
        Error::Rustls(error) => Some(error),
        Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

fn explain_tls(error: &rustls::Error, host: &str) -> Finding {
    let (why, advice) = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => (
            "this machine does not trust the server's certificate authority".to_owned(),
            "Install the package ca-certificates. If a proxy inspects TLS, add the proxy's certificate authority to the \
             system's, or set tls.ca_file.",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => {
            ("the server's certificate has expired or is not yet valid".to_owned(), "Check this machine's clock first.")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ("the server's certificate is for another name".to_owned(), "Correct the URL, or check the proxy."),
        rustls::Error::InvalidMessage(_) => {
            ("the server does not speak TLS".to_owned(), "Correct the scheme and port of the URL.")
        }
        error => (error.to_string(), "Check whether a proxy or firewall between this machine and Azure inspects TLS."),
    };
    Finding::error(CHECK, format!("the TLS handshake with {host} failed: {why}"), advice)
}
