//! Eight bytes that are looked at together, as one word. The first byte is the lowest.

/// Each byte of a word.
pub(crate) const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The high bit of each byte that is 0. Bytes above one that is 0 may be marked wrongly, those below it never.
pub(crate) const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(each(1)) & !word & each(0x80)
}

/// From a byte on, where the first one stands that is one of three; the end, if none is.
#[inline]
pub(crate) fn first_of_three(bytes: &[u8], mut at: usize, wanted: [u8; 3]) -> usize {
    let [a, b, c] = wanted;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ each(a)) | zeros(word ^ each(b)) | zeros(word ^ each(c));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while at < bytes.len() && !wanted.contains(&bytes[at]) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_three_is_found_at_every_place() {
        for byte in [b',', b'\n', b'\r', b'-', 0, 0xac, 0xff] {
            for length in 0..20 {
                for at in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    bytes[length - 1] = b',';
                    let expected = if b",\n\r".contains(&byte) { at } else { length - 1 };
                    assert_eq!(first_of_three(&bytes, 0, *b",\n\r"), expected, "{byte} at {at} of {length}");
                    assert_eq!(first_of_three(&bytes, length, *b",\n\r"), length);
                }
            }
        }
    }
}
