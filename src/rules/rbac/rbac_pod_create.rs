//! Whoever makes a pod is every service account of its namespace.

use super::powers::{self, Power, PowerParams};
use crate::rules::{Checked, Context, Findings, Rule, RuleDescription, Severity, Standard, Text};
use crate::subject::{Role, Roles};

#[doc = include_str!("rbac_pod_create.md")]
pub(crate) struct RbacPodCreate;

/// To change the template of a workload is to make pods. Of a Pod that is there, only images change.
const POWERS: &[Power] = &[
    Power::in_namespaces("", &["pods"], &["create"]),
    Power::in_namespaces("", &["replicationcontrollers"], WRITE),
    Power::in_namespaces(
        "apps",
        &["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"],
        WRITE,
    ),
    Power::in_namespaces("batch", &["jobs", "cronjobs"], WRITE),
];

const WRITE: &[&str] = &["create", "update", "patch"];

impl Rule for RbacPodCreate {
    type On = Roles;
    type Params = PowerParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("rbac-pod-create"),
        group: Text::Borrowed("rbac"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No role makes pods, by itself or through a workload."),
        rows: &["M30"],
        standards: &[
            Standard::NsaCisa("Role-based access control"),
            Standard::Cis("5.1.4"),
            Standard::Cwe(250),
        ],
        page: Text::Borrowed(include_str!("rbac_pod_create.md")),
    };

    fn applies(_: &Role<'_>, _: &PowerParams, cx: &Context<'_>) -> bool {
        powers::apply(POWERS, cx)
    }

    fn check(
        role: &Role<'_>,
        params: &PowerParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        powers::check(role, POWERS, params, cx, found)
    }
}
