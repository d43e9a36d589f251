//! The MD5-based password hash of crypt(5) (`$1$`). Only ever used to find out that a stored password is a common one;
//! nothing may be protected with it.

use md5::{Digest, Md5};

/// How often the digest is taken again; fixed by the format.
const ROUNDS: u32 = 1000;

/// The alphabet of crypt(5), by value.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// In which order the bytes of the digest are written, three at a time; the twelfth stands alone at the end.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

/// The 22 characters that stand for a password and a salt.
pub fn checksum(password: &[u8], salt: &[u8]) -> String {
    let mut digest = first_digest(password, salt);
    for round in 0..ROUNDS {
        let mut next = Md5::new();
        let odd = round % 2 == 1;
        next.update(if odd { password } else { &digest });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(if odd { &digest } else { password });
        digest = next.finalize().into();
    }
    encode(&digest)
}

fn first_digest(password: &[u8], salt: &[u8]) -> [u8; 16] {
    let inner: [u8; 16] =
        Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut outer = Md5::new().chain_update(password).chain_update("$1$").chain_update(salt);
    let stretched: Vec<u8> = inner.iter().copied().cycle().take(password.len()).collect();
    outer.update(&stretched);
    // The length's bits from the lowest up choose between a zero byte and the password's first.
    let mut bits = password.len();
    while bits > 0 {
        let first = password.get(..1).unwrap_or_default();
        outer.update(if bits & 1 == 1 { &[0] } else { first });
        bits >>= 1;
    }
    outer.finalize().into()
}

fn encode(digest: &[u8; 16]) -> String {
    let byte = |place: usize| u32::from(digest.get(place).copied().unwrap_or_default());
    let mut text = String::with_capacity(22);
    for [high, middle, low] in ORDER {
        push(&mut text, (byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
    }
    push(&mut text, byte(11), 2);
    text
}

fn push(text: &mut String, mut value: u32, characters: u32) {
    for _ in 0..characters {
        let letter = ALPHABET.get((value & 63) as usize).copied().unwrap_or(b'.');
        text.push(char::from(letter));
        value >>= 6;
    }
}
