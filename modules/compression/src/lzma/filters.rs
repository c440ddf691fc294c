//! Filters as dicts.

use super::raise_text;
use super::stream::{Filter, MOST_FILTERS, Options};
use liblzma_sys as l;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::protocols::mapping;
use whipsnake_runtime::types::dict::Dict;
use whipsnake_runtime::types::str::{Str, to_cow};

/// A number that fits 32 bits.
///
/// # Errors
/// TypeError, ValueError, OverflowError.
pub fn as_u32(th: &Thread, v: Value) -> PyResult<u32> {
    let n = as_u64(th, v, "Python int too large for C uint32_t")?;
    u32::try_from(n).map_err(|_| th.overflow_error("Python int too large for C uint32_t"))
}

/// A number that is not negative and fits 64 bits.
pub fn as_u64(th: &Thread, v: Value, too_large: &str) -> PyResult<u64> {
    let n = number::index(th, v)?;
    if whipsnake_runtime::types::int::is_negative(n.value()) {
        return Err(th.value_error("Cannot convert negative int"));
    }
    number::as_u64(th, n.value()).map_err(|raised| {
        if th.exception_matches(&statics::OVERFLOW_ERROR) {
            drop(th.take_exception());
            return th.overflow_error(too_large);
        }
        raised
    })
}

/// The entries of a specifier as numbers; ValueError with `message` when one is no such number or not allowed.
fn entries(th: &Thread, spec: Value, allowed: &[&str], message: &str) -> PyResult<Vec<(String, u32)>> {
    let Some(dict) = spec.cast::<Dict>() else { return Err(th.value_error(message)) };
    let mut found = Vec::new();
    for (name, value, _) in dict.entries() {
        let text = name.cast::<Str>().map(|name| to_cow(name.value()).into_owned());
        let Some(text) = text.filter(|text| allowed.contains(&text.as_str())) else {
            return Err(th.value_error(message));
        };
        if text == "id" || text == "preset" {
            continue;
        }
        match as_u32(th, value.value()) {
            Ok(number) => found.push((text, number)),
            Err(_) => {
                drop(th.take_exception());
                return Err(th.value_error(message));
            }
        }
    }
    Ok(found)
}

fn lzma(th: &Thread, id: u64, spec: Value) -> PyResult<Filter> {
    let name = th.intern("preset")?;
    let preset = match mapping::lookup_item(th, spec, name.value())? {
        Some(preset) => as_u32(th, preset.value())?,
        None => l::LZMA_PRESET_DEFAULT,
    };
    let Some(mut options) = Options::preset(preset) else {
        return Err(raise_text(th, &format!("Invalid compression preset: {preset}")));
    };
    let allowed = ["id", "preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth"];
    for (name, value) in entries(th, spec, &allowed, "Invalid filter specifier for LZMA filter")? {
        match name.as_str() {
            "dict_size" => options.dict_size = value,
            "lc" => options.lc = value,
            "lp" => options.lp = value,
            "pb" => options.pb = value,
            "mode" => options.mode = value,
            "nice_len" => options.nice_len = value,
            "mf" => options.mf = value,
            _ => options.depth = value,
        }
    }
    Ok(Filter::Lzma(id, Box::new(options)))
}

/// The filter that a specifier describes.
///
/// # Errors
/// TypeError, ValueError, LZMAError.
pub fn filter(th: &Thread, spec: Value) -> PyResult<Filter> {
    if !mapping::is_mapping(spec) {
        return Err(th.type_error("Filter specifier must be a dict or dict-like object"));
    }
    let id = mapping::get_item_str(th, spec, "id");
    let Some(id) = th.catch(id, &statics::KEY_ERROR)? else {
        return Err(th.value_error("Filter specifier must have an \"id\" entry"));
    };
    let id = as_u64(th, id.value(), "Python int too large to convert to C unsigned long long")?;
    match id {
        l::LZMA_FILTER_LZMA1 | l::LZMA_FILTER_LZMA2 => lzma(th, id, spec),
        l::LZMA_FILTER_DELTA => {
            let entries = entries(th, spec, &["id", "dist"], "Invalid filter specifier for delta filter")?;
            Ok(Filter::Delta(entries.first().map_or(1, |(_, distance)| *distance)))
        }
        l::LZMA_FILTER_X86..=l::LZMA_FILTER_SPARC => {
            let entries = entries(th, spec, &["id", "start_offset"], "Invalid filter specifier for BCJ filter")?;
            Ok(Filter::Code(id, entries.first().map_or(0, |(_, start)| *start)))
        }
        _ => err!(th, VALUE_ERROR, "Invalid filter ID: {id}"),
    }
}

/// The chain of filters that a sequence of specifiers describes.
///
/// # Errors
/// As for [`filter`].
pub fn chain(th: &Thread, specs: Value) -> PyResult<Vec<Filter>> {
    if specs.cast::<Dict>().is_some() {
        return err!(th, TYPE_ERROR, "{} is not a sequence", specs.ty().name());
    }
    let count = object::len(th, specs)? as usize;
    if count > MOST_FILTERS {
        return err!(th, VALUE_ERROR, "Too many filters - liblzma supports a maximum of {MOST_FILTERS}");
    }
    let mut chain = Vec::new();
    for i in 0..count {
        let spec = sequence::get_item(th, specs, i as isize)?;
        chain.push(filter(th, spec.value())?);
    }
    Ok(chain)
}

/// A filter as a dict.
///
/// # Errors
/// ValueError for filters that are not known here.
pub fn spec(th: &Thread, id: u64, filter: Option<&Filter>) -> PyResult {
    let number = |n: u64| th.uint(n);
    let mut items = vec![("id", number(id)?)];
    match (filter, id) {
        (Some(Filter::Lzma(l::LZMA_FILTER_LZMA1, options)), _) => {
            items.push(("lc", number(options.lc.into())?));
            items.push(("lp", number(options.lp.into())?));
            items.push(("pb", number(options.pb.into())?));
            items.push(("dict_size", number(options.dict_size.into())?));
        }
        (Some(Filter::Lzma(_, options)), _) => items.push(("dict_size", number(options.dict_size.into())?)),
        (Some(Filter::Delta(distance)), _) => items.push(("dist", number((*distance).into())?)),
        (Some(Filter::Code(_, start)), l::LZMA_FILTER_X86..=l::LZMA_FILTER_SPARC) => {
            items.push(("start_offset", number((*start).into())?));
        }
        (None, l::LZMA_FILTER_X86..=l::LZMA_FILTER_SPARC) => {}
        _ => return err!(th, VALUE_ERROR, "Invalid filter ID: {id}"),
    }
    let items: Vec<(&str, Value)> = items.iter().map(|(name, value)| (*name, value.value())).collect();
    th.dict_of(&items)
}
