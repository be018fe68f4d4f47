//! What an expression is given, when it asks for it.

use std::cell::RefCell;

use super::expressions::{
    CONTAINERS, NAMESPACE_OBJECT, OBJECT, OLD_OBJECT, PARAMS, REQUEST, VARIABLES,
};
use crate::cel::{Failure, Inputs, List, Meter, Program, Text, Value, labels, partly_known};
use crate::rules::Context;
use crate::subject::{Tree, Untold};

/// The label that every namespace bears and nobody can change.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What it is of which no more is known.
const WHAT: &str = "namespaceObject";

/// What a step of an expression takes, in steps of a review.
const STEP: usize = 32;

/// How many steps of a review were taken.
pub(super) fn steps_of_review(meter: &Meter) -> usize {
    usize::try_from(meter.steps()).unwrap_or(usize::MAX).saturating_mul(STEP)
}

/// What the expressions of one rule are given in one review.
pub(super) struct Given<'t> {
    cx: Context<'t>,
    params: &'t Tree<'t>,
    variables: &'t [Program],
    /// What the variables came to, once they were asked for.
    known: RefCell<Vec<Option<Result<Value<'t>, Failure>>>>,
}

impl<'t> Given<'t> {
    pub(super) fn new(cx: Context<'t>, params: &'t Tree<'t>, variables: &'t [Program]) -> Self {
        Self { cx, params, variables, known: RefCell::new(vec![None; variables.len()]) }
    }

    /// A variable, evaluated once. It asks for none but those before it.
    fn variable(&self, at: usize, meter: &mut Meter) -> Result<Value<'t>, Failure> {
        let known = self.known.borrow().get(at).cloned().flatten();
        if let Some(known) = known {
            return known;
        }
        let program = self.variables.get(at).ok_or(Failure::Unknown("variables"))?;
        let value = program.evaluate(self, meter);
        if let Some(place) = self.known.borrow_mut().get_mut(at) {
            *place = Some(value.clone());
        }
        value
    }

    /// The namespace, of which no more is known than its name and maybe its labels.
    fn namespace(&self) -> Value<'t> {
        let Some(name) = self.cx.namespace else { return Value::Null };
        let text = |text| Value::String(Text::Borrowed(text));
        let known = self.cx.namespace_labels().and_then(|labels| labels.all());
        let known = match known {
            Some(all) => {
                let own = std::iter::once((NAME_LABEL, name));
                labels(own.chain(all.filter(|(key, _)| *key != NAME_LABEL)))
            }
            None => partly_known(WHAT, vec![(NAME_LABEL, text(name))]),
        };
        let metadata = partly_known(WHAT, vec![("name", text(name)), ("labels", known)]);
        partly_known(WHAT, vec![("metadata", metadata)])
    }
}

fn told<'t>(tree: Result<&'t Tree<'t>, Untold>, what: &'static str) -> Result<Value<'t>, Failure> {
    match tree {
        Ok(tree) => Ok(tree.into()),
        Err(Untold::Unknown) => Err(Failure::Unknown(what)),
        Err(Untold::Unreadable) => Err(Failure::Full),
    }
}

impl<'t> Inputs<'t> for Given<'t> {
    fn get(&self, input: usize, meter: &mut Meter) -> Result<Value<'t>, Failure> {
        let whole = self.cx.whole;
        match input {
            OBJECT => told(whole.object(), "object"),
            OLD_OBJECT => told(whole.before(), "oldObject"),
            REQUEST => told(whole.request(), "request"),
            NAMESPACE_OBJECT => Ok(self.namespace()),
            PARAMS => Ok(self.params.into()),
            CONTAINERS => match whole.containers() {
                Ok(all) => Ok(Value::List(List::Tree(all))),
                Err(untold) => told(Err(untold), "containers"),
            },
            variable => self.variable(variable - VARIABLES, meter),
        }
    }
}
