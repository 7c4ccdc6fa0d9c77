//! The picture in the README: the terminal after the tour, as SVG, made from what the tour prints.
//!
//! `MOTET_UPDATE=1 cargo test -p motet --test picture` draws it anew.

mod common;

use common::{root, updating};
use std::fmt::Write;

const COMMAND: &str = "motet examples/tour.soc";
const COLUMN: f64 = 8.4;
const LINE: f64 = 18.0;
const MARGIN: f64 = 18.0;
const TITLE_BAR: f64 = 30.0;

#[test]
fn the_picture_shows_what_the_tour_prints() {
    let printed =
        std::fs::read_to_string(root().join("examples/expected/tour.soc.txt")).expect("the tour has an expectation");
    let drawn = draw(&printed);
    let file = root().join("docs/tour.svg");
    if updating() {
        std::fs::write(&file, &drawn).expect("the picture can be written");
        return;
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == drawn, "docs/tour.svg is not what the tour prints; MOTET_UPDATE=1 draws it anew");
}

fn draw(printed: &str) -> String {
    let lines: Vec<&str> = printed.trim_end().lines().collect();
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = columns as f64 * COLUMN + 2.0 * MARGIN;
    let height = (lines.len() + 1) as f64 * LINE + TITLE_BAR + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>{COMMAND}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1e2b\"/>\n\
         <g fill=\"#3b4056\"><circle cx=\"18\" cy=\"16\" r=\"5\"/><circle cx=\"36\" cy=\"16\" r=\"5\"/><circle cx=\"54\" cy=\"16\" r=\"5\"/></g>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#d5d8e6\" xml:space=\"preserve\">\n"
    );
    text_line(&mut svg, 0, &format!("$ {COMMAND}"), "#8fd18a");
    for (number, line) in lines.iter().enumerate() {
        let color = if line.starts_with("──") { "#e0af68" } else { "" };
        if !line.trim().is_empty() {
            text_line(&mut svg, number + 1, line, color);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn text_line(svg: &mut String, number: usize, line: &str, color: &str) {
    let y = TITLE_BAR + MARGIN + number as f64 * LINE;
    let fill = if color.is_empty() { String::new() } else { format!(" fill=\"{color}\"") };
    // The width is fixed, so that columns line up in whatever font is there.
    let length = line.chars().count() as f64 * COLUMN;
    let text = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{MARGIN:.0}\" y=\"{y:.0}\" textLength=\"{length:.1}\"{fill}>{text}</text>");
}
