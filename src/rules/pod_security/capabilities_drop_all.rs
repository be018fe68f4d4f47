//! Upstream's check `capabilities_restricted` (restricted, 1.22 and 1.25); before 1.22 the
//! restricted level has the baseline form.

use serde_json::json;

use super::{capabilities, is_exempt_windows_pod};
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods, Str};

#[doc = include_str!("capabilities_drop_all.md")]
pub(crate) struct CapabilitiesDropAll;

impl Rule for CapabilitiesDropAll {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("capabilities-drop-all"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed(
            "Every container drops all capabilities and adds none but NET_BIND_SERVICE.",
        ),
        rows: &["M26"],
        standards: &[
            Standard::PodSecurity("restricted"),
            Standard::Cis("5.2.8"),
            Standard::Cis("5.2.10"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("capabilities_drop_all.md")),
    };

    fn applies(pod: &Pod<'_, '_>, _: &NoParams, cx: &Context<'_>) -> bool {
        !is_exempt_windows_pod(pod, cx)
    }

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if !cx.version.at_least(22) {
            return capabilities::baseline(pod, found);
        }
        for c in pod.containers() {
            let dropped = c.capabilities().map_or(&[][..], |k| &k.drop);
            found.visit(1 + dropped.len())?;
            if !dropped.iter().any(|name| name.as_str() == "ALL") {
                let at = c.at(&["securityContext", "capabilities", "drop"]);
                let message = format!("{c} does not drop ALL capabilities");
                let remedy = Remedy::set(at.clone(), json!(["ALL"]));
                let evidence = || Evidence::of_processes(pod, [kept(&c, dropped)]);
                found.add(Finding::of(&c, at, message, remedy), evidence)?;
            }
            capabilities::added(&c, &["NET_BIND_SERVICE"], found)?;
        }
        Ok(())
    }
}

/// What is not dropped: of that, more is worse. Runtimes take the names in any letters.
fn kept(c: &ContainerRef<'_, '_>, dropped: &[Str<'_>]) -> Fact {
    let fact = Fact::new(Reach::one(c), ["drop"]);
    if dropped.iter().any(|name| name.eq_ignore_ascii_case("ALL")) {
        return fact.all_spared();
    }
    let names: Vec<String> = dropped.iter().map(|name| name.to_ascii_uppercase()).collect();
    fact.all_but(names.iter().map(String::as_str))
}
