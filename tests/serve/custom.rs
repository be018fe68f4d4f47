//! Rules that a policy writes itself, under review: as any other rule, and never a pass where they
//! fail.

use std::sync::Arc;

use jiff::Timestamp;
use plimsoll::policy::{Snapshot, Unknown, load_with};
use plimsoll::serve::answer;
use serde_json::{Value, json};
use support::review::{Review, create, update};

use crate::fixture::{allowed, ask_under, document, good, policies, spec};

/// What refuses, by rule and message.
fn causes(snapshot: &Snapshot, body: &str) -> Vec<(String, String)> {
    let answer = ask_under(snapshot, body).expect("a review");
    assert!(!answer.is_fault, "{:?}", answer.response.status);
    let details = answer.response.status.and_then(|status| status.details);
    let causes = details.map(|details| details.causes).unwrap_or_default();
    causes.into_iter().map(|cause| (cause.reason.clone(), cause.message)).collect()
}

fn warnings(snapshot: &Snapshot, body: &str) -> Vec<String> {
    let answer = ask_under(snapshot, body).expect("a review");
    assert!(answer.response.allowed, "{:?}", answer.response.status);
    answer.response.warnings
}

/// The good Deployment with a label of this value.
fn labelled(team: &str) -> Value {
    let mut object = good();
    object["metadata"]["labels"]["team"] = team.into();
    object
}

fn team(mode: &str) -> Arc<Snapshot> {
    spec(&format!(
        "{{mode: {mode}, custom: [{{id: team-label, message: name the team, expression: \"object.metadata.?labels[?'team'].orValue('') == 'shop'\"}}]}}"
    ))
}

#[test]
fn a_custom_rule_refuses_with_its_message_at_its_field_and_warns_where_it_is_to() {
    let strict = team("deny");
    assert!(allowed(&strict, &create(&labelled("shop"))));
    let refused = create(&labelled("other"));
    let [(rule, message)] = &causes(&strict, &refused)[..] else { panic!("one cause") };
    assert_eq!(rule, "team-label");
    assert!(message.contains("name the team"), "{message}");
    let said = warnings(&team("warn"), &refused);
    assert!(
        said.iter().any(|w| w.contains("team-label") && w.contains("name the team")),
        "{said:?}"
    );
    assert!(warnings(&team("audit"), &refused).iter().all(|w| !w.contains("team-label")));
}

#[test]
fn what_stood_before_an_update_is_let_in_and_what_is_worse_is_not() {
    let policy = spec(
        "{custom: [{id: few, messageExpression: \"string(object.spec.replicas) + ' are too many'\", \
         expression: \"object.spec.replicas < 5\"}]}",
    );
    let of = |replicas: i64| {
        let mut object = good();
        object["spec"]["replicas"] = replicas.into();
        object
    };
    let mut relabelled = of(9);
    relabelled["metadata"]["labels"]["a"] = "b".into();
    assert!(!allowed(&policy, &create(&of(9))));
    assert!(allowed(&policy, &update(&of(9), &relabelled)), "it stood there");
    assert!(!allowed(&policy, &update(&of(9), &of(10))), "it says something else");
    assert!(!allowed(&policy, &update(&of(1), &of(9))));
    assert!(allowed(&policy, &update(&of(9), &of(1))));
}

#[test]
fn what_is_not_to_change_is_held_against_what_it_was() {
    let policy = spec(
        "{custom: [{id: fixed, message: fixed, expression: \"oldObject == null || \
         object.metadata.labels['team'] == oldObject.metadata.labels['team']\"}]}",
    );
    assert!(allowed(&policy, &create(&labelled("a"))));
    assert!(allowed(&policy, &update(&labelled("a"), &labelled("a"))));
    assert!(!allowed(&policy, &update(&labelled("a"), &labelled("b"))));
}

#[test]
fn a_rule_is_about_the_kinds_that_it_names_also_about_custom_resources() {
    let policy = spec(
        "{custom: [{id: keys, message: keys, expression: 'size(object.data) < 2', resources: [{kind: ConfigMap}]}, \
         {id: size, message: size, expression: 'object.spec.size < 3', \
         resources: [{group: shop.example, kind: Widget}]}]}",
    );
    let map = |data: Value| {
        create(&json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "namespace": "shop"}, "data": data}))
    };
    let widget = |size: i64| {
        create(&json!({"apiVersion": "shop.example/v1", "kind": "Widget",
            "metadata": {"name": "a", "namespace": "shop"}, "spec": {"size": size}}))
    };
    assert!(allowed(&policy, &map(json!({"a": "1"}))));
    assert_eq!(causes(&policy, &map(json!({"a": "1", "b": "2"})))[0].0, "keys");
    assert!(allowed(&policy, &widget(2)));
    assert_eq!(causes(&policy, &widget(3))[0].0, "size");
    assert!(allowed(&policy, &create(&good())), "it is about no workload");
}

#[test]
fn who_asks_is_known_and_the_objects_are_no_part_of_the_request() {
    let policy = spec(
        "{custom: [{id: who, message: who, expression: \"request.userInfo.username == 'jane' && \
         request.operation == 'CREATE' && !has(request.object) && request.kind.kind == 'Deployment'\"}]}",
    );
    let by = |name: &str| {
        let user = json!({"username": name, "groups": ["system:authenticated"]}).to_string();
        Review::create(&good()).with_text("userInfo", &user).to_string()
    };
    assert!(allowed(&policy, &by("jane")));
    assert!(!allowed(&policy, &by("eve")));
}

#[test]
fn an_expression_that_fails_follows_the_mode_and_names_no_value() {
    let endless =
        (0..8).fold("true".to_owned(), |inner, n| format!("variables.ten.all(v{n}, {inner})"));
    for (expression, why) in [
        ("object.spec.nothing.here == 1", "a field or key that is not there"),
        ("containers[7].name == 'a'", "an element that is not there"),
        ("1 / (object.spec.replicas - object.spec.replicas) == 1", "divides by zero"),
        ("object.metadata.name > 1", "`>` on values that it does not take"),
        ("object.spec", "neither true nor false"),
        ("lists.range(300000).all(i, lists.range(300000).all(j, true))", "more memory"),
        (&endless, "more steps"),
    ] {
        let of = |mode: &str| {
            spec(&format!(
                "{{mode: {mode}, custom: [{{id: a, expression: {expression:?}, \
                 variables: [{{name: ten, expression: lists.range(10)}}]}}]}}"
            ))
        };
        let body = create(&good());
        let [(rule, message)] = &causes(&of("deny"), &body)[..] else { panic!("{expression}") };
        assert_eq!(rule, "a");
        assert!(
            message.contains("custom rule a cannot be evaluated") && message.contains(why),
            "{expression}: {message}"
        );
        let said = warnings(&of("warn"), &body);
        assert!(said.iter().any(|w| w.contains("cannot be evaluated")), "{said:?}");
        let name = good()["metadata"]["name"].as_str().unwrap().to_owned();
        assert!(!message.contains(&format!("\"{name}\"")), "{message}");
    }
}

#[test]
fn f64_variables_of_which_each_doubles_the_last_end_before_the_memory_does() {
    let variables: Vec<String> = (0..40)
        .map(|n| {
            let last =
                if n == 0 { "'0123456789'".to_owned() } else { format!("variables.v{}", n - 1) };
            format!("{{name: v{n}, expression: \"{last} + {last}\"}}")
        })
        .collect();
    let policy = spec(&format!(
        "{{custom: [{{id: a, variables: [{}], expression: \"variables.v39.size() > 0\"}}]}}",
        variables.join(", ")
    ));
    let [(_, message)] = &causes(&policy, &create(&good()))[..] else { panic!("one cause") };
    assert!(message.contains("more memory than an expression may"), "{message}");
}

#[test]
fn conditions_leave_out_writes_and_where_they_fail_the_policy_says_so() {
    let of = |condition: &str| {
        spec(&format!(
            "{{matchConditions: [{{name: a, expression: {condition:?}}}], \
             custom: [{{id: nope, message: nope, expression: 'false'}}]}}"
        ))
    };
    let body = create(&good());
    assert!(!allowed(&of("request.operation == 'CREATE'"), &body));
    assert!(allowed(&of("request.operation == 'UPDATE'"), &body));
    let rules: Vec<String> =
        causes(&of("object.nothing == 1"), &body).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["match-conditions", "nope"]);
    // One that does not hold makes up for one that fails, as in Kubernetes.
    let both = spec(
        "{matchConditions: [{name: a, expression: 'object.nothing == 1'}, {name: b, expression: 'false'}], \
         custom: [{id: nope, expression: 'false'}]}",
    );
    assert!(allowed(&both, &body));
}

#[test]
fn a_rule_that_slipped_by_unread_is_an_error_of_all_that_it_would_judge() {
    let text = document(
        "slipped",
        "{custom: [{id: broken, expression: \"objct.spec == 1\"}, {id: fine, expression: 'true'}]}",
    );
    assert!(load_with("test", &text, Unknown::IsWrong).is_err(), "who writes it is told");
    let read = || {
        let documents = load_with("test", &text, Unknown::IsLeftOutWithFaults);
        let documents = documents.unwrap_or_else(|errors| panic!("{errors:?}"));
        Snapshot::of(documents, plimsoll::policy::Terms::default())
    };
    // Whoever reads it later reads the same.
    let told: Vec<_> = [read(), read()].iter().map(|s| causes(s, &create(&good()))).collect();
    assert_eq!(told[0], told[1]);
    let [(rule, message)] = &told[0][..] else { panic!("one cause") };
    assert_eq!(rule, "broken");
    assert!(message.contains("there is no variable `objct`"), "{message}");
}

#[test]
fn an_exception_excuses_a_custom_rule_by_its_id() {
    let text = format!(
        "{}---\n{}",
        document(
            "test",
            "{custom: [{id: team-label, message: name the team, expression: 'false'}]}"
        ),
        "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\nmetadata: {name: e, namespace: shop}\n\
         spec: {rules: [team-label], select: {kind: Deployment, name: api}, reason: old, approvedBy: a, \
         expires: \"1970-02-01T00:00:00Z\"}\n"
    );
    let documents = load_with("test", &text, Unknown::IsWrong).unwrap_or_else(|e| panic!("{e:?}"));
    let snapshot = Snapshot::of(documents, plimsoll::policy::Terms::default());
    let made = answer(create(&good()).as_bytes(), &snapshot, Timestamp::UNIX_EPOCH).unwrap();
    assert!(made.response.allowed, "{:?}", made.response.status);
    assert!(
        policies(&document("a", "{custom: [{id: b, expression: 'true'}]}")).policies().len() == 1
    );
}

#[test]
fn of_a_namespace_no_more_is_asked_than_is_known() {
    let of =
        |expression: &str| spec(&format!("{{custom: [{{id: a, expression: \"{expression}\"}}]}}"));
    let body = create(&good());
    assert!(allowed(&of("namespaceObject.metadata.name == 'shop'"), &body));
    assert!(!allowed(&of("namespaceObject.metadata.name == 'other'"), &body));
    let own = "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'shop'";
    assert!(allowed(&of(own), &body));
    for unknown in [
        "namespaceObject.metadata.labels['tier'] == 'gold'",
        "'tier' in namespaceObject.metadata.labels",
        "has(namespaceObject.metadata.annotations)",
        "namespaceObject.metadata.?uid.hasValue()",
        "namespaceObject.status.phase == 'Active'",
    ] {
        let answer = ask_under(&of(unknown), &body).expect("a review");
        assert!(answer.response.allowed, "{unknown}");
        let why: Vec<String> =
            answer.verdict.undetermined.iter().map(|rule| rule.why.to_string()).collect();
        assert_eq!(why, ["`namespaceObject` is not known here"], "{unknown}");
        // What decides without it is decided.
        assert!(!allowed(&of(&format!("false && {unknown}")), &body), "{unknown}");
    }
}

/// Whatever field an expression asks for, also one that no built-in rule reads.
#[test]
fn an_update_that_takes_away_what_is_asked_for_is_refused_wherever_that_stands() {
    for (expression, pointer) in [
        ("'owner' in object.metadata.?annotations.orValue({})", "/metadata/annotations"),
        ("'team' in object.metadata.?labels.orValue({})", "/metadata/labels"),
        ("object.?example.orValue(null) != null", "/example"),
    ] {
        let policy =
            spec(&format!("{{custom: [{{id: a, message: a, expression: \"{expression}\"}}]}}"));
        let mut with = good();
        with["metadata"]["annotations"] = json!({"owner": "jane"});
        with["metadata"]["labels"] = json!({"team": "shop"});
        with["example"] = json!("7");
        let mut without = with.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent =
            if parent.is_empty() { Some(&mut without) } else { without.pointer_mut(parent) };
        parent.unwrap().as_object_mut().unwrap().remove(field);
        assert!(allowed(&policy, &create(&with)), "{expression}");
        assert!(!allowed(&policy, &update(&with, &without)), "{expression}");
        assert!(allowed(&policy, &update(&without, &without)), "{expression}");
    }
}

/// A rule is about what somebody writes; what Kubernetes makes of that looks otherwise.
#[test]
fn what_controllers_make_is_held_against_custom_rules_only_where_a_policy_judges_it() {
    let of = |controllers: &str| {
        spec(&format!(
            "{{match: {{controllers: {controllers}}}, custom: [{{id: a, message: a, expression: 'object.spec.replicas == 2'}}]}}"
        ))
    };
    let controller = "system:serviceaccount:kube-system:replicaset-controller";
    let mut pod = crate::fixture::good_pod();
    pod["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-1", "uid": "1", "controller": true
    }]);
    let made = Review::create(&pod).user(controller).to_string();
    assert!(allowed(&of("Owner"), &made));
    assert!(!allowed(&of("Judge"), &made), "it has no replicas");
    let own = Review::create(&pod).user("jane").to_string();
    assert!(!allowed(&of("Owner"), &own), "nobody else is a controller");
}

/// A claim is not made from a template that was judged: what it asks for is somebody's wish.
#[test]
fn the_claims_of_a_stateful_set_are_held_against_the_rules_about_claims() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-db-0", "namespace": "shop"},
        "spec": {"storageClassName": "cheap"}
    });
    for user in [
        "system:serviceaccount:kube-system:statefulset-controller",
        "system:kube-controller-manager",
    ] {
        for controllers in ["Owner", "Judge", "Ignore"] {
            let policy = spec(&format!(
                "{{match: {{controllers: {controllers}}}, custom: [{{id: a, message: a, \
                 resources: [{{group: '', kind: PersistentVolumeClaim}}], \
                 expression: \"object.spec.storageClassName == 'fast'\"}}]}}"
            ));
            let written = Review::create(&claim).user(user).to_string();
            assert!(!allowed(&policy, &written), "{controllers}: {user}");
        }
    }
}

#[test]
fn a_rule_names_with_what_controllers_make_what_they_make_it_from() {
    let of = |controllers: &str, resources: &str| {
        let text = document(
            "p",
            &format!(
                "{{match: {{controllers: {controllers}}}, custom: [{{id: a, message: a, \
             resources: [{resources}], expression: 'true'}}]}}"
            ),
        );
        match load_with("p.yaml", &text, Unknown::IsWrong) {
            Ok(_) => String::new(),
            Err(problems) => format!("{problems:?}"),
        }
    };
    let pods = "{group: '', kind: Pod}";
    let refused = of("Owner", pods);
    assert!(refused.contains("ReplicaSet, StatefulSet, DaemonSet, Job"), "{refused}");
    assert!(refused.contains("custom[0].resources"), "{refused}");
    for controllers in ["Judge", "Ignore"] {
        assert_eq!(of(controllers, pods), "");
    }
    let some = format!("{pods}, {{group: apps, kind: StatefulSet}}");
    assert!(
        of("Owner", &some).contains("from ReplicaSet, DaemonSet, Job"),
        "{}",
        of("Owner", &some)
    );
    assert!(of("Owner", "{group: batch, kind: Job}").contains("from CronJob"));
    let both = "{group: batch, kind: Job}, {group: batch, kind: CronJob}";
    for whole in [both, "{group: apps, kind: Deployment}", "{group: '', kind: ConfigMap}"] {
        assert_eq!(of("Owner", whole), "");
    }
}
