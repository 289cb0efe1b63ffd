//! Certificates for tests, each with its own key.

use rcgen::{CertificateParams, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// A self-signed certificate, as `openssl req -x509` creates it.
pub(crate) struct Certificate {
    params: CertificateParams,
    key: KeyPair,
}

impl Certificate {
    /// Creates a certificate for a name, valid for many years.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        let key = KeyPair::generate().unwrap();
        params.distinguished_name.push(DnType::CommonName, format!("{:x?}", &key.public_key_raw()[..8]));
        Self { params, key }
    }

    /// Returns the same certificate with another validity period, in days from now.
    pub(crate) fn valid(&self, from: i64, until: i64) -> Self {
        let mut params = self.params.clone();
        let now = std::time::SystemTime::now();
        let day = |days: i64| {
            let offset = std::time::Duration::from_secs(days.unsigned_abs() * 86_400);
            if days < 0 { now - offset } else { now + offset }
        };
        params.not_before = day(from).into();
        params.not_after = day(until).into();
        Self { params, key: KeyPair::try_from(self.key.serialize_der()).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.params.self_signed(&self.key).unwrap().pem()
    }

    pub(crate) fn key(&self) -> String {
        self.key.serialize_pem()
    }

    /// Returns the TLS configuration of a server with this certificate.
    pub(crate) fn server(&self) -> ServerConfig {
        let chain = vec![self.params.self_signed(&self.key).unwrap().der().clone()];
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap()
    }
}
