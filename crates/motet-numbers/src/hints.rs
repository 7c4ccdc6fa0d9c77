//! What to write instead of members that arrays of other languages have.

/// By name: the kind, and what to write. Sorted.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("and", "Tensor", "two masks together are `a.logical_and(b)`"),
    ("append", "Tensor", "a tensor keeps its length: `t.concat([4])` is a longer one"),
    ("fill", "Tensor", "`t[..] = 4` sets all elements; a new one is `full([2, 3], 4)`"),
    ("not", "Tensor", "the opposite of a mask is `m.logical_not()`"),
    ("numel", "Tensor", "the number of all elements is `t.size`"),
    ("or", "Tensor", "either of two masks is `a.logical_or(b)`"),
    ("pop", "Tensor", "a tensor keeps its length: `t[..-1]` is all but the last element"),
    ("push", "Tensor", "a tensor keeps its length: `t.concat([4])` is a longer one"),
    ("save", "Tensor", "`write_file(path, tensors.to_npy(t))` writes a file of NumPy"),
    ("tofile", "Tensor", "`write_file(path, t.to_bytes())` writes its elements"),
    ("values", "Tensor", "a list of its elements is `t.to_list()`"),
    ("view", "Tensor", "another shape is `t.reshape(2, -1)`, another kind of elements `t.astype(\"f32\")`"),
    ("xor", "Tensor", "one of two masks alone is `a.logical_xor(b)`"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::ELSEWHERE.is_sorted());
    }
}
