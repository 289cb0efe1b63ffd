//! Masks secrets in everything that is printed.

/// The replacement for a secret.
const MASK: &str = "********";

/// The minimum length of a secret, in bytes. Shorter texts are hardly secret, and would match within ordinary words.
const SHORTEST: usize = 4;

/// Names of settings and variables with secret values contain one of these.
const NAMES: [&str; 11] = [
    "secret",
    "passw",
    "passphrase",
    "token",
    "shared_key",
    "credential",
    "api_key",
    "apikey",
    "access_key",
    "license_key",
    "private_key",
];

/// Texts that must not be printed.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Adds a secret in every form in which an error or a response may repeat it: unchanged, line by line, encoded as
    /// in a URL or a form, and escaped as in JSON.
    pub(crate) fn add(&mut self, secret: &str) {
        let lines = secret.lines().map(|line| line.trim().to_owned());
        let json = serde_json::Value::from(secret).to_string();
        let encoded = [encode(secret, |byte| format!("%{byte:02X}")), encode(secret, |byte| format!("%{byte:02x}"))];
        let forms = [secret.to_owned(), json.trim_matches('"').to_owned()];
        for form in forms.into_iter().chain(encoded).chain(lines) {
            if form.len() >= SHORTEST && !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // A secret may be a prefix of another, so the longest is replaced first.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Returns the text with all secrets masked.
    pub(crate) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }
}

/// Encodes a text as in a URL or a form.
fn encode(text: &str, escape: impl Fn(u8) -> String) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => escape(byte),
    });
    encoded.collect()
}

/// Returns whether a setting or variable with this name is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_the_longest_first() {
        let mut secrets = Secrets::default();
        for secret in ["hunter", "hunter22", "abc", ""] {
            secrets.add(secret);
        }
        assert_eq!(secrets.mask("a hunter22, a hunter, abc"), "a ********, a ********, abc");
    }

    #[test]
    fn secrets_are_masked_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add("ab+c/\"d\nsecond line\n");
        for text in ["ab+c/\"d", "second line", "ab%2Bc%2F%22d%0Asecond%20line%0A", "ab%2bc%2f%22d%0asecond%20line%0a"]
        {
            assert_eq!(secrets.mask(text), MASK, "{text}");
        }
        assert_eq!(secrets.mask(r#"{"x":"ab+c/\"d\nsecond line\n"}"#), r#"{"x":"********"}"#);
    }

    #[test]
    fn secret_names_are_recognised() {
        for name in ["client_secret", "AZURE_CLIENT_SECRET", "tls.key_passwd", "http_passwd", "shared_key", "apikey"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["AZURE_CLIENT_ID", "tls.key_file", "message_key"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
