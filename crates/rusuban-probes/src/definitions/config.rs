//! Reads `clamd.conf` and `freshclam.conf` (clamd.conf(5)): one option a line, a name and a value.

/// The options of one file, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Config(Vec<(String, String)>);

impl Config {
    /// The value that counts of an option that may stand once.
    pub(super) fn last(&self, name: &'static str) -> Option<&str> {
        self.all(name).last()
    }

    /// All values of an option. Names are compared as ClamAV does, without regard to case.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads a configuration. Lines without a value are no options.
pub(super) fn parse(text: &str) -> Config {
    let option = |line: &str| {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let (name, value) = line.split_once(char::is_whitespace)?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or(value);
        (!bare.is_empty()).then(|| (name.to_owned(), bare.to_owned()))
    };
    Config(text.lines().filter_map(option).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn options_comments_and_quotes() {
        let config = parse(
            "#Automatically Generated\r\nLocalSocket /run/clamav/clamd.ctl\r\n  TCPSocket\t3310\nTCPAddr 127.0.0.1\n\
             TCPAddr ::1\n# DatabaseDirectory /old\nDatabaseDirectory \"/srv/clam av\" \nExample\n",
        );
        assert_eq!(config.last("localsocket"), Some("/run/clamav/clamd.ctl"));
        assert_eq!(config.last("TCPSocket"), Some("3310"));
        assert_eq!(config.all("TCPAddr").collect::<Vec<_>>(), ["127.0.0.1", "::1"]);
        assert_eq!(config.last("DatabaseDirectory"), Some("/srv/clam av"));
        assert_eq!(config.last("Example"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            parse(&text);
        }
    }
}
