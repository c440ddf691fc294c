//! Uops, as their signatures declare them.

use quote::ToTokens;
use syn::{Attribute, FnArg, Item, ReturnType, Type};

/// A parameter of a uop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A borrowed stack operand of a kind (`Any`, `SmallInt`, ...).
    Ref(String),
    /// A stack slot whose ownership the op takes.
    Slot,
    /// The thread: the op can run Python code.
    Thread,
    /// The part of the thread that fast bodies see.
    Core,
    Frame,
    OpArg,
    /// An inline-cache entry: width in bits, offset in units behind the counter's place.
    Cache(u32, usize),
    /// The interpreter's registers.
    State,
}

/// A result that is pushed or released.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// An owned value of a kind.
    Own(String),
    /// A slot as it is.
    Raw,
    /// An owned runtime object.
    Obj,
    /// Released, not pushed.
    Dead,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UopKind {
    /// Pops its operands, pushes its results.
    Plain,
    /// Looks at one operand and may exit.
    Guard,
    /// Leaves its operands on the stack.
    Peek,
    /// Leaves all operands but the top one.
    PeekBelow,
    /// Pops, then jumps by the oparg when true.
    Branch,
    /// Leaves its operand; jumps behind the loop when false.
    PeekBranch,
    /// Moves the instruction pointer by the units it returns, counted from the next instruction.
    Jump,
    /// Pushes as many nulls (0 or 1) as it says, without a branch: the slot above the stack is always there to write to.
    NullIf,
    /// Works on the registers itself.
    Control,
    /// As `Control`, in front of another instruction at the same place, which it names.
    Redirect,
}

/// One uop.
#[derive(Clone, Debug)]
pub struct Uop {
    pub name: String,
    pub module: String,
    pub kind: UopKind,
    /// The guard's name in listings: `INT` becomes `_GUARD_TOS_INT`.
    pub guard_name: Option<String>,
    /// The name in listings, if it is not the function's.
    pub listing_name: Option<String>,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    /// Returns `Deopt`.
    pub deopts: bool,
    /// Returns `PyResult`.
    pub raises: bool,
    /// Changes nothing but the operand stack: it can be done again as long as that has not been written.
    pub repeatable: bool,
    /// The slots it pushes own nothing.
    pub borrows: bool,
    /// The function of the same module that gives its slot to who only looks at it.
    pub look: Option<String>,
    /// The function of the same module, with the same parameters, that goes on where this one exits: what it has done by then stays done.
    pub slow: Option<String>,
    /// Control ops that cannot raise do not need the frame's instruction saved.
    pub saves_instruction: bool,
    pub doc: String,
}

/// Whether values of this kind own nothing.
pub fn is_immediate(kind: &str) -> bool {
    matches!(kind, "SmallInt" | "SmallFloat" | "Bool")
}

impl Uop {
    /// Operands taken from the stack.
    pub fn operands(&self) -> usize {
        self.inputs.iter().filter(|input| matches!(input, Input::Ref(_) | Input::Slot)).count()
    }
    /// Results that are always pushed.
    pub fn pushes(&self) -> usize {
        self.outputs.iter().filter(|output| **output != Output::Dead).count()
    }
    /// Operands that are gone from the stack afterwards.
    pub fn pops(&self) -> usize {
        match self.kind {
            UopKind::Guard | UopKind::Peek | UopKind::PeekBranch => 0,
            UopKind::PeekBelow => 1,
            _ => self.operands(),
        }
    }
    /// Whether it can run Python code.
    pub fn escapes(&self) -> bool {
        let redirects = self.kind == UopKind::Redirect;
        redirects || self.inputs.contains(&Input::Thread) || (self.kind == UopKind::Control && self.saves_instruction)
    }
    /// Whether anything is different after it, so that the instruction can no longer start over.
    pub fn changes_state(&self) -> bool {
        let looks = matches!(self.kind, UopKind::Guard | UopKind::PeekBranch);
        let counts = self.operands() > 0 || self.kind == UopKind::NullIf || !self.outputs.is_empty();
        !looks && (counts || self.escapes() || self.ends_handler())
    }
    /// Whether something may have to be released after it.
    pub fn releases(&self) -> bool {
        let operand = |input: &Input| matches!(input, Input::Ref(kind) if !is_immediate(kind));
        let stays = matches!(self.kind, UopKind::Guard | UopKind::Peek | UopKind::PeekBranch);
        self.outputs.contains(&Output::Dead) || (!stays && self.inputs.iter().any(operand))
    }
    /// Whether it decides where execution goes on, so that nothing can follow it.
    pub fn ends_handler(&self) -> bool {
        matches!(self.kind, UopKind::Branch | UopKind::Jump | UopKind::Control | UopKind::Redirect)
    }
    /// The name in listings, for a guard at a depth.
    pub fn listing(&self, depth: usize) -> String {
        match &self.guard_name {
            Some(name) if name.contains('_') => format!("_{name}"),
            Some(name) => format!("_GUARD_{}_{name}", ["TOS", "NOS", "3OS"].get(depth).copied().unwrap_or("DEEP")),
            None => format!("_{}", self.listing_name.as_ref().unwrap_or(&self.name).to_uppercase()),
        }
    }
}

/// Adds the uops of a source file.
pub fn parse_file(text: &str, module: &str, uops: &mut Vec<Uop>) -> Result<(), String> {
    let file = syn::parse_file(text).map_err(|e| e.to_string())?;
    for item in &file.items {
        if let Item::Fn(function) = item
            && let Some(attribute) = function.attrs.iter().find(|a| a.path().is_ident("uop"))
        {
            uops.push(parse_uop(function, attribute, module)?);
        }
    }
    Ok(())
}

fn parse_uop(function: &syn::ItemFn, attribute: &Attribute, module: &str) -> Result<Uop, String> {
    let name = function.sig.ident.to_string();
    let arguments = match &attribute.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    };
    let has = |word: &str| arguments.split([',', ' ']).any(|part| part == word);
    let named = |key: &str| {
        let (found, text) = arguments.split_once('=')?;
        (found.split([',', ' ']).rfind(|word| !word.is_empty()) == Some(key))
            .then(|| text.trim().trim_matches('"').to_string())
    };
    let guard_name = named("guard");
    let listing_name = named("name");
    let kind = match () {
        _ if guard_name.is_some() => UopKind::Guard,
        _ if has("control") => UopKind::Control,
        _ if has("redirect") => UopKind::Redirect,
        _ if has("jump") => UopKind::Jump,
        _ if has("null_if") => UopKind::NullIf,
        _ if has("branch") => UopKind::Branch,
        _ if has("peek_branch") => UopKind::PeekBranch,
        _ if has("peek_below") => UopKind::PeekBelow,
        _ if has("peek") => UopKind::Peek,
        _ => UopKind::Plain,
    };
    let mut inputs = Vec::new();
    for argument in &function.sig.inputs {
        let FnArg::Typed(argument) = argument else { return Err(format!("{name}: no self")) };
        inputs.push(parse_input(&argument.ty).ok_or_else(|| format!("{name}: unknown operand type"))?);
    }
    let (mut deopts, mut raises) = (false, false);
    let mut outputs = Vec::new();
    if let ReturnType::Type(_, ty) = &function.sig.output {
        let mut text = ty.to_token_stream().to_string().replace(' ', "");
        if let Some(inner) = text.strip_prefix("Deopt<").and_then(|t| t.strip_suffix('>')) {
            deopts = true;
            text = inner.to_string();
        }
        if let Some(inner) = text.strip_prefix("PyResult<").and_then(|t| t.strip_suffix('>')) {
            raises = true;
            text = inner.to_string();
        } else if text == "PyResult" {
            raises = true;
            text = "Obj".into();
        }
        if !matches!(
            kind,
            UopKind::Guard
                | UopKind::Branch
                | UopKind::PeekBranch
                | UopKind::Jump
                | UopKind::NullIf
                | UopKind::Control
                | UopKind::Redirect
        ) {
            let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(&text);
            for part in inner.split(',').filter(|part| !part.is_empty()) {
                outputs.push(parse_output(part).ok_or_else(|| format!("{name}: unknown result type {part}"))?);
            }
        }
    }
    let doc = function
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .filter_map(|a| match &a.meta {
            syn::Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value().trim().to_string()),
                _ => None,
            },
            _ => None,
        })
        .collect::<Vec<_>>()
        .join(" ");
    let saves_instruction = kind == UopKind::Control && !has("nosave");
    Ok(Uop {
        borrows: has("borrows"),
        look: named("look"),
        slow: named("slow"),
        repeatable: kind == UopKind::Guard || has("repeatable"),
        saves_instruction,
        name,
        module: module.to_string(),
        kind,
        guard_name,
        listing_name,
        inputs,
        outputs,
        deopts,
        // A control body that has the instruction saved may raise; its signature does not say it.
        raises: raises || saves_instruction,
        doc,
    })
}

fn parse_input(ty: &Type) -> Option<Input> {
    let text = ty.to_token_stream().to_string().replace(' ', "");
    Some(match text.as_str() {
        "Ref" => Input::Ref("Any".into()),
        "Slot" => Input::Slot,
        "&Thread" => Input::Thread,
        "&ThreadCore" => Input::Core,
        "&Frame" => Input::Frame,
        "OpArg" => Input::OpArg,
        "&mutState" => Input::State,
        other => {
            if let Some(kind) = other.strip_prefix("Ref<").and_then(|t| t.strip_suffix('>')) {
                return Some(Input::Ref(kind.to_string()));
            }
            let (width, rest) = [(16, "Cache16<"), (32, "Cache32<"), (64, "Cache64<")]
                .into_iter()
                .find_map(|(width, prefix)| other.strip_prefix(prefix).map(|rest| (width, rest)))?;
            return Some(Input::Cache(width, rest.strip_suffix('>')?.parse().ok()?));
        }
    })
}

fn parse_output(text: &str) -> Option<Output> {
    Some(match text {
        "Raw" => Output::Raw,
        "Obj" => Output::Obj,
        "Dead" => Output::Dead,
        "Own" => Output::Own("Any".into()),
        other => Output::Own(other.strip_prefix("Own<")?.strip_suffix('>')?.to_string()),
    })
}
