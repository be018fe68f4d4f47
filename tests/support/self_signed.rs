//! A server with a throw-away certificate, and the authority it prints.

use std::path::Path;
use std::process::Command;

use crate::plimsoll_process::Plimsoll;

/// Starts `plimsoll serve --self-signed` with the built-in policy; returns the authority as well.
pub fn serve(program: &Path) -> (Plimsoll, String) {
    let mut command = Command::new(program);
    command.args(["serve", "--self-signed", "--listen", "127.0.0.1:0"]);
    command.args(["--admin-listen", "127.0.0.1:0", "--leave-seconds", "0"]);
    let server = Plimsoll::start(&mut command);
    let authority = authority(&server.output());
    (server, authority)
}

/// The authority's certificate in the comment above the printed configuration.
pub fn authority(output: &str) -> String {
    let lines = output.lines().filter_map(|line| line.strip_prefix("# "));
    let from = lines.skip_while(|line| !line.starts_with("-----BEGIN"));
    let mut pem: String = String::new();
    for line in from {
        pem += line;
        pem += "\n";
        if line.starts_with("-----END") {
            break;
        }
    }
    pem
}

/// The printed configuration without the log lines around it.
pub fn configuration(output: &str) -> String {
    let lines = output.lines().filter(|line| !line.starts_with('{') && !line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}
