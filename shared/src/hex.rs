//! Hexadecimal digits (RFC 4648 §8).

/// `bytes` in lower-case digits.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// The bytes that `digits` are, in either case; `None` if one is no digit or their number is odd.
#[must_use]
pub fn decode(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some((nibble(*high)? << 4) | nibble(*low)?)).collect()
}

/// The `N` bytes that `digits` are. Upper case is refused, so that each value has one spelling.
#[must_use]
pub fn decode_lower<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; N] = pairs.try_into().ok()?;
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        if high.is_ascii_uppercase() || low.is_ascii_uppercase() {
            return None;
        }
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_lower, encode};

    #[test]
    fn digits() {
        let check = |digits: &str, bytes: Option<&[u8]>, lower: bool| {
            assert_eq!(decode(digits).as_deref(), bytes, "{digits}");
            assert_eq!(decode_lower::<2>(digits).is_some(), lower, "{digits}");
        };
        check("", Some(&[]), false);
        check("00ff", Some(&[0, 255]), true);
        check("00fF", Some(&[0, 255]), false);
        check("0a1b2c", Some(&[10, 27, 44]), false);
        for bad in ["0", "00f", "0g00", "0x00", "+100", "ä0", " 000"] {
            check(bad, None, false);
        }
        assert_eq!(encode(&[0, 1, 0xab, 0xff]), "0001abff");
    }

    #[test]
    fn in_lower_case_there_is_one_spelling() {
        let digits = "00ff".repeat(16);
        assert_eq!(decode_lower::<32>(&digits), Some(*b"\0\xff".repeat(16).as_array().unwrap()));
        for bad in [
            "",
            "0",
            digits.split_at(1).1,
            digits.split_at(2).1,
            &format!("{digits}0"),
            &format!("{digits}00"),
            &digits.to_uppercase(),
            &format!(" {}", digits.split_at(1).1),
            &format!("{}g", digits.split_at(1).1),
            &format!("0x{}", digits.split_at(2).1),
            &format!("+{}", digits.split_at(1).1),
            &format!("{}é", digits.split_at(2).1),
        ] {
            assert_eq!(decode_lower::<32>(bad), None, "{bad}");
        }
    }
}
