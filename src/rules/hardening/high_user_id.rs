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

/// Which ids are high.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HighUserIdParams {
    /// The lowest id that is, from 1.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub min: i64,
    /// Whether the group is held to the same.
    pub groups: bool,
}

impl Default for HighUserIdParams {
    fn default() -> Self {
        Self { min: 10_000, groups: false }
    }
}

impl Params for HighUserIdParams {
    fn problems(&self) -> Vec<BadValue> {
        let is_sensible = (1..=i64::from(i32::MAX)).contains(&self.min);
        let reason = "must be from 1 to 2147483647; 0 demands nothing".to_owned();
        let problem = BadValue { parameter: "min", element: None, reason };
        if is_sensible { Vec::new() } else { vec![problem] }
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
        user.check(pod, params.min, found)?;
        if params.groups { group.check(pod, params.min, found) } else { Ok(()) }
    }
}

impl Id {
    fn check(self, pod: &Pod<'_, '_>, min: i64, found: &mut Findings<'_>) -> Checked {
        let Self { field, word, of_pod, of_container } = self;
        let advice = |at| {
            Remedy::Advice(format!(
                "set {at} to a {word} from {min} on who may read the image's files"
            ))
        };
        if let Some(id) = of_pod.filter(|id| *id < min) {
            let at = pod.at(&["securityContext", field]);
            let message = format!("the pod runs as {word} {id}, below {min}");
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
                Some(id) if id < min => format!("{c} runs as {word} {id}, below {min}"),
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
