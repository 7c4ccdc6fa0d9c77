//! Threads are threads of the operating system, and nothing holds one up for another (T-01, T-12).

mod common;

use common::{Folder, motet, root};
use std::io::Read;
use std::process::Stdio;

/// What is run in a new folder, with its output in a pipe that is not read so far.
fn start(name: &str, program: &str) -> (std::process::Child, Folder) {
    let folder = Folder::new(&format!("parallel-{name}"));
    std::fs::write(folder.join("case.soc"), program).expect("the build folder can be written");
    let mut command = motet();
    command.current_dir(&*folder).args(["run", "case.soc"]).stdout(Stdio::piped());
    (command.spawn().expect("the command can be started"), folder)
}

fn finish(mut child: std::process::Child) -> String {
    let mut output = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut output).expect("programs print UTF-8");
    assert!(child.wait().expect("it was started").success());
    output
}

/// A thread is stopped by the system in the middle of a builtin: it writes into a pipe that is full. If anything on the
/// path of execution were held meanwhile, the others could not compute, start threads, send messages and await results.
/// They can, on one core as on many; only then is the pipe read.
#[test]
fn t01_a_thread_that_is_held_up_in_a_builtin_holds_up_no_other() {
    let program = r#"
let held = spawn(do { println("x".repeat(1000000)) })
let sums = range(0, 4).map(k => spawn_return(do { mut s = 0; for (i in 0..1000) { s += i * k }; s }))
let echo = spawn(do { thread.current.on_message(m => m.reply(m.payload)); thread.current.keep_alive() })
let results = [sum(await_all(sums)), await echo.send("reply", reply: true), held.state]
echo.stop()
write_file("made", str(results))
rename_file("made", "results")
"#;
    let (mut child, folder) = start("held", program);
    let results = folder.join("results");
    while !results.exists() {
        assert!(child.try_wait().expect("it was started").is_none(), "it ended although its output has not been read");
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(results).expect("it is there"), "[2997000, \"reply\", \"running\"]");
    assert_eq!(finish(child).trim_end().len(), 1_000_000);
}

/// While four threads compute, the process has a kernel thread for each of them, beside the main one.
#[test]
#[cfg(target_os = "linux")]
fn t01_each_thread_is_a_kernel_thread() {
    let program = r#"
fn names() { list_dir("/proc/self/task").map(id => read_file('/proc/self/task/${id}/comm').trim()) }
let state = {ready: 0}
thread.current.on_message(m => do { state.ready += 1 })
let threads = range(0, 4).map(k => spawn(do {
  let here = {goes_on: true}
  thread.current.on_message(m => do { here.goes_on = false })
  thread.main.send("computes")
  while (here.goes_on) { }
}))
while (state.ready < 4) { }
println(len(names().filter(name => name.starts_with("motet thread"))), thread.stats().running, thread.stats().os_threads)
for (t in threads) { t.send("end") }
for (t in threads) { t.join() }
"#;
    let (child, _folder) = start("kernel", program);
    assert_eq!(finish(child), "4 5 4\n");
}

/// A thread that runs code can neither parse nor compile: the VM is built without either.
#[test]
fn t12_the_vm_has_no_compiler() {
    for station in ["motet-code", "motet-concurrency", "motet-memory", "motet-signals", "motet-vm"] {
        let manifest = root().join("crates").join(station).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).expect("it is there");
        for unreachable in ["motet-syntax", "motet-compiler"] {
            assert!(!manifest.contains(unreachable), "{station} can reach {unreachable}");
        }
    }
}
