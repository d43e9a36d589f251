//! Login names and host names as logs and people write them, and when two are the same.

use rusuban_core::model::register::normal;

/// A login name: `user`, `DOMAIN\user`, `user@realm`, in any case and width.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// The user, in lower case, half width.
    pub user: String,
    /// Domain or realm, in lower case; empty where none is named.
    pub domain: String,
}

impl Account {
    /// Takes a login name apart.
    pub fn of(text: &str) -> Self {
        let plain = if text.is_ascii() { text.trim().to_owned() } else { normal::code(text) };
        let plain = plain.to_lowercase();
        let (user, domain) = match plain.split_once(['\\', '/']) {
            Some((domain, user)) if !user.is_empty() => (user, domain),
            _ => match plain.rsplit_once('@') {
                Some((user, realm)) if !user.is_empty() => (user, realm),
                _ => (plain.as_str(), ""),
            },
        };
        let domain = if domain == "." { "" } else { domain };
        Self { user: user.to_owned(), domain: domain.to_owned() }
    }

    /// Whether two login names may be of one account. A name without a domain is that of any domain; `CORP` and
    /// `corp.example.jp` are one domain.
    pub fn matches(&self, other: &Self) -> bool {
        let label = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
        self.user == other.user
            && (self.domain.is_empty()
                || other.domain.is_empty()
                || self.domain == other.domain
                || (self.domain.contains('.') != other.domain.contains('.')
                    && label(&self.domain) == label(&other.domain)))
    }
}

/// Whether a login name fits a pattern with `*` and `?`. A pattern without a domain fits the user in any domain.
pub fn matches_pattern(pattern: &str, who: &str) -> bool {
    let plain =
        |text: &str| if text.is_ascii() { text.to_lowercase() } else { normal::code(text).to_lowercase() };
    let pattern = plain(pattern);
    if pattern.contains(['\\', '@', '/']) {
        return glob(pattern.as_bytes(), plain(who).as_bytes());
    }
    glob(pattern.as_bytes(), Account::of(who).user.as_bytes())
}

/// `*` is any run of bytes, `?` one byte. Goes back only to the last star: linear in practice, quadratic at worst.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == b'?' || c == byte => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((after, from)) => {
                    *from += 1;
                    p = *after;
                    t = *from;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

/// Whether two host names are of one host: equal, or one is the first label of the other. Addresses only where equal.
pub(super) fn same_host_name(a: &str, b: &str) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    if a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase()) {
        return true;
    }
    let is_address = |text: &str| text.contains(':') || text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    if is_address(a) || is_address(b) || a.contains(' ') || b.contains(' ') {
        return false;
    }
    match (a.split_once('.'), b.split_once('.')) {
        (Some((label, _)), None) => label.eq_ignore_ascii_case(b),
        (None, Some((label, _))) => label.eq_ignore_ascii_case(a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_in_many_spellings() {
        let own = Account::of("yamada");
        for text in
            ["YAMADA", "CORP\\yamada", "yamada@corp.example.jp", "ｙａｍａｄａ", ".\\Yamada", "CORP/yamada"]
        {
            assert!(own.matches(&Account::of(text)), "{text}");
        }
        assert!(Account::of("CORP\\yamada").matches(&Account::of("yamada@corp.example.jp")));
        assert!(!Account::of("CORP\\yamada").matches(&Account::of("OTHER\\yamada")));
        assert!(!Account::of("a@x.example").matches(&Account::of("a@y.example")));
        assert!(!own.matches(&Account::of("yamada2")));
    }

    #[test]
    fn patterns_of_services() {
        assert!(matches_pattern("svc-*", "CORP\\svc-backup"));
        assert!(matches_pattern("ｓｖｃ-*", "SVC-backup"));
        assert!(matches_pattern("CORP\\svc-?", "corp\\svc-a"));
        assert!(!matches_pattern("svc-*", "yamada"));
        assert!(!matches_pattern("backup", "backup2"));
        assert!(matches_pattern("*", ""));
        assert!(!glob(b"*a*a*a*a*b", &[b'a'; 2000]));
    }

    #[test]
    fn hosts() {
        assert!(same_host_name("WEB1", "web1.example.jp"));
        assert!(!same_host_name("10.0.0.1", "10"));
        assert!(!same_host_name("web1.a.example", "web1.b.example"));
    }
}
