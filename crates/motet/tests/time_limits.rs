//! Calls with a limit of time share one thread that watches the time (V-06). Alone in its process, because it looks at all
//! threads of the process.

#![cfg(target_os = "linux")]

use motet::{CallContext, Limits, Vm};
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

/// The threads that watch the time. The system keeps the first 15 bytes of a name.
fn watching_threads() -> Vec<String> {
    let threads =
        fs::read_dir("/proc/self/task").expect("Linux has it").map(|entry| entry.expect("it is there").path());
    // A thread may end between the list and the look.
    let watches = |thread: &std::path::PathBuf| {
        fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.trim() == "motet time limi")
    };
    threads.filter(watches).map(|thread| thread.display().to_string()).collect()
}

#[test]
fn v06_a_thousand_limited_calls_need_one_thread_to_watch_them() {
    let vm = Vm::new();
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let found = seen.clone();
    vm.function("look", move || found.lock().expect("no test panics").extend(watching_threads()));
    let at_once = Arc::new(Barrier::new(50));
    vm.function("meet", move || _ = at_once.wait());
    let module = vm.load_text("export fn f() { look() }\nexport fn g() { meet(); look() }").unwrap();
    let (f, g) = (module.get("f").unwrap(), module.get("g").unwrap());
    let limits = Limits { time: Some(Duration::from_secs(3600)), ..Limits::default() };
    let context = CallContext::new().limits(limits);
    assert_eq!(watching_threads().len(), 0, "who limits nothing needs no thread");
    (0..1_000).for_each(|_| vm.call_with::<()>(&context, &f, ()).unwrap());
    std::thread::scope(|scope| {
        (0..50).for_each(|_| _ = scope.spawn(|| vm.call_with::<()>(&context, &g, ()).unwrap()));
    });
    assert_eq!(seen.lock().unwrap().len(), 1, "one after the other, and fifty at once");
    drop(vm);
    // It ends with the machine; the system shows it for a moment after that.
    while !watching_threads().is_empty() {
        std::thread::yield_now();
    }
}
