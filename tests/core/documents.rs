//! The pages about policies and exceptions: every document on them can be put in force, and an
//! exception excuses what its page says.

use jiff::Timestamp;
use plimsoll::policy::{Documents, Snapshot, Terms, Unknown, load_with};
use plimsoll::review::review;
use plimsoll::rules::Budget;
use plimsoll::subject::{Subject, built_in_kind};
use serde_json::json;
use support::committed::repository;
use support::page::{Part, parts};

/// The documents of a page.
fn of_page(name: &str) -> Documents {
    let text = std::fs::read_to_string(repository().join("docs").join(name)).expect("a page");
    let mut all = Documents::default();
    for part in parts(&text) {
        if let Part::Block(info, text) = part
            && info.first().is_some_and(|info| info == "yaml")
        {
            let found = load_with(name, &text, Unknown::IsWrong);
            all.append(found.unwrap_or_else(|errors| panic!("{errors:?}")));
        }
    }
    all
}

#[test]
fn every_policy_and_exception_on_the_pages_can_be_put_in_force() {
    let policies = of_page("policies.md");
    assert_eq!((policies.policies.len(), policies.exceptions.len()), (2, 0));
    let exceptions = of_page("exceptions.md");
    assert_eq!((exceptions.policies.len(), exceptions.exceptions.len()), (0, 2));
}

#[test]
fn the_exception_for_the_logs_of_the_node_does_not_cover_its_root() {
    let policy = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\n\
                  spec: {rules: {host-path-volumes: {}}}\n";
    let mut all = load_with("p", policy, Unknown::IsWrong).expect("a policy");
    all.append(of_page("exceptions.md"));
    let snapshot = Snapshot::of(all, Terms::default());
    let now: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a moment");
    let allowed = |path: &str| {
        let json = json!({"apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": {"name": "log-shipper", "namespace": "monitoring"},
            "spec": {"template": {"spec": {"containers": [{"name": "c"}],
                "volumes": [{"name": "v", "hostPath": {"path": path}}]}}}})
        .to_string();
        let kind = built_in_kind("apps", "DaemonSet").expect("a kind");
        let subject = Subject::read(kind, json.as_bytes()).expect("readable");
        review(&subject, None, &snapshot, now, &mut Budget::default()).allowed()
    };
    assert!(allowed("/var/log"));
    assert!(!allowed("/"));
}
