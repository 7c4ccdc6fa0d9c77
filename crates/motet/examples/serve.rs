//! Serves calls of a program from eight threads at once, as a server would: each request is a call of an exported function,
//! with limits of its own. `cargo run --release -p motet --example serve`

use motet::{CallContext, Limits, Serde, Vm};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// What the program is asked.
#[derive(Serialize)]
struct Request {
    user: String,
    amounts: Vec<f64>,
}

/// What it answers.
#[derive(Deserialize, Debug, PartialEq)]
struct Answer {
    text: String,
    total: f64,
}

/// Something of the embedder that all calls share.
struct Ledger {
    total: AtomicU64,
}

const PROGRAM: &str = r#"
fn total(amounts) { sum(amounts.map(amount => with_tax(amount))) }

export fn handle(request) {
  if (request.user == "mallory") { while (true) { } }
  let owed = total(request.amounts)
  ledger.add(len(request.amounts))
  {text: '${request.user} owes ${owed}', total: owed}
}
"#;

const THREADS: usize = 8;
const REQUESTS: usize = 400;

fn main() -> Result<(), motet::Error> {
    print!("{}", serve()?);
    Ok(())
}

/// Serves all requests, and says what became of them.
pub fn serve() -> Result<String, motet::Error> {
    let vm = Vm::new();
    vm.function("with_tax", |amount: f64| if amount < 0.0 { Err("a negative amount") } else { Ok(amount * 1.25) });
    let ledger = Arc::new(Ledger { total: AtomicU64::new(0) });
    let kind = vm
        .shared_type::<Ledger>("Ledger")
        .method("add", |ledger: &Ledger, count: u64| {
            ledger.total.fetch_add(count, Ordering::Relaxed);
        })
        .build();
    vm.set_global("ledger", kind.value(ledger.clone()));
    let handle = vm.load_text(PROGRAM)?.get("handle")?;

    // A queue of requests, and eight threads that serve it.
    let (requests, queue) = mpsc::channel::<Request>();
    let queue = Mutex::new(queue);
    for number in 0..REQUESTS {
        let user = match number % 100 {
            13 => "mallory".to_owned(),
            57 => "eve".to_owned(),
            _ => format!("user {number}"),
        };
        let amounts = if user == "eve" { vec![-1.0] } else { vec![number as f64, 4.0] };
        requests.send(Request { user, amounts }).expect("the queue is open");
    }
    drop(requests);
    let limits = Limits { time: Some(Duration::from_secs(10)), steps: Some(100_000), ..Limits::default() };
    let context = CallContext::new().limits(limits);
    let (answered, refused, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let request = queue.lock().expect("no thread panics").recv();
                    let Ok(request) = request else { break };
                    let expected: f64 = request.amounts.iter().map(|amount| amount * 1.25).sum();
                    match vm.call_with::<Serde<Answer>>(&context, &handle, (Serde(request),)) {
                        Ok(Serde(answer)) => {
                            assert_eq!(answer.total, expected, "{}", answer.text);
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) if error.class() == "LimitError" => _ = stopped.fetch_add(1, Ordering::Relaxed),
                        Err(_) => _ = refused.fetch_add(1, Ordering::Relaxed),
                    }
                }
            });
        }
    });
    Ok(format!(
        "answered {}\nrefused {}: a negative amount\nstopped {} that did not end\namounts in the ledger: {}\n",
        answered.into_inner(),
        refused.into_inner(),
        stopped.into_inner(),
        ledger.total.load(Ordering::Relaxed)
    ))
}
