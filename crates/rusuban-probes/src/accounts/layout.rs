//! How the login records of glibc lie in memory, and so in their files: `bits/utmp.h`, `bits/wordsize.h`. Pure.

/// How a machine's records are laid out, in its own byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Times of 32 bits, also on 64-bit machines that can run 32-bit programs (x86, POWER, RISC-V …).
    Compat32,
    /// Times of 64 bits: 64-bit ARM.
    Native64,
}

impl Layout {
    /// The layout of the machine that this program was built for.
    pub const HERE: Self = if cfg!(target_arch = "aarch64") { Self::Native64 } else { Self::Compat32 };

    /// Size of a time in seconds, in bytes.
    pub fn seconds(self) -> usize {
        match self {
            Self::Compat32 => 4,
            Self::Native64 => 8,
        }
    }

    /// A time in seconds at a place.
    pub fn read_seconds(self, bytes: &[u8], at: usize) -> Option<i64> {
        match self {
            Self::Compat32 => array(bytes, at).map(|raw| i64::from(i32::from_ne_bytes(raw))),
            Self::Native64 => array(bytes, at).map(i64::from_ne_bytes),
        }
    }
}

/// Bytes at a place.
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Text up to the first zero byte.
pub fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
