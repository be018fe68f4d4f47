//! A token of the Kubernetes API in a pod that never calls it is a gift to whoever breaks in.

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("service_account_token.md")]
pub(crate) struct ServiceAccountToken;

impl Rule for ServiceAccountToken {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("service-account-token"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No pod has a token of the Kubernetes API mounted."),
        rows: &["R17", "M30"],
        standards: &[
            Standard::NsaCisa("Protecting Pod service account tokens"),
            Standard::Cis("5.1.6"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("service_account_token.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if pod.spec.automount_service_account_token == Some(false) {
            return Ok(());
        }
        let at = pod.at(&["automountServiceAccountToken"]);
        let message = "the pod has a token of the Kubernetes API mounted";
        let evidence = || Evidence::new([Fact::new(Reach::all(pod), [pod.service_account()])]);
        found.add(Finding::new(at.clone(), message, Remedy::set(at, false)), evidence)
    }
}
