//! Mail addresses and telephone numbers, as people write them and in one form.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::column::{Field, Reading, Refusal, Shape, Value};
use super::normal::code;
use super::words::text_value;
use crate::model::text::Text;

text_value! {
    /// A mail address. The domain is in lower case.
    Mail, Shape::Mail, mail
}
text_value! {
    /// A telephone number with its hyphens, an extension (内線), or both: `03-1234-5678 内線1234`.
    Phone, Shape::Phone, phone
}

/// The local part may hold dots where RFC 5321 allows none (`a..b`, `a.`): Japanese mobile carriers gave out such
/// addresses, and people still have them.
fn mail(text: &str) -> Result<String, Refusal> {
    let text = code(text);
    let address = text.strip_prefix("mailto:").unwrap_or(&text);
    let refused = || {
        Refusal::new(
            "not-a-mail-address",
            Text::new("メールアドレスとして読めません", "this is not a mail address"),
            Text::new(
                "taro@example.jp のように、アドレスだけを書いてください",
                "write the address alone, like taro@example.jp",
            ),
        )
    };
    let (local, domain) = address.split_once('@').ok_or_else(refused)?;
    let domain = domain.to_ascii_lowercase();
    let local_taken = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    let domain_taken = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
    if local_taken && domain_taken { Ok(format!("{local}@{domain}")) } else { Err(refused()) }
}

/// A label of a domain name (RFC 1035, 2.3.4): 1 to 63 letters, digits and inner hyphens.
pub(super) fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl Phone {
    /// The number without the extension.
    pub fn number(&self) -> Option<&str> {
        let number = self.as_str().split("内線").next().unwrap_or_default().trim();
        (!number.is_empty()).then_some(number)
    }

    /// The extension (内線) without the word.
    pub fn extension(&self) -> Option<&str> {
        self.as_str().split_once("内線").map(|(_, extension)| extension)
    }
}

fn not_a_phone() -> Refusal {
    Refusal::new(
        "not-a-phone-number",
        Text::new("電話番号として読めません", "this is not a telephone number"),
        Text::new(
            "03-1234-5678、+81-3-1234-5678、03-1234-5678 内線1234、内線1234 のように書いてください。複数あるときは ; で区切ってください",
            "write it like 03-1234-5678, +81-3-1234-5678, 03-1234-5678 内線1234 or 内線1234; separate several by ;",
        ),
    )
}

fn phone(text: &str) -> Result<String, Refusal> {
    let text: String = code(text)
        .chars()
        .map(|c| if matches!(c, '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー') { '-' } else { c })
        .collect();
    let lower = text.to_lowercase();
    let unnamed = ["電話", "tel", "fax"].iter().find_map(|word| lower.strip_prefix(word)).unwrap_or(&lower);
    let unnamed = unnamed.trim_start_matches([':', '.', ' ']);
    let (number, extension) = split_extension(unnamed);
    let extension = extension.map(extension_digits).transpose()?;
    match (number.trim(), extension) {
        ("", Some(extension)) => Ok(format!("内線{extension}")),
        (number, None) => number_form(number),
        (number, Some(extension)) => Ok(format!("{} 内線{extension}", number_form(number)?)),
    }
}

fn split_extension(text: &str) -> (&str, Option<&str>) {
    ["内線", "内", "ext"]
        .iter()
        .find_map(|word| text.split_once(word))
        .map_or((text, None), |(number, extension)| {
            (number.trim_end_matches([' ', '(', '-']), Some(extension))
        })
}

fn extension_digits(text: &str) -> Result<String, Refusal> {
    let digits = text.trim_matches(|c: char| " .:()-番".contains(c));
    let taken = (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if taken { Ok(digits.to_owned()) } else { Err(not_a_phone()) }
}

/// Brackets, dots and spaces become hyphens. Domestic numbers begin with 0 and have 10 or 11 digits; others begin with
/// `+` and have 8 to 15 (ITU-T E.164).
fn number_form(text: &str) -> Result<String, Refusal> {
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest.replace("(0)", "-")),
        None => ("", text.to_owned()),
    };
    if !rest.bytes().all(|b| b.is_ascii_digit() || b"-(). ".contains(&b)) {
        return Err(not_a_phone());
    }
    let groups: Vec<&str> = rest.split(['-', '(', ')', '.', ' ']).filter(|group| !group.is_empty()).collect();
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let number = groups.join("-");
    let lost_zero = plus.is_empty() && !number.starts_with('0') && (9..=10).contains(&digits);
    if lost_zero {
        return Err(Refusal::new(
            "leading-zero-lost",
            Text::new("先頭の0が失われています", "the leading zero has been lost"),
            Text::new(
                "セルの書式を「文字列」にして、0から入力し直してください",
                "set the format of the cell to Text, and type the number anew with its zero",
            ),
        ));
    }
    let taken = if plus.is_empty() {
        number.starts_with('0') && (10..=11).contains(&digits)
    } else {
        (8..=15).contains(&digits)
    };
    if taken { Ok(format!("{plus}{number}")) } else { Err(not_a_phone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone_of(text: &str) -> Result<String, &'static str> {
        Phone::read(text, &Reading::own_forms()).map(String::from).map_err(|refusal| refusal.code)
    }

    fn mail_of(text: &str) -> Result<String, &'static str> {
        Mail::read(text, &Reading::own_forms()).map(String::from).map_err(|refusal| refusal.code)
    }

    #[test]
    fn telephone_numbers_keep_their_hyphens() {
        for (written, form) in [
            ("03-1234-5678", "03-1234-5678"),
            ("０３－１２３４－５６７８", "03-1234-5678"),
            ("03ー1234ー5678", "03-1234-5678"),
            ("(03)1234-5678", "03-1234-5678"),
            ("03（1234）5678", "03-1234-5678"),
            ("TEL: 0120 123 456", "0120-123-456"),
            ("09012345678", "09012345678"),
            ("+81-3-1234-5678", "+81-3-1234-5678"),
            ("+81 (0)3 1234 5678", "+81-3-1234-5678"),
            ("03-1234-5678（内線 1234）", "03-1234-5678 内線1234"),
            ("03-1234-5678 ext. 12", "03-1234-5678 内線12"),
            ("内1234", "内線1234"),
            ("内線：1234番", "内線1234"),
        ] {
            assert_eq!(phone_of(written).as_deref(), Ok(form), "{written}");
            assert_eq!(phone_of(form).as_deref(), Ok(form), "{form}");
        }
    }

    #[test]
    fn a_lost_zero_is_named() {
        assert_eq!(phone_of("312345678"), Err("leading-zero-lost"));
        assert_eq!(phone_of("9012345678"), Err("leading-zero-lost"));
    }

    #[test]
    fn what_is_no_telephone_number_is_refused() {
        for text in ["1234", "総務課", "03-1234-5678, 090-1234-5678", "03-1234-567a", "++81", "内線", "0"]
        {
            assert_eq!(phone_of(text), Err("not-a-phone-number"), "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_number_are_told_apart() {
        let both: Phone = "03-1234-5678 内線12".parse().unwrap();
        assert_eq!((both.number(), both.extension()), (Some("03-1234-5678"), Some("12")));
        let extension: Phone = "内線12".parse().unwrap();
        assert_eq!((extension.number(), extension.extension()), (None, Some("12")));
    }

    #[test]
    fn mail_addresses_have_one_form() {
        assert_eq!(mail_of("Ｔａｒｏ＠Example.JP").as_deref(), Ok("Taro@example.jp"));
        assert_eq!(mail_of("mailto:taro@example.jp").as_deref(), Ok("taro@example.jp"));
        assert_eq!(mail_of("a..b.@docomo.ne.jp").as_deref(), Ok("a..b.@docomo.ne.jp"));
        for text in [
            "taro",
            "taro@",
            "@example.jp",
            "taro@example",
            "taro@@example.jp",
            "山田 <taro@example.jp>",
            "taro@example.jp;jiro@example.jp",
            "taro@exa mple.jp",
            "taro@-example.jp",
            "taro@example..jp",
            "太郎@example.jp",
        ] {
            assert_eq!(mail_of(text), Err("not-a-mail-address"), "{text}");
        }
    }
}
