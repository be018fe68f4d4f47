//! What cannot be meant is refused before anything is installed, and says what is wrong.

use crate::helm::template;

/// The refusal of these values must contain this.
fn refused(arguments: &[&str], with: &str) {
    let Err(error) = template(arguments) else { panic!("{arguments:?} is taken") };
    assert!(error.contains(with), "{arguments:?} is refused, but not by {with:?}: {error}");
}

#[test]
fn a_misspelt_name_is_refused() {
    for (name, at) in [
        ("replica", "additional properties 'replica' not allowed"),
        ("image.tags", "at '/image': additional properties 'tags' not allowed"),
        ("webhook.timeout", "at '/webhook': additional properties 'timeout' not allowed"),
        ("certificates.days", "at '/certificates': additional properties 'days' not allowed"),
        ("hpa.max", "at '/hpa': additional properties 'max' not allowed"),
        ("audit.history.max", "at '/audit/history': additional properties 'max' not allowed"),
    ] {
        refused(&["--set", &format!("{name}=3")], at);
    }
}

#[test]
fn a_value_that_can_mean_nothing_is_refused() {
    for (value, says) in [
        ("enforcement=dney", "at '/enforcement': value must be one of 'warn', 'deny', 'audit'"),
        ("failurePolicy=ignore", "at '/failurePolicy': value must be one of 'Ignore', 'Fail'"),
        ("replicas=0", "at '/replicas'"),
        ("replicas=two", "at '/replicas'"),
        ("policies={prodction}", "value must be one of 'production', 'baseline', 'restricted'"),
        ("policies=production", "at '/policies'"),
        ("exceptionNamespaces={a_b}", "at '/exceptionNamespaces/0'"),
        ("exceptionNamespaces=shop", "at '/exceptionNamespaces'"),
        ("exceptionMaxDays=0", "at '/exceptionMaxDays': minimum"),
        ("crds.install=yes", "at '/crds/install'"),
        ("excludeNamespaces={kube_system}", "at '/excludeNamespaces/0'"),
        ("webhook.timeoutSeconds=30", "at '/webhook/timeoutSeconds': maximum"),
        ("certificates.mode=self", "at '/certificates/mode': value must be one of"),
        ("registration.mode=helm", "at '/registration/mode': value must be one of"),
        ("image.digest=abc", "at '/image/digest'"),
        ("ports.webhook=443", "at '/ports/webhook': minimum"),
        ("logFormat=yaml", "at '/logFormat': value must be one of 'json', 'text'"),
        ("apiServer.qps=0", "at '/apiServer/qps': minimum"),
        ("apiServer.qps=0.5", "at '/apiServer/qps'"),
        ("apiServer.burst=0", "at '/apiServer/burst': minimum"),
        ("openTelemetry.endpoint=https://collector:4318", "at '/openTelemetry/endpoint'"),
        ("openTelemetry.endpoint=http://me:secret@collector", "at '/openTelemetry/endpoint'"),
        ("profiling.port=80", "at '/profiling/port'"),
        ("extraArgs={serve}", "at '/extraArgs/0'"),
        ("apiServer.cidr=10.0.0.1", "at '/apiServer/cidr'"),
        ("audit.schedule=daily", "at '/audit/schedule'"),
        ("audit.schedule=24 2 * *", "at '/audit/schedule'"),
        ("audit.schedule=TZ=UTC 24 2 * * *", "at '/audit/schedule'"),
        ("audit.history.limit=-1", "at '/audit/history/limit': minimum"),
        ("audit.history.size=lots", "at '/audit/history/size'"),
    ] {
        refused(&["--set", value], says);
    }
}

#[test]
fn no_policy_at_all_is_refused() {
    refused(&["--set-json=policies=[]"], "at '/policies': minItems");
    refused(&["--set-json=policies=null"], "policies");
}

#[test]
fn a_policy_that_is_none_is_refused() {
    let policy = |text: &str| format!("--set-json=policies=[{text}]");
    refused(&[&policy("{\"spec\":{}}")], "at '/policies/0': missing properties");
    let other = r#"{"apiVersion":"v1","kind":"Policy","metadata":{"name":"a"},"spec":{}}"#;
    refused(&[&policy(other)], "at '/policies/0/kind'");
    let own = r#"{"apiVersion":"plimsoll.dev/v1alpha1","kind":"DeployPolicy","metadata":{"name":"production"},"spec":{}}"#;
    refused(&[&policy(&format!("\"production\",{own}"))], "two policies are called \"production\"");
}

#[test]
fn no_wildcard_is_registered() {
    for (groups, resources) in [("apps", "*"), ("apps", "*/*"), ("apps", "pods/*"), ("*", "pods")] {
        let rule = format!(
            "--set-json=webhook.extraRules=[{{\"apiGroups\":[{groups:?}],\"apiVersions\":[\"v1\"],\
             \"operations\":[\"CREATE\"],\"resources\":[{resources:?}]}}]"
        );
        refused(&[&rule], "at '/webhook/extraRules/0/");
    }
}

#[test]
fn an_audit_is_given_no_right_but_to_list_what_is_named() {
    for (resource, verb) in [("*", "list"), ("rollouts", "*"), ("rollouts", "delete")] {
        let rule = format!(
            "--set-json=audit.extraRules=[{{\"apiGroups\":[\"argoproj.io\"],\
             \"resources\":[{resource:?}],\"verbs\":[{verb:?}]}}]"
        );
        refused(&[&rule], "at '/audit/extraRules/0/");
    }
}

#[test]
fn values_that_do_not_go_together_are_refused() {
    for (values, says) in [
        ("registration.mode=chart", "needs certificates.mode certManager or existingSecret"),
        ("registration.mode=chart,certificates.mode=existingSecret", "needs certificates.caBundle"),
        (
            "certificates.mode=certManager,certificates.issuerRef.kind=Issuer",
            "certificates.issuerRef needs a name",
        ),
        ("leaveSeconds=15", "terminationGracePeriodSeconds must be more than"),
        ("hpa.enabled=true,hpa.minReplicas=9", "hpa.maxReplicas must not be less"),
        ("ports.admin=8443", "ports.webhook and ports.admin must differ"),
        ("profiling.port=8081", "profiling.port must differ"),
        ("failurePolicy=Fail,replicas=1", "failurePolicy Fail needs two replicas"),
    ] {
        refused(&["--set", values], says);
    }
}

#[test]
fn a_kubernetes_that_is_too_old_is_refused() {
    refused(&["--kube-version=1.30.9"], "chart requires kubeVersion: >=1.31.0-0");
    template(&["--kube-version=1.31.0-gke.100"]).expect("a version of a vendor");
}
