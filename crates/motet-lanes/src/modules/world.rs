//! What the host's functions do, for a run of one or many processes: [`World`] keeps what they print, draw and read.

use super::host::HostFunction;
use super::service::{ModuleService, Reply};
use crate::events::{InputEvent, Vertex};
use motet_middle::Trap;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

// What WASI's functions answer.
const SUCCESS: u32 = 0;
const BAD_DESCRIPTOR: u32 = 8;
const FAULT: u32 = 21;
const INVALID: u32 = 28;
const NO_SEEK: u32 = 70;

/// The kind of file that a stream is, as WASI counts them.
const CHARACTER_DEVICE: u8 = 2;

/// A stream that a process writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// What the processes of a run see of the world, and what they leave in it.
#[derive(Debug)]
pub struct World {
    began: Instant,
    random: u64,
    /// Arguments of WASI programs, the program's name first.
    arguments: Vec<String>,
    input: Vec<u8>,
    /// For each process, how much of the input it has read.
    read: BTreeMap<u32, usize>,
    /// Events that wait, for each process.
    events: BTreeMap<u32, VecDeque<InputEvent>>,
    /// What was written since the last look, in order.
    pub written: Vec<(u32, Stream, Vec<u8>)>,
    /// What was drawn since the last look.
    pub drawn: Vec<Vertex>,
    /// The codes that processes exited with.
    pub exits: BTreeMap<u32, u32>,
    /// The first request that no answer was found for.
    pub unknown: Option<(u32, u32)>,
}

impl World {
    /// A world with these arguments and this standard input.
    pub fn new(arguments: Vec<String>, input: Vec<u8>) -> World {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
        World {
            began: Instant::now(),
            random: now | 1,
            arguments,
            input,
            read: BTreeMap::new(),
            events: BTreeMap::new(),
            written: Vec::new(),
            drawn: Vec::new(),
            exits: BTreeMap::new(),
            unknown: None,
        }
    }

    /// Makes what is random the same in every run.
    pub fn seed(&mut self, seed: u64) {
        self.random = seed | 1;
    }

    /// Sends an event to a process.
    pub fn send(&mut self, number: u32, event: InputEvent) {
        self.events.entry(number).or_default().push_back(event);
    }

    /// xorshift64*: good enough for simulations, no secret.
    fn next_random(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Answers a request.
    pub fn answer(&mut self, service: &ModuleService<'_>) -> Reply {
        let Some(function) = HostFunction::from_service(service.service) else {
            self.unknown.get_or_insert((service.number, service.service));
            return Reply::End;
        };
        let line = |text: String| format!("{text}\n").into_bytes();
        let nothing = Reply::Results(Vec::new());
        match function {
            HostFunction::Clock => Reply::Results(vec![self.began.elapsed().as_nanos() as u64]),
            HostFunction::Random => Reply::Results(vec![self.next_random()]),
            HostFunction::Number => Reply::Results(vec![u64::from(service.number)]),
            HostFunction::Print => match service.read(service.word(0), service.word(1) as usize) {
                Some(text) => self.print(service, text),
                None => Reply::Trap(Trap::MemoryBounds),
            },
            HostFunction::PrintI32 => self.print(service, line(service.word(0).cast_signed().to_string())),
            HostFunction::PrintI64 => self.print(service, line(service.argument(0).cast_signed().to_string())),
            HostFunction::PrintF32 => self.print(service, line(f32::from_bits(service.word(0)).to_string())),
            HostFunction::PrintF64 => self.print(service, line(f64::from_bits(service.argument(0)).to_string())),
            HostFunction::Quad => {
                let [x, y, width, height] = [0, 1, 2, 3].map(|number| f32::from_bits(service.word(number)));
                self.drawn.extend(Vertex::rectangle(x, y, width, height, service.word(4)));
                nothing
            }
            HostFunction::Input => {
                let Some(event) = self.events.get_mut(&service.number).and_then(VecDeque::pop_front) else {
                    return Reply::Later;
                };
                let bytes: Vec<u8> =
                    [event.kind, event.code, event.x, event.y].iter().flat_map(|word| word.to_le_bytes()).collect();
                match service.write(service.word(0), &bytes) {
                    Some(()) => nothing,
                    None => Reply::Trap(Trap::MemoryBounds),
                }
            }
            HostFunction::InputWaiting => {
                let waiting = self.events.get(&service.number).map_or(0, VecDeque::len);
                Reply::Results(vec![waiting as u64])
            }
            HostFunction::Exit => {
                self.exits.insert(service.number, service.word(0));
                Reply::End
            }
            HostFunction::Yield => Reply::Results(vec![u64::from(SUCCESS)]),
            other => {
                let code = self.wasi(other, service).unwrap_or(FAULT);
                Reply::Results(vec![u64::from(code)])
            }
        }
    }

    fn print(&mut self, service: &ModuleService<'_>, text: Vec<u8>) -> Reply {
        self.written.push((service.number, Stream::Output, text));
        Reply::Results(Vec::new())
    }

    /// The functions of WASI that answer with a code; nothing for a pointer outside of memory.
    fn wasi(&mut self, function: HostFunction, service: &ModuleService<'_>) -> Option<u32> {
        let word = |number| service.word(number);
        let write_word = |address: u32, value: u32| service.write(address, &value.to_le_bytes());
        match function {
            HostFunction::FdWrite => {
                let stream = match word(0) {
                    1 => Stream::Output,
                    2 => Stream::Error,
                    _ => return Some(BAD_DESCRIPTOR),
                };
                let mut text = Vec::new();
                for (address, length) in parts(service)? {
                    text.extend(service.read(address, length as usize)?);
                }
                write_word(word(3), text.len() as u32)?;
                self.written.push((service.number, stream, text));
                Some(SUCCESS)
            }
            HostFunction::FdRead => {
                if word(0) != 0 {
                    return Some(BAD_DESCRIPTOR);
                }
                let read = self.read.entry(service.number).or_insert(0);
                let before = *read;
                for (address, length) in parts(service)? {
                    let rest = &self.input[*read..];
                    let part = &rest[..rest.len().min(length as usize)];
                    service.write(address, part)?;
                    *read += part.len();
                }
                write_word(word(3), (*read - before) as u32)?;
                Some(SUCCESS)
            }
            HostFunction::FdClose => Some(if word(0) < 3 { SUCCESS } else { BAD_DESCRIPTOR }),
            HostFunction::FdSeek => Some(if word(0) < 3 { NO_SEEK } else { BAD_DESCRIPTOR }),
            HostFunction::FdStatus => {
                if word(0) >= 3 {
                    return Some(BAD_DESCRIPTOR);
                }
                let mut status = [0; 24];
                status[0] = CHARACTER_DEVICE;
                // It may read, or write.
                status[8] = if word(0) == 0 { 1 << 1 } else { 1 << 6 };
                service.write(word(1), &status)?;
                Some(SUCCESS)
            }
            HostFunction::ArgumentsGet => {
                let mut at = word(1);
                for (number, argument) in (0..).zip(&self.arguments) {
                    write_word(word(0).checked_add(number * 4)?, at)?;
                    let bytes = [argument.as_bytes(), &[0]].concat();
                    service.write(at, &bytes)?;
                    at = at.checked_add(bytes.len() as u32)?;
                }
                Some(SUCCESS)
            }
            HostFunction::ArgumentsSizes => {
                let bytes: usize = self.arguments.iter().map(|argument| argument.len() + 1).sum();
                write_word(word(0), self.arguments.len() as u32)?;
                write_word(word(1), bytes as u32)?;
                Some(SUCCESS)
            }
            HostFunction::EnvironmentGet => Some(SUCCESS),
            HostFunction::EnvironmentSizes => {
                write_word(word(0), 0)?;
                write_word(word(1), 0)?;
                Some(SUCCESS)
            }
            HostFunction::ClockTime => {
                let time = match word(0) {
                    0 => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64),
                    1 => self.began.elapsed().as_nanos() as u64,
                    _ => return Some(INVALID),
                };
                service.write(word(2), &time.to_le_bytes())?;
                Some(SUCCESS)
            }
            HostFunction::RandomGet => {
                // In parts, so that a wrong length makes no large buffer.
                let (mut at, mut left) = (word(0), word(1));
                while left > 0 {
                    let bytes = self.next_random().to_le_bytes();
                    let part = left.min(8);
                    service.write(at, &bytes[..part as usize])?;
                    at = at.wrapping_add(part);
                    left -= part;
                }
                Some(SUCCESS)
            }
            other => unreachable!("{other:?} is answered by the caller"),
        }
    }
}

/// The parts of memory that a call reads or writes: WASI's list of addresses and lengths.
fn parts(service: &ModuleService<'_>) -> Option<Vec<(u32, u32)>> {
    let (list, count) = (service.word(1), service.word(2));
    // More than fit into the memory are refused before any is looked at.
    service.read(list, (count as usize).checked_mul(8)?)?;
    (0..count)
        .map(|number| Some((service.read_word(list + number * 8)?, service.read_word(list + number * 8 + 4)?)))
        .collect()
}
