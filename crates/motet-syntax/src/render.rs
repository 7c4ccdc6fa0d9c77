//! Diagnostics as text, drawn by `annotate-snippets`: the message, `file:line:column`, the source with the places
//! underlined, and the hint.
//!
//! The work is bounded by what is shown, not by the size of the source: only the lines around the places are handed on,
//! and of a very long line only a window.

use crate::diagnostic::{Diagnostic, Severity};
use crate::form::Span;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use motet_source::{LineIndex, floor_character};
use std::ops::Range;

/// Lines further away from the main place than this get an excerpt of their own.
const NEAR_LINES: usize = 12;

/// Bytes of a line that are shown on either side of the start of a place, when the line is longer than both.
const WINDOW: usize = 100;

/// The diagnostic as a user sees it, without a line break at its end. `source` is the text of the file `file_name`.
pub fn render(diagnostic: &Diagnostic, file_name: &str, source: &str, color: bool) -> String {
    render_with(diagnostic, file_name, source, &LineIndex::new(source), color)
}

/// `render` for callers that show many diagnostics of one source and keep its index.
pub fn render_with(diagnostic: &Diagnostic, file_name: &str, source: &str, index: &LineIndex, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut title = level.primary_title(diagnostic.message.as_str());
    if let Some(name) = diagnostic.name {
        title = title.id(name);
    }
    let mut group = Group::with_title(title);
    if source.is_empty() {
        // There is no line to show.
        group = group.element(Origin::path(file_name).line(1).char_column(1));
    }
    for excerpt in excerpts(diagnostic, source, index) {
        group = excerpt.add_to(group, file_name, source, index);
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// A stretch of the source that is shown in one piece.
struct Excerpt<'a> {
    bytes: Range<usize>,
    /// Number of the first line, counted from one.
    line: usize,
    places: Vec<Place<'a>>,
    /// The stretch is a window of one long line, so that columns cannot be counted in it.
    is_window: bool,
}

struct Place<'a> {
    range: Range<usize>,
    text: Option<&'a str>,
    kind: AnnotationKind,
}

impl<'a> Excerpt<'a> {
    /// An excerpt of the one line that `place` starts on.
    fn around(place: Place<'a>, source: &str, index: &LineIndex) -> Excerpt<'a> {
        let line = index.line_of(place.range.start as u32);
        let bytes = index.line_range(line);
        let excerpt = Excerpt { bytes, line: line + 1, places: vec![place], is_window: false };
        if excerpt.bytes.len() > 4 * WINDOW { excerpt.narrowed(source) } else { excerpt }
    }

    fn narrowed(mut self, source: &str) -> Excerpt<'a> {
        let place = &mut self.places[0];
        let start = floor_character(source, place.range.start.saturating_sub(WINDOW).max(self.bytes.start));
        let end = floor_character(source, (place.range.start + 2 * WINDOW).min(self.bytes.end));
        self.bytes = start..end;
        place.range.end = place.range.end.min(end);
        self.is_window = true;
        self
    }

    /// Takes `place` in, if it is near enough to be shown in the same piece; gives it back otherwise.
    fn take_in(&mut self, place: Place<'a>, source: &str, index: &LineIndex) -> Option<Place<'a>> {
        let line = index.line_of(place.range.start as u32) + 1;
        let bytes = index.line_range(line - 1);
        let last_line = index.line_of(self.bytes.end.saturating_sub(1).max(self.bytes.start) as u32) + 1;
        let near = line + NEAR_LINES >= self.line && line <= last_line + NEAR_LINES;
        let joined = self.bytes.start.min(bytes.start)..self.bytes.end.max(bytes.end);
        let short =
            joined.len() <= NEAR_LINES * 4 * WINDOW && source[joined.clone()].lines().all(|it| it.len() <= 4 * WINDOW);
        if self.is_window || !near || !short {
            return Some(place);
        }
        self.bytes = joined;
        self.line = self.line.min(line);
        self.places.push(place);
        None
    }

    fn add_to(self, group: Group<'a>, file_name: &'a str, source: &'a str, index: &LineIndex) -> Group<'a> {
        let base = self.bytes.start;
        let text = source[self.bytes.clone()].trim_end_matches(['\n', '\r']);
        let first = self.places[0].range.start;
        let mut snippet = Snippet::source(text).line_start(self.line);
        for place in self.places {
            let (start, end) = ((place.range.start - base).min(text.len()), (place.range.end - base).min(text.len()));
            snippet = snippet.annotation(place.kind.span(start..end.max(start)).label(place.text));
        }
        if self.is_window {
            let position = index.position(source, first as u32);
            let origin = Origin::path(file_name).line(position.line as usize).char_column(position.column as usize);
            group.element(origin).element(snippet)
        } else {
            group.element(snippet.path(file_name))
        }
    }
}

/// The pieces of the source that show all places of the diagnostic; the main place is in the first.
fn excerpts<'a>(diagnostic: &'a Diagnostic, source: &str, index: &LineIndex) -> Vec<Excerpt<'a>> {
    let main = Place {
        range: visible(diagnostic.span, source, index),
        text: diagnostic.label.as_deref(),
        kind: AnnotationKind::Primary,
    };
    let mut excerpts = vec![Excerpt::around(main, source, index)];
    for label in &diagnostic.places {
        let range = visible(label.span, source, index);
        let mut left = Some(Place { range, text: Some(&label.text), kind: AnnotationKind::Context });
        for excerpt in &mut excerpts {
            left = left.and_then(|place| excerpt.take_in(place, source, index));
        }
        excerpts.extend(left.map(|place| Excerpt::around(place, source, index)));
    }
    excerpts
}

/// The part of a place that is underlined: what of it is on its first line.
fn visible(span: Span, source: &str, index: &LineIndex) -> Range<usize> {
    let start = floor_character(source, (span.start as usize).min(source.len()));
    let line_end = index.line_range(index.line_of(start as u32)).end;
    let end = floor_character(source, (span.end as usize).min(line_end));
    start..end.max(start)
}
