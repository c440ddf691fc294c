//! `LOAD_GLOBAL`.

use super::Site;
use whipsnake_bytecode::Opcode;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;

/// The version of a dict's keys, if it fits the cache; only all-str tables have one.
fn version(th: &Thread, dict: &Dict) -> Option<u16> {
    u16::try_from(dict.keys_version(th)).ok().filter(|version| *version != 0)
}

pub fn load_global(site: &Site) {
    site.settle(choose(site));
}

fn choose(site: &Site) -> Option<Opcode> {
    let th = site.th;
    let name = site.name(site.oparg >> 1);
    let globals = site.frame().globals.get().value().exact::<Dict>()?;
    if let Some(index) = globals.lookup_index(th, name) {
        let (index, version) = (u16::try_from(index).ok()?, version(th, globals)?);
        site.write16(1, index);
        site.write16(2, version);
        return Some(Opcode::LOAD_GLOBAL_MODULE);
    }
    let builtins = site.frame().builtins.get().value().exact::<Dict>()?;
    let index = u16::try_from(builtins.lookup_index(th, name)?).ok()?;
    let (globals_version, builtins_version) = (version(th, globals)?, version(th, builtins)?);
    site.write16(1, index);
    site.write16(2, globals_version);
    site.write16(3, builtins_version);
    Some(Opcode::LOAD_GLOBAL_BUILTIN)
}
