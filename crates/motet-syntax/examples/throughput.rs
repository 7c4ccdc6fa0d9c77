//! How fast both readers are, in megabytes a second, and the layout of programs, in lines a second, on a large file of the usual mixture.
//!
//! `cargo run --release -p motet-syntax --example throughput`

use std::time::Instant;

use motet_syntax::{Notation, format, parse};

const SOC: &str = r#"
// Planets pull each other: one step of the simulation.
fn advance(bodies, dt) {
  for (i in 0..len(bodies)) {
    let a = bodies[i]
    for (j in i + 1..len(bodies)) {
      let b = bodies[j]
      let dx = a.x - b.x; let dy = a.y - b.y
      let squared = dx * dx + dy * dy
      let magnitude = dt / (squared * sqrt(squared))
      a.vx -= dx * b.mass * magnitude
      b.vx += dx * a.mass * magnitude
    }
  }
  bodies.map(body => {x: body.x + dt * body.vx, name: 'body ${body.name}'}).filter((it) => it.x > 0.5)
}
class Point < Shape { new(x, y) { self.x = x; self.y = y } area() { 0 } }
match point { Point(x, y) if (x > 1) => x, [first, ...rest] => first, _ => null }
"#;

const GENE: &str = r#"
# Planets pull each other: one step of the simulation.
(fn advance [bodies dt]
  (for a in bodies
    (for b in (a .others)
      (let dx (a/x - b/x))
      (let squared (+ (* dx dx) (* a/y a/y)))
      (let magnitude (dt / (squared * (sqrt squared))))
      (a/vx -= (dx * b/mass * magnitude)))
    (println #"body #{a/name} at #{a/x}")))
(class Point < Shape (ctor [x y] (/x = x) (/y = y)) (method area [] 0))
(match point ((Point x y) ^if (x > 1) x) ([first rest...] first) (_ nil))
"#;

fn main() {
    for (name, program, notation) in [("soc", SOC, Notation::Soc), ("gene", GENE, Notation::Gene)] {
        let source = program.repeat((64 << 10) / program.len());
        let best = (0..200)
            .map(|_| {
                let start = Instant::now();
                let parsed = parse(&source, notation);
                let taken = start.elapsed();
                assert!(parsed.errors.is_empty(), "{:?}", parsed.errors[0]);
                taken
            })
            .min()
            .unwrap_or_default();
        println!("{name}: {:.1} MB/s", source.len() as f64 / 1e6 / best.as_secs_f64());
        let best = (0..100)
            .map(|_| {
                let start = Instant::now();
                let formatted = format(&source, notation);
                let taken = start.elapsed();
                assert!(formatted.is_ok());
                taken
            })
            .min()
            .unwrap_or_default();
        let lines = source.lines().count();
        println!("{name}: {:.2} million lines laid out in a second", lines as f64 / 1e6 / best.as_secs_f64());
    }
}
