//! Cases of policies: what is told of a verdict that is another than expected, what is no case, and
//! the cases of the shipped policies.

mod misspelt;
mod shipped;

use jiff::Timestamp;
use plimsoll::cases::{self, FileResult, Outcome, Surroundings};
use plimsoll::files::SourceText;
use plimsoll::policy::{Snapshot, built_in, load};
use serde_json::Value;

/// Policies and manifests by the words that a file of cases uses for them.
struct Texts<'t>(&'t [(&'t str, &'t str)]);

impl Texts<'_> {
    fn text(&self, path: &str) -> Result<&str, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| *text).ok_or_else(|| format!("cannot read `{path}`"))
    }
}

impl Surroundings for Texts<'_> {
    fn policies(&self, names: &[&str], paths: &[&str]) -> Result<Snapshot, String> {
        let mut policies = Vec::new();
        for name in names {
            policies.extend(built_in(name).unwrap());
        }
        for path in paths {
            policies.extend(load(path, self.text(path)?).map_err(|e| e[0].to_string())?);
        }
        Ok(Snapshot::new(policies))
    }

    fn manifests(&self, path: &str) -> Result<Vec<SourceText>, String> {
        let text = self.text(path)?.to_owned();
        Ok(vec![SourceText { name: path.to_owned(), text, is_found: false }])
    }
}

const SHOP: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: shop}
spec:
  match: {kinds: [{group: argoproj.io, kind: Rollout, podTemplate: spec.template}]}
  rules:
    run-as-non-root: {}
    privileged: {}
    resource-limits: {mode: warn, resources: [memory]}
    replicas: {mode: warn, denyFrom: '2027-01-01T00:00:00Z', min: 3}
";

const POD: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a:1}]}}";

const SECOND: &str = "apiVersion: plimsoll.dev/v1alpha1
kind: DeployPolicy
metadata: {name: second}
spec: {rules: {run-as-non-root: {mode: warn}}}
";

fn clock() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn run_text(text: &str) -> FileResult {
    let two = format!("{POD}\n---\n{POD}\n");
    let files =
        [("shop.yaml", SHOP), ("second.yaml", SECOND), ("pod.yaml", POD), ("two.yaml", &two)];
    let source =
        SourceText { name: "x.cases.yaml".to_owned(), text: text.to_owned(), is_found: false };
    cases::run(&source, &Texts(&files), clock())
}

/// Runs cases of `shop.yaml`, each a line behind its name.
fn run(fields: &[&str]) -> FileResult {
    run_with("shop.yaml", fields)
}

fn run_with(policies: &str, fields: &[&str]) -> FileResult {
    let head = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyCases\npolicies: [{policies}]\ncases:\n"
    );
    let cases = fields.iter().enumerate().map(|(at, of)| format!("- {{name: case {at}, {of}}}\n"));
    run_text(&(head + &cases.collect::<String>()))
}

/// What a file came to in a few words: of each case, or what is wrong with the file.
fn told(result: &FileResult) -> Vec<String> {
    let cases = result.cases.iter().map(|case| match &case.outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed(failure) => failure.lines().collect::<Vec<_>>().join("\n"),
        Outcome::Undecided(all) => {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
    });
    cases.chain(result.problems.iter().map(ToString::to_string)).collect()
}

fn only(fields: &str) -> String {
    told(&run(&[fields])).join("\n")
}

#[test]
fn a_list_that_is_not_written_is_not_compared_and_one_that_is_names_them_all_in_any_order() {
    for (expect, passes) in [
        ("{allowed: false}", true),
        ("{denied: [run-as-non-root]}", true),
        ("{warned: [resource-limits], audited: [], undetermined: []}", true),
        ("{denied: [shop/run-as-non-root]}", true),
        ("{denied: [run-as-non-root, run-as-non-root]}", true),
        ("{allowed: true}", false),
        ("{denied: []}", false),
        ("{denied: [run-as-non-root, privileged]}", false),
        ("{denied: [privileged]}", false),
        ("{warned: []}", false),
        ("{undetermined: [privileged]}", false),
    ] {
        let told = only(&format!("resource: {POD}, expect: {expect}"));
        assert_eq!(told == "passed", passes, "{expect}: {told}");
    }
}

#[test]
fn each_rule_that_makes_the_difference_is_told_with_what_it_did_and_where() {
    let told = only(&format!(
        "resource: {POD}, expect: {{denied: [privileged, resource-limits], warned: [resource-limits]}}"
    ));
    assert_eq!(
        told,
        "- denied: privileged, resource-limits\n\
         + denied: run-as-non-root\n  \
           - privileged: finds nothing\n  \
           - resource-limits: only warns about it\n  \
           + run-as-non-root: container \"a\" may run as root; set \
           spec.containers[0].securityContext.runAsNonRoot: true  (x.cases.yaml:5:97)"
    );
    // Whoever asks for no rule is told why all the same.
    let told = only(&format!("resource: {POD}, expect: {{allowed: true}}"));
    assert!(told.starts_with("- allowed: true\n+ allowed: false\n  + run-as-non-root: "), "{told}");
    for (resource, why) in [
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}}",
            "no policy binds the resource, or",
        ),
        (
            &POD.replace("{containers", "{securityContext: {runAsNonRoot: true}, containers"),
            "none of 3 checks denies it",
        ),
    ] {
        let told = only(&format!("resource: {resource}, expect: {{allowed: false}}"));
        assert!(told.starts_with("- allowed: false\n+ allowed: true\n  "), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn with_several_policies_an_id_is_the_rule_of_any_and_a_longer_name_the_rule_of_one() {
    let run = |expect: &str| {
        let case = format!("resource: {POD}, expect: {expect}");
        told(&run_with("shop.yaml, second.yaml", &[&case])).join("\n")
    };
    assert_eq!(
        run("{denied: [run-as-non-root], warned: [run-as-non-root, resource-limits]}"),
        "passed"
    );
    assert_eq!(run("{denied: [shop/run-as-non-root]}"), "passed");
    let told = run("{denied: [second/run-as-non-root]}");
    assert!(told.contains("+ denied: shop/run-as-non-root\n"), "{told}");
    assert!(told.contains("- second/run-as-non-root: only warns about it"), "{told}");
}

#[test]
fn an_update_is_judged_as_the_webhook_judges_it() {
    let privileged = POD.replace("image: a:1", "image: a:2, securityContext: {privileged: true}");
    for (old, new, expect) in [
        (POD, POD, "{allowed: true, denied: [], warned: [run-as-non-root, resource-limits]}"),
        (POD, &*privileged, "{denied: [privileged], warned: [run-as-non-root, resource-limits]}"),
        (&*privileged, POD, "{denied: [], warned: [run-as-non-root, resource-limits]}"),
    ] {
        let told = only(&format!("oldResource: {old}, resource: {new}, expect: {expect}"));
        assert_eq!(told, "passed", "{expect}");
    }
    let other = POD.replace("name: a}", "name: b}");
    let told = only(&format!("oldResource: {other}, resource: {POD}, expect: {{denied: []}}"));
    assert!(told.contains("the old resource is Pod b; an update changes neither"), "{told}");
}

#[test]
fn a_case_without_a_moment_must_come_out_alike_on_every_day() {
    let two = "resource: {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2, \
               template: {spec: {containers: [{name: a, image: a:1}]}}}}";
    let told = only(&format!("{two}, expect: {{denied: [run-as-non-root]}}"));
    assert!(told.ends_with("depends on the day; write a moment under `now`"), "{told}");
    for case in [
        "now: 2026-12-31T23:59:59Z, expect: {denied: [run-as-non-root]}",
        "now: 2027-01-01T00:00:00Z, expect: {denied: [run-as-non-root, replicas]}",
        // On every day it is refused.
        "expect: {allowed: false}",
    ] {
        assert_eq!(only(&format!("{two}, {case}")), "passed", "{case}");
    }
}

#[test]
fn a_user_is_known_where_one_is_written_and_files_stand_for_what_they_hold() {
    let case =
        "resourceFile: pod.yaml, neighbourFiles: [two.yaml], expect: {denied: [run-as-non-root]}";
    assert_eq!(only(case), "passed");
    let revision =
        "resource: {apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: a}, data: {}}";
    for (user, expect) in [
        ("", "{undetermined: [controller-revision]}"),
        ("user: alice, ", "{denied: [controller-revision]}"),
    ] {
        let case = format!("{revision}, {user}expect: {expect}");
        assert_eq!(told(&run_with("production", &[&case])), ["passed"], "{user}");
    }
}

#[test]
fn a_case_that_cannot_be_run_and_one_that_fails_stop_no_other() {
    let good = format!("resource: {POD}, expect: {{allowed: false}}");
    let result = run(&["expect: {allowed: true}", &good, &good.replace("false", "true")]);
    let sums = cases::Sums::of(&[result]);
    assert_eq!(sums, cases::Sums { passed: 1, failed: 1, errors: 1 });
}

#[test]
fn no_form_passes_on_what_acts_on_a_terminal_or_ends_a_tag() {
    let text = format!(
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyCases\npolicies: [shop.yaml]\ncases:\n\
         - {{name: \"a\\e[31m<b>&\", resource: {POD}, expect: {{allowed: true}}}}\n---\n\
         kind: \"\\e[31m</error>\"\n---\n&x {{a: \"\\e[31m\", *x : 1}}\n"
    );
    let all = [run_text(&text)];
    let forms = [cases::text(&all), cases::junit(&all).unwrap(), cases::json(&all).unwrap()];
    assert!(forms.iter().all(|form| !form.contains('\u{1b}')), "{forms:?}");
    assert!(
        forms[1].contains("name=\"a\\u{1b}[31m&lt;b>&amp;\"")
            || forms[1].contains("name=\"a\\u{1b}[31m&lt;b&gt;&amp;\""),
        "{}",
        forms[1]
    );
    assert_eq!(
        forms[1].matches("<testcase ").count(),
        3,
        "what cannot be read is a case: {}",
        forms[1]
    );
    let json: Value = serde_json::from_str(&forms[2]).unwrap();
    assert_eq!((&json["failed"], &json["undecided"]), (&1.into(), &2.into()));
    assert_eq!(json["cases"][0]["differences"][0]["field"], "allowed");
}
