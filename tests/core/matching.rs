//! Whom a policy binds by what is done and who does it, and what several policies say together.

use jiff::Timestamp;
use plimsoll::policy::{BoundPolicy, Operation, Requester, Snapshot, load};
use plimsoll::review::{Verdict, review};
use plimsoll::rules::{Budget, Mode, Severity};
use plimsoll::subject::{Subject, built_in_kind};

fn policy(name: &str, spec: &str) -> BoundPolicy {
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    );
    load("p.yaml", &text).unwrap_or_else(|e| panic!("{e:?}")).remove(0)
}

fn verdict(policies: Vec<BoundPolicy>, requester: Option<&Requester<'_>>) -> Verdict {
    let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "securityContext": {"privileged": true}}]}}"#;
    let kind = built_in_kind("", "Pod").expect("a kind");
    let subject = Subject::read(kind, json.as_bytes()).expect("readable");
    let snapshot = Snapshot::new(policies);
    review(&subject, requester, &snapshot, Timestamp::UNIX_EPOCH, &mut Budget::default())
}

#[test]
fn groups_service_accounts_and_operations_are_left_out_byte_for_byte() {
    let binds = |matches: &str, user: &str, groups: &[&str], operation| {
        let spec = format!("{{match: {matches}, rules: {{privileged: {{}}}}}}");
        let requester = Requester { groups, operation, ..Requester::named(user) };
        !verdict(vec![policy("p", &spec)], Some(&requester)).allowed()
    };
    let create = Operation::Create;
    let groups = "{excludeGroups: [ops, 'team:*']}";
    assert!(binds(groups, "alice", &[], create));
    assert!(binds(groups, "ops", &["op", "opss", "team"], create));
    assert!(!binds(groups, "alice", &["dev", "ops"], create));
    assert!(!binds(groups, "alice", &["team:a"], create));
    let accounts = "{excludeServiceAccounts: [ci/deployer, 'ops/bot-*']}";
    assert!(!binds(accounts, "system:serviceaccount:ci:deployer", &[], create));
    assert!(!binds(accounts, "system:serviceaccount:ops:bot-1", &[], create));
    assert!(binds(accounts, "system:serviceaccount:ci2:deployer", &[], create));
    assert!(binds(accounts, "system:serviceaccount:ops:robot-1", &[], create));
    assert!(binds(accounts, "ci/deployer", &[], create));
    let creates = "{operations: [CREATE]}";
    assert!(binds(creates, "alice", &[], create));
    assert!(!binds(creates, "alice", &[], Operation::Update));
}

#[test]
fn what_names_no_group_or_account_or_everybody_is_refused() {
    let wrong = |matches: &str| {
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\n\
             spec: {{match: {matches}, rules: {{privileged: {{}}}}}}\n"
        );
        load("p.yaml", &text).is_err()
    };
    for matches in [
        "{excludeGroups: ['*']}",
        "{excludeGroups: ['system:auth*']}",
        "{excludeGroups: [system:authenticated]}",
        "{excludeGroups: ['a*b']}",
        "{excludeServiceAccounts: [deployer]}",
        "{excludeServiceAccounts: ['system:serviceaccount:a:b']}",
        "{excludeServiceAccounts: ['*/b']}",
        "{operations: [create]}",
        "{operations: [DELETE]}",
    ] {
        assert!(wrong(matches), "{matches}");
    }
    assert!(!wrong("{excludeGroups: [system:masters], excludeServiceAccounts: ['a/*']}"));
}

#[test]
fn what_several_policies_find_alike_is_said_once_by_the_strictest_with_all_their_names() {
    let soft = policy("a-soft", "{mode: warn, rules: {privileged: {}}}");
    let hard = policy("b-hard", "{rules: {privileged: {severity: low, note: ask us}}}");
    let other = policy("c-other", "{mode: audit, rules: {privileged: {}}}");
    let verdict = verdict(vec![soft, hard, other], None);
    let [violation] = verdict.violations.as_slice() else { panic!("{:?}", verdict.violations) };
    let policies: Vec<_> = violation.policies().map(|(name, mode)| (&**name, mode)).collect();
    assert_eq!(
        policies,
        [("b-hard", Mode::Deny), ("a-soft", Mode::Warn), ("c-other", Mode::Audit)]
    );
    assert_eq!(violation.note(), Some("ask us"));
    assert_eq!((verdict.total(), verdict.passed()), (3, 2));
}

#[test]
fn what_will_be_refused_is_announced_whichever_policy_stands_for_it() {
    let announcing = "{mode: warn, rules: {privileged: {denyFrom: '2027-01-01T00:00:00Z'}}}";
    for names in [["a", "b"], ["b", "a"]] {
        let soft = policy(names[0], "{mode: warn, rules: {privileged: {}}}");
        let verdict = verdict(vec![soft, policy(names[1], announcing)], None);
        let [violation] = verdict.violations.as_slice() else { panic!("{:?}", verdict.violations) };
        assert!(violation.deny_from.is_some(), "{names:?}");
    }
}

#[test]
fn an_operator_says_how_bad_it_is_and_where_to_read_more() {
    let spec =
        "{rules: {privileged: {severity: low, note: ask us, link: 'https://wiki.example/p'}}}";
    let verdict = verdict(vec![policy("p", spec)], None);
    let violation = &verdict.violations[0];
    assert_eq!(violation.severity, Severity::Low);
    assert_eq!(violation.note(), Some("ask us"));
    assert_eq!(violation.link(), Some("https://wiki.example/p"));
}
