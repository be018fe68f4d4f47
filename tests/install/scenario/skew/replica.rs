//! One replica, asked past the Service, which leads to any.

use serde_json::Value;
use support::review;

use crate::api::Api;
use crate::scenario::release::{NAMESPACE, Pod};

/// What a replica makes of the creation of an object.
pub struct Verdict {
    pub allowed: bool,
    /// Why not.
    pub message: String,
    pub warnings: Vec<String>,
}

impl Verdict {
    /// Whether it warns that a rule of this name is not known.
    pub fn misses(&self, rule: &str) -> bool {
        self.warnings.iter().any(|warning| is_of_missing(warning, rule))
    }
}

/// Whether a warning says that this rule is not in force.
pub fn is_of_missing(warning: &str, rule: &str) -> bool {
    warning.contains("is not wholly in force with this version of plimsoll")
        && warning.contains(&format!("no rule is called `{rule}`"))
}

/// Asks as the API server does.
pub fn judge(api: &mut Api, pod: &Pod, object: &Value) -> Verdict {
    let path =
        format!("/api/v1/namespaces/{NAMESPACE}/pods/https:{}:8443/proxy/validate", pod.name);
    let review = serde_json::from_str(&review::create(object)).expect("JSON");
    let answer = api.create(&path, &review).expect("an answer");
    let response = &answer.body["response"];
    let allowed = response["allowed"].as_bool();
    let warnings = response["warnings"].as_array().into_iter().flatten();
    Verdict {
        allowed: allowed
            .unwrap_or_else(|| panic!("{}: {} {}", pod.name, answer.status, answer.body)),
        message: response["status"]["message"].as_str().unwrap_or_default().to_owned(),
        warnings: warnings.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// What a metric of it says, without its labels.
pub fn metric(api: &mut Api, pod: &Pod, name: &str) -> Option<f64> {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{}:8081/proxy/metrics", pod.name);
    let page = api.get(&path).ok()?.body;
    let line = page.as_str()?.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next_back()?.parse().ok()
}
