//! Second pass: decides for every name of every block whether it is local, a cell, free or global.
//!
//! Parents hand the names they bind down to their children; children hand the names they need up. A comprehension that is not a
//! generator is merged into its parent on the way.

use super::{BlockKind, Comprehension, NameMap, NameSet, Resolution, ScopeId, SymbolTable, flag};
use crate::error::{ErrorKind, Result, internal, syntax};
use crate::place::descend;

const CLASS_CELLS: [&str; 3] = ["__class__", "__classdict__", "__conditional_annotations__"];

/// Resolves all names.
pub(super) fn analyze(table: &mut SymbolTable) -> Result {
    let mut analyzer = Analyzer { table, depth: 0 };
    let mut free = NameSet::default();
    analyzer.block(SymbolTable::TOP, None, &mut free, NameSet::default(), NameSet::default(), None)
}

struct Analyzer<'t> {
    table: &'t mut SymbolTable,
    depth: u32,
}

/// The sets a block's names are checked against and recorded in.
struct Names<'s> {
    scopes: NameMap<Resolution>,
    local: NameSet,
    bound: Option<&'s mut NameSet>,
    free: &'s mut NameSet,
    global: &'s mut NameSet,
    type_params: &'s mut NameSet,
    class: Option<ScopeId>,
}

impl Analyzer<'_> {
    fn block(
        &mut self,
        id: ScopeId,
        mut bound: Option<NameSet>,
        free: &mut NameSet,
        mut global: NameSet,
        mut type_params: NameSet,
        class: Option<ScopeId>,
    ) -> Result {
        let kind = self.table.scope(id).kind;
        let function_like = self.table.scope(id).is_function_like();
        let mut new_global = NameSet::default();
        let mut new_bound = NameSet::default();
        if kind == BlockKind::Class {
            // What a class binds is invisible in its methods, so they get the surroundings as they are now.
            new_global.extend(global.iter().cloned());
            new_bound.extend(bound.iter().flatten().cloned());
        }
        let mut names = Names {
            scopes: NameMap::default(),
            local: NameSet::default(),
            bound: bound.as_mut(),
            free,
            global: &mut global,
            type_params: &mut type_params,
            class,
        };
        let symbols: Vec<_> = self.table.scope(id).symbols.iter().map(|(n, f)| (n.clone(), *f)).collect();
        for (name, flags) in symbols {
            self.name(id, &name, flags, &mut names)?;
        }
        let Names { mut scopes, local, .. } = names;
        if kind == BlockKind::Class {
            new_bound.extend(CLASS_CELLS.map(Into::into));
        } else {
            if function_like {
                new_bound.extend(local);
            }
            new_bound.extend(bound.iter().flatten().cloned());
            new_global.extend(global);
        }
        let mut new_free = NameSet::default();
        let mut inlined_cells = NameSet::default();
        for child in self.table.scope(id).children.clone() {
            let child_free = self.child(id, child, &new_bound, &new_free, &new_global, &type_params, class)?;
            let child_free = self.maybe_inline(id, child, child_free, &mut scopes, &mut inlined_cells);
            new_free.extend(child_free);
        }
        self.splice_inlined_children(id);
        if function_like {
            make_cells(&mut scopes, &mut new_free, &inlined_cells);
        } else if kind == BlockKind::Class {
            self.drop_class_cells(id, &mut new_free);
        }
        self.update_symbols(id, &scopes, bound.as_ref(), &new_free, &inlined_cells)?;
        free.extend(new_free);
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn child(
        &mut self,
        parent: ScopeId,
        child: ScopeId,
        bound: &NameSet,
        free: &NameSet,
        global: &NameSet,
        type_params: &NameSet,
        class: Option<ScopeId>,
    ) -> Result<NameSet> {
        let class = match self.table.scope(child).can_see_class_scope {
            true if self.table.scope(parent).kind == BlockKind::Class => Some(parent),
            true => class,
            false => None,
        };
        let mut child_free = free.clone();
        let (bound, global, type_params) = (bound.clone(), global.clone(), type_params.clone());
        descend(self, |s| &mut s.depth, |s| s.block(child, Some(bound), &mut child_free, global, type_params, class))?;
        Ok(child_free)
    }

    fn name(&self, id: ScopeId, name: &super::Name, flags: u32, n: &mut Names<'_>) -> Result {
        let resolution = self.resolve(id, name, flags, n)?;
        n.scopes.insert(name.clone(), resolution);
        if resolution == Resolution::Free {
            n.free.insert(name.clone());
        }
        Ok(())
    }

    fn resolve(&self, id: ScopeId, name: &super::Name, flags: u32, n: &mut Names<'_>) -> Result<Resolution> {
        if flags & flag::GLOBAL != 0 {
            if flags & flag::NONLOCAL != 0 {
                return self.directive_error(id, name, format!("name '{name}' is nonlocal and global"));
            }
            n.global.insert(name.clone());
            if let Some(bound) = &mut n.bound {
                bound.swap_remove(name);
            }
            return Ok(Resolution::GlobalExplicit);
        }
        if flags & flag::NONLOCAL != 0 {
            let Some(bound) = &n.bound else {
                return self.directive_error(id, name, "nonlocal declaration not allowed at module level".to_owned());
            };
            if !bound.contains(name) {
                return self.directive_error(id, name, format!("no binding for nonlocal '{name}' found"));
            }
            if n.type_params.contains(name) {
                let message = format!("nonlocal binding not allowed for type parameter '{name}'");
                return self.directive_error(id, name, message);
            }
            return Ok(Resolution::Free);
        }
        if flags & flag::BOUND != 0 {
            n.local.insert(name.clone());
            n.global.swap_remove(name);
            if flags & flag::TYPE_PARAM != 0 {
                n.type_params.insert(name.clone());
            } else {
                n.type_params.swap_remove(name);
            }
            return Ok(Resolution::Local);
        }
        // A scope that sees a class looks at the class namespace and the globals, never past the class.
        if let Some(class) = n.class {
            let class_flags = self.table.scope(class).flags(name);
            if class_flags & flag::GLOBAL != 0 {
                return Ok(Resolution::GlobalExplicit);
            }
            if class_flags & flag::BOUND != 0 && class_flags & flag::NONLOCAL == 0 {
                return Ok(Resolution::GlobalImplicit);
            }
        }
        match &n.bound {
            Some(bound) if bound.contains(name) => Ok(Resolution::Free),
            _ => Ok(Resolution::GlobalImplicit),
        }
    }

    fn directive_error<T>(&self, id: ScopeId, name: &str, message: String) -> Result<T> {
        match self.table.scope(id).directives.iter().find(|(n, _)| &**n == name) {
            Some((_, location)) => syntax(*location, message),
            None => internal(ErrorKind::Runtime, "BUG: internal directive bookkeeping broken"),
        }
    }

    fn maybe_inline(
        &mut self,
        id: ScopeId,
        child: ScopeId,
        child_free: NameSet,
        scopes: &mut NameMap<Resolution>,
        inlined_cells: &mut NameSet,
    ) -> NameSet {
        let entry = self.table.scope(child);
        let inline =
            entry.comprehension != Comprehension::No && !entry.generator && !self.table.scope(id).can_see_class_scope;
        if !inline {
            return child_free;
        }
        let child_free = self.inline_comprehension(id, child, child_free, scopes, inlined_cells);
        self.table.scope_mut(child).inlined = true;
        child_free
    }

    /// Merges the symbols of comprehension `comp` into scope `id`; returns the names it still needs from outside.
    fn inline_comprehension(
        &mut self,
        id: ScopeId,
        comp: ScopeId,
        mut comp_free: NameSet,
        scopes: &mut NameMap<Resolution>,
        inlined_cells: &mut NameSet,
    ) -> NameSet {
        let is_class = self.table.scope(id).kind == BlockKind::Class;
        let symbols: Vec<_> = self.table.scope(comp).symbols.iter().map(|(n, f)| (n.clone(), *f)).collect();
        let mut removed = Vec::new();
        for (name, comp_flags) in symbols {
            if comp_flags & flag::PARAM != 0 {
                continue;
            }
            let mut resolution = Resolution::of(comp_flags);
            let only_flags = comp_flags & ((1 << flag::SCOPE_OFFSET) - 1);
            if resolution == Resolution::Cell || only_flags & flag::COMP_CELL != 0 {
                inlined_cells.insert(name.clone());
            }
            if resolution == Resolution::Free && is_class && CLASS_CELLS.contains(&&*name) {
                // These cells are never visible in the class's own code, only in functions inside it.
                resolution = Resolution::GlobalImplicit;
                if !self.is_free_in_child(comp, &name) {
                    comp_free.swap_remove(&name);
                }
                removed.push(name.clone());
            }
            // The comprehension uses the outer scope's variable unless it binds the name itself; it does not see a class's.
            let own = matches!(Resolution::of(comp_flags), Resolution::Local | Resolution::Cell);
            let existing = self.table.scope_mut(id).symbols.get_mut(&name).map(|flags| {
                let hidden = is_class && *flags & flag::BOUND != 0 && *flags & flag::GLOBAL == 0;
                if !own && !hidden {
                    *flags |= only_flags & flag::USE;
                }
                *flags
            });
            match existing {
                None => {
                    self.table.scope_mut(id).symbols.insert(name.clone(), only_flags);
                    scopes.insert(name, resolution);
                }
                // A local of the outer scope is plainly local now, unless something nested in the comprehension closes over it.
                Some(flags) if flags & flag::BOUND != 0 && !is_class && !self.is_free_in_child(comp, &name) => {
                    comp_free.swap_remove(&name);
                }
                Some(_) => {}
            }
        }
        for name in removed {
            self.table.scope_mut(comp).symbols.shift_remove(&name);
        }
        comp_free
    }

    fn is_free_in_child(&self, id: ScopeId, name: &str) -> bool {
        let children = &self.table.scope(id).children;
        children.iter().any(|c| self.table.scope(*c).resolution(name) == Resolution::Free)
    }

    fn splice_inlined_children(&mut self, id: ScopeId) {
        let children = std::mem::take(&mut self.table.scope_mut(id).children);
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            if self.table.scope(child).inlined {
                spliced.extend(self.table.scope(child).children.iter().copied());
            } else {
                spliced.push(child);
            }
        }
        self.table.scope_mut(id).children = spliced;
    }

    fn drop_class_cells(&mut self, id: ScopeId, free: &mut NameSet) {
        let scope = self.table.scope_mut(id);
        if free.swap_remove("__class__") {
            scope.needs_class_closure = true;
        }
        if free.swap_remove("__classdict__") {
            scope.needs_classdict = true;
        }
        if free.swap_remove("__conditional_annotations__") {
            scope.has_conditional_annotations = true;
        }
    }

    fn update_symbols(
        &mut self,
        id: ScopeId,
        scopes: &NameMap<Resolution>,
        bound: Option<&NameSet>,
        free: &NameSet,
        inlined_cells: &NameSet,
    ) -> Result {
        let scope = self.table.scope_mut(id);
        let class_flag = scope.kind == BlockKind::Class || scope.can_see_class_scope;
        for (name, flags) in &mut scope.symbols {
            if inlined_cells.contains(name) {
                *flags |= flag::COMP_CELL;
            }
            let resolution = scopes.get(name).copied().unwrap_or(Resolution::Unknown);
            *flags |= (resolution as u32) << flag::SCOPE_OFFSET;
        }
        for name in free {
            match scope.symbols.get_mut(name) {
                Some(flags) if class_flag => *flags |= flag::FREE_CLASS,
                Some(_) => {}
                None if bound.is_some_and(|b| !b.contains(name)) => {}
                None => {
                    scope.symbols.insert(name.clone(), (Resolution::Free as u32) << flag::SCOPE_OFFSET);
                }
            }
        }
        Ok(())
    }
}

/// Locals that a child needs become cells of this block.
fn make_cells(scopes: &mut NameMap<Resolution>, free: &mut NameSet, inlined_cells: &NameSet) {
    for (name, resolution) in scopes.iter_mut() {
        if *resolution == Resolution::Local && (free.contains(name) || inlined_cells.contains(name)) {
            *resolution = Resolution::Cell;
            free.swap_remove(name);
        }
    }
}
