//! Files are guarded by groups too, and group 0 is root's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::FieldPath;
use crate::rules::{
    BadValue, Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};

#[doc = include_str!("run_as_group.md")]
pub(crate) struct RunAsGroup;

/// Which groups there may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct RunAsGroupParams {
    /// In which groups processes may run.
    pub run_as_group: Range,
    /// To which they may belong besides.
    pub supplemental_groups: Range,
    /// To which volumes may be given.
    pub fs_group: Range,
    /// Which of these fields must be there.
    #[schemars(length(max = 3))]
    pub required: Vec<Field>,
}

/// Numbers of groups, from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Range {
    /// The lowest; 0 where any is.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub min: i64,
    /// The highest.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub max: i64,
}

/// The highest number of a group.
const HIGHEST: i64 = i32::MAX as i64;

/// A field that says groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Field {
    /// The group in which processes run.
    RunAsGroup,
    /// Those to which they belong besides.
    SupplementalGroups,
    /// The one to which volumes are given.
    FsGroup,
}

impl Default for Range {
    fn default() -> Self {
        Self { min: 1, max: HIGHEST }
    }
}

impl Range {
    fn holds(self, id: i64) -> bool {
        (self.min..=self.max).contains(&id)
    }

    /// Why `id` is none of these.
    fn complaint(self, id: i64) -> String {
        let Self { min, max } = self;
        match max {
            _ if id == 0 => "the group of root".to_owned(),
            _ if min == max => format!("and not {min}"),
            HIGHEST => format!("below {min}"),
            _ => format!("not from {min} to {max}"),
        }
    }

    /// In words.
    fn words(self) -> String {
        match self {
            Self { min: 1, max: HIGHEST } => "other than 0".to_owned(),
            Self { min, max: HIGHEST } => format!("from {min} on"),
            Self { min, max } => format!("from {min} to {max}"),
        }
    }

    /// What to do about the field at `at`.
    fn remedy(self, at: FieldPath) -> Remedy {
        let Self { min, max } = self;
        if min == max {
            return Remedy::set(at, min);
        }
        Remedy::Advice(format!("set {at} to a group {}", self.words()))
    }
}

impl Default for RunAsGroupParams {
    fn default() -> Self {
        let any = Range::default();
        let required = vec![Field::RunAsGroup];
        Self { run_as_group: any, supplemental_groups: any, fs_group: any, required }
    }
}

impl Params for RunAsGroupParams {
    fn problems(&self) -> Vec<BadValue> {
        let ranges = [
            ("runAsGroup", self.run_as_group),
            ("supplementalGroups", self.supplemental_groups),
            ("fsGroup", self.fs_group),
        ];
        let bad = |parameter, reason: &str| {
            let reason = reason.to_owned();
            BadValue { parameter, element: None, reason }
        };
        let is_range = |r: &Range| 0 <= r.min && r.min <= r.max && r.max <= HIGHEST;
        let wrong = ranges.iter().filter(|(_, range)| !is_range(range));
        let reason =
            "must go from a `min` of 0 or more to a `max` that is no lower, and 2147483647 at most";
        let mut wrong: Vec<BadValue> = wrong.map(|(name, _)| bad(name, reason)).collect();
        let is_any = |(_, range): &(_, Range)| *range == Range { min: 0, max: HIGHEST };
        if self.required.is_empty() && ranges.iter().all(is_any) {
            wrong.push(bad("required", "asks for nothing, and any group is in the ranges"));
        }
        wrong
    }
}

impl Rule for RunAsGroup {
    type On = Pods;
    type Params = RunAsGroupParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("run-as-group"),
        group: Text::Borrowed("hardening"),
        severity: Severity::Low,
        checklist: Text::Borrowed("No container runs in the group of root."),
        rows: &[],
        standards: &[
            Standard::NsaCisa("Non-root containers and rootless container engines"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("run_as_group.md")),
    };

    /// A pod with users of its own is spared: there its groups are none of the node's.
    fn applies(pod: &Pod<'_, '_>, _: &RunAsGroupParams, _: &Context<'_>) -> bool {
        !pod.is_windows() && !pod.has_user_namespace()
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &RunAsGroupParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        primary(pod, params, found)?;
        supplemental(pod, params, found)?;
        let range = params.fs_group;
        let at = pod.at(&["securityContext", "fsGroup"]);
        let group = pod.spec.security_context.as_deref().and_then(|s| s.fs_group);
        let message = match group {
            Some(id) if !range.holds(id) => {
                format!("the volumes are given to group {id}, {}", range.complaint(id))
            }
            None if params.required.contains(&Field::FsGroup) => {
                "the pod does not say to which group its volumes are given".to_owned()
            }
            _ => return Ok(()),
        };
        let evidence = || Evidence::new([fact(Reach::pod(pod), "fsGroup", group)]);
        found.add(Finding::new(at.clone(), message, range.remedy(at)), evidence)
    }
}

const PRIMARY: [&str; 2] = ["securityContext", "runAsGroup"];

/// The group in which each container runs.
fn primary(pod: &Pod<'_, '_>, params: &RunAsGroupParams, found: &mut Findings<'_>) -> Checked {
    let range = params.run_as_group;
    let is_required = params.required.contains(&Field::RunAsGroup);
    let of_pod = pod.spec.security_context.as_deref().and_then(|s| s.run_as_group);
    let own = |c: &ContainerRef<'_, '_>| c.security().and_then(|s| s.run_as_group);
    if let Some(id) = of_pod.filter(|id| !range.holds(*id)) {
        let at = pod.at(&PRIMARY);
        let message = format!("the pod runs in group {id}, {}", range.complaint(id));
        let evidence = || {
            let reach = Reach::those(pod, |c| own(c).is_none());
            Evidence::new([fact(reach, "runAsGroup", Some(id))])
        };
        found.add(Finding::new(at.clone(), message, range.remedy(at)), evidence)?;
    }
    for c in pod.containers() {
        found.visit(1)?;
        let group = own(&c);
        let message = match group {
            Some(id) if !range.holds(id) => {
                format!("{c} runs in group {id}, {}", range.complaint(id))
            }
            None if of_pod.is_none() && is_required => {
                format!("{c} runs in whichever group its image names, or in that of root")
            }
            _ => continue,
        };
        let at = c.at(&PRIMARY);
        let evidence = || Evidence::new([fact(Reach::one(&c), "runAsGroup", group)]);
        found.add(Finding::of(&c, at.clone(), message, range.remedy(at)), evidence)?;
    }
    Ok(())
}

/// The groups to which all of the pod belong besides.
fn supplemental(pod: &Pod<'_, '_>, params: &RunAsGroupParams, found: &mut Findings<'_>) -> Checked {
    let range = params.supplemental_groups;
    let at = pod.at(&["securityContext", "supplementalGroups"]);
    let groups = pod.spec.security_context.as_deref().map(|s| &s.supplemental_groups);
    let groups = groups.map_or(&[][..], |groups| groups);
    if groups.is_empty() && params.required.contains(&Field::SupplementalGroups) {
        let message = "the pod does not say to which groups it belongs besides";
        let remedy = Remedy::Advice(format!("list them in {at}, each {}", range.words()));
        let evidence = || Evidence::new([fact(Reach::pod(pod), "supplementalGroups", None)]);
        return found.add(Finding::new(at, message, remedy), evidence);
    }
    for (index, id) in groups.iter().enumerate() {
        found.visit(1)?;
        if range.holds(*id) {
            continue;
        }
        let at = at.clone().index(index);
        let message = format!("the pod belongs to group {id} besides, {}", range.complaint(*id));
        let evidence = || Evidence::new([fact(Reach::all(pod), "supplementalGroups", Some(*id))]);
        let remedy =
            Remedy::Advice(format!("take out {at}, or write a group {} there", range.words()));
        found.add(Finding::new(at, message, remedy), evidence)?;
    }
    Ok(())
}

/// An image may name any group.
fn fact(reach: Reach, field: &str, id: Option<i64>) -> Fact {
    let id = id.map(|id| id.to_string());
    Fact::new(reach, [field]).one_of_many(id.as_deref())
}
