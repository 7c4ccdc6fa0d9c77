//! Values of the language to arguments of functions, and results to values.

use motet_lanes::station::{End, Outcome, StationProgram};
use motet_middle::Type;
use motet_vm::memory::Value;
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind};

/// A number of the language, as it crosses threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub fn of(value: &Value) -> Option<Number> {
        if let Some(int) = value.as_int() {
            return Some(Number::Int(int));
        }
        if let Some(bool) = value.as_bool() {
            return Some(Number::Int(bool.into()));
        }
        value.as_float().map(Number::Float)
    }

    /// Its bits as a value of a type; none if it is no such value.
    fn bits(self, of: Type) -> Option<u64> {
        let whole = match self {
            Number::Int(int) => Some(int),
            // Tensors hold floats; a whole one is meant as an integer.
            Number::Float(float) if float.fract() == 0.0 => motet_vm::builtins::arguments::float_to_int(float),
            Number::Float(_) => None,
        };
        let float = match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        };
        match of {
            Type::I32 => {
                let int = whole?;
                let fits = (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&int);
                fits.then_some(u64::from(int as u32))
            }
            Type::I64 => whole.map(i64::cast_unsigned),
            Type::F32 => Some(u64::from((float as f32).to_bits())),
            Type::F64 => Some(float.to_bits()),
            Type::Function | Type::Foreign => None,
        }
    }
}

/// The arguments of a process as bits.
pub(crate) fn bits(program: &StationProgram, numbers: &[Number]) -> Result<Vec<u64>, OperationError> {
    let wrong = |message| OperationError::new(ErrorKind::TypeError, message);
    let lane = [Type::I32];
    let types = program.parameters().unwrap_or(&lane);
    if types.len() != numbers.len() {
        let message = format!("{} {}, not {}", program.name(), program.takes(), numbers.len());
        return Err(OperationError::new(ErrorKind::ArityError, message));
    }
    let pairs = numbers.iter().zip(types).enumerate();
    pairs
        .map(|(at, (number, &of))| {
            let shown = match number {
                Number::Int(int) => int.to_string(),
                Number::Float(float) => float.to_string(),
            };
            let name = program.name();
            number.bits(of).ok_or_else(|| wrong(format!("argument {} of {name} is an {of}, not {shown}", at + 1)))
        })
        .collect()
}

fn value(of: Type, bits: u64) -> Value {
    match of {
        Type::I32 => Value::int(i64::from((bits as u32).cast_signed())),
        Type::I64 => Value::int(bits.cast_signed()),
        Type::F32 => Value::float(f64::from(f32::from_bits(bits as u32))),
        Type::F64 => Value::float(f64::from_bits(bits)),
        Type::Function | Type::Foreign => Value::NULL,
    }
}

/// What a process gives: null, its value, or a list of several; of a command its code, of a lane program `r0`. An error if it
/// ended otherwise.
pub(crate) fn result(context: &Context<'_>, number: u32, end: &End) -> motet_vm::Result<Value> {
    match &end.outcome {
        Outcome::Returned(values) => Ok(match values[..] {
            [] => Value::NULL,
            [(of, bits)] => value(of, bits),
            _ => context.heap().list(values.iter().map(|&(of, bits)| value(of, bits)).collect()),
        }),
        Outcome::Exited(code) => Ok(Value::int(i64::from(*code))),
        Outcome::Halted => Ok(Value::int(end.lane.as_ref().map_or(0, |lane| i64::from(lane.registers[0])))),
        other => {
            let kind = if matches!(other, Outcome::Killed) { ErrorKind::Cancelled } else { ErrorKind::Error };
            let kind = if matches!(other, Outcome::Failed(_)) { ErrorKind::IoError } else { kind };
            Err(motet_vm::Error::new(kind, format!("process {number}: {}", words(other))))
        }
    }
}

/// How a process ended, in words.
pub(crate) fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned(_) => "returned".to_owned(),
        Outcome::Exited(code) => format!("exited with {code}"),
        Outcome::Trapped(trap, Some(place)) => {
            format!("{trap} in `{}` at byte {:#x}", place.function, place.offset)
        }
        Outcome::Trapped(trap, None) => trap.to_string(),
        Outcome::Halted => "halted".to_owned(),
        Outcome::Faulted(cause) => cause.to_string(),
        Outcome::Killed => "was killed".to_owned(),
        Outcome::Failed(why) => why.clone(),
    }
}
