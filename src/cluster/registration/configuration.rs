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

use super::extra::Extra;
use super::target::Target;
use crate::cluster::objects;
use crate::policy::{Snapshot, Stance};
use crate::subject::{Kind, Scope, Shape};

/// The name of the object.
pub const CONFIGURATION: &str = "plimsoll";

/// The name of the entry for kinds that some rule refuses, or will; `kubectl` prints it in every
/// refusal.
pub const NAME: &str = "validate.plimsoll.dev";

/// The name of the entry for the others: what only advises never stands in the way of a write.
pub const ADVICE_NAME: &str = "advise.plimsoll.dev";

/// The name of the entry for Plimsoll's own objects.
pub const OWN_NAME: &str = "policies.plimsoll.dev";

/// The cluster's own namespaces, which must come up without Plimsoll.
const EXCLUDED_NAMESPACES: [&str; 2] = ["kube-system", "kube-node-lease"];

/// Who makes the API server's own roles when it starts, and who fills those that are put together
/// from others: both must be able to while Plimsoll is away, and write nothing but what is there
/// already.
const OWN_ROLES: &str = "request.resource.group != 'rbac.authorization.k8s.io' || \
     !(request.userInfo.username in ['system:apiserver', \
     'system:serviceaccount:kube-system:clusterrole-aggregation-controller'])";

/// Seconds the API server waits: below the 5 s after which its own controllers give up (F-85).
pub const TIMEOUT_SECONDS: i32 = 4;

/// What the object says besides what follows from the policies.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Where the API server calls.
    pub target: Target,
    /// Namespaces of which nothing is sent, besides the cluster's own; Plimsoll's own is among them
    /// where it runs in the cluster, and must come up without itself. One that only has a name like
    /// it is not left out (F-125).
    pub excluded: Vec<String>,
    /// Whether writes of what some policy refuses fail while nobody answers.
    pub fails_closed: bool,
    /// Seconds that the API server waits.
    pub timeout_seconds: i32,
    /// Whether edits of policies and exceptions are sent here as well.
    pub own_objects: bool,
    /// The kinds of which deletions are sent here as well, since others may need their objects.
    pub losses: Vec<&'static Kind>,
    /// What an operator adds.
    pub extra: Extra,
}

impl Registration {
    /// That of a webhook at `target`, which fails closed.
    pub fn at(target: Target) -> Self {
        let excluded = Vec::new();
        let (timeout_seconds, extra) = (TIMEOUT_SECONDS, Extra::default());
        let (own_objects, losses) = (false, Vec::new());
        Self { target, excluded, fails_closed: true, timeout_seconds, own_objects, losses, extra }
    }

    /// The same, which is sent edits of policies and exceptions as well.
    #[must_use]
    pub fn with_own_objects(self) -> Self {
        Self { own_objects: true, ..self }
    }

    /// The same, which is sent deletions of these kinds as well.
    #[must_use]
    pub fn with_losses(self, kinds: impl IntoIterator<Item = &'static Kind>) -> Self {
        Self { losses: kinds.into_iter().collect(), ..self }
    }

    /// The same with these namespaces left out.
    #[must_use]
    pub fn without(mut self, namespaces: impl IntoIterator<Item = String>) -> Self {
        self.excluded.extend(namespaces);
        self
    }

    fn entry(
        &self,
        (stance, name, policy): (Stance, &str, &str),
        ca: Option<&str>,
        snapshot: &Snapshot,
    ) -> Option<ValidatingWebhook> {
        let kinds = snapshot.kinds().iter().filter(|kind| snapshot.stance(kind) == stance);
        let kinds: Vec<&Kind> = kinds.collect();
        let mut rules = rules(&kinds, &["CREATE", "UPDATE"]);
        match stance {
            Stance::MayDeny => rules.extend(self.extra.extra_rules.iter().cloned()),
            Stance::Advises if !snapshot.policies().is_empty() => {
                rules.extend(of_losses(&self.losses, snapshot));
            }
            Stance::Advises | Stance::Unread => {}
        }
        if rules.is_empty() {
            return None;
        }
        let is_of_roles =
            |k: &&&Kind| matches!(k.shape, Shape::Role | Shape::ClusterRole | Shape::Binding);
        let own_roles = kinds.iter().any(|kind| is_of_roles(&kind)).then(|| MatchCondition {
            name: "not-the-own-roles-of-the-cluster".to_owned(),
            expression: OWN_ROLES.to_owned(),
        });
        let conditions: Vec<MatchCondition> =
            own_roles.into_iter().chain(self.extra.match_conditions.iter().cloned()).collect();
        Some(ValidatingWebhook {
            name: name.to_owned(),
            admission_review_versions: vec!["v1".to_owned()],
            client_config: self.client_config(ca),
            rules: Some(rules),
            failure_policy: Some(policy.to_owned()),
            match_policy: Some("Equivalent".to_owned()),
            side_effects: "None".to_owned(),
            timeout_seconds: Some(self.timeout_seconds),
            namespace_selector: Some(self.namespace_selector()),
            match_conditions: Some(conditions).filter(|conditions| !conditions.is_empty()),
            object_selector: Some(self.extra.object_selector.clone()).filter(|s| !is_empty(s)),
        })
    }

    /// The entry for Plimsoll's own objects. Whoever edits them is told at once what is wrong; what
    /// slips by while nobody answers is put in force as far as it goes, and says so in its status.
    fn entry_of_own(&self, ca: Option<&str>) -> ValidatingWebhook {
        let resources = [objects::POLICIES, objects::EXCEPTIONS].map(|kind| kind.plural.to_owned());
        let rule = RuleWithOperations {
            api_groups: Some(vec![objects::GROUP.to_owned()]),
            api_versions: Some(vec!["*".to_owned()]),
            operations: Some(vec!["CREATE".to_owned(), "UPDATE".to_owned()]),
            resources: Some(resources.to_vec()),
            scope: Some("*".to_owned()),
        };
        ValidatingWebhook {
            name: OWN_NAME.to_owned(),
            admission_review_versions: vec!["v1".to_owned()],
            client_config: self.client_config(ca),
            rules: Some(vec![rule]),
            failure_policy: Some("Ignore".to_owned()),
            match_policy: Some("Equivalent".to_owned()),
            side_effects: "None".to_owned(),
            timeout_seconds: Some(self.timeout_seconds),
            ..ValidatingWebhook::default()
        }
    }

    fn client_config(&self, ca: Option<&str>) -> WebhookClientConfig {
        WebhookClientConfig {
            ca_bundle: ca.map(|pem| ByteString(pem.as_bytes().to_vec())),
            ..self.target.client_config()
        }
    }

    /// By the label that is the namespace's name and that nobody can forge, and as an operator adds.
    fn namespace_selector(&self) -> LabelSelector {
        let mut values: Vec<String> = EXCLUDED_NAMESPACES.map(str::to_owned).to_vec();
        for name in &self.excluded {
            if !values.contains(name) {
                values.push(name.clone());
            }
        }
        let not_in = LabelSelectorRequirement {
            key: "kubernetes.io/metadata.name".to_owned(),
            operator: "NotIn".to_owned(),
            values: Some(values),
        };
        let added = self.extra.namespace_selector.clone();
        let mut expressions = vec![not_in];
        expressions.extend(added.match_expressions.into_iter().flatten());
        LabelSelector { match_expressions: Some(expressions), match_labels: added.match_labels }
    }
}

fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

/// The object for a webhook that is trusted through `ca` (PEM).
///
/// It names exactly the resources and subresources that some policy reads, one by one and never `*`
/// (F-114), each in one entry: as it follows from the policies, whatever the ceiling of the server is
/// today. What only advises never stands in the way of a write.
pub fn configuration(
    registration: &Registration,
    ca: Option<&str>,
    snapshot: &Snapshot,
) -> ValidatingWebhookConfiguration {
    let fails = if registration.fails_closed { "Fail" } else { "Ignore" };
    let entries = [(Stance::MayDeny, NAME, fails), (Stance::Advises, ADVICE_NAME, "Ignore")];
    let webhooks = entries.into_iter().filter_map(|of| registration.entry(of, ca, snapshot));
    let webhooks = webhooks.chain(registration.own_objects.then(|| registration.entry_of_own(ca)));
    let some = |map: &BTreeMap<String, String>| Some(map.clone()).filter(|map| !map.is_empty());
    ValidatingWebhookConfiguration {
        metadata: ObjectMeta {
            name: Some(CONFIGURATION.to_owned()),
            labels: some(&registration.extra.labels),
            annotations: some(&registration.extra.annotations),
            ..ObjectMeta::default()
        },
        webhooks: Some(webhooks.collect()),
    }
}

/// What is sent for the sake of those who need it: deletions, and updates where no policy has them sent
/// anyway. Secrets are only where some policy has rules about them, as the values come with them.
fn of_losses(kinds: &[&Kind], snapshot: &Snapshot) -> Vec<RuleWithOperations> {
    let is_sent = |kind: &&Kind| snapshot.stance(kind) != Stance::Unread;
    let kinds = kinds.iter().copied();
    let kinds = kinds.filter(|kind| kind.shape != Shape::Secret || is_sent(kind));
    let (sent, unsent): (Vec<&Kind>, Vec<&Kind>) = kinds.partition(is_sent);
    let mut all = rules(&sent, &["DELETE"]);
    all.extend(rules(&unsent, &["UPDATE", "DELETE"]));
    all
}

/// What is sent here: such writes of the resources of these kinds, by scope and group.
fn rules(kinds: &[&Kind], operations: &[&str]) -> Vec<RuleWithOperations> {
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
        operations: Some(operations.iter().map(|&operation| operation.to_owned()).collect()),
        resources: Some(resources),
        scope: Some(scope.as_str().to_owned()),
    };
    resources.into_iter().map(rule).collect()
}
