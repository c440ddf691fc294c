//! Matches one after another: `Pattern.scanner` and the iterator of `finditer`.

use crate::pattern::Pattern;
use crate::run::{self, Mode, Region};
use crate::subject::Subject;
use crate::{matching, payload};
use std::cell::{Cell, RefCell};
use whipsnake_runtime::prelude::*;

/// A pattern on its way through a text.
pub struct Walk {
    pattern: Obj,
    /// `None` when the walk is over.
    subject: RefCell<Option<Subject>>,
    region: Region,
    /// Where to go on.
    at: Cell<usize>,
    /// The last match was empty and ended here.
    must_advance: Cell<bool>,
}

impl Walk {
    fn new(th: &Thread, pattern: Value, string: Value, pos: isize, endpos: isize) -> PyResult<Walk> {
        let subject = Subject::new(th, string, payload::<Pattern>(th, pattern)?.is_bytes)?;
        let region = Region::clamp(pos, endpos, subject.len());
        Ok(Walk {
            pattern: pattern.own(),
            subject: RefCell::new(Some(subject)),
            region,
            at: Cell::new(region.start),
            must_advance: Cell::new(false),
        })
    }
    fn next(&self, th: &Thread, mode: Mode) -> PyResult<Option<Obj>> {
        // Taken out for the length of the search: a signal handler may use this walk too.
        let Some(subject) = self.subject.borrow_mut().take() else { return Ok(None) };
        let pattern = payload::<Pattern>(th, self.pattern.value())?;
        let from = Region { start: self.at.get(), end: self.region.end };
        let found = run::once(th, pattern, &subject, from, mode, self.must_advance.get())?;
        let Some(spans) = found else { return Ok(None) };
        let (start, end) = spans.whole();
        self.at.set(end);
        self.must_advance.set(start == end);
        let made = matching::create(th, self.pattern.value(), &subject, self.region, spans)?;
        *self.subject.borrow_mut() = Some(subject);
        Ok(Some(made))
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.pattern);
        if let Ok(subject) = self.subject.try_borrow()
            && let Some(Subject::Text(object)) = &*subject
        {
            visitor.obj(object);
        }
    }
}

/// `_sre.SRE_Scanner`.
pub struct Scanner(Walk);

impl Payload for Scanner {
    #[inline(always)]
    fn ty() -> &'static Type {
        &SCANNER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.0.traverse(visitor);
    }
}

/// The iterator of `finditer`.
pub struct FindIterator(Walk);

impl Payload for FindIterator {
    #[inline(always)]
    fn ty() -> &'static Type {
        &FIND_ITERATOR_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        self.0.traverse(visitor);
    }
}

builtin_type! {
    /// `_sre.SRE_Scanner`.
    pub static SCANNER_TYPE = TypeSpec {
        name: "_sre.SRE_Scanner",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Instance::<Scanner>::SLOTS,
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        ..Instance::<Scanner>::SPEC
    }
}
builtin_type! {
    /// What `finditer` returns; CPython uses its `callable_iterator`.
    pub static FIND_ITERATOR_TYPE = TypeSpec {
        name: "callable_iterator",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots {
            iter: Some(iter::self_iter),
            iternext: Some(next),
            ..Instance::<FindIterator>::SLOTS
        },
        ..Instance::<FindIterator>::SPEC
    }
}

fn next(th: &Thread, this: Value) -> PyResult<Option<Obj>> {
    payload::<FindIterator>(th, this)?.0.next(th, Mode::Search)
}

/// `Pattern.scanner`.
pub fn create(th: &Thread, pattern: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
    Instance::create(th, Scanner(Walk::new(th, pattern, string, pos, endpos)?))
}

/// `Pattern.finditer`.
pub fn find_iterator(th: &Thread, pattern: Value, string: Value, pos: isize, endpos: isize) -> PyResult {
    Instance::create(th, FindIterator(Walk::new(th, pattern, string, pos, endpos)?))
}

#[pymethods]
mod methods {
    use super::*;

    /// Matches where the last match ended.
    #[method("match()")]
    fn match_(th: &Thread, this: &Instance<Scanner>) -> PyResult<Option<Obj>> {
        this.0.next(th, Mode::Match)
    }
    /// Looks for a match from where the last one ended.
    #[method("search()")]
    fn search(th: &Thread, this: &Instance<Scanner>) -> PyResult<Option<Obj>> {
        this.0.next(th, Mode::Search)
    }
    /// The pattern.
    #[getter("pattern")]
    fn pattern(_: &Thread, this: &Instance<Scanner>) -> Obj {
        this.0.pattern.clone()
    }
}
