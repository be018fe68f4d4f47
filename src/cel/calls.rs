//! Calls: of operators, of macros, of functions.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::catalog;
use super::function::Overload;
use super::macros;
use super::node::{Node, Pattern, Search, Sought};
use super::operators::Operator;
use super::scope::{Scope, Typed, qualified, unknown};
use super::search::ready;
use super::types::Type;

/// A call as it is written.
pub(super) struct Called<'x> {
    pub(super) at: &'x IdedExpr,
    pub(super) name: &'x str,
    /// What it is called on.
    pub(super) target: Option<&'x IdedExpr>,
    pub(super) arguments: &'x [IdedExpr],
}

/// The part that a call is.
pub(super) fn compile(scope: &mut Scope<'_>, call: &Called<'_>) -> Typed {
    if let Some(made) = macros::compile(scope, call.at, call.name, call.target, call.arguments) {
        return made;
    }
    if call.target.is_none()
        && let Some(made) = operator(scope, call)
    {
        return made;
    }
    // `sets.contains(a, b)` is a function of two arguments, where `sets` is no variable.
    let library = call.target.and_then(qualified);
    let library = library.map(|name| name.trim_start_matches('.').to_owned()).filter(|name| {
        let root = name.split('.').next().unwrap_or_default();
        !scope.is_variable(root) && Type::called(name).is_none()
    });
    match library {
        Some(library) => function(scope, call, &format!("{library}.{}", call.name), None),
        None if call.target.is_none() => {
            function(scope, call, call.name.trim_start_matches('.'), None)
        }
        None => function(scope, call, call.name, call.target),
    }
}

fn function(
    scope: &mut Scope<'_>,
    call: &Called<'_>,
    name: &str,
    target: Option<&IdedExpr>,
) -> Typed {
    let is_method = target.is_some();
    if (is_method || name == "matches")
        && let Some(search) = search(scope, call, name, target)
    {
        return search;
    }
    let mut found = catalog::named(name, is_method).peekable();
    let Some(known) = found.peek().map(|function| function.name) else {
        // What it is called on may be wrong already, and the reason.
        let before = scope.mistakes.len();
        if let Some(target) = target {
            let part = scope.part(target);
            if scope.mistakes.len() > before {
                return part;
            }
        }
        let others = catalog::named(name, !is_method).next().is_some();
        let message = match (others, is_method) {
            (true, true) => format!("`{name}` is called on nothing: write `{name}(…)`"),
            (true, false) => format!("`{name}` is called on a value: write `x.{name}(…)`"),
            (false, _) => unknown("function", name, catalog::names(is_method)),
        };
        return scope.mistake(call.at, message);
    };
    let overloads: Vec<Overload> = found.flat_map(|function| function.overloads).copied().collect();
    let parts: Vec<Typed> =
        target.into_iter().chain(call.arguments).map(|argument| scope.part(argument)).collect();
    let types: Vec<Type> = parts.iter().map(|(_, of)| *of).collect();
    let fitting: Vec<Overload> =
        overloads.iter().filter(|overload| overload.may_take(&types)).copied().collect();
    let Some(first) = fitting.first() else {
        let message = misuse(known, &overloads, &types, is_method);
        return scope.mistake(call.at, message);
    };
    let gives = fitting.iter().map(|overload| overload.gives).fold(first.gives, Type::or);
    let arguments = parts.into_iter().map(|(node, _)| node).collect();
    (Node::Call { name: known, overloads: fitting.into(), arguments }, gives)
}

/// Why no form of a function takes such arguments.
fn misuse(name: &str, overloads: &[Overload], types: &[Type], is_method: bool) -> String {
    let own = usize::from(is_method);
    let mut counts: Vec<usize> = overloads.iter().map(|of| of.takes.len() - own).collect();
    counts.sort_unstable();
    counts.dedup();
    let given = types.len() - own;
    if !counts.contains(&given) {
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let arguments = if counts == ["1"] { "argument" } else { "arguments" };
        return format!("`{name}` takes {} {arguments}, and here are {given}", counts.join(" or "));
    }
    let types: Vec<&str> = types.iter().map(|of| of.name()).collect();
    format!("`{name}` takes no {}", types.join(", "))
}

fn operator(scope: &mut Scope<'_>, call: &Called<'_>) -> Option<Typed> {
    let sides = |scope: &mut Scope<'_>| match call.arguments {
        [one, other] => {
            let (one, other) = (scope.part(one), scope.part(other));
            Some((one, other))
        }
        _ => None,
    };
    let boolean = |scope: &mut Scope<'_>, sign: &str| match call.arguments {
        [one, other] => {
            let one = scope.part_of(one, Type::Bool, sign);
            Some(Box::new((one, scope.part_of(other, Type::Bool, sign))))
        }
        _ => None,
    };
    Some(match call.name {
        operators::LOGICAL_AND => (Node::And(boolean(scope, "&&")?), Type::Bool),
        operators::LOGICAL_OR => (Node::Or(boolean(scope, "||")?), Type::Bool),
        operators::LOGICAL_NOT => {
            let of = scope.part_of(call.arguments.first()?, Type::Bool, "!");
            (Node::Not(Box::new(of)), Type::Bool)
        }
        operators::NEGATE => {
            let (of, gives) = scope.part(call.arguments.first()?);
            if !gives.may_be(Type::Int) && !gives.may_be(Type::Double) {
                return Some(scope.mistake(call.at, format!("`-` takes no {gives}")));
            }
            (Node::Negate(Box::new(of)), gives)
        }
        operators::CONDITIONAL => {
            let [condition, one, other] = call.arguments else { return None };
            let condition = scope.part_of(condition, Type::Bool, "?:");
            let ((one, of), (other, or)) = (scope.part(one), scope.part(other));
            if !of.may_be(or) {
                let message =
                    format!("`?:` comes to {of} or to {or}, and has to come to one of them");
                return Some(scope.mistake(call.at, message));
            }
            (Node::Choice(Box::new((condition, one, other))), of.or(or))
        }
        operators::INDEX | operators::OPT_INDEX => {
            let ((of, gives), (at, key)) = sides(scope)?;
            index(scope, call, (of, gives), (at, key))
        }
        operators::OPT_SELECT => {
            let [of, field] = call.arguments else { return None };
            let (of, _) = scope.part(of);
            let Expr::Literal(LiteralValue::String(field)) = &field.expr else { return None };
            let (of, field) = (Box::new(of), field.inner().into());
            (Node::Select { of, field, is_optional: true }, Type::Optional)
        }
        name => {
            let operator = binary(name)?;
            let (one, other) = sides(scope)?;
            between(scope, call, operator, one, other)
        }
    })
}

fn index(scope: &mut Scope<'_>, call: &Called<'_>, of: Typed, at: Typed) -> Typed {
    let is_optional = call.name == operators::OPT_INDEX;
    let ((of, gives), (at, key)) = (of, at);
    let is_fine = match gives {
        Type::List => key == Type::Dyn || key.is_number(),
        Type::Dyn | Type::Map | Type::Optional => true,
        _ => false,
    };
    if !is_fine {
        return scope.mistake(call.at, format!("`[]` takes no {gives} with {key} in it"));
    }
    let is_whole = is_optional || gives == Type::Optional;
    let (of, at) = (Box::new(of), Box::new(at));
    (Node::Index { of, at, is_optional }, if is_whole { Type::Optional } else { Type::Dyn })
}

fn binary(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Remainder,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::AtMost,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::AtLeast,
        operators::IN => Operator::In,
        _ => return None,
    })
}

fn between(
    scope: &mut Scope<'_>,
    call: &Called<'_>,
    operator: Operator,
    one: Typed,
    other: Typed,
) -> Typed {
    let ((one, a), (other, b)) = (one, other);
    match gives(operator, a, b) {
        Some(gives) => (Node::Binary(operator, Box::new((one, other))), gives),
        None => scope.mistake(call.at, format!("`{}` takes no {a} and {b}", operator.sign())),
    }
}

/// What an operator comes to between values of such types; none where it takes no such ones.
fn gives(operator: Operator, a: Type, b: Type) -> Option<Type> {
    use Operator::{Add, AtLeast, AtMost, Equal, Greater, In, Less, NotEqual, Remainder, Subtract};
    let numbers = a.is_number() && b.is_number();
    let either = if a == Type::Dyn { b } else { a };
    match operator {
        // Kubernetes' own checker lets numbers of different types be compared, but not be equal.
        Equal | NotEqual => a.may_be(b).then_some(Type::Bool),
        Less | AtMost | Greater | AtLeast => {
            let ordered = [Type::Bool, Type::String, Type::Bytes, Type::Duration, Type::Timestamp];
            let is_ordered = |of: Type| of == Type::Dyn || of.is_number() || ordered.contains(&of);
            (is_ordered(a) && is_ordered(b) && (numbers || a.may_be(b))).then_some(Type::Bool)
        }
        In => matches!(b, Type::Dyn | Type::List | Type::Map).then_some(Type::Bool),
        _ if a == Type::Dyn && b == Type::Dyn => Some(Type::Dyn),
        Add | Subtract if a == Type::Timestamp || b == Type::Timestamp => match (operator, a, b) {
            (Add, Type::Timestamp, Type::Duration | Type::Dyn)
            | (Add, Type::Duration | Type::Dyn, Type::Timestamp)
            | (Subtract, Type::Timestamp, Type::Duration) => Some(Type::Timestamp),
            (Subtract, Type::Timestamp | Type::Dyn, Type::Timestamp) => Some(Type::Duration),
            (Subtract, Type::Timestamp, Type::Dyn) => Some(Type::Dyn),
            _ => None,
        },
        Add | Subtract if either == Type::Duration => {
            (a.may_be(b)).then_some(if a == b { Type::Duration } else { Type::Dyn })
        }
        Add if matches!(either, Type::String | Type::Bytes | Type::List) => {
            a.may_be(b).then_some(either)
        }
        Remainder if either == Type::Double => None,
        _ => (either.is_number() && a.may_be(b)).then_some(either),
    }
}

/// `matches`, `find` and `findAll`, whose regular expressions are made ready where they can be.
fn search(
    scope: &mut Scope<'_>,
    call: &Called<'_>,
    name: &str,
    target: Option<&IdedExpr>,
) -> Option<Typed> {
    let all: Vec<&IdedExpr> = target.into_iter().chain(call.arguments).collect();
    let (what, gives) = match (name, all.as_slice()) {
        ("matches", [_, _]) => (Sought::Any, Type::Bool),
        ("find", [_, _]) => (Sought::First, Type::String),
        ("findAll", [_, _]) => (Sought::All(None), Type::List),
        ("findAll", [_, _, most]) => {
            (Sought::All(Some(scope.part_of(most, Type::Int, name))), Type::List)
        }
        _ => return None,
    };
    let (&text, &pattern) = (all.first()?, all.get(1)?);
    let text = scope.part_of(text, Type::String, name);
    let pattern = match &pattern.expr {
        Expr::Literal(LiteralValue::String(written)) => match ready(written.inner()) {
            Some(regex) => Pattern::Ready(Box::new(regex)),
            None => return Some(scope.mistake(pattern, "is no regular expression")),
        },
        _ => Pattern::Made(scope.part_of(pattern, Type::String, name)),
    };
    Some((Node::Search(Box::new(Search { what, text, pattern })), gives))
}
