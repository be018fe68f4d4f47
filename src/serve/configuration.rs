//! The `ValidatingWebhookConfiguration` that sends the API server here.

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MatchCondition, RuleWithOperations, ValidatingWebhook, ValidatingWebhookConfiguration,
    WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta,
};
use std::collections::BTreeMap;

use crate::policy::{Snapshot, Stance};
use crate::subject::{Kind, Scope, Shape};

/// The name of the entry for kinds that some rule refuses, or will; `kubectl` prints it in every
/// refusal.
pub const NAME: &str = "validate.plimsoll.dev";

/// The name of the entry for the others: what only advises never stands in the way of a write.
pub const ADVICE_NAME: &str = "advise.plimsoll.dev";

/// The cluster's own namespaces, which must come up without Plimsoll.
const EXCLUDED_NAMESPACES: [&str; 2] = ["kube-system", "kube-node-lease"];

/// Who makes the API server's own roles when it starts, and who fills those that are put together
/// from others: both must be able to while Plimsoll is away, and write nothing but what is there
/// already.
const OWN_ROLES: &str = "request.resource.group != 'rbac.authorization.k8s.io' || \
     !(request.userInfo.username in ['system:apiserver', \
     'system:serviceaccount:kube-system:clusterrole-aggregation-controller'])";

/// Seconds the API server waits: below the 5 s after which its own controllers give up (F-85).
const TIMEOUT_SECONDS: i32 = 4;

/// The object for a webhook at `url`, trusted through `ca` (PEM).
///
/// It names exactly the resources and subresources that some policy reads, one by one and never `*`
/// (F-114), each in one entry: as it follows from the policies, whatever the ceiling of the server is
/// today. Besides the cluster's own namespaces it leaves out `own_namespace`, which the webhook runs
/// in and which must come up without it; none where it runs outside the cluster. A namespace that
/// only has a name like it is not left out (F-125).
pub fn configuration(
    url: &str,
    ca: Option<&str>,
    snapshot: &Snapshot,
    own_namespace: Option<&str>,
) -> ValidatingWebhookConfiguration {
    let entries = [(Stance::MayDeny, NAME, "Fail"), (Stance::Advises, ADVICE_NAME, "Ignore")];
    let webhook = |(stance, name, failure_policy): (Stance, &str, &str)| {
        let kinds = snapshot.kinds().iter().filter(|kind| snapshot.stance(kind) == stance);
        let kinds: Vec<&Kind> = kinds.collect();
        if kinds.is_empty() {
            return None;
        }
        let reads_roles = kinds
            .iter()
            .any(|k| matches!(k.shape, Shape::Role | Shape::ClusterRole | Shape::Binding));
        let condition = || MatchCondition {
            name: "not-the-own-roles-of-the-cluster".to_owned(),
            expression: OWN_ROLES.to_owned(),
        };
        Some(ValidatingWebhook {
            name: name.to_owned(),
            admission_review_versions: vec!["v1".to_owned()],
            client_config: WebhookClientConfig {
                url: Some(url.to_owned()),
                ca_bundle: ca.map(|pem| ByteString(pem.as_bytes().to_vec())),
                service: None,
            },
            rules: Some(rules(&kinds)),
            failure_policy: Some(failure_policy.to_owned()),
            match_policy: Some("Equivalent".to_owned()),
            side_effects: "None".to_owned(),
            timeout_seconds: Some(TIMEOUT_SECONDS),
            namespace_selector: Some(not_in_excluded_namespaces(own_namespace)),
            match_conditions: reads_roles.then(|| vec![condition()]),
            object_selector: None,
        })
    };
    ValidatingWebhookConfiguration {
        metadata: ObjectMeta { name: Some("plimsoll".to_owned()), ..ObjectMeta::default() },
        webhooks: Some(entries.into_iter().filter_map(webhook).collect()),
    }
}

/// What is sent here: the resources of these kinds, by scope and group.
fn rules(kinds: &[&Kind]) -> Vec<RuleWithOperations> {
    let mut resources: BTreeMap<(Scope, &str), Vec<String>> = BTreeMap::new();
    for kind in kinds {
        let of_group = resources.entry((kind.scope, &kind.group)).or_default();
        let below = kind.subresources.iter().map(|sub| format!("{}/{sub}", kind.resource));
        let all = std::iter::once(kind.resource.to_string()).chain(below);
        let new: Vec<String> = all.filter(|resource| !of_group.contains(resource)).collect();
        of_group.extend(new);
    }
    let rule = |((scope, group), resources): ((Scope, &str), _)| RuleWithOperations {
        api_groups: Some(vec![group.to_owned()]),
        api_versions: Some(vec!["*".to_owned()]),
        operations: Some(vec!["CREATE".to_owned(), "UPDATE".to_owned()]),
        resources: Some(resources),
        scope: Some(scope.as_str().to_owned()),
    };
    resources.into_iter().map(rule).collect()
}

/// By the label that is the namespace's name and that nobody can forge.
fn not_in_excluded_namespaces(own_namespace: Option<&str>) -> LabelSelector {
    let own = own_namespace.filter(|own| !EXCLUDED_NAMESPACES.contains(own));
    LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: "kubernetes.io/metadata.name".to_owned(),
            operator: "NotIn".to_owned(),
            values: Some(EXCLUDED_NAMESPACES.into_iter().chain(own).map(str::to_owned).collect()),
        }]),
        match_labels: None,
    }
}
