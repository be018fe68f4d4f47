//! A `StatefulSet` has a Service by which each of its pods is found.

use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{StatefulSetRef, StatefulSets, Str};
use crate::text::Quoted;

#[doc = include_str!("headless_service.md")]
pub(crate) struct HeadlessService;

impl Rule for HeadlessService {
    type On = StatefulSets;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("headless-service"),
        group: Text::Borrowed("availability"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every StatefulSet has a headless Service of its own."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("headless_service.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Service];

    fn check(
        set: StatefulSetRef<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let at = FieldPath::root().keys(&["spec", "serviceName"]);
        let name = set.spec.service_name.as_ref().map_or("", Str::as_str);
        found.spend(2 * name.len())?;
        if name.is_empty() {
            let message = "the StatefulSet names no Service, so its pods have no names";
            let advice =
                format!("set {at} to a Service with clusterIP: None that selects its pods");
            let finding = Finding::new(at, message, Remedy::Advice(advice));
            return found.add(finding, || fact("no name"));
        }
        let Some(service) = cx.neighbours.service(cx.namespace, name)? else {
            let message = format!("there is no Service {}", Quoted(name));
            let advice = "create it, with clusterIP: None and the selector of the StatefulSet";
            return warn(at, message, advice.to_owned(), cx, found);
        };
        if !service.is_headless {
            let message = format!("Service {} is not headless", Quoted(name));
            let advice = "make it anew with clusterIP: None, or name another with it".to_owned();
            return warn(at, message, advice, cx, found);
        }
        let Some(pod) = set.pod else { return Ok(()) };
        found.visit(service.selector_len())?;
        if service.has_selector() && !service.selects(|key| pod.label(key)) {
            let message = format!("Service {} does not select the pods", Quoted(name));
            let advice = format!("give it the labels of the pods, or name another at {at}");
            return warn(at, message, advice, cx, found);
        }
        Ok(())
    }
}

/// Adds what rests on a Service, which may be applied a moment later.
fn warn(
    at: FieldPath,
    message: String,
    advice: String,
    cx: &Context<'_>,
    found: &mut Findings<'_>,
) -> Checked {
    let finding = Finding::new(at, message, Remedy::Advice(advice));
    let finding = if cx.is_write { finding.only_warns() } else { finding };
    found.add(finding, || fact("not found"))
}

fn fact(what: &str) -> Evidence {
    Evidence::new([Fact::new(Reach::object(), [what])])
}
