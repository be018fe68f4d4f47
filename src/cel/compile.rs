//! From the text of an expression to its parts, with everything told that is wrong with it.
//!
//! The parser is that of the crate `cel`, which expands no macros here: comprehensions become parts
//! of their own.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo};
use cel::common::ast::{ListExpr, MapExpr};

use super::calls::{self, Called};
use super::environment::{Environment, Mistake, SOURCE_LIMIT};
use super::messages;
use super::node::{Element, Entry, Literal, Node};
use super::scope::{Scope, Typed, qualified, unknown};
use super::types::Type;
use crate::text::{QUOTE_LIMIT, clipped, printable};

/// The expression, the type of what it comes to, and what it asks for.
pub(super) fn compile(
    source: &str,
    environment: &Environment,
) -> Result<(Node, Type, BTreeSet<usize>), Vec<Mistake>> {
    let (expression, source) = parse(source)?;
    let mut scope = Scope::of(source, environment, part);
    let (node, gives) = scope.part(&expression);
    let Scope { reads, mut mistakes, .. } = scope;
    mistakes.sort();
    mistakes.dedup();
    if mistakes.is_empty() { Ok((node, gives, reads)) } else { Err(mistakes) }
}

/// A part, by what it is.
fn part(scope: &mut Scope<'_>, of: &IdedExpr) -> Typed {
    match &of.expr {
        Expr::Literal(value) => literal(value),
        Expr::Ident(name) => scope.name(of, name),
        Expr::Select(select) => scope.select(of, select),
        Expr::Call(call) => {
            let (name, target) = (call.func_name.as_str(), call.target.as_deref());
            calls::compile(scope, &Called { at: of, name, target, arguments: &call.args })
        }
        Expr::List(list) => scope.list(list),
        Expr::Map(map) => scope.map(map),
        Expr::Struct(made) => messages::compile(scope, of, made),
        Expr::Comprehension(_) | Expr::Unspecified => scope.mistake(of, "is no expression"),
    }
}

fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), Vec<Mistake>> {
    let whole = |message: &str| vec![Mistake { line: 1, column: 1, message: message.to_owned() }];
    if source.len() > SOURCE_LIMIT {
        return Err(whole(&format!("is longer than {SOURCE_LIMIT} bytes")));
    }
    // Whatever a text does to the parser, it is no expression.
    let parsed = catch_unwind(|| {
        let parser = cel::Env::default().with_optional_support(true).parser();
        parser.enable_ident_escape_syntax(true).parse_with_source_info(source)
    });
    match parsed {
        Ok(Ok(parsed)) => Ok(parsed),
        Ok(Err(errors)) => {
            let mut mistakes: Vec<Mistake> = errors.errors.iter().map(syntax).collect();
            mistakes.sort();
            mistakes.dedup();
            Err(mistakes)
        }
        Err(_) => Err(whole("is no expression that can be read")),
    }
}

fn syntax(error: &cel::ParseError) -> Mistake {
    let at = |place: isize| usize::try_from(place).unwrap_or(0).max(1);
    let text = error.msg.trim_start_matches("Syntax error: ");
    let text = text.split(" expecting ").next().unwrap_or_default();
    let message = format!("syntax: {}", clipped(&printable(text), QUOTE_LIMIT));
    // The parser counts columns from 0.
    Mistake { line: at(error.pos.0), column: at(error.pos.1 + 1), message }
}

impl Scope<'_> {
    fn name(&mut self, of: &IdedExpr, name: &str) -> Typed {
        if let Some(known) = self.known(name) {
            return known;
        }
        let bare = name.trim_start_matches('.');
        let message = if self.environment.has_fields(bare) {
            format!("`{bare}` has no value of its own; take one of its fields")
        } else {
            let names = self.environment.names().chain(self.locals.iter().map(|(name, _)| &**name));
            unknown("variable", bare, names)
        };
        self.mistake(of, message)
    }

    fn select(&mut self, of: &IdedExpr, select: &SelectExpr) -> Typed {
        if let Some(qualified) = qualified(of) {
            let root = qualified.split('.').next().unwrap_or_default();
            let is_shadowed = self.local(root).is_some();
            if !is_shadowed && let Some(known) = self.known(&qualified) {
                return known;
            }
            let qualified = qualified.trim_start_matches('.');
            let before = qualified.rsplit_once('.').map_or("", |(before, _)| before);
            if !is_shadowed && self.environment.has_fields(before) {
                let names = self.environment.names();
                let message = unknown("variable", qualified, names);
                return self.mistake(of, message);
            }
        }
        let (operand, gives) = self.part(&select.operand);
        if !matches!(gives, Type::Dyn | Type::Map | Type::Optional) {
            let field = clipped(&select.field, QUOTE_LIMIT);
            return self.mistake(of, format!("{gives} has no fields, and so no `{field}`"));
        }
        let (of, field) = (Box::new(operand), select.field.as_str().into());
        let gives = if gives == Type::Optional { Type::Optional } else { Type::Dyn };
        (Node::Select { of, field, is_optional: false }, gives)
    }

    fn list(&mut self, list: &ListExpr) -> Typed {
        let mut of = None;
        let mut elements = Vec::with_capacity(list.elements.len());
        for (at, element) in list.elements.iter().enumerate() {
            let is_optional = list.optional_indices.contains(&at);
            let value = if is_optional {
                self.part_of(element, Type::Optional, "[?]")
            } else {
                let (value, gives) = self.part(element);
                self.alike(element, &mut of, gives);
                value
            };
            elements.push(Element { value, is_optional });
        }
        (Node::List(elements), Type::List)
    }

    /// Kubernetes takes lists and maps that are written down with values of one type only
    /// (`cel.HomogeneousAggregateLiterals`).
    fn alike(&mut self, at: &IdedExpr, before: &mut Option<Type>, gives: Type) {
        match *before {
            _ if gives == Type::Dyn => {}
            None => *before = Some(gives),
            Some(before) if before == gives => {}
            Some(before) => {
                let message = format!(
                    "is {gives} beside {before}; values of one list or map are of one type"
                );
                self.mistake(at, message);
            }
        }
    }

    fn map(&mut self, map: &MapExpr) -> Typed {
        let (mut of_keys, mut of_values) = (None, None);
        let mut entries = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            let (key, gives) = self.part(&entry.key);
            if !matches!(gives, Type::Dyn | Type::Bool | Type::Int | Type::Uint | Type::String) {
                self.mistake(&entry.key, format!("is {gives}, which is no key"));
            }
            self.alike(&entry.key, &mut of_keys, gives);
            let value = if entry.optional {
                self.part_of(&entry.value, Type::Optional, "{?}")
            } else {
                let (value, gives) = self.part(&entry.value);
                self.alike(&entry.value, &mut of_values, gives);
                value
            };
            entries.push(Entry { key, value, is_optional: entry.optional });
        }
        (Node::Map(entries), Type::Map)
    }
}

fn literal(value: &LiteralValue) -> Typed {
    match value {
        LiteralValue::Null => (Node::Literal(Literal::Null), Type::Null),
        LiteralValue::Boolean(b) => (Node::Literal(Literal::Bool(*b.inner())), Type::Bool),
        LiteralValue::Int(n) => (Node::Literal(Literal::Int(*n.inner())), Type::Int),
        LiteralValue::UInt(n) => (Node::Literal(Literal::Uint(*n.inner())), Type::Uint),
        LiteralValue::Double(n) => (Node::Literal(Literal::Double(*n.inner())), Type::Double),
        LiteralValue::String(s) => (Node::Literal(Literal::String(s.inner().into())), Type::String),
        LiteralValue::Bytes(b) => (Node::Literal(Literal::Bytes(b.inner().into())), Type::Bytes),
    }
}
