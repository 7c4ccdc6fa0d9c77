//! Reading utility classes. Each reader takes the class without its state (`hover:`) and says whether it knew it.

use super::color::{For, color, known};
use super::{Align, Colors, Display, Justify, Length, Role, Style, TextAlign};

/// A style, and the classes in it that mean nothing.
pub fn parse(text: &str) -> (Style, Vec<&str>) {
    let mut style = Style::default();
    let mut unknown = Vec::new();
    for class in text.split_whitespace() {
        if !apply(&mut style, class) {
            unknown.push(class);
        }
    }
    (style, unknown)
}

fn apply(style: &mut Style, class: &str) -> bool {
    if let Some((state, class)) = class.split_once(':') {
        let colors = match state {
            "hover" => &mut style.hover,
            "active" => &mut style.active,
            "focus" => &mut style.focus,
            "disabled" => &mut style.disabled,
            "dark" => &mut style.dark,
            _ => return false,
        };
        return colored(colors, class);
    }
    word(style, class) || colored(&mut style.colors, class) || sized(style, class).is_some()
}

/// Colours: the only classes that states may change, since nothing may move when the pointer does.
fn colored(colors: &mut Colors, class: &str) -> bool {
    let Some((what, name)) = class.split_once('-') else { return false };
    let (place, purpose) = match what {
        "bg" => (&mut colors.background, For::Background),
        "text" => (&mut colors.text, For::Text),
        "border" => (&mut colors.border, For::Border),
        _ => return false,
    };
    match color(name, purpose) {
        Some(paint) => {
            *place = Some(paint);
            true
        }
        None => false,
    }
}

type Word = (&'static str, fn(&mut Style));

/// Classes without a number.
static WORDS: &[Word] = &[
    ("flex", |s| s.display = s.display.or(Some(Display::Row))),
    ("flex-row", |s| s.display = Some(Display::Row)),
    ("flex-col", |s| s.display = Some(Display::Column)),
    ("flex-row-reverse", |s| s.display = Some(Display::RowReverse)),
    ("flex-col-reverse", |s| s.display = Some(Display::ColumnReverse)),
    ("grid", |s| s.display = Some(Display::Grid)),
    ("hidden", |s| s.display = Some(Display::Hidden)),
    ("flex-wrap", |s| s.wraps = true),
    ("flex-nowrap", |s| s.wraps = false),
    ("flex-1", |s| (s.grow, s.shrink, s.basis) = (Some(1.0), Some(1.0), Some(Length::Pixels(0.0)))),
    ("flex-auto", |s| (s.grow, s.shrink, s.basis) = (Some(1.0), Some(1.0), Some(Length::Auto))),
    ("flex-none", |s| (s.grow, s.shrink) = (Some(0.0), Some(0.0))),
    ("grow", |s| s.grow = Some(1.0)),
    ("grow-0", |s| s.grow = Some(0.0)),
    ("shrink", |s| s.shrink = Some(1.0)),
    ("shrink-0", |s| s.shrink = Some(0.0)),
    ("items-start", |s| s.items = Some(Align::Start)),
    ("items-center", |s| s.items = Some(Align::Center)),
    ("items-end", |s| s.items = Some(Align::End)),
    ("items-stretch", |s| s.items = Some(Align::Stretch)),
    ("items-baseline", |s| s.items = Some(Align::Baseline)),
    ("self-start", |s| s.own_align = Some(Align::Start)),
    ("self-center", |s| s.own_align = Some(Align::Center)),
    ("self-end", |s| s.own_align = Some(Align::End)),
    ("self-stretch", |s| s.own_align = Some(Align::Stretch)),
    ("justify-start", |s| s.justify = Some(Justify::Start)),
    ("justify-center", |s| s.justify = Some(Justify::Center)),
    ("justify-end", |s| s.justify = Some(Justify::End)),
    ("justify-between", |s| s.justify = Some(Justify::Between)),
    ("justify-around", |s| s.justify = Some(Justify::Around)),
    ("justify-evenly", |s| s.justify = Some(Justify::Evenly)),
    ("rounded-none", |s| s.radius = Some(0.0)),
    ("rounded-sm", |s| s.radius = Some(2.0)),
    ("rounded", |s| s.radius = Some(4.0)),
    ("rounded-md", |s| s.radius = Some(6.0)),
    ("rounded-lg", |s| s.radius = Some(8.0)),
    ("rounded-xl", |s| s.radius = Some(12.0)),
    ("rounded-2xl", |s| s.radius = Some(16.0)),
    ("rounded-3xl", |s| s.radius = Some(24.0)),
    ("rounded-full", |s| s.radius = Some(999.0)),
    ("border", |s| s.border_width = [Some(1.0); 4]),
    ("border-t", |s| s.border_width[0] = Some(1.0)),
    ("border-r", |s| s.border_width[1] = Some(1.0)),
    ("border-b", |s| s.border_width[2] = Some(1.0)),
    ("border-l", |s| s.border_width[3] = Some(1.0)),
    ("shadow-none", |s| s.shadow = Some([0.0, 0.0])),
    ("shadow-sm", |s| s.shadow = Some([1.0, 2.0])),
    ("shadow", |s| s.shadow = Some([1.0, 3.0])),
    ("shadow-md", |s| s.shadow = Some([4.0, 8.0])),
    ("shadow-lg", |s| s.shadow = Some([8.0, 24.0])),
    ("shadow-xl", |s| s.shadow = Some([16.0, 40.0])),
    ("ring", |s| s.ring = true),
    ("text-xs", |s| size(s, 12.0, 16.0)),
    ("text-sm", |s| size(s, 14.0, 20.0)),
    ("text-base", |s| size(s, 16.0, 24.0)),
    ("text-lg", |s| size(s, 18.0, 28.0)),
    ("text-xl", |s| size(s, 20.0, 28.0)),
    ("text-2xl", |s| size(s, 24.0, 32.0)),
    ("text-3xl", |s| size(s, 30.0, 36.0)),
    ("text-4xl", |s| size(s, 36.0, 40.0)),
    ("text-5xl", |s| size(s, 48.0, 48.0)),
    ("text-left", |s| s.text_align = Some(TextAlign::Left)),
    ("text-center", |s| s.text_align = Some(TextAlign::Center)),
    ("text-right", |s| s.text_align = Some(TextAlign::Right)),
    ("font-thin", |s| s.weight = Some(400)),
    ("font-extralight", |s| s.weight = Some(400)),
    ("font-light", |s| s.weight = Some(400)),
    ("font-normal", |s| s.weight = Some(400)),
    ("font-medium", |s| s.weight = Some(500)),
    ("font-semibold", |s| s.weight = Some(600)),
    ("font-bold", |s| s.weight = Some(700)),
    ("font-extrabold", |s| s.weight = Some(700)),
    ("font-black", |s| s.weight = Some(700)),
    ("font-mono", |s| s.is_mono = Some(true)),
    ("font-sans", |s| s.is_mono = Some(false)),
    ("italic", |s| s.is_italic = true),
    ("not-italic", |s| s.is_italic = false),
    ("underline", |s| s.is_underlined = true),
    ("line-through", |s| s.is_struck = true),
    ("truncate", |s| s.is_truncated = true),
    ("whitespace-nowrap", |s| s.no_wrap = true),
    ("leading-none", |s| s.leading = Some(1.0)),
    ("leading-tight", |s| s.leading = Some(1.25)),
    ("leading-snug", |s| s.leading = Some(1.375)),
    ("leading-normal", |s| s.leading = Some(1.5)),
    ("leading-relaxed", |s| s.leading = Some(1.625)),
    ("leading-loose", |s| s.leading = Some(2.0)),
    ("tracking-tight", |s| s.tracking = Some(-0.025)),
    ("tracking-normal", |s| s.tracking = Some(0.0)),
    ("tracking-wide", |s| s.tracking = Some(0.025)),
    ("overflow-auto", |s| s.scrolls = true),
    ("overflow-scroll", |s| s.scrolls = true),
    ("overflow-hidden", |s| s.clips = true),
    ("card", card),
    ("primary", |s| s.role = Some(Role::Primary)),
    ("quiet", |s| s.role = Some(Role::Quiet)),
    ("danger", |s| s.role = Some(Role::Danger)),
];

fn size(style: &mut Style, size: f32, line: f32) {
    (style.font_size, style.line_height) = (Some(size), Some(line));
}

/// What most panels look like, in one word.
fn card(style: &mut Style) {
    for class in ["bg-card", "border", "border-subtle", "rounded-[10px]", "p-4"] {
        apply(style, class);
    }
}

fn word(style: &mut Style, class: &str) -> bool {
    match WORDS.iter().find(|(name, _)| *name == class) {
        Some((_, set)) => {
            set(style);
            true
        }
        None => false,
    }
}

/// Sides that a class concerns.
const ALL: [bool; 4] = [true; 4];
const HORIZONTAL: [bool; 4] = [false, true, false, true];
const VERTICAL: [bool; 4] = [true, false, true, false];

type Sized = (&'static str, fn(&mut Style, &str) -> Option<()>);

/// Classes with a number or another argument behind a dash; the longest names first where one begins another.
static SIZED: &[Sized] = &[
    ("grid-cols", |s, a| whole(a).map(|n| (s.grid_columns, s.display) = (Some(n), Some(Display::Grid)))),
    ("col-span", |s, a| whole(a).map(|n| s.column_span = Some(n))),
    ("gap-x", |s, a| pixels(a).map(|p| s.gap[0] = Some(p))),
    ("gap-y", |s, a| pixels(a).map(|p| s.gap[1] = Some(p))),
    ("gap", |s, a| pixels(a).map(|p| s.gap = [Some(p); 2])),
    ("space-x", |s, a| pixels(a).map(|p| s.gap[0] = Some(p))),
    ("space-y", |s, a| pixels(a).map(|p| s.gap[1] = Some(p))),
    ("px", |s, a| padding(s, HORIZONTAL, a)),
    ("py", |s, a| padding(s, VERTICAL, a)),
    ("pt", |s, a| padding(s, [true, false, false, false], a)),
    ("pr", |s, a| padding(s, [false, true, false, false], a)),
    ("pb", |s, a| padding(s, [false, false, true, false], a)),
    ("pl", |s, a| padding(s, [false, false, false, true], a)),
    ("p", |s, a| padding(s, ALL, a)),
    ("mx", |s, a| margin(s, HORIZONTAL, a)),
    ("my", |s, a| margin(s, VERTICAL, a)),
    ("mt", |s, a| margin(s, [true, false, false, false], a)),
    ("mr", |s, a| margin(s, [false, true, false, false], a)),
    ("mb", |s, a| margin(s, [false, false, true, false], a)),
    ("ml", |s, a| margin(s, [false, false, false, true], a)),
    ("m", |s, a| margin(s, ALL, a)),
    ("min-w", |s, a| length(a).map(|l| s.min[0] = Some(l))),
    ("min-h", |s, a| length(a).map(|l| s.min[1] = Some(l))),
    ("max-w", |s, a| length(a).map(|l| s.max[0] = Some(l))),
    ("max-h", |s, a| length(a).map(|l| s.max[1] = Some(l))),
    ("w", |s, a| length(a).map(|l| s.width = Some(l))),
    ("h", |s, a| length(a).map(|l| s.height = Some(l))),
    ("size", |s, a| length(a).map(|l| (s.width, s.height) = (Some(l), Some(l)))),
    ("basis", |s, a| length(a).map(|l| s.basis = Some(l))),
    ("grow", |s, a| number(a).map(|n| s.grow = Some(n))),
    ("rounded", |s, a| bracketed(a).map(|p| s.radius = Some(p))),
    ("border-t", |s, a| width(a).map(|p| s.border_width[0] = Some(p))),
    ("border-r", |s, a| width(a).map(|p| s.border_width[1] = Some(p))),
    ("border-b", |s, a| width(a).map(|p| s.border_width[2] = Some(p))),
    ("border-l", |s, a| width(a).map(|p| s.border_width[3] = Some(p))),
    ("border", |s, a| width(a).map(|p| s.border_width = [Some(p); 4])),
    ("text", |s, a| bracketed(a).map(|p| size(s, p, (p * 1.4).round()))),
    ("opacity", |s, a| number(a).filter(|n| *n <= 100.0).map(|n| s.opacity = Some(n / 100.0))),
];

fn sized(style: &mut Style, class: &str) -> Option<()> {
    SIZED.iter().find_map(|(name, set)| {
        let argument = class.strip_prefix(name)?.strip_prefix('-')?;
        set(style, argument)
    })
}

fn number(text: &str) -> Option<f32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| digits)
}

fn whole(text: &str) -> Option<u16> {
    text.parse().ok().filter(|count| (1..=64).contains(count))
}

/// `[12px]` or `[12]`.
fn bracketed(text: &str) -> Option<f32> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    number(inside.strip_suffix("px").unwrap_or(inside)).filter(|pixels| *pixels <= 100_000.0)
}

/// A number of units of four pixels, `px` for one pixel, or `[12px]`.
fn pixels(text: &str) -> Option<f32> {
    match text {
        "px" => Some(1.0),
        _ => number(text).filter(|units| *units <= 1000.0).map(|units| units * 4.0).or_else(|| bracketed(text)),
    }
}

/// Widths of borders are pixels.
fn width(text: &str) -> Option<f32> {
    number(text).filter(|pixels| *pixels <= 64.0).or_else(|| bracketed(text))
}

fn length(text: &str) -> Option<Length> {
    match text {
        "full" | "screen" => return Some(Length::Part(1.0)),
        "auto" | "fit" => return Some(Length::Auto),
        _ => {}
    }
    if let Some((part, whole)) = text.split_once('/') {
        let (part, whole) = (number(part)?, number(whole).filter(|whole| *whole > 0.0)?);
        return Some(Length::Part(part / whole));
    }
    if let Some(percent) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix("%]")) {
        return Some(Length::Part(number(percent)? / 100.0));
    }
    let named = [("xs", 320.0), ("sm", 384.0), ("md", 448.0), ("lg", 512.0), ("xl", 576.0), ("2xl", 672.0)];
    if let Some((_, pixels)) = named.iter().find(|(name, _)| *name == text) {
        return Some(Length::Pixels(*pixels));
    }
    pixels(text).map(Length::Pixels)
}

fn padding(style: &mut Style, sides: [bool; 4], text: &str) -> Option<()> {
    let pixels = pixels(text)?;
    for (side, _) in sides.iter().enumerate().filter(|(_, is_meant)| **is_meant) {
        style.padding[side] = Some(pixels);
    }
    Some(())
}

fn margin(style: &mut Style, sides: [bool; 4], text: &str) -> Option<()> {
    let pixels = if text == "auto" { None } else { Some(pixels(text)?) };
    for (side, _) in sides.iter().enumerate().filter(|(_, is_meant)| **is_meant) {
        (style.margin[side], style.margin_auto[side]) = (pixels, pixels.is_none());
    }
    Some(())
}

/// Classes to compare an unknown one with: every word, every colour, and an example of each with a number.
pub fn known_classes() -> impl Iterator<Item = String> {
    let words = WORDS.iter().map(|(name, _)| name.to_string());
    let sized =
        SIZED.iter().flat_map(|(name, _)| ["1", "2", "4", "8", "full", "auto"].map(|size| format!("{name}-{size}")));
    let sized = sized.filter(|class| apply(&mut Style::default(), class));
    let colors = [("bg", For::Background), ("text", For::Text), ("border", For::Border)];
    let colors =
        colors.into_iter().flat_map(|(what, purpose)| known(purpose).map(move |name| format!("{what}-{name}")));
    words.chain(sized).chain(colors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_mean_what_tailwind_says() {
        let (style, unknown) = parse(
            "p-4 px-2 gap-2 mt-2 flex-row items-center justify-between w-[900px] h-full text-2xl font-bold rounded-lg border-2",
        );
        assert!(unknown.is_empty(), "{unknown:?}");
        assert_eq!(style.padding, [Some(16.0), Some(8.0), Some(16.0), Some(8.0)]);
        assert_eq!(style.margin, [Some(8.0), None, None, None]);
        assert_eq!((style.gap, style.display), ([Some(8.0); 2], Some(Display::Row)));
        assert_eq!((style.items, style.justify), (Some(Align::Center), Some(Justify::Between)));
        assert_eq!((style.width, style.height), (Some(Length::Pixels(900.0)), Some(Length::Part(1.0))));
        assert_eq!((style.font_size, style.line_height, style.weight), (Some(24.0), Some(32.0), Some(700)));
        assert_eq!((style.radius, style.border_width), (Some(8.0), [Some(2.0); 4]));
    }

    #[test]
    fn colours_are_exact() {
        let fixed = |class| match parse(class).0.colors.background {
            Some(super::super::Paint::Fixed(color)) => color.to_srgba_unmultiplied(),
            other => panic!("{class}: {other:?}"),
        };
        assert_eq!(fixed("bg-gray-800"), [0x1f, 0x29, 0x37, 255]);
        assert_eq!(fixed("bg-[#1a1a1a]"), [0x1a, 0x1a, 0x1a, 255]);
        assert_eq!(fixed("bg-[#abc]"), [0xaa, 0xbb, 0xcc, 255]);
        assert_eq!(fixed("bg-sky-950"), [0x08, 0x2f, 0x49, 255]);
        assert_eq!(fixed("bg-black/50"), [0, 0, 0, 128]);
    }

    #[test]
    fn everything_that_is_offered_is_known() {
        for class in known_classes() {
            assert!(parse(&class).1.is_empty(), "{class}");
        }
        assert!(known_classes().count() > 500);
    }

    #[test]
    fn what_means_nothing_is_said() {
        let nonsense = "p-x gap- bg-gray-801 bg-[#12] text-huge w-1/0 hover:p-4 rounded-[-1px] m--1 p-NaN p-inf border-9999 é bg-[#éé]";
        assert_eq!(parse(nonsense).1, nonsense.split_whitespace().collect::<Vec<_>>());
    }
}
