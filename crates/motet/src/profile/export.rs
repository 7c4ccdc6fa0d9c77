//! Profiles in the forms of other tools.

use super::calls::{Calls, Function, Kind};
use motet_vm::json;
use std::fmt::Write;

/// <https://www.speedscope.app/file-format-schema.json>: a profile of samples for each thread.
pub fn speedscope(calls: &Calls, title: &str) -> String {
    let mut out =
        String::from("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{\"frames\":[");
    for (at, function) in calls.functions.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        let _ = write!(out, "{{\"name\":{}", quoted(&function.name));
        if let Some((file, line)) = &function.place {
            let _ = write!(out, ",\"file\":{},\"line\":{line}", quoted(file));
        }
        out.push('}');
    }
    out.push_str("]},\"profiles\":[");
    let threads = (0..calls.calls.len()).filter(|at| calls.calls[*at].caller.is_none());
    for (index, thread) in threads.enumerate() {
        let (mut samples, mut weights) = (String::new(), String::new());
        for (at, call) in calls.calls.iter().enumerate().filter(|(_, call)| call.own > 0) {
            let stack = stack(calls, at);
            if stack[0] != thread {
                continue;
            }
            let separator = if samples.is_empty() { "" } else { "," };
            // The thread has its own profile, so it is no part of its stacks, unless nothing else is.
            let from = if stack.len() > 1 { 1 } else { 0 };
            let functions: Vec<String> =
                stack[from..].iter().map(|call| calls.calls[*call].function.to_string()).collect();
            let _ = write!(samples, "{separator}[{}]", functions.join(","));
            let _ = write!(weights, "{separator}{}", call.own);
        }
        let (name, total) = (&calls.functions[calls.calls[thread].function].name, calls.calls[thread].total);
        let unit = if calls.is_time { "nanoseconds" } else { "none" };
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        let _ = write!(
            out,
            "{{\"type\":\"sampled\",\"name\":{},\"unit\":\"{unit}\",\"startValue\":0,\"endValue\":{total},\"samples\":[{samples}],\"weights\":[{weights}]}}",
            quoted(name)
        );
    }
    let _ = writeln!(
        out,
        "],\"name\":{},\"activeProfileIndex\":0,\"exporter\":\"motet {}\"}}",
        quoted(title),
        env!("CARGO_PKG_VERSION")
    );
    out
}

/// A line for each stack.
pub fn collapsed(calls: &Calls) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (at, call) in calls.calls.iter().enumerate().filter(|(_, call)| call.own > 0) {
        let names: Vec<String> =
            stack(calls, at).iter().map(|call| name(&calls.functions[calls.calls[*call].function])).collect();
        let weight = if calls.is_time { call.own.div_ceil(1000) } else { call.own };
        lines.push(format!("{} {weight}\n", names.join(";")));
    }
    lines.sort_unstable();
    lines.concat()
}

/// The calls from the thread to one, outermost first.
fn stack(calls: &Calls, at: usize) -> Vec<usize> {
    let mut stack: Vec<usize> = std::iter::successors(Some(at), |at| calls.calls[*at].caller).collect();
    stack.reverse();
    stack
}

/// A name between semicolons.
fn name(function: &Function) -> String {
    let shown = if function.kind == Kind::Builtin { format!("{} (builtin)", function.name) } else { function.shown() };
    shown.replace(';', ",").replace(char::is_control, " ")
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    json::quote(&mut quoted, text);
    quoted
}
