//! The certificate is made once, renewed, and restored, and at no instant does what is registered
//! distrust what is served (F-57).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan};
use plimsoll::cluster::certificates::{Authority, PemPair};
use serde_json::{Value, json};
use support::https::Connection;

use super::{GOOD, QUICK, World};
use crate::kubectl::wait_until;

/// How long an authority is registered here before it signs.
const SETTLE: Duration = Duration::from_secs(2);

const DAY: Duration = Duration::from_hours(24);

/// The host by which the API server calls in these tests.
fn hosts() -> Vec<String> {
    vec!["127.0.0.1".to_owned()]
}

/// A Secret as the server writes it.
fn secret(authority: &Authority, pair: &PemPair) -> String {
    let data = |bytes: &[u8]| STANDARD.encode(bytes);
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": "certificate", "namespace": "plimsoll"},
        "data": {
            "tls.crt": data(&pair.certificate), "tls.key": data(&pair.key),
            "ca.crt": data(authority.certificate.as_bytes()),
            "authority.crt": data(authority.certificate.as_bytes()),
            "authority.key": data(authority.key.as_bytes()),
        },
    })
    .to_string()
}

impl World {
    fn secret(&self) -> Option<Value> {
        let output =
            self.cluster.kubectl(&["get", "secret", "certificate", "-n", "plimsoll", "-o", "json"]);
        output.success().then(|| output.json()["data"].clone())
    }

    /// The authority that signs.
    fn authority(&self) -> Option<String> {
        Some(self.secret()?["authority.crt"].as_str()?.to_owned())
    }

    /// Until `is_so`: at every look a client that trusts what is registered is answered by every
    /// replica, whatever becomes of the certificate meanwhile; how long that took.
    fn trusted_until(&self, what: &str, is_so: impl Fn() -> bool) -> Duration {
        let start = Instant::now();
        let end = start + Duration::from_mins(1);
        while !is_so() {
            assert!(Instant::now() < end, "in vain: {what}\n{}\n{}", self.events(), self.output());
            let client = self.client().expect("it is registered");
            for replica in &self.replicas {
                let opened = Connection::open(replica.webhook, &client);
                assert!(opened.is_ok(), "{what}: {:?}\n{}", opened.err(), self.output());
            }
        }
        start.elapsed()
    }

    /// How many authorities are registered.
    fn registered_authorities(&self) -> usize {
        let live = self.live().unwrap();
        let bundle = live["webhooks"][0]["clientConfig"]["caBundle"].as_str().unwrap().to_owned();
        let pem = String::from_utf8(STANDARD.decode(bundle).unwrap()).unwrap();
        pem.matches("BEGIN CERTIFICATE").count()
    }
}

/// F-57.
#[test]
fn two_replicas_make_one_authority_and_restore_it_without_a_moment_of_distrust() {
    let mut world = World::new();
    world.start(&QUICK);
    world.start(&QUICK);
    world.wait_for_registration();
    wait_until("both are ready", || {
        world.replicas.iter().all(|r| support::https::get(r.admin, "/readyz").unwrap().0 == 200)
    });
    let made = world.events().matches("CertificateMade").count();
    assert_eq!(made, 1, "{}", world.events());
    let first = world.authority().unwrap();
    world.trusted_until("a look", || world.registered_authorities() == 1);

    // The authority is deleted.
    world.kubectl(&["delete", "secret", "certificate", "-n", "plimsoll"]);
    let took = world.trusted_until("a new authority signs", || {
        world.authority().is_some_and(|authority| authority != first)
    });
    assert!(took >= SETTLE, "the old one goes on until the new one is known everywhere: {took:?}");
    world.trusted_until("the old authority is forgotten", || world.registered_authorities() == 1);
    let events = world.events();
    for reason in ["CertificateRestored", "AuthorityTakenIn"] {
        assert_eq!(events.matches(reason).count(), 1, "{events}");
    }

    // Somebody writes nonsense into it.
    let second = world.authority().unwrap();
    let nonsense = r#"{"data":{"authority.key":"bm9uc2Vuc2U="}}"#;
    world.kubectl(&["patch", "secret", "certificate", "-n", "plimsoll", "-p", nonsense]);
    world.trusted_until("it is restored and renewed", || {
        world.authority().is_some_and(|authority| authority != second)
            && world.registered_authorities() == 1
    });

    // Somebody writes another pair into it, which is whole.
    let authority = Authority::make(Timestamp::now(), DAY).unwrap();
    let pair = authority.issue(&hosts(), Timestamp::now(), DAY).unwrap();
    let applied = world.cluster.kubectl_stdin(&["replace", "-f", "-"], &secret(&authority, &pair));
    assert!(applied.success(), "{applied}");
    let mine = support::https::trusting(&authority.certificate);
    world.trusted_until("both serve it", || {
        world.replicas.iter().all(|r| Connection::open(r.webhook, &mine).is_ok())
    });
    assert!(world.try_out(GOOD).success());
}

/// F-57.
#[test]
fn certificates_and_authorities_are_renewed_in_their_time_and_trusted_all_the_while() {
    let mut world = World::new();
    // Seventeen seconds and half a minute.
    let short = ["--certificate-days", "0.0002", "--authority-days", "0.00035"];
    for _ in 0..2 {
        world.start(&[&QUICK[..], &short].concat());
    }
    world.wait_for_registration();
    wait_until("both are ready", || {
        world.replicas.iter().all(|r| support::https::get(r.admin, "/readyz").unwrap().0 == 200)
    });
    let reason = |reason: &str| world.events().matches(reason).count();
    world.trusted_until("the certificate is renewed", || reason("CertificateRenewed") > 0);
    world.trusted_until("a new authority is taken in", || reason("AuthorityTakenIn") > 0);
    assert!(world.metric(0, "plimsoll_authority_expiry_timestamp_seconds") > Some(0.0));
    assert!(world.try_out(GOOD).success());
}

/// F-56.
#[test]
fn a_certificate_that_has_run_out_in_the_secret_is_renewed_at_the_start() {
    let mut world = World::new();
    let authority = Authority::make(Timestamp::now() - 48.hours(), 100 * DAY).unwrap();
    let pair = authority.issue(&hosts(), Timestamp::now() - 48.hours(), DAY).unwrap();
    let made = world.cluster.kubectl_stdin(&["create", "-f", "-"], &secret(&authority, &pair));
    assert!(made.success(), "{made}");
    world.start(&["--authority-days", "100"]);
    world.wait_for_registration();
    world.wait_until_refused();
    world.wait_for_event("CertificateRenewed");
    let mine = support::https::trusting(&authority.certificate);
    assert!(Connection::open(world.replicas[0].webhook, &mine).is_ok(), "the authority stays");
}

/// F-57: files, as cert-manager or an operator writes them.
#[test]
fn a_pair_of_a_new_authority_in_files_is_served_once_it_is_registered() {
    let mut world = World::new();
    let folder = support::scratch::Scratch::new();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let write = |authority: &Authority| {
        let pair = authority.issue(&hosts(), Timestamp::now(), DAY).unwrap();
        std::fs::write(file("tls.key"), &pair.key).unwrap();
        std::fs::write(file("tls.crt"), &pair.certificate).unwrap();
        std::fs::write(file("ca.crt"), &authority.certificate).unwrap();
    };
    write(&Authority::make(Timestamp::now(), DAY).unwrap());
    let files = [file("tls.crt"), file("tls.key"), file("ca.crt")];
    let flags = ["--tls-cert", &files[0], "--tls-key", &files[1], "--tls-ca", &files[2]];
    let flags = [&QUICK[..], &flags, &["--tls-poll-seconds", "1"]].concat();
    world.start_with(&flags, support::control_plane::User::Admin);
    world.wait_for_registration();
    let second = Authority::make(Timestamp::now(), DAY).unwrap();
    write(&second);
    let mine = support::https::trusting(&second.certificate);
    let took = world.trusted_until("the new pair is served", || {
        Connection::open(world.replicas[0].webhook, &mine).is_ok()
    });
    assert!(took >= SETTLE, "not before it is known everywhere: {took:?}");
    world.trusted_until("the old authority is forgotten", || world.registered_authorities() == 1);
}

/// F-57: an operator changes where the certificate comes from, and one replica after the other
/// follows.
#[test]
fn a_replica_with_a_certificate_from_elsewhere_is_ready_once_what_is_registered_trusts_it() {
    let mut world = World::registered(&[]);
    world.wait_until_refused();
    let other = ["--tls-secret", "another-certificate"];
    world.start_with(&[&QUICK[..], &other].concat(), support::control_plane::User::Admin);
    let readiness = || support::https::get(world.replicas[1].admin, "/readyz").unwrap();
    assert_eq!(readiness().0, 503);
    wait_until("the new replica is ready", || readiness().0 == 200);
    let client = world.client().unwrap();
    for replica in &world.replicas {
        assert!(Connection::open(replica.webhook, &client).is_ok());
    }
    assert_eq!(world.registered_authorities(), 2);
    assert!(!world.events().contains("RegistrationMended"), "{}", world.events());
    // The old one goes, and the new one looks after all.
    let first = world.replicas.remove(0);
    world.put_in_front();
    first.stop();
    wait_until("the new one leads", || world.metric(0, "plimsoll_leader") == Some(1.0));
    world.wait_until_refused();
    wait_until("the old authority is forgotten", || world.registered_authorities() == 1);
    world.wait_until_refused();
}
