//! Parts of an expression under way: the variables that there are, and what is wrong so far.

use std::collections::BTreeSet;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};

use super::environment::{Environment, Mistake};
use super::node::{Literal, Node};
use super::types::Type;
use crate::text::{QUOTE_LIMIT, clipped, nearest, printable};

/// How deep parts may be in each other.
const DEPTH: usize = 100;

/// A part, and the type of what it comes to.
pub(super) type Typed = (Node, Type);

/// What is known where a part stands.
pub(super) struct Scope<'e> {
    pub(super) environment: &'e Environment,
    /// The variables of the comprehensions around.
    pub(super) locals: Vec<(String, Type)>,
    /// The variables that are asked for.
    pub(super) reads: BTreeSet<usize>,
    pub(super) mistakes: Vec<Mistake>,
    source: SourceInfo,
    depth: usize,
    each: fn(&mut Self, &IdedExpr) -> Typed,
}

impl<'e> Scope<'e> {
    /// The whole of a text, of which `each` makes a part.
    pub(super) fn of(
        source: SourceInfo,
        environment: &'e Environment,
        each: fn(&mut Self, &IdedExpr) -> Typed,
    ) -> Self {
        let (locals, reads, mistakes) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { environment, locals, reads, mistakes, source, depth: 0, each }
    }
}

impl Scope<'_> {
    /// Notes what is wrong with a part, in whose place nothing comes.
    pub(super) fn mistake(&mut self, at: &IdedExpr, message: impl Into<String>) -> Typed {
        let start = self.source.offset_for(at.id).map_or(0, |(start, _)| start as usize);
        let before: String = self.source.source.chars().take(start).collect();
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        self.mistakes.push(Mistake { line, column, message: message.into() });
        (Node::Literal(Literal::Null), Type::Dyn)
    }

    /// One part and all in it.
    pub(super) fn part(&mut self, of: &IdedExpr) -> Typed {
        if self.depth >= DEPTH {
            return self.mistake(of, format!("is more than {DEPTH} parts deep"));
        }
        self.depth += 1;
        let part = (self.each)(self, of);
        self.depth -= 1;
        part
    }

    /// A part that is to be of a type.
    pub(super) fn part_of(&mut self, of: &IdedExpr, wanted: Type, user: &str) -> Node {
        let (node, gives) = self.part(of);
        if !gives.may_be(wanted) {
            self.mistake(of, format!("`{user}` takes {wanted} here, and this is {gives}"));
        }
        node
    }

    /// The place of a local variable.
    pub(super) fn local(&self, name: &str) -> Option<(usize, Type)> {
        let at = self.locals.iter().rposition(|(known, _)| known == name)?;
        self.locals.get(at).map(|(_, of)| (at, *of))
    }

    /// A variable, or a type; none where the name is nobody's.
    ///
    /// With a dot in front, it is none of a comprehension.
    pub(super) fn known(&mut self, name: &str) -> Option<Typed> {
        let bare = name.trim_start_matches('.');
        if let Some((at, of)) = self.local(name) {
            return Some((Node::Local(at), of));
        }
        let name = bare;
        if let Some((at, of)) = self.environment.find(name) {
            self.reads.insert(at);
            return Some((Node::Input(at), of));
        }
        Type::called(name).map(|of| (Node::Literal(Literal::Type(of)), Type::Type))
    }

    /// Whether a name is that of a variable.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.local(name).is_some()
            || self.environment.find(name).is_some()
            || self.environment.has_fields(name)
    }
}

/// What to say of a name that nothing has.
pub(super) fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let shown = clipped(&printable(name), QUOTE_LIMIT).into_owned();
    match nearest(name, known) {
        Some(meant) => format!("there is no {what} `{shown}`; did you mean `{meant}`?"),
        None => format!("there is no {what} `{shown}`"),
    }
}

/// A name with dots in it, where that is all that a part is.
pub(super) fn qualified(of: &IdedExpr) -> Option<String> {
    match &of.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", qualified(&select.operand)?, select.field))
        }
        _ => None,
    }
}
