//! What the rules for mistakes report, and where.

use super::matcher::{Captures, Matcher, Stop};
use super::tree::{Kind, NodeId};
use crate::error::{ErrorKind, SyntaxError};
use crate::literals::{decode_bytes, decode_str};
use crate::tokenizer::{Token, TokenKind};

/// What a target is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Assign,
    Delete,
    For,
}

impl Matcher<'_> {
    /// The outcome of a matched alternative with a report: stops with an error, or finds nothing.
    pub(super) fn report(&mut self, verb: &str, labels: &[u8], message: &str, captures: &Captures) -> Option<NodeId> {
        let get = |label: u8| captures.iter().find(|(l, _)| *l == label).map(|&(_, node)| node);
        let first = labels.first().and_then(|&label| get(label)).or_else(|| get(b'a'));
        let second = labels.get(1).and_then(|&label| get(label)).or_else(|| get(b'b'));
        let message = self.fill(message, get(b'a'));
        match (verb, first, second) {
            ("at", Some(a), _) => self.range(a, a, message),
            ("range", Some(a), Some(b)) => self.range(a, b, message),
            ("from", Some(a), _) => self.from(a, message),
            ("after", Some(a), _) => self.after(a, message),
            ("param", Some(a), _) => self.parameter(a, message),
            ("diamond", Some(a), Some(b)) => {
                if self.last_token(a).end == self.first_token(b).start {
                    self.range(a, b, message);
                }
            }
            ("last", ..) => self.at_last(ErrorKind::SyntaxError, message),
            ("indent", ..) => self.at_last(ErrorKind::IndentationError, message),
            ("next", ..) => self.at_next(message),
            ("target", Some(a), _) => self.target(a, Target::Assign),
            ("del_target", Some(a), _) => self.target(a, Target::Delete),
            ("for_target", Some(a), _) => self.target(a, Target::For),
            ("legacy", Some(a), Some(b)) => self.legacy(a, b),
            ("comma", Some(a), Some(b)) => self.comma(a, b),
            ("bare_generator", Some(a), Some(b)) => self.bare_generator(a, b),
            ("positional", Some(a), _) => self.positional(a),
            ("star_bound", Some(a), Some(b)) => self.bound(a, b, "TypeVarTuple"),
            ("param_spec_bound", Some(a), Some(b)) => self.bound(a, b, "ParamSpec"),
            ("conversion", Some(a), Some(b)) => return self.conversion(a, b),
            ("strings", Some(a), _) => return self.strings(a),
            ("take", Some(a), _) => return Some(a),
            ("real" | "imaginary", Some(a), _) => return self.number_part(a, verb),
            _ => {}
        }
        None
    }

    /// A token that must stand here does not.
    pub(super) fn report_forced(&mut self, text: &str) {
        let mark = self.mark as u32;
        if let Some(token) = self.tokens.get(mark as usize).copied() {
            self.stop_at(ErrorKind::SyntaxError, token, token, format!("expected '{text}'"));
            if let Some(Stop::Report(error)) = self.stop.take() {
                self.forced = Some(error);
            }
        }
    }

    fn fill(&self, message: &str, a: Option<NodeId>) -> String {
        let mut out = message.replace("\\\"", "\"");
        if let Some(a) = a {
            if out.contains("%a.name") {
                out = out.replace("%a.name", self.description(a));
            }
            if out.contains("%a.text") {
                out = out.replace("%a.text", self.text_of(self.first_token(a)));
            }
            if out.contains("%a.line") {
                let line = self.lines.place(self.first_token(a).start).0;
                out = out.replace("%a.line", &line.to_string());
            }
        }
        if out.contains("%string") {
            out = out.replace("%string", if self.in_template() { "t-string" } else { "f-string" });
        }
        out
    }

    /// Whether the innermost open string before the mark is a t-string.
    fn in_template(&self) -> bool {
        let mut closed = 0;
        for token in self.tokens[..self.mark.min(self.tokens.len())].iter().rev() {
            match token.kind {
                TokenKind::FStringEnd | TokenKind::TStringEnd => closed += 1,
                TokenKind::FStringStart | TokenKind::TStringStart if closed > 0 => closed -= 1,
                TokenKind::FStringStart => return false,
                TokenKind::TStringStart => return true,
                _ => {}
            }
        }
        false
    }

    fn first_token(&self, id: NodeId) -> Token {
        self.tokens[self.node(id).start as usize]
    }

    fn last_token(&self, id: NodeId) -> Token {
        let node = self.node(id);
        self.tokens[(node.end.max(node.start + 1) - 1) as usize]
    }

    /// The node that an expression is, seen through parentheses and strings.
    fn inner(&self, mut id: NodeId) -> NodeId {
        loop {
            let node = self.node(id);
            match (node.kind, node.children.as_slice()) {
                (Kind::Group, [_, inner, ..]) => id = *inner,
                (Kind::Strings, [items]) => {
                    let strings = &self.node(*items).children;
                    let wanted = strings.iter().find(|&&s| matches!(self.node(s).kind, Kind::FString | Kind::TString));
                    return wanted.copied().unwrap_or(id);
                }
                _ => return id,
            }
        }
    }

    fn description(&self, id: NodeId) -> &'static str {
        self.node(self.inner(id)).kind.description()
    }

    fn range(&mut self, a: NodeId, b: NodeId, message: String) {
        // Parentheses are no part of an expression's place.
        let first = self.first_token(self.inner_place(a));
        let mut end = self.inner_place(b);
        if self.node(end).kind == Kind::Elements {
            let mut elements = Vec::new();
            self.elements(end, &mut elements);
            end = elements.last().map_or(end, |&last| self.inner_place(last));
        }
        let last = self.last_token(end);
        self.stop_at(ErrorKind::SyntaxError, first, last, message);
    }

    /// As [`Self::inner`], but strings stay whole.
    fn inner_place(&self, mut id: NodeId) -> NodeId {
        while let (Kind::Group, [_, inner, ..]) = (self.node(id).kind, self.node(id).children.as_slice()) {
            id = *inner;
        }
        id
    }

    /// From a node to where the source has been read to.
    fn from(&mut self, a: NodeId, message: String) {
        let first = self.first_token(self.inner_place(a));
        self.stop_at(ErrorKind::SyntaxError, first, first, message);
        let (end_lineno, mut end_offset) = self.read_to();
        let (lineno, _) = self.place(first.start);
        if end_lineno != lineno {
            // CPython counts in the text of the first line.
            let length = self.line(lineno).map_or(0, |line| line.trim_end_matches('\n').chars().count());
            end_offset = end_offset.min(length as i64 + 1);
        }
        if let Some(Stop::Report(error)) = &mut self.stop {
            error.end_lineno = end_lineno.into();
            error.end_offset = end_offset;
        }
    }

    fn after(&mut self, a: NodeId, message: String) {
        let last = self.last_token(self.inner_place(a));
        let (lineno, offset) = self.place(last.end.saturating_sub(1));
        let text = self.line(lineno);
        self.stop = Some(Stop::Report(SyntaxError {
            kind: ErrorKind::SyntaxError,
            message,
            lineno,
            offset,
            end_lineno: lineno.into(),
            end_offset: 0,
            text,
        }));
    }

    /// A parameter's place is its name.
    fn parameter(&mut self, a: NodeId, message: String) {
        let mut id = a;
        while let Some(&child) = self.node(id).children.first() {
            id = child;
        }
        self.range(id, id, message);
    }

    fn at_last(&mut self, kind: ErrorKind, message: String) {
        if let Some(token) = self.tokens.last().copied() {
            self.stop_at_loose(kind, token, message);
        }
    }

    fn at_next(&mut self, message: String) {
        if let Some(token) = self.token() {
            self.stop_at_loose(ErrorKind::SyntaxError, token, message);
        }
    }

    /// Line and character column (from 1) of a byte offset.
    pub(super) fn place(&self, offset: u32) -> (u32, i64) {
        let (lineno, column) = self.lines.place(offset);
        let line = &self.source[(offset - column) as usize..offset as usize];
        (lineno, line.chars().count() as i64 + 1)
    }

    pub(super) fn line(&self, lineno: u32) -> Option<String> {
        self.lines.text(self.source, lineno).map(str::to_owned)
    }

    pub(super) fn stop_at(&mut self, kind: ErrorKind, first: Token, last: Token, message: String) {
        // The end of the source belongs to its last line.
        let inside = |at: u32| {
            let ended = at as usize == self.source.len() && self.source.ends_with('\n');
            if ended { at - 1 } else { at }
        };
        let (lineno, mut offset) = self.place(inside(first.start));
        let (end_lineno, mut end_offset) = self.place(inside(last.end));
        let mut end_lineno = end_lineno;
        if last.kind == TokenKind::Newline && last.end > last.start {
            // A newline token ends on its own line.
            (end_lineno, end_offset) = self.place(last.end - 1);
            end_offset += 1;
        } else if end_lineno != lineno
            && let Some(line) = self.lines.text(self.source, lineno)
        {
            // CPython counts the characters before the end in the text of the first line.
            let column = self.lines.place(last.end).1 as usize;
            let line = line.trim_end_matches('\n');
            let counted = line.char_indices().take_while(|&(at, _)| at < column + 1).count();
            end_offset = if column + 1 > line.len() { line.chars().count() + 1 } else { counted } as i64;
        }
        if is_placeless(first) {
            offset = 0;
        }
        if is_placeless(last) {
            end_offset = 0;
        }
        let text = self.line(lineno);
        // An empty program has no lines.
        let lineno = if self.source.is_empty() { 0 } else { lineno };
        let end_lineno = if lineno == 0 { 0 } else { end_lineno.into() };
        self.stop = Some(Stop::Report(SyntaxError { kind, message, lineno, offset, end_lineno, end_offset, text }));
    }

    /// As [`Self::stop_at`], but a token without a place stands where the source has been read to.
    pub(super) fn stop_at_loose(&mut self, kind: ErrorKind, token: Token, message: String) {
        self.stop_at(kind, token, token, message);
        let position = self.tokenizer.position();
        let at_end = position as usize == self.source.len();
        // The line of an indentation has been begun; the end of the source begins no line.
        let read = if at_end { self.read_to().1 } else { self.place(position).1 - 1 };
        if is_placeless(token)
            && let Some(Stop::Report(error)) = &mut self.stop
        {
            error.offset = read;
            error.end_offset = -1;
        }
    }

    fn target(&mut self, a: NodeId, wanted: Target) {
        let Some(wrong) = self.invalid_target(a, wanted, 0) else { return };
        let verb = if wanted == Target::Delete { "delete" } else { "assign to" };
        let message = format!("cannot {verb} {}", self.description(wrong));
        self.range(wrong, wrong, message);
    }

    /// The line that has been read to, and how many of its characters; a newline ends its line.
    pub(super) fn read_to(&self) -> (u32, i64) {
        let position = self.tokenizer.position();
        if position == 0 {
            return (1, 0);
        }
        let before = (0..position).rev().find(|&at| self.source.is_char_boundary(at as usize)).unwrap_or(0);
        let (lineno, offset) = self.place(before);
        (lineno, offset)
    }

    /// The first part of an expression that cannot be a target.
    fn invalid_target(&self, id: NodeId, wanted: Target, depth: u32) -> Option<NodeId> {
        let id = self.inner_place(id);
        let node = self.node(id);
        if depth > 1000 {
            return None;
        }
        match node.kind {
            Kind::Name | Kind::Subscript | Kind::Attribute => None,
            Kind::Tuple | Kind::List => {
                let mut elements = Vec::new();
                self.elements(id, &mut elements);
                elements.into_iter().find_map(|element| self.invalid_target(element, wanted, depth + 1))
            }
            Kind::Starred if wanted == Target::Delete => Some(id),
            Kind::Starred => node.children.get(1).and_then(|&value| self.invalid_target(value, wanted, depth + 1)),
            Kind::Compare if wanted == Target::For => {
                let operator = node.children.get(1).and_then(|&rest| self.node(rest).children.first().copied());
                let is_in = operator.is_some_and(|pair| self.text_of(self.first_token(pair)) == "in");
                if is_in {
                    node.children.first().and_then(|&left| self.invalid_target(left, wanted, depth + 1))
                } else {
                    None
                }
            }
            _ => Some(id),
        }
    }

    /// The element expressions of a tuple or list.
    fn elements(&self, id: NodeId, out: &mut Vec<NodeId>) {
        for &child in &self.node(id).children {
            match self.node(child).kind {
                Kind::Token => {}
                Kind::Plain | Kind::Items | Kind::Elements => self.elements(child, out),
                _ => out.push(child),
            }
        }
    }

    fn legacy(&mut self, a: NodeId, b: NodeId) {
        let name = self.text_of(self.first_token(a));
        if matches!(name, "print" | "exec") {
            self.range(a, b, format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?"));
        }
    }

    fn comma(&mut self, a: NodeId, b: NodeId) {
        let node = self.node(a);
        let legacy = node.kind == Kind::Name && matches!(self.text_of(self.first_token(a)), "print" | "exec");
        if legacy || self.mark == 0 || self.levels[self.mark - 1] == 0 {
            return;
        }
        self.range(a, b, "invalid syntax. Perhaps you forgot a comma?".into());
    }

    fn bare_generator(&mut self, a: NodeId, b: NodeId) {
        let mut arguments = Vec::new();
        self.positional_arguments(a, &mut arguments);
        if arguments.len() > 1
            && let Some(&last) = arguments.last()
        {
            self.range(last, b, "Generator expression must be parenthesized".into());
        }
    }

    fn positional_arguments(&self, id: NodeId, out: &mut Vec<NodeId>) {
        for &child in &self.node(id).children {
            match self.node(child).kind {
                Kind::Token | Kind::Kwarg | Kind::KwUnpack => {}
                Kind::Plain | Kind::Items | Kind::Kwargs => self.positional_arguments(child, out),
                _ => out.push(child),
            }
        }
    }

    fn positional(&mut self, a: NodeId) {
        let unpacking = self.contains(a, Kind::KwUnpack);
        let message = if unpacking {
            "positional argument follows keyword argument unpacking"
        } else {
            "positional argument follows keyword argument"
        };
        self.at_last(ErrorKind::SyntaxError, message.into());
    }

    /// Whether an argument list has a part of this kind.
    fn contains(&self, id: NodeId, kind: Kind) -> bool {
        self.node(id).children.iter().any(|&child| {
            let found = self.node(child).kind;
            found == kind || (matches!(found, Kind::Plain | Kind::Items | Kind::Kwargs) && self.contains(child, kind))
        })
    }

    fn bound(&mut self, colon: NodeId, bound: NodeId, what: &str) {
        let word = if self.node(bound).kind == Kind::Tuple { "constraints" } else { "bound" };
        self.from(colon, format!("cannot use {word} with {what}"));
    }

    /// The parts of a complex number in a pattern.
    fn number_part(&mut self, a: NodeId, wanted: &str) -> Option<NodeId> {
        let is_imaginary = self.text_of(self.last_token(a)).ends_with(['j', 'J']);
        if is_imaginary == (wanted == "imaginary") {
            return Some(a);
        }
        let token = self.last_token(a);
        self.stop_at(ErrorKind::SyntaxError, token, token, format!("{wanted} number required in complex literal"));
        None
    }

    /// `!x` of a replacement field.
    fn conversion(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (sign, name) = (self.first_token(a), self.first_token(b));
        let string = if self.in_template() { "t-string" } else { "f-string" };
        if sign.end != name.start {
            let message = format!("{string}: conversion type must come right after the exclamation mark");
            self.stop_at(ErrorKind::SyntaxError, sign, name, message);
            return None;
        }
        let text = self.text_of(name);
        if !matches!(text, "s" | "r" | "a") {
            let message = format!("{string}: invalid conversion character '{text}': expected 's', 'r', or 'a'");
            self.stop_at(ErrorKind::SyntaxError, name, name, message);
            return None;
        }
        Some(b)
    }

    /// Adjacent strings: looks for literals without a value.
    fn strings(&mut self, a: NodeId) -> Option<NodeId> {
        let (start, end) = (self.node(a).start as usize, self.node(a).end as usize);
        self.check_literals(start, end);
        if self.stop.is_some() {
            return None;
        }
        Some(self.add(Kind::Strings, start, vec![a]))
    }

    fn check_literals(&mut self, start: usize, end: usize) {
        let mut open: Vec<bool> = Vec::new();
        for index in start..end {
            let token = self.tokens[index];
            // Strings inside fields have been looked at before.
            match token.kind {
                TokenKind::FStringStart | TokenKind::TStringStart => {
                    let previous = index.checked_sub(1).filter(|previous| *previous >= start && open.is_empty());
                    if previous.is_some_and(|previous| self.is_bytes(self.tokens[previous])) {
                        self.at_last(ErrorKind::SyntaxError, "cannot mix bytes and nonbytes literals".into());
                        return;
                    }
                    open.push(self.text_of(token).contains(['r', 'R']));
                }
                TokenKind::FStringEnd | TokenKind::TStringEnd => drop(open.pop()),
                _ => {}
            }
            if token.kind == TokenKind::String && open.is_empty() {
                self.check_string(index, token);
            } else if matches!(token.kind, TokenKind::FStringMiddle | TokenKind::TStringMiddle)
                && open.last() == Some(&false)
            {
                let text = self.text_of(token);
                // A backslash before a field's brace is only itself.
                let backslashes = text.bytes().rev().take_while(|&b| b == b'\\').count();
                let text = &text[..text.len() - backslashes % 2];
                if let Err(error) = decode_str(text, &mut Vec::new()) {
                    self.stop_at(ErrorKind::SyntaxError, token, token, format!("(unicode error) {}", error.message));
                }
            }
            if self.stop.is_some() {
                return;
            }
        }
    }

    /// Whether the token is a bytes literal.
    fn is_bytes(&self, token: Token) -> bool {
        let text = self.text_of(token);
        let prefix = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        token.kind == TokenKind::String && text[..prefix].contains(['b', 'B'])
    }

    fn check_string(&mut self, index: usize, token: Token) {
        let text = self.text_of(token);
        let prefix = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (letters, quoted) = text.split_at(prefix);
        let quotes = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
        let contents = quoted.get(quotes..quoted.len().saturating_sub(quotes)).unwrap_or("");
        let bytes = letters.contains(['b', 'B']);
        let raw = letters.contains(['r', 'R']);
        if bytes && !contents.is_ascii() {
            let message = "bytes can only contain ASCII literal characters";
            self.stop_at(ErrorKind::SyntaxError, token, token, message.into());
            return;
        }
        let previous = index.checked_sub(1).map(|i| self.tokens[i]);
        if let Some(previous) = previous
            && matches!(previous.kind, TokenKind::String | TokenKind::FStringEnd)
        {
            if self.is_bytes(previous) != bytes {
                self.at_last(ErrorKind::SyntaxError, "cannot mix bytes and nonbytes literals".into());
                return;
            }
        }
        if raw {
            return;
        }
        let error = if bytes {
            decode_bytes(contents, &mut Vec::new()).err()
        } else {
            decode_str(contents, &mut Vec::new()).err()
        };
        if let Some(error) = error {
            let what = if error.is_value_error { "value" } else { "unicode" };
            self.stop_at(ErrorKind::SyntaxError, token, token, format!("({what} error) {}", error.message));
        }
    }
}

/// Tokens for which CPython keeps no column.
fn is_placeless(token: Token) -> bool {
    matches!(token.kind, TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker)
        || (token.kind == TokenKind::Newline && token.start == token.end)
}
