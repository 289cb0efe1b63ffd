//! The settings of an endpoint.

use std::time::Duration;

use crate::stream::Stream;

/// An Azure tenant with one application, one data collection rule and one stream.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 selects a free one.
    pub port: u16,
    /// Whether to use TLS, with a certificate that is created at the start.
    pub tls: bool,
    /// The id of the tenant.
    pub tenant: String,
    /// The id of the application.
    pub client_id: String,
    /// The secret of the application.
    pub client_secret: String,
    /// Whether the application has the role Monitoring Metrics Publisher on the data collection rule.
    pub has_role: bool,
    /// How long a token is valid. Entra's tokens are valid for about an hour.
    pub token_lifetime: Duration,
    /// The immutable id of the data collection rule.
    pub dcr: String,
    /// The stream with its columns.
    pub stream: Stream,
    /// Whether the limit of 1 MB also applies to the body before compression. Azure's documentation says so, but Azure
    /// does not enforce it.
    pub strict: bool,
    /// What to keep of accepted records.
    pub keep: Keep,
}

/// What to keep of accepted records, in addition to their number and marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The JSON of each record.
    Records,
    /// Nothing, for more records than fit in memory.
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
