//! The outputs and their settings.

use eset_filter_tests::doctor::{SetUp, native};

#[test]
fn it_uses_the_retired_api() {
    let set_up = SetUp::new().replace("  outputs:\n", "  outputs:\n    - name: azure\n      match: eset\n");
    set_up.shows(&[("outputs", "error", "uses an API that was retired")]);
}

#[test]
fn it_matches_nothing() {
    let set_up = SetUp::new().replace("match: eset*", "match: esett");
    set_up.shows(&[
        ("outputs", "error", "no record reaches the output azure_logs_ingestion"),
        ("outputs", "error", "records from tcp do not reach any output"),
        ("outputs", "error", "records from syslog do not reach any output"),
    ]);
}

#[test]
fn a_setting_is_missing_or_wrong() {
    let offline = ("azure", "skipped", "were not contacted");
    for (line, changed, level, what) in [
        ("time_key: TimeGenerated", "", "error", "have no TimeGenerated"),
        ("time_generated: true", "", "error", "sent as a number"),
        ("time_generated: true", "time_generated: off", "error", "sent as a number"),
        ("compress: true", "compress: off", "warning", "not compressed"),
        ("retry_limit: no_limits", "", "warning", "after one retry"),
        ("retry_limit: no_limits", "retry_limit: 10", "warning", "after 10 retries"),
        ("retry_limit: no_limits", "retry_limit: no_retries", "warning", "are dropped"),
        ("storage.total_limit_size: 1M", "", "warning", "may fill the disk"),
        ("table_name: eset_CL", "table_name: eset", "error", "ends in _CL"),
        ("table_name: eset_CL", "table_name: Custom-eset_CL", "error", "begins with Custom-"),
        ("dcr_id: dcr-0123456789abcdef0123456789abcdef", "dcr_id: eset", "error", "immutable ID"),
        ("dce_url: ${AZURE_DCE_URL}", "dce_url: ${AZURE_DCE_URL}/", "warning", "ends with a slash"),
        ("client_id: 01234567-89ab-cdef-0123-456789abcdef", "client_id: eset", "warning", "client_id is not an ID"),
        (
            "tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47",
            "tenant_id: 00000000-0000-0000-0000-000000000000",
            "error",
            "still the example (all zeros)",
        ),
        ("tls: off", "tls: on", "error", "dce_url is http, but tls is on"),
        ("tls: off", "tls: off\n      tls.verify: off", "warning", "tls.verify is off"),
    ] {
        let set_up = SetUp::new().argument("--offline").replace(line, changed);
        set_up.shows(&[("outputs", level, what), offline]);
    }
}

#[test]
fn a_required_setting_is_missing() {
    let unchecked = ("azure", "skipped", "settings of azure_logs_ingestion are missing");
    for line in ["client_id:", "dcr_id:", "table_name:", "client_secret:", "dce_url:"] {
        let set_up = SetUp::new().without(line);
        set_up.shows(&[("outputs", "error", &format!("{line} is not set").replace(':', "")), unchecked]);
        assert_eq!(set_up.azure.requests(), []);
    }
    let set_up = SetUp::new().without("tenant_id").without("auth_url");
    set_up.shows(&[("outputs", "error", "tenant_id is not set"), unchecked]);
}

#[test]
fn the_secret_is_invalid() {
    let offline = ("azure", "skipped", "were not contacted");
    let set = |secret| SetUp::new().argument("--offline").set("AZURE_CLIENT_SECRET", secret);
    set("01234567-89ab-cdef-0123-456789abcdef").shows(&[("outputs", "warning", "looks like the secret's ID"), offline]);
    set("abc+def/ghi=").shows(&[("outputs", "error", "does not encode"), offline]);
}

#[test]
fn requests_become_too_large() {
    let offline = ("azure", "skipped", "were not contacted");
    let native = || SetUp::new().native(&native()).argument("--offline").fluent_bit(None).set("PATH", "/nowhere");
    let none = ("fluent-bit", "skipped", "neither running nor in PATH");
    let untested = ("plugin", "skipped", "was not tested");
    native().shows(&[none, untested, offline]);
    native().without("request_limit").shows(&[none, untested, ("outputs", "warning", "more than 1 MB"), offline]);
    let set_up = native().replace("match: eset*", "match: eset");
    set_up.shows(&[none, untested, ("outputs", "error", "does not match eset.part-1"), offline]);
}

#[test]
fn the_proxy_is_in_the_wrong_variable() {
    let set_up = SetUp::new().set("HTTPS_PROXY", "http://127.0.0.1:1");
    set_up.shows(&[("proxy", "warning", "HTTPS_PROXY is set, but Fluent Bit does not use it")]);
}

/// Plain HTTP is acceptable only to this machine, so turning TLS off must not be the advice.
#[test]
fn the_endpoint_is_remote_and_has_no_tls() {
    for url in ["http://dce.example.com", "http://127.0.0.1.example.com", "http://localhost:80@example.com"] {
        let set_up = SetUp::new().argument("--offline").set("AZURE_DCE_URL", url).replace("tls: off", "tls: on");
        let found = set_up.find();
        assert!(found.has("outputs", "error", "dce_url does not begin with https://"), "{url}: {found:?}");
        let advice: Vec<_> = found.findings.iter().filter_map(|finding| finding["advice"].as_str()).collect();
        assert!(!advice.iter().any(|advice| advice.contains("tls: off")), "{url}: {advice:?}");
    }
}
