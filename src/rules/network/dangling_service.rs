//! A Service leads to pods that somebody runs.

use super::behind::{Behind, RUNNING, behind, selector};
use crate::inventory::Neighbour;
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{Service, Services};
use crate::text::Quoted;

#[doc = include_str!("dangling_service.md")]
pub(crate) struct DanglingService;

impl Rule for DanglingService {
    type On = Services;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("dangling-service"),
        group: Text::Borrowed("network"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("Every Service leads to pods that somebody runs."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("dangling_service.md")),
    };
    const NEEDS: &'static [Neighbour] = &RUNNING;

    fn applies(service: &Service<'_>, _: &NoParams, _: &Context<'_>) -> bool {
        selector(service).is_some()
    }

    fn check(
        service: &Service<'_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Some(selector) = selector(service) else { return Ok(()) };
        let Behind::None(nearest) = behind(selector, cx, found)? else { return Ok(()) };
        let at = FieldPath::root().keys(&["spec", "selector"]);
        let message = "nothing here runs pods that the Service selects";
        let (at, message) = match nearest {
            Some((near, 1, key)) => {
                let other = format!(
                    "{message}; {} {} has all its labels but {}",
                    near.kind,
                    Quoted(&near.name),
                    Quoted(&key)
                );
                (at.found_key(&key), other)
            }
            _ => (at, message.to_owned()),
        };
        let advice =
            format!("set {at} as the pod template of a workload has it, or delete the Service");
        let finding = Finding::new(at, message, Remedy::Advice(advice));
        let finding = if cx.is_write { finding.only_warns() } else { finding };
        found.visit(selector.iter().count())?;
        let labels = selector.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
        found.add(finding, || Evidence::new([Fact::new(Reach::object(), labels)]))
    }
}
