//! Certificates and keys of ports with TLS.
//!
//! # Limitations
//!
//! It does not check whether ESET PROTECT trusts the issuer of the certificate, which is configured in ESET PROTECT. It
//! does not examine keys with a passphrase, or X.509 version 1 certificates.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsError, InconsistentKeys};
use webpki::{EndEntityCert, KeyUsage};

use crate::file;
use crate::finding::Finding;
use crate::reason::Reason;
use crate::setup::ServerTls;
use crate::trust;

const CHECK: &str = "tls";

/// The maximum length of a certificate or key file, in bytes.
pub(crate) const LONGEST: u64 = 4 * 1024 * 1024;

/// The remaining validity below which there is a warning. It leaves time for a manual renewal.
const SOON: Duration = Duration::from_hours(30 * 24);

/// Checks a certificate and its key. `host` is the name that the sender connects to.
pub(crate) fn check(tls: &ServerTls, host: Option<&str>, now: SystemTime) -> Vec<Finding> {
    let chain = read(&tls.certificate, |pem| CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>());
    let key = read(&tls.key, PrivateKeyDer::from_pem_slice);
    let mut findings = Vec::new();
    if trust::is_readable_by_everybody(&tls.key) {
        let shown = tls.key.display();
        let what = format!("{shown} is a private key that every user can read");
        findings.push(Finding::warning(
            CHECK,
            what,
            format!("Run chmod 600 {shown}, and chown it to the service's user."),
        ));
    }
    match chain {
        Ok(chain) => {
            findings.extend(match chain.first() {
                Some(certificate) => certificate_findings(&tls.certificate, certificate, host, now),
                None => vec![nothing(&tls.certificate, "certificate")],
            });
            match key {
                Ok(key) if !chain.is_empty() => findings.extend(pair(tls, chain, key)),
                Ok(_) => {}
                Err(_) if tls.has_passphrase => {
                    let what = format!("{} has a passphrase, so it was not checked", tls.key.display());
                    findings.push(Finding::skipped(
                        CHECK,
                        what,
                        "Fluent Bit reports at startup whether it can use the key.",
                    ));
                }
                Err(finding) => findings.push(finding),
            }
        }
        Err(finding) => findings.extend([Some(finding), key.err()].into_iter().flatten()),
    }
    findings.into_iter().map(|finding| finding.at(&tls.place)).collect()
}

fn read<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, pem::Error>) -> Result<T, Finding> {
    let pem = file::read(path, LONGEST).map_err(pem::Error::Io);
    pem.and_then(|pem| parse(&pem)).map_err(|error| match error {
        pem::Error::NoItemsFound => nothing(path, "key"),
        pem::Error::Io(error) if error.kind() == ErrorKind::PermissionDenied => {
            let what = format!("this user is not allowed to read {}", path.display());
            Finding::warning(
                CHECK,
                what,
                "The service's user must be able to read it. If it can, run this as that user or as root.",
            )
        }
        pem::Error::Io(error) => {
            Finding::error(CHECK, format!("cannot read {}: {}", path.display(), Reason(&error)), "Correct the path.")
        }
        error => Finding::error(CHECK, format!("{} is not a PEM file: {error}", path.display()), PEM),
    })
}

const PEM: &str = "A PEM file contains lines of Base64 between -----BEGIN … ----- and -----END … -----.";

fn nothing(path: &Path, what: &str) -> Finding {
    Finding::error(CHECK, format!("there is no {what} in {}", path.display()), PEM)
}

fn certificate_findings(path: &Path, der: &CertificateDer<'_>, host: Option<&str>, now: SystemTime) -> Vec<Finding> {
    let shown = path.display();
    let certificate = match EndEntityCert::try_from(der) {
        Ok(certificate) => certificate,
        Err(webpki::Error::UnsupportedCertVersion) => {
            let what = format!("{shown} is an X.509 version 1 certificate, which cannot contain subjectAltName");
            return vec![Finding::warning(CHECK, what, "Get a certificate with subjectAltName.")];
        }
        Err(error) => {
            return vec![Finding::error(
                CHECK,
                format!("{shown} has no usable certificate: {error}"),
                "Get a new certificate.",
            )];
        }
    };
    let names: Vec<_> = certificate.valid_dns_names().collect();
    let mut findings = Vec::new();
    let renew = "Renew it, and restart the service.";
    match Validity::of(&certificate) {
        Some(validity) if now < validity.from => {
            let what = format!("the certificate in {shown} is not valid before {}", Date(validity.from));
            findings.push(Finding::error(CHECK, what, "Check this machine's clock, or wait."));
        }
        Some(validity) if now > validity.until => {
            let what = format!("the certificate in {shown} expired on {}", Date(validity.until));
            findings.push(Finding::error(CHECK, what, renew));
        }
        Some(validity) if now + SOON > validity.until => {
            let what = format!("the certificate in {shown} expires on {}", Date(validity.until));
            findings.push(Finding::warning(CHECK, what, renew));
        }
        Some(validity) => {
            let what =
                format!("the certificate in {shown} is valid for {} until {}", list(&names), Date(validity.until));
            findings.push(Finding::ok(CHECK, what));
        }
        None => {
            findings.push(Finding::error(CHECK, format!("the certificate in {shown} has no validity dates"), renew))
        }
    }
    if let Some(host) = host {
        let is_for =
            ServerName::try_from(host).is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok());
        if !is_for {
            let what = format!("the certificate in {shown} is for {}, not for {host}", list(&names));
            let advice =
                "Have ESET PROTECT connect to a name in the certificate, or get a certificate for the name in use.";
            findings.push(Finding::error(CHECK, what, advice));
        }
    }
    findings
}

/// Checks whether the key matches the certificate.
fn pair(tls: &ServerTls, chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Vec<Finding> {
    let (certificate, file) = (tls.certificate.display(), tls.key.display());
    match CertifiedKey::from_der(chain, key, &ring::default_provider()) {
        Ok(_) => vec![Finding::ok(CHECK, format!("{file} matches the certificate"))],
        Err(TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            let what = format!("{file} does not match the certificate in {certificate}");
            vec![Finding::error(CHECK, what, "Install a certificate and a key that belong together.")]
        }
        Err(error) => {
            let what = format!("{file} was not compared with the certificate: {error}");
            vec![Finding::skipped(CHECK, what, "Fluent Bit reports at startup whether it can use them.")]
        }
    }
}

/// The validity period of a certificate.
struct Validity {
    from: SystemTime,
    until: SystemTime,
}

impl Validity {
    /// Reads the dates from verification errors: the library reports them only for a time outside the period.
    fn of(certificate: &EndEntityCert<'_>) -> Option<Self> {
        let verify = |seconds: u64| {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            certificate.verify_for_usage(&[], &[], &[], time, KeyUsage::server_auth(), None, None).err()
        };
        let until = match verify(u64::MAX)? {
            webpki::Error::CertExpired { not_after, .. } => not_after,
            _ => return None,
        };
        let from = match verify(0)? {
            webpki::Error::CertNotValidYet { not_before, .. } => not_before,
            // Valid since before 1970.
            _ => UnixTime::since_unix_epoch(Duration::ZERO),
        };
        let time = |time: UnixTime| UNIX_EPOCH + Duration::from_secs(time.as_secs());
        Some(Self { from: time(from), until: time(until) })
    }
}

/// A date, displayed as `Sun, 06 Nov 1994`.
struct Date(SystemTime);

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The format ends with the year 9999, and no certificate is meant to be valid for longer.
        let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        let text = httpdate::fmt_http_date(self.0.min(last));
        formatter.write_str(text.get(..16).unwrap_or(&text))
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "no DNS name".to_owned() } else { names.join(", ") }
}
