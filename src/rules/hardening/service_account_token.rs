//! A token of the Kubernetes API in a pod that never calls it is a gift to whoever breaks in.

use crate::rules::{
    Case, Checked, Evidence, Fact, Finding, Findings, Meta, NoParams, Reach, Remedy, Rule, Severity,
};

#[doc = include_str!("service_account_token.md")]
pub struct ServiceAccountToken;

impl Rule for ServiceAccountToken {
    type Params = NoParams;
    const META: Meta = Meta {
        id: "service-account-token",
        severity: Severity::Medium,
        checklist: "No pod has a token of the Kubernetes API mounted.",
        rows: &["R17", "M30"],
        page: include_str!("service_account_token.md"),
    };

    fn check(case: &Case<'_, '_>, _: &NoParams, found: &mut Findings<'_>) -> Checked {
        if case.pod.spec.automount_service_account_token == Some(false) {
            return Ok(());
        }
        let at = case.pod.at(&["automountServiceAccountToken"]);
        let message = "the pod has a token of the Kubernetes API mounted";
        let evidence =
            || Evidence::new([Fact::new(Reach::all(case.pod), [case.pod.service_account()])]);
        found.add(Finding::new(at.clone(), message, Remedy::set(at, false)), evidence)
    }
}
