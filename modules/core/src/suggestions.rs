//! `_suggestions`: the name closest to a mistyped one.
//!
//! The distance is Levenshtein's with weights: a replaced, inserted or removed character costs 2, a change of case 1.

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::{Str, to_rust_string};

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
/// Longer lists of candidates are not looked at.
const MAX_CANDIDATES: usize = 750;
/// Longer names are not compared.
const MAX_LENGTH: usize = 40;

fn substitution_cost(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The distance of two names; anything above `max` when it is larger.
fn distance<'a>(mut a: &'a [u8], mut b: &'a [u8], max: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return max + 1;
    }
    if b.len() < a.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE_COST > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (at, &code) in b.iter().enumerate() {
        let mut diagonal = at * MOVE_COST;
        result = diagonal;
        let mut smallest = usize::MAX;
        for (cell, &other) in row.iter_mut().zip(a) {
            let substitute = diagonal + substitution_cost(code, other);
            diagonal = *cell;
            result = substitute.min(result.min(diagonal) + MOVE_COST);
            *cell = result;
            smallest = smallest.min(result);
        }
        if smallest > max {
            return max + 1;
        }
    }
    result
}

/// The candidate closest to `name`, if one is close enough.
pub fn closest<'a>(candidates: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        // No more than a third of the characters should need changing.
        let mut max = (name.len() + candidate.len() + 3) * MOVE_COST / 6;
        if let Some((_, limit)) = best {
            max = max.min(limit - 1);
        }
        let found = distance(name.as_bytes(), candidate.as_bytes(), max);
        if found <= max {
            best = Some((candidate, found));
            if found == 0 {
                break;
            }
        }
    }
    best.map(|(candidate, _)| candidate)
}

#[pyfunctions]
mod functions {
    use super::*;

    /// Returns the candidate that is closest to item, or None.
    #[function("_generate_suggestions(candidates, item, /)")]
    fn generate_suggestions(th: &Thread, candidates: Value, item: &Str) -> PyResult<Option<Obj>> {
        let Some(list) = candidates.cast::<List>().filter(|_| candidates.is_exact(&statics::LIST_TYPE)) else {
            return err!(th, TYPE_ERROR, "candidates must be a list");
        };
        if list.len() >= MAX_CANDIDATES {
            return Ok(None);
        }
        let mut names = Vec::with_capacity(list.len());
        for v in list.as_slice() {
            if v.cast::<Str>().is_none() {
                return err!(th, TYPE_ERROR, "all elements in 'candidates' must be strings");
            }
            names.push(to_rust_string(*v));
        }
        let wanted = to_rust_string(item.value());
        match closest(names.iter().map(String::as_str), &wanted) {
            Some(found) => th.str(found).map(Some),
            None => Ok(None),
        }
    }
}

/// Makes `_suggestions`.
///
/// # Errors
/// MemoryError.
pub fn init_suggestions(th: &Thread) -> PyResult {
    module::new(th, "_suggestions", "Suggestions for mistyped names.", functions::METHODS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("a", "A", 1),
            ("Apple", "Aple", 2),
            ("Banana", "B@n@n@", 6),
            ("AttributeError", "AttributeErrop", 2),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes(), 100), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_closest_name_wins() {
        let names = ["blech", "bluch", "fluff"];
        assert_eq!(closest(names.into_iter(), "blach"), Some("blech"));
        assert_eq!(closest(names.into_iter(), "somethingverywrong"), None);
    }
}
