//! The last reports are kept in a folder, and each audit is held against the newest there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use support::scratch::Scratch;

use super::api_server::{Answer, ApiServer, list, pod, status, workload};
use super::{DEPLOYMENTS, NO_PRIVILEGES, PODS, audit, report, violations};
use crate::check_command::{Output, run};
use crate::program;

/// A Deployment that is bad, until it is mended.
fn server() -> (ApiServer, Arc<AtomicBool>) {
    let is_mended = Arc::<AtomicBool>::default();
    let mended = Arc::clone(&is_mended);
    let server = ApiServer::start(move |asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", !mended.load(Ordering::Relaxed))])),
        _ => None,
    });
    (server, is_mended)
}

/// One that has a Pod that cannot be read.
fn ailing() -> ApiServer {
    ApiServer::start(|asked| match asked.path.as_str() {
        DEPLOYMENTS => Some(list(&[workload("api", true)])),
        PODS => Some(list(&[json!({"metadata": {"name": "a", "namespace": "shop"}, "spec": 7})])),
        _ => None,
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

fn kept(server: &ApiServer, folder: &Scratch, arguments: &[&str]) -> (Output, Value) {
    let folder = folder.path().to_str().unwrap();
    report(server, NO_PRIVILEGES, &[&["--history", folder], arguments].concat())
}

/// How many are new and how many fixed; none where nothing was compared.
fn since(report: &Value) -> Option<[usize; 2]> {
    let count = |list: &str| report["since"][list].as_array().map(Vec::len);
    Some([count("new")?, count("fixed")?])
}

#[test]
fn a_report_is_kept_whole_and_the_next_audit_is_held_against_it() {
    let ((server, is_mended), folder) = (server(), Scratch::new());
    let (first, report) = kept(&server, &folder, &[]);
    assert_eq!((first.code, since(&report)), (1, None), "{first:?}");
    let [name] = &names(folder.path())[..] else { panic!("{:?}", names(folder.path())) };
    let time = report["time"].as_str().unwrap();
    assert_eq!(name[6..16], time[..10], "{name}: {time}");
    assert_eq!(name[17..25], time[11..19].replace(':', "-"), "{name}: {time}");
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), first.stdout);

    is_mended.store(true, Ordering::Relaxed);
    let (second, report) = kept(&server, &folder, &[]);
    assert_eq!((second.code, since(&report)), (0, Some([0, 1])), "{second:?}");
    assert_eq!(report["since"]["time"], time);
    // Whatever is printed, the same is kept.
    let path = folder.path().to_str().unwrap();
    let third = audit(&server, NO_PRIVILEGES, &["--history", path]);
    assert!(third.stdout.contains(": 0 new, 0 fixed, 0 excused, 0 gone\n"), "{third:?}");
    assert_eq!((third.stderr.as_str(), names(folder.path()).len()), ("", 3));
    let text = fs::read_to_string(folder.path().join(&names(folder.path())[2])).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(since(&report), Some([0, 0]));
}

#[test]
fn a_report_that_is_named_goes_before_the_history() {
    let ((server, is_mended), folder) = (server(), Scratch::new());
    let (first, _) = kept(&server, &folder, &[]);
    let named = server.file("named.json", &first.stdout);
    is_mended.store(true, Ordering::Relaxed);
    kept(&server, &folder, &[]);
    let (output, report) = kept(&server, &folder, &["--since", &named]);
    assert_eq!(since(&report), Some([0, 1]), "{output:?}");
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn only_the_last_reports_are_kept_and_nothing_else_is_touched() {
    let ((server, _), folder) = (server(), Scratch::new());
    let others = ["audit-by-hand.json", "audit-2020-01-01.json", "notes.txt"];
    for other in others {
        folder.write(other, "mine");
    }
    let old = ".audit-2020-01-01T00-00-00.000Z.json.unfinished";
    let young = ".audit-2020-01-02T00-00-00.000Z.json.unfinished";
    let made = folder.write(old, "{");
    folder.write(young, "{");
    let then = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    fs::File::open(made).and_then(|file| file.set_modified(then)).unwrap();
    let mut last = Vec::new();
    for _ in 0..4 {
        kept(&server, &folder, &["--history-limit", "2"]);
        let reports = names(folder.path()).into_iter().filter(|name| name.ends_with("Z.json"));
        let reports: Vec<String> = reports.collect();
        assert!(reports.len() <= 2 && last.last() < reports.last(), "{last:?}, {reports:?}");
        last = reports;
    }
    let left: Vec<String> = names(folder.path());
    assert_eq!(left.len(), others.len() + 1 + 2, "{left:?}");
    assert!(!left.contains(&old.to_owned()) && left.contains(&young.to_owned()), "{left:?}");
}

#[test]
fn a_report_that_is_broken_is_passed_over_and_named() {
    let ((server, is_mended), folder) = (server(), Scratch::new());
    let (first, _) = kept(&server, &folder, &[]);
    let half = &first.stdout[..first.stdout.len() / 2];
    let broken = "audit-2100-01-01T00-00-00.000Z.json";
    folder.write(broken, half);
    folder.write("audit-2100-01-02T00-00-00.000Z.json", "");
    // What is no file is no report: to read it might take for ever.
    fs::create_dir(folder.path().join("audit-2100-01-03T00-00-00.000Z.json")).unwrap();
    let link = folder.path().join("audit-2100-01-04T00-00-00.000Z.json");
    std::os::unix::fs::symlink("/dev/zero", link).unwrap();
    is_mended.store(true, Ordering::Relaxed);
    let (output, report) = kept(&server, &folder, &[]);
    assert_eq!((output.code, since(&report)), (0, Some([0, 1])), "{output:?}");
    let notes = report["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
    let note = notes[1].as_str().unwrap();
    assert!(note.starts_with(&format!("not compared with `{broken}`: line ")), "{note}");
    let text = audit(&server, NO_PRIVILEGES, &["--history", folder.path().to_str().unwrap()]);
    assert!(text.stdout.contains(note), "{text:?}");
}

#[test]
fn a_report_about_other_objects_is_passed_over_and_named() {
    let ((server, is_mended), folder) = (server(), Scratch::new());
    kept(&server, &folder, &[]);
    kept(&server, &folder, &["-l", "app=api"]);
    let of_some = names(folder.path()).remove(1);
    is_mended.store(true, Ordering::Relaxed);
    let (_, report) = kept(&server, &folder, &[]);
    assert_eq!(since(&report), Some([0, 1]));
    let why = "it looked at `app=api`, and this audit looks at all objects";
    assert_eq!(report["notes"], json!([format!("not compared with `{of_some}`: {why}")]));
}

#[test]
fn a_report_that_is_partial_is_kept_apart_and_never_compared_with() {
    let ((server, is_mended), folder) = (server(), Scratch::new());
    kept(&server, &folder, &["--history-limit", "1"]);
    let whole = names(folder.path()).remove(0);
    for _ in 0..3 {
        let (output, report) = kept(&ailing(), &folder, &["--history-limit", "1"]);
        assert_eq!((output.code, since(&report)), (2, Some([0, 0])), "{output:?}");
        assert_eq!(violations(&report), ["Deployment/api"]);
        let says =
            ".partial.json`, and no audit is compared with it, as something could not be done";
        assert!(output.stderr.contains(says), "{output:?}");
    }
    let [first, partial] = &names(folder.path())[..] else { panic!("{:?}", names(folder.path())) };
    assert_eq!(*first, whole, "it is what is compared with");
    assert!(partial.ends_with(".partial.json"), "{partial}");
    is_mended.store(true, Ordering::Relaxed);
    let (_, report) = kept(&server, &folder, &["--history-limit", "1"]);
    assert_eq!(since(&report), Some([0, 1]));
    let note = format!("not compared with `{partial}`: something could not be done then");
    assert_eq!(report["notes"], json!([note]));
}

#[test]
fn a_history_that_cannot_be_read_or_written_is_named_and_the_report_is_printed() {
    let (server, _) = server();
    let none = Scratch::new().path().join("none").to_str().unwrap().to_owned();
    let file = server.file("file", "");
    for (folder, says) in [
        (none.as_str(), format!("cannot look into the history `{none}`: No such file")),
        (file.as_str(), format!("cannot look into the history `{file}`: Not a directory")),
        // Nobody writes there, whoever he is.
        ("/proc", "cannot keep the report as `/proc/audit-".to_owned()),
    ] {
        let (output, report) = report(&server, NO_PRIVILEGES, &["--history", folder]);
        assert_eq!((output.code, violations(&report).len()), (2, 1), "{output:?}");
        assert!(output.stderr.contains(&says), "{output:?}");
    }
}

#[test]
fn where_there_is_no_room_the_report_is_printed_and_nothing_half_is_left() {
    let ((server, _), folder) = (server(), Scratch::new());
    let (kubeconfig, policy) = (server.kubeconfig(), server.policy(NO_PRIVILEGES));
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(program()).args(["audit", "--kubeconfig"]);
    command.args([&kubeconfig, "--policy", &policy, "--history"]).arg(folder.path());
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(out.contains("Deployment shop/api") && err.contains("File too large"), "{out}{err}");
    assert!(err.contains("cannot keep the report as `"), "{err}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn how_many_are_kept_means_nothing_without_a_history() {
    let (server, _) = server();
    let output = audit(&server, NO_PRIVILEGES, &["--history-limit", "3"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("--history <DIR>"), "{output:?}");
    let output = audit(&server, NO_PRIVILEGES, &["--history", "x", "--history-limit", "0"]);
    assert!(output.stderr.contains("0 is not in 1..=10000"), "{output:?}");
}

/// One whose own objects are these, or what it says about them.
fn installed(policies: impl Fn() -> Answer + Send + Sync + 'static) -> ApiServer {
    ApiServer::start(move |asked| match asked.path.as_str() {
        "/apis/plimsoll.dev/v1alpha1/deploypolicies" => Some(policies()),
        "/apis/plimsoll.dev/v1alpha1/policyexceptions" => Some(list(&[])),
        PODS => Some(list(&[pod("a", true)])),
        _ => None,
    })
}

#[test]
fn the_policies_of_the_cluster_are_in_force_beside_those_of_files_where_that_is_asked_for() {
    let own = json!({"metadata": {"name": "own", "uid": "1"}, "spec": {"rules": {"replicas": {}}}});
    let server = installed(move || list(std::slice::from_ref(&own)));
    let named = |arguments: &[&str]| -> Vec<String> {
        let (_, report) = report(&server, NO_PRIVILEGES, arguments);
        let policies = report["policies"].as_array().unwrap().iter();
        policies.map(|policy| policy["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named(&[]), ["p"]);
    assert_eq!(named(&["--installed"]), ["p", "own"]);
    let kubeconfig = server.kubeconfig();
    let alone = ["audit", "--kubeconfig", &kubeconfig, "--installed", "--format", "markdown"];
    assert!(run(&alone, "").stdout.contains("own"));
}

#[test]
fn where_the_cluster_has_no_policies_those_of_files_are_enough_and_where_they_are_unknown_not() {
    for answer in [|| status(404, "no such kind"), || list(&[])] {
        let (output, report) = report(&installed(answer), NO_PRIVILEGES, &["--installed"]);
        assert_eq!((output.code, violations(&report).len()), (1, 1), "{output:?}");
    }
    let refused = installed(|| status(403, "you may not"));
    let output = audit(&refused, NO_PRIVILEGES, &["--installed"]);
    let says = "cannot read the policies of the cluster: you may not; leave out `--installed`";
    assert!(output.code == 2 && output.stderr.contains(says), "{output:?}");
}

#[test]
fn exceptions_of_files_are_enough_beside_policies_of_the_cluster() {
    let own = json!({"metadata": {"name": "own", "uid": "1"},
                     "spec": {"rules": {"privileged": {}}}});
    let server = installed(move || list(std::slice::from_ref(&own)));
    let exception = "apiVersion: plimsoll.dev/v1alpha1\nkind: PolicyException\n\
                     metadata: {name: known, namespace: shop}\n\
                     spec: {rules: [privileged], select: {kind: Pod, name: a}, reason: r, \
                     expires: '2100-01-01T00:00:00Z'}\n";
    let (kubeconfig, file) = (server.kubeconfig(), server.file("known.yaml", exception));
    let arguments = ["audit", "--kubeconfig", &kubeconfig, "--policy", &file];
    let output = run(&[&arguments[..], &["--installed"]].concat(), "");
    assert!(output.stdout.contains("privileged"), "{output:?}");
    assert_ne!(output.code, 2, "{output:?}");
    let output = run(&arguments, "");
    assert!(output.stderr.contains("there are exceptions and no policy"), "{output:?}");
}
