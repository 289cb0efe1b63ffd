//! The outputs: errors that keep records from reaching their table, or lose them on the way.
//!
//! Source: Fluent Bit, `plugins/out_azure_logs_ingestion`; Microsoft, "Logs Ingestion API in Azure Monitor".

use std::path::Path;

use once_cell::sync::Lazy;
use regex_lite::Regex;

use super::config::{Config, Section};
use super::executable::{Version, WITHOUT_TOKENS};
use super::filters::EsetFilter;
use super::flow::{self, Flow, Tag, matches};
use super::size::parse_size;
use crate::environment::Environment;
use crate::finding::{Finding, Level};
use crate::setup::{Buffer, LogsIngestion};
use crate::url;

const CHECK: &str = "outputs";

const LOGS_INGESTION: &str = "azure_logs_ingestion";

/// The beginning of the endpoint in fluent-bit-config/eset.env.
const EXAMPLE_ENDPOINT: &str = "https://example-abcd.";

/// The properties that the output requires.
const REQUIRED: [&str; 5] = ["client_id", "client_secret", "dce_url", "dcr_id", "table_name"];

static GUID: Lazy<Regex> = Lazy::new(|| {
    Regex::new("^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$").expect("the pattern is a constant")
});

/// Checks the outputs.
pub(super) fn check(
    config: &Config,
    filters: &[EsetFilter<'_>],
    flows: &[Flow<'_>],
    version: Option<Version>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for output in &config.outputs {
        let before = findings.len();
        findings.extend(reached(output, config, flows));
        match output.name().as_str() {
            "azure" => {
                let what = format!("the output {} uses an API that was retired on 14 September 2026", output.title());
                let advice = "Use azure_logs_ingestion, with a data collection rule for the table.";
                findings.push(Finding::error(CHECK, what, advice).at(&output.place()));
            }
            LOGS_INGESTION => {
                findings.extend(unfiltered(output, filters, flows));
                findings.extend(divided(output, filters, flows));
                findings.extend(logs_ingestion(output, version));
                findings.extend(retries(output));
                let is_unset = REQUIRED.iter().chain(&["tenant_id"]).any(|key| output.is_unset(key));
                if findings.len() == before && !is_unset {
                    let table = output.get("table_name").unwrap_or_default();
                    findings.push(
                        Finding::ok(CHECK, format!("{} delivers to {table}", output.title())).at(&output.place()),
                    );
                }
            }
            _ => {}
        }
    }
    for flow in flows {
        if !flow::has_new_tags(config) && !config.outputs.iter().any(|output| matches(output, &flow.tag)) {
            let what = format!("records from {} do not reach any output", flow.input.title());
            let advice = "Give an output a match that includes the tag of the input.";
            let level = if is_receiver(flow.input) { Level::Error } else { Level::Warning };
            findings.push(Finding { level, ..Finding::error(CHECK, what, advice) }.at(&flow.input.place()));
        }
    }
    findings
}

/// Returns the streams that the outputs deliver to. Outputs with missing settings are left out.
pub(super) fn deliveries(config: &Config, base: &Path, environment: &Environment) -> Vec<LogsIngestion> {
    logs_ingestion_outputs(config).filter_map(|output| delivery(output, base, environment)).collect()
}

/// Returns a finding for each output whose stream cannot be checked because settings are missing or are still the example.
pub(super) fn unchecked(config: &Config, base: &Path, environment: &Environment) -> Vec<Finding> {
    let finding = |output: &Section| {
        let what = format!(
            "Azure was not contacted, because settings of {} are missing or are still the example",
            output.title()
        );
        Finding::skipped("azure", what, "First correct the errors reported above.").at(&output.place())
    };
    let is_unchecked = |output: &&Section| delivery(output, base, environment).is_none();
    logs_ingestion_outputs(config).filter(is_unchecked).map(finding).collect()
}

fn logs_ingestion_outputs(config: &Config) -> impl Iterator<Item = &Section> {
    config.outputs.iter().filter(|output| output.name() == LOGS_INGESTION)
}

/// Returns the stream that an output delivers to, if no setting is missing.
fn delivery(output: &Section, base: &Path, environment: &Environment) -> Option<LogsIngestion> {
    let text = |key| output.get(key).filter(|value| !value.is_empty()).map(str::to_owned);
    let tenant = || Some(format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", text("tenant_id")?));
    let token_url = text("auth_url").or_else(tenant)?;
    let dce_url = text("dce_url")?;
    Some(LogsIngestion {
        place: output.place(),
        client_id: text("client_id")?,
        client_secret: text("client_secret")?,
        dcr_id: text("dcr_id")?,
        stream: format!("Custom-{}", text("table_name")?),
        ca_file: text("tls.ca_file").map(|file| base.join(file)),
        verify: output.is_on("tls.verify") != Some(false),
        token_proxy: proxy(&token_url, environment),
        dce_proxy: proxy(&dce_url, environment),
        token_url,
        dce_url,
    })
}

/// Returns the directory that buffers records, with the total limit of all outputs.
pub(super) fn buffer(config: &Config, base: &Path) -> Option<Buffer> {
    let path = config.service.get("storage.path").filter(|path| !path.is_empty())?;
    let limits = config.outputs.iter().map(|output| output.get("storage.total_limit_size").and_then(parse_size));
    let limit = limits.sum::<Option<u64>>().filter(|limit| *limit > 0);
    Some(Buffer { place: config.service.place_of("storage.path"), path: base.join(path), limit })
}

/// Checks for proxy variables without effect. Fluent Bit uses one proxy for all URL schemes, and exempts hosts only by
/// their exact names.
pub(super) fn proxies(environment: &Environment) -> Option<Finding> {
    let unused = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let unused = unused.into_iter().find(|name| environment.get(name).is_some())?;
    http_proxy(environment).is_none().then(|| {
        let what = format!("{unused} is set, but Fluent Bit does not use it");
        Finding::warning("proxy", what, "To reach Azure through a proxy, set HTTP_PROXY for the service.")
    })
}

/// Returns whether the input may receive ESET's messages.
fn is_receiver(input: &Section) -> bool {
    matches!(input.name().as_str(), "syslog" | "tcp" | "udp")
}

fn http_proxy(environment: &Environment) -> Option<&str> {
    environment.get("HTTP_PROXY").or(environment.get("http_proxy"))
}

fn proxy(url: &str, environment: &Environment) -> Option<String> {
    let proxy = http_proxy(environment)?;
    let exempt = environment.get("NO_PROXY").or(environment.get("no_proxy")).unwrap_or_default();
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':']).next()?;
    let is_exempt = exempt == "*" || exempt.split(',').any(|name| name.trim() == host);
    (!is_exempt).then(|| if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") })
}

fn reached(output: &Section, config: &Config, flows: &[Flow<'_>]) -> Option<Finding> {
    if flow::has_new_tags(config) || flows.iter().any(|flow| matches(output, &flow.tag)) {
        return None;
    }
    let what = format!("no record reaches the output {}: no input has a tag that it matches", output.title());
    Some(
        Finding::error(CHECK, what, "Give it a match for the tag of the inputs, such as match: eset*.")
            .at(&output.place_of("match")),
    )
}

/// Returns a finding for each input whose messages would be delivered without passing through the filter.
fn unfiltered(output: &Section, filters: &[EsetFilter<'_>], flows: &[Flow<'_>]) -> Vec<Finding> {
    let is_unfiltered = |flow: &&Flow<'_>| {
        is_receiver(flow.input) && matches(output, &flow.tag) && !filters.iter().any(|filter| filter.filters(flow))
    };
    let finding = |flow: &Flow<'_>| {
        let what = format!("records from {} are delivered without passing through the filter", flow.input.title());
        let advice = "Give the input a tag that the filter matches.";
        Finding::error(CHECK, what, advice).at(&flow.input.place_of("tag"))
    };
    // A configuration without this filter has its own finding.
    flows.iter().filter(|_| !filters.is_empty()).filter(is_unfiltered).map(finding).collect()
}

/// Checks whether requests can become too large. Azure rejects requests of more than 1 MB. Fluent Bit sends each chunk
/// as one request, and a chunk may be larger. The native filter can split chunks.
fn divided(output: &Section, filters: &[EsetFilter<'_>], flows: &[Flow<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for flow in flows.iter().filter(|flow| matches(output, &flow.tag)) {
        for filter in filters.iter().filter(|filter| filter.is_native() && filter.filters(flow)) {
            let finding = match &flow.tag {
                _ if !filter.has_request_limit() => {
                    let what = "a burst of messages leads to requests of more than 1 MB, which Azure rejects";
                    Finding::warning(CHECK, what, "Set request_limit: 500k in the filter. It requires Fluent Bit 5.1.")
                        .at(&filter.place())
                }
                Tag::Known(tag) if !matches(output, &Tag::Known(format!("{tag}.part-1"))) => {
                    let what = format!(
                        "{} does not match {tag}.part-1, a tag that request_limit derives from {tag}",
                        output.title()
                    );
                    Finding::error(CHECK, what, format!("Set match: {tag}*.")).at(&output.place_of("match"))
                }
                _ => continue,
            };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

fn logs_ingestion(output: &Section, version: Option<Version>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = |key: &str, finding: Finding| finding.at(&output.place_of(key));
    let value = |key: &str| output.get(key).unwrap_or_default();
    if let Some(version) = version.filter(|version| WITHOUT_TOKENS.contains(version)) {
        let what = format!("Fluent Bit {version} cannot get a token from Azure");
        findings.push(at("name", Finding::error(CHECK, what, "Install Fluent Bit 5.1 or 4.2.")));
    }
    for key in REQUIRED {
        if value(key).is_empty() && !output.is_unset(key) {
            findings.push(at(key, Finding::error(CHECK, format!("{key} is not set"), "Set it.")));
        }
    }
    let has_tenant = !value("tenant_id").is_empty() || !value("auth_url").is_empty();
    if !has_tenant && !output.is_unset("tenant_id") && !output.is_unset("auth_url") {
        findings.push(at("tenant_id", Finding::error(CHECK, "tenant_id is not set", "Set it.")));
    }
    findings.extend(credentials(&value).map(|(key, finding)| at(key, finding)));
    findings.extend(target(&value).map(|(key, finding)| at(key, finding)));
    if output.get("time_key") != Some("TimeGenerated") {
        let what = "the records have no TimeGenerated, which the table requires";
        findings.push(at("time_key", Finding::error(CHECK, what, "Set time_key: TimeGenerated.")));
    }
    if output.is_on("time_generated") != Some(true) {
        let what = "the time of the records is sent as a number, not as a datetime";
        findings.push(at("time_generated", Finding::error(CHECK, what, "Set time_generated: true.")));
    }
    if output.is_on("compress") != Some(true) {
        let what = "requests are not compressed, and Azure rejects requests over 1 MB";
        findings.push(at("compress", Finding::warning(CHECK, what, "Set compress: true.")));
    }
    match (value("dce_url").split_once("://"), output.is_on("tls") != Some(false)) {
        (Some(("https", _)), false) => {
            findings.push(at("tls", Finding::error(CHECK, "tls is off, but dce_url is https", "Set tls: on.")));
        }
        // For other hosts there is a finding that dce_url is not https, and turning TLS off must not be the advice.
        (Some(("http", _)), true) if url::is_loopback(value("dce_url")) => {
            findings.push(at("tls", Finding::error(CHECK, "dce_url is http, but tls is on", "Set tls: off.")));
        }
        _ => {}
    }
    if output.is_on("tls.verify") == Some(false) {
        let what = "tls.verify is off: anyone on the network path can read the token and the records";
        findings.push(at(
            "tls.verify",
            Finding::warning(
                CHECK,
                what,
                "Remove it. If a proxy inspects TLS, set tls.ca_file to its certificate authority.",
            ),
        ));
    }
    findings
}

/// Checks for mistakes in IDs and the secret, which are easily confused.
fn credentials<'v>(value: &impl Fn(&str) -> &'v str) -> impl Iterator<Item = (&'static str, Finding)> {
    let mut findings = Vec::new();
    for key in ["tenant_id", "client_id"] {
        // A tenant can also be identified by its domain.
        let is_id = GUID.is_match(value(key)) || (key == "tenant_id" && value(key).contains('.'));
        if is_placeholder(value(key)) {
            findings.push((
                key,
                Finding::error(CHECK, format!("{key} is still the example (all zeros)"), "Set it to the real ID."),
            ));
        } else if !value(key).is_empty() && !is_id {
            let advice = "Copy it from the application's overview in Entra ID. It looks like \
                          00000000-0000-0000-0000-000000000000.";
            findings.push((key, Finding::warning(CHECK, format!("{key} is not an ID"), advice)));
        }
    }
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !value("client_secret").bytes().all(is_unreserved) {
        let what = "client_secret contains characters that Fluent Bit does not encode for the token endpoint";
        let advice = "Create a new secret in Entra ID. Generated secrets contain only letters, digits, and - . _ ~";
        findings.push(("client_secret", Finding::error(CHECK, what, advice)));
    }
    if GUID.is_match(value("client_secret")) {
        let what = "client_secret looks like the secret's ID, not its value";
        let advice = "The value is shown only when the secret is created. Create a new secret and copy its value.";
        findings.push(("client_secret", Finding::warning(CHECK, what, advice)));
    }
    findings.into_iter()
}

/// Checks for mistakes in the endpoint, rule and table.
fn target<'v>(value: &impl Fn(&str) -> &'v str) -> impl Iterator<Item = (&'static str, Finding)> {
    let mut findings = Vec::new();
    let (dce, rule, table) = (value("dce_url"), value("dcr_id"), value("table_name"));
    let logs_ingestion = "Copy \"Logs ingestion\" from the data collection endpoint's overview. It looks like \
                          https://NAME.REGION-1.ingest.monitor.azure.com.";
    let is_loopback = url::is_loopback(dce);
    if dce.contains(".handler.control.monitor.") {
        let what = "dce_url is the configuration endpoint, not the logs ingestion endpoint";
        findings.push(("dce_url", Finding::error(CHECK, what, logs_ingestion)));
    } else if !dce.is_empty() && !url::is_private(dce) {
        findings.push(("dce_url", Finding::error(CHECK, "dce_url does not begin with https://", logs_ingestion)));
    } else if dce.starts_with(EXAMPLE_ENDPOINT) {
        findings.push(("dce_url", Finding::error(CHECK, "dce_url is still the example", logs_ingestion)));
    } else if dce.ends_with('/') {
        let what = "dce_url ends with a slash, and Fluent Bit adds another";
        findings.push(("dce_url", Finding::warning(CHECK, what, "Remove the slash.")));
    }
    if !is_loopback && rule.strip_prefix("dcr-").is_some_and(is_placeholder) {
        let what = "dcr_id is still the example (all zeros)";
        findings.push(("dcr_id", Finding::error(CHECK, what, "Set it to the rule's immutable ID.")));
    }
    if !rule.is_empty() && !rule.starts_with("dcr-") {
        let advice = "Copy \"Immutable Id\" from the data collection rule's overview. It begins with dcr-.";
        findings.push(("dcr_id", Finding::error(CHECK, "dcr_id is not the rule's immutable ID", advice)));
    }
    if let Some(table) = table.strip_prefix("Custom-") {
        let what = "table_name begins with Custom-, a prefix that Fluent Bit adds itself";
        findings.push(("table_name", Finding::error(CHECK, what, format!("Set table_name: {table}."))));
    } else if !table.is_empty() && !table.ends_with("_CL") {
        let what = format!("table_name is {table}, but the name of a custom table ends in _CL");
        findings.push(("table_name", Finding::error(CHECK, what, "Set table_name: eset_CL.")));
    }
    findings.into_iter()
}

/// Returns whether an ID consists only of zeros, as in the examples.
fn is_placeholder(id: &str) -> bool {
    id.contains('0') && id.bytes().all(|byte| byte == b'0' || byte == b'-')
}

/// Checks how long undelivered records are kept.
fn retries(output: &Section) -> Vec<Finding> {
    let mut findings = Vec::new();
    let limit = output.get("retry_limit").unwrap_or("1").to_ascii_lowercase();
    if !["no_limits", "false", "off"].contains(&limit.as_str()) {
        let what = match limit.as_str() {
            "no_retries" => "records are dropped if the first attempt to deliver them fails".to_owned(),
            "1" => "records that cannot be delivered are dropped after one retry".to_owned(),
            limit => format!("records that cannot be delivered are dropped after {limit} retries"),
        };
        let finding = Finding::warning(CHECK, what, "Set retry_limit: no_limits and storage.total_limit_size.");
        findings.push(finding.at(&output.place_of("retry_limit")));
    }
    if output.get("storage.total_limit_size").and_then(parse_size).is_none() {
        let what = format!("{} may fill the disk while Azure is unavailable", output.title());
        let advice = "Set storage.total_limit_size, such as 5G. Beyond that, the oldest records are dropped.";
        findings.push(Finding::warning(CHECK, what, advice).at(&output.place_of("storage.total_limit_size")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(environ: &str) -> Environment {
        Environment::from_procfs(environ.replace(' ', "\0").as_bytes())
    }

    #[test]
    fn proxy_variables_are_read_as_fluent_bit_reads_them() {
        let url = "https://a.ingest.monitor.azure.com/x";
        for (environ, expected) in [
            ("", None),
            ("HTTP_PROXY=http://p:3128", Some("http://p:3128")),
            ("http_proxy=p:3128", Some("http://p:3128")),
            ("HTTPS_PROXY=http://p:3128", None),
            ("HTTP_PROXY=http://p:3128 NO_PROXY=b,a.ingest.monitor.azure.com", None),
            ("HTTP_PROXY=http://p:3128 NO_PROXY=.azure.com", Some("http://p:3128")),
            ("HTTP_PROXY=http://p:3128 NO_PROXY=*", None),
        ] {
            assert_eq!(proxy(url, &environment(environ)).as_deref(), expected, "{environ}");
        }
        assert!(proxies(&environment("HTTPS_PROXY=http://p")).is_some());
        assert!(proxies(&environment("HTTPS_PROXY=http://p HTTP_PROXY=http://p")).is_none());
        assert!(proxies(&environment("")).is_none());
    }

    #[test]
    fn wrong_ids_are_recognised() {
        let keys = |values: &[(&str, &'static str)]| {
            let value = |key: &str| values.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| *value);
            credentials(&value).chain(target(&value)).map(|(key, _)| key).collect::<Vec<_>>()
        };
        let guid = "01234567-89ab-CDEF-0123-456789abcdef";
        let good = [
            ("tenant_id", "contoso.onmicrosoft.com"),
            ("client_id", guid),
            ("client_secret", "abc~DEF.123"),
            ("dce_url", "https://n.westeurope-1.ingest.monitor.azure.com"),
            ("dcr_id", "dcr-0123456789abcdef"),
            ("table_name", "eset_CL"),
        ];
        assert_eq!(keys(&good), [""; 0]);
        for (key, bad) in [
            ("tenant_id", "contoso"),
            ("client_id", "eset"),
            ("tenant_id", "00000000-0000-0000-0000-000000000000"),
            ("client_secret", guid),
            ("client_secret", "abc+DEF/123="),
            ("dcr_id", "dcr-00000000000000000000000000000000"),
            ("dce_url", "https://example-abcd.westeurope-1.ingest.monitor.azure.com"),
            ("dce_url", "http://example.com"),
            ("dce_url", "http://127.0.0.1.example.com"),
            ("dce_url", "http://localhost@example.com"),
            ("dce_url", "https://n.westeurope-1.handler.control.monitor.azure.com"),
            ("dce_url", "https://n.westeurope-1.ingest.monitor.azure.com/"),
            ("dcr_id", "/subscriptions/x"),
            ("table_name", "eset"),
            ("table_name", "Custom-eset_CL"),
        ] {
            let values = good.map(|(name, value)| (name, if name == key { bad } else { value }));
            assert_eq!(keys(&values), [key], "{bad}");
        }
    }
}
