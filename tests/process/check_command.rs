//! `plimsoll check` as people and CI run it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::committed::{assert_committed, repository};
use crate::program;
use crate::scratch::Scratch;

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program in the repository's folder.
pub fn run(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(repository()).env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `plimsoll check`.
pub fn check(arguments: &[&str], stdin: &str) -> Output {
    run(&[&["check"], arguments].concat(), stdin)
}

fn json(arguments: &[&str], stdin: &str) -> (Output, Value) {
    let output = check(&[&["--format", "json"], arguments].concat(), stdin);
    let value = serde_json::from_str(&output.stdout).unwrap_or(Value::Null);
    (output, value)
}

const GOOD: &str = include_str!("../workloads/good.yaml");
const BAD: &str = include_str!("../workloads/bad.yaml");

#[test]
fn exit_status_is_0_for_clean_1_for_violations_2_for_what_could_not_be_done() {
    assert_eq!(check(&["tests/workloads/good.yaml"], "").code, 0);
    assert_eq!(check(&["tests/workloads/bad.yaml"], "").code, 1);
    assert_eq!(check(&["tests/workloads"], "").code, 1);
    for arguments in
        [&["no/such.yaml"][..], &["--policy", "no/such.yaml", "-"], &["tests/core"], &[]]
    {
        assert_eq!(check(arguments, "").code, 2, "{arguments:?}");
    }
    assert_eq!(check(&["-"], "# nothing\n").code, 2, "nothing to check is no success");
    assert_eq!(check(&["-"], "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").code, 0);
}

#[test]
fn the_text_is_what_it_always_was() {
    let output = check(&["tests/workloads"], "");
    assert!(!output.stdout.contains('\u{1b}'), "no colours where there is no terminal");
    assert_committed("tests/golden/check.txt", &output.stdout);
}

#[test]
fn json_has_one_record_a_violation_and_one_a_subject() {
    let (output, report) = json(&["tests/workloads/bad.yaml"], "");
    assert_eq!(output.code, 1);
    for key in [
        "rule",
        "policy",
        "mode",
        "severity",
        "kind",
        "namespace",
        "name",
        "container",
        "path",
        "message",
        "fix",
        "file",
        "line",
        "column",
        "excusedBy",
    ] {
        assert!(report["violations"][0].get(key).is_some(), "{key} is missing");
    }
    let limits =
        report["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "resource-limits");
    let limits = limits.expect("found");
    assert_eq!(limits["path"], "spec.template.spec.containers[0].resources.limits.memory");
    assert_eq!(
        (limits["line"].as_u64(), limits["file"].as_str()),
        (Some(23), Some("tests/workloads/bad.yaml"))
    );
    assert_eq!(report["subjects"][0]["total"], 26);
    assert_eq!(report["subjects"][0]["passed"], 22);
}

#[test]
fn every_document_of_a_stream_is_judged_and_a_broken_one_hides_no_other() {
    let stream = format!("{GOOD}---\na: [1\n---\n{BAD}---\nkind: x\n");
    let (output, report) = json(&["-"], &stream);
    assert_eq!(output.code, 2);
    let subjects = report["subjects"].as_array().unwrap();
    assert_eq!(subjects.iter().map(|s| s["allowed"] == true).collect::<Vec<_>>(), [true, false]);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0]["line"], 44, "{errors:?}");
}

#[test]
fn lists_and_json_are_unfolded_and_lines_are_those_of_the_items() {
    let bad = BAD.replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {bad}");
    let (_, report) = json(&["-"], &list);
    assert_eq!(report["subjects"][0]["name"], "api");
    let limits =
        report["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "resource-limits");
    assert_eq!(limits.unwrap()["line"], 26);
    let node = plimsoll::yaml::documents(BAD).remove(0).unwrap();
    assert_eq!(check(&["-"], &node.to_json()).code, 1);
}

#[test]
fn references_resolve_against_the_other_objects_given() {
    let secret = "---\n{apiVersion: v1, kind: Secret, metadata: {name: api, namespace: shop}, stringData: {KEY: x}}\n";
    let (_, report) = json(&["-"], &format!("{GOOD}{}", secret.replace("KEY", "openai-api-key")));
    assert_eq!(report["violations"].as_array().unwrap().len(), 0);
    let (_, report) = json(&["-"], &format!("{GOOD}{secret}"));
    assert_eq!(report["violations"][0]["rule"], "secret-references");
    assert!(
        report["violations"][0]["message"].as_str().unwrap().contains("key \"openai-api-key\"")
    );
}

/// F-91.
#[test]
fn a_policy_with_an_error_stops_the_run_and_names_file_line_and_nearest_key() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  rules:\n    privilegd: {}\n",
    );
    let output = check(&["--policy", policy.to_str().unwrap(), "-"], GOOD);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains(":6:5: no rule is called `privilegd`; did you mean `privileged`?"),
        "{output:?}"
    );
}

#[test]
fn several_policies_are_all_in_force_and_a_folder_of_them_is_searched() {
    let (_, report) = json(&["--policy", "policies", "tests/workloads/bad.yaml"], "");
    let policies: Vec<&str> = report["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["policy"].as_str().unwrap())
        .collect();
    assert!(policies.contains(&"production") && policies.contains(&"restricted"), "{policies:?}");
}

#[test]
fn every_flag_is_a_variable_too() {
    let output = Command::new(program())
        .args(["check", "tests/workloads/bad.yaml"])
        .current_dir(repository())
        .envs([("PLIMSOLL_POLICY", "policies/baseline.yaml"), ("PLIMSOLL_FORMAT", "json")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "the baseline has nothing against it");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["subjects"][0]["total"], 12);
}

/// F-97.
#[test]
fn a_link_out_of_the_folder_is_not_followed_and_one_within_it_is() {
    let outside = Scratch::new();
    let secret = outside.write("secret.yaml", BAD);
    let folder = Scratch::new();
    folder.write("..data/good.yaml", GOOD);
    std::os::unix::fs::symlink("..data/good.yaml", folder.path().join("good.yaml")).unwrap();
    assert_eq!(check(&[folder.path().to_str().unwrap()], "").code, 0);
    std::os::unix::fs::symlink(secret, folder.path().join("secret.yaml")).unwrap();
    let output = check(&[folder.path().to_str().unwrap()], "");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("a link that leads out of the folder"), "{output:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = program().to_str().unwrap();
    let script = format!(
        "{program} check --policy policies tests/workloads | head -1; echo ${{PIPESTATUS[0]}}"
    );
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(repository()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.trim_end().ends_with('1'), "{stdout}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn two_policies_of_one_name_are_refused_by_that_name() {
    let policy = ["--policy", "policies/baseline.yaml"];
    let output = check(&[&policy[..], &policy, &["-"]].concat(), GOOD);
    assert_eq!(output.code, 2);
    assert_eq!(output.stderr, "plimsoll: two policies are called `baseline`; rename one\n");
}

#[test]
fn a_policy_that_can_match_nothing_stops_the_run_with_every_file_line_and_field() {
    let folder = Scratch::new();
    let policy = |name: &str, spec: &str| {
        let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy";
        folder.write(name, &format!("{head}\nmetadata: {{name: p}}\nspec:\n{spec}\n"))
    };
    policy(
        "a.yaml",
        "  match:\n    namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: In\n        values: [shop, prod-*]\n  rules: {privileged: }",
    );
    policy(
        "b.yaml",
        "  match:\n    kinds:\n    - group: y.example/v1\n      kind: Foo\n      podTemplate: spec.template\n  rules: {privileged: }",
    );
    policy("c.yaml", "  rules:\n    image-tag:\n      moving: [latest, \"v1 \"]");
    let folder = folder.path().to_str().unwrap();
    let output = check(&["--policy", folder, "-"], GOOD);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    for error in [
        "a.yaml:10:24: `spec.match.namespaceSelector.matchExpressions[0].values[1]` `prod-*` is no value of a label;",
        "b.yaml:7:7: `spec.match.kinds[0].group` `y.example/v1` names a version as well; write `y.example`",
        "c.yaml:7:24: `spec.rules.image-tag.moving[1]` `v1 ` is no tag of an image;",
    ] {
        assert!(output.stderr.contains(error), "{error} is not in {}", output.stderr);
    }
}

#[test]
fn a_wrong_path_in_one_policy_takes_nothing_from_another_and_is_said() {
    let folder = Scratch::new();
    let policy = |name: &str, mode: &str, path: &str| {
        let head = "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy";
        let kind = format!("{{group: argoproj.io, kind: Rollout, podTemplate: {path}}}");
        let spec =
            format!("{{mode: {mode}, match: {{kinds: [{kind}]}}, rules: {{resource-limits: }}}}");
        folder.write(
            &format!("{name}.yaml"),
            &format!("{head}\nmetadata: {{name: {name}}}\nspec: {spec}\n"),
        )
    };
    let wrong = policy("wrong", "audit", "spec.pod");
    let right = policy("right", "deny", "spec.template");
    let rollout =
        BAD.replace("apps/v1", "argoproj.io/v1alpha1").replace("kind: Deployment", "kind: Rollout");
    let (wrong, right) = (wrong.to_str().unwrap(), right.to_str().unwrap());
    let output = check(&["--policy", wrong, "--policy", right, "-"], &rollout);
    assert_eq!(output.code, 1, "{output:?}");
    let line = "FAIL  Rollout shop/api  1/2 passed, 1 audit finding, no pod template at spec.pod: nothing is checked there";
    assert!(output.stdout.contains(line), "{output:?}");
}

/// Runs `check` for at most twenty seconds; what hangs ends with 124.
fn check_in_time(arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("20").arg(program()).arg("check").args(arguments).current_dir(repository());
    let output = command.stdin(Stdio::null()).output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn path(folder: &Scratch) -> &str {
    folder.path().to_str().unwrap()
}

fn link(target: &str, folder: &Scratch, name: &str) {
    std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
}

/// F-142.
#[test]
fn what_is_no_file_is_named_and_never_waited_for_where_it_is_found_in_a_folder() {
    let folder = Scratch::new();
    folder.write("a/bad.yaml", BAD);
    let pipe = folder.path().join("a/pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s.json")).unwrap();
    link("a/pipe.yaml", &folder, "link.yml");
    let output = check_in_time(&[path(&folder)]);
    assert_eq!(output.code, 2, "{output:?}");
    for name in ["a/pipe.yaml", "s.json", "link.yml"] {
        let line = format!("{name}` is no regular file; name it if you mean to read it");
        assert!(output.stderr.contains(&line), "{output:?}");
    }
    assert!(output.stdout.contains("FAIL  Deployment shop/api"), "the rest is read: {output:?}");

    let policies = Scratch::new();
    policies.write("p.yaml", include_str!("../../policies/baseline.yaml"));
    assert!(Command::new("mkfifo").arg(policies.path().join("q.yaml")).status().unwrap().success());
    let output = check_in_time(&["--policy", path(&policies), "tests/workloads/good.yaml"]);
    assert!(output.code == 2 && output.stderr.contains("q.yaml` is no regular file"), "{output:?}");
}

#[test]
fn a_pipe_that_is_named_itself_is_read() {
    let program = program().to_str().unwrap();
    for script in [
        format!("{program} check <(cat tests/workloads/bad.yaml) > /dev/null"),
        format!("cat tests/workloads/bad.yaml | {program} check /dev/stdin > /dev/null"),
    ] {
        let mut command = Command::new("timeout");
        command.args(["20", "bash", "-c", &script]).current_dir(repository());
        assert_eq!(command.status().unwrap().code(), Some(1), "{script}");
    }
}

/// F-142. Root may read everything, so the program runs as somebody else where root runs the test.
#[test]
fn a_folder_that_cannot_be_read_is_named_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let folder = Scratch::new();
    folder.write("bad.yaml", BAD);
    folder.write("closed/deep/good.yaml", GOOD);
    folder.write("closed.yaml", GOOD);
    let close = |name: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path().join(name), permissions).unwrap();
    };
    close("closed", 0);
    close("closed.yaml", 0);
    // A copy, since the one under test may lie where only root may look.
    let own = folder.path().join("program");
    std::fs::copy(program(), &own).unwrap();
    let mut command = Command::new(&own);
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id == b"0\n" {
        command.uid(65534).gid(65534);
    }
    command.current_dir("/").args(["check", path(&folder)]);
    let output = command.output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    close("closed", 0o700);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for name in ["closed`", "closed.yaml`"] {
        assert!(stderr.contains(&format!("cannot read `{}/{name}", path(&folder))), "{stderr}");
    }
    assert!(stdout.contains("FAIL  Deployment shop/api"), "{stdout}");
}

/// F-142, and F-137 for policies: what a `ConfigMap` volume with folders looks like.
#[test]
fn linked_folders_inside_the_folder_are_followed_and_each_file_is_read_once() {
    let volume = Scratch::new();
    volume.write("..2026_11_24/team/bad.yaml", BAD);
    volume.write("..2026_11_24/good.yaml", GOOD);
    link("..2026_11_24", &volume, "..data");
    link("..data/team", &volume, "team");
    link("..data/good.yaml", &volume, "good.yaml");
    // Again, by another way, and in circles.
    link("team", &volume, "again");
    link(".", &volume, "circle");
    link("good.yaml", &volume, "also-good.yaml");
    let output = check_in_time(&[path(&volume)]);
    assert_eq!((output.code, output.stderr.as_str()), (1, ""), "{output:?}");
    assert!(output.stdout.contains("passed in 2 workloads"), "{output:?}");
}

#[test]
fn a_file_is_called_by_its_own_place_before_that_of_a_link() {
    let folder = Scratch::new();
    folder.write("z/bad.yaml", BAD);
    link("z", &folder, "a");
    link("z/bad.yaml", &folder, "b.yaml");
    let output = check_in_time(&[path(&folder)]);
    assert!(output.stdout.contains(&format!("{}/z/bad.yaml:", path(&folder))), "{output:?}");
    assert!(output.stdout.contains("passed in 1 workload"), "{output:?}");
}

/// F-142.
#[test]
fn a_link_to_a_folder_outside_is_an_error_that_names_it() {
    let outside = Scratch::new();
    outside.write("in/bad.yaml", BAD);
    for target in ["in", ""] {
        let folder = Scratch::new();
        folder.write("good.yaml", GOOD);
        link(outside.path().join(target).to_str().unwrap(), &folder, "out");
        let output = check_in_time(&[path(&folder)]);
        let said = format!("`{}/out` is a link that leads out of the folder", path(&folder));
        assert!(output.code == 2 && output.stderr.contains(&said), "{output:?}");
        assert!(output.stdout.contains("passed in 1 workload"), "{output:?}");
    }
    let folder = Scratch::new();
    folder.write("good.yaml", GOOD);
    link("..", &folder, "up");
    assert_eq!(check_in_time(&[path(&folder)]).code, 2);
}

#[test]
fn folders_nested_without_end_are_not_followed_to_it() {
    let folder = Scratch::new();
    folder.write(&format!("{}bad.yaml", "d/".repeat(64)), BAD);
    assert_eq!(check_in_time(&[path(&folder)]).code, 1);
    folder.write(&format!("{}good.yaml", "d/".repeat(65)), GOOD);
    let output = check_in_time(&[path(&folder)]);
    assert!(output.code == 2 && output.stderr.contains("nested deeper than 64"), "{output:?}");
}

/// F-124.
#[test]
fn dotfiles_are_read_as_kubectl_reads_them_and_hidden_folders_are_named_in_one_line() {
    let folder = Scratch::new();
    folder.write(".bad.yaml", BAD);
    folder.write("a/.yml", GOOD);
    folder.write(".git/bad.yaml", BAD);
    folder.write("a/.github/ci.yaml", BAD);
    let output = check_in_time(&[path(&folder)]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("passed in 2 workloads"), "{output:?}");
    let at = path(&folder);
    assert_eq!(
        output.stderr,
        format!(
            "plimsoll: passed over hidden folders, name them to have them read: \
             `{at}/.git`, `{at}/a/.github`\n"
        )
    );
}

/// F-124.
#[test]
fn an_empty_kind_or_version_is_an_error_in_a_folder_too() {
    for document in [
        "apiVersion: apps/v1\nkind:\n",
        "apiVersion:\nkind: Deployment\n",
        "apiVersion: ''\nkind: Deployment\n",
        "apiVersion: apps/v1\nkind: ''\n",
        "apiVersion: apps/v1\nkind: [Deployment]\n",
        "kind: Deployment\n",
        "apiVersion: apps/v1\n",
        "apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n",
        "apiVersion: v1\nkind: List\nitems: [~]\n",
        "apiVersion: v1\nkind: PodList\nitems: [{apiVersion: v1}]\n",
        "apiVersion: v1\nkind: PodList\nitems: {}\n",
        "apiVersion: v1\nkind: \nitems: []\n",
    ] {
        let folder = Scratch::new();
        folder.write("a.yaml", document);
        folder.write("good.yaml", GOOD);
        let output = check_in_time(&[path(&folder)]);
        assert!(output.code == 2 && output.stdout.contains("a.yaml:"), "{document}{output:?}");
    }
    for foreign in [
        "replicas: 1\n",
        "apiVersion: v2\nname: chart\n",
        "kind: pipeline\n",
        "[1]\n",
        "items: [1]\n",
    ] {
        let folder = Scratch::new();
        folder.write("a.yaml", foreign);
        folder.write("good.yaml", GOOD);
        let output = check_in_time(&[path(&folder)]);
        let said = "no object of Kubernetes: 1 document";
        assert!(output.code == 0 && output.stdout.contains(said), "{foreign}{output:?}");
    }
}

/// F-124: kind and version as `UnstructuredList` fills them in.
#[test]
fn items_without_kind_and_version_are_of_the_type_of_their_list() {
    let spec = BAD.split_once("\nspec:").unwrap().1.replace('\n', "\n    ");
    let item = |head: &str| format!("  - {head}metadata: {{name: a}}\n    spec:{spec}");
    for kind in ["DeploymentList", "Deployment"] {
        for head in ["", "kind:\n    ", "kind: ''\n    apiVersion: ~\n    ", "apiVersion: ''\n    "]
        {
            let list = format!("apiVersion: apps/v1\nkind: {kind}\nitems:\n{}", item(head));
            let (output, report) = json(&["-"], &list);
            assert_eq!(output.code, 1, "{head:?} {output:?}");
            assert_eq!(report["subjects"][0]["kind"], "Deployment", "{head:?}");
        }
    }
}

/// F-139.
#[test]
fn what_manifests_disagree_about_lets_no_workload_off() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  \
         match: {namespaceSelector: {matchLabels: {env: prod}}}\n  rules: {resource-limits: {}}\n",
    );
    let namespace = |labels: &str| {
        format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop{labels}}}\n")
    };
    let prod = namespace(", labels: {env: prod}");
    let test = namespace(", labels: {env: test}");
    let bare = namespace("");
    for (manifests, code) in [
        (vec![&prod], 1),
        (vec![&prod, &bare], 1),
        (vec![&bare, &prod], 1),
        (vec![&prod, &test], 1),
        (vec![&test, &test], 0),
        (vec![&bare], 0),
    ] {
        let stream =
            BAD.to_owned() + &manifests.into_iter().map(String::as_str).collect::<String>();
        let output = check(&["--policy", policy.to_str().unwrap(), "-"], &stream);
        assert_eq!(output.code, code, "{stream}");
    }
}

/// F-139: `SetDefaults_Job`.
#[test]
fn a_job_without_labels_has_those_of_its_pods_as_in_the_api_server() {
    let folder = Scratch::new();
    let policy = folder.write(
        "policy.yaml",
        "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {name: p}\nspec:\n  \
         match: {objectSelector: {matchLabels: {a: b}}}\n  rules: {resource-limits: {}}\n",
    );
    let spec = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: d}]}}";
    for (head, metadata, code) in [
        ("batch/v1, kind: Job", "name: x", 1),
        ("batch/v1, kind: Job", "name: x, labels: {}", 1),
        ("batch/v1, kind: Job", "name: x, labels: {c: d}", 0),
        ("v1, kind: ReplicationController", "name: x", 1),
        ("apps/v1, kind: Deployment", "name: x", 0),
    ] {
        let text = format!("{{apiVersion: {head}, metadata: {{{metadata}}}, spec: {{{spec}}}}}\n");
        let output = check(&["--policy", policy.to_str().unwrap(), "-"], &text);
        assert_eq!(output.code, code, "{text}{output:?}");
    }
}

const FLAWED: &str = r#"{"apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "p", "annotations": {"deep": "x"}},
  "spec": {
    "hostPID": true, "hostNetwork": true, "unread": DEEP,
    "securityContext": {"sysctls": [
      {"name": "kernel.msgmax", "value": "1"}, {"name": "net.ipv4.ip_local_port_range", "value": "1 2"},
      {"name": "kernel.shmmax", "value": "1"}, {"name": "kernel.sem", "value": "1"}]},
    "initContainers": [{"name": "i", "image": "i:1", "securityContext": null}],
    "containers": [
      {"name": "a", "image": "a:1"},
      {"name": "b", "image": "b:1", "ports": [{"hostPort": 1, "containerPort": 1}, {"hostPort": 2, "containerPort": 2}],
       "securityContext": {"privileged": true, "capabilities": {"add": ["SYS_ADMIN", "CHOWN", "NET_RAW", "BPF"]},
         "seLinuxOptions": {"user": "u", "role": "r", "type": "t"}, "procMount": "Unmasked"}}]}}"#;

/// F-121 and F-139: nothing of a patch depends on what nobody reads.
#[test]
fn patches_of_one_object_can_be_applied_in_order_or_alone() {
    let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
    let text = FLAWED.replace("DEEP", &deep);
    let policies = ["--policy", "policies"];
    let verdict = |object: &Value| {
        let (_, report) = json(&[&policies[..], &["-"]].concat(), &object.to_string());
        report["violations"].as_array().unwrap_or_else(|| panic!("{report}")).clone()
    };
    let object: Value = {
        let node = plimsoll::yaml::documents(&text).remove(0).unwrap();
        node.to_value()
    };
    let violations = verdict(&object);
    let with_patch: Vec<&Value> = violations.iter().filter(|v| !v["patch"].is_null()).collect();
    assert!(with_patch.len() > 25, "{}", with_patch.len());
    let patched = |object: &Value, violation: &Value| {
        let patch: json_patch::Patch = serde_json::from_value(violation["patch"].clone()).unwrap();
        let mut patched = object.clone();
        json_patch::patch(&mut patched, &patch).unwrap_or_else(|e| panic!("{e}: {violation}"));
        patched
    };
    let is_same = |a: &Value, b: &Value| {
        ["rule", "policy", "container", "message"].iter().all(|key| a[key] == b[key])
    };
    let mut in_order = object.clone();
    for violation in &with_patch {
        in_order = patched(&in_order, violation);
        let alone = patched(&object, violation);
        let left = verdict(&alone);
        let before = violations.iter().filter(|v| is_same(v, violation)).count();
        let after = left.iter().filter(|v| is_same(v, violation)).count();
        assert!(after < before, "does not mend its own: {violation}");
        assert_eq!(alone["spec"]["unread"], object["spec"]["unread"], "{violation}");
    }
    let left = verdict(&in_order);
    // A port of the node can be given up once the pod has left the node's network.
    let is_new = |v: &&Value| !v["patch"].is_null() && v["rule"] != "host-ports";
    let fixable: Vec<&Value> = left.iter().filter(is_new).collect();
    assert!(fixable.is_empty(), "{fixable:#?}\n{in_order}");
    for pointer in [
        "/metadata",
        "/spec/unread",
        "/spec/containers/0/image",
        "/spec/containers/1/ports/1/containerPort",
    ] {
        assert_eq!(in_order.pointer(pointer), object.pointer(pointer), "{pointer}");
    }
}

#[test]
fn the_short_form_is_one_finding_a_line_with_file_line_and_column() {
    let output = check(&["--format", "short", "tests/workloads/bad.yaml"], "");
    assert_eq!(output.code, 1);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{output:?}");
    for line in &lines {
        let mut parts = line.splitn(5, ':');
        assert_eq!(parts.next(), Some("tests/workloads/bad.yaml"));
        assert!(parts.next().unwrap().parse::<usize>().is_ok(), "{line}");
        assert!(parts.next().unwrap().parse::<usize>().is_ok(), "{line}");
        assert!([" error", " warning"].contains(&parts.next().unwrap()), "{line}");
    }
    let literal = "tests/workloads/bad.yaml:20:22: error: secret-literals: environment variable";
    assert!(lines.iter().any(|line| line.starts_with(literal)), "{output:?}");
    let output = check(&["--format", "short", "-"], "a: [\n");
    assert!(output.stdout.starts_with("-:") && output.code == 2, "{output:?}");
}

#[test]
fn a_container_has_one_excerpt_with_each_of_its_lines_once() {
    let text = "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: web
    image: nginx
    env:
    - {name: DB_PASSWORD, value: correct-horse}
    securityContext: {privileged: true, runAsUser: 0}
";
    let output = check(&["-"], text);
    for line in ["image: nginx", "privileged: true, runAsUser: 0", "value: *************"] {
        assert_eq!(output.stdout.matches(line).count(), 1, "{line}: {}", output.stdout);
    }
    let part = output.stdout.split("  container \"web\"").nth(1).unwrap();
    let order = ["image-tag: ", "secret-literals: ", "missing:", "run-as-non-root", "to decide:"];
    let places: Vec<usize> = order.iter().map(|word| part.find(word).expect(word)).collect();
    assert!(places.is_sorted(), "{}", output.stdout);
    assert!(!output.stdout.contains("correct-horse"));
}

#[test]
fn a_helm_template_and_a_kustomization_are_named_with_what_makes_manifests_of_them() {
    let folder = Scratch::new();
    folder.write("chart/templates/d.yaml", "a: {{ .Values.x }}\n---\nb: {{- if }}\n");
    folder.write("k/kustomization.yaml", "resources: [a.yaml]\n");
    folder.write("good.yaml", GOOD);
    let output = check_in_time(&[path(&folder)]);
    assert_eq!(output.code, 2, "{output:?}");
    let helm = "a Helm template: check what it makes, with `helm template RELEASE CHART | plimsoll check -`";
    assert_eq!(output.stdout.matches(helm).count(), 1, "{output:?}");
    let kustomize = format!("with `kubectl kustomize {}/k | plimsoll check -`", path(&folder));
    assert!(output.stdout.contains(&kustomize), "{output:?}");
}
