//! A server with a throw-away certificate, and the authority it prints.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::plimsoll_process::Plimsoll;

/// Starts `plimsoll serve --self-signed` with the built-in policy; returns the authority as well.
pub fn serve(program: &Path) -> (Plimsoll, String) {
    serve_by(program, Command::spawn)
}

/// The same, with another way to spawn.
pub fn serve_by(
    program: &Path,
    spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
) -> (Plimsoll, String) {
    serve_with(program, &[], spawn)
}

/// The same, with further flags.
pub fn serve_with(
    program: &Path,
    flags: &[&str],
    spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
) -> (Plimsoll, String) {
    let mut command = Command::new(program);
    command.args(["serve", "--self-signed", "--listen", "127.0.0.1:0"]).args(flags);
    command.args(["--admin-listen", "127.0.0.1:0", "--leave-seconds", "0"]);
    let server = Plimsoll::start_by(&mut command, spawn);
    let authority = authority(&server);
    (server, authority)
}

/// The authority's certificate, from the comment above the printed configuration.
pub fn authority(server: &Plimsoll) -> String {
    let output = whole_output(server);
    let lines = output.lines().filter_map(|line| line.strip_prefix("# "));
    let mut pem = String::new();
    for line in lines.skip_while(|line| !line.starts_with("-----BEGIN")) {
        pem += line;
        pem += "\n";
        if line.starts_with("-----END") {
            break;
        }
    }
    pem
}

/// The printed configuration without the log lines around it.
pub fn configuration(server: &Plimsoll) -> String {
    let output = whole_output(server);
    let lines = output.lines().filter(|line| !line.starts_with('{') && !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Standard output and the log come in side by side: waits for the last line of the former.
fn whole_output(server: &Plimsoll) -> String {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let output = server.output();
        // There may be another entry behind the first.
        std::thread::sleep(Duration::from_millis(20));
        if output.contains("timeoutSeconds:") && server.output() == output {
            return output;
        }
        assert!(Instant::now() < end, "no configuration is printed:\n{output}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
