//! Expansion of an annotated module: a wrapper for each function, and the tables.

use crate::signature::Signature;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Error, FnArg, Item, ItemFn, ItemMod, LitStr, Pat, Result, Type};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Function,
    Method,
    Class,
    Static,
    Getter,
    Setter,
}

struct Marker {
    kind: Kind,
    signature: String,
    raw: bool,
    pure_native: bool,
    member: bool,
}

fn marker(attribute: &Attribute) -> Result<Option<Marker>> {
    let Some(ident) = attribute.path().get_ident() else { return Ok(None) };
    let kind = match ident.to_string().as_str() {
        "function" => Kind::Function,
        "method" => Kind::Method,
        "classmethod" => Kind::Class,
        "staticmethod" => Kind::Static,
        "getter" => Kind::Getter,
        "setter" => Kind::Setter,
        _ => return Ok(None),
    };
    let (mut raw, mut pure_native, mut member) = (false, false, false);
    let signature = attribute.parse_args_with(|input: syn::parse::ParseStream| {
        let text: LitStr = input.parse()?;
        while input.peek(syn::Token![,]) {
            input.parse::<syn::Token![,]>()?;
            let flag: syn::Ident = input.parse()?;
            match flag.to_string().as_str() {
                "raw" => raw = true,
                "pure" => pure_native = true,
                "member" => member = true,
                other => return Err(Error::new(flag.span(), format!("unknown flag {other}"))),
            }
        }
        Ok(text.value())
    })?;
    Ok(Some(Marker { kind, signature, raw, pure_native, member }))
}

fn docstring(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_string())
        .collect();
    lines.join("\n")
}

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut module: ItemMod = syn::parse2(item)?;
    let span = module.ident.span();
    let Some((_, items)) = &mut module.content else {
        return Err(Error::new(span, "an inline module is needed"));
    };
    let (mut wrappers, mut methods, mut getsets) =
        (Vec::new(), Vec::new(), Vec::<(String, String, syn::Ident, Option<syn::Ident>, bool)>::new());
    for item in items.iter_mut() {
        let Item::Fn(function) = item else { continue };
        let mut found = None;
        let mut kept = Vec::new();
        for attribute in function.attrs.drain(..) {
            match marker(&attribute)? {
                Some(marker) => found = Some(marker),
                None => kept.push(attribute),
            }
        }
        let doc = docstring(&kept);
        function.attrs = kept;
        let Some(marker) = found else { continue };
        let wrapper = format_ident!("__wrap_{}", function.sig.ident);
        match marker.kind {
            Kind::Getter => {
                wrappers.push(getter(function, &wrapper)?);
                getsets.push((marker.signature, doc, wrapper, None, marker.member));
            }
            Kind::Setter => {
                wrappers.push(setter(function, &wrapper)?);
                match getsets.iter_mut().find(|entry| entry.0 == marker.signature) {
                    Some(entry) => entry.3 = Some(wrapper),
                    None => return Err(Error::new(span, format!("setter {} before its getter", marker.signature))),
                }
            }
            _ => {
                let (code, def) = method(function, &marker, &doc, &wrapper)?;
                wrappers.push(code);
                methods.push(def);
            }
        }
    }
    let getsets = getsets.into_iter().map(|(name, doc, get, set, member)| {
        let set = match set {
            Some(set) => quote!(Some(#set)),
            None => quote!(None),
        };
        quote!(whipsnake_runtime::native::GetSetDef { name: #name, doc: #doc, get: #get, set: #set, member: #member })
    });
    let tables: TokenStream = quote! {
        #(#wrappers)*
        /// The methods or functions of this module.
        pub static METHODS: &[whipsnake_runtime::native::MethodDef] = &[#(#methods),*];
        /// The computed attributes of this module.
        pub static GETSETS: &[whipsnake_runtime::native::GetSetDef] = &[#(#getsets),*];
    };
    items.push(Item::Verbatim(tables));
    Ok(quote!(#module))
}

/// The receiver's conversion: a value as it is, or the layout the descriptor has checked.
fn receiver(argument: &FnArg) -> Result<TokenStream> {
    let FnArg::Typed(typed) = argument else { return Err(Error::new_spanned(argument, "no self here")) };
    Ok(match &*typed.ty {
        // SAFETY comment is part of the generated code: the descriptor checks the receiver.
        Type::Reference(_) => quote!({
            // SAFETY: I4, descriptors check the receiver's type before the call.
            unsafe { whipsnake_runtime::obj::ValueExt::cast_unchecked(__this) }
        }),
        _ => quote!(__this),
    })
}

fn getter(function: &ItemFn, wrapper: &syn::Ident) -> Result<TokenStream> {
    let name = &function.sig.ident;
    let this = receiver(function.sig.inputs.iter().nth(1).ok_or_else(|| Error::new_spanned(name, "needs `this`"))?)?;
    Ok(quote! {
        fn #wrapper(__th: &whipsnake_runtime::thread::Thread, __this: whipsnake_runtime::prelude::Value) -> whipsnake_runtime::error::PyResult {
            whipsnake_runtime::args::IntoPy::into_py(#name(__th, #this), __th)
        }
    })
}

fn setter(function: &ItemFn, wrapper: &syn::Ident) -> Result<TokenStream> {
    let name = &function.sig.ident;
    let this = receiver(function.sig.inputs.iter().nth(1).ok_or_else(|| Error::new_spanned(name, "needs `this`"))?)?;
    Ok(quote! {
        fn #wrapper(__th: &whipsnake_runtime::thread::Thread, __this: whipsnake_runtime::prelude::Value, __value: Option<whipsnake_runtime::prelude::Value>) -> whipsnake_runtime::error::PyResult<()> {
            #name(__th, #this, __value)
        }
    })
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Option"))
}

fn default_expression(text: &str) -> Result<TokenStream> {
    let rust = match text {
        "True" => "true".to_string(),
        "False" => "false".to_string(),
        "None" => "whipsnake_runtime::types::statics::none()".to_string(),
        "sys.maxsize" => "isize::MAX".to_string(),
        quoted if quoted.starts_with('\'') => format!("\"{}\".into()", quoted.trim_matches('\'')),
        other => other.to_string(),
    };
    rust.parse().map_err(|_| Error::new(proc_macro2::Span::call_site(), format!("bad default {text}")))
}

fn method(function: &ItemFn, marker: &Marker, doc: &str, wrapper: &syn::Ident) -> Result<(TokenStream, TokenStream)> {
    let name = &function.sig.ident;
    let signature = Signature::parse(&marker.signature).map_err(|e| Error::new_spanned(name, e))?;
    let python_name = &signature.name;
    let text_signature = match (&signature.text, marker.kind) {
        (None, _) => String::new(),
        (Some(text), kind) => {
            let first = match kind {
                Kind::Function => "$module",
                Kind::Class => "$type",
                Kind::Static => "",
                _ => "$self",
            };
            match (first.is_empty(), text.is_empty()) {
                (true, _) => format!("({text})"),
                (false, true) => format!("({first}, /)"),
                (false, false) => {
                    let slash = if signature.positional_only == 0 { ", /" } else { "" };
                    format!("({first}{slash}, {text})")
                }
            }
        }
    };
    let mut inputs: Vec<&FnArg> = function.sig.inputs.iter().skip(1).collect();
    let takes_this = match marker.kind {
        Kind::Method | Kind::Class => true,
        Kind::Static => false,
        _ => inputs.first().is_some_and(|argument| match argument {
            FnArg::Typed(typed) => matches!(&*typed.pat, Pat::Ident(p) if p.ident == "module"),
            _ => false,
        }),
    };
    let this = if takes_this {
        if inputs.is_empty() {
            return Err(Error::new_spanned(name, "needs a receiver"));
        }
        let this = receiver(inputs.remove(0))?;
        quote!(#this,)
    } else {
        quote!()
    };
    let kind = match marker.kind {
        Kind::Class => quote!(Class),
        Kind::Static => quote!(Static),
        _ => quote!(Plain),
    };
    let pure_native = marker.pure_native;
    let define = |code: TokenStream| {
        quote!(whipsnake_runtime::native::MethodDef {
            name: #python_name, doc: #doc, text_signature: #text_signature,
            kind: whipsnake_runtime::native::MethodKind::#kind,
            code: whipsnake_runtime::native::NativeCode::#code, pure_native: #pure_native,
        })
    };
    let th = quote!(__th: &whipsnake_runtime::thread::Thread);
    let value = quote!(whipsnake_runtime::prelude::Value);
    let result = quote!(whipsnake_runtime::error::PyResult);
    let into = quote!(whipsnake_runtime::args::IntoPy::into_py);
    if marker.raw {
        let code = quote! {
            fn #wrapper(#th, __this: #value, __args: whipsnake_runtime::args::Args) -> #result {
                #into(#name(__th, #this __args), __th)
            }
        };
        return Ok((code, define(quote!(Args(#wrapper)))));
    }
    let count = signature.parameters.len();
    let expected = count + signature.varargs as usize + signature.varkw as usize;
    if inputs.len() != expected {
        return Err(Error::new_spanned(
            &function.sig,
            format!("{} parameters in Rust, {expected} in the signature", inputs.len()),
        ));
    }
    let all_required = signature.parameters.iter().all(|p| p.default.is_none());
    let simple = signature.positional_only == count && !signature.varargs && !signature.varkw;
    let argument_name = |i: usize| {
        let parameter = &signature.parameters[i].name;
        let position = i + 1;
        let only = simple && count == 1;
        quote!(whipsnake_runtime::args::ArgName { function: #python_name, name: #parameter, position: #position, only: #only })
    };
    let convert = |i: usize, v: TokenStream| {
        let what = argument_name(i);
        quote!(whipsnake_runtime::args::FromArg::from_arg(__th, #v, #what)?)
    };
    if simple && all_required && count == 0 {
        let code = quote!(fn #wrapper(#th, __this: #value) -> #result { #into(#name(__th, #this), __th) });
        return Ok((code, define(quote!(NoArgs(#wrapper)))));
    }
    if simple && all_required && count == 1 {
        let v = convert(0, quote!(__a));
        let code =
            quote!(fn #wrapper(#th, __this: #value, __a: #value) -> #result { #into(#name(__th, #this #v), __th) });
        return Ok((code, define(quote!(One(#wrapper)))));
    }
    // Order of Rust parameters: as written in the signature, with `*args` where it stands and `**kwargs` last.
    let mut arguments = Vec::new();
    for i in 0..count {
        if signature.varargs && i == signature.positional {
            arguments.push(quote!(__rest));
        }
        let at = i + (signature.varargs && i >= signature.positional) as usize;
        let FnArg::Typed(typed) = inputs[at] else { return Err(Error::new_spanned(inputs[at], "no self here")) };
        let converted = convert(i, quote!(__v));
        arguments.push(match &signature.parameters[i].default {
            None => {
                let converted = convert(i, quote!(__bound[#i].unwrap_or(whipsnake_runtime::types::statics::none())));
                quote!(#converted)
            }
            Some(_) if is_option(&typed.ty) => quote!(match __bound[#i] { Some(__v) => #converted, None => None }),
            Some(text) => {
                let default = default_expression(text)?;
                quote!(match __bound[#i] { Some(__v) => #converted, None => #default })
            }
        });
    }
    if signature.varargs && signature.positional == count {
        arguments.push(quote!(__rest));
    }
    if signature.varkw {
        arguments.push(quote!(__extra));
    }
    let names: Vec<&String> = signature.parameters.iter().map(|p| &p.name).collect();
    let required: Vec<bool> = signature.parameters.iter().map(|p| p.default.is_none()).collect();
    let (positional_only, positional) = (signature.positional_only, signature.positional);
    let (has_varargs, has_varkw) = (signature.varargs, signature.varkw);
    let minimum = required[..positional].iter().filter(|r| **r).count();
    let no_required_keywords = required[positional..].iter().all(|r| !r);
    let rest = if has_varargs {
        quote!(let __rest = &__args.positional_slots()[__args.len().min(#positional)..];)
    } else {
        quote!()
    };
    let code = quote! {
        fn #wrapper(#th, __this: #value, __args: whipsnake_runtime::args::Args) -> #result {
            static PARAMS: whipsnake_runtime::args::Params = whipsnake_runtime::args::Params {
                function: #python_name, names: &[#(#names),*], positional_only: #positional_only, positional: #positional,
                required: &[#(#required),*], has_varargs: #has_varargs, has_varkw: #has_varkw,
            };
            let mut __bound: [Option<#value>; #count] = [None; #count];
            let __given = __args.len();
            #[allow(unused_variables, clippy::absurd_extreme_comparisons)]
            let __extra = if __args.keyword_count() == 0 && __given >= #minimum && (__given <= #positional || #has_varargs) && #no_required_keywords {
                for (__slot, __v) in __bound.iter_mut().zip(__args.values().take(#positional)) { *__slot = Some(__v); }
                Vec::new()
            } else {
                PARAMS.bind(__th, __args, &mut __bound)?
            };
            #rest
            #into(#name(__th, #this #(#arguments),*), __th)
        }
    };
    Ok((code, define(quote!(Args(#wrapper)))))
}
