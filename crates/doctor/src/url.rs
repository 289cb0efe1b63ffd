//! Whether a URL leads to this machine, and whether the connection is private.

use std::net::IpAddr;

use ureq::http::Uri;

/// Returns whether the URL leads to this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    // Parsed as the HTTP client parses it. Another parser might find a different host in the same text.
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(_), Some(host)) = (uri.scheme(), uri.host()) else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns whether nobody on the network path can read the traffic: it is encrypted, or does not leave this machine.
pub(crate) fn is_private(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for url in
            ["http://127.0.0.1", "http://127.0.0.1:8080/x", "http://127.9.9.9", "http://localhost/", "http://[::1]:80"]
        {
            assert!(is_loopback(url) && is_private(url), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.com",
            "http://localhost.example.com/",
            "http://127.0.0.1@example.com",
            "http://localhost:80@example.com",
            "http://10.0.0.1",
            "http://[::]",
            "http://example.com/http://localhost",
            "127.0.0.1",
            "",
        ] {
            assert!(!is_loopback(url) && !is_private(url), "{url}");
        }
        assert!(is_private("https://example.com") && is_private("HTTPS://example.com"));
    }
}
