//! Tensors: arrays of numbers with any number of axes, and what is computed with them.
//!
//! | module | its one job |
//! |---|---|
//! | `arrays` | tensors as other crates see them |
//! | `dtype` | the kinds of elements, and what two become together |
//! | `buffer` | packed elements of one kind, single numbers, conversions |
//! | `view` | a part of a buffer as an array: shape, distances, packed or not |
//! | `tensor` | tensors as values of programs: who may see and change what |
//! | `make` | tensors of lists, zeros, ones, numbers in a row |
//! | `index` | `t[i, j]`: elements, slices, masks, lists of indexes |
//! | `broadcast` | walking over two arrays as if they had one shape, on all cores |
//! | `room` | results that are written once, in pieces, on all cores |
//! | `elementwise` | operators and comparisons |
//! | `math` | functions of one element |
//! | `shaping` | other shapes, arrays put together and taken apart |
//! | `convert` | lists, bytes, other kinds of elements |
//! | `lanes`, `reduce` | walking along an axis; sums, means, least elements |
//! | `order` | sorting on all cores |
//! | `sorting` | sorted tensors, distinct elements, histograms |
//! | `matrix` | products of matrices |
//! | `small` | linear equations of a few unknowns |
//! | `state` | states of differential equations |
//! | `statistics` | the modules `statistics` and `special`: distributions, tests, regression |
//! | `random` | random elements, each computed from a seed and its number |
//! | `fft` | Fourier transforms, convolutions, windows |
//! | `mapping` | what a function of the program gives for each element |
//! | `calculus/*.soc` | the module `calculus`, in Motet |
//! | `npy` | files of NumPy |
//! | `mismatch` | what is said of shapes that do not fit |
//! | `print` | tensors as text |
//! | `hints` | what to write for names of other languages |
//!
//! What a native computes follows from views and packed items; what it may take of memory and time it asks the context for
//! before it begins. It knows the VM by its public face alone, and touches nothing outside the program.

pub mod arrays;
mod broadcast;
mod buffer;
mod convert;
mod dtype;
mod elementwise;
mod fft;
mod hints;
mod index;
mod lanes;
mod make;
mod mapping;
mod math;
mod matrix;
mod mismatch;
mod npy;
mod order;
mod print;
mod random;
mod reduce;
mod room;
mod shaping;
mod small;
mod sorting;
mod state;
mod statistics;
mod tensor;
mod view;

use motet_vm::builtins::{Field, ForeignType, Library, NativeModule};
use motet_vm::memory::Value;
use tensor::{TENSOR, read, shape_value};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[make::NATIVES, random::NATIVES, shaping::NATIVES, sorting::NATIVES],
    methods: &[
        convert::METHODS,
        elementwise::METHODS,
        index::METHODS,
        make::METHODS,
        mapping::METHODS,
        math::METHODS,
        matrix::METHODS,
        random::METHODS,
        reduce::METHODS,
        shaping::METHODS,
        shaping::MORE_METHODS,
        sorting::METHODS,
    ],
    modules: &[&CALCULUS, &fft::MODULE, &statistics::SPECIAL, &statistics::MODULE, &TENSORS],
    types: &[
        ForeignType {
            kind: &TENSOR,
            documentation: "Arrays of numbers with any number of axes.",
            constructor: Some("tensor"),
        },
        ForeignType { kind: &statistics::DISTRIBUTION, documentation: "Laws of random numbers.", constructor: None },
    ],
    fields: &[FIELDS, statistics::FIELDS],
    elsewhere: hints::ELSEWHERE,
    ..Library::EMPTY
};

static CALCULUS: NativeModule = NativeModule {
    name: "calculus",
    documentation: "Integrals, derivatives, roots, least values, curves through points and differential equations. The functions that it is given may wait, throw and be cancelled.",
    entries: &[
        small::FACTORED,
        small::SOLUTION,
        state::STATE,
        state::SLOPE,
        state::STAGE,
        state::ERROR_OF,
        state::NUDGED,
        state::SLOPES_BY,
    ],
    source: Some(concat!(
        include_str!("calculus/integrals.soc"),
        "\n",
        include_str!("calculus/roots.soc"),
        "\n",
        include_str!("calculus/minima.soc"),
        "\n",
        include_str!("calculus/curves.soc"),
        "\n",
        include_str!("calculus/equations.soc"),
    )),
};

static TENSORS: NativeModule = NativeModule {
    name: "tensors",
    documentation: "What makes tensors of other data.",
    entries: convert::EXPORTS,
    source: None,
};

macro_rules! fields {
    ($($name:literal |$view:ident, $isolate:ident| $value:expr, $documentation:literal;)*) => {
        &[$(Field {
            kind: &TENSOR,
            name: $name,
            read: |$isolate, value| {
                let $view = read(value)?;
                Some($value)
            },
            documentation: $documentation,
        }),*]
    };
}

static FIELDS: &[Field] = fields! {
    "shape" |view, isolate| shape_value(isolate.heap(), &view.shape), "How long its axes are: a list.";
    "dtype" |view, isolate| isolate.heap().string(view.dtype().name()), "What its elements are: \"f64\", \"f32\", \"i64\", \"bool\" or \"c64\".";
    "size" |view, _isolate| Value::int(view.len() as i64), "How many elements it has.";
    "rank" |view, _isolate| Value::int(view.rank() as i64), "How many axes it has.";
    "ndim" |view, _isolate| Value::int(view.rank() as i64), "How many axes it has.";
    "T" |view, isolate| tensor::give_with(isolate.heap(), shaping::turned(&view)), "The tensor with its axes in the opposite order: rows become columns.";
};
