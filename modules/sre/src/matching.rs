//! `re.Match`.

use crate::pattern::Pattern;
use crate::run::{Region, Spans};
use crate::subject::Subject;
use crate::{payload, template};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::generic_alias;

/// A match.
pub struct Match {
    pattern: Obj,
    string: Obj,
    region: Region,
    spans: Spans,
}

impl Payload for Match {
    #[inline(always)]
    fn ty() -> &'static Type {
        &MATCH_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.pattern);
        visitor.obj(&self.string);
    }
}

builtin_type! {
    /// `re.Match`.
    pub static MATCH_TYPE = TypeSpec {
        name: "re.Match",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(repr), mp_subscript: Some(subscript), ..Instance::<Match>::SLOTS },
        methods: methods::METHODS,
        getsets: methods::GETSETS,
        doc: "The result of re.match() and re.search().",
        ..Instance::<Match>::SPEC
    }
}

/// A match object.
///
/// # Errors
/// MemoryError.
pub fn create(th: &Thread, pattern: Value, subject: &Subject, region: Region, spans: Spans) -> PyResult {
    Instance::create(th, Match { pattern: pattern.own(), string: subject.object().clone(), region, spans })
}

impl Match {
    fn pattern(&self, th: &Thread) -> PyResult<&Pattern> {
        payload(th, self.pattern.value())
    }
    /// The number of a group given by number or name.
    fn index(&self, th: &Thread, group: Value) -> PyResult<usize> {
        let number = if let Some(i) = group.as_small_int() {
            Some(i)
        } else if number::has_index(group) {
            Some(number::as_index_clamped(th, group)? as i64)
        } else {
            match self.pattern(th)?.groupindex.cast::<Dict>() {
                Some(names) => match names.get(th, group) {
                    Ok(found) => found.and_then(|found| found.as_small_int()),
                    // Something that cannot be a name at all.
                    Err(_) => {
                        drop(th.take_exception());
                        None
                    }
                },
                None => None,
            }
        };
        let number = number.and_then(|i| usize::try_from(i).ok()).filter(|i| *i <= self.spans.groups());
        number.ok_or_else(|| th.index_error("no such group"))
    }
    fn text(&self, th: &Thread) -> PyResult<Subject> {
        Subject::new(th, self.string.value(), None)
    }
    fn part(&self, th: &Thread, text: &Subject, group: usize, default: Value) -> PyResult {
        match self.spans.get(group) {
            Some((start, end)) => text.slice(th, start, end),
            None => Ok(default.own()),
        }
    }
    fn group(&self, th: &Thread, group: Value) -> PyResult {
        let index = self.index(th, group)?;
        self.part(th, &self.text(th)?, index, statics::none())
    }
    fn bounds(&self, th: &Thread, group: Value) -> PyResult<(i64, i64)> {
        let index = self.index(th, group)?;
        Ok(self.spans.get(index).map_or((-1, -1), |(start, end)| (start as i64, end as i64)))
    }
    fn span_of(&self, th: &Thread, index: usize) -> PyResult {
        let (start, end) = self.spans.get(index).map_or((-1, -1), |(start, end)| (start as i64, end as i64));
        th.tuple(&[Value::small_int(start), Value::small_int(end)])
    }
}

fn repr(th: &Thread, this: Value) -> PyResult {
    let found = payload::<Match>(th, this)?;
    let whole = found.part(th, &found.text(th)?, 0, statics::none())?;
    let shown = object::repr_text(th, whole.value())?;
    let shown: String = shown.chars().take(50).collect();
    let (start, end) = found.spans.whole();
    th.str(&format!("<re.Match object; span=({start}, {end}), match={shown}>"))
}

fn subscript(th: &Thread, this: Value, group: Value) -> PyResult {
    payload::<Match>(th, this)?.group(th, group)
}

#[pymethods]
mod methods {
    use super::*;

    /// One or more groups, by number or name.
    #[method("group", raw)]
    fn group(th: &Thread, this: Value, args: Args) -> PyResult {
        args.no_keywords(th, "group")?;
        let found = payload::<Match>(th, this)?;
        match args.len() {
            0 => found.part(th, &found.text(th)?, 0, statics::none()),
            1 => found.group(th, args.get(0).unwrap_or(statics::none())),
            _ => th.tuple_from(args.values().map(|group| found.group(th, group)).collect::<PyResult<Vec<Obj>>>()?),
        }
    }
    /// A group, by number or name.
    #[method("__getitem__(key, /)")]
    fn getitem(th: &Thread, this: &Instance<Match>, key: Value) -> PyResult {
        this.group(th, key)
    }
    /// All groups, with a default for those that did not take part.
    #[method("groups(default=None)")]
    fn groups(th: &Thread, this: &Instance<Match>, default: Value) -> PyResult {
        let text = this.text(th)?;
        let parts = (1..=this.spans.groups()).map(|group| this.part(th, &text, group, default));
        th.tuple_from(parts.collect::<PyResult<Vec<Obj>>>()?)
    }
    /// All named groups, by name.
    #[method("groupdict(default=None)")]
    fn groupdict(th: &Thread, this: &Instance<Match>, default: Value) -> PyResult {
        let result = Dict::new(th)?;
        let text = this.text(th)?;
        let names = this.pattern(th)?.groupindex.cast::<Dict>().map_or_else(Vec::new, Dict::entries);
        if let Some(target) = result.cast::<Dict>() {
            for (name, index, hash) in names {
                let index = this.index(th, index.value())?;
                let part = this.part(th, &text, index, default)?;
                target.set_hashed(th, name.value(), hash, part.value())?;
            }
        }
        Ok(result)
    }
    /// Where a group begins, or -1.
    #[method("start(group=0, /)", raw)]
    fn start(th: &Thread, this: Value, args: Args) -> PyResult<i64> {
        args.expect(th, "start", 0, 1)?;
        Ok(payload::<Match>(th, this)?.bounds(th, args.get(0).unwrap_or(Value::small_int(0)))?.0)
    }
    /// Where a group ends, or -1.
    #[method("end(group=0, /)", raw)]
    fn end(th: &Thread, this: Value, args: Args) -> PyResult<i64> {
        args.expect(th, "end", 0, 1)?;
        Ok(payload::<Match>(th, this)?.bounds(th, args.get(0).unwrap_or(Value::small_int(0)))?.1)
    }
    /// Where a group begins and ends.
    #[method("span(group=0, /)", raw)]
    fn span(th: &Thread, this: Value, args: Args) -> PyResult {
        args.expect(th, "span", 0, 1)?;
        let found = payload::<Match>(th, this)?;
        let index = found.index(th, args.get(0).unwrap_or(Value::small_int(0)))?;
        found.span_of(th, index)
    }
    /// A template with references to groups, filled in.
    #[method("expand(template)")]
    fn expand(th: &Thread, this: Value, template: Value) -> PyResult {
        let found = payload::<Match>(th, this)?;
        let text = found.text(th)?;
        template::expand(th, found.pattern.value(), template, &text, &found.spans)
    }
    /// The string that was searched.
    #[getter("string")]
    fn string(_: &Thread, this: &Instance<Match>) -> Obj {
        this.string.clone()
    }
    /// The pattern.
    #[getter("re")]
    fn re(_: &Thread, this: &Instance<Match>) -> Obj {
        this.pattern.clone()
    }
    /// Where the search began.
    #[getter("pos")]
    fn pos(_: &Thread, this: &Instance<Match>) -> usize {
        this.region.start
    }
    /// Where the search had to end.
    #[getter("endpos")]
    fn endpos(_: &Thread, this: &Instance<Match>) -> usize {
        this.region.end
    }
    /// The number of the group that was closed last.
    #[getter("lastindex")]
    fn lastindex(_: &Thread, this: &Instance<Match>) -> Option<usize> {
        this.spans.lastindex
    }
    /// Its name.
    #[getter("lastgroup")]
    fn lastgroup(th: &Thread, this: &Instance<Match>) -> PyResult<Option<Obj>> {
        let pattern = this.pattern(th)?;
        Ok(this.spans.lastindex.and_then(|index| pattern.name_of(index)))
    }
    /// The spans of all groups.
    #[getter("regs")]
    fn regs(th: &Thread, this: &Instance<Match>) -> PyResult {
        let spans = (0..=this.spans.groups()).map(|group| this.span_of(th, group));
        th.tuple_from(spans.collect::<PyResult<Vec<Obj>>>()?)
    }
    #[method("__copy__()")]
    fn copy(_: &Thread, this: Value) -> Obj {
        this.own()
    }
    #[method("__deepcopy__(memo, /)")]
    fn deepcopy(_: &Thread, this: Value, memo: Value) -> Obj {
        let _ = memo;
        this.own()
    }
    /// For annotations.
    #[classmethod("__class_getitem__(object, /)")]
    fn class_getitem(th: &Thread, class: Value, item: Value) -> PyResult {
        generic_alias::new(th, class, item)
    }
}
