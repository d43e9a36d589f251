//! The little of BER (X.690) that SNMP and LDAP need: elements of a type, a length and a content.

use super::bytes::Bytes;

/// An element with its content.
pub fn element(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![kind];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => element.push(short),
        Ok(short) => element.extend([0x81, short]),
        Err(_) => {
            element.push(0x82);
            element.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    element.extend(content);
    element
}

/// A sequence of elements.
pub fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// The next element: its type and its content.
pub fn next<'a>(bytes: &mut Bytes<'a>) -> Option<(u8, &'a [u8])> {
    let kind = bytes.u8()?;
    let length = match bytes.u8()? {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(bytes.u8()?),
        0x82 => usize::from(bytes.u16_be()?),
        0x83 => {
            let [high, middle, low] = bytes.array()?;
            usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?
        }
        0x84 => usize::try_from(bytes.u32_be()?).ok()?,
        _ => return None,
    };
    Some((kind, bytes.take(length)?))
}

/// The next element's content, where it is of this type.
pub fn expect<'a>(bytes: &mut Bytes<'a>, kind: u8) -> Option<&'a [u8]> {
    next(bytes).filter(|(found, _)| *found == kind).map(|(_, content)| content)
}

/// Whether a whole element has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    next(&mut Bytes::new(bytes)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_can_be_read(kind in any::<u8>(), content in prop::collection::vec(any::<u8>(), 0..400)) {
            let written = element(kind, &content);
            prop_assert!(is_whole(&written));
            prop_assert_eq!(next(&mut Bytes::new(&written)), Some((kind, content.as_slice())));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = next(&mut Bytes::new(&bytes));
            let _ = expect(&mut Bytes::new(&bytes), 0x30);
        }
    }
}
