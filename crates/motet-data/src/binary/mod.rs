//! The module `binary`: numbers and texts in bytes, as files and protocols of other programs have them.
//!
//! | module | its one job |
//! |---|---|
//! | `format` | what a format says: the pieces one after the other |

mod format;

use crate::codes::data;
use format::{Format, Kind, Piece};
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, too_big, wrong};
use motet_vm::builtins::iterate::add_item;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{Value, account};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};

/// Bytes that a format may describe.
const MOST: usize = 1 << 28;

/// The format that an argument says: a text, or a record with the format of each field.
fn format_of(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Format> {
    let malformed = |fault: String| {
        bad_value(format!("{function}: {fault}"))
            .with_hint("a format is \"<IHd4s\": b, B, h, H, i, I, q, Q, e, f, d, ?, x, and `4s` for four bytes; < is little-endian, > is big-endian")
    };
    let format = if let Some(text) = value.as_str() {
        Format::read(text).map_err(malformed)?
    } else if let Some(record) = value.as_record() {
        let mut fields = Vec::new();
        record.for_each(|name, form| fields.push((name.as_str().to_owned(), form.clone())));
        let mut format = Format::default();
        for (name, form) in fields {
            context.work(1)?;
            let Some(text) = form.as_str() else {
                return Err(wrong(function, &format!("a text as the format of {name:?}"), &form));
            };
            format.add_field(name, text).map_err(malformed)?;
        }
        format
    } else {
        return Err(wrong(function, "a text or a record of texts as format", value));
    };
    if format.size > MOST {
        return Err(too_big(function, format.size, MOST, "bytes"));
    }
    Ok(format)
}

/// `size(format)`.
fn size(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(format_of(context, "binary.size", arguments.at(0))?.size as i64).into())
}

fn misfit(function: &str, piece: &Piece, value: &Value) -> Error {
    let name = piece.name();
    wrong(function, &format!("{} for `{name}`", piece.expected()), value)
}

/// The bytes of an integer, if it fits.
fn integer(function: &str, piece: &Piece, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    let Some(number) = value.as_int().map(i128::from).or_else(|| unsigned_64(value)) else {
        return Err(misfit(function, piece, value));
    };
    let width = piece.kind.width();
    let bits = 8 * width as u32;
    let (least, most) = match piece.kind {
        Kind::Signed(_) => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        _ => (0, (1_i128 << bits) - 1),
    };
    if !(least..=most).contains(&number) {
        let name = piece.name();
        return Err(bad_value(format!("{function}: {number} does not fit `{name}`, which holds {least} to {most}")));
    }
    if piece.is_big {
        out.extend_from_slice(&number.to_be_bytes()[16 - width..]);
    } else {
        out.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    Ok(())
}

/// An exact integer that 64 bits without sign hold.
fn unsigned_64(value: &Value) -> Option<i128> {
    crate::exact::Exact::of(value)?.text().parse().ok()
}

fn write_piece(function: &str, piece: &Piece, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match piece.kind {
        Kind::Padding => out.push(0),
        Kind::Bool => match value.as_bool() {
            Some(truth) => out.push(truth.into()),
            None => return Err(misfit(function, piece, value)),
        },
        Kind::Signed(_) | Kind::Unsigned(_) => integer(function, piece, value, out)?,
        Kind::Float(width) => {
            let number = value.as_number().ok_or_else(|| misfit(function, piece, value))?;
            let bytes = match width {
                2 => half_of(number).to_be_bytes().to_vec(),
                4 => (number as f32).to_be_bytes().to_vec(),
                _ => number.to_be_bytes().to_vec(),
            };
            if piece.is_big { out.extend(bytes) } else { out.extend(bytes.into_iter().rev()) }
        }
        Kind::Bytes(length) => {
            let bytes = data(function, value)?;
            if bytes.len() > length {
                let name = piece.name();
                return Err(bad_value(format!("{function}: {} bytes do not fit `{name}`", bytes.len())));
            }
            out.extend_from_slice(bytes);
            out.resize(out.len() + length - bytes.len(), 0);
        }
    }
    Ok(())
}

/// `pack(format, ...values)`, `pack({a: "I"}, {a: 1})`.
fn pack(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "binary.pack";
    let format = format_of(context, NAME, arguments.at(0))?;
    let rest = &arguments.positional()[1..];
    if format.size > account::room() / 2 {
        return Err(too_big(NAME, format.size, account::room() / 2, "bytes"));
    }
    let mut out = Vec::with_capacity(format.size);
    if format.has_names {
        let Some(record) = rest.first().and_then(Value::as_record).filter(|_| rest.len() == 1) else {
            return Err(wrong(
                NAME,
                "a record of values behind a record of formats",
                rest.first().unwrap_or(&Value::NULL),
            ));
        };
        for field in &format.fields {
            let value = record.get(field.name.as_str());
            let value = match value {
                Some(value) => value,
                None if field.values() == 0 => Value::NULL,
                None => return Err(bad_value(format!("{NAME}: there is no value for the field {:?}", field.name))),
            };
            if field.values() == 1 {
                write_all(context, &field.pieces, std::slice::from_ref(&value), &mut out)?;
            } else {
                let values = value.as_list().map(|list| list.items().to_vec());
                let values = match values {
                    Some(values) => values,
                    None if field.values() == 0 => Vec::new(),
                    None => {
                        return Err(wrong(
                            NAME,
                            &format!("a list of {} values for {:?}", field.values(), field.name),
                            &value,
                        ));
                    }
                };
                if values.len() != field.values() {
                    let (wanted, found) = (field.values(), values.len());
                    return Err(bad_value(format!(
                        "{NAME}: the field {:?} has {wanted} values, not {found}",
                        field.name
                    )));
                }
                write_all(context, &field.pieces, &values, &mut out)?;
            }
        }
    } else {
        // One list of values will do.
        let listed = match rest {
            [only] if format.values() != 1 => only.as_list().map(|list| list.items().to_vec()),
            _ => None,
        };
        let values = listed.as_deref().unwrap_or(rest);
        if values.len() != format.values() {
            let (wanted, found) = (format.values(), values.len());
            return Err(bad_value(format!("{NAME}: the format has places for {wanted} values, and there are {found}")));
        }
        let pieces: Vec<Piece> = format.pieces().cloned().collect();
        write_all(context, &pieces, values, &mut out)?;
    }
    Ok(context.heap().bytes(out).into())
}

fn write_all(context: &mut Context<'_>, pieces: &[Piece], values: &[Value], out: &mut Vec<u8>) -> Result<()> {
    let (mut values, null) = (values.iter(), Value::NULL);
    for piece in pieces {
        for _ in 0..piece.count {
            context.work(1)?;
            let value = if piece.kind == Kind::Padding { &null } else { values.next().unwrap_or(&null) };
            write_piece("binary.pack", piece, value, out)?;
        }
    }
    Ok(())
}

fn read_piece(context: &Context<'_>, piece: &Piece, bytes: &[u8]) -> Result<Option<Value>> {
    let ordered = |width: usize| {
        let mut wide = [0; 16];
        wide[16 - width..].copy_from_slice(bytes);
        if !piece.is_big {
            wide[16 - width..].reverse();
        }
        u128::from_be_bytes(wide)
    };
    Ok(Some(match piece.kind {
        Kind::Padding => return Ok(None),
        Kind::Bool => Value::bool(bytes[0] != 0),
        Kind::Signed(width) => {
            let shift = 128 - 8 * width as u32;
            Value::int((((ordered(width) << shift) as i128) >> shift) as i64)
        }
        Kind::Unsigned(width) => match i64::try_from(ordered(width)) {
            Ok(number) => Value::int(number),
            Err(_) => crate::exact::Exact::of_digits(&ordered(width).to_string(), context.heap()).unwrap_or_default(),
        },
        Kind::Float(2) => Value::float(of_half(ordered(2) as u16)),
        Kind::Float(4) => Value::float(f32::from_bits(ordered(4) as u32).into()),
        Kind::Float(_) => Value::float(f64::from_bits(ordered(8) as u64)),
        Kind::Bytes(_) => context.heap().bytes(bytes),
    }))
}

/// The values of some pieces, from the front of the bytes, which are long enough.
fn read_all(context: &mut Context<'_>, pieces: &[Piece], bytes: &mut &[u8]) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    for piece in pieces {
        for _ in 0..piece.count {
            context.work(1)?;
            let (own, rest) = bytes.split_at(piece.kind.width());
            *bytes = rest;
            if let Some(value) = read_piece(context, piece, own)? {
                add_item(context, "binary.unpack", &mut values, value)?;
            }
        }
    }
    Ok(values)
}

/// One turn of a format: a list, or a record if its fields have names.
fn read_format(context: &mut Context<'_>, format: &Format, bytes: &mut &[u8]) -> Result<Value> {
    if !format.has_names {
        let mut all = Vec::new();
        for field in &format.fields {
            all.extend(read_all(context, &field.pieces, bytes)?);
        }
        return Ok(context.heap().list(all));
    }
    let record = context.heap().record(format.fields.len());
    for field in &format.fields {
        let mut values = read_all(context, &field.pieces, bytes)?;
        let heap = context.heap();
        let value = match field.values() {
            // What is nothing but padding has no field.
            0 => continue,
            1 => values.pop().unwrap_or_default(),
            _ => heap.list(values),
        };
        motet_vm::builtins::keyed::put_entry(&record, heap.string(&field.name), value, heap);
    }
    Ok(record)
}

/// `unpack(format, bytes, from: 0)`.
fn unpack(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "binary.unpack";
    let given = WithOptions::of(NAME, arguments, 2, &["from"])?;
    let format = format_of(context, NAME, arguments.at(0))?;
    let Some(bytes) = arguments.at(1).as_bytes() else { return Err(wrong(NAME, "bytes", arguments.at(1))) };
    let from = given.option("from").map(|from| count(NAME, "from", &from)).transpose()?;
    let rest = bytes.get(from.unwrap_or(0)..).unwrap_or_default();
    let is_right = if from.is_some() { rest.len() >= format.size } else { rest.len() == format.size };
    if !is_right {
        let (size, found) = (format.size, rest.len());
        let error = bad_value(format!("{NAME}: the format describes {size} bytes, and there are {found}"));
        return Err(
            error.with_hint("`from: n` reads a part of longer bytes, binary.unpack_all as often as the format fits")
        );
    }
    let mut rest = rest;
    Ok(read_format(context, &format, &mut rest)?.into())
}

/// `unpack_all(format, bytes)`: again and again, to the end.
fn unpack_all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "binary.unpack_all";
    let format = format_of(context, NAME, arguments.at(0))?;
    let Some(mut bytes) = arguments.at(1).as_bytes() else { return Err(wrong(NAME, "bytes", arguments.at(1))) };
    if format.size == 0 || bytes.len() % format.size != 0 {
        let (size, found) = (format.size, bytes.len());
        return Err(bad_value(format!("{NAME}: {found} bytes are no whole number of times {size}")));
    }
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        let row = read_format(context, &format, &mut bytes)?;
        add_item(context, NAME, &mut rows, row)?;
    }
    Ok(context.heap().list(rows).into())
}

/// A float in 16 bits, to the nearest, halves to even.
fn half_of(number: f64) -> u16 {
    let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
    let size = number.abs();
    if number.is_nan() {
        return sign | 0x7e00;
    }
    // The first that rounds to more than the greatest, which is 65504.
    if size >= 65520.0 {
        return sign | 0x7c00;
    }
    // Below 2^-14 steps are 2^-24; above, the last of eleven bits.
    let exponent = if size < 2_f64.powi(-14) { -14 } else { ((size.to_bits() >> 52) as i32) - 1023 };
    let steps = (size / 2_f64.powi(exponent - 10)).round_ties_even() as u32;
    // Steps beyond the bits carry into the exponent, which is what rounding up means.
    sign | ((((exponent + 14) as u32) << 10) + steps) as u16
}

fn of_half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// What a message shows of a piece.
impl Piece {
    fn expected(&self) -> &'static str {
        match self.kind {
            Kind::Bool => "a boolean",
            Kind::Signed(_) | Kind::Unsigned(_) => "an integer",
            Kind::Float(_) => "a number",
            Kind::Bytes(_) => "bytes or a string",
            Kind::Padding => "nothing",
        }
    }
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "binary",
    documentation: "Numbers and texts in bytes, as files and protocols of other programs have them. A format is a text, `\"<IHd4s\"`, of letters as Python's `struct` has them: b h i q are integers of 1, 2, 4 and 8 bytes, B H I Q those without sign, e f d floats of 2, 4 and 8 bytes, ? a boolean, `4s` four bytes, x a byte of padding; a number before a letter repeats it. `<` before them is little-endian, as without a sign, `>` and `!` are big-endian. Nothing is aligned. Or it is a record with the format of each field.",
    entries: &[
        Entry::function(
            "pack(format, ...values)",
            pack,
            "The bytes of values: `binary.pack(\"<IH\", 1, 2)`, `binary.pack({id: \"I\", name: \"8s\"}, {id: 1, name: \"Ada\"})`. A text is its UTF-8, and zeros fill what is left of its place.",
        )
        .at_least(1)
        .pure(),
        Entry::function(
            "unpack(format, bytes, from: null)",
            unpack,
            "The values that bytes hold: a list, or a record if the format is one. `from` is the byte to begin at, and then more may follow.",
        )
        .pure(),
        Entry::function(
            "unpack_all(format, bytes)",
            unpack_all,
            "A list of what bytes hold that repeat a format to their end.",
        )
        .pure(),
        Entry::function("size(format)", size, "How many bytes a format describes.").pure(),
    ],
    source: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_16_bits_round_to_the_nearest() {
        let pairs = [
            (0.0, 0x0000),
            (-0.0, 0x8000),
            (1.0, 0x3c00),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (65520.0, 0x7c00),
            (f64::INFINITY, 0x7c00),
            (2_f64.powi(-24), 0x0001),
            (2_f64.powi(-25), 0x0000),
            (2_f64.powi(-14), 0x0400),
            (0.333251953125, 0x3555),
        ];
        for (number, bits) in pairs {
            assert_eq!(half_of(number), bits, "{number}");
        }
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7c00 != 0x7c00) {
            assert_eq!(half_of(of_half(bits)), bits);
        }
        assert!(of_half(half_of(f64::NAN)).is_nan());
        assert_eq!(half_of(2048.0 + 1.0), half_of(2048.0));
        assert_eq!(half_of(2048.0 + 3.0), half_of(2052.0));
    }
}
