//! What an endpoint is told before it starts.

use std::time::Duration;

use crate::stream::Stream;

/// An Azure tenant with one application, one data collection rule and one stream.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Whether to speak TLS, with a certificate that is made at the start.
    pub tls: bool,
    /// The tenant's id.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: String,
    /// Whether the application has the role Monitoring Metrics Publisher on the data collection rule.
    pub has_role: bool,
    /// How long a token is valid. Entra's are for about an hour.
    pub token_lifetime: Duration,
    /// The data collection rule's immutable id.
    pub dcr: String,
    /// The stream, with its columns.
    pub stream: Stream,
    /// Whether the limit of 1 MB also holds for the body before its compression, as Azure's documentation has it and
    /// Azure does not.
    pub strict: bool,
    /// What is kept of accepted records.
    pub keep: Keep,
}

/// What is kept of accepted records, besides their number and marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Each record's JSON.
    Records,
    /// Nothing: for more records than memory holds.
    Marks,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            tls: false,
            tenant: "c0ffee00-0000-4000-8000-000000000001".to_owned(),
            client_id: "c0ffee00-0000-4000-8000-000000000002".to_owned(),
            client_secret: "loopback~secret_of.no-value".to_owned(),
            has_role: true,
            token_lifetime: Duration::from_secs(3599),
            dcr: "dcr-00000000000000000000000000000000".to_owned(),
            stream: Stream::eset(),
            strict: false,
            keep: Keep::Records,
        }
    }
}
