//! Objects that are rebuilt by a call.

use super::save::Saver;
use crate::opcodes::*;
use crate::state::Tables;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::{Dict, qualified_name};
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::tuple::Tuple;

/// Which of the functions that stand for an opcode the callable is.
#[derive(PartialEq)]
enum Form {
    Call,
    New,
    NewWithKeywords,
}

impl Saver<'_> {
    fn form(&self, callable: Value) -> PyResult<Form> {
        if self.proto < 2 {
            return Ok(Form::Call);
        }
        let name = object::lookup_attr_str(self.th, callable, "__name__")?;
        Ok(match name.as_ref().and_then(|name| name.cast::<Str>()) {
            Some(name) if name.is_text("__newobj__") => Form::New,
            Some(name) if name.is_text("__newobj_ex__") => Form::NewWithKeywords,
            _ => Form::Call,
        })
    }
    #[cold]
    fn wrong<T>(&self, what: &str, must: &str, got: Value) -> PyResult<T> {
        Err(self.raise(&format!("{what} must be {must}, not {}", qualified_name(got.ty()))))
    }
    /// Writes what a reducer returned for `v`: a tuple.
    pub fn reduced(&mut self, reduced: Value, v: Value) -> PyResult<()> {
        let items = reduced.cast::<Tuple>().map_or(&[][..], Tuple::as_slice);
        if !(2..=6).contains(&items.len()) {
            return Err(self.raise("tuple returned by __reduce__ must contain 2 through 6 elements"));
        }
        let item = |i: usize| items.get(i).copied().filter(|item| !item.is_none());
        let (callable, args) = (items[0], items[1]);
        let (state, list_items, dict_items, setter) = (item(2), item(3), item(4), item(5));
        let of = |which: &str| format!("{which} item of the tuple returned by __reduce__");
        if !call::is_callable(callable) {
            return self.wrong(&of("first"), "callable", callable);
        }
        let Some(arguments) = args.cast::<Tuple>() else { return self.wrong(&of("second"), "a tuple", args) };
        if let Some(items) = list_items.filter(|items| !iter::is_iterator(*items)) {
            return self.wrong(&of("fourth"), "an iterator", items);
        }
        if let Some(items) = dict_items.filter(|items| !iter::is_iterator(*items)) {
            return self.wrong(&of("fifth"), "an iterator", items);
        }
        if let Some(setter) = setter.filter(|setter| !call::is_callable(*setter)) {
            return self.wrong(&of("sixth"), "callable", setter);
        }
        match self.form(callable)? {
            Form::Call => {
                self.save(callable).map_err(|raised| self.note_part(raised, v, "reconstructor"))?;
                self.save(args).map_err(|raised| self.note_part(raised, v, "reconstructor arguments"))?;
                self.out.byte(REDUCE);
            }
            Form::New => self.new_object(arguments, v)?,
            Form::NewWithKeywords => self.new_object_with_keywords(arguments, v)?,
        }
        // An object that leads back to itself through its arguments has been written meanwhile.
        if self.is_known(v) {
            self.out.byte(POP);
            self.get(v);
            return Ok(());
        }
        self.put(v)?;
        if let Some(items) = list_items {
            self.append_all(items, v)?;
        }
        if let Some(items) = dict_items {
            self.set_all(items, v)?;
        }
        let Some(state) = state else { return Ok(()) };
        let Some(setter) = setter else {
            self.save(state).map_err(|raised| self.note_part(raised, v, "state"))?;
            self.out.byte(BUILD);
            return Ok(());
        };
        self.save(setter).map_err(|raised| self.note_part(raised, v, "state setter"))?;
        self.save(v)?;
        self.save(state).map_err(|raised| self.note_part(raised, v, "state"))?;
        // What the setter returns is not wanted.
        self.out.put([TUPLE2, REDUCE, POP]);
        Ok(())
    }
    fn new_object(&mut self, arguments: &Tuple, v: Value) -> PyResult<()> {
        let th = self.th;
        let Some((&class, rest)) = arguments.as_slice().split_first() else {
            return Err(self.raise("__newobj__ expected at least 1 argument, got 0"));
        };
        if !class.is_instance(&statics::TYPE_TYPE) {
            return self.wrong("first argument to __newobj__()", "a class", class);
        }
        let own = object::get_attr_str(th, v, "__class__")?;
        if !own.value().same(class) {
            let (own, class) = (object::repr_text(th, own.value())?, object::repr_text(th, class)?);
            return Err(self.raise(&format!("first argument to __newobj__() must be {own}, not {class}")));
        }
        self.save(class).map_err(|raised| self.note_part(raised, v, "class"))?;
        let rest = th.tuple(rest)?;
        self.save(rest.value()).map_err(|raised| self.note_part(raised, v, "__new__ arguments"))?;
        self.out.byte(NEWOBJ);
        Ok(())
    }
    fn new_object_with_keywords(&mut self, arguments: &Tuple, v: Value) -> PyResult<()> {
        let th = self.th;
        let &[class, args, keywords] = arguments.as_slice() else {
            return Err(self.raise(&format!("__newobj_ex__ expected 3 arguments, got {}", arguments.len())));
        };
        if !class.is_instance(&statics::TYPE_TYPE) {
            return self.wrong("first argument to __newobj_ex__()", "a class", class);
        }
        let Some(positional) = args.cast::<Tuple>() else {
            return self.wrong("second argument to __newobj_ex__()", "a tuple", args);
        };
        if keywords.cast::<Dict>().is_none() {
            return self.wrong("third argument to __newobj_ex__()", "a dict", keywords);
        }
        if self.proto >= 4 {
            self.save(class).map_err(|raised| self.note_part(raised, v, "class"))?;
            let saved = self.save(args).and_then(|()| self.save(keywords));
            saved.map_err(|raised| self.note_part(raised, v, "__new__ arguments"))?;
            self.out.byte(NEWOBJ_EX);
            return Ok(());
        }
        // Older readers call functools.partial(cls.__new__, cls, *args, **kwargs).
        let new = object::get_attr_str(th, class, "__new__")?;
        let mut items = vec![new.value(), class];
        items.extend_from_slice(positional.as_slice());
        let items = th.tuple(&items)?;
        let tables: &Tables = self.tables;
        let partial = call::call_ex(th, tables.partial.value(), items.value(), Some(keywords))?;
        let saved = self.save(partial.value()).and_then(|()| self.no_arguments());
        saved.map_err(|raised| self.note_part(raised, v, "reconstructor"))?;
        self.out.byte(REDUCE);
        Ok(())
    }
}
