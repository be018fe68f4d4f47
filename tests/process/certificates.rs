//! Certificates come, go and break while requests keep being answered (F-52 to F-56).

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use rcgen::{BasicConstraints, CustomExtension, ExtendedKeyUsagePurpose, IsCa, SanType};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use support::https::{Connection, get, trusting};
use support::pki::{Authority, Pair, mount};
use support::plimsoll_process::Plimsoll;
use support::review;
use support::scratch::Scratch;

use crate::{deployment, program};

const HOUR: Duration = Duration::from_hours(1);

fn serve(folder: &Scratch) -> Plimsoll {
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("tls.crt"), file("tls.key"));
    let flags = [
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--tls-poll-seconds",
        "1",
        "--leave-seconds",
        "0",
    ];
    Plimsoll::serve(program(), &flags)
}

/// Waits until a new handshake is answered by a server that `authority` vouches for.
fn wait_for(server: &Plimsoll, authority: &Authority) {
    let client = trusting(&authority.pem());
    let end = Instant::now() + Duration::from_secs(10);
    while Connection::open(server.webhook, &client).is_err() {
        assert!(Instant::now() < end, "the new certificate is never served:\n{}", server.output());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// F-52, F-53.
#[test]
fn three_swaps_of_the_kubelets_link_are_each_picked_up_and_no_request_is_lost() {
    let folder = Scratch::new();
    let authorities: Vec<Authority> = (0..4).map(|_| Authority::new()).collect();
    mount(folder.path(), 0, &authorities[0].sign(1, HOUR)).unwrap();
    let server = serve(&folder);
    let body = review::create(&deployment("good.yaml"));
    // A connection that was there before every swap goes on.
    let mut kept = Connection::open(server.webhook, &trusting(&authorities[0].pem())).unwrap();
    for (generation, authority) in authorities.iter().enumerate().skip(1) {
        mount(folder.path(), u32::try_from(generation).unwrap(), &authority.sign(2, HOUR)).unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        let client = trusting(&authority.pem());
        let old = trusting(&authorities[generation - 1].pem());
        loop {
            assert_eq!(kept.post("/validate", body.as_bytes()).unwrap().status, 200);
            // At every instant either the old or the new one is served.
            let connected = Connection::open(server.webhook, &client);
            let Ok(mut fresh) = connected.or_else(|_| Connection::open(server.webhook, &old))
            else {
                assert!(Connection::open(server.webhook, &client).is_ok(), "neither is served");
                break;
            };
            assert_eq!(fresh.post("/validate", body.as_bytes()).unwrap().status, 200);
            if Connection::open(server.webhook, &client).is_ok() {
                break;
            }
            assert!(Instant::now() < end, "swap {generation} is not picked up");
        }
    }
}

/// F-54, F-55.
#[test]
fn a_torn_or_broken_pair_is_not_taken_and_the_old_one_is_served_on() {
    let folder = Scratch::new();
    let (old, new) = (Authority::new(), Authority::new());
    let first = old.sign(1, HOUR);
    folder.write("tls.crt", &first.certificate);
    folder.write("tls.key", &first.key);
    let server = serve(&folder);
    let second = new.sign(2, HOUR);
    let broken: [(&str, &str); 4] = [
        (&second.certificate, &first.key),
        (&first.certificate, &second.key),
        ("garbage", &first.key),
        ("", ""),
    ];
    for (certificate, key) in broken {
        folder.write("tls.crt", certificate);
        folder.write("tls.key", key);
        std::thread::sleep(Duration::from_millis(1_300));
        Connection::open(server.webhook, &trusting(&old.pem())).expect("the old pair");
        assert_eq!(get(server.admin, "/readyz").unwrap().0, 200);
    }
    fs::remove_file(folder.path().join("tls.key")).unwrap();
    std::thread::sleep(Duration::from_millis(1_300));
    Connection::open(server.webhook, &trusting(&old.pem())).expect("the old pair");
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    assert!(!metrics.contains("plimsoll_certificate_rejections_total 0"), "{metrics}");
    folder.write("tls.crt", &second.certificate);
    folder.write("tls.key", &second.key);
    wait_for(&server, &new);
}

/// F-56.
#[test]
fn a_certificate_that_runs_out_makes_the_server_not_ready() {
    let folder = Scratch::new();
    let authority = Authority::new();
    mount(folder.path(), 0, &authority.sign(1, Duration::from_secs(4))).unwrap();
    let server = serve(&folder);
    assert_eq!(get(server.admin, "/readyz").unwrap().0, 200);
    let end = Instant::now() + Duration::from_secs(10);
    while get(server.admin, "/readyz").unwrap().0 != 503 {
        assert!(Instant::now() < end, "still ready");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(get(server.admin, "/livez").unwrap().0, 200);
    mount(folder.path(), 1, &authority.sign(2, HOUR)).unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while get(server.admin, "/readyz").unwrap().0 != 200 {
        assert!(Instant::now() < end, "the new certificate does not help");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Pairs that no client would take, or not now, each with a piece of the reason.
fn bad_pairs(authority: &Authority) -> Vec<(Pair, &'static str)> {
    let good = authority.sign(1, HOUR);
    let mail = SanType::Rfc822Name("ops@shop.example".try_into().unwrap());
    let uri = SanType::URI("spiffe://shop.example/plimsoll".try_into().unwrap());
    let named =
        |name: SanType| authority.sign_altered(|params| params.subject_alt_names = vec![name]);
    let used = |usage| authority.sign_altered(|params| params.extended_key_usages = vec![usage]);
    let mixed = Pair { key: authority.sign(2, HOUR).key, ..good.clone() };
    let wrong_way = Pair { certificate: authority.pem() + &good.certificate, ..good.clone() };
    let critical = authority.sign_altered(|params| {
        let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4, 5], vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions = vec![unknown];
    });
    let tomorrow = authority.sign_altered(|params| {
        params.not_before = (SystemTime::now() + 24 * HOUR).into();
        params.not_after = (SystemTime::now() + 48 * HOUR).into();
    });
    vec![
        (authority.sign_expired(), "has expired; renew it"),
        (tomorrow, "is not valid yet"),
        (authority.sign_nameless(), "subject alternative name"),
        (named(mail), "names no host"),
        (named(uri), "names no host"),
        (named(SanType::DnsName("not a host".try_into().unwrap())), "names no host"),
        (used(ExtendedKeyUsagePurpose::ClientAuth), "is not for servers"),
        (used(ExtendedKeyUsagePurpose::CodeSigning), "is not for servers"),
        (critical, "critical extension"),
        (mixed, "do not fit together"),
        (wrong_way, "names no host"),
        (Pair { certificate: String::new(), ..good.clone() }, "no certificate in PEM form"),
        (Pair { key: "x".to_owned(), ..good }, "no private key in PEM form"),
    ]
}

/// F-140.
#[test]
fn f56_a_certificate_that_no_client_would_take_is_refused_at_the_start_with_the_reason() {
    for (pair, reason) in bad_pairs(&Authority::new()) {
        let folder = Scratch::new();
        folder.write("tls.crt", &pair.certificate);
        folder.write("tls.key", &pair.key);
        let output = std::process::Command::new(program())
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .args(["--tls-cert", "tls.crt", "--tls-key", "tls.key"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reason}: {said}");
        assert!(said.contains(reason) && !said.contains("PRIVATE"), "{reason}: {said}");
    }
}

#[test]
fn f56_a_certificate_that_no_client_would_take_does_not_replace_a_good_one() {
    let folder = Scratch::new();
    let (old, new) = (Authority::new(), Authority::new());
    mount(folder.path(), 0, &old.sign(1, HOUR)).unwrap();
    let server = serve(&folder);
    let client = trusting(&old.pem());
    for (generation, (pair, reason)) in (1..).zip(bad_pairs(&new)) {
        mount(folder.path(), generation, &pair).unwrap();
        let end = Instant::now() + Duration::from_secs(15);
        while !server.output().contains(reason) {
            assert!(Instant::now() < end, "nobody says `{reason}`:\n{}", server.output());
            std::thread::sleep(Duration::from_millis(50));
        }
        Connection::open(server.webhook, &client).expect("the old pair");
        assert_eq!(get(server.admin, "/readyz").unwrap().0, 200, "{reason}");
    }
    let (_, metrics) = get(server.admin, "/metrics").unwrap();
    assert!(!metrics.contains("plimsoll_certificate_rejections_total 0"), "{metrics}");
    assert!(!server.output().contains("PRIVATE"));
}

#[test]
fn f56_a_certificate_whose_day_has_not_come_is_taken_when_it_comes() {
    let folder = Scratch::new();
    let (old, new) = (Authority::new(), Authority::new());
    mount(folder.path(), 0, &old.sign(1, HOUR)).unwrap();
    let server = serve(&folder);
    let soon = new.sign_altered(|params| {
        params.not_before = (SystemTime::now() + Duration::from_secs(5)).into();
    });
    mount(folder.path(), 1, &soon).unwrap();
    let end = Instant::now() + Duration::from_secs(15);
    while !server.output().contains("is not valid yet") {
        assert!(Instant::now() < end, "{}", server.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    Connection::open(server.webhook, &trusting(&old.pem())).expect("the old pair");
    // Nothing about the files changes any more.
    wait_for(&server, &new);
}

#[test]
fn f58_certificates_that_a_client_would_take_are_served_whatever_else_they_say() {
    let authority = Authority::new();
    let server_and_more =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    let any = vec![ExtendedKeyUsagePurpose::Any];
    let mail = SanType::Rfc822Name("ops@shop.example".try_into().unwrap());
    let pairs = [
        authority.sign_altered(|params| params.extended_key_usages = server_and_more),
        authority.sign_altered(|params| params.extended_key_usages = any),
        authority.sign_altered(|params| params.subject_alt_names.insert(0, mail)),
        authority.sign_altered(|params| {
            let name = SanType::DnsName("*.shop.svc".try_into().unwrap());
            params.subject_alt_names.insert(0, name);
        }),
        // As `openssl req -x509` makes it.
        authority.sign_altered(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
    ];
    for (index, pair) in pairs.iter().enumerate() {
        let folder = Scratch::new();
        mount(folder.path(), 0, pair).unwrap();
        let server = serve(&folder);
        assert_eq!(get(server.admin, "/readyz").unwrap().0, 200, "{index}");
    }
}

/// F-141.
#[test]
fn f55_a_pipe_in_place_of_a_file_of_the_pair_holds_up_neither_the_old_pair_nor_the_end() {
    let folder = Scratch::new();
    let authority = Authority::new();
    let pair = authority.sign(1, HOUR);
    let certificate = folder.write("tls.crt", &pair.certificate);
    folder.write("tls.key", &pair.key);
    let mut server = serve(&folder);
    fs::remove_file(&certificate).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&certificate).status().unwrap().success());
    let end = Instant::now() + Duration::from_secs(15);
    while !server.output().contains("is not a file") {
        assert!(Instant::now() < end, "{}", server.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    Connection::open(server.webhook, &trusting(&authority.pem())).expect("the old pair");
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(15)).and_then(|s| s.code()), Some(0));
    // At the start it is refused.
    let output = std::process::Command::new("timeout")
        .args(["--signal", "KILL", "15"])
        .arg(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--tls-cert"])
        .arg(&certificate)
        .arg("--tls-key")
        .arg(folder.path().join("tls.key"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_throw_away_certificate_is_dated_back_five_minutes() {
    let made = plimsoll::serve::self_signed::make(&["127.0.0.1".to_owned()]).unwrap();
    let made_at = jiff::Timestamp::now().as_second();
    for pem in [made.pair.certificate, made.authority.into_bytes()] {
        let der = CertificateDer::from_pem_slice(&pem).unwrap();
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        let back = made_at - certificate.validity().not_before.timestamp();
        assert!((295..=400).contains(&back), "{back} s");
    }
}

/// F-23, F-59.
#[test]
fn http_2_is_not_offered_and_old_tls_is_refused() {
    let (server, authority) = support::self_signed::serve(program());
    let trusting = trusting(&authority);
    let mut only_h2 = (*trusting).clone();
    only_h2.alpn_protocols = vec![b"h2".to_vec()];
    assert!(Connection::open(server.webhook, &std::sync::Arc::new(only_h2)).is_err());
    // A ClientHello of TLS 1.1: rustls cannot even make one, so it is written out.
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    let mut socket = std::net::TcpStream::connect(server.webhook).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    std::io::Write::write_all(&mut socket, &hello).unwrap();
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut socket, &mut answer);
    assert_eq!(answer.first(), Some(&0x15), "an alert, not a handshake: {answer:?}");
}
