//! Templates of replacements: literal text and references to groups.

use crate::pattern::Pattern;
use crate::payload;
use crate::run::Spans;
use crate::subject::Subject;
use crate::substitute::Output;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::list::List;

/// A compiled template.
pub struct Template {
    /// Text before the first reference.
    pub literal: Obj,
    /// References, each with the text behind it.
    pub parts: Vec<(usize, Obj)>,
}

impl Payload for Template {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TEMPLATE_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.literal);
        for (_, text) in &self.parts {
            visitor.obj(text);
        }
    }
}

builtin_type! {
    /// `_sre.SRE_Template`.
    pub static TEMPLATE_TYPE = TypeSpec {
        name: "_sre.SRE_Template",
        flags: flags::HAVE_GC | flags::DISALLOW_INSTANTIATION,
        slots: Instance::<Template>::SLOTS,
        ..Instance::<Template>::SPEC
    }
}

/// `_sre.template`: the list is a text, then pairs of a group's number and a text.
pub fn compile(th: &Thread, pattern: Value, parts: Value) -> PyResult {
    let groups = payload::<Pattern>(th, pattern)?.program.groups();
    let Some(list) = parts.cast::<List>() else {
        return err!(th, TYPE_ERROR, "template() argument 2 must be list, not {}", parts.ty().name());
    };
    let items = list.as_slice();
    let Some((literal, rest)) = items.split_first().filter(|(_, rest)| rest.len() % 2 == 0) else {
        return err!(th, TYPE_ERROR, "invalid template");
    };
    let mut made = Template { literal: literal.own(), parts: Vec::with_capacity(rest.len() / 2) };
    for pair in rest.chunks_exact(2) {
        let index = whipsnake_runtime::types::int::try_i64(pair[0])
            .and_then(|i| usize::try_from(i).ok())
            .filter(|i| *i <= groups);
        let Some(index) = index else { return err!(th, TYPE_ERROR, "invalid template") };
        made.parts.push((index, pair[1].own()));
    }
    Instance::create(th, made)
}

/// The template object for a replacement, through `re`'s cache.
///
/// # Errors
/// Those of a malformed template.
pub fn for_replacement(th: &Thread, pattern: Value, replacement: Value) -> PyResult {
    let function = whipsnake_runtime::import::attribute(th, "re", "_compile_template")?;
    call::call2(th, function.value(), pattern, replacement)
}

impl Template {
    /// Writes the template with its references filled in.
    ///
    /// # Errors
    /// TypeError when the texts are not of the subject's kind.
    pub fn write(
        &self,
        th: &Thread,
        output: &mut Output,
        subject: &Subject,
        span: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> PyResult<()> {
        output.push_object(th, self.literal.value())?;
        for (group, text) in &self.parts {
            if let Some((start, end)) = span(*group) {
                output.push_slice(subject, start, end);
            }
            output.push_object(th, text.value())?;
        }
        Ok(())
    }
}

/// `Match.expand`.
pub fn expand(th: &Thread, pattern: Value, template: Value, subject: &Subject, spans: &Spans) -> PyResult {
    let made = for_replacement(th, pattern, template)?;
    let template = payload::<Template>(th, made.value())?;
    if template.parts.is_empty() {
        return Ok(template.literal.clone());
    }
    let mut output = Output::new(subject);
    template.write(th, &mut output, subject, |group| spans.get(group))?;
    output.finish(th)
}
