//! `_ast`: the syntax tree as Python objects.
//!
//! - `grammar`: the node classes as data; `classes` makes Python classes of them, `node` their base
//! - `build`: from the tree to objects; `read`, `constants`: back again; `validate`: whether such a tree makes sense

mod build;
mod classes;
mod constants;
mod grammar;
mod node;
mod read;
mod validate;

use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::module;

pub use build::to_object;
pub use node::AST_TYPE;
pub use read::{Read, from_object};
pub use validate::validate;

/// The flags of `compile()` that `ast` uses.
const FLAGS: [(&str, i64); 4] = [
    ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
    ("PyCF_ONLY_AST", 0x400),
    ("PyCF_TYPE_COMMENTS", 0x1000),
    ("PyCF_OPTIMIZED_AST", 0x8400),
];

/// Makes `_ast`.
///
/// # Errors
/// MemoryError.
pub fn init_ast(th: &Thread) -> PyResult {
    let made = module::new(th, "_ast", "", &[])?;
    let classes = classes::Classes::get(th)?;
    module::add_type(th, made.value(), &AST_TYPE)?;
    for (name, value) in FLAGS {
        module::add(th, made.value(), name, Value::small_int(value))?;
    }
    for class in classes.all() {
        module::add(th, made.value(), class.name, class.class.value())?;
    }
    Ok(made)
}
