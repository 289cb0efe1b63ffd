//! Entra's token endpoint: `POST /{tenant}/oauth2/v2.0/token`, with the client credentials grant and a secret.
//!
//! Fluent Bit's `azure_logs_ingestion` (`auth_url`) and the crate `azure_identity` send the same request: a form with
//! `grant_type`, `scope`, `client_id` and `client_secret`.
//!
//! Sources: Microsoft identity platform, "OAuth 2.0 client credentials flow" and "Authentication and authorization
//! error codes". The error codes and the structure of the answers are Entra's, but the wording of the descriptions
//! differs.

use std::collections::HashMap;
use std::iter;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Settings;

/// The scope of a token. Azure's sovereign clouds have other hosts.
pub const SCOPE: &str = "https://monitor.azure.com/.default";

/// The length of a token, similar to Entra's, so that clients must handle long tokens.
const TOKEN_LENGTH: usize = 1500;

/// The issued tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Instant>>);

impl Tokens {
    /// Issues a token that is valid for `lifetime`.
    fn issue(&self, lifetime: Duration) -> String {
        let token: String = iter::repeat_with(fastrand::alphanumeric).take(TOKEN_LENGTH).collect();
        self.issued().insert(token.clone(), Instant::now() + lifetime);
        token
    }

    /// Returns when a token expires; `None` if it was not issued here.
    pub(crate) fn expiry(&self, token: &str) -> Option<Instant> {
        self.issued().get(token).copied()
    }

    /// Invalidates all issued tokens, regardless of their lifetime.
    pub(crate) fn revoke(&self) {
        let now = Instant::now();
        self.issued().values_mut().for_each(|expiry| *expiry = now);
    }

    fn issued(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the status and the JSON body of the answer to a token request.
pub(crate) fn answer(settings: &Settings, tokens: &Tokens, tenant: &str, form: &[u8]) -> (StatusCode, Value) {
    match check(settings, tenant, form) {
        Ok(()) => {
            let seconds = settings.token_lifetime.as_secs();
            let token = tokens.issue(settings.token_lifetime);
            let body = json!({
                "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
            });
            (StatusCode::OK, body)
        }
        Err(Denial { status, error, code, description }) => {
            let now = Timestamp::now();
            let id = || format!("{:08x}-0000-4000-8000-{:012x}", fastrand::u32(..), fastrand::u64(..1 << 48));
            let body = json!({
                "error": error,
                "error_description": format!("AADSTS{code}: {description}"),
                "error_codes": [code],
                "timestamp": now.strftime("%F %TZ").to_string(),
                "trace_id": id(),
                "correlation_id": id(),
                "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
            });
            (status, body)
        }
    }
}

/// The reason why a token request is refused.
struct Denial {
    status: StatusCode,
    error: &'static str,
    /// Entra's error number, as in `AADSTS…`.
    code: u32,
    description: String,
}

impl Denial {
    fn new(error: &'static str, code: u32, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, code, description: description.into() }
    }
}

fn check(settings: &Settings, tenant: &str, form: &[u8]) -> Result<(), Denial> {
    let form: HashMap<_, _> = form_urlencoded::parse(form).collect();
    let parameter = |name: &str| {
        let missing = || format!("The request body must contain the following parameter: '{name}'.");
        form.get(name).map(AsRef::<str>::as_ref).ok_or_else(|| Denial::new("invalid_request", 900_144, missing()))
    };
    if tenant != settings.tenant {
        return Err(Denial::new("invalid_request", 90_002, format!("Tenant '{tenant}' not found.")));
    }
    let grant = parameter("grant_type")?;
    if grant != "client_credentials" {
        return Err(Denial::new(
            "unsupported_grant_type",
            70_003,
            format!("The grant type '{grant}' is not supported."),
        ));
    }
    let client = parameter("client_id")?;
    if client != settings.client_id {
        let description = format!("Application with identifier '{client}' was not found in the directory.");
        return Err(Denial::new("unauthorized_client", 700_016, description));
    }
    let scope = parameter("scope")?;
    if scope != SCOPE {
        let description = format!("The scope '{scope}' is not valid; the Logs Ingestion API needs {SCOPE}.");
        return Err(Denial::new("invalid_scope", 70_011, description));
    }
    if parameter("client_secret").is_ok_and(|secret| secret == settings.client_secret) {
        return Ok(());
    }
    let description = format!("Invalid client secret provided for app '{client}'.");
    Err(Denial { status: StatusCode::UNAUTHORIZED, ..Denial::new("invalid_client", 7_000_215, description) })
}
