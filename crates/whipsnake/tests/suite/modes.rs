//! The modes of the test matrix: each is a set of environment variables.

pub struct Mode {
    pub name: &'static str,
    pub variables: &'static [(&'static str, &'static str)],
}

const MODES: &[Mode] = &[
    Mode { name: "interp", variables: &[] },
    Mode { name: "match", variables: &[("WHIPSNAKE_DISPATCH", "match")] },
    Mode { name: "gc-stress", variables: &[("WHIPSNAKE_GC_STRESS", "2")] },
    Mode { name: "gc-stress-match", variables: &[("WHIPSNAKE_GC_STRESS", "2"), ("WHIPSNAKE_DISPATCH", "match")] },
];

/// The modes named in `WHIPSNAKE_TEST_MODES` (comma-separated, or `all`); the interpreter alone by default.
pub fn asked_for() -> Vec<&'static Mode> {
    let names = std::env::var("WHIPSNAKE_TEST_MODES").unwrap_or_default();
    match names.as_str() {
        "" => vec![&MODES[0]],
        "all" => MODES.iter().collect(),
        names => names
            .split(',')
            .map(|name| {
                let known = || MODES.iter().map(|mode| mode.name).collect::<Vec<_>>().join(", ");
                MODES
                    .iter()
                    .find(|mode| mode.name == name.trim())
                    .unwrap_or_else(|| panic!("WHIPSNAKE_TEST_MODES: no mode {name:?}; there are {}", known()))
            })
            .collect(),
    }
}
