//! The grammar of the diagnosis pass as data.
//!
//! `grammar.txt` is Python's grammar in the form of the Language Reference's full grammar
//! specification, with extra `invalid_*` rules that recognise common mistakes and say what to report
//! (`wrong_*` rules do so in the first pass already).
//! Notation: `'x'` a token's text, `"x"` a soft keyword, capitals a token type, `&x` `!x` lookahead,
//! `&&'x'` a token whose absence is an error, `~` commit to this alternative, `a=x` a label,
//! `-> Kind` the node made (`Kind?`: only if there is more than one part), `{report labels} "text"`
//! an error. It is read when a program is rejected, never otherwise.

use rustc_hash::FxHashMap;

use super::tree::Kind;
use crate::tokenizer::TokenKind;

const TEXT: &str = include_str!("grammar.txt");

/// Rules whose first result at a place stands even if rules for mistakes are switched on later, as
/// in CPython's parser, which remembers the results of just these rules.
const SHARED: [&str; 26] = [
    "arguments",
    "await_primary",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "block",
    "closed_pattern",
    "conjunction",
    "del_target",
    "disjunction",
    "expression",
    "factor",
    "invalid_named_expression",
    "inversion",
    "primary",
    "shift_expr",
    "simple_stmt",
    "star_expression",
    "star_pattern",
    "star_target",
    "strings",
    "sum",
    "t_primary",
    "target_with_star_atom",
    "term",
    "dotted_name",
];

/// One step of an alternative.
#[derive(Debug)]
pub(super) enum Item {
    /// A keyword or operator.
    Text(&'static str),
    /// A soft keyword.
    Soft(&'static str),
    Token(TokenKind),
    /// A name that is no keyword.
    Name,
    SoftKeyword,
    Rule(usize),
    Group(Vec<Alternative>),
    Optional(Box<Item>),
    Many {
        item: Box<Item>,
        least: usize,
    },
    Ahead {
        item: Box<Item>,
        wanted: bool,
    },
    Forced(&'static str),
    Commit,
}

/// What an alternative makes.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its only part, or a node without a meaning.
    Plain,
    Node {
        kind: Kind,
        if_several: bool,
    },
    Report {
        verb: &'static str,
        labels: Vec<u8>,
        message: &'static str,
    },
}

#[derive(Debug)]
pub(super) struct Alternative {
    pub(super) items: Vec<(u8, Item)>,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) struct Rule {
    /// Tried only when looking for mistakes.
    pub(super) invalid: bool,
    /// One result for both passes through a place: with and without rules for mistakes.
    pub(super) shared: bool,
    pub(super) alternatives: Vec<Alternative>,
}

/// The grammar, indexed by rule.
pub(super) struct Grammar {
    pub(super) rules: Vec<Rule>,
    names: FxHashMap<&'static str, usize>,
}

impl Grammar {
    /// Reads the grammar.
    pub(super) fn new() -> Self {
        let tokens = tokens(TEXT);
        let mut names = FxHashMap::default();
        let mut starts = true;
        for &token in &tokens {
            if starts {
                let next = names.len();
                names.insert(token, next);
            }
            starts = token == ";";
        }
        let mut reader = Reader { tokens, at: 0, names: &names };
        let mut rules = Vec::new();
        while let Some(name) = reader.take() {
            reader.take();
            let alternatives = reader.alternatives();
            reader.take();
            let (invalid, shared) = (name.starts_with("invalid_"), SHARED.contains(&name));
            rules.push(Rule { invalid, shared, alternatives });
        }
        Self { rules, names }
    }

    /// The index of a rule of the grammar.
    pub(super) fn rule(&self, name: &str) -> usize {
        self.names.get(name).copied().unwrap_or(0)
    }
}

/// Splits the text into words, quoted texts and punctuation.
fn tokens(text: &'static str) -> Vec<&'static str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'\'' | b'"') => {
                at += 1;
                while bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' => {
                while bytes[at] != b'}' {
                    at += 1;
                }
                at += 1;
            }
            b'-' | b'&' if matches!(bytes.get(at + 1), Some(b'>' | b'&')) => at += 2,
            c if c.is_ascii_alphanumeric() || c == b'_' => {
                while bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        out.push(&text[start..at]);
    }
    out
}

struct Reader<'n> {
    tokens: Vec<&'static str>,
    at: usize,
    names: &'n FxHashMap<&'static str, usize>,
}

impl Reader<'_> {
    fn peek(&self) -> &'static str {
        self.tokens.get(self.at).copied().unwrap_or("")
    }

    fn take(&mut self) -> Option<&'static str> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Vec<Alternative> {
        let mut out = vec![self.alternative()];
        while self.accept("|") {
            out.push(self.alternative());
        }
        out
    }

    fn alternative(&mut self) -> Alternative {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                "|" | ";" | ")" | "" => return Alternative { items, outcome: Outcome::Plain },
                "->" => {
                    self.at += 1;
                    let kind = Kind::named(self.take().unwrap_or(""));
                    let if_several = self.accept("?");
                    return Alternative { items, outcome: Outcome::Node { kind, if_several } };
                }
                action if action.starts_with('{') => {
                    self.at += 1;
                    let mut words = action[1..action.len() - 1].split(' ');
                    let verb = words.next().unwrap_or("");
                    let labels = words.map(|word| word.as_bytes()[0]).collect();
                    let message = if self.peek().starts_with('"') {
                        let quoted = self.take().unwrap_or("\"\"");
                        &quoted[1..quoted.len() - 1]
                    } else {
                        ""
                    };
                    return Alternative { items, outcome: Outcome::Report { verb, labels, message } };
                }
                _ => items.push(self.labelled()),
            }
        }
    }

    fn labelled(&mut self) -> (u8, Item) {
        let mut label = 0;
        if self.tokens.get(self.at + 1) == Some(&"=") {
            label = self.peek().as_bytes()[0];
            self.at += 2;
        }
        (label, self.item())
    }

    fn item(&mut self) -> Item {
        match self.peek() {
            "~" => {
                self.at += 1;
                return Item::Commit;
            }
            "&&" => {
                self.at += 1;
                let text = self.take().unwrap_or("''");
                return Item::Forced(&text[1..text.len() - 1]);
            }
            sign @ ("&" | "!") => {
                self.at += 1;
                return Item::Ahead { item: Box::new(self.atom()), wanted: sign == "&" };
            }
            _ => {}
        }
        let atom = self.atom();
        match self.peek() {
            "?" => {
                self.at += 1;
                Item::Optional(Box::new(atom))
            }
            "*" => {
                self.at += 1;
                Item::Many { item: Box::new(atom), least: 0 }
            }
            "+" => {
                self.at += 1;
                Item::Many { item: Box::new(atom), least: 1 }
            }
            _ => atom,
        }
    }

    fn atom(&mut self) -> Item {
        let token = self.take().unwrap_or("");
        match token {
            "(" => {
                let group = self.alternatives();
                self.at += 1;
                Item::Group(group)
            }
            "NAME" => Item::Name,
            "SOFT_KEYWORD" => Item::SoftKeyword,
            "NUMBER" => Item::Token(TokenKind::Number),
            "STRING" => Item::Token(TokenKind::String),
            "NEWLINE" => Item::Token(TokenKind::Newline),
            "INDENT" => Item::Token(TokenKind::Indent),
            "DEDENT" => Item::Token(TokenKind::Dedent),
            "ENDMARKER" => Item::Token(TokenKind::EndMarker),
            "FSTRING_START" => Item::Token(TokenKind::FStringStart),
            "FSTRING_MIDDLE" => Item::Token(TokenKind::FStringMiddle),
            "FSTRING_END" => Item::Token(TokenKind::FStringEnd),
            "TSTRING_START" => Item::Token(TokenKind::TStringStart),
            "TSTRING_MIDDLE" => Item::Token(TokenKind::TStringMiddle),
            "TSTRING_END" => Item::Token(TokenKind::TStringEnd),
            text if text.starts_with('\'') => Item::Text(&text[1..text.len() - 1]),
            text if text.starts_with('"') => Item::Soft(&text[1..text.len() - 1]),
            name => {
                debug_assert!(self.names.contains_key(name), "the grammar has no rule {name}");
                Item::Rule(self.names.get(name).copied().unwrap_or(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_is_complete() {
        let grammar = Grammar::new();
        assert_eq!(grammar.rules.len(), grammar.names.len());
        for name in SHARED {
            assert!(grammar.names.contains_key(name), "{name}");
        }
    }
}
