//! Name mangling: `__private` in class `C` becomes `_C__private`.

use super::{Name, Scope};

/// The mangled form of `name` inside class `class`.
pub fn mangle(class: Option<&str>, name: &Name) -> Name {
    let Some(class) = class else { return name.clone() };
    // Dotted names occur in import statements only.
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    format!("_{class}{name}").into()
}

/// Mangles unless the scope restricts mangling to the type parameters of a generic class.
pub(crate) fn maybe_mangle(class: Option<&str>, scope: &Scope, name: &Name) -> Name {
    if let Some(only) = &scope.mangled_names
        && !only.borrow().contains(name)
    {
        return name.clone();
    }
    mangle(class, name)
}
