//! Normal forms. Source: UAX #15, The Unicode Standard 3.11 and 3.12.

use super::database::{Version, combining_class, composition, is_stable, old_correction};
use crate::units::{Buf, Builder, Units};

/// A normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// Hangul syllables are a product: leading consonants, vowels, trailing consonants (the first of which is none).
mod hangul {
    pub const SYLLABLES: u32 = 0xAC00;
    pub const LEADS: u32 = 0x1100;
    pub const VOWELS: u32 = 0x1161;
    pub const TRAILS: u32 = 0x11A7;
    pub const LEAD_COUNT: u32 = 19;
    pub const VOWEL_COUNT: u32 = 21;
    pub const TRAIL_COUNT: u32 = 28;
    pub const COUNT: u32 = LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT;
}

/// The lead, the vowel and (unless it is none) the trail of a Hangul syllable.
pub fn hangul_parts(c: u32) -> Option<(u32, u32, Option<u32>)> {
    let index = c.checked_sub(hangul::SYLLABLES).filter(|index| *index < hangul::COUNT)?;
    let (rest, trail) = (index / hangul::TRAIL_COUNT, index % hangul::TRAIL_COUNT);
    let (lead, vowel) = (rest / hangul::VOWEL_COUNT, rest % hangul::VOWEL_COUNT);
    Some((hangul::LEADS + lead, hangul::VOWELS + vowel, (trail > 0).then_some(hangul::TRAILS + trail)))
}

fn compose_hangul(first: u32, second: u32) -> Option<u32> {
    let lead = first.wrapping_sub(hangul::LEADS);
    let vowel = second.wrapping_sub(hangul::VOWELS);
    if lead < hangul::LEAD_COUNT && vowel < hangul::VOWEL_COUNT {
        return Some(hangul::SYLLABLES + (lead * hangul::VOWEL_COUNT + vowel) * hangul::TRAIL_COUNT);
    }
    let syllable = first.wrapping_sub(hangul::SYLLABLES);
    let trail = second.wrapping_sub(hangul::TRAILS);
    let is_open = syllable < hangul::COUNT && syllable.is_multiple_of(hangul::TRAIL_COUNT);
    (is_open && trail > 0 && trail < hangul::TRAIL_COUNT).then(|| first + trail)
}

impl Form {
    /// The form called `name`.
    pub fn named(name: &str) -> Option<Form> {
        match name {
            "NFC" => Some(Form::Nfc),
            "NFD" => Some(Form::Nfd),
            "NFKC" => Some(Form::Nfkc),
            "NFKD" => Some(Form::Nfkd),
            _ => None,
        }
    }
    fn bit(self) -> u8 {
        match self {
            Form::Nfc => 1,
            Form::Nfd => 2,
            Form::Nfkc => 4,
            Form::Nfkd => 8,
        }
    }
    fn is_compatible(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }
    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }
    /// Whether it can be seen at once that text is in this form. If not, it may still be.
    pub fn is_plainly(self, text: Units<'_>, version: Version) -> bool {
        if text.is_ascii() {
            return true;
        }
        let mut last_class = 0;
        version == Version::Current
            && text.iter().all(|c| {
                let class = combining_class(c);
                let in_order = class == 0 || last_class <= class;
                last_class = class;
                in_order && is_stable(c, self.bit())
            })
    }
    /// Text in this form.
    pub fn normalize(self, text: Units<'_>, version: Version) -> Buf {
        let mut decomposed = Vec::with_capacity(text.len() + text.len() / 4);
        for c in text.iter() {
            decompose(c, self.is_compatible(), version, &mut decomposed);
        }
        order_marks(&mut decomposed);
        if self.composes() {
            compose(&mut decomposed);
        }
        let mut out = Builder::with_capacity(decomposed.len());
        decomposed.into_iter().for_each(|c| out.push(c));
        out.finish()
    }
}

fn decompose(c: u32, compatible: bool, version: Version, out: &mut Vec<u32>) {
    if let Some((lead, vowel, trail)) = hangul_parts(c) {
        out.extend([lead, vowel]);
        out.extend(trail);
        return;
    }
    if version == Version::Old
        && let Some(then) = old_correction(c)
    {
        out.push(then);
        return;
    }
    match version.decomposition(c) {
        // Decompositions lead to characters with shorter ones: the depth is small.
        Some((tag, parts)) if tag.is_empty() || compatible => {
            parts.iter().for_each(|part| decompose(*part, compatible, version, out));
        }
        _ => out.push(c),
    }
}

/// Puts marks after a character in the order of their classes; equal ones keep theirs.
fn order_marks(text: &mut [u32]) {
    let mut at = 0;
    while at < text.len() {
        if combining_class(text[at]) == 0 {
            at += 1;
            continue;
        }
        let marks = text[at..].iter().take_while(|c| combining_class(**c) != 0).count();
        text[at..at + marks].sort_by_key(|c| combining_class(*c));
        at += marks;
    }
}

/// Composes in place: every character with the last one of class 0, unless something between keeps them apart.
fn compose(text: &mut Vec<u32>) {
    let (mut starter, mut last_class, mut end) = (None::<usize>, 0, 0);
    for at in 0..text.len() {
        let c = text[at];
        let class = combining_class(c);
        if let Some(s) = starter
            && (end == s + 1 || last_class != 0 && last_class < class)
            && let Some(composed) = compose_hangul(text[s], c).or_else(|| composition(text[s], c))
        {
            text[s] = composed;
            continue;
        }
        if class == 0 {
            starter = Some(end);
        }
        last_class = class;
        text[end] = c;
        end += 1;
    }
    text.truncate(end);
}
