//! What one writer can cost: whatever three megabytes hold, they are answered in bounded memory
//! (F-129, F-134).

use crate::https::{Connection, trusting};
use crate::plimsoll_process::Plimsoll;
use crate::program;
use crate::self_signed::authority;
use crate::shapes::{Fill, full, read_fields, steps};

fn review(operation: &str, object: &str, old: &str) -> String {
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"name":"api","namespace":"shop","operation":"{operation}","userInfo":{{"username":"developer"}},"object":{object},"oldObject":{old}}}}}"#
    )
}

/// What there may be much of, and each of which some rule has something to say about.
const MANY: [(&str, &str); 12] = [
    (".spec.containers[].securityContext.capabilities.add[]", "\"#\""),
    (".spec.containers[].env[].value", "\"eyJ://a:b@c\""),
    (".spec.containers[].env[].name", "\"A_PASSWORD\""),
    (".spec.containers[].args[]", "\"--password=#\""),
    (".spec.containers[].ports[].hostPort", "1"),
    (".spec.containers[].volumeMounts[].name", "\"v\""),
    (".spec.containers[].image", "\"nginx\""),
    (".spec.containers[].envFrom[].secretRef.name", "\"#\""),
    (".spec.volumes[].hostPath.path", "\"/#\""),
    (".spec.securityContext.sysctls[].name", "\"#\""),
    (".spec.containers[]", "{}"),
    (".metadata.annotations{}", "\"unconfined\""),
];

#[test]
fn f134_whatever_three_megabytes_hold_takes_bounded_memory() {
    let base = full(&read_fields(), "x_PASSWORD");
    let server = Plimsoll::serve(program(), &["--self-signed", "--leave-seconds", "0"]);
    let client = trusting(&authority(&server));
    let mut connection = Connection::open(server.webhook, &client).unwrap();
    let mut ended = 0;
    let mut ask = |what: &str, body: &str| {
        // The highest so far is that of now.
        std::fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
        let before = server.status("VmRSS:");
        let reply = connection.post("/validate?timeout=30s", body.as_bytes()).unwrap().json();
        let grown = server.status("VmHWM:").saturating_sub(before);
        assert_eq!(reply["response"]["uid"], "u", "{what}");
        let message = reply["response"]["status"]["message"].as_str().unwrap_or_default();
        ended += usize::from(message.contains("the review ended at 1000 failures"));
        assert!(grown < 96 << 10, "{what} takes {} MiB", grown >> 10);
    };
    for (path, leaf) in MANY {
        let steps = steps(path);
        for is_bare in [true, false] {
            let fill = |first| Fill {
                steps: &steps,
                leaf,
                key: "container.apparmor.security.beta.kubernetes.io/#",
                first,
                is_bare,
                widths: (46, 16_000),
            };
            let body = review("CREATE", &fill(1).of_size(&base, 2_900_000), "null");
            ask(&format!("{path} {is_bare}"), &body);
            let new = fill(100_000).of_size(&base, 1_450_000);
            let old = fill(500_000).of_size(&base, 1_450_000);
            ask(&format!("an update of {path} {is_bare}"), &review("UPDATE", &new, &old));
        }
    }
    assert!(ended > 10, "{ended}");
}
