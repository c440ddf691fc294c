//! `_tokenize`: the tokens of a program, for the `tokenize` module.
//!
//! The whole program is read before its first token.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use whipsnake_runtime::args::Params;
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::types::bytes::Bytes;
use whipsnake_runtime::types::module;
use whipsnake_runtime::types::str::{Str, to_rust_string};
use whipsnake_syntax::ErrorKind;
use whipsnake_syntax::lines::Lines;
use whipsnake_syntax::tokenizer::{Token, TokenError, TokenKind, Tokenizer};

/// `_tokenize.TokenizerIter`.
pub struct TokenizerIter {
    readline: Obj,
    encoding: Option<String>,
    extra_tokens: bool,
    read: Cell<bool>,
    program: RefCell<Option<Program>>,
}

struct Program {
    source: String,
    /// Which lines of the text ended in `\r\n`; the source has `\n` there. Empty when none did.
    crlf: Vec<bool>,
    lines: Rc<Lines>,
    tokens: VecDeque<Token>,
    error: Option<TokenError>,
}

impl Payload for TokenizerIter {
    #[inline(always)]
    fn ty() -> &'static Type {
        &TOKENIZER_ITER_TYPE
    }
    fn traverse(&self, visitor: &mut Visitor) {
        visitor.obj(&self.readline);
    }
}

builtin_type! {
    /// `_tokenize.TokenizerIter`.
    pub static TOKENIZER_ITER_TYPE = TypeSpec {
        name: "_tokenize.TokenizerIter",
        flags: flags::HAVE_GC | flags::BASETYPE,
        doc: "The tokens of a program, as tuples.",
        slots: Slots {
            new: Some(construct),
            iter: Some(iter::self_iter),
            iternext: Some(next),
            ..Instance::<TokenizerIter>::SLOTS
        },
        ..Instance::<TokenizerIter>::SPEC
    }
}

static PARAMS: Params = Params {
    function: "tokenizeriter",
    names: &["readline", "encoding", "extra_tokens"],
    positional_only: 0,
    positional: 1,
    required: &[true, false, true],
    has_varargs: false,
    has_varkw: false,
};

fn construct(th: &Thread, ty: &'static Type, args: Args) -> PyResult {
    let mut bound = [None; 3];
    PARAMS.bind(th, args, &mut bound)?;
    let [Some(readline), encoding, extra_tokens] = bound else {
        return Err(th.type_error("tokenizeriter() missing required argument 'readline' (pos 1)"));
    };
    let extra_tokens = extra_tokens.map_or(Ok(false), |v| object::is_true(th, v))?;
    let encoding = encoding.filter(|v| !v.is_none()).map(to_rust_string);
    let payload = TokenizerIter {
        readline: readline.own(),
        encoding,
        extra_tokens,
        read: Cell::new(false),
        program: RefCell::default(),
    };
    Instance::create_as(th, ty, payload)
}

/// All that `readline` returns.
fn read_all(th: &Thread, this: &TokenizerIter) -> PyResult<String> {
    let mut source = String::new();
    loop {
        let line = match call::call0(th, this.readline.value()) {
            Ok(line) => line,
            Err(raised) => {
                let Some(exception) = th.take_exception() else { return Err(raised) };
                if object::is_instance(th, exception.value(), statics::STOP_ITERATION.value())? {
                    return Ok(source);
                }
                th.restore_exception(Some(exception));
                return Err(raised);
            }
        };
        let line = match (&this.encoding, line.cast::<Bytes>()) {
            (Some(encoding), Some(bytes)) => {
                whipsnake_runtime::types::codecs::decode(th, bytes.as_slice(), encoding, "replace")?
            }
            (Some(_), None) => return err!(th, TYPE_ERROR, "readline() returned a non-bytes object"),
            (None, _) => line,
        };
        let Some(text) = line.cast::<Str>() else {
            return err!(th, TYPE_ERROR, "readline() returned a non-string object");
        };
        if text.is_empty() {
            return Ok(source);
        }
        source.push_str(text.utf8(th)?);
    }
}

fn tokens_of(source: String, extra_tokens: bool) -> Program {
    let (source, crlf) = match source.contains("\r\n") {
        true => {
            let crlf = source.split_inclusive('\n').map(|line| line.ends_with("\r\n")).collect();
            (source.replace("\r\n", "\n"), crlf)
        }
        false => (source, Vec::new()),
    };
    let lines = Rc::new(Lines::new(&source));
    let (mut tokens, mut error) = (VecDeque::new(), None);
    let mut tokenizer = if extra_tokens {
        Tokenizer::with_extra_tokens(&source, lines.clone())
    } else {
        Tokenizer::new(&source, lines.clone())
    };
    loop {
        match tokenizer.next_token() {
            Ok(token) => {
                tokens.push_back(token);
                if token.kind == TokenKind::EndMarker {
                    break;
                }
            }
            Err(failure) => {
                error = Some(failure);
                break;
            }
        }
    }
    // A last line of white space or a comment only ends like others although no newline is there.
    let last = source.rsplit('\n').next().unwrap_or("").trim_start_matches([' ', '\t', '\x0c']);
    if extra_tokens && !source.is_empty() && !source.ends_with('\n') && (last.is_empty() || last.starts_with('#')) {
        let trailing = |token: &Token| matches!(token.kind, TokenKind::EndMarker | TokenKind::Dedent);
        let before = tokens.iter().rposition(|token| !trailing(token)).map_or(0, |at| at + 1);
        if before < tokens.len()
            && tokens
                .get(before.wrapping_sub(1))
                .is_none_or(|token| token.kind != TokenKind::Nl || !last.starts_with('#'))
        {
            let end = source.len() as u32;
            tokens.insert(before, Token { kind: TokenKind::Nl, start: end, end, ..tokens[before] });
        }
    }
    Program { source, crlf, lines, tokens, error }
}

fn next(th: &Thread, v: Value) -> PyResult<Option<Obj>> {
    let Some(instance) = v.cast::<Instance<TokenizerIter>>() else {
        return Err(th.system_error("a slot was called with an object of another type"));
    };
    let this = &instance.payload;
    if !this.read.replace(true) {
        let source = read_all(th, this)?;
        *this.program.borrow_mut() = Some(tokens_of(source, this.extra_tokens));
    }
    let mut program = this.program.borrow_mut();
    let Some(program) = &mut *program else { return Ok(None) };
    match program.tokens.pop_front() {
        Some(token) => program.tuple(th, token, this.extra_tokens).map(Some),
        None => match program.error.take() {
            Some(error) => Err(program.raise(th, &error)),
            None => Ok(None),
        },
    }
}

/// The numbers of the `token` module.
fn number_of(kind: TokenKind) -> i64 {
    match kind {
        TokenKind::EndMarker => 0,
        TokenKind::Name => 1,
        TokenKind::Number => 2,
        TokenKind::String => 3,
        TokenKind::Newline => 4,
        TokenKind::Indent => 5,
        TokenKind::Dedent => 6,
        TokenKind::Op => 55,
        TokenKind::FStringStart => 59,
        TokenKind::FStringMiddle => 60,
        TokenKind::FStringEnd => 61,
        TokenKind::TStringStart => 62,
        TokenKind::TStringMiddle => 63,
        TokenKind::TStringEnd => 64,
        TokenKind::Comment => 65,
        TokenKind::Nl => 66,
    }
}

/// The operators in the order of their numbers, from 7.
const OPERATORS: &str = "( ) [ ] : , ; + - * / | & < > = . % { } == != <= >= ~ ^ << >> ** += -= *= /= %= &= |= ^= <<= >>= **= // \
     //= @ @= -> ... := !";

impl Program {
    fn ends_in_crlf(&self, line: i64) -> bool {
        usize::try_from(line - 1).ok().and_then(|at| self.crlf.get(at).copied()).unwrap_or(false)
    }

    /// Text that begins on a line, with the line ends that the program has.
    fn original(&self, text: &str, line: i64) -> String {
        let mut out = String::with_capacity(text.len());
        for (i, part) in text.split_inclusive('\n').enumerate() {
            match part.strip_suffix('\n') {
                Some(start) if self.ends_in_crlf(line + i as i64) => out.extend([start, "\r\n"]),
                _ => out.push_str(part),
            }
        }
        out
    }

    fn tuple(&self, th: &Thread, token: Token, extra_tokens: bool) -> PyResult {
        let Program { source, lines, .. } = self;
        let text = source.get(token.start as usize..token.end as usize).unwrap_or("");
        let place = |at: u32| -> (i64, i64) {
            let (line, column) = lines.place(at);
            let before = source.get((at - column) as usize..at as usize).unwrap_or("");
            (i64::from(line), before.chars().count() as i64)
        };
        let (mut start, mut end) = (place(token.start), place(token.end));
        let mut kind = number_of(token.kind);
        if token.kind == TokenKind::Op && !extra_tokens {
            kind = OPERATORS.split_whitespace().position(|op| op == text).map_or(55, |at| at as i64 + 7);
        }
        let mut line = (start.0..=end.0).filter_map(|number| lines.text(source, number as u32)).collect::<String>();
        let ends_line = matches!(token.kind, TokenKind::Newline | TokenKind::Nl);
        if ends_line {
            end = (start.0, start.1 + 1 + i64::from(self.ends_in_crlf(start.0)));
            line = lines.text(source, start.0 as u32).unwrap_or("").to_string();
        }
        let trailing = token.kind == TokenKind::EndMarker
            || token.kind == TokenKind::Dedent && token.start as usize >= source.len();
        if trailing && extra_tokens {
            let last = if source.is_empty() || source.ends_with('\n') { start.0 } else { start.0 + 1 };
            (start, end) = ((last, 0), (last, 0));
            line.clear();
        }
        let text = if self.crlf.is_empty() { text.to_string() } else { self.original(text, start.0) };
        let mut text = text.as_str();
        if !self.crlf.is_empty() {
            line = self.original(&line, start.0);
        }
        if !extra_tokens {
            // As the parser sees them: what is not written has no text, and no column but that of a line's end.
            let last = lines.place(source.trim_end_matches('\n').len() as u32).0.into();
            match token.kind {
                TokenKind::Newline => (text, end) = ("", start),
                TokenKind::EndMarker => (start, end) = ((last, -1), (last, -1)),
                TokenKind::Indent | TokenKind::Dedent => {
                    let at = if trailing { last } else { start.0 };
                    (text, start, end) = ("", (at, -1), (at, -1));
                }
                _ => {}
            }
        }
        let pair = |(line, column): (i64, i64)| th.tuple(&[Value::small_int(line), Value::small_int(column)]);
        let (text, line) = (th.str(text)?, th.str(&line)?);
        let (start, end) = (pair(start)?, pair(end)?);
        th.tuple(&[Value::small_int(kind), text.value(), start.value(), end.value(), line.value()])
    }

    fn raise(&self, th: &Thread, error: &TokenError) -> Raised {
        let ty = match error.kind {
            ErrorKind::IndentationError => &statics::INDENTATION_ERROR,
            ErrorKind::TabError => &statics::TAB_ERROR,
            _ => &statics::SYNTAX_ERROR,
        };
        let make = || -> PyResult<Raised> {
            let file = th.str("<string>")?;
            let at_end = error.message == "unexpected EOF"
                || error.message.starts_with("unexpected character after line continuation")
                    && self.source.ends_with('\\');
            if at_end {
                let last = self.source.trim_end_matches('\n').bytes().filter(|b| *b == b'\n').count() as i64 + 1;
                let (number, zero) = (Value::small_int(last), Value::small_int(0));
                let details = th.tuple(&[file.value(), number, zero, statics::none()])?;
                let message = th.str("unexpected EOF in multi-line statement")?;
                return Ok(th.raise_with(ty, &[message.value(), details.value()]));
            }
            let line = self.lines.text(&self.source, error.lineno).unwrap_or("");
            let line = th.str(if error.kind == ErrorKind::SyntaxError { line } else { line.trim_end_matches('\n') })?;
            let n = Value::small_int;
            let details = [
                file.value(),
                n(error.lineno.into()),
                n(error.offset),
                line.value(),
                n(error.end_lineno),
                n(error.end_offset),
            ];
            // The place of wrong indentation has no end.
            let has_end = error.kind == ErrorKind::SyntaxError;
            let details = th.tuple(if has_end { &details } else { &details[..4] })?;
            let message = th.str(&error.message)?;
            Ok(th.raise_with(ty, &[message.value(), details.value()]))
        };
        make().unwrap_or_else(|raised| raised)
    }
}

/// Makes `_tokenize`.
///
/// # Errors
/// MemoryError.
pub fn init_tokenize(th: &Thread) -> PyResult {
    let made = module::new(th, "_tokenize", "The tokenizer, for the tokenize module.", &[])?;
    module::add_type(th, made.value(), &TOKENIZER_ITER_TYPE)?;
    Ok(made)
}
