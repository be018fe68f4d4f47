//! A field of yesterday is ignored today, and nobody says so.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("deprecated_field.md")]
pub(crate) struct DeprecatedField;

/// Annotations of pods whose place a field took, below the pod's spec.
const ANNOTATIONS: [(&str, &str); 11] = [
    (SECCOMP_OF_POD, "securityContext.seccompProfile"),
    ("scheduler.alpha.kubernetes.io/critical-pod", "priorityClassName"),
    ("scheduler.alpha.kubernetes.io/affinity", "affinity"),
    ("scheduler.alpha.kubernetes.io/tolerations", "tolerations"),
    ("scheduler.alpha.kubernetes.io/name", "schedulerName"),
    ("security.alpha.kubernetes.io/sysctls", "securityContext.sysctls"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "securityContext.sysctls"),
    ("pod.alpha.kubernetes.io/init-containers", "initContainers"),
    ("pod.beta.kubernetes.io/init-containers", "initContainers"),
    ("pod.beta.kubernetes.io/hostname", "hostname"),
    ("pod.beta.kubernetes.io/subdomain", "subdomain"),
];

const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// Before the name of a container.
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Labels of nodes, and what took their place.
const NODE_LABELS: [(&str, &str); 6] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"),
];

impl Rule for DeprecatedField {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("deprecated-field"),
        group: Text::Borrowed("api"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No pod is described by fields that others took the place of."),
        rows: &[],
        standards: &[],
        page: Text::Borrowed(include_str!("deprecated_field.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        annotations(pod, found)?;
        for (key, _) in pod.spec.node_selector.iter() {
            found.visit(NODE_LABELS.len())?;
            let Some((_, now)) = NODE_LABELS.iter().find(|(old, _)| *old == key.as_str()) else {
                continue;
            };
            let at = pod.at(&["nodeSelector"]).found_key(key);
            let message = format!("the pod selects nodes by the obsolete label {}", Quoted(key));
            let to = pod.at(&["nodeSelector"]).key(*now);
            let remedy = Remedy::Advice(format!("replace {at} by {to}"));
            let words = ["node label", key.as_str()];
            add(Finding::new(at, message, remedy), words, found)?;
        }
        // The API server writes both spellings, whichever it is given.
        let account = pod.spec.service_account.as_deref().filter(|name| !name.is_empty());
        let is_alone = pod.spec.service_account_name.as_deref().unwrap_or_default().is_empty();
        if let Some(account) = account.filter(|_| is_alone) {
            let (at, to) = (pod.at(&["serviceAccount"]), pod.at(&["serviceAccountName"]));
            let message =
                "the pod names its account by `serviceAccount`, which is `serviceAccountName` now";
            let remedy = Remedy::set(to, account);
            add(Finding::new(at, message, remedy), ["account", account], found)?;
        }
        Ok(())
    }
}

fn annotations(pod: &Pod<'_, '_>, found: &mut Findings<'_>) -> Checked {
    let Some(metadata) = pod.metadata else { return Ok(()) };
    for (key, _) in metadata.annotations.iter() {
        found.visit(1 + ANNOTATIONS.len())?;
        let Some(field) = successor(pod, key, found)? else { continue };
        let at = pod.annotation_at(key);
        let message = format!("annotation {} is obsolete: a field took its place", Quoted(key));
        let remedy = Remedy::Advice(format!("say it at {field}, and remove {at}"));
        add(Finding::new(at, message, remedy), ["annotation", key.as_str()], found)?;
    }
    Ok(())
}

/// The field that took the place of an annotation, where the pod does not set it as well.
fn successor(
    pod: &Pod<'_, '_>,
    key: &str,
    found: &mut Findings<'_>,
) -> Result<Option<FieldPath>, crate::rules::Halt> {
    let of_pod = pod.spec.security_context.as_deref();
    let (seccomp, apparmor) = (
        of_pod.is_some_and(|s| s.seccomp_profile.is_some()),
        of_pod.is_some_and(|s| s.app_armor_profile.is_some()),
    );
    let container = [(SECCOMP, seccomp), (APPARMOR, apparmor)]
        .into_iter()
        .find_map(|(prefix, is_set)| Some((prefix, is_set, key.strip_prefix(prefix)?)));
    if let Some((prefix, is_set, name)) = container {
        found.visit(pod.container_count())?;
        let is_named = |c: &ContainerRef<'_, '_>| c.name() == name;
        let Some(c) = pod.containers().find(is_named).filter(|_| !is_set) else { return Ok(None) };
        let own = c.security();
        let (is_set, field) = if prefix == SECCOMP {
            (own.is_some_and(|s| s.seccomp_profile.is_some()), "seccompProfile")
        } else {
            (own.is_some_and(|s| s.app_armor_profile.is_some()), "appArmorProfile")
        };
        return Ok((!is_set).then(|| c.at(&["securityContext", field])));
    }
    if key == SECCOMP_OF_POD && seccomp {
        return Ok(None);
    }
    let known = ANNOTATIONS.iter().find(|(old, _)| *old == key);
    Ok(known.map(|(_, field)| {
        let spec = pod.at(&[]);
        field.split('.').fold(spec, FieldPath::key)
    }))
}

fn add<'t>(
    finding: Finding,
    words: impl IntoIterator<Item = &'t str>,
    found: &mut Findings<'_>,
) -> Checked {
    found.add(finding, || Evidence::new([Fact::new(Reach::object(), words)]))
}
