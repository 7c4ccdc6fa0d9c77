//! Bytes of a file to text.

use crate::diagnostic::Diagnostic;
use crate::form::Span;

/// The text of a file. Sources are UTF-8; the error for anything else names the first byte that is not, and its place
/// holds as well in `String::from_utf8_lossy` of the same bytes, which is the text to render it with.
pub fn decode(bytes: Vec<u8>) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let hint = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            "the file looks like UTF-16: save it as UTF-8"
        } else {
            "save the file as UTF-8; a byte that is meant in a string can be written as an escape, `\\u{e9}` for `é`"
        };
        let start = u32::try_from(place).unwrap_or(u32::MAX);
        Diagnostic::error("this is not UTF-8 text", Span::new(start, start.saturating_add(1)))
            .label(format!("the byte 0x{:02x} does not belong here", bytes[place]))
            .hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::form::Span;

    #[test]
    fn text_is_text() {
        assert_eq!(decode("naïve 𝄞".into()).as_deref(), Ok("naïve 𝄞"));
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn the_first_bad_byte_has_a_place() {
        let error = decode(b"let x = \"\xe9\"".to_vec()).unwrap_err();
        assert_eq!(error.span, Span::new(9, 10));
        assert_eq!(error.label.as_deref(), Some("the byte 0xe9 does not belong here"));
        assert!(error.hint.unwrap().contains("UTF-8"));
    }

    #[test]
    fn a_character_that_is_cut_off_is_an_error_too() {
        assert_eq!(decode(b"ab\xf0\x9d".to_vec()).unwrap_err().span.start, 2);
    }

    #[test]
    fn utf_16_is_recognised() {
        let error = decode(b"\xff\xfel\0e\0".to_vec()).unwrap_err();
        assert!(error.hint.unwrap().contains("UTF-16"));
    }
}
