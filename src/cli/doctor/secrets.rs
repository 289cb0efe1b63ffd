//! Keeps secrets out of everything that is printed.

/// What stands for a secret.
const MASK: &str = "********";

/// What is shorter is no secret worth the name, and would be found in every other word.
const SHORTEST: usize = 4;

/// Names of settings and variables that hold secrets have one of these in them.
const NAMES: [&str; 6] = ["secret", "passw", "passphrase", "token", "shared_key", "credential"];

/// Texts that must not be printed.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() >= SHORTEST && !self.0.iter().any(|known| known == secret) {
            self.0.push(secret.to_owned());
            // One secret may be the beginning of another.
            self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// The text on one line, without secrets, and without characters that steer a terminal.
    pub(crate) fn mask(&self, text: &str) -> String {
        let masked = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        let printable = masked.chars().map(|char| match char {
            '\n' | '\r' | '\t' => ' ',
            char if char.is_control() => char::REPLACEMENT_CHARACTER,
            char => char,
        });
        printable.collect()
    }
}

/// Whether what has this name is a secret.
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
    fn nothing_steers_the_terminal() {
        assert_eq!(Secrets::default().mask("a\nb\u{1b}[2Jc\u{9b}"), "a b\u{fffd}[2Jc\u{fffd}");
    }

    #[test]
    fn secret_names_are_known() {
        for name in ["client_secret", "AZURE_CLIENT_SECRET", "tls.key_passwd", "http_passwd", "shared_key"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["AZURE_CLIENT_ID", "tls.key_file", "message_key"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
