//! A right that is given to the account `default` is given to every pod that names none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};

#[doc = include_str!("default_service_account.md")]
pub(crate) struct DefaultServiceAccount;

/// Of which pods an account of their own is demanded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DefaultServiceAccountParams {
    /// Also of pods that get no token: some clouds give rights to an account by its name.
    pub without_token: bool,
}

impl Params for DefaultServiceAccountParams {}

impl Rule for DefaultServiceAccount {
    type On = Pods;
    type Params = DefaultServiceAccountParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("default-service-account"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No pod gets a token of its namespace's default account."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Protecting Pod service account tokens"),
            Standard::Cis("5.1.5"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("default_service_account.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &DefaultServiceAccountParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        if pod.service_account() != "default" {
            return Ok(());
        }
        for volume in &pod.spec.volumes {
            found.visit(1 + volume.projected.as_ref().map_or(0, |p| p.sources.len()))?;
        }
        let is_mounted = pod.spec.automount_service_account_token != Some(false);
        let gets_token = is_mounted || audiences(pod).next().is_some();
        if !gets_token && !params.without_token {
            return Ok(());
        }
        let at = pod.at(&["serviceAccountName"]);
        let account = format!("set {at} to an account of its own");
        let (message, advice) = if gets_token {
            ("the pod has a token of the account \"default\"", account)
        } else {
            ("the pod runs under the account \"default\"", account)
        };
        let no_token = format!(", or {}: false", pod.at(&["automountServiceAccountToken"]));
        let advice = if is_mounted && !params.without_token { advice + &no_token } else { advice };
        found.add(Finding::new(at, message, Remedy::Advice(advice)), || evidence(pod, is_mounted))
    }
}

/// For whom tokens are that the pod asks for in a volume; the empty text is the API server.
fn audiences<'s>(pod: &'s Pod<'s, '_>) -> impl Iterator<Item = &'s str> {
    let projected = pod.spec.volumes.iter().filter_map(|volume| volume.projected.as_ref());
    projected.flat_map(|p| p.sources.iter()).filter_map(|source| {
        let token = source.0.service_account_token.as_ref()?;
        Some(token.audience.as_deref().unwrap_or_default())
    })
}

/// A token that is mounted unasked is no better than one for whomever; none is the least.
fn evidence<'s>(pod: &'s Pod<'s, '_>, is_mounted: bool) -> Evidence {
    let fact = |audience| Fact::new(Reach::all(pod), []).one_of_many(audience);
    if is_mounted {
        return Evidence::new([fact(None)]);
    }
    let account = std::iter::once(fact(Some("no token")));
    Evidence::new(account.chain(audiences(pod).map(|audience| fact(Some(audience)))))
}
