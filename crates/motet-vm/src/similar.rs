//! "Did you mean …?": the nearest of some names.

/// The candidate that differs least from a name, if it begins alike and differs little: by up to a quarter of its letters, and
/// by none if it has three or fewer. An edit is a letter more, less or other, or two neighbours swapped. Capitals and
/// underscores do not count.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = match length {
        0..=3 => 0,
        4 | 5 => 1,
        _ => length.div_ceil(4),
    };
    let plain = |name: &str| name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect::<String>();
    let first = |name: &str| name.chars().next().map(|c| c.to_ascii_lowercase());
    let edits = |candidate: &str| {
        if plain(name) == plain(candidate) {
            0
        } else if first(name) == first(candidate) {
            distance(name, candidate, limit)
        } else {
            limit + 1
        }
    };
    candidates
        .map(|candidate| (edits(candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// Edits between two names; anything above `limit` may be answered by `limit + 1`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (row[j] + (x != y) as usize).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let names = ["length", "last", "join", "index_of"];
        assert_eq!(nearest("lenght", names.into_iter()), Some("length"));
        assert_eq!(nearest("jion", names.into_iter()), Some("join"));
        assert_eq!(nearest("X", ["a", "x"].into_iter()), Some("x"));
        assert_eq!(nearest("z", ["a", "b"].into_iter()), None);
        assert_eq!(nearest("completely_different", names.into_iter()), None);
    }
}
