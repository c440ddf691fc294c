//! Reads a code list into a tree, checking every word of it on the way.
//!
//! Comes in: the words. Goes out: an [`Ast`] in which nothing can be out of range any more. Invariants: a sequence is
//! stored after the sequences inside it, so a walk in index order is bottom-up and needs no recursion; nesting is
//! limited to [`MAX_DEPTH`], which bounds the recursion of the emitter too.
//!
//! The shapes accepted are those that `re/_compiler.py` emits, which is what CPython's `_validate` accepts, except
//! that the `INFO` block is only skipped (the analysis here finds out more than it says) and that `SUCCESS` may only
//! stand where it closes something.

use crate::charset::{BigSet, Category, Fold, Set, SetOp};
use crate::opcodes::{At, op};
use crate::program::InvalidCode;
use crate::unicode::Unicode;

/// How deep branches, repeats, groups and assertions may be nested in each other.
pub(crate) const MAX_DEPTH: usize = 1000;

/// Index of a sequence in its [`Ast`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SeqId(pub(crate) u32);

/// What matches exactly one character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum One {
    /// Anything but a newline.
    Any,
    All,
    Literal(u32),
    NotLiteral(u32),
    /// A set with a table.
    Set(u32),
    /// A set that depends on the locale.
    DynamicSet(u32),
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    One(One),
    /// Two or more literals in a row.
    Literals(Vec<u32>),
    Mark(u32),
    At(At),
    Branch(Vec<SeqId>),
    RepeatOne {
        greed: Greed,
        min: u32,
        max: u32,
        one: One,
    },
    Repeat {
        greed: Greed,
        min: u32,
        max: u32,
        body: SeqId,
    },
    Atomic(SeqId),
    Look {
        negated: bool,
        back: u32,
        body: SeqId,
    },
    GroupRef {
        group: u32,
        fold: Fold,
    },
    Conditional {
        group: u32,
        yes: SeqId,
        no: SeqId,
    },
    Fail,
}

#[derive(Default, Debug)]
pub(crate) struct Ast {
    pub(crate) seqs: Vec<Vec<Node>>,
    pub(crate) sets: Vec<Set>,
}

impl Ast {
    pub(crate) fn seq(&self, id: SeqId) -> &[Node] {
        &self.seqs[id.0 as usize]
    }
}

/// Reads a whole code list; the last sequence of the tree is the pattern.
pub(crate) fn parse(code: &[u32], groups: u32, unicode: &Unicode) -> Result<(Ast, SeqId), InvalidCode> {
    let mut parser = Parser { code, groups, unicode, ast: Ast::default(), depth: 0 };
    let end = code.len().checked_sub(1).ok_or(InvalidCode { offset: 0, reason: "empty code" })?;
    parser.expect(end, op::SUCCESS)?;
    let mut start = 0;
    if code[0] == op::INFO {
        start = parser.target(1, end)?;
    }
    let root = parser.sequence(start, end)?;
    Ok((parser.ast, root))
}

struct Parser<'a> {
    code: &'a [u32],
    groups: u32,
    unicode: &'a Unicode,
    ast: Ast,
    depth: usize,
}

fn invalid<T>(offset: usize, reason: &'static str) -> Result<T, InvalidCode> {
    Err(InvalidCode { offset, reason })
}

impl Parser<'_> {
    fn word(&self, at: usize) -> Result<u32, InvalidCode> {
        self.code.get(at).copied().ok_or(InvalidCode { offset: at, reason: "truncated" })
    }

    fn expect(&self, at: usize, op: u32) -> Result<(), InvalidCode> {
        if self.word(at)? == op { Ok(()) } else { invalid(at, "unexpected operation") }
    }

    /// Where the skip word at `at` leads; at most `end`.
    fn target(&self, at: usize, end: usize) -> Result<usize, InvalidCode> {
        match at.checked_add(self.word(at)? as usize) {
            Some(target) if target <= end && target > at => Ok(target),
            _ => invalid(at, "skip out of range"),
        }
    }

    /// Reads the operations of `start..end` as one sequence.
    fn sequence(&mut self, start: usize, end: usize) -> Result<SeqId, InvalidCode> {
        match self.sequence_or_jump(start, end, false)? {
            (seq, None) => Ok(seq),
            (_, Some(at)) => invalid(at, "unexpected jump"),
        }
    }

    /// Reads `start..end`; if allowed, a jump may be its last operation, and the offset of its skip is returned.
    fn sequence_or_jump(
        &mut self,
        start: usize,
        end: usize,
        jump: bool,
    ) -> Result<(SeqId, Option<usize>), InvalidCode> {
        if start > end || end > self.code.len() {
            return invalid(start, "skip out of range");
        }
        if self.depth >= MAX_DEPTH {
            return invalid(start, InvalidCode::TOO_DEEP);
        }
        self.depth += 1;
        let mut nodes = Vec::new();
        let mut at = start;
        let mut jump_skip = None;
        while at < end {
            if jump && at + 2 == end && self.code[at] == op::JUMP {
                jump_skip = Some(at + 1);
                break;
            }
            at = self.operation(at, end, &mut nodes)?;
            if at > end {
                return invalid(at, "operation crosses its end");
            }
        }
        self.depth -= 1;
        self.ast.seqs.push(nodes);
        Ok((SeqId(self.ast.seqs.len() as u32 - 1), jump_skip))
    }

    /// Reads one operation and returns the offset after it.
    fn operation(&mut self, at: usize, end: usize, nodes: &mut Vec<Node>) -> Result<usize, InvalidCode> {
        if let Some((one, next)) = self.one(at, end)? {
            push_one(nodes, one);
            return Ok(next);
        }
        let code = self.word(at)?;
        let (node, next) = match code {
            op::MARK => {
                let mark = self.word(at + 1)?;
                if mark / 2 >= self.groups {
                    return invalid(at + 1, "no such group");
                }
                (Node::Mark(mark), at + 2)
            }
            op::AT => match At::from_code(self.word(at + 1)?) {
                Some(position) => (Node::At(position), at + 2),
                None => return invalid(at + 1, "no such position"),
            },
            op::ASSERT | op::ASSERT_NOT => {
                let target = self.target(at + 1, end)?;
                let back = self.word(at + 2)?;
                if back & 0x8000_0000 != 0 {
                    return invalid(at + 2, "looks too much behind");
                }
                let body = self.closed_body(at + 3, target)?;
                (Node::Look { negated: code == op::ASSERT_NOT, back, body }, target)
            }
            op::ATOMIC_GROUP => {
                let target = self.target(at + 1, end)?;
                (Node::Atomic(self.closed_body(at + 2, target)?), target)
            }
            op::BRANCH => self.branch(at, end)?,
            op::REPEAT | op::POSSESSIVE_REPEAT => self.repeat(at, end)?,
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => self.repeat_one(at, end)?,
            op::GROUPREF => self.group_ref(at, Fold::None)?,
            op::GROUPREF_IGNORE => self.group_ref(at, Fold::Ascii)?,
            op::GROUPREF_LOC_IGNORE => self.group_ref(at, Fold::Locale)?,
            op::GROUPREF_UNI_IGNORE => self.group_ref(at, Fold::Unicode)?,
            op::GROUPREF_EXISTS => self.conditional(at, end)?,
            _ => return invalid(at, "unknown operation"),
        };
        nodes.push(node);
        Ok(next)
    }

    /// The body `start..target - 1`, which a `SUCCESS` closes.
    fn closed_body(&mut self, start: usize, target: usize) -> Result<SeqId, InvalidCode> {
        let last = target - 1;
        self.expect(last, op::SUCCESS)?;
        self.sequence(start, last)
    }

    fn group(&self, at: usize) -> Result<u32, InvalidCode> {
        let group = self.word(at)?;
        if group < self.groups { Ok(group) } else { invalid(at, "no such group") }
    }

    fn group_ref(&self, at: usize, fold: Fold) -> Result<(Node, usize), InvalidCode> {
        Ok((Node::GroupRef { group: self.group(at + 1)?, fold }, at + 2))
    }

    /// `BRANCH (skip alternative JUMP skip)* FAILURE`, where all jumps lead behind the `FAILURE`.
    fn branch(&mut self, at: usize, end: usize) -> Result<(Node, usize), InvalidCode> {
        let mut alternatives = Vec::new();
        let mut exit = None;
        let mut at = at + 1;
        while self.word(at)? != 0 {
            let target = self.target(at, end)?;
            let Some(jump) = target.checked_sub(2).filter(|jump| *jump > at) else {
                return invalid(at, "branch without jump");
            };
            self.expect(jump, op::JUMP)?;
            let jump_target = self.target(jump + 1, end)?;
            if *exit.get_or_insert(jump_target) != jump_target {
                return invalid(jump, "jumps of a branch disagree");
            }
            alternatives.push(self.sequence(at + 1, jump)?);
            at = target;
        }
        let next = at + 1;
        if exit.is_some_and(|exit| exit != next) {
            return invalid(at, "branch jumps elsewhere");
        }
        Ok((Node::Branch(alternatives), next))
    }

    fn limits(&self, at: usize) -> Result<(u32, u32), InvalidCode> {
        let (min, max) = (self.word(at)?, self.word(at + 1)?);
        if min <= max { Ok((min, max)) } else { invalid(at, "repeat with its least above its most") }
    }

    fn repeat(&mut self, at: usize, end: usize) -> Result<(Node, usize), InvalidCode> {
        let target = self.target(at + 1, end)?;
        let (min, max) = self.limits(at + 2)?;
        let body = self.sequence(at + 4, target)?;
        if target >= end {
            return invalid(target, "repeat without its end");
        }
        let greed = match (self.word(at)?, self.word(target)?) {
            (op::REPEAT, op::MAX_UNTIL) => Greed::Greedy,
            (op::REPEAT, op::MIN_UNTIL) => Greed::Lazy,
            (op::POSSESSIVE_REPEAT, op::SUCCESS) => Greed::Possessive,
            _ => return invalid(target, "repeat without its end"),
        };
        Ok((Node::Repeat { greed, min, max, body }, target + 1))
    }

    fn repeat_one(&mut self, at: usize, end: usize) -> Result<(Node, usize), InvalidCode> {
        let target = self.target(at + 1, end)?;
        let (min, max) = self.limits(at + 2)?;
        let greed = match self.word(at)? {
            op::REPEAT_ONE => Greed::Greedy,
            op::MIN_REPEAT_ONE => Greed::Lazy,
            _ => Greed::Possessive,
        };
        let Some((one, next)) = self.one(at + 4, target)? else {
            return invalid(at + 4, "not a single character");
        };
        self.expect(next, op::SUCCESS)?;
        if next + 1 != target {
            return invalid(next, "not a single character");
        }
        Ok((Node::RepeatOne { greed, min, max, one }, target))
    }

    /// `GROUPREF_EXISTS group skip yes [JUMP skip no]`; the first skip counts from the group.
    fn conditional(&mut self, at: usize, end: usize) -> Result<(Node, usize), InvalidCode> {
        let group = self.group(at + 1)?;
        let target = match (at + 1).checked_add(self.word(at + 2)? as usize) {
            Some(target) if target <= end => target,
            _ => return invalid(at + 2, "skip out of range"),
        };
        let (yes, jump) = self.sequence_or_jump(at + 3, target, true)?;
        let next = match jump {
            Some(skip) => self.target(skip, end)?,
            None => target,
        };
        let no = self.sequence(target, next)?;
        Ok((Node::Conditional { group, yes, no }, next))
    }

    /// The single-character operation at `at`, if it is one, and the offset after it.
    fn one(&mut self, at: usize, end: usize) -> Result<Option<(One, usize)>, InvalidCode> {
        let literal = |ops: &[SetOp], fold| (ops.to_vec(), fold);
        let code = self.word(at)?;
        let argument = || self.word(at + 1);
        let (ops, fold) = match code {
            op::FAILURE => return Ok(Some((One::Never, at + 1))),
            op::ANY => return Ok(Some((One::Any, at + 1))),
            op::ANY_ALL => return Ok(Some((One::All, at + 1))),
            op::LITERAL => return Ok(Some((One::Literal(argument()?), at + 2))),
            op::NOT_LITERAL => return Ok(Some((One::NotLiteral(argument()?), at + 2))),
            op::LITERAL_IGNORE => literal(&[SetOp::Literal(argument()?)], Fold::Ascii),
            op::LITERAL_UNI_IGNORE => literal(&[SetOp::Literal(argument()?)], Fold::Unicode),
            op::LITERAL_LOC_IGNORE => literal(&[SetOp::Literal(argument()?)], Fold::LocaleLiteral(false)),
            op::NOT_LITERAL_IGNORE => literal(&[SetOp::Negate, SetOp::Literal(argument()?)], Fold::Ascii),
            op::NOT_LITERAL_UNI_IGNORE => literal(&[SetOp::Negate, SetOp::Literal(argument()?)], Fold::Unicode),
            op::NOT_LITERAL_LOC_IGNORE => literal(&[SetOp::Literal(argument()?)], Fold::LocaleLiteral(true)),
            op::CATEGORY => match Category::from_code(argument()?) {
                Some(category) => literal(&[SetOp::Category(category)], Fold::None),
                None => return invalid(at + 1, "no such category"),
            },
            op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                let target = self.target(at + 1, end)?;
                let ops = self.charset(at + 2, target)?;
                let fold = match code {
                    op::IN => Fold::None,
                    op::IN_IGNORE => Fold::Ascii,
                    op::IN_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Locale,
                };
                return Ok(Some((self.add_set(ops, fold), target)));
            }
            _ => return Ok(None),
        };
        Ok(Some((self.add_set(ops, fold), at + 2)))
    }

    fn add_set(&mut self, ops: Vec<SetOp>, fold: Fold) -> One {
        let set = Set::new(ops, fold, self.unicode);
        let index = self.ast.sets.len() as u32;
        let dynamic = set.dynamic;
        self.ast.sets.push(set);
        if dynamic { One::DynamicSet(index) } else { One::Set(index) }
    }

    /// The operations of a set in `start..end`, the last of which is `FAILURE`.
    fn charset(&self, start: usize, end: usize) -> Result<Vec<SetOp>, InvalidCode> {
        let mut ops = Vec::new();
        let mut at = start;
        while at < end {
            let code = self.word(at)?;
            at += 1;
            match code {
                op::FAILURE if at == end => return Ok(ops),
                op::NEGATE => ops.push(SetOp::Negate),
                op::LITERAL => ops.push(SetOp::Literal(self.word(at)?)),
                op::RANGE => ops.push(SetOp::Range(self.word(at)?, self.word(at + 1)?)),
                op::RANGE_UNI_IGNORE => ops.push(SetOp::RangeIgnore(self.word(at)?, self.word(at + 1)?)),
                op::CATEGORY => match Category::from_code(self.word(at)?) {
                    Some(category) => ops.push(SetOp::Category(category)),
                    None => return invalid(at, "no such category"),
                },
                op::CHARSET => ops.push(SetOp::Bitmap(self.bitmap(at)?)),
                op::BIGCHARSET => {
                    let (big, next) = self.big_set(at)?;
                    ops.push(SetOp::Big(Box::new(big)));
                    at = next;
                }
                _ => return invalid(at - 1, "unknown set operation"),
            }
            at += match code {
                op::LITERAL | op::CATEGORY => 1,
                op::RANGE | op::RANGE_UNI_IGNORE => 2,
                op::CHARSET => 8,
                _ => 0,
            };
        }
        invalid(at, "set without its end")
    }

    fn bitmap(&self, at: usize) -> Result<[u32; 8], InvalidCode> {
        let words = self.code.get(at..at + 8).and_then(|words| words.try_into().ok());
        words.ok_or(InvalidCode { offset: at, reason: "truncated" })
    }

    fn big_set(&self, at: usize) -> Result<(BigSet, usize), InvalidCode> {
        let count = self.word(at)?;
        if count > 256 {
            return invalid(at, "too many blocks");
        }
        let mut index = [0; 256];
        for word in 0..64 {
            index[word * 4..word * 4 + 4].copy_from_slice(&self.word(at + 1 + word)?.to_ne_bytes());
        }
        if index.iter().any(|&block| u32::from(block) >= count) {
            return invalid(at + 1, "no such block");
        }
        let first = at + 65;
        let blocks: Result<Vec<_>, _> = (0..count as usize).map(|block| self.bitmap(first + block * 8)).collect();
        Ok((BigSet { index, blocks: blocks? }, first + count as usize * 8))
    }
}

/// Appends a single character, joining literals into runs.
fn push_one(nodes: &mut Vec<Node>, one: One) {
    match (one, nodes.last_mut()) {
        (One::Never, _) => nodes.push(Node::Fail),
        (One::Literal(ch), Some(Node::Literals(run))) => run.push(ch),
        (One::Literal(ch), Some(last @ Node::One(One::Literal(_)))) => {
            if let Node::One(One::Literal(first)) = *last {
                *last = Node::Literals(vec![first, ch]);
            }
        }
        _ => nodes.push(Node::One(one)),
    }
}
