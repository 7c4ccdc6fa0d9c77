//! Compiled patterns. They are immutable, and all threads may use one.

use super::REGEX;
use super::quick::Quick;
use crate::place::{Place, error_at};
use motet_vm::memory::{ForeignKind, ForeignObject, Symbol, account};
use motet_vm::{Context, Error, ErrorKind, Result};
use regex_automata::meta;
use regex_syntax::hir::Hir;
use std::sync::OnceLock;

/// Bytes that a compiled pattern may take; a cache for searching takes as much again.
const MOST_COMPILED: usize = 4 << 20;
/// Bytes that the states take that are made while a text is searched. What does not fit is made anew.
const CACHE: usize = 1 << 20;
/// Bytes of a pattern.
const MOST_SOURCE: usize = 1 << 16;
/// How deep groups may lie in one another.
const DEPTH: u32 = 200;

/// What a pattern means beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Flags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
    pub extended: bool,
}

/// See the module.
pub(crate) struct Pattern {
    source: Box<str>,
    flags: Flags,
    regex: meta::Regex,
    /// It with a start and an end around it: what fits a whole text.
    whole: meta::Regex,
    /// For long texts, if its matches begin in few ways. It is made when the first one is searched.
    quick: OnceLock<Option<Quick>>,
    /// The names of the fields of a match.
    fields: [Symbol; 5],
}

impl Pattern {
    pub fn compile(context: &mut Context<'_>, source: &str, flags: Flags) -> Result<Pattern> {
        if source.len() > MOST_SOURCE {
            let message = format!("this pattern has {} bytes, more than the limit of {MOST_SOURCE}", source.len());
            return Err(Error::new(ErrorKind::LimitError, message));
        }
        if account::room() / 4 < MOST_COMPILED {
            return Err(Error::new(ErrorKind::LimitError, "there is no memory left for a regular expression"));
        }
        // Reading and compiling take about so long; the limits above bound the rest.
        context.work(64 * source.len() + 256)?;
        let hir = parse(source, flags).map_err(|error| malformed(context, source, *error))?;
        let whole = Hir::concat(vec![
            Hir::look(regex_syntax::hir::Look::Start),
            hir.clone(),
            Hir::look(regex_syntax::hir::Look::End),
        ]);
        let build = |hir: &Hir| {
            let config = meta::Config::new()
                .nfa_size_limit(Some(MOST_COMPILED))
                .hybrid_cache_capacity(CACHE)
                .onepass_size_limit(Some(CACHE));
            meta::Builder::new().configure(config).build_from_hir(hir).map_err(|error| too_large(&error))
        };
        match (build(&hir), build(&whole)) {
            (Ok(regex), Ok(whole)) => {
                let fields = ["text", "start", "end", "groups", "named"].map(Symbol::intern);
                Ok(Pattern { source: source.into(), flags, regex, whole, quick: OnceLock::new(), fields })
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// What looks for it anywhere.
    pub fn anywhere(&self) -> &meta::Regex {
        &self.regex
    }

    /// What looks whether a whole text is it.
    pub fn whole(&self) -> &meta::Regex {
        &self.whole
    }

    /// What looks for it anywhere in a long text, if its matches begin in few ways.
    pub fn quick(&self) -> Option<&Quick> {
        let quick = self.quick.get_or_init(|| Quick::of(&parse(&self.source, self.flags).ok()?, MOST_COMPILED, CACHE));
        quick.as_ref()
    }

    /// Bytes that a search of a long text may take beside what it finds.
    pub fn search_size(&self) -> usize {
        self.size() + CACHE
    }

    /// Bytes that it takes, which say how long each byte of a text may take.
    pub fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    pub fn fields(&self) -> &[Symbol] {
        &self.fields
    }

    /// The names of its groups; the first one is the match itself.
    pub fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.regex.group_info().pattern_names(regex_automata::PatternID::ZERO)
    }
}

impl ForeignObject for Pattern {
    fn kind(&self) -> &'static ForeignKind {
        &REGEX
    }

    fn bytes(&self) -> usize {
        self.source.len() + self.regex.memory_usage() + self.whole.memory_usage()
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        other.downcast_ref::<Pattern>().is_some_and(|other| self.source == other.source && self.flags == other.flags)
    }

    fn hash(&self) -> Option<u64> {
        use std::hash::BuildHasher;
        Some(foldhash::fast::FixedState::default().hash_one((&self.source, self.flags)))
    }

    fn display(&self) -> Option<String> {
        let flags = [
            ("ignore_case", self.flags.ignore_case),
            ("multi_line", self.flags.multi_line),
            ("dot_all", self.flags.dot_all),
            ("extended", self.flags.extended),
        ];
        let flags: String =
            flags.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!(", {name}: true")).collect();
        let quote = if self.source.contains('"') && !self.source.contains('\'') { '\'' } else { '"' };
        Some(format!("regex(r{quote}{}{quote}{flags})", self.source))
    }
}

fn parse(source: &str, flags: Flags) -> std::result::Result<Hir, Box<regex_syntax::Error>> {
    regex_syntax::ParserBuilder::new()
        .nest_limit(DEPTH)
        .case_insensitive(flags.ignore_case)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_all)
        .ignore_whitespace(flags.extended)
        .build()
        .parse(source)
        .map_err(Box::new)
}

/// The error of a pattern that is not one. Its place is in the pattern.
#[cold]
fn malformed(context: &mut Context<'_>, source: &str, error: regex_syntax::Error) -> Error {
    let (message, at) = match &error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.offset),
        _ => (error.to_string(), 0),
    };
    let hint = hint(source, at, &message);
    error_at(context, "regex", Place::of(source.as_bytes(), at, 1), &message, hint)
}

fn hint(source: &str, at: usize, message: &str) -> Option<&'static str> {
    let rest = source.get(at..).unwrap_or_default();
    if message.contains("look-around") {
        return Some("search for more, and look at the groups of what is found");
    }
    if message.contains("backreferences") {
        return Some("a search takes time in proportion to the text; compare the groups of what is found instead");
    }
    if rest.starts_with(['*', '+', '?']) {
        return Some("to find the character itself, write a backslash before it");
    }
    message.contains("unopened").then_some("to find a parenthesis itself, write a backslash before it")
}

/// The error of a pattern that would take too much.
#[cold]
fn too_large(error: &meta::BuildError) -> Error {
    match error.size_limit() {
        Some(limit) => {
            Error::new(ErrorKind::LimitError, format!("this pattern takes more than {limit} bytes when it is compiled"))
                .with_hint("repeat less: x{1000} is compiled as a thousand x")
        }
        None => Error::new(ErrorKind::ValueError, format!("regex: line 1, column 1: {error}")),
    }
}
