//! The embedding face: what the pages of its items do not show (V-01, V-02, V-04, V-06; issue 6, part 1).

#[path = "support/folder.rs"]
mod folder;
#[path = "support/output.rs"]
mod output;

use folder::Folder;
use motet::{CallContext, Cancellation, Limits, Permissions, Program, Value, Vm};
use output::Output;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

/// The handle is shared without any `unsafe impl`; errors and values may travel, too.
const _: () = {
    const fn is_shareable<T: Send + Sync>() {}
    is_shareable::<Vm>();
    is_shareable::<Value>();
    is_shareable::<motet::Module>();
    is_shareable::<motet::Error>();
};

#[test]
fn v01_v02_many_threads_call_at_once() {
    let vm = Vm::new();
    let fib = vm.load_text("export fn fib(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } }").unwrap();
    let fib = fib.get("fib").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(vm.call::<i64>(&fib, (12,)).unwrap(), 144)));
        }
    });
}

#[test]
fn v02_functions_with_state_do_not_leave_their_isolate() {
    let vm = Vm::new();
    let module = vm.load_text("mut n = 0\nexport fn next() { n += 1; n }\nexport let ten = 10").unwrap();
    let error = module.get("next").unwrap_err();
    assert_eq!(error.class(), "SendError");
    assert!(error.message().contains("the variable n"), "{error}");
    assert_eq!(module.get("ten").unwrap(), Value::new(10));
    assert_eq!(module.names().collect::<Vec<_>>(), ["next", "ten"]);
    assert_eq!(module.get("eleven").unwrap_err().message(), "the module exports no eleven");
}

#[test]
fn v02_a_program_keeps_its_state() {
    let vm = Vm::new();
    let code = vm.compile_text("mut n = 0\nexport fn next() { n += 1; n }\nexport let names = [\"a\"]").unwrap();
    let (mut one, mut other): (Program, Program) = (vm.program(), vm.program());
    one.run(&code).unwrap();
    other.run(&code).unwrap();
    assert_eq!((1..=3).map(|_| one.call::<i64>("next", ()).unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(other.call::<i64>("next", ()).unwrap(), 1);
    assert_eq!(one.get("names").unwrap().to_string(), "[\"a\"]");
}

#[test]
fn v02_a_file_is_run_once_whatever_number_of_threads_load_it() {
    let folder = Folder::new("loaded-once");
    let (good, bad) = (folder.join("good.soc"), folder.join("bad.soc"));
    std::fs::write(&good, "export let number = note()\nexport fn f(x) { x + number }").unwrap();
    std::fs::write(&bad, "note()\nthrow 'never'").unwrap();
    let vm = Vm::new();
    let runs = Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    vm.function("note", move || counted.fetch_add(1, Ordering::SeqCst) + 1);
    let at_once = Barrier::new(32);
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let (vm, at_once, good, folder) = (&vm, &at_once, &good, &folder);
            scope.spawn(move || {
                at_once.wait();
                // Whatever they call it.
                let other = folder.join(".").join("good.soc");
                let module = vm.load_file(if thread % 2 == 0 { good } else { &other }).unwrap();
                assert_eq!(vm.call::<i64>(&module.get("f").unwrap(), (thread,)).unwrap(), thread + 1);
            });
        }
    });
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    let failed = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| vm.load_file(&bad).map(|_| ()))).collect();
        calls.into_iter().map(|call| call.join().unwrap().unwrap_err().message()).collect::<Vec<_>>()
    });
    assert_eq!(failed, ["never"; 8]);
    assert_eq!(runs.load(Ordering::SeqCst), 9, "what has failed is tried again by each");
    vm.execute(&vm.compile_file(&good).unwrap()).unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 10, "who wants it to run anew says so");
}

#[test]
fn v02_what_a_file_imports_runs_once_with_it() {
    let folder = Folder::new("imported-once");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("common.soc", "note(); mut n = 0; export fn next() { n += 1; n }");
    write("between.soc", "import {next} from './common'; export fn again() { next() }");
    write(
        "one.soc",
        "import {next} from './common'; import {again} from './between'; export let seen = [next(), again()]",
    );
    write("other.soc", "import {next} from './common'; export let seen = [next()]");
    let vm = Vm::builder().permissions(Permissions { read_files: true, ..Permissions::NONE }).build();
    let runs = Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    vm.function("note", move || _ = counted.fetch_add(1, Ordering::SeqCst));
    let seen = |name| vm.load_file(folder.join(name)).and_then(|module| module.get("seen")).unwrap().to_string();
    assert_eq!((seen("one.soc"), runs.load(Ordering::SeqCst)), ("[1, 2]".into(), 1));
    assert_eq!((seen("other.soc"), runs.load(Ordering::SeqCst)), ("[1]".into(), 2));
    assert_eq!((seen("one.soc"), runs.load(Ordering::SeqCst)), ("[1, 2]".into(), 2));
}

#[test]
fn values_go_in_and_come_out() {
    let vm = Vm::new();
    let same = vm.load_text("export let same = x => x").unwrap().get("same").unwrap();
    assert_eq!(vm.call::<Vec<Option<i64>>>(&same, (vec![Some(1), None],)).unwrap(), [Some(1), None]);
    let map = BTreeMap::from([("a".to_owned(), 1.5), ("b".to_owned(), -2.0)]);
    assert_eq!(vm.call::<BTreeMap<String, f64>>(&same, (map.clone(),)).unwrap(), map);
    assert_eq!(vm.call::<(String, bool)>(&same, (("x", true),)).unwrap(), ("x".to_owned(), true));
    assert_eq!(vm.call::<u8>(&same, (255_u64,)).unwrap(), 255);
    let error = vm.call::<u8>(&same, (256,)).unwrap_err();
    assert_eq!(error.to_string(), "TypeError: expected an integer that fits u8, not this Int");
    let error = vm.call::<Vec<String>>(&same, (vec![1],)).unwrap_err();
    assert_eq!(error.message(), "expected a String as element 0, not this List");
    let value = vm.call_value(&same, &[Value::new("text")]).unwrap();
    assert_eq!((value.type_name(), value.to_string()), ("String", "text".to_owned()));
}

#[test]
fn functions_of_rust_are_functions_of_programs() {
    let vm = Vm::new();
    let factor = 3;
    vm.function("scaled", move |n: i64| n * factor);
    vm.function("joined", |parts: Vec<String>, between: String| parts.join(&between));
    vm.function("fails", || Err::<(), _>("no luck"));
    vm.function("panics", || -> i64 { panic!("on purpose") });
    assert_eq!(vm.eval::<Vec<i64>>("[1, 2].map(scaled)").unwrap(), [3, 6]);
    assert_eq!(vm.eval::<String>("joined([\"a\", \"b\"], \"-\")").unwrap(), "a-b");
    assert_eq!(vm.eval::<Vec<i64>>("parallel_map(0..100, n => scaled(n))").unwrap()[99], 297);
    assert_eq!(vm.eval::<i64>("await spawn_return(scaled(2))").unwrap(), 6);
    assert_eq!(vm.eval::<String>("try { fails() } catch (e) { e.message }").unwrap(), "no luck");
    assert_eq!(vm.eval::<String>("typeof(scaled) + \" \" + str(scaled)").unwrap(), "Function <function scaled>");
    let message = |text: &str| vm.eval::<()>(text).unwrap_err().message();
    assert_eq!(message("scaled(1, 2)"), "scaled takes 1 argument, not 2");
    assert_eq!(
        message("scaled(\"x\")"),
        "scaled takes an integer that fits i64 as argument 1, not a value of type String"
    );
    assert_eq!(message("scaled(n: 1)"), "scaled takes no named arguments");
    assert_eq!(message("panics()"), "panics panicked: on purpose");
    assert_eq!(vm.eval::<i64>("scaled(1)").unwrap(), 3, "and the machine goes on");
}

#[test]
fn types_of_rust_belong_to_their_isolate_unless_they_are_shared() {
    struct Stack(Vec<f64>);
    let vm = Vm::new();
    vm.type_::<Stack>("Stack")
        .method("size", |stack: &Stack| stack.0.len())
        .method_mut("push", |stack: &mut Stack, item: f64| stack.0.push(item))
        .method_mut("pop", |stack: &mut Stack| stack.0.pop().ok_or("the stack is empty"))
        .constructor(|room: usize| Stack(Vec::with_capacity(room)));
    assert_eq!(vm.eval::<(f64, i64)>("let s = Stack(4); s.push(1); s.push(2); [s.pop(), s.size()]").unwrap(), (2.0, 1));
    let message = |text: &str| vm.eval::<()>(text).unwrap_err().message();
    assert_eq!(message("Stack(1).pop()"), "the stack is empty");
    assert_eq!(message("Stack(1).peek()"), "Stack has no method peek");
    assert_eq!(vm.eval::<String>("typeof(Stack(1))").unwrap(), "Stack");
    let error = vm.eval::<()>("let s = Stack(1)\nspawn(s.size())").unwrap_err();
    assert!(error.message().contains("belongs to its thread"), "{error}");

    struct Shared(Mutex<i64>);
    let kind = vm
        .shared_type::<Shared>("Shared")
        .method("add", |shared: &Shared, by: i64| *shared.0.lock().expect("no thread panics") += by)
        .constructor(|| Shared(Mutex::new(0)));
    let value: Value = vm.eval("let s = Shared(); parallel_for(1..=100, n => s.add(n)); s").unwrap();
    assert_eq!(*kind.object(&value).expect("it is one").0.lock().unwrap(), 5050);
}

#[test]
fn types_of_rust_have_operators() {
    struct Money(i64);
    let vm = Vm::new();
    vm.type_::<Money>("Money")
        .method("cents", |money: &Money| money.0)
        .method("add", |money: &Money, more: i64| money.0 + more)
        .method("reverse_subtract", |money: &Money, from: i64| from - money.0)
        .method("negate", |money: &Money| -money.0)
        .method("get_index", |money: &Money, digit: i64| money.0 / 10_i64.pow(digit as u32) % 10)
        .method("length", |money: &Money| money.0.to_string().len())
        .method("iterate", |money: &Money| vec![money.0 / 100, money.0 % 100])
        .method("compare", |money: &Money, other: i64| money.0 - other)
        .constructor(Money);
    let program = "let m = Money(1234); [m + 1, 2000 - m, -m, m[3], len(m), sum(m), m < 2000, 1000 < m, m >= 2000]";
    assert_eq!(vm.eval::<Value>(program).unwrap().to_string(), "[1235, 766, -1234, 1, 4, 46, true, true, false]");
    let looped = "mut all = []; for (part in Money(1234)) { all.push(part) }; [...Money(507), ...all]";
    assert_eq!(vm.eval::<Vec<i64>>(looped).unwrap(), [5, 7, 12, 34]);
    let message = |text: &str| vm.eval::<()>(text).unwrap_err().message();
    assert_eq!(message("Money(1) * 2"), "cannot multiply Money and Int");
    assert_eq!(message("Money(1)[0] = 1"), "elements of Money cannot be set");
}

/// What the whole seam of foreign objects can do, from Rust.
#[derive(PartialEq, Eq, Hash, PartialOrd, Clone)]
struct Grid {
    width: i64,
    cells: Vec<i64>,
}

impl std::fmt::Display for Grid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Grid {}: {:?}", self.width, self.cells)
    }
}

impl Grid {
    fn place(&self, x: i64, y: i64) -> Result<usize, String> {
        let place = (0..self.width).contains(&x).then_some(y * self.width + x).filter(|&at| at >= 0);
        let place = place.map(|at| at as usize).filter(|&at| at < self.cells.len());
        place.ok_or_else(|| format!("there is no cell {x}, {y}"))
    }
}

#[test]
fn a_type_of_rust_has_all_that_values_have() {
    let vm = Vm::new();
    vm.type_::<Grid>("Grid")
        .field("width", |grid: &Grid| grid.width)
        .field("cells", |grid: &Grid| grid.cells.clone())
        .method("add", |grid: &Grid, more: i64| grid.cells.iter().sum::<i64>() + more)
        .method("reverse_multiply", |grid: &Grid, by: i64| grid.cells.iter().map(|cell| cell * by).collect::<Vec<_>>())
        .method("negate", |grid: &Grid| grid.cells.iter().map(|cell| -cell).collect::<Vec<_>>())
        .method("get_index", |grid: &Grid, x: i64, y: i64| Ok::<_, String>(grid.cells[grid.place(x, y)?]))
        .method_mut("set_index", |grid: &mut Grid, x: i64, y: i64, value: i64| {
            let place = grid.place(x, y)?;
            grid.cells[place] = value;
            Ok::<_, String>(())
        })
        .method("length", |grid: &Grid| grid.cells.len())
        .method("iterate", |grid: &Grid| grid.cells.clone())
        .equality()
        .order()
        .display()
        .constructor(|width: i64, cells: Vec<i64>| Grid { width, cells });
    let show = |text: &str| vm.eval::<Value>(&format!("let g = Grid(2, [1, 2, 3, 4]); {text}")).unwrap().to_string();
    // Operators, fields, indexes.
    assert_eq!(
        show("[g + 1, 2 * g, -g, g.width, g.cells, len(g)]"),
        "[11, [2, 4, 6, 8], [-1, -2, -3, -4], 2, [1, 2, 3, 4], 4]"
    );
    assert_eq!(show("g[1, 1] = 9; g[0, 1] += 10; [g[1, 1], g[0, 1], g[0, 0]]"), "[9, 13, 1]");
    // Walking.
    assert_eq!(
        show("mut n = 0; for (c in g) { n += c }; [n, [...g], sum(g), map(c => c * c, g)]"),
        "[10, [1, 2, 3, 4], 10, [1, 4, 9, 16]]"
    );
    // Equality, hash.
    let other = "let a = Grid(2, [1, 2, 3, 4]); let b = Grid(2, [4]);";
    assert_eq!(
        show(&format!("{other} [g == a, g != a, g == b, g == 1, [g] == [a], hash(g) == hash(a)]")),
        "[true, false, false, false, true, true]"
    );
    assert_eq!(
        show(&format!(
            "{other} [contains([b, a], g), index_of([b, a], g), count([g, a, b], g), len(unique([g, a, b]))]"
        )),
        "[true, 1, 2, 2]"
    );
    assert_eq!(
        show(&format!("{other} let m = dict(); m[g] = 1; m[a] = 2; m[b] = 3; [len(m), m[g], m[[1]]]")),
        "[2, 2, null]"
    );
    // Order, printing.
    assert_eq!(
        show(&format!("{other} [g < a, g < b, b >= g, sort([b, g])[0] == g, max(g, b) == b]")),
        "[false, true, true, true, true]"
    );
    assert_eq!(show("[str(g), '${g}', typeof(g)]"), "[\"Grid 2: [1, 2, 3, 4]\", \"Grid 2: [1, 2, 3, 4]\", \"Grid\"]");
    // Errors.
    let message = |text: &str| vm.eval::<()>(&format!("let g = Grid(2, [1]); {text}")).unwrap_err().message();
    assert_eq!(message("g[5, 5]"), "there is no cell 5, 5");
    assert_eq!(message("g.height"), "Grid has no field height");
    assert_eq!(message("g < 1"), "Grid and Int have no order");
}

#[test]
fn a_shared_type_of_rust_has_equality_and_order() {
    #[derive(PartialEq, Eq, Hash, PartialOrd)]
    struct Name(String);
    impl std::fmt::Display for Name {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str(&self.0)
        }
    }
    let vm = Vm::new();
    vm.shared_type::<Name>("Name")
        .field("text", |name: &Name| name.0.clone())
        .equality()
        .order()
        .display()
        .constructor(|text: String| Name(text));
    vm.shared_type::<Name>("Other").equality().constructor(|text: String| Name(text));
    let program = "let a = Name(\"a\"); let m = dict([[a, 1]]);
        [a == Name(\"a\"), a == Other(\"a\"), m[Name(\"a\")], a < Name(\"b\"), str(a), a.text, await spawn_return(m[Name(\"a\")], args: {m: m})]";
    assert_eq!(vm.eval::<Value>(program).unwrap().to_string(), "[true, false, 1, true, \"a\", \"a\", 1]");
}

#[test]
fn a_type_of_rust_is_not_the_builtin_one_of_its_name() {
    struct Odd;
    let vm = Vm::new();
    let names = ["File", "Thread", "Message", "Future", "Channel", "Signal", "Computed", "Effect", "Mutex", "Duration"];
    let methods =
        ["read()", "send(1)", "payload()", "join()", "recv()", "set(1)", "peek()", "dispose()", "lock()", "cancel()"];
    for name in names {
        vm.type_::<Odd>(name).constructor(|| Odd);
        assert_eq!(vm.eval::<String>(&format!("typeof({name}())")).unwrap(), name);
        for method in methods {
            let error = vm.eval::<()>(&format!("{name}().{method}")).unwrap_err();
            assert!(error.message().contains("has no method"), "{name}().{method}: {error}");
        }
        let error = vm.eval::<()>(&format!("{name}().value")).unwrap_err();
        assert!(error.message().contains("has no field"), "{name}().value: {error}");
        assert!(!vm.eval::<bool>(&format!("{name}() == {name}()")).unwrap());
    }
}

#[test]
fn errors_say_what_where_and_why() {
    let vm = Vm::new();
    let text = "fn inner(n) { 1 ~/ n }\nexport fn outer(n) { let x = inner(n); x }";
    let code = vm.compile_named("shop.soc", text).unwrap();
    let outer = vm.execute(&code).unwrap().get("outer").unwrap();
    let error = vm.call::<i64>(&outer, (0,)).unwrap_err();
    assert_eq!(error.to_string(), "ZeroDivisionError: 1 cannot be divided by zero");
    let places: Vec<String> = error.trace().into_iter().filter_map(|call| call.place).collect();
    assert_eq!(places, ["shop.soc:1:15", "shop.soc:2:30"]);
    assert!(error.report().contains("1 | fn inner(n) { 1 ~/ n }"), "{}", error.report());
    let error = vm.eval::<()>("try { throw \"low\" } catch (e) { throw Error(\"high\", cause: e) }").unwrap_err();
    assert_eq!(error.cause().expect("it has one").message(), "low");
    let error = vm.compile_text("let x = ").map(|_| ()).unwrap_err();
    assert_eq!(error.class(), "SyntaxError");
    let gene = vm.compile_named("a.gene", "(fn f [x] [x x]) (export f)").unwrap();
    let f = vm.execute(&gene).unwrap().get("f").unwrap();
    assert_eq!(vm.call::<Vec<i64>>(&f, (2,)).unwrap(), [2, 2]);
}

#[test]
fn v04_a_call_has_limits_output_and_cancellation_of_its_own() {
    let vm = Vm::builder().output(io::sink()).build();
    let module = vm
        .load_text(
            "export fn say(x) { println(x) }\nexport fn forever() { while (true) { try { sleep(1) } catch (e) { } } }",
        )
        .unwrap();
    let (say, forever) = (module.get("say").unwrap(), module.get("forever").unwrap());
    let output = Output::default();
    vm.call_with::<()>(&CallContext::new().output(output.clone()), &say, ("hello",)).unwrap();
    vm.call::<()>(&say, ("elsewhere",)).unwrap();
    assert_eq!(output.text(), "hello\n");
    let limits = Limits { time: Some(Duration::from_millis(30)), ..Limits::default() };
    let error = vm.call_with::<()>(&CallContext::new().limits(limits), &forever, ()).unwrap_err();
    assert_eq!(error.class(), "LimitError");
    let cancellation = Cancellation::new();
    let context = CallContext::new().cancelled_by(&cancellation);
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| vm.call_with::<()>(&context, &forever, ()))).collect();
        cancellation.cancel();
        for call in calls {
            assert_eq!(call.join().unwrap().unwrap_err().class(), "Cancelled");
        }
    });
}

#[test]
fn v06_calls_keep_the_settings_that_they_began_with() {
    let vm = Vm::builder().precision(4).epsilon(0.1).build();
    let (inside, outside) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (begun, changed) = (inside.clone(), outside.clone());
    vm.function("pause", move || {
        begun.wait();
        changed.wait();
    });
    let text = "fn shown(x) { [str(x), '${[x]}', repr(x), is_close(x, x + 0.05)] }
        export fn now() { shown(2 / 3) }
        export fn twice() { let before = shown(2 / 3); pause(); [before, shown(2 / 3), await spawn_return(shown(2 / 3))] }";
    let module = vm.load_text(text).unwrap();
    let (now, twice) = (module.get("now").unwrap(), module.get("twice").unwrap());
    let shown = |function| vm.call_value(function, &[]).unwrap().to_string();
    let former = r#"["0.6667", "[0.6667]", "0.6666666666666666", true]"#;
    std::thread::scope(|scope| {
        let running = scope.spawn(|| shown(&twice));
        inside.wait();
        vm.set_precision(None);
        vm.set_epsilon(1e-3);
        assert_eq!(shown(&now), r#"["0.6666666666666666", "[0.6666666666666666]", "0.6666666666666666", false]"#);
        vm.set_precision(Some(2));
        assert_eq!(shown(&now), r#"["0.67", "[0.67]", "0.6666666666666666", false]"#);
        outside.wait();
        assert_eq!(running.join().unwrap(), format!("[{former}, {former}, {former}]"));
    });
}

#[test]
fn a_handle_that_is_weak_does_not_keep_the_machine() {
    let vm = Vm::new();
    let weak = vm.downgrade();
    let own = weak.clone();
    vm.function("half", move |text: String| {
        let vm = own.upgrade().ok_or("the machine is gone")?;
        vm.eval::<f64>(&text).map(|number| number / 2.0).map_err(|error| error.message())
    });
    assert_eq!(vm.eval::<f64>("half('half(\"8\")')").unwrap(), 2.0);
    drop(vm);
    assert!(weak.upgrade().is_none());
}

#[test]
fn programs_are_in_a_sandbox() {
    let vm = Vm::new();
    let error = vm.eval::<()>("read_file(\"Cargo.toml\")").unwrap_err();
    assert_eq!(error.class(), "PermissionError");
    let error = vm.eval::<()>("import {x} from \"./other\"").unwrap_err();
    assert!(error.message().contains("may not read other files"), "{error}");
}

/// The example, as it is.
#[allow(dead_code, reason = "its main only prints")]
#[path = "../examples/serve.rs"]
mod serve;

#[test]
fn v02_eight_threads_serve_requests() {
    let expected =
        "answered 392\nrefused 4: a negative amount\nstopped 4 that did not end\namounts in the ledger: 784\n";
    assert_eq!(serve::serve().unwrap(), expected);
}

/// Data that goes in comes back as it was, or the reader says what it expected.
#[cfg(feature = "serde")]
mod serde_values {
    use motet::{Serde, Value, Vm};
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    enum Case {
        Bare,
        New(u64),
        Pair(char, ()),
        Fields { a: Option<i128>, b: Vec<u8> },
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    struct Unit;

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    struct Wrapped(u128);

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    struct All {
        letter: char,
        nothing: (),
        unit: Unit,
        large: u64,
        small: i64,
        huge: Wrapped,
        negative: i128,
        maybe: Option<char>,
        cases: Vec<Case>,
        keyed: BTreeMap<u32, f32>,
        named: BTreeMap<String, (u8, bool)>,
    }

    fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug + Clone>(value: T) {
        let inside = Value::serialize(value.clone()).unwrap();
        assert_eq!(inside.deserialize::<T>().unwrap(), value, "{inside}");
        let vm = Vm::new();
        let same = vm.load_text("export fn same(x) { x }").unwrap().get("same").unwrap();
        let Serde(through) = vm.call::<Serde<T>>(&same, (Serde(value.clone()),)).unwrap();
        assert_eq!(through, value, "through a program");
    }

    #[test]
    fn whatever_goes_in_comes_back() {
        comes_back('ß');
        comes_back('"');
        comes_back(());
        comes_back(Unit);
        for large in [0, 1 << 53, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX] {
            comes_back(large);
            comes_back(Some(large));
        }
        comes_back(i64::MIN);
        comes_back(i128::MIN);
        comes_back(u128::MAX);
        comes_back(vec![(), ()]);
        comes_back([Case::Bare, Case::New(u64::MAX), Case::Pair('x', ())].to_vec());
        comes_back(All {
            letter: '√',
            nothing: (),
            unit: Unit,
            large: u64::MAX,
            small: i64::MIN,
            huge: Wrapped(u128::MAX),
            negative: i128::MIN,
            maybe: Some('a'),
            cases: vec![Case::Fields { a: Some(-1), b: vec![1, 2, 255] }, Case::Fields { a: None, b: vec![] }],
            keyed: [(1, 0.5), (u32::MAX, -0.25)].into(),
            named: [("é".to_owned(), (255, true))].into(),
        });
    }

    #[test]
    fn what_is_something_else_is_refused() {
        fn refused<T: DeserializeOwned + Debug>(value: Value) -> String {
            value.deserialize::<T>().unwrap_err().message().to_owned()
        }
        assert_eq!(Value::new(3.0).deserialize::<u8>().unwrap(), 3);
        for message in [
            refused::<u8>(Value::new(300)),
            refused::<u64>(Value::new("12")),
            refused::<u64>(Value::new(2.5)),
            refused::<i64>(Value::new("18446744073709551615")),
            refused::<char>(Value::new("ab")),
            refused::<()>(Value::new(0)),
            refused::<Case>(Value::new("New")),
            refused::<Case>(Value::new("Other")),
            refused::<(u8, u8)>(Value::new(vec![1, 2, 3])),
        ] {
            assert!(message.contains("something else ("), "{message}");
        }
    }
}

#[test]
fn v06_macros_are_sandboxed_and_limited_whatever_the_program_may() {
    let vm = Vm::builder().permissions(Permissions::ALL).build();
    vm.function("touch", || 1);
    let message = |text: &str| match vm.compile_named("text.gene", text) {
        Ok(_) => panic!("{text} was compiled"),
        Err(error) => error.to_string(),
    };
    let refused = message("(macro m [] (read_file \"Cargo.toml\")) (m)");
    assert!(refused.contains("PermissionError"), "{refused}");
    let unknown = message("(macro m [] (touch)) (m)");
    assert!(unknown.contains("touch"), "functions of the embedder are none of a macro's: {unknown}");

    let limits = Limits { steps: Some(10_000), ..Limits::default() };
    let vm = Vm::builder().macro_limits(limits).build();
    let error = vm.compile_named("text.gene", "(macro m [] (loop 1)) (m)").map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("the macros of the program used more than 10000 steps"), "{error}");
    // Those limits are none of the program's.
    let steps = vm.eval::<i64>("mut n = 0\nfor (i in 0..20_000) { n += 1 }\nn").unwrap();
    assert_eq!(steps, 20_000);
}
