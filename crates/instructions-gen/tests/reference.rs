//! `docs/instruction-set.md` is what the generator writes; `WHIPSNAKE_BLESS=1` rewrites it.

use std::path::Path;

#[test]
fn the_reference_page_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let definitions = whipsnake_instructions_gen::read(&root.join("crates/instructions")).expect("definitions");
    let expected = whipsnake_instructions_gen::reference(&definitions);
    let page = root.join("docs/instruction-set.md");
    if std::env::var_os("WHIPSNAKE_BLESS").is_some() {
        std::fs::write(&page, &expected).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    let differs = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert!(
        expected == found,
        "docs/instruction-set.md is out of date (WHIPSNAKE_BLESS=1 rewrites it); first: {differs:?}"
    );
}
