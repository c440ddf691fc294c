//! Matches tokens against the grammar: a recursive matcher with a memory, so that time is linear.
//!
//! Tokens are read only when asked for, in the order in which CPython's parser asks for them.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::grammar::{Alternative, Grammar, Item, Outcome};
use super::tree::{Kind, Node, NodeId};
use crate::error::SyntaxError;
use crate::lines::Lines;
use crate::tokenizer::{Token, TokenError, TokenKind, Tokenizer};

/// Python's reserved words.
pub(crate) const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Rules nested deeper than this are too complex; CPython's own limit is of this order.
const MAX_RULES: u32 = 8_000;

/// The end of matching before the end of the rules.
pub(super) enum Stop {
    /// The tokenizer failed.
    Token(TokenError),
    /// A rule reported a mistake.
    Report(SyntaxError),
    TooDeep,
}

pub(super) struct Matcher<'a> {
    pub(super) source: &'a str,
    pub(super) lines: Rc<Lines>,
    pub(super) tokenizer: Tokenizer<'a>,
    pub(super) tokens: Vec<Token>,
    /// Open brackets after each token.
    pub(super) levels: Vec<usize>,
    pub(super) mark: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) stop: Option<Stop>,
    /// The last missing token that the grammar insists on; other errors go before.
    pub(super) forced: Option<SyntaxError>,
    /// Whether rules for mistakes are tried.
    pub(super) invalid_rules: bool,
    grammar: Rc<Grammar>,
    memory: FxHashMap<(u32, u32), Option<(NodeId, u32)>>,
    depth: u32,
    without_invalid: usize,
}

/// What the labels of an alternative stand for.
pub(super) type Captures = Vec<(u8, NodeId)>;

impl<'a> Matcher<'a> {
    pub(super) fn new(source: &'a str, lines: Rc<Lines>) -> Self {
        let grammar = Rc::new(Grammar::new());
        let without_invalid = grammar.rule("expression_without_invalid");
        Self {
            source,
            lines: lines.clone(),
            tokenizer: Tokenizer::new(source, lines),
            tokens: Vec::new(),
            levels: Vec::new(),
            mark: 0,
            nodes: Vec::new(),
            stop: None,
            forced: None,
            invalid_rules: false,
            grammar,
            memory: FxHashMap::default(),
            depth: 0,
            without_invalid,
        }
    }

    /// Matches a start rule from the first token.
    pub(super) fn run(&mut self, rule: &str, invalid_rules: bool) -> Option<NodeId> {
        self.mark = 0;
        self.memory.clear();
        self.invalid_rules = invalid_rules;
        let rule = self.grammar.rule(rule);
        self.rule(rule)
    }

    /// The token at the mark, read if need be.
    pub(super) fn token(&mut self) -> Option<Token> {
        while self.mark >= self.tokens.len() {
            match self.tokenizer.next_token() {
                Ok(token) => {
                    self.tokens.push(token);
                    self.levels.push(self.tokenizer.open_brackets().len());
                }
                Err(error) => {
                    self.stop = Some(Stop::Token(error));
                    return None;
                }
            }
        }
        Some(self.tokens[self.mark])
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        &self.source[token.start as usize..token.end as usize]
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn add(&mut self, kind: Kind, start: usize, children: Vec<NodeId>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { kind, start: start as u32, end: self.mark as u32, children });
        id
    }

    fn rule(&mut self, rule: usize) -> Option<NodeId> {
        if self.stop.is_some() {
            return None;
        }
        let grammar = self.grammar.clone();
        if grammar.rules[rule].invalid && !self.invalid_rules {
            return None;
        }
        // Results that depend on the rules for mistakes are kept apart.
        let apart = self.invalid_rules && !grammar.rules[rule].shared;
        let key = (rule as u32 * 2 + u32::from(apart), self.mark as u32);
        if let Some(&known) = self.memory.get(&key) {
            let (node, end) = known?;
            self.mark = end as usize;
            return Some(node);
        }
        if self.depth >= MAX_RULES {
            self.stop = Some(Stop::TooDeep);
            return None;
        }
        self.depth += 1;
        let outer = self.invalid_rules;
        if rule == self.without_invalid {
            self.invalid_rules = false;
        }
        let found = stacker::maybe_grow(64 << 10, 1 << 20, || self.alternatives(&grammar.rules[rule].alternatives));
        self.invalid_rules = outer;
        self.depth -= 1;
        if self.stop.is_none() {
            self.memory.insert(key, found.map(|node| (node, self.mark as u32)));
        }
        found
    }

    fn alternatives(&mut self, alternatives: &[Alternative]) -> Option<NodeId> {
        let start = self.mark;
        for alternative in alternatives {
            let mut captures = Captures::new();
            let mut parts = Vec::new();
            let mut committed = false;
            let matched = alternative.items.iter().all(|(label, item)| {
                if matches!(item, Item::Commit) {
                    committed = true;
                    return true;
                }
                let consumed = self.mark;
                let Some(found) = self.item(item) else { return false };
                if let Some(node) = found {
                    if *label != 0 {
                        captures.push((*label, node));
                    }
                    if self.mark > consumed {
                        parts.push(node);
                    }
                }
                true
            });
            if self.stop.is_some() {
                return None;
            }
            if matched {
                return self.outcome(&alternative.outcome, start, parts, &captures);
            }
            self.mark = start;
            if committed {
                return None;
            }
        }
        None
    }

    fn outcome(
        &mut self,
        outcome: &Outcome,
        start: usize,
        mut parts: Vec<NodeId>,
        captures: &Captures,
    ) -> Option<NodeId> {
        match outcome {
            Outcome::Plain => match parts.as_slice() {
                [only] => Some(*only),
                _ => Some(self.add(Kind::Plain, start, parts)),
            },
            Outcome::Node { kind: Kind::Postfix, .. } => {
                let suffixes = parts.get(1).copied();
                match suffixes.and_then(|id| self.node(id).children.last().copied()) {
                    None => parts.first().copied(),
                    Some(last) => {
                        let kind = self.node(last).kind;
                        Some(self.add(kind, start, parts))
                    }
                }
            }
            Outcome::Node { if_several: true, .. } if parts.len() == 1 => parts.pop(),
            Outcome::Node { kind, .. } => Some(self.add(*kind, start, parts)),
            Outcome::Report { verb, labels, message } => self.report(verb, labels, message, captures),
        }
    }

    /// Matches one item: `None` if it does not match; a node if it made one.
    #[allow(clippy::option_option)]
    fn item(&mut self, item: &Item) -> Option<Option<NodeId>> {
        let start = self.mark;
        match item {
            Item::Text(text) => self.leaf(|this, token| {
                matches!(token.kind, TokenKind::Name | TokenKind::Op) && this.text_of(token) == *text
            }),
            Item::Soft(text) => self.leaf(|this, token| token.kind == TokenKind::Name && this.text_of(token) == *text),
            Item::Token(kind) => self.leaf(|_, token| token.kind == *kind),
            Item::Name => {
                self.leaf(|this, token| token.kind == TokenKind::Name && !KEYWORDS.contains(&this.text_of(token)))
            }
            Item::SoftKeyword => self.leaf(|this, token| {
                token.kind == TokenKind::Name && ["_", "case", "match", "type"].contains(&this.text_of(token))
            }),
            Item::Rule(rule) => self.rule(*rule).map(Some),
            Item::Group(alternatives) => self.alternatives(alternatives).map(Some),
            Item::Optional(item) => {
                let found = self.item(item);
                if self.stop.is_some() {
                    return None;
                }
                if found.is_none() {
                    self.mark = start;
                }
                Some(found.flatten())
            }
            Item::Many { item, least } => {
                let mut children = Vec::new();
                let mut count = 0;
                loop {
                    let before = self.mark;
                    let found = self.item(item);
                    if self.stop.is_some() {
                        return None;
                    }
                    let Some(found) = found else {
                        self.mark = before;
                        break;
                    };
                    if self.mark == before {
                        break;
                    }
                    count += 1;
                    children.extend(found);
                }
                if count < *least {
                    return None;
                }
                Some(Some(self.add(Kind::Items, start, children)))
            }
            Item::Ahead { item, wanted } => {
                let found = self.item(item).is_some();
                self.mark = start;
                (self.stop.is_none() && found == *wanted).then_some(None)
            }
            Item::Forced(text) => {
                let token = self.token()?;
                if token.kind == TokenKind::Op && self.text_of(token) == *text {
                    self.mark += 1;
                    return Some(Some(self.add(Kind::Token, start, Vec::new())));
                }
                self.report_forced(text);
                None
            }
            Item::Commit => Some(None),
        }
    }

    #[allow(clippy::option_option)]
    fn leaf(&mut self, fits: impl Fn(&Self, Token) -> bool) -> Option<Option<NodeId>> {
        let token = self.token()?;
        if !fits(self, token) {
            return None;
        }
        let start = self.mark;
        self.mark += 1;
        let kind = match token.kind {
            TokenKind::Name => Kind::Name,
            TokenKind::Number | TokenKind::String => Kind::Literal,
            _ => Kind::Token,
        };
        Some(Some(self.add(kind, start, Vec::new())))
    }
}
