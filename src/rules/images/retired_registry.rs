//! What comes from a registry that nobody keeps up is never mended, and one day is gone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Image, images, problem_of_repository};
use crate::rules::{
    BadValue, Checked, Context, Findings, Params, Remedy, Rule, RuleDescription, Severity,
    Standard, Text,
};
use crate::subject::{ImageReference, Pod, Pods};

#[doc = include_str!("retired_registry.md")]
pub(crate) struct RetiredRegistry;

/// Where images are to be found instead.
#[derive(Clone, Copy)]
enum Heir {
    /// All of them, each under the name that it had.
    Same(&'static str),
    /// Most of them, or under another name.
    Like(&'static str),
    /// Nobody knows.
    Nowhere,
}

use Heir::{Like, Nowhere, Same};

/// Registries and repositories that are retired, and their heirs; none stands below another.
const RETIRED: [(&str, Heir); 17] = [
    ("k8s.gcr.io", Same("registry.k8s.io")),
    ("us.gcr.io/k8s-artifacts-prod", Same("registry.k8s.io")),
    ("eu.gcr.io/k8s-artifacts-prod", Same("registry.k8s.io")),
    ("asia.gcr.io/k8s-artifacts-prod", Same("registry.k8s.io")),
    ("gcr.io/google-containers", Like("registry.k8s.io")),
    ("gcr.io/google_containers", Like("registry.k8s.io")),
    ("gcr.io/kubebuilder", Like("quay.io/brancz")),
    ("quay.io/coreos/configmap-reload", Like("ghcr.io/jimmidyson/configmap-reload")),
    ("quay.io/coreos/flannel", Like("ghcr.io/flannel-io/flannel")),
    ("quay.io/coreos/kube-rbac-proxy", Like("quay.io/brancz/kube-rbac-proxy")),
    ("quay.io/coreos/kube-state-metrics", Like("registry.k8s.io/kube-state-metrics")),
    ("quay.io/coreos/prometheus-operator", Like("quay.io/prometheus-operator")),
    ("quay.io/coreos/prometheus-config-reloader", Like("quay.io/prometheus-operator")),
    ("quay.io/external_storage", Like("registry.k8s.io/sig-storage")),
    ("quay.io/kubernetes-ingress-controller", Like("registry.k8s.io/ingress-nginx")),
    ("docker.pkg.github.com", Like("ghcr.io")),
    ("docker.io/bitnamilegacy", Nowhere),
];

/// What is retired beside that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetiredRegistryParams {
    /// Registries beside those that are known, or repositories below them, such as
    /// `old.registry.example/team`; whole components only.
    #[schemars(length(max = 200), inner(length(min = 1, max = 500)))]
    pub additional: Vec<String>,
}

impl Params for RetiredRegistryParams {
    fn problems(&self) -> Vec<BadValue> {
        BadValue::in_list("additional", &self.additional, None, problem_of_repository)
    }
}

impl Rule for RetiredRegistry {
    type On = Pods;
    type Params = RetiredRegistryParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("retired-registry"),
        group: Text::Borrowed("images"),
        severity: Severity::Medium,
        checklist: Text::Borrowed("No image comes from a registry that is retired."),
        rows: &["R15"],
        standards: &[Standard::Cwe(1104)],
        page: Text::Borrowed(include_str!("retired_registry.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &RetiredRegistryParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for image in images(pod) {
            image.spend(found)?;
            found.visit(RETIRED.len() + params.additional.len())?;
            let Ok(reference) = ImageReference::parse(image.text) else { continue };
            let known = RETIRED.iter().find(|(prefix, _)| reference.is_within(&[prefix]));
            let remedy = if let Some((old, heir)) = known {
                heir.remedy(&image, old)
            } else if reference.is_within(&params.additional) {
                Nowhere.remedy(&image, "")
            } else {
                continue;
            };
            let finding =
                image.finding(image.at(), format!("{image} is from a retired registry"), remedy);
            // Another version of it is from the same place.
            found.add(finding, || image.evidence(&image.repository()))?;
        }
        Ok(())
    }
}

impl Heir {
    fn remedy(self, image: &Image<'_, '_>, prefix: &str) -> Remedy {
        let at = image.at();
        match (self, image.text.get(prefix.len()..)) {
            (Same(heir), Some(rest)) if rest.starts_with('/') => {
                Remedy::set(at, format!("{heir}{rest}"))
            }
            (Same(heir) | Like(heir), _) => Remedy::Advice(format!("take it from {heir} at {at}")),
            (Nowhere, _) => Remedy::Advice(format!("name an image that is kept up at {at}")),
        }
    }
}
