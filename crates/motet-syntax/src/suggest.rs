//! "Did you mean …?": the nearest of some names.

/// The candidate that `name` is most likely a misspelling of, if one is near enough: it begins alike, and at most a quarter
/// of its characters differ, a swap of neighbours counting once; of three or fewer, none. Names that differ in nothing but
/// capitals and underscores are one. Of equally near ones the first. Candidates are names of the kind that stands there.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().collect();
    // Such a name is not a misspelling, and the distance is quadratic in the length.
    if wanted.is_empty() || wanted.len() > 100 {
        return None;
    }
    let mut nearest: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        let characters: Vec<char> = candidate.chars().collect();
        // A short name is one slip away from many others that were never meant.
        let shorter = wanted.len().min(characters.len());
        let allowed = match shorter {
            0..=3 => 0,
            4 | 5 => 1,
            _ => wanted.len().max(characters.len()).div_ceil(4),
        };
        let is_same = plain(name) == plain(candidate);
        let begins_alike = wanted[0].to_lowercase().eq(characters.first().into_iter().flat_map(|c| c.to_lowercase()));
        if !is_same && (!begins_alike || wanted.len().abs_diff(characters.len()) > allowed) {
            continue;
        }
        let distance = if is_same { 0 } else { distance(&wanted, &characters) };
        let near = distance <= allowed;
        if near && nearest.is_none_or(|(best, _)| distance < best) {
            nearest = Some((distance, candidate));
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

/// A name without what differs between ways to write it.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["length", "len", "print", "println", "parallel_map"];
        assert_eq!(suggest("lenght", names), Some("length"));
        assert_eq!(suggest("Print", names), Some("print"));
        assert_eq!(suggest("pritnln", names), Some("println"));
        assert_eq!(suggest("paralel_map", names), Some("parallel_map"));
        assert_eq!(suggest("parallelMap", names), Some("parallel_map"));
    }

    #[test]
    fn what_is_far_away_is_not() {
        assert_eq!(suggest("x", ["y", "print"]), None);
        for (name, other) in [("avg", "arg"), ("bin", "sin"), ("json", "sin"), ("select", "reject")] {
            assert_eq!(suggest(name, [other]), None, "{name} is not {other}");
        }
        assert_eq!(suggest("frobnicate", ["print", "len"]), None);
        assert_eq!(suggest("len", ["len"]), None, "the name itself is no suggestion");
        assert_eq!(suggest("", ["a"]), None);
        assert_eq!(suggest(&"a".repeat(1_000_000), ["a"]), None);
    }
}
