//! Running routines: here if they are short, else on a thread of the pool.

use motet_numbers::arrays::{self, Array};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::Outcome;
use motet_vm::operation::OperationError;
use motet_vm::{Context, Error, ErrorKind, Result};

/// Multiplications above which a routine leaves the task's thread.
const MANY: f64 = 2e5;
/// Multiplications that take as long as a unit of work.
const PER_UNIT: f64 = 16.0;

/// What a routine gives.
pub(crate) enum Given {
    Array(Array),
    Number(f64),
    Count(usize),
    Integers(Vec<i64>),
    Record(Vec<(&'static str, Given)>),
}

impl Given {
    fn value(self, context: &Context<'_>) -> Result<Value> {
        Ok(match self {
            Given::Array(array) => array.give(context),
            Given::Number(number) => Value::float(number),
            Given::Count(count) => Value::int(count as i64),
            Given::Integers(items) => arrays::integers(context, items),
            Given::Record(parts) => {
                let heap = context.heap();
                let record = heap.record(parts.len());
                for (name, part) in parts {
                    let part = part.value(context)?;
                    let fields = record.as_record().expect("just made");
                    fields.set(Symbol::intern(name), part, heap).expect("not yet frozen");
                }
                record
            }
        })
    }
}

/// Why a routine gives nothing: the message names what is wrong.
pub(crate) struct Failure {
    pub message: String,
    pub hint: Option<&'static str>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: None }
    }

    pub fn with_hint(mut self, hint: &'static str) -> Failure {
        self.hint = Some(hint);
        self
    }
}

/// Runs a routine on matrices with so many rows and columns together. It takes about `cost` times their cube of
/// multiplications, and memory for `copies` of a matrix.
pub(crate) fn run(
    context: &mut Context<'_>,
    name: &'static str,
    (rows, columns): (usize, usize),
    (cost, copies): (usize, usize),
    routine: impl FnOnce() -> std::result::Result<Given, Failure> + Send + 'static,
) -> Result<Outcome> {
    let (most, least) = (rows.max(columns), rows.min(columns));
    let work = cost as f64 * most as f64 * least as f64 * (least.max(1)) as f64;
    let bytes = most.saturating_mul(least.max(1)).saturating_mul(16).saturating_mul(copies);
    arrays::may_hold(context, name, bytes)?;
    if work <= MANY {
        context.work((work / PER_UNIT) as usize + 1)?;
        return match routine() {
            Ok(given) => Ok(given.value(context)?.into()),
            Err(failure) => {
                let error = Error::new(ErrorKind::ValueError, failure.message);
                Err(match failure.hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            }
        };
    }
    let work = move || {
        routine().map_err(|failure| {
            let error = OperationError::new(ErrorKind::ValueError, failure.message);
            match failure.hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })
    };
    context.offload(name, bytes, work, |context, given| given.value(context))
}
