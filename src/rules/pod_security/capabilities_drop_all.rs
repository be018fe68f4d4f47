//! Upstream's check `capabilities_restricted` (restricted, 1.22 and 1.25); before 1.22 the
//! restricted level has the baseline form.

use serde_json::json;

use super::{capabilities, is_exempt_windows_pod};
use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};
use crate::subject::{ContainerRef, Str};

#[doc = include_str!("capabilities_drop_all.md")]
pub struct CapabilitiesDropAll;

impl Rule for CapabilitiesDropAll {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "capabilities-drop-all",
        severity: Severity::High,
        checklist: "Every container drops all capabilities and adds none but NET_BIND_SERVICE.",
        rows: &["M26"],
        page: include_str!("capabilities_drop_all.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        if !case.version.at_least(22) {
            return capabilities::baseline(case, found);
        }
        if is_exempt_windows_pod(case) {
            return Ok(());
        }
        for c in case.pod.containers() {
            let dropped = c.capabilities().map_or(&[][..], |k| &k.drop);
            found.visit(1 + dropped.len())?;
            if !dropped.iter().any(|name| name.as_str() == "ALL") {
                let at = c.at(&["securityContext", "capabilities", "drop"]);
                let message = format!("{c} does not drop ALL capabilities");
                let remedy = Remedy::set(at.clone(), json!(["ALL"]));
                let evidence = || Evidence::of_processes(case.pod, [kept(&c, dropped)]);
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
