//! Which files `check` reads, and what it says of those that it does not (F-124, F-142).

use super::{BAD, GOOD, check, check_in_time, path};
use crate::program;
use std::process::Command;

use support::committed::repository;
use support::scratch::Scratch;

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
    policies.write("p.yaml", include_str!("../../../policies/baseline.yaml"));
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
