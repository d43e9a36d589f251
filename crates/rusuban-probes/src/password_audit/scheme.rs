//! The kinds of password hashes (crypt(5)): which kind a stored one is, whether a password matches it, and what one try
//! costs. Knows nothing of accounts and lists.

use bcrypt::HashParts;
use sha_crypt::{PasswordVerifier, ShaCrypt};
use yescrypt::{Params, Yescrypt};

use super::md5crypt;

/// The most memory that one try may take, in bytes; the usual yescrypt takes 16 MiB.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

/// The kinds that passwords can be tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `$y$`, the default of Debian 11, Ubuntu 22.04, Fedora 35 and later.
    Yescrypt,
    /// `$6$`, the default of older systems and of RHEL.
    Sha512,
    /// `$5$`
    Sha256,
    /// `$2a$`, `$2b$`, `$2y$`. The three differ only for passwords with certain bytes beyond ASCII in faulty old programs.
    Bcrypt,
    /// `$1$`
    Md5,
}

impl Scheme {
    /// The name in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yescrypt => "yescrypt",
            Self::Sha512 => "sha512crypt",
            Self::Sha256 => "sha256crypt",
            Self::Bcrypt => "bcrypt",
            Self::Md5 => "md5crypt",
        }
    }

    /// A hash of [`CONTROL_PASSWORD`], made by libxcrypt 4.4.33 at a low cost.
    pub fn control(self) -> &'static str {
        match self {
            Self::Yescrypt => "$y$j75$kbSi3MQNvsuLFPYvniODu1$9CwNdSaULQROSkRo16CTPDIspxXvvYD0BqfQsWbvJp7",
            Self::Sha512 => {
                "$6$rounds=1000$aVB2THy8PPNIfm/h$wfY58JR5l4eTgdUg/tdDDV10EXbIQbNeUz2MyxZh51yQ302rBvdXyoXQRgFwojpzYC4f\
                 PCE44B1YOuseL0KRd0"
            }
            Self::Sha256 => "$5$rounds=1000$7giwhRSN4BUo1ZTs$ehtagob0o3NJbMZ8Cqjui5Y3e.4SUOnHS5Xm3T7Phr2",
            Self::Bcrypt => "$2b$05$mUYUC6F4AsGNP5D9SQ6XfujPtMWW3vIz0xfazpJU4beKY2jtw1WDa",
            Self::Md5 => "$1$jr2teutZ$NKdajwkx1dHqpPzVfdGsS1",
        }
    }
}

/// The password of every [`Scheme::control`].
pub const CONTROL_PASSWORD: &[u8] = b"control";

/// Which kind a stored hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Passwords can be tried on it.
    Tried(Scheme),
    /// They cannot; its name in facts.
    Untried(&'static str),
}

impl Kind {
    /// Which kind a stored hash is, by its beginning and shape.
    pub fn of(hash: &str) -> Self {
        let prefixes = [
            ("$y$", Self::Tried(Scheme::Yescrypt)),
            ("$6$", Self::Tried(Scheme::Sha512)),
            ("$5$", Self::Tried(Scheme::Sha256)),
            ("$2a$", Self::Tried(Scheme::Bcrypt)),
            ("$2b$", Self::Tried(Scheme::Bcrypt)),
            ("$2y$", Self::Tried(Scheme::Bcrypt)),
            ("$1$", Self::Tried(Scheme::Md5)),
            ("$gy$", Self::Untried("gost-yescrypt")),
            ("$7$", Self::Untried("scrypt")),
            ("$sha1$", Self::Untried("sha1crypt")),
            ("$md5", Self::Untried("sunmd5")),
            ("$3$", Self::Untried("nt")),
            ("_", Self::Untried("bsdicrypt")),
        ];
        let known = prefixes.iter().find(|(prefix, _)| hash.starts_with(prefix)).map(|(_, kind)| *kind);
        known.unwrap_or(if is_descrypt(hash) { Self::Untried("descrypt") } else { Self::Untried("unknown") })
    }
}

/// Whether text has the shape of a DES-based hash: thirteen characters of the alphabet.
pub fn is_descrypt(hash: &str) -> bool {
    hash.len() == 13 && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/')
}

/// A stored hash that passwords can be tried on.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Its kind.
    pub scheme: Scheme,
    hash: &'a str,
    /// What one try costs, in units that can be compared within a scheme.
    pub cost: u64,
}

/// The hash is not as its kind has it, or one try on it would take too much memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

impl<'a> Target<'a> {
    /// Takes a stored hash apart far enough to know what one try costs.
    ///
    /// # Errors
    /// Where it is malformed, or a try would take too much memory.
    pub fn new(scheme: Scheme, hash: &'a str) -> Result<Self, Unusable> {
        let cost = match scheme {
            Scheme::Yescrypt => yescrypt_cost(hash)?,
            Scheme::Sha512 | Scheme::Sha256 => sha_rounds(hash)?,
            Scheme::Bcrypt => 1_u64 << hash.parse::<HashParts>().map_err(|_| Unusable)?.get_cost().min(40),
            Scheme::Md5 => md5_parts(hash).map(|_| 1)?,
        };
        Ok(Self { scheme, hash, cost })
    }

    /// Whether a password matches.
    ///
    /// # Errors
    /// Where the hash is malformed.
    pub fn matches(&self, password: &[u8]) -> Result<bool, Unusable> {
        use sha_crypt::password_hash::Error;
        let answer = match self.scheme {
            Scheme::Yescrypt => Yescrypt::default().verify_password(password, self.hash),
            Scheme::Sha512 | Scheme::Sha256 => ShaCrypt::default().verify_password(password, self.hash),
            // Longer passwords were cut when the hash was made, and so are ours.
            Scheme::Bcrypt => return bcrypt::verify(password, self.hash).map_err(|_| Unusable),
            Scheme::Md5 => {
                let (salt, checksum) = md5_parts(self.hash)?;
                return Ok(md5crypt::checksum(password, salt.as_bytes()) == checksum);
            }
        };
        match answer {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(Unusable),
        }
    }
}

/// Blocks that are filled and read: N times r. Memory is 128 bytes for each.
fn yescrypt_cost(hash: &str) -> Result<u64, Unusable> {
    let written = hash.split('$').nth(2).ok_or(Unusable)?;
    let params: Params = written.parse().map_err(|_| Unusable)?;
    // A time factor cannot be asked for, so that the cost would be unknown: only what writes back the same has none.
    let plain =
        Params::new(yescrypt::Mode::default(), params.n(), params.r(), params.p()).map_err(|_| Unusable)?;
    let blocks = params.n().checked_mul(u64::from(params.r())).ok_or(Unusable)?;
    if plain != params || blocks > MAX_MEMORY / 128 {
        return Err(Unusable);
    }
    Ok(blocks)
}

fn sha_rounds(hash: &str) -> Result<u64, Unusable> {
    let field = hash.split('$').nth(2).ok_or(Unusable)?;
    match field.strip_prefix("rounds=") {
        Some(rounds) => rounds.parse().map_err(|_| Unusable),
        None => Ok(5000),
    }
}

/// Salt (at most eight bytes of it count) and checksum.
fn md5_parts(hash: &str) -> Result<(&str, &str), Unusable> {
    let rest = hash.strip_prefix("$1$").ok_or(Unusable)?;
    let (salt, checksum) = rest.split_once('$').ok_or(Unusable)?;
    if salt.len() > 8 || checksum.len() != 22 {
        return Err(Unusable);
    }
    Ok((salt, checksum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Scheme; 5] = [Scheme::Yescrypt, Scheme::Sha512, Scheme::Sha256, Scheme::Bcrypt, Scheme::Md5];

    /// A password with a space and Japanese, hashed by mkpasswd 5.5.17 with libxcrypt 4.4.33.
    const PASSWORD: &str = "correct horse 留守番";
    const KNOWN: [&str; 6] = [
        "$y$j9T$IUmIv4Kd5ht.b1YvRRbHz/$JwYtp63yTyKvPv2lVrbTjVrtybn.fiJv06nNDB1Iik9",
        "$6$KWIS3rtkFFhuujE1$LGxOh5nRnXTvE9TtB0CyGbxdVoTJicIJN0zgmLhy.LwxHL6E2aZAIqgla.090iD625OyvJpfI8TcrChTAgtSv0",
        "$5$1cmV4vY17iLdj9nT$RWSjU7WvM9E2du3KNveUR8p5EamCegcUcs72u6gfsw8",
        "$2b$05$NAvEQqd8E5bxKNGU2A.ErudV3gUz0Q55mEM7h0RP2jmWULEsjWEGa",
        "$2a$05$QaahZJDRSZq2cyyTgnYe2erj.M4mYrn/Hpq9miz.m5vC2uwerpU9K",
        "$1$8EBu307L$ClMbMSdJTO4qDfPzYJexU1",
    ];

    /// `control`, at the other costs that libxcrypt offers below 256 MiB, and by OpenSSL.
    const CONTROLS: [&str; 10] = [
        "$y$j85$pBQver33b6eqBhhAZln6D1$EkLYA082DQw8t1RsTxov5Bt04GpiUrQg9rpiMOh6Y47",
        "$y$j7T$TE2POaJtxkQyfhAHU8czc0$tx49Kssfg1W6.ylbp7PzXmxuJSacpfKh9bdsWDygGz3",
        "$y$j8T$MI5Vn8enPOpAp.zl7JrOn/$jhONA8B.isPbIKw/i8JKZUk6xhtiBTLy0BcumUUcq5A",
        "$y$j9T$jfT2rK94qh7KyzGEzdwGp/$BMXvUtiq1NgTPGVUQrjVul.gKWjlaIkl.DjZj8j.5pA",
        "$y$jAT$HQBQ/Dk.BXAnJd2CEn.q6/$WiqLsfGoWE1zvlxay2Ip54VOi/x55sbGyIRK8qf.UZD",
        "$y$jBT$KAJ8pXEANe0Ab2o.9xMV.1$re8Yj5EyCD0pPfoOiyJJDNEfmqT2sw4BJT//gr5ZBf6",
        "$1$abcdefgh$ndUl5dENQjbIhjrMmldPs/",
        "$6$abcdefgh$wzBmFuWYtnPeSYJh7EJXIo3vADDWYbGkuA77VE0VtGhQ0SNuSOYZXkEoHnrmu5S0yOnxqBo9OtPOpfXpnSmYR.",
        "$5$abcdefgh$FV4TygTx2TPgl4ILUKa0ScuoDNJM8P3Riu5HgdLYlsC",
        "$2y$05$mUYUC6F4AsGNP5D9SQ6XfujPtMWW3vIz0xfazpJU4beKY2jtw1WDa",
    ];

    fn matches(hash: &str, password: &[u8]) -> Result<bool, Unusable> {
        let Kind::Tried(scheme) = Kind::of(hash) else { panic!("{hash}") };
        Target::new(scheme, hash)?.matches(password)
    }

    #[test]
    fn hashes_of_libxcrypt_and_openssl_are_recognised() {
        for hash in KNOWN {
            assert_eq!(matches(hash, PASSWORD.as_bytes()), Ok(true), "{hash}");
            assert_eq!(matches(hash, b"correct horse"), Ok(false), "{hash}");
        }
        for hash in CONTROLS.into_iter().chain(ALL.map(Scheme::control)) {
            assert_eq!(matches(hash, CONTROL_PASSWORD), Ok(true), "{hash}");
            assert_eq!(matches(hash, b""), Ok(false), "{hash}");
        }
    }

    #[test]
    fn costs_follow_the_settings() {
        let cost = |hash: &str| match Kind::of(hash) {
            Kind::Tried(scheme) => Target::new(scheme, hash).map(|target| target.cost),
            Kind::Untried(name) => panic!("{name}"),
        };
        assert_eq!(cost(KNOWN[0]), Ok(4096 * 32));
        assert_eq!(cost(Scheme::Sha512.control()), Ok(1000));
        assert_eq!(cost(KNOWN[2]), Ok(5000));
        assert_eq!(cost(KNOWN[3]), Ok(32));
        // A time factor of 1, and four gigabytes of memory.
        assert_eq!(cost("$y$j9T0.$salt$hash"), Err(Unusable));
        assert_eq!(cost("$y$jHT$salt$hash"), Err(Unusable));
    }

    #[test]
    fn kinds_are_told_apart_by_what_mkpasswd_writes() {
        let kinds = [
            ("$gy$j9T$rmdqTaLE.i7Y0qKXTRsx80$kRYGqU8TwPKTQExJ4a0uLtWaCpOn4u0twtRZMnMjhy/", "gost-yescrypt"),
            ("$7$CU..../....Z9oBLXi3mwzcfqKdwDkbg/$hTfRla5znO7I/v9g55hwp7Dmj82KNWg.UxapCtEv813", "scrypt"),
            ("$md5,rounds=94766$o1m3EDw5$$G84aGxHIa6Iv5865KHPXz0", "sunmd5"),
            ("$sha1$40000$jtNX3nZ2$F7aUPL0jpsd5iIoU3li7NoNG0yBE", "sha1crypt"),
            ("_J9..lXCJIVh11Lihf5g", "bsdicrypt"),
            ("T6aE2aAh7s0pI", "descrypt"),
            ("$3$$33fe1be537d6826a6a95350556aa1042", "nt"),
            ("$argon2id$v=19$m=65536", "unknown"),
        ];
        for (hash, name) in kinds {
            assert_eq!(Kind::of(hash), Kind::Untried(name));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_hash_is_survived(
            prefix in prop::sample::select(vec!["$y$", "$6$", "$5$", "$2b$", "$1$", "$y$j75$", "$6$rounds=1000$"]),
            rest in "[./0-9A-Za-z$=田]{0,40}",
        ) {
            let hash = format!("{prefix}{rest}");
            let Kind::Tried(scheme) = Kind::of(&hash) else { panic!() };
            if let Ok(target) = Target::new(scheme, &hash) && target.cost <= 8192 {
                let _ = target.matches(b"x");
            }
        }
    }
}
