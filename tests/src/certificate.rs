//! The certificate of the TLS inputs.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Returns the PEM files of a self-signed certificate for `localhost` and of its key. They are created in the directory
/// unless they exist.
///
/// # Errors
///
/// Returns an error if the files cannot be created.
pub fn files(directory: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (directory.join("cert.pem"), directory.join("key.pem"));
    if !certificate.exists() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(io::Error::other)?;
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
    }
    Ok((certificate, key))
}
