//! A policy of the API server and its binding as a policy of this program.

use std::fmt;

use k8s_openapi::api::admissionregistration::v1::{
    ParamKind, ParamRef, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation,
};
use serde_json::{Map, Value, json};

use super::documents::Documents;
use super::matching::{Matching, matching};
use crate::custom::{ConditionSpec, Conditions, CustomRule, CustomSpec};
use crate::path::FieldPath;
use crate::policy::spec::API_VERSION;

/// What could be carried over, and what not.
#[derive(Debug, Default)]
pub struct Imported {
    /// The policies, one for each binding.
    pub policies: Vec<Value>,
    /// What was not carried over.
    pub lost: Vec<NotCarried>,
}

/// What of a policy was not carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    /// Whose it was: the policy, or its binding.
    pub of: String,
    /// What it was.
    pub what: String,
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not carried over: {}", self.of, self.what)
    }
}

/// The policies of the documents, as policies of this program.
pub fn import(documents: &Documents) -> Imported {
    let mut imported = Imported::default();
    for policy in &documents.policies {
        let name = policy.metadata.name.clone().unwrap_or_default();
        let bindings: Vec<&ValidatingAdmissionPolicyBinding> =
            documents.bindings.iter().filter(|binding| binding.spec.policy_name == name).collect();
        if bindings.is_empty() {
            let what = "all of it: no binding puts it in force".to_owned();
            imported.lost.push(NotCarried { of: title(&name), what });
        }
        for binding in &bindings {
            let bound = Bound { policy, binding, documents, is_only: bindings.len() == 1 };
            bound.carry(&name, &mut imported);
        }
    }
    for binding in &documents.bindings {
        let wanted = binding.spec.policy_name.as_str();
        let is_there =
            |policy: &ValidatingAdmissionPolicy| policy.metadata.name.as_deref() == Some(wanted);
        if !documents.policies.iter().any(is_there) {
            let name = binding.metadata.name.as_deref().unwrap_or_default();
            let of = format!("ValidatingAdmissionPolicyBinding {name}");
            let what = format!("all of it: policy {wanted} is not among the files");
            imported.lost.push(NotCarried { of, what });
        }
    }
    imported
}

fn title(name: &str) -> String {
    format!("ValidatingAdmissionPolicy {name}")
}

/// A policy and one of its bindings.
struct Bound<'d> {
    policy: &'d ValidatingAdmissionPolicy,
    binding: &'d ValidatingAdmissionPolicyBinding,
    documents: &'d Documents,
    is_only: bool,
}

impl Bound<'_> {
    fn carry(&self, name: &str, imported: &mut Imported) {
        let Some(spec) = &self.policy.spec else {
            let what = "all of it: it has no `spec`".to_owned();
            imported.lost.push(NotCarried { of: title(name), what });
            return;
        };
        let bound = &self.binding.spec;
        let mut lost = Vec::new();
        let own = self.binding.metadata.name.clone().unwrap_or_default();
        let matching = matching(
            spec.match_constraints.as_ref(),
            bound.match_resources.as_ref(),
            self.documents,
        );
        let params = self.params(spec.param_kind.as_ref(), bound.param_ref.as_ref(), &mut lost);
        let rules = self.rules(
            name,
            spec.validations.as_deref().unwrap_or_default(),
            &matching,
            params.as_ref(),
            &mut lost,
        );
        let conditions = self.conditions();
        if spec.failure_policy.as_deref() == Some("Ignore") {
            lost.push(
                "`failurePolicy: Ignore`: an expression that fails is never a pass".to_owned(),
            );
        }
        if spec.audit_annotations.iter().flatten().next().is_some() {
            lost.push("`auditAnnotations`".to_owned());
        }
        let mode = mode(&bound.validation_actions);
        lost.splice(0..0, matching.lost.iter().cloned());
        let document = match (conditions, mode) {
            _ if rules.is_empty() => {
                lost.push("all of it: no validation is left".to_owned());
                None
            }
            _ if matching.kinds.is_empty() || matching.operations.is_empty() => {
                lost.push("all of it: it is about no kind and operation that is known".to_owned());
                None
            }
            (Err(why), _) => {
                lost.push(format!("all of it: {why}"));
                None
            }
            (_, None) => {
                lost.push("all of it: `validationActions` names no action".to_owned());
                None
            }
            (Ok(conditions), Some(mode)) => {
                let name = if self.is_only { name } else { &own };
                Some(written(name, mode, &matching, &rules, &conditions))
            }
        };
        imported.policies.extend(document);
        let of = title(name);
        imported.lost.extend(lost.into_iter().map(|what| NotCarried { of: of.clone(), what }));
    }

    /// The object that is `params`, where the binding names one.
    fn params(
        &self,
        kind: Option<&ParamKind>,
        named: Option<&ParamRef>,
        lost: &mut Vec<String>,
    ) -> Option<Value> {
        let (kind, named) = (kind?, named?);
        let Some(name) = &named.name else {
            lost.push("`paramRef.selector`: write the parameters under `params`".to_owned());
            return None;
        };
        let text = |value: &Value, pointer: &str| {
            value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
        };
        let is_it = |value: &&Value| {
            text(value, "/kind") == kind.kind
                && text(value, "/apiVersion") == kind.api_version
                && text(value, "/metadata/name").as_ref() == Some(name)
                && (named.namespace.is_none()
                    || text(value, "/metadata/namespace") == named.namespace)
        };
        let found = self.documents.others.iter().find(is_it);
        let kind = kind.kind.as_deref().unwrap_or("?");
        let Some(found) = found else {
            lost.push(format!("`paramRef`: {kind} {name} is not among the files"));
            return None;
        };
        if let (None, Some(namespace)) = (&named.namespace, text(found, "/metadata/namespace")) {
            lost.push(format!(
                "`paramRef` without a namespace: the parameters of each namespace; those of {kind} \
                 {namespace}/{name} are for all of them"
            ));
        }
        Some(found.clone())
    }

    /// The validations as rules, but for those that cannot be read.
    fn rules(
        &self,
        name: &str,
        validations: &[Validation],
        matching: &Matching,
        params: Option<&Value>,
        lost: &mut Vec<String>,
    ) -> Vec<Value> {
        let variables = self.policy.spec.iter().flat_map(|spec| spec.variables.iter().flatten());
        let variables: Vec<Value> =
            variables.map(|v| json!({"name": v.name, "expression": v.expression})).collect();
        let resources: Vec<Value> = matching.kinds.iter().map(resource).collect();
        let mut rules = Vec::new();
        for (index, validation) in validations.iter().enumerate() {
            let mut rule = Map::new();
            rule.insert("id".to_owned(), id(name, index, validations.len()).into());
            rule.insert("expression".to_owned(), validation.expression.clone().into());
            let texts = [
                ("message", &validation.message),
                ("messageExpression", &validation.message_expression),
            ];
            for (field, text) in texts {
                if let Some(text) = text {
                    rule.insert(field.to_owned(), text.trim().into());
                }
            }
            if !variables.is_empty() {
                rule.insert("variables".to_owned(), variables.clone().into());
            }
            if let Some(params) = params {
                rule.insert("params".to_owned(), params.clone());
            }
            rule.insert("resources".to_owned(), resources.clone().into());
            if validation.reason.is_some() {
                lost.push(format!("`validations[{index}].reason`: a refusal is always a 403"));
            }
            let rule = Value::Object(rule);
            match readable(&rule) {
                Ok(()) => rules.push(rule),
                Err(why) => lost.push(format!("`validations[{index}]`: {why}")),
            }
        }
        rules
    }

    /// The conditions of the policy.
    fn conditions(&self) -> Result<Vec<Value>, String> {
        let conditions =
            self.policy.spec.iter().flat_map(|spec| spec.match_conditions.iter().flatten());
        let specs: Vec<ConditionSpec> = conditions
            .map(|c| ConditionSpec { name: c.name.clone(), expression: c.expression.clone() })
            .collect();
        let (_, problems) = Conditions::of(&specs, &FieldPath::root().key("matchConditions"));
        if let Some(problem) = problems.first() {
            return Err(format!("`{}` {}", problem.at, problem.text));
        }
        let shown = |c: &ConditionSpec| json!({"name": c.name, "expression": c.expression});
        Ok(specs.iter().map(shown).collect())
    }
}

/// Why a rule cannot be read.
fn readable(rule: &Value) -> Result<(), String> {
    let spec: CustomSpec = serde_json::from_value(rule.clone()).map_err(|e| e.to_string())?;
    let (_, problems) = CustomRule::of(spec, &FieldPath::root());
    problems.first().map_or(Ok(()), |problem| Err(format!("`{}` {}", problem.at, problem.text)))
}

fn resource((group, kind, plural): &(String, String, Option<String>)) -> Value {
    let mut resource = json!({"group": group, "kind": kind});
    if let (Some(plural), Some(resource)) = (plural, resource.as_object_mut()) {
        resource.insert("plural".to_owned(), plural.clone().into());
    }
    resource
}

/// The id of a rule: the policy's name, and a number where there are several.
fn id(name: &str, index: usize, count: usize) -> String {
    let number = if count == 1 { String::new() } else { format!("-{}", index + 1) };
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let bare: String =
        name.chars().map(|c| if is_inner(c) { c } else { '-' }).take(63 - number.len()).collect();
    format!("{}{number}", bare.trim_matches('-'))
}

/// The strictest of the actions.
fn mode(actions: &[String]) -> Option<&'static str> {
    let strictness = [("Deny", "deny"), ("Warn", "warn"), ("Audit", "audit")];
    let found = strictness.into_iter().find(|(action, _)| actions.iter().any(|a| a == action));
    found.map(|(_, mode)| mode)
}

fn written(
    name: &str,
    mode: &str,
    matching: &Matching,
    rules: &[Value],
    conditions: &[Value],
) -> Value {
    let mut whom = Map::new();
    // The API server's own policies judge whatever controllers make as well.
    whom.insert("controllers".to_owned(), "Judge".into());
    if matching.operations.len() == 1 {
        let operations: Vec<&str> = matching.operations.iter().copied().collect();
        whom.insert("operations".to_owned(), operations.into());
    }
    let selectors = [
        ("namespaceSelector", &matching.namespace_selector),
        ("objectSelector", &matching.object_selector),
    ];
    for (field, selector) in selectors {
        if !selector.is_null() {
            whom.insert(field.to_owned(), selector.clone());
        }
    }
    let mut spec = json!({"mode": mode, "match": whom, "custom": rules});
    if let (false, Some(spec)) = (conditions.is_empty(), spec.as_object_mut()) {
        spec.insert("matchConditions".to_owned(), conditions.to_vec().into());
    }
    json!({
        "apiVersion": API_VERSION, "kind": "DeployPolicy",
        "metadata": {"name": name}, "spec": spec
    })
}
