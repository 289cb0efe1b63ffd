//! The data collection endpoint: `POST /dataCollectionRules/{dcr}/streams/{stream}?api-version=2023-01-01`.
//!
//! Calls are refused for these reasons, checked in this order:
//!
//! | status | code | reason |
//! | --- | --- | --- |
//! | 400 | `InvalidApiVersion` | `api-version` is missing or not one of [`API_VERSIONS`] |
//! | 401 | `InvalidAuthenticationToken` | the bearer token is missing, unknown or expired |
//! | 404 | `NotFound` | the data collection rule does not exist |
//! | 403 | `OperationFailed` | the application lacks the role |
//! | 404 | `InvalidStream` | the stream does not exist |
//! | 415 | `UnsupportedMediaType` | the content is not `application/json`, or its encoding is not gzip |
//! | 413 | `ContentLengthLimitExceeded` | the body is larger than 1 MiB as sent or, with `strict`, uncompressed |
//! | 500 | | the body is empty |
//! | 400 | `InvalidPayload` | the gzip data or the JSON is invalid, or the JSON is not an array of objects |
//!
//! Sources: "Logs Ingestion API in Azure Monitor"; troubleshooting guides and live tests of Azure's SDKs (403, 404 for
//! the rule, 413, 500); responses of the service published by users (400 for the version). The error codes for 401, for
//! 415, for an unknown stream and for an invalid body are not documented anywhere.

use std::io::Read;
use std::time::Instant;

use flate2::read::GzDecoder;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use hyper::http::request::Parts;
use serde_json::value::RawValue;

use crate::Settings;
use crate::answer::Refusal;
use crate::stream::Mark;
use crate::token::Tokens;

/// The API versions for sending logs. Fluent Bit uses the first one, Vector and the SDKs use the second.
pub const API_VERSIONS: [&str; 2] = ["2021-11-01-preview", "2023-01-01"];

/// The maximum size of a body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// The maximum number of bytes that are read from a body, and the maximum size of its decompressed text.
pub(crate) const MAX_READ: usize = 64 * MAX_BODY;

/// The contents of a body.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// The length before compression, in bytes.
    pub(crate) uncompressed: usize,
    /// The records with their marks.
    pub(crate) records: Vec<(Box<RawValue>, Mark)>,
    /// The complaints about the records, each with the index of its record.
    pub(crate) complaints: Vec<(String, usize)>,
}

/// Checks the head of a call.
pub(crate) fn check_head(
    settings: &Settings,
    tokens: &Tokens,
    head: &Parts,
    dcr: &str,
    stream: &str,
) -> Result<(), Refusal> {
    let query = head.uri.query().unwrap_or_default();
    let version = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "api-version");
    if !version.is_some_and(|(_, version)| API_VERSIONS.contains(&version.as_ref())) {
        let allowed = API_VERSIONS.join(",");
        let message = format!("The api version is invalid. Allowed Api versions: {allowed}.");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "InvalidApiVersion", message));
    }
    check_token(tokens, header(head, AUTHORIZATION))?;
    if dcr != settings.dcr {
        let message = format!("Data collection rule with immutable Id '{dcr}' not found.");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NotFound", message));
    }
    if !settings.has_role {
        let message = format!(
            "The authentication token provided does not have access to ingest data for the data collection rule with \
             immutable Id '{dcr}'."
        );
        return Err(Refusal::new(StatusCode::FORBIDDEN, "OperationFailed", message));
    }
    if stream != settings.stream.name {
        let message = format!("The data collection rule '{dcr}' has no stream '{stream}'.");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "InvalidStream", message));
    }
    let media_type = header(head, CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let message = format!("The content type '{media_type}' is not application/json.");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
    }
    Ok(())
}

fn check_token(tokens: &Tokens, authorization: &str) -> Result<(), Refusal> {
    let invalid = |why| Err(Refusal::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", why));
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => match tokens.expiry(token) {
            Some(expiry) if Instant::now() < expiry => Ok(()),
            Some(_) => invalid("The access token has expired."),
            None => invalid("The access token is invalid."),
        },
        _ => invalid("The authorization header with a bearer token is missing."),
    }
}

/// Checks the body of a call and parses it. For a refused body, the returned contents have the length before
/// compression if it could be determined.
pub(crate) fn check_body(settings: &Settings, head: &Parts, sent: &Bytes) -> (Body, Result<(), Refusal>) {
    let mut body = Body { uncompressed: sent.len(), ..Body::default() };
    let result = unpack(head, sent).and_then(|text| {
        body.uncompressed = text.len();
        let length = if settings.strict { sent.len().max(text.len()) } else { sent.len() };
        if length > MAX_BODY {
            let message = format!(
                "Maximum allowed content length: {MAX_BODY} bytes (1 MB). Provided content length: {length} bytes."
            );
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "ContentLengthLimitExceeded", message));
        }
        if text.is_empty() {
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "", ""));
        }
        read(settings, &text, &mut body)
    });
    (body, result)
}

fn unpack(head: &Parts, sent: &Bytes) -> Result<Vec<u8>, Refusal> {
    match header(head, CONTENT_ENCODING) {
        "" | "identity" => Ok(sent.to_vec()),
        "gzip" => {
            let mut text = Vec::new();
            let read = GzDecoder::new(sent.as_ref()).take(MAX_READ as u64).read_to_end(&mut text);
            read.map(|_| text).map_err(|error| invalid_payload(format!("The body is not gzip: {error}.")))
        }
        other => {
            let message = format!("The content encoding '{other}' is not gzip.");
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message))
        }
    }
}

fn read(settings: &Settings, text: &[u8], body: &mut Body) -> Result<(), Refusal> {
    let records: Vec<Box<RawValue>> = serde_json::from_slice(text)
        .map_err(|error| invalid_payload(format!("The body is not an array of JSON objects: {error}.")))?;
    for (at, record) in records.into_iter().enumerate() {
        let mark = settings.stream.check(&record, |complaint| body.complaints.push((complaint, at)));
        let mark = mark.map_err(|error| invalid_payload(format!("Record {at} is not a JSON object: {error}.")))?;
        body.records.push((record, mark));
    }
    Ok(())
}

fn invalid_payload(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "InvalidPayload", message)
}

fn header(head: &Parts, name: HeaderName) -> &str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
