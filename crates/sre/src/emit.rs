//! Turns the tree of a pattern into instructions.
//!
//! Each sequence is emitted knowing the first set of what follows it. From that come the choices that need no
//! backtracking: branches decided by the next character, loops left or repeated without a choice point, runs of
//! characters that need never be shortened.

use crate::analysis::{self, Facts, First};
use crate::opcodes::MAXREPEAT;
use crate::parse::{Ast, Greed, Node, One, SeqId};
use crate::program::{Dispatch, FirstTable, Inst, Literal, Loop, Next, Pc, Peek, Program, Run};
use crate::search;
use crate::unicode::Unicode;

/// Alternatives that one dispatch decides between; the rest goes to another one.
const MAX_ALTERNATIVES: usize = 64;

pub(crate) fn emit(ast: Ast, root: SeqId, unicode: &Unicode) -> Program {
    let facts = analysis::facts(&ast);
    let mut emitter = Emitter { program: Program::empty(unicode), ast: &ast, facts };
    emitter.seq(root, First::ANYTHING);
    emitter.push(Inst::Accept);
    let Emitter { mut program, facts, .. } = emitter;
    let whole = facts[root.0 as usize];
    program.min_width = whole.width;
    program.strategy = search::strategy(&ast, root, whole);
    program.required = search::required(&ast, root, &program.strategy);
    program.sets = ast.sets;
    program
}

struct Emitter<'a> {
    program: Program,
    ast: &'a Ast,
    facts: Vec<Facts>,
}

fn limit(max: u32) -> usize {
    if max == MAXREPEAT { usize::MAX } else { max as usize }
}

/// Adds to a table and returns the index.
fn add<T>(table: &mut Vec<T>, item: T) -> u32 {
    table.push(item);
    table.len() as u32 - 1
}

impl Emitter<'_> {
    fn pc(&self) -> Pc {
        self.program.insts.len() as Pc
    }

    fn push(&mut self, inst: Inst) -> Pc {
        self.program.insts.push(inst);
        self.pc() - 1
    }

    fn patch(&mut self, at: Pc, inst: Inst) {
        self.program.insts[at as usize] = inst;
    }

    fn facts(&self, seq: SeqId) -> Facts {
        self.facts[seq.0 as usize]
    }

    /// Emits a sequence that the set `follow` follows.
    fn seq(&mut self, seq: SeqId, follow: First) {
        let ast = self.ast;
        let nodes = ast.seq(seq);
        let mut follows = vec![follow; nodes.len()];
        for at in (1..nodes.len()).rev() {
            follows[at - 1] = analysis::of_node(&nodes[at], ast, &self.facts).first_before(follows[at]);
        }
        for (node, follow) in nodes.iter().zip(follows) {
            self.node(node, follow);
        }
    }

    fn node(&mut self, node: &Node, follow: First) {
        match *node {
            Node::One(one) => {
                self.push(match one {
                    One::Any => Inst::Any,
                    One::All => Inst::All,
                    One::Literal(ch) => Inst::Char(ch),
                    One::NotLiteral(ch) => Inst::NotChar(ch),
                    One::Set(set) => Inst::Set(set),
                    One::DynamicSet(set) => Inst::DynamicSet(set),
                    One::Never => Inst::Fail,
                });
            }
            Node::Literals(ref run) => {
                let literal = add(&mut self.program.literals, Literal::new(run));
                self.push(Inst::Literals(literal));
            }
            Node::Mark(mark) => {
                self.push(if mark % 2 == 0 { Inst::Open(mark) } else { Inst::Close(mark) });
            }
            Node::At(at) => {
                self.push(Inst::At(at));
            }
            Node::Branch(ref alternatives) => self.branch(alternatives, follow),
            Node::RepeatOne { greed, min, max, one } => self.run(greed, min, max, one, follow),
            Node::Repeat { max: 0, .. } => {}
            Node::Repeat { greed, min, max, body } => self.repeat(greed, min, max, body, follow),
            Node::Atomic(body) => {
                self.push(Inst::AtomicEnter);
                self.seq(body, First::ANYTHING);
                self.push(Inst::AtomicEnd);
            }
            Node::Look { negated, back, body } => self.look(negated, back, body),
            Node::GroupRef { group, fold } => {
                self.push(Inst::GroupRef(group, fold));
            }
            Node::Conditional { group, yes, no } => {
                let decision = self.push(Inst::Fail);
                self.seq(yes, follow);
                let exit = self.push(Inst::Fail);
                let target = self.pc();
                self.patch(decision, Inst::Conditional(group, target));
                self.seq(no, follow);
                let end = self.pc();
                self.patch(exit, Inst::Jump(end));
            }
            Node::Fail => {
                self.push(Inst::Fail);
            }
        }
    }

    fn branch(&mut self, alternatives: &[SeqId], follow: First) {
        let mut exits = Vec::new();
        let mut rest = alternatives;
        while rest.len() > 1 {
            let (here, later) =
                rest.split_at(if rest.len() > MAX_ALTERNATIVES { MAX_ALTERNATIVES - 1 } else { rest.len() });
            let mut firsts: Vec<First> = here.iter().map(|&seq| self.facts(seq).first_before(follow)).collect();
            if !later.is_empty() {
                firsts.push(First::ANYTHING);
            }
            let dispatch = add(&mut self.program.dispatches, Dispatch::new(&firsts));
            self.push(Inst::Branch(dispatch));
            for (n, &seq) in here.iter().enumerate() {
                self.target(dispatch, n);
                self.seq(seq, follow);
                if n + 1 < firsts.len() {
                    exits.push(self.push(Inst::Fail));
                }
            }
            if !later.is_empty() {
                self.target(dispatch, here.len());
            }
            rest = later;
        }
        match rest {
            [only] => self.seq(*only, follow),
            _ if alternatives.is_empty() => {
                self.push(Inst::Fail);
            }
            _ => {}
        }
        let end = self.pc();
        for exit in exits {
            self.patch(exit, Inst::Jump(end));
        }
    }

    /// Sets a target of a dispatch to the next instruction.
    fn target(&mut self, dispatch: u32, n: usize) {
        let pc = self.pc();
        self.program.dispatches[dispatch as usize].targets[n] = pc;
    }

    fn run(&mut self, greed: Greed, min: u32, max: u32, one: One, follow: First) {
        let own = First::of_one(one, self.ast);
        let settled_narrow = own.is_disjoint_narrow(&follow);
        let next = if follow.len_narrow() == 256 && follow.wide && follow.end {
            Next::Anything
        } else if follow.len_narrow() == 1 && !follow.wide && !follow.end {
            follow.chars().next().map_or(Next::Anything, |ch| Next::Char(ch.into()))
        } else {
            Next::Table(add(&mut self.program.firsts, FirstTable::new(&follow)))
        };
        let run = Run {
            one,
            min: min as usize,
            max: limit(max),
            next,
            settled_narrow,
            settled_wide: settled_narrow && !(own.wide && follow.wide),
        };
        let run = add(&mut self.program.runs, run);
        self.push(match greed {
            Greed::Greedy => Inst::Greedy(run),
            Greed::Lazy => Inst::Lazy(run),
            Greed::Possessive => Inst::Possessive(run),
        });
    }

    /// A repeat of more than a single character. Those that need no count become branches.
    fn repeat(&mut self, greed: Greed, min: u32, max: u32, body: SeqId, follow: First) {
        let facts = self.facts(body);
        let solid = facts.width > 0;
        match (greed, min, max) {
            (Greed::Greedy | Greed::Lazy, 1, 1) => self.seq(body, follow),
            (Greed::Greedy | Greed::Lazy, 0, 1) => {
                let first = facts.first_before(follow);
                let dispatch = self.split(greed, first, follow);
                self.push(Inst::Branch(dispatch));
                self.aim(greed, dispatch, true);
                self.seq(body, follow);
                self.aim(greed, dispatch, false);
            }
            (Greed::Greedy | Greed::Lazy, 0 | 1, MAXREPEAT) if solid => {
                let dispatch = self.split(greed, facts.first, follow);
                let again = facts.first.union(follow);
                if min == 0 {
                    let start = self.push(Inst::Branch(dispatch));
                    self.aim(greed, dispatch, true);
                    self.seq(body, again);
                    self.push(Inst::Jump(start));
                } else {
                    self.aim(greed, dispatch, true);
                    self.seq(body, again);
                    self.push(Inst::Branch(dispatch));
                }
                self.aim(greed, dispatch, false);
            }
            _ => self.counted(greed, min, max, body, follow),
        }
    }

    /// A dispatch between a body and what follows it.
    fn split(&mut self, greed: Greed, body: First, follow: First) -> u32 {
        let firsts = if greed == Greed::Lazy { [follow, body] } else { [body, follow] };
        add(&mut self.program.dispatches, Dispatch::new(&firsts))
    }

    /// Sets the body's or the other target of a split to the next instruction.
    fn aim(&mut self, greed: Greed, dispatch: u32, body: bool) {
        self.target(dispatch, usize::from(body == (greed == Greed::Lazy)));
    }

    fn counted(&mut self, greed: Greed, min: u32, max: u32, body: SeqId, follow: First) {
        let facts = self.facts(body);
        let again = facts.first.union(follow);
        let choice = add(&mut self.program.dispatches, Dispatch::new(&[facts.first_before(follow), follow]));
        let (min, max) = (min as usize, limit(max));
        let index = add(&mut self.program.loops, Loop { min, max, body: 0, until: 0, tail: 0, choice });
        self.push(Inst::LoopEnter(index));
        let (body_pc, until);
        if greed == Greed::Possessive {
            until = self.push(Inst::PossessiveUntil(index));
            body_pc = self.pc();
            self.seq(body, First::ANYTHING);
            self.push(Inst::PossessiveEnd(index));
        } else {
            body_pc = self.pc();
            self.seq(body, again);
            until = self.push(if greed == Greed::Lazy { Inst::MinUntil(index) } else { Inst::MaxUntil(index) });
        }
        let tail = self.pc();
        let slot = &mut self.program.loops[index as usize];
        (slot.body, slot.until, slot.tail) = (body_pc, until, tail);
    }

    fn look(&mut self, negated: bool, back: u32, body: SeqId) {
        if let ([Node::One(one)], 0 | 1) = (self.ast.seq(body), back) {
            let peek = add(&mut self.program.peeks, Peek { one: *one, behind: back == 1, negated });
            self.push(Inst::Peek(peek));
        } else if negated {
            let enter = self.push(Inst::Fail);
            self.seq(body, First::ANYTHING);
            self.push(Inst::NotLookEnd);
            let target = self.pc();
            self.patch(enter, Inst::NotLookEnter(back, target));
        } else {
            self.push(Inst::LookEnter(back));
            self.seq(body, First::ANYTHING);
            self.push(Inst::LookEnd);
        }
    }
}
