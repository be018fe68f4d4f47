//! What is written as a call and is none: comprehensions, `has`, and what is made of optional values.

use cel::common::ast::{Expr, IdedExpr};

use super::node::{Fold, FoldKind, Node};
use super::scope::{Scope, Typed};
use super::types::Type;

/// The part that a macro is; none where the call is of none.
pub(super) fn compile(
    scope: &mut Scope<'_>,
    at: &IdedExpr,
    name: &str,
    target: Option<&IdedExpr>,
    arguments: &[IdedExpr],
) -> Option<Typed> {
    match (name, target, arguments) {
        ("has", None, [of]) => Some(has(scope, of)),
        ("dyn", None, [of]) => {
            let (node, _) = scope.part(of);
            Some((node, Type::Dyn))
        }
        ("optMap" | "optFlatMap", Some(target), [variable, body]) => {
            Some(if_there(scope, name == "optFlatMap", target, variable, body))
        }
        ("or" | "orValue", Some(target), [other]) => {
            let of = Box::new(scope.part_of(target, Type::Optional, name));
            let is_optional = name == "or";
            let wanted = if is_optional { Type::Optional } else { Type::Dyn };
            let other = Box::new(scope.part_of(other, wanted, name));
            Some((Node::OrElse { of, other, is_optional }, wanted))
        }
        (_, Some(target), _) => fold(scope, at, name, target, arguments),
        _ => None,
    }
}

fn has(scope: &mut Scope<'_>, of: &IdedExpr) -> Typed {
    match &of.expr {
        Expr::Select(select) => {
            let of = Box::new(scope.part(&select.operand).0);
            (Node::Has { of, field: select.field.as_str().into() }, Type::Bool)
        }
        _ => scope.mistake(of, "`has` takes a field, such as `has(object.spec)`"),
    }
}

/// The name of the variable that a macro makes.
fn variable(scope: &mut Scope<'_>, of: &IdedExpr) -> String {
    match &of.expr {
        Expr::Ident(name) if !name.starts_with('.') => name.clone(),
        _ => {
            scope.mistake(of, "is to be the name of a variable");
            String::new()
        }
    }
}

fn if_there(
    scope: &mut Scope<'_>,
    is_optional: bool,
    target: &IdedExpr,
    name: &IdedExpr,
    body: &IdedExpr,
) -> Typed {
    let user = if is_optional { "optFlatMap" } else { "optMap" };
    let of = Box::new(scope.part_of(target, Type::Optional, user));
    let name = variable(scope, name);
    let local = scope.locals.len();
    scope.locals.push((name, Type::Dyn));
    let wanted = if is_optional { Type::Optional } else { Type::Dyn };
    let body = Box::new(scope.part_of(body, wanted, user));
    scope.locals.truncate(local);
    (Node::IfThere { of, local, body, is_optional }, Type::Optional)
}

fn fold(
    scope: &mut Scope<'_>,
    at: &IdedExpr,
    name: &str,
    target: &IdedExpr,
    arguments: &[IdedExpr],
) -> Option<Typed> {
    use FoldKind::{All, Entries, Exists, ExistsOne, Filter, List, Map, SortBy};
    let (kind, variables, filter, body) = match (name, arguments) {
        ("all", [one, body]) => (All, (one, None), None, body),
        ("all", [one, other, body]) => (All, (one, Some(other)), None, body),
        ("exists", [one, body]) => (Exists, (one, None), None, body),
        ("exists", [one, other, body]) => (Exists, (one, Some(other)), None, body),
        ("exists_one" | "existsOne", [one, body]) => (ExistsOne, (one, None), None, body),
        ("exists_one" | "existsOne", [one, other, body]) => {
            (ExistsOne, (one, Some(other)), None, body)
        }
        ("map", [one, body]) => (List, (one, None), None, body),
        ("map", [one, filter, body]) => (List, (one, None), Some(filter), body),
        ("filter", [one, body]) => (Filter, (one, None), None, body),
        ("sortBy", [one, body]) => (SortBy, (one, None), None, body),
        ("transformList", [one, other, body]) => (List, (one, Some(other)), None, body),
        ("transformList", [one, other, filter, body]) => {
            (List, (one, Some(other)), Some(filter), body)
        }
        ("transformMap", [one, other, body]) => (Map, (one, Some(other)), None, body),
        ("transformMap", [one, other, filter, body]) => {
            (Map, (one, Some(other)), Some(filter), body)
        }
        ("transformMapEntry", [one, other, body]) => (Entries, (one, Some(other)), None, body),
        ("transformMapEntry", [one, other, filter, body]) => {
            (Entries, (one, Some(other)), Some(filter), body)
        }
        _ => return None,
    };
    let (range, gives) = scope.part(target);
    if !matches!(gives, Type::Dyn | Type::List | Type::Map) || kind == SortBy && gives == Type::Map
    {
        return Some(
            scope.mistake(at, format!("`{name}` goes over lists and maps, and not over {gives}")),
        );
    }
    let local = scope.locals.len();
    let first = variable(scope, variables.0);
    scope.locals.push((first, Type::Dyn));
    if let Some(second) = variables.1 {
        let second = variable(scope, second);
        scope.locals.push((second, Type::Dyn));
    }
    let filter = filter.map(|filter| scope.part_of(filter, Type::Bool, name));
    let wanted = match kind {
        All | Exists | ExistsOne | Filter => Type::Bool,
        Entries => Type::Map,
        List | Map | SortBy => Type::Dyn,
    };
    let body = scope.part_of(body, wanted, name);
    scope.locals.truncate(local);
    let gives = match kind {
        All | Exists | ExistsOne => Type::Bool,
        List | Filter | SortBy => Type::List,
        Map | Entries => Type::Map,
    };
    let has_two = variables.1.is_some();
    Some((Node::Fold(Box::new(Fold { kind, range, local, has_two, filter, body })), gives))
}
