//! The `ValidatingWebhookConfiguration` that sends the API server here.

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    RuleWithOperations, ValidatingWebhook, ValidatingWebhookConfiguration, WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta,
};
use std::collections::BTreeMap;

use crate::policy::Snapshot;

/// The webhook's name where some rule refuses, or will; `kubectl` prints it in every refusal.
pub const NAME: &str = "validate.plimsoll.dev";

/// Its name where no rule does: what only advises never stands in the way of a write.
pub const ADVICE_NAME: &str = "advise.plimsoll.dev";

/// The cluster's own namespaces, which must come up without Plimsoll.
const EXCLUDED_NAMESPACES: [&str; 2] = ["kube-system", "kube-node-lease"];

/// Subresources of a Pod through which its containers change.
const POD_SUBRESOURCES: [&str; 2] = ["pods/ephemeralcontainers", "pods/resize"];

/// The scope of the kinds of Kubernetes itself that make pods.
const NAMESPACED: &str = "Namespaced";

/// The scope of any other kind: whether its objects are in a namespace is not for a policy to say.
const ANY_SCOPE: &str = "*";

/// Seconds the API server waits: below the 5 s after which its own controllers give up (F-85).
const TIMEOUT_SECONDS: i32 = 4;

/// The object for a webhook at `url`, trusted through `ca` (PEM).
///
/// Besides the cluster's own namespaces it leaves out `own_namespace`, which the webhook runs in and
/// which must come up without it; none where it runs outside the cluster. A namespace that only has
/// a name like it is not left out (F-125).
///
/// Resources are listed one by one, never `*` (F-114).
pub fn configuration(
    url: &str,
    ca: Option<&str>,
    snapshot: &Snapshot,
    own_namespace: Option<&str>,
) -> ValidatingWebhookConfiguration {
    let mut resources: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for kind in snapshot.workload_kinds() {
        let key = (!kind.is_built_in(), kind.group.to_string());
        let of_group = resources.entry(key).or_default();
        if !of_group.contains(&kind.resource.to_string()) {
            of_group.push(kind.resource.to_string());
        }
    }
    let core = resources.entry((false, String::new())).or_default();
    core.extend(POD_SUBRESOURCES.map(str::to_owned));
    let rules = resources.into_iter().map(|((is_custom, group), resources)| RuleWithOperations {
        api_groups: Some(vec![group]),
        api_versions: Some(vec!["*".to_owned()]),
        operations: Some(vec!["CREATE".to_owned(), "UPDATE".to_owned()]),
        resources: Some(resources),
        scope: Some(if is_custom { ANY_SCOPE } else { NAMESPACED }.to_owned()),
    });
    // As it follows from the policies, whatever the ceiling of the server is today.
    let (name, failure_policy) =
        if snapshot.may_deny() { (NAME, "Fail") } else { (ADVICE_NAME, "Ignore") };
    let webhook = ValidatingWebhook {
        name: name.to_owned(),
        admission_review_versions: vec!["v1".to_owned()],
        client_config: WebhookClientConfig {
            url: Some(url.to_owned()),
            ca_bundle: ca.map(|pem| ByteString(pem.as_bytes().to_vec())),
            service: None,
        },
        rules: Some(rules.collect()),
        failure_policy: Some(failure_policy.to_owned()),
        match_policy: Some("Equivalent".to_owned()),
        side_effects: "None".to_owned(),
        timeout_seconds: Some(TIMEOUT_SECONDS),
        namespace_selector: Some(not_in_excluded_namespaces(own_namespace)),
        match_conditions: None,
        object_selector: None,
    };
    ValidatingWebhookConfiguration {
        metadata: ObjectMeta { name: Some("plimsoll".to_owned()), ..ObjectMeta::default() },
        webhooks: Some(vec![webhook]),
    }
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
