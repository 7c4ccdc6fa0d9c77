//! The function `lanes`: programs on the GPU from programs of the language. Needs a Vulkan device; lavapipe will do.

mod common;

use common::{Folder, motet, run};

/// Runs a program beside a lane program, and compares what it prints.
fn check(name: &str, program: &str, expected: &str) {
    let folder = Folder::new(&format!("gpu-{name}"));
    std::fs::write(folder.join("squares.lanes"), "mul r0, r0, r0\nservice r1, r0, 1\nhalt\n").expect("a new file");
    std::fs::write(folder.join("case.soc"), program).expect("a new file");
    let done = run(motet().current_dir(&*folder).args(["run", "case.soc"]));
    assert_eq!((done.stdout.as_str(), done.stderr.as_str(), done.code), (expected, "", Some(0)), "{name}");
}

const SQUARE: &str = r#"let square = bytes("(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))) (func (export \"two\") (param f64 i64) (result f64 i64) (f64.div (f64.const 1) (local.get 0)) (i64.add (local.get 1) (i64.const 1))))")
"#;

#[test]
fn l15_results_come_in_order_as_a_list_and_as_a_tensor() {
    let program = r#"println(lanes(square, call: "f", each: range(0, 5)).results())
println(lanes(square, call: "f", each: range(0, 1000)).tensor().sum())
println(lanes(square, call: "two", each: [2, -0.5], args: [41]).results())
for (process in lanes(square, call: "f", each: [3, 4], tier: "compiled")) { println(process.number(), process.result()) }
println(lanes("squares.lanes", count: 3).results())
"#;
    let expected = "[0, 1, 4, 9, 16]\n332833500\n[[0.5, 42], [-2.0, 42]]\n0 9\n1 16\n[0, 1, 4]\n";
    check("results", &format!("{SQUARE}{program}"), expected);
}

#[test]
fn l15_a_task_waits_alone_in_both_tiers() {
    let program = r#"let wait = bytes("(module (import \"motet\" \"input\" (func $input (param i32))) (memory 1) (func (export \"f\") (param i32) (result i32) (i32.store (i32.const 64) (local.get 0)) (call $input (i32.const 16)) (i32.add (i32.load (i32.const 20)) (i32.load (i32.const 64)))))")
for (tier in ["interpreted", "compiled"]) {
  let job = lanes(wait, call: "f", each: range(0, 3), tier: tier, keep_memory: true)
  let results = async job.results()
  job[1].focus()
  job.send(1, 100)
  println(job[1].result())
  job[0].send(1, 10)
  job[2].send(1, 20, 0, 0)
  println(await results, len(job[2].memory(64, 4)), job[0].status())
}
"#;
    let expected = "101\n[10, 101, 22] 4 ended\n".repeat(2);
    check("tasks", program, &expected);
}

#[test]
fn l15_what_goes_wrong_says_which_process_and_why() {
    let program = r#"let bad = bytes("(module (func $half (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0))) (func (export \"f\") (param i32) (result i32) (call $half (local.get 0))) (func (export \"endless\") (loop (br 0))))")
let job = lanes(bad, call: "f", each: [5, 0])
try { job.results() } catch (e) { println(e.message.starts_with("process 1: integer divide by zero in `half` at byte")) }
let endless = lanes(bad, call: "endless", count: 100)
endless[3].kill()
try { endless[3].result() } catch (e) { println(e.kind, e.message) }
endless.cancel()
println(endless.outcomes().filter(o => o.outcome == "was killed").length)
try { lanes(bad, call: "g") } catch (e) { println(e.message) }
"#;
    let expected = "true\nCancelled process 3: was killed\n100\nthe bytes: the module exports no function `g`; it exports `f`, `endless`\n";
    check("errors", program, expected);
}
