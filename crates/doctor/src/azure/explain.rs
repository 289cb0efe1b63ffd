//! The meaning of Azure's responses.

use once_cell::sync::Lazy;
use regex_lite::Regex;
use serde_json::Value;

use super::http::Answer;
use super::{CHECK, host};
use crate::finding::Finding;
use crate::setup::LogsIngestion;

/// The maximum length of a quotation from a response, in characters.
const LONGEST: usize = 300;

/// The number of an Entra ID error, as in `AADSTS7000215: Invalid client secret provided.`
static AADSTS: Lazy<Regex> = Lazy::new(|| Regex::new("AADSTS([0-9]+)").expect("the pattern is a constant"));

/// Entra ID errors: number, meaning, and what to do.
///
/// Source: Microsoft, "Microsoft Entra authentication and authorization error codes".
const ADVICE: [(&str, &str, &str); 9] = [
    (
        "7000215",
        "the client secret is wrong",
        "Set client_secret to the secret's value, not its ID. If the value is lost, create a new secret.",
    ),
    (
        "7000222",
        "the client secret has expired",
        "Create a new secret under \"Certificates & secrets\" of the application.",
    ),
    (
        "700016",
        "the tenant has no application with this client_id",
        "Copy both IDs from the application's overview in Entra ID.",
    ),
    ("90002", "the tenant does not exist", "Copy tenant_id from the application's overview in Entra ID."),
    ("900023", "tenant_id is not the ID of a tenant", "Copy it from the application's overview in Entra ID."),
    ("7000229", "the application has no service principal in this tenant", "Create it: az ad sp create --id CLIENT_ID"),
    ("7000112", "the application is disabled", "Enable it under Enterprise applications in Entra ID."),
    ("53003", "Conditional Access blocks the application", "Change the policies for workload identities."),
    (
        "50034",
        "the identity does not exist in the tenant",
        "Set client_id to the ID of an application, not to a user name.",
    ),
];

/// Returns the token, if one was issued, and the finding.
pub(super) fn token(answer: &Answer, host: &str) -> (Option<String>, Finding) {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if let (200, Some(token)) = (answer.status, json["access_token"].as_str()) {
        return (Some(token.to_owned()), Finding::ok(CHECK, format!("{host} issues a token for the client")));
    }
    let text = json["error_description"].as_str().unwrap_or_default();
    let number = AADSTS.captures(text).map(|number| number[1].to_owned());
    let known = ADVICE.iter().find(|(known, ..)| Some(*known) == number.as_deref());
    let said = quote(text.lines().next().unwrap_or_default());
    let finding = match (answer.status, known) {
        (400 | 401, Some((_, why, advice))) => {
            Finding::error(CHECK, format!("{host} did not issue a token: {why}{said}"), *advice)
        }
        (400 | 401, None) => {
            let what = format!("{host} did not issue a token: status {}{said}", answer.status);
            Finding::error(
                CHECK,
                what,
                "Compare tenant_id, client_id and client_secret with the application in Entra ID.",
            )
        }
        (404, _) => {
            let what = format!("{host} has no token endpoint at this URL");
            Finding::error(CHECK, what, "Correct tenant_id, or auth_url if it is set.")
        }
        (429, _) => throttled(answer, host),
        (500.., _) => server_error(answer, host),
        (200, _) => {
            let what = format!("{host} answers, but not with a token");
            Finding::error(CHECK, what, "Correct auth_url: this is not a token endpoint.")
        }
        (status, _) => {
            let what = format!("{host} did not issue a token: status {status}{said}");
            Finding::error(CHECK, what, "Correct auth_url, or check whether a proxy answers instead.")
        }
    };
    (None, finding)
}

/// Returns the finding for the stream's response to the empty list.
pub(super) fn stream(answer: &Answer, delivery: &LogsIngestion) -> Finding {
    let LogsIngestion { dce_url, dcr_id, stream, client_id, .. } = delivery;
    let host = host(dce_url);
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let code = json["error"]["code"].as_str().unwrap_or_default();
    let message = json["error"]["message"].as_str().unwrap_or_default();
    let said = quote(format!("{code} {message}").trim());
    match answer.status {
        200..=299 => {
            let table = stream.strip_prefix("Custom-").unwrap_or(stream);
            let what = format!(
                "{host} accepts records for {stream} of {dcr_id}. The first records appear in the table within a few \
                 minutes; query them with: {table} | where TimeGenerated > ago(1h) | take 10"
            );
            Finding::ok(CHECK, what)
        }
        401 => {
            let what = format!("{host} rejects the token (401){said}");
            let advice =
                "The application must belong to the workspace's tenant, and this machine's clock must be correct.";
            Finding::error(CHECK, what, advice)
        }
        403 => {
            let what = format!("the client is not allowed to send to {dcr_id} (403){said}");
            let advice = format!(
                "Assign the client the role Monitoring Metrics Publisher on the data collection rule: az role \
                 assignment create --role 'Monitoring Metrics Publisher' --assignee {client_id} --scope \
                 RULE_RESOURCE_ID. The assignment takes up to 30 minutes to take effect. The rule must also belong to \
                 this endpoint."
            );
            Finding::error(CHECK, what, advice)
        }
        404 => {
            let what = format!("{host} cannot find {dcr_id} or its stream {stream} (404){said}");
            let advice = "Copy \"Immutable Id\" from the rule's overview. The endpoint and the rule must be in the \
                          same region, and the rule must declare the stream. sentinel/azuredeploy.json deploys the \
                          table, the rule and the stream.";
            Finding::error(CHECK, what, advice)
        }
        // Microsoft does not document the response to an empty list. An error about the empty list comes only after all
        // other checks.
        400 if said.to_ascii_lowercase().contains("empty") => {
            Finding::ok(CHECK, format!("{host} accepts requests for {stream} of {dcr_id}, but not empty ones"))
        }
        400 => {
            let what = format!("{host} rejects requests for {stream} (400){said}");
            let advice = "Compare table_name with the rule's streamDeclarations. For table_name eset_CL, the stream is \
                          Custom-eset_CL.";
            Finding::error(CHECK, what, advice)
        }
        429 => throttled(answer, host),
        500.. => server_error(answer, host),
        status => {
            let what = format!("{host} answers with status {status}{said}");
            Finding::error(CHECK, what, "Correct dce_url, or check whether a proxy answers instead.")
        }
    }
}

/// Returns the finding for a response without a token, which shows only that the endpoint is reachable.
pub(super) fn without_token(answer: &Answer, host: &str) -> Finding {
    let what = format!("{host} answers, but without a token it is not known whether it accepts records");
    match answer.status {
        401 | 403 => Finding::skipped(CHECK, what, SEE_ABOVE),
        status => Finding::skipped(CHECK, format!("{what} (status {status})"), SEE_ABOVE),
    }
}

const SEE_ABOVE: &str = "Correct the token request first: see the finding above.";

fn throttled(answer: &Answer, host: &str) -> Finding {
    let wait = answer.retry_after.as_ref().map(|wait| format!(", and asks to wait {wait} s"));
    let what = format!("{host} is throttling requests (429){}", wait.unwrap_or_default());
    let advice = "Run this again later. A rule accepts 2 GB and 12,000 requests per minute. If the throttling \
                  persists, have Fluent Bit send fewer and larger requests.";
    Finding::warning(CHECK, what, advice)
}

fn server_error(answer: &Answer, host: &str) -> Finding {
    let what = format!("{host} has an internal error (status {})", answer.status);
    Finding::warning(CHECK, what, "Run this again later, and check Azure's status page.")
}

/// Quotes a response.
fn quote(text: &str) -> String {
    let short: String = text.chars().take(LONGEST).collect();
    match short.as_str() {
        "" => String::new(),
        short if short.len() < text.len() => format!("; the response says: {short}…"),
        short => format!("; the response says: {short}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::azure::tests::delivery;
    use crate::finding::Level;

    fn answer(status: u16, body: &str) -> Answer {
        let received = SystemTime::UNIX_EPOCH;
        Answer { status, body: body.to_owned(), retry_after: Some("7".to_owned()), date: None, received }
    }

    #[test]
    fn responses_of_the_token_endpoint_are_explained() {
        let error = |number: &str| {
            format!(r#"{{"error":"invalid_client","error_description":"AADSTS{number}: why.\r\nTrace ID"}}"#)
        };
        for (status, body, level, what) in [
            (200, r#"{"access_token":"abc"}"#.to_owned(), Level::Ok, "issues a token"),
            (200, "<html>".to_owned(), Level::Error, "not with a token"),
            (401, error("7000215"), Level::Error, "the client secret is wrong; the response says: AADSTS7000215: why."),
            (401, error("7000222"), Level::Error, "has expired"),
            (400, error("700016"), Level::Error, "no application"),
            (400, error("90002"), Level::Error, "the tenant does not exist"),
            (400, error("1"), Level::Error, "status 400; the response says: AADSTS1: why."),
            (401, String::new(), Level::Error, "status 401"),
            (404, String::new(), Level::Error, "no token endpoint"),
            (429, String::new(), Level::Warning, "to wait 7 s"),
            (503, String::new(), Level::Warning, "an internal error"),
            (302, String::new(), Level::Error, "status 302"),
        ] {
            let (token, finding) = token(&answer(status, &body), "h");
            assert_eq!((finding.level, token.is_some()), (level, level == Level::Ok), "{status} {body}");
            assert!(finding.what.contains(what), "{what}: {finding:?}");
        }
    }

    #[test]
    fn responses_of_the_stream_are_explained() {
        let error = r#"{"error":{"code":"OperationFailed","message":"no access"}}"#;
        for (status, body, level, what, advice) in [
            (204, "", Level::Ok, "accepts records for Custom-eset_CL of dcr-1", ""),
            (400, r#"{"error":{"code":"X","message":"The payload is empty."}}"#, Level::Ok, "but not empty ones", ""),
            (400, error, Level::Error, "(400); the response says: OperationFailed no access", "streamDeclarations"),
            (401, "", Level::Error, "rejects the token", "clock"),
            (403, error, Level::Error, "is not allowed to send to dcr-1", "Monitoring Metrics Publisher"),
            (403, "", Level::Error, "is not allowed to send to dcr-1", "30 minutes"),
            (404, "", Level::Error, "cannot find dcr-1", "Immutable Id"),
            (429, "", Level::Warning, "throttling requests", "12,000 requests"),
            (500, "", Level::Warning, "an internal error", ""),
            (301, "", Level::Error, "status 301", "dce_url"),
        ] {
            let finding = stream(&answer(status, body), &delivery());
            assert_eq!(finding.level, level, "{status}");
            assert!(finding.what.contains(what), "{what}: {finding:?}");
            assert!(finding.advice.unwrap_or_default().contains(advice), "{advice}");
        }
    }

    #[test]
    fn the_query_is_for_the_table_of_the_stream() {
        let delivery = LogsIngestion { stream: "Custom-other_CL".to_owned(), ..delivery() };
        let finding = stream(&answer(204, ""), &delivery);
        assert!(finding.what.contains("query them with: other_CL | where"), "{finding:?}");
    }

    #[test]
    fn long_responses_are_shortened() {
        assert_eq!(quote(&"č".repeat(301)), format!("; the response says: {}…", "č".repeat(300)));
        assert_eq!(quote(""), "");
    }
}
