//! A part of a long text is searched on all cores, if the pattern is one that [`quick`](super::quick) finds.
//!
//! Pieces of the text are searched side by side, each from its first byte on. That is where it would have been searched if
//! the match before it ended there or earlier. If that one ends later, what follows is looked for once more, up to a match
//! that the piece has found, too: behind one match, the search knows nothing of those before.

use super::quick::{Part, Quick};
use motet_vm::Helpers;
use regex_automata::Span;

/// Bytes of a piece.
const PIECE: usize = 1 << 16;
/// Pieces at a time.
const PIECES: usize = 16;
/// Bytes behind a piece in which its last match ends, or it is left out.
const BEHIND: usize = 1 << 12;
/// Matches of a piece.
const MOST_MATCHES: usize = 1 << 10;
/// Matches that are found at a time.
pub(super) const MOST_AT_ONCE: usize = PIECES * MOST_MATCHES;

/// Bytes of a text that is searched so.
pub(super) const LONG: usize = 4 * PIECE;

/// What was found in one go.
pub(super) struct Found {
    pub matches: Vec<Span>,
    /// Where the search goes on.
    pub at: usize,
}

struct Piece {
    from: usize,
    until: usize,
    matches: Vec<Span>,
    /// All matches that begin before this byte have been found.
    at: usize,
}

/// The next matches from a byte on. There may be more before the byte that it names, if that is the first one.
pub(super) fn find(helpers: &Helpers, quick: &Quick, text: &str, from: usize) -> Found {
    let ends = (from..text.len()).step_by(PIECE).skip(1).chain([text.len()]);
    let mut begin = from;
    let mut pieces: Vec<Piece> = ends
        .take(PIECES)
        .map(|until| {
            let from = std::mem::replace(&mut begin, until);
            Piece { from, until, matches: Vec::new(), at: from }
        })
        .collect();
    helpers.fill(&mut pieces, 1, &|_, pieces| pieces.iter_mut().for_each(|piece| piece.search(quick, text)));
    let mut found = Found { matches: Vec::new(), at: from };
    for piece in &pieces {
        if !found.take(piece, quick, text) {
            break;
        }
    }
    found
}

impl Piece {
    fn search(&mut self, quick: &Quick, text: &str) {
        let most = text.len().min(self.until + BEHIND);
        let mut search = quick.search(self.from);
        while self.matches.len() < MOST_MATCHES {
            match search.find(text, Part { from: self.at, until: self.until, most }) {
                Ok(Some(span)) => {
                    self.matches.push(span);
                    self.at = span.end;
                }
                Ok(None) => {
                    self.at = self.at.max(self.until);
                    return;
                }
                Err(_) => return,
            }
        }
    }
}

impl Found {
    /// Takes what a piece has found. Gives whether that is all there is in the piece.
    fn take(&mut self, piece: &Piece, quick: &Quick, text: &str) -> bool {
        let mut known = &piece.matches[..];
        if self.at > piece.from {
            let most = text.len().min(piece.until + BEHIND);
            let mut search = quick.search(self.at);
            loop {
                let part = Part { from: self.at, until: piece.until, most };
                match search.find(text, part) {
                    Err(_) => return false,
                    Ok(None) => {
                        self.at = self.at.max(piece.until);
                        return true;
                    }
                    Ok(Some(span)) => match known.binary_search_by_key(&span.start, |known| known.start) {
                        Ok(place) => {
                            known = &known[place..];
                            break;
                        }
                        Err(_) => {
                            self.matches.push(span);
                            self.at = span.end;
                        }
                    },
                }
            }
        }
        self.matches.extend(known);
        self.at = piece.at;
        piece.at >= piece.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::Input;
    use regex_automata::meta::Regex;

    fn quick(pattern: &str) -> Quick {
        Quick::of(&regex_syntax::parse(pattern).expect("a pattern"), 1 << 20, 1 << 20)
            .unwrap_or_else(|| panic!("{pattern} has few beginnings"))
    }

    /// All matches, and how often nothing was found in one go though there was more.
    fn all(pattern: &str, text: &str) -> (Vec<Span>, usize) {
        let (quick, helpers) = (quick(pattern), Helpers::none());
        let (mut at, mut matches, mut left) = (0, Vec::new(), 0);
        while at < text.len() {
            let found = find(&helpers, &quick, text, at);
            matches.extend(found.matches);
            if found.at > at {
                at = found.at;
                continue;
            }
            left += 1;
            match Regex::new(pattern).expect("a pattern").find(Input::new(text).range(at..)) {
                Some(found) => {
                    matches.push(found.span());
                    at = found.end();
                }
                None => break,
            }
        }
        (matches, left)
    }

    fn expected(pattern: &str, text: &str) -> Vec<Span> {
        Regex::new(pattern).expect("a pattern").find_iter(text).map(|found| found.span()).collect()
    }

    #[test]
    fn matches_in_pieces_are_those_of_the_whole() {
        // Lengths that do not divide a piece, so that matches lie across its ends in many ways.
        for parts in [&["aab", "x"][..], &["a", "ab", "b "], &["aaaaaaa", "b", "ba"], &["ab"]] {
            let mut text = String::new();
            let mut seed = 5u64;
            while text.len() < 20 * PIECE {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(parts[(seed >> 33) as usize % parts.len()]);
            }
            for pattern in ["aab", "aaba?", "baa[ab]{1,40}", "aab.{0,9}b", r"bab\b", "abab"] {
                let (found, _) = all(pattern, &text);
                assert_eq!(found, expected(pattern, &text), "{pattern} in {parts:?}");
            }
        }
    }

    #[test]
    fn long_matches_are_left_to_a_search_of_the_whole() {
        let text = format!("{}begin {} end {}", "x".repeat(PIECE - 3), "y".repeat(3 * PIECE), "begin end ".repeat(9));
        let (found, left) = all("begin[^e]*end", &text);
        assert_eq!(found, expected("begin[^e]*end", &text));
        assert_eq!(left, 1);
    }
}
