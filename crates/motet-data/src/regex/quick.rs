//! Matches that all begin with one of a few texts: where such a text stands is found many bytes at a time, and whether a
//! match begins there is tried from that place on.
//!
//! What was tried in vain may have to be looked at again, so the time could grow faster than the text. So it is counted, and a
//! search that has looked at too much in vain is left to the crate's own way, which never looks twice.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Anchored, Input, MatchKind, Span};
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;

/// Trying takes as long as looking at so many bytes more.
const TRY: usize = 8;
/// So many bytes are looked at in vain for each byte of the text at most, and so many more.
const MOST_IN_VAIN: usize = 4;
const SPARE: usize = 1 << 12;

/// See the module.
pub(super) struct Quick {
    beginnings: Prefilter,
    /// Bytes of the longest beginning.
    longest: usize,
    /// Bytes of the beginning, if there is only one.
    only: Option<usize>,
    automaton: DFA,
    /// Whether what stands in front of a match matters.
    looks_around: bool,
}

/// Too much was looked at in vain, or the pattern needs what the automaton does not know.
pub(super) struct GaveUp;

impl Quick {
    /// None for a pattern whose matches begin in many ways. It takes `most` bytes at most, and `cache` more for each search.
    pub fn of(hir: &Hir, most: usize, cache: usize) -> Option<Quick> {
        let mut texts = Extractor::new().extract(hir);
        texts.optimize_for_prefix_by_preference();
        let texts = texts.literals()?;
        let beginnings = Prefilter::new(MatchKind::LeftmostFirst, texts).filter(Prefilter::is_fast)?;
        let only = if let [only] = texts { Some(only.len()) } else { None };
        let longest = texts.iter().map(|text| text.len()).max()?;
        let config = thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(most));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = DFA::config().cache_capacity(cache).unicode_word_boundary(true);
        let looks_around = !nfa.look_set_any().is_empty();
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        Some(Quick { beginnings, longest, only, automaton, looks_around })
    }

    /// Begins a search at a byte.
    pub fn search(&self, begin: usize) -> Search<'_> {
        Search { quick: self, cache: self.automaton.create_cache(), begin, in_vain: 0, behind: None }
    }
}

/// A search that goes on from match to match.
pub(super) struct Search<'q> {
    quick: &'q Quick,
    cache: Cache,
    begin: usize,
    in_vain: usize,
    /// Behind the only beginning, the automaton is in one state if it was in one before; it need not read it again.
    behind: Option<Behind>,
}

#[derive(Clone, Copy)]
struct Behind {
    before: LazyStateID,
    state: LazyStateID,
    /// States live until the cache is cleared.
    clear_count: usize,
}

impl Search<'_> {
    /// The first match that begins at a byte or behind it, and before another byte.
    pub fn find(&mut self, text: &str, mut from: usize, before: usize) -> Result<Option<Span>, GaveUp> {
        // A beginning that stands before that byte ends not much behind it.
        let end = before.saturating_add(self.quick.longest - 1).min(text.len());
        while let Some(Span { start, .. }) =
            self.quick.beginnings.find(text.as_bytes(), Span { start: from.min(end), end })
        {
            if start >= before {
                break;
            }
            let (end, looked_at) = self.end(text, start)?;
            self.in_vain += looked_at - end.unwrap_or(start) + TRY;
            if let Some(end) = end {
                return Ok(Some(Span { start, end }));
            }
            if self.in_vain > MOST_IN_VAIN * (start - self.begin) + SPARE {
                return Err(GaveUp);
            }
            from = start + 1;
        }
        Ok(None)
    }

    /// Where the match ends that begins at a byte, if one does; and how far the text was looked at.
    fn end(&mut self, text: &str, start: usize) -> Result<(Option<usize>, usize), GaveUp> {
        let automaton = &self.quick.automaton;
        let known = self.behind.filter(|behind| behind.clear_count == self.cache.clear_count());
        let before = match known {
            Some(known) if !self.quick.looks_around => known.before,
            _ => {
                let input = Input::new(text).range(start..).anchored(Anchored::Yes);
                automaton.start_state_forward(&mut self.cache, &input).map_err(|_| GaveUp)?
            }
        };
        let clear_count = self.cache.clear_count();
        let known = known.filter(|behind| behind.before == before && behind.clear_count == clear_count);
        let behind = self.quick.only.map_or(usize::MAX, |length| start + length);
        let (mut state, begun) = known.map_or((before, start), |known| (known.state, behind));
        let mut end = None;
        for (at, &byte) in text.as_bytes().iter().enumerate().skip(begun) {
            if at == behind && end.is_none() && clear_count == self.cache.clear_count() {
                self.behind = Some(Behind { before, state, clear_count });
            }
            state = automaton.next_state(&mut self.cache, state, byte).map_err(|_| GaveUp)?;
            if state.is_tagged() {
                // A match is told one byte late.
                if state.is_match() {
                    end = Some(at);
                } else if state.is_dead() {
                    return Ok((end, at));
                } else if state.is_quit() {
                    return Err(GaveUp);
                }
            }
        }
        state = automaton.next_eoi_state(&mut self.cache, state).map_err(|_| GaveUp)?;
        Ok((if state.is_match() { Some(text.len()) } else { end }, text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::meta::Regex;

    fn quick(pattern: &str) -> Option<Quick> {
        Quick::of(&regex_syntax::parse(pattern).expect("a pattern"), 1 << 20, 1 << 20)
    }

    /// All matches, looked for in so many windows of the text, one behind the other.
    fn all(quick: &Quick, text: &str, windows: usize) -> Result<Vec<Span>, GaveUp> {
        let (mut search, mut at, mut found) = (quick.search(0), 0, Vec::new());
        for window in 1..=windows {
            let before = if window == windows { usize::MAX } else { text.len() * window / windows };
            while let Some(span) = search.find(text, at, before)? {
                assert!(span.start < before);
                found.push(span);
                at = span.end;
            }
        }
        Ok(found)
    }

    #[test]
    fn matches_are_those_of_the_crate() {
        let patterns = [
            r"/item/\d+ (?:404|500)",
            r"item/(?:\d+|new)?",
            r"(?i:host)\w*",
            r"user\d+@(?:example\.org|b\.net)",
            r"item/.*?5",
            r"item/[^\n]*",
            r"\bitem\b",
            r"item$",
            r"(?m:item$)",
            "naïve+",
            "(?:GET|PUT) /[a-z]+",
        ];
        let parts = [
            "/item/12 404",
            "/item/5 200",
            "item/",
            "item/new",
            "HOST7",
            "hostess",
            " user1@example.org",
            "user2@c.org",
            "GET /item",
            "PUT /a",
            "naïveee",
            "ï",
            "\n",
            " ",
            "item",
            "itemitem",
            "5",
        ];
        let mut seed = 7u64;
        let mut compared = 0;
        for _ in 0..300 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(parts[(seed >> 33) as usize % parts.len()]);
            }
            for pattern in patterns {
                let Some(quick) = quick(pattern) else { continue };
                let expected: Vec<Span> =
                    Regex::new(pattern).expect("a pattern").find_iter(&text).map(|found| found.span()).collect();
                for windows in [1, 2, 7] {
                    let Ok(found) = all(&quick, &text, windows) else { continue };
                    assert_eq!(found, expected, "{pattern} in {text:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 4500, "{compared}");
    }

    #[test]
    fn what_is_tried_in_vain_is_bounded() {
        let quick = quick("begin[^z]*z").expect("one beginning");
        assert!(all(&quick, &"begin ".repeat(10_000), 1).is_err());
        let text = "begin z ".repeat(10_000);
        assert_eq!(all(&quick, &text, 1).ok().map(|found| found.len()), Some(10_000));
    }
}
