//! The kernel's text: WGSL put together from the instruction list, the memory layout and the parts in `kernel/`, then
//! compiled to SPIR-V. Knows nothing of Vulkan.

mod compile;

pub(crate) use compile::to_spirv;

use crate::instructions::{ALL, Handler};
use crate::layout::{ALL_REGISTERS, CLEAR_WIDTH, CONSTANTS, COPY_WIDTH, KernelKind, Layout};
use crate::modules;
use std::fmt::Write;

/// Entry point of the interpreter.
pub(crate) const EPOCH_ENTRY: &str = "run_epoch";
/// Entry point of the probe.
pub(crate) const PROBE_ENTRY: &str = "probe";

/// What the probe is asked: see `probe.wgsl`.
pub(crate) const PROBE: &str = include_str!("probe.wgsl");
/// The entry point of the kernel that measures layouts of memory.
pub(crate) const LAYOUT_ENTRY: &str = "go_through";
/// See `layout.wgsl`.
pub(crate) const LAYOUT: &str = include_str!("layout.wgsl");

/// The interpreter's text for this layout, where no lane may take more than `loop_limit` turns of loops in a dispatch.
pub(crate) fn interpreter(layout: &Layout, loop_limit: u32) -> String {
    let mut text = constants(layout, most_frames(layout, loop_limit));
    text.push_str(include_str!("memory.wgsl"));
    text.push_str(&match layout.kernel {
        KernelKind::Lanes => fill_in(include_str!("process.wgsl")),
        KernelKind::Modules { .. } => fill_in(include_str!("module.wgsl")),
    });
    text.push_str(include_str!("frames.wgsl"));
    text.push_str(if layout.shares_lanes() {
        include_str!("choose_ranked.wgsl")
    } else {
        include_str!("choose_own.wgsl")
    });
    text
}

/// Frames that one dispatch may take below the loop limit; at least one.
pub(crate) fn most_frames(layout: &Layout, loop_limit: u32) -> u32 {
    (loop_limit / layout.loop_turns_a_frame()).max(1)
}

fn constants(layout: &Layout, most_frames: u32) -> String {
    let sizes = [
        ("SLOTS", layout.slots),
        ("GROUP_SLOTS", layout.group_slots),
        ("GROUP_LANES", layout.group_lanes),
        ("TIME_SLICE", layout.time_slice),
        ("RUNS", layout.runs()),
        ("MOST_FRAMES", most_frames),
        ("HEAP_BYTES", layout.heap_bytes),
        ("HEAP_WORDS", layout.heap_words()),
        ("PAGE_WORDS", layout.page_words()),
        ("PAGE_BYTES", layout.page_words() * 4),
        ("SPAWN_RING", layout.ring),
        ("FREE_START", layout.free_ring_start()),
        ("DESKS_START", layout.desks_start()),
        ("ROSTER_START", layout.roster_start()),
        ("INPUT_EVENTS", layout.events),
        ("MAILBOXES_START", layout.mailboxes_start()),
        ("MAILBOX_EVENTS", layout.mailbox),
        ("QUADS", layout.quads),
    ];
    let mut text = String::new();
    let of_modules = match layout.kernel {
        KernelKind::Lanes => &[],
        KernelKind::Modules { .. } => modules::layout::CONSTANTS,
    };
    for (name, value) in CONSTANTS.iter().chain(&sizes).chain(of_modules) {
        writeln!(text, "const {name}: u32 = {value}u;").expect("writing to a string cannot fail");
    }
    text
}

/// Replaces each marker line `//@ name` by generated statements.
fn fill_in(template: &str) -> String {
    let mut text = String::new();
    for line in template.lines() {
        match line.trim().strip_prefix("//@ ") {
            Some(marker) => text.push_str(&generated(marker)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn generated(marker: &str) -> String {
    match marker {
        "step cases" => cases(lane_instructions(), steps),
        "aside cases" => cases(lane_instructions(), asides),
        "aside opcodes" => cases(lane_instructions(), steps_aside),
        "module step cases" => cases(module_instructions(), steps),
        "module aside cases" => cases(module_instructions(), asides),
        "module aside opcodes" => cases(module_instructions(), steps_aside),
        "load registers" => {
            unrolled(COPY_WIDTH, |at| format!("registers[at + {at}u] = atomicLoad(&processes[home + at + {at}u]);"))
        }
        "store registers" => {
            unrolled(COPY_WIDTH, |at| format!("atomicStore(&processes[home + at + {at}u], registers[at + {at}u]);"))
        }
        "clear words" => unrolled(CLEAR_WIDTH, |at| format!("heap[at + {at}u] = 0u;")),
        unknown => unreachable!("the kernel's parts name a marker that nothing fills: {unknown}"),
    }
}

fn unrolled(times: u32, statement: impl Fn(u32) -> String) -> String {
    debug_assert!(times <= ALL_REGISTERS);
    (0..times).map(statement).collect::<Vec<_>>().join("\n")
}

fn lane_instructions() -> impl Iterator<Item = (u8, Handler)> {
    ALL.iter().map(|instruction| (instruction.opcode as u8, instruction.handler))
}

fn module_instructions() -> impl Iterator<Item = (u8, Handler)> {
    modules::instructions::ALL.iter().map(|instruction| (instruction.opcode as u8, instruction.handler))
}

fn steps(handler: Handler) -> Option<&'static str> {
    match handler {
        Handler::Step(statements) => Some(statements),
        Handler::Aside(_) => None,
    }
}

fn asides(handler: Handler) -> Option<&'static str> {
    match handler {
        Handler::Step(_) => None,
        Handler::Aside(statements) => Some(statements),
    }
}

fn steps_aside(handler: Handler) -> Option<&'static str> {
    asides(handler).map(|_| "aside = true;")
}

/// Switch cases. Instructions with the same statements share one.
fn cases(
    instructions: impl Iterator<Item = (u8, Handler)>,
    statements_of: fn(Handler) -> Option<&'static str>,
) -> String {
    let mut merged: Vec<(&str, Vec<String>)> = Vec::new();
    for (opcode, handler) in instructions {
        let Some(statements) = statements_of(handler) else { continue };
        let label = format!("{opcode:#04x}u");
        match merged.iter_mut().find(|(known, _)| *known == statements) {
            Some((_, labels)) => labels.push(label),
            None => merged.push((statements, vec![label])),
        }
    }
    let cases = merged.iter().map(|(statements, labels)| format!("case {}: {{ {statements} }}", labels.join(", ")));
    cases.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn layouts() -> Vec<Layout> {
        let shared = Settings { lanes: 8, group_lanes: 8, ..Settings::default() };
        let modules = KernelKind::Modules { cells: 1 << 20, memory_bytes: 1 << 24 };
        let of = |kernel| [Layout::new(&Settings::default(), kernel), Layout::new(&shared, kernel)];
        of(KernelKind::Lanes).into_iter().chain(of(modules)).collect()
    }

    #[test]
    fn l02_every_form_of_the_kernel_passes_validation() {
        for layout in layouts() {
            to_spirv("interpreter", &interpreter(&layout, 60_000), EPOCH_ENTRY).unwrap();
        }
        to_spirv("probe", PROBE, PROBE_ENTRY).unwrap();
        to_spirv("layout", LAYOUT, LAYOUT_ENTRY).unwrap();
    }

    #[test]
    fn l02_an_epoch_stays_below_the_loop_limit() {
        for layout in layouts() {
            let frames = most_frames(&layout, 60_000);
            assert!(frames * layout.loop_turns_a_frame() <= 60_000);
        }
        let frames = most_frames(&Layout::new(&Settings::default(), KernelKind::Lanes), 60_000);
        assert!(frames >= 40, "{frames} frames are too few to hide the cost of a dispatch");
    }

    /// `tint` rejects barriers that not all lanes reach, which `naga` does not see. It is no part of the toolchain, so
    /// this test uses it where the search path has it, and the long suite asks for it by `MOTET_REQUIRE_TINT`.
    #[test]
    fn l02_tint_agrees_that_control_flow_is_uniform() {
        let directory = std::env::temp_dir().join(format!("motet-lanes-tint-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        // It knows no 64-bit numbers. What decides about barriers is the same in the kernel of modules.
        let lanes = layouts().into_iter().filter(|layout| layout.kernel == KernelKind::Lanes);
        let mut texts: Vec<String> = lanes.map(|layout| interpreter(&layout, 60_000)).collect();
        texts.extend([PROBE, LAYOUT].map(str::to_owned));
        for (number, text) in texts.iter().enumerate() {
            let path = directory.join(format!("kernel-{number}.wgsl"));
            std::fs::write(&path, text).unwrap();
            match std::process::Command::new("tint").arg("--format").arg("wgsl").arg(&path).output() {
                Ok(output) => {
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                }
                Err(error) => {
                    assert!(std::env::var_os("MOTET_REQUIRE_TINT").is_none(), "tint is asked for but absent: {error}");
                }
            }
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
