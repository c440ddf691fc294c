//! "Did you mean": the known name that is closest to a wrong one.
//!
//! Distances are edit distances in which a change of case costs half of any other change, as CPython weighs them.

/// The cost of inserting, deleting or replacing a character.
const CHANGE: usize = 2;
/// The cost of replacing a letter by the same letter in the other case.
const CASE: usize = 1;
/// Longer names are not compared.
const MAX_LENGTH: usize = 40;
/// More names than these are not searched.
const MAX_NAMES: usize = 750;

fn replacement(a: char, b: char) -> usize {
    match (a == b, a.to_lowercase().eq(b.to_lowercase())) {
        (true, _) => 0,
        (_, true) => CASE,
        _ => CHANGE,
    }
}

/// The distance of two names.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).map(|n| n * CHANGE).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * CHANGE;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + replacement(x, y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + CHANGE).min(diagonal + CHANGE);
        }
    }
    row[b.len()]
}

/// The closest of `names` to `wrong`, unless all differ in more than a third.
pub fn closest(wrong: &str, names: impl ExactSizeIterator<Item = String>) -> Option<String> {
    if names.len() > MAX_NAMES {
        return None;
    }
    let wrong: Vec<char> = wrong.chars().collect();
    let mut best: Option<(usize, String)> = None;
    for name in names {
        let chars: Vec<char> = name.chars().collect();
        if chars == wrong || wrong.len() > MAX_LENGTH || chars.len() > MAX_LENGTH {
            continue;
        }
        let most = (wrong.len() + chars.len() + 3) * CHANGE / 6;
        let found = distance(&wrong, &chars);
        if found <= most && best.as_ref().is_none_or(|(least, _)| found < *least) {
            best = Some((found, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wrong: &str, names: &[&str], expected: Option<&str>) {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        assert_eq!(closest(wrong, names.into_iter()).as_deref(), expected, "{wrong}");
    }

    #[test]
    fn close_names_are_found() {
        check("alpa", &["beta", "alpha"], Some("alpha"));
        check("colour", &["color", "Colour"], Some("Colour"));
        check("x", &["y"], None);
        check("abc", &["abc"], None);
        check("something", &["else", "otherwise"], None);
    }
}
