//! A user of the container who gets out of it should be nobody on the node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("high_user_id.md")]
pub(crate) struct HighUserId;

/// The highest id that there is.
const HIGHEST: i64 = i32::MAX as i64;

/// Which ids are high.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HighUserIdParams {
    /// The lowest id that is, from 1.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub min: i64,
    /// The highest id that is allowed; any by default.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max: i64,
    /// Whether the group is held to the same.
    pub groups: bool,
}

impl Default for HighUserIdParams {
    fn default() -> Self {
        Self { min: 10_000, max: HIGHEST, groups: false }
    }
}

impl Params for HighUserIdParams {
    fn problems(&self) -> Vec<BadValue> {
        let bad = |parameter, reason: &str| {
            let reason = reason.to_owned();
            BadValue { parameter, element: None, reason }
        };
        if !(1..=HIGHEST).contains(&self.min) {
            return vec![bad("min", "must be from 1 to 2147483647; 0 demands nothing")];
        }
        let is_above = (self.min..=HIGHEST).contains(&self.max);
        let problem = bad("max", "must be from `min` to 2147483647");
        if is_above { Vec::new() } else { vec![problem] }
    }
}

/// One of the two ids.
#[derive(Clone, Copy)]
struct Id {
    field: &'static str,
    word: &'static str,
    of_pod: Option<i64>,
    of_container: fn(&ContainerRef<'_, '_>) -> Option<i64>,
}

impl Rule for HighUserId {
    type On = Pods;
    type Params = HighUserIdParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("high-user-id"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Low,
        checklist: Text::Borrowed("Every container runs as a user that is none of its node's."),
        rows: &["R24"],
        standards: &[
            Standard::NsaCisa("Non-root containers and rootless container engines"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("high_user_id.md")),
    };

    /// A pod with users of its own is spared: there its ids are none of the node's.
    fn applies(pod: &Pod<'_, '_>, _: &HighUserIdParams, _: &Context<'_>) -> bool {
        !pod.is_windows() && !pod.has_user_namespace()
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &HighUserIdParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let security = pod.spec.security_context.as_deref();
        let user = Id {
            field: "runAsUser",
            word: "user",
            of_pod: security.and_then(|s| s.run_as_user),
            of_container: |c| c.security()?.run_as_user,
        };
        let group = Id {
            field: "runAsGroup",
            word: "group",
            of_pod: security.and_then(|s| s.run_as_group),
            of_container: |c| c.security()?.run_as_group,
        };
        user.check(pod, params, found)?;
        if params.groups { group.check(pod, params, found) } else { Ok(()) }
    }
}

impl HighUserIdParams {
    fn holds(&self, id: i64) -> bool {
        (self.min..=self.max).contains(&id)
    }

    /// Why an id is none of those.
    fn complaint(&self) -> String {
        let Self { min, max, .. } = *self;
        match max {
            HIGHEST => format!("below {min}"),
            _ if min == max => format!("and not {min}"),
            _ => format!("not from {min} to {max}"),
        }
    }

    /// Which ids are.
    fn words(&self) -> String {
        let Self { min, max, .. } = *self;
        if max == HIGHEST { format!("from {min} on") } else { format!("from {min} to {max}") }
    }
}

impl Id {
    fn check(
        self,
        pod: &Pod<'_, '_>,
        params: &HighUserIdParams,
        found: &mut Findings<'_>,
    ) -> Checked {
        let Self { field, word, of_pod, of_container } = self;
        let advice = |at| {
            Remedy::Advice(format!(
                "set {at} to a {word} {} who may read the image's files",
                params.words()
            ))
        };
        if let Some(id) = of_pod.filter(|id| !params.holds(*id)) {
            let at = pod.at(&["securityContext", field]);
            let message = format!("the pod runs as {word} {id}, {}", params.complaint());
            let evidence = || {
                let reach = Reach::those(pod, |c| of_container(c).is_none());
                Evidence::new([fact(reach, word, Some(id))])
            };
            found.add(Finding::new(at.clone(), message, advice(at)), evidence)?;
        }
        for c in pod.containers() {
            found.visit(1)?;
            let own = of_container(&c);
            let message = match own {
                Some(id) if !params.holds(id) => {
                    format!("{c} runs as {word} {id}, {}", params.complaint())
                }
                None if of_pod.is_none() => format!("{c} runs as whichever {word} its image names"),
                _ => continue,
            };
            let at = c.at(&["securityContext", field]);
            let evidence = || Evidence::new([fact(Reach::one(&c), word, own)]);
            found.add(Finding::of(&c, at.clone(), message, advice(at)), evidence)?;
        }
        Ok(())
    }
}

/// Root may act as everybody, and an image may name root: no other id is worse.
fn fact(reach: Reach, word: &'static str, id: Option<i64>) -> Fact {
    let other = id.filter(|id| *id != 0).map(|id| id.to_string());
    Fact::new(reach, [word]).one_of_many(other.as_deref())
}
