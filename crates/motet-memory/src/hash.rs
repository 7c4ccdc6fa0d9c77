//! Hashes that agree with `==`: numbers that are equal have one hash whatever their kind, records and maps do not care
//! about order, instances and functions hash by identity. Deep and cyclic data hash in bounded time, because only the
//! outer levels count; two values that look alike there share a hash, which costs time, never correctness.
//!
//! Hashes are seeded once per process, so that an attacker cannot prepare keys that collide.

use super::field_name::FieldKey;
use super::map::Map;
use super::record::Record;
use super::tag::Tag;
use super::value::Value;
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// Levels of containers that a hash looks into.
const DEPTH: u32 = 3;
/// Items of a list, entries of a record or map, that it looks at.
const WIDTH: usize = 16;

struct Seed {
    number: u64,
    text: FixedState,
}

static SEED: LazyLock<Seed> = LazyLock::new(|| {
    let number = RandomState::new().build_hasher().finish() | 1;
    Seed { number, text: FixedState::with_seed(number) }
});

/// The hash of a text; never 0.
pub(super) fn of_text(text: &str) -> u32 {
    (bytes(text.as_bytes()) as u32).max(1)
}

/// A hash with its bits all over the word, as an index wants it.
#[inline(always)]
pub(super) fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn bytes(bytes: &[u8]) -> u64 {
    let mut hasher = SEED.text.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Mixes a word under the seed: a folded product, as in foldhash.
#[inline(always)]
fn word(value: u64) -> u32 {
    let product = (value ^ SEED.number) as u128 * 0x9e37_79b9_7f4a_7c15;
    let folded = product as u64 ^ (product >> 64) as u64;
    folded as u32 ^ (folded >> 32) as u32
}

#[inline(always)]
fn tagged(tag: Tag, value: u64) -> u32 {
    word(value.wrapping_add((tag as u64) << 56))
}

/// The hash of a value.
#[inline]
pub fn hash_value(value: &Value) -> u32 {
    match value.tag() {
        Tag::Int => tagged(Tag::Int, value.payload()),
        Tag::String => value.as_string().map_or(0, |string| string.hash()),
        // Inside of containers an instance counts by its identity: see `Record::set_key_hash`.
        Tag::Instance => {
            value.as_instance().and_then(Record::key_hash).unwrap_or_else(|| hash_within::<false>(value, DEPTH))
        }
        _ => hash_within::<false>(value, DEPTH),
    }
}

/// The hash of a value in which instances count by what their classes say, as far as those were asked
/// ([`Record::set_key_hash`]).
pub fn hash_of_parts(value: &Value) -> u32 {
    hash_within::<true>(value, DEPTH)
}

/// The instances that a hash looks at.
pub fn hashed_instances(value: &Value) -> Vec<Value> {
    let mut instances = Vec::new();
    collect_instances(value, DEPTH, &mut instances);
    instances
}

fn collect_instances(value: &Value, depth: u32, found: &mut Vec<Value>) {
    let mut inside = |part: &Value| {
        if depth > 0 && part.is_heap() {
            collect_instances(part, depth - 1, found);
        }
    };
    match value.tag() {
        Tag::List => {
            if let Some(list) = value.as_list() {
                list.items().iter().take(WIDTH).for_each(inside);
            }
        }
        Tag::Record | Tag::Instance => {
            let Some(fields) = value.as_fields() else { return };
            if fields.class().is_none_or(|class| class.is_compared_by_value()) {
                if fields.length() <= WIDTH {
                    fields.for_each(|_, value| inside(value));
                }
            } else {
                found.push(value.clone());
            }
        }
        Tag::Map => {
            if let Some(map) = value.as_map().filter(|map| map.length() <= WIDTH) {
                map.for_each(|key, value| {
                    inside(key);
                    inside(value);
                });
            }
        }
        Tag::Node => {
            if let Some(node) = value.as_node() {
                inside(&node.head);
                inside(&node.children);
            }
        }
        _ => {}
    }
}

/// The hash of a float: that of the integer it equals, if there is one.
fn hash_float(float: f64) -> u32 {
    let integer = float as i64;
    if integer as f64 == float && integer != i64::MAX {
        tagged(Tag::Int, integer as u64)
    } else if float.is_nan() {
        tagged(Tag::Float, f64::NAN.to_bits())
    } else {
        tagged(Tag::Float, float.to_bits())
    }
}

fn combine(hash: u32, next: u32) -> u32 {
    word((hash as u64) << 32 | next as u64)
}

/// `ASKED`: instances inside count by what their class says, as far as it was asked, and by identity otherwise.
fn hash_within<const ASKED: bool>(value: &Value, depth: u32) -> u32 {
    match value.tag() {
        Tag::Int => tagged(Tag::Int, value.payload()),
        Tag::Float => hash_float(f64::from_bits(value.payload())),
        Tag::String => value.as_string().map_or(0, |string| string.hash()),
        Tag::Symbol | Tag::MadeSymbol => tagged(Tag::Symbol, FieldKey::of(value).map_or(0, FieldKey::hash).into()),
        Tag::Bytes => value.as_bytes().map_or(0, |content| bytes(content) as u32),
        Tag::Complex => value.as_complex().map_or(0, |complex| match complex.im {
            0.0 => hash_float(complex.re),
            im => combine(hash_float(complex.re), hash_float(im)),
        }),
        Tag::Range => value.as_range().map_or(0, |range| {
            let ends =
                combine(word(range.start.unwrap_or(i64::MIN) as u64), word(range.end.unwrap_or(i64::MAX) as u64));
            combine(ends, word(range.step as u64))
        }),
        Tag::List if depth == 0 => tagged(Tag::List, 0),
        Tag::List => value.as_list().map_or(0, |list| {
            let items = list.items();
            let start = tagged(Tag::List, items.len() as u64);
            items.iter().take(WIDTH).fold(start, |hash, item| combine(hash, hash_within::<ASKED>(item, depth - 1)))
        }),
        Tag::Instance => match value.as_instance().and_then(|fields| Some((fields, fields.class()?))) {
            Some((fields, class)) if class.is_compared_by_value() => {
                combine(word(class.name().0 as u64), hash_record::<ASKED>(fields, depth))
            }
            Some((fields, _)) if ASKED => fields.key_hash().unwrap_or_else(|| tagged(Tag::Instance, value.payload())),
            _ => tagged(Tag::Instance, value.payload()),
        },
        Tag::Record => value.as_record().map_or(0, |record| hash_record::<ASKED>(record, depth)),
        Tag::Map => value.as_map().map_or(0, |map| hash_map::<ASKED>(map, depth)),
        Tag::Node if depth == 0 => tagged(Tag::Node, 0),
        Tag::Node => value.as_node().map_or(0, |node| {
            combine(hash_within::<ASKED>(&node.head, depth - 1), hash_within::<ASKED>(&node.children, depth - 1))
        }),
        Tag::BoundMethod => value
            .as_bound_method()
            .map_or(0, |method| combine(word(method.receiver.payload()), word(method.function.payload()))),
        Tag::Foreign => {
            let hashed = value.as_foreign().and_then(|foreign| {
                let object = foreign.object();
                match object.plain_number() {
                    Some(number) => Some(hash_within::<ASKED>(&number, depth)),
                    None => Some(combine(word(object.family().number() as u64), word(object.hash()?))),
                }
            });
            hashed.unwrap_or_else(|| tagged(Tag::Foreign, value.payload()))
        }
        tag => tagged(tag, value.payload()),
    }
}

/// Fields come in any order, so their hashes are added; past `WIDTH` of them only their number counts, because which ones
/// come first is not part of the value.
fn hash_record<const ASKED: bool>(record: &Record, depth: u32) -> u32 {
    let length = record.length();
    let mut hash = tagged(Tag::Record, length as u64);
    if depth > 0 && length <= WIDTH {
        record.for_each(|name, value| {
            hash = hash.wrapping_add(combine(word(name.key().hash() as u64), hash_within::<ASKED>(value, depth - 1)));
        });
    }
    hash
}

fn hash_map<const ASKED: bool>(map: &Map, depth: u32) -> u32 {
    let length = map.length();
    let mut hash = tagged(Tag::Map, length as u64);
    if depth > 0 && length <= WIDTH {
        map.for_each(|key, value| {
            hash = hash
                .wrapping_add(combine(hash_within::<ASKED>(key, depth - 1), hash_within::<ASKED>(value, depth - 1)));
        });
    }
    hash
}
