//! Images, none of which can be pulled here.

use std::path::{Path, PathBuf};

use support::committed::repository;

use crate::command::run;
use crate::settings::folder;

/// What every Pod is held together by: it waits for a signal, and that is all.
pub const PAUSE: &str = "localhost/pause:1";
const SOURCE: &str = "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n";

/// Makes the image for Pods to be held together by, as an archive.
pub fn pause() -> PathBuf {
    let at = |name: &str| folder().join(name).display().to_string();
    let (source, program, archive) = (at("pause.c"), at("pause"), at("pause.tar"));
    std::fs::write(&source, SOURCE).expect("a file");
    run("musl-gcc", &["-static", "-Os", "-o", &program, &source]).expect();
    let container = buildah(&["from", "scratch"]).trim().to_owned();
    buildah(&["copy", "--chmod", "755", &container, &program, "/pause"]);
    buildah(&["config", "--entrypoint", r#"["/pause"]"#, &container]);
    buildah(&["commit", "--rm", &container, PAUSE]);
    buildah(&["push", PAUSE, &format!("docker-archive:{archive}:{PAUSE}")]);
    PathBuf::from(archive)
}

/// Makes the image of the program `plimsoll` in `context` as the Makefile does, as an archive.
pub fn of_program(context: &Path, name: &str) -> PathBuf {
    let file = repository().join("Dockerfile").display().to_string();
    let folder = context.display().to_string();
    let how = ["--build-arg", "BINARY=prebuilt", "--timestamp", "0", "--file", &file];
    buildah(&[&["bud"], &how[..], &["--tag", name, &folder]].concat());
    let archive = context.join("image.tar");
    buildah(&["push", name, &format!("docker-archive:{}:{name}", archive.display())]);
    archive
}

/// Gives an archive to the containerd that listens on `socket`.
pub fn import(socket: &str, archive: &Path) {
    let archive = archive.display().to_string();
    run("ctr", &["-a", socket, "-n", "k8s.io", "images", "import", &archive]).expect();
}

/// Runs buildah with a storage of its own, which goes with everything else on disk.
fn buildah(words: &[&str]) -> String {
    let at = |name: &str| folder().join(name).display().to_string();
    let (root, runs) = (at("buildah"), at("buildah-run"));
    let storage = ["--storage-driver", "vfs", "--root", &root, "--runroot", &runs];
    run("buildah", &[&storage[..], words].concat()).expect()
}
