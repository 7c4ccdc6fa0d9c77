//! The format `.npy`: a tensor as NumPy keeps it in a file.

use crate::buffer::Buffer;
use crate::convert::{bytes_of, of_bytes};
use crate::dtype::DType;
use crate::shaping::turned;
use crate::tensor::{argument, checked_size, give};
use crate::view::{MOST_AXES, Shape, View, size_of_shape};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, too_big, wrong};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The header is a multiple of this many bytes long.
const ALIGNED: usize = 64;

#[cold]
fn malformed(what: impl std::fmt::Display) -> Error {
    bad_value(format!("from_npy: {what}"))
}

/// Elements as a file has them.
#[derive(Clone, Copy)]
struct Stored {
    /// `f`, `i`, `u`, `b` or `c`.
    kind: u8,
    bytes: usize,
    is_big_endian: bool,
}

impl Stored {
    fn of(text: &str) -> Result<Stored> {
        let unknown = || {
            malformed(format!("the elements are {text:?}, of which no tensor is made"))
                .with_hint("floats of 32 and 64 bits, integers, booleans and complex numbers are read")
        };
        let (order, rest) = match text.as_bytes() {
            [order @ (b'<' | b'>' | b'|' | b'='), rest @ ..] => (*order, rest),
            rest => (b'<', rest),
        };
        let (&kind, size) = rest.split_first().ok_or_else(unknown)?;
        let bytes: usize = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok()).ok_or_else(unknown)?;
        let is_known =
            matches!((kind, bytes), (b'f', 4 | 8) | (b'i' | b'u', 1 | 2 | 4 | 8) | (b'b', 1) | (b'c', 8 | 16));
        if !is_known {
            return Err(unknown());
        }
        Ok(Stored { kind, bytes, is_big_endian: order == b'>' })
    }

    fn dtype(self) -> DType {
        match (self.kind, self.bytes) {
            (b'f', 4) => DType::F32,
            (b'f', _) => DType::F64,
            (b'b', _) => DType::Bool,
            (b'c', _) => DType::C64,
            _ => DType::I64,
        }
    }

    /// The elements of a tensor, each in its own bytes.
    fn read(self, bytes: &[u8]) -> Result<Buffer> {
        let part = if self.kind == b'c' { self.bytes / 2 } else { self.bytes };
        let mut ordered = bytes.to_vec();
        if self.is_big_endian {
            ordered.chunks_exact_mut(part).for_each(<[u8]>::reverse);
        }
        if self.kind == b'c' && self.bytes == 8 {
            let wide = ordered.chunks_exact(4).flat_map(|four| {
                let part = f32::from_le_bytes(four.try_into().expect("four bytes"));
                f64::from(part).to_le_bytes()
            });
            return Ok(of_bytes(&wide.collect::<Vec<u8>>(), DType::C64));
        }
        if !matches!(self.kind, b'i' | b'u') {
            return Ok(of_bytes(&ordered, self.dtype()));
        }
        let mut items = Vec::with_capacity(ordered.len() / part);
        for chunk in ordered.chunks_exact(part) {
            let is_negative = self.kind == b'i' && chunk[part - 1] & 0x80 != 0;
            let mut word = [if is_negative { 0xff } else { 0 }; 8];
            word[..part].copy_from_slice(chunk);
            let item = i64::from_le_bytes(word);
            if self.kind == b'u' && part == 8 && item < 0 {
                return Err(malformed(format!("{} does not fit an integer of 64 bits", item as u64)));
            }
            items.push(item);
        }
        Ok(Buffer::I64(items))
    }
}

/// What stands behind a key of the header.
fn entry<'a>(header: &'a str, key: &str) -> Result<&'a str> {
    let missing = || malformed(format!("the header names no {key}"));
    let at = [format!("'{key}':"), format!("\"{key}\":")].iter().find_map(|key| Some(header.find(key)? + key.len()));
    Ok(header[at.ok_or_else(missing)?..].trim_start())
}

/// `from_npy(bytes)`.
fn from_npy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let Some(bytes) = arguments.at(0).as_bytes() else {
        return Err(wrong("from_npy", "bytes", arguments.at(0))
            .with_hint("tensors.from_npy(read_bytes(\"data.npy\")) reads a file"));
    };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| malformed("these are no bytes of a file .npy"))?;
    let cut = || malformed("the header is not complete");
    let (version, rest) = rest.split_at_checked(2).ok_or_else(cut)?;
    let width = if version[0] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(width).ok_or_else(cut)?;
    let length = length.iter().rev().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|_| malformed("the header is no text"))?;
    let descr = entry(header, "descr")?;
    let quoted = descr.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    let stored = Stored::of(quoted.ok_or_else(|| malformed("the elements are records, of which no tensor is made"))?)?;
    let is_fortran = entry(header, "fortran_order")?.starts_with("True");
    let axes = entry(header, "shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (axes, _) = axes.ok_or_else(|| malformed("the shape is malformed"))?;
    let mut shape = Shape::new();
    for axis in axes.split(',').map(str::trim).filter(|axis| !axis.is_empty()) {
        shape.push(
            axis.trim_end_matches('L').parse().map_err(|_| malformed(format!("the shape has an axis {axis:?}")))?,
        );
    }
    if shape.len() > MOST_AXES {
        return Err(too_big("from_npy", shape.len(), MOST_AXES, "axes"));
    }
    let size = size_of_shape(&shape).and_then(|size| size.checked_mul(stored.bytes));
    if size != Some(data.len()) {
        let shown = crate::view::shown_shape(&shape);
        return Err(malformed(format!("{} bytes of elements are not those of the shape {shown}", data.len())));
    }
    checked_size(context, "from_npy", &shape, DType::C64)?;
    context.work(data.len() / 16)?;
    let buffer = stored.read(data)?;
    let view = if is_fortran {
        // The first axis runs fastest: the array turned is one whose last does.
        let backwards: Shape = shape.iter().rev().copied().collect();
        turned(&View::new(backwards, buffer))
    } else {
        View::new(shape, buffer)
    };
    Ok(give(context, view).into())
}

/// `to_npy(t)`.
fn to_npy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let view = argument("to_npy", arguments.at(0))?.clone();
    let size = view.len() * view.dtype().bytes();
    if size.saturating_add(1000) > context.most_text() {
        return Err(too_big("to_npy", size, context.most_text(), "bytes"));
    }
    context.work(size / 64)?;
    let descr = match view.dtype() {
        DType::Bool => "|b1",
        DType::I64 => "<i8",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::C64 => "<c16",
    };
    let axes: Vec<String> = view.shape.iter().map(|length| format!("{length},")).collect();
    let axes = axes.join(" ");
    let axes = if view.rank() > 1 { axes.trim_end_matches(',') } else { &axes };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let start = MAGIC.len() + 4;
    // The last character is a line break.
    let length = (start + header.len() + 1).next_multiple_of(ALIGNED) - start;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(bytes_of(&view));
    Ok(context.heap().bytes(bytes).into())
}

/// `tensors.from_npy` and `tensors.to_npy`.
pub(crate) const FROM_NPY: Entry =
    Entry::function("from_npy(bytes)", from_npy, "A tensor of the bytes of a file `.npy`, as NumPy writes it.").pure();
pub(crate) const TO_NPY: Entry =
    Entry::function("to_npy(tensor)", to_npy, "A tensor as the bytes of a file `.npy`, which NumPy reads.").pure();
