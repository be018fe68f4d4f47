//! Images, none of which can be pulled here.

use std::path::{Path, PathBuf};

use crate::command::run;

/// What every Pod is held together by: it waits for a signal, and that is all.
pub const PAUSE: &str = "localhost/pause:1";
const SOURCE: &str = "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n";

/// Makes the image for Pods to be held together by, as an archive.
pub fn pause(folder: &Path) -> PathBuf {
    let at = |name: &str| folder.join(name).display().to_string();
    let (source, program, archive) = (at("pause.c"), at("pause"), at("pause.tar"));
    std::fs::write(&source, SOURCE).expect("a file");
    run("musl-gcc", &["-static", "-Os", "-o", &program, &source]).expect();
    // With a storage of its own, which goes with the folder.
    let (root, runs) = (at("buildah"), at("buildah-run"));
    let storage = ["--storage-driver", "vfs", "--root", &root, "--runroot", &runs];
    let buildah = |words: &[&str]| run("buildah", &[&storage[..], words].concat()).expect();
    let container = buildah(&["from", "scratch"]).trim().to_owned();
    buildah(&["copy", "--chmod", "755", &container, &program, "/pause"]);
    buildah(&["config", "--entrypoint", r#"["/pause"]"#, &container]);
    buildah(&["commit", "--rm", &container, PAUSE]);
    buildah(&["push", PAUSE, &format!("docker-archive:{archive}:{PAUSE}")]);
    PathBuf::from(archive)
}

/// Gives an archive to the containerd that listens on `socket`.
pub fn import(socket: &str, archive: &Path) {
    let archive = archive.display().to_string();
    run("ctr", &["-a", socket, "-n", "k8s.io", "images", "import", &archive]).expect();
}
