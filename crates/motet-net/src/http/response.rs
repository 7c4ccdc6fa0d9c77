//! An answer as programs use it.

use motet_std::streams::Stream;
use motet_vm::memory::{ForeignKind, ForeignObject};
use std::sync::Arc;

pub static RESPONSE: ForeignKind = ForeignKind::new("HttpResponse");

/// What stands in an answer.
pub enum Content {
    Whole(Vec<u8>),
    /// It is read as the program asks for it.
    Stream(Arc<Stream>),
}

pub struct Answered {
    pub status: u16,
    /// By their names in small letters.
    pub headers: Vec<(String, String)>,
    /// Where it came from, after all that sent on.
    pub url: String,
    pub content: Content,
}

impl ForeignObject for Answered {
    fn kind(&self) -> &'static ForeignKind {
        &RESPONSE
    }

    fn bytes(&self) -> usize {
        match &self.content {
            Content::Whole(bytes) => bytes.len(),
            Content::Stream(_) => 0,
        }
    }

    fn display(&self) -> Option<String> {
        Some(format!("<HttpResponse {} {}>", self.status, self.url))
    }
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The text that bytes mean: UTF-8, or Latin letters if the type says so.
pub fn text_of(bytes: &[u8], content_type: Option<&str>) -> Result<String, usize> {
    let said = content_type.and_then(|text| {
        let (_, charset) = text.split_once("charset=")?;
        Some(charset.split(';').next()?.trim_matches(['"', ' ']).to_ascii_lowercase())
    });
    match said.as_deref() {
        Some("iso-8859-1" | "latin1" | "us-ascii") => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.valid_up_to())
        }
    }
}

/// The reason that goes with a status, for messages.
pub fn reason_of(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}
