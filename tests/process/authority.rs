//! The printed configuration holds certificates, whatever file is named as the authority.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::edit::replaced;
use support::pki::Authority;
use support::scratch::Scratch;

use crate::program;

struct Printed {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Prints the configuration with these flags; it must end by itself.
fn print(flags: &[&str], folder: &Path) -> Printed {
    let mut child = Command::new(program())
        .args(["serve", "--print-webhook-configuration", "https://a.example/validate"])
        .args(flags)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("{flags:?} never ends");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Printed {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// F-140.
#[test]
fn nothing_but_certificates_is_taken_for_an_authority() {
    let folder = Scratch::new();
    let authority = Authority::new();
    let pair = authority.sign(1, Duration::from_hours(1));
    let pem = authority.pem();
    folder.write("tls.crt", &pair.certificate);
    folder.write("tls.key", &pair.key);
    folder.write("README", "-- Certificates are made by the platform team.\n");
    folder.write("empty", "");
    folder.write("both", &format!("{pem}{}", pair.key));
    folder.write("key-first", &format!("{}{pem}", pair.key));
    folder.write("cut", &pem[..pem.len() / 2]);
    folder.write("second-cut", &format!("{pem}{}", &pem[..pem.len() / 2]));
    folder.write("renamed", &replaced(&pair.key, "PRIVATE KEY", "CERTIFICATE", 2));
    folder.write("request", &replaced(&pem, "CERTIFICATE", "CERTIFICATE REQUEST", 2));
    folder.write("trusted", &replaced(&pem, "CERTIFICATE", "TRUSTED CERTIFICATE", 2));
    folder.write("garbled", &pem.replacen('M', "!", 3));
    folder.write("large", &" ".repeat(2 << 20));
    std::fs::write(folder.path().join("binary"), [0xff, 0xfe, 0x30, 0x82]).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let secret = pair.key.lines().nth(1).unwrap();
    for name in [
        "tls.key",
        "README",
        "empty",
        "both",
        "key-first",
        "cut",
        "second-cut",
        "renamed",
        "request",
        "trusted",
        "garbled",
        "large",
        "binary",
        "folder",
        "pipe",
        "missing",
        "/dev/zero",
    ] {
        let flags = ["--tls-cert", "tls.crt", "--tls-key", "tls.key", "--tls-ca", name];
        let printed = print(&flags, folder.path());
        assert_eq!((printed.code, printed.stdout.as_str()), (2, ""), "{name}");
        let said = printed.stderr;
        assert!(said.contains(&format!("`{name}`")), "{name}: {said}");
        assert!(!said.contains(secret) && !said.contains("BEGIN"), "{name}: {said}");
    }
    // The same where the certificate stands in for the authority.
    for name in ["both", "key-first", "README"] {
        let flags = ["--tls-cert", name, "--tls-key", "tls.key"];
        let printed = print(&flags, folder.path());
        assert_eq!((printed.code, printed.stdout.as_str()), (2, ""), "{name}");
    }
}

#[test]
fn of_a_bundle_the_certificates_are_printed_and_what_stands_between_is_not() {
    let folder = Scratch::new();
    let (old, new) = (Authority::new().pem(), Authority::new().pem());
    let windows = new.replace('\n', "\r\n");
    folder
        .write("ca.crt", &format!("# kept in the safe: hunter2\n{old}\nBag Attributes\n{windows}"));
    let flags = ["--tls-cert", "tls.crt", "--tls-key", "tls.key", "--tls-ca", "ca.crt"];
    let printed = print(&flags, folder.path());
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(!printed.stdout.contains("hunter2") && !printed.stdout.contains("Bag"));
    let commented =
        |pem: &str| pem.trim_end().lines().map(|l| format!("# {l}\n")).collect::<String>();
    for pem in [old, new] {
        assert!(printed.stdout.contains(&commented(&pem)), "{}", printed.stdout);
    }
    assert!(printed.stdout.contains("caBundle: "));
}
