//! Text and structure that were made to break readers: nesting, half characters, odd numbers.

use serde_json::json;
use support::edit;
use support::review::{Review, UID, create};

use crate::fixture::{Webhook, ask, fault, good, good_pod};

/// A review of the good Pod with JSON, or what passes for it, at one place.
fn planted(place: &str, text: &str) -> String {
    let mut pod = good_pod();
    let pointer = match place {
        "unread" => "/spec/overhead",
        "status" => "/status",
        "label" => "/metadata/labels/app",
        "annotation" => {
            pod["metadata"]["annotations"] = json!({});
            "/metadata/annotations/note"
        }
        "image" => "/spec/containers/0/image",
        "containers" => "/spec/containers",
        "volume" => "/spec/volumes/0/emptyDir/unread",
        "cpu" => "/spec/containers/0/resources/limits/cpu",
        "spec" => "/spec",
        "object" => return Review::create(&pod).with_text("object", text).to_string(),
        other => panic!("{other}"),
    };
    let object = edit::planted(&pod, pointer, text);
    Review::create(&pod).with_text("object", &object).to_string()
}

fn is_allowed(body: impl AsRef<[u8]>) -> bool {
    let answer = ask(body).expect("a review");
    assert_eq!(answer.response.uid, UID);
    answer.response.allowed
}

fn lists(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

fn maps(levels: usize) -> String {
    "{\"a\":".repeat(levels) + "0" + &"}".repeat(levels)
}

#[test]
fn f14_nesting_in_a_field_that_nobody_reads_is_no_problem_up_to_the_api_servers_limit() {
    for nested in [lists, maps] {
        for levels in [1, 127, 128, 129, 200, 5_000, 9_990] {
            for place in ["unread", "status", "volume"] {
                assert!(is_allowed(planted(place, &nested(levels))), "{levels} in {place}");
            }
        }
    }
}

#[test]
fn f14_nesting_beyond_the_limit_is_denied_and_the_limit_is_named() {
    for nested in [lists, maps] {
        for levels in [10_000, 100_000, 1_000_000] {
            for place in ["unread", "status", "volume"] {
                let message = fault(planted(place, &nested(levels)));
                assert!(message.contains("10000 levels"), "{message}");
            }
        }
    }
}

#[test]
fn f14_nesting_in_place_of_what_is_read_is_denied() {
    for nested in [lists, maps] {
        for levels in [1, 127, 128, 200, 10_000, 1_000_000] {
            for place in ["label", "image", "cpu", "annotation"] {
                fault(planted(place, &nested(levels)));
            }
        }
    }
    for levels in [1, 127, 128, 200, 10_000, 1_000_000] {
        fault(planted("object", &lists(levels)));
        fault(planted("spec", &lists(levels)));
        fault(planted("containers", &maps(levels)));
    }
    // An object that is nothing but nesting holds no pod.
    assert!(is_allowed(planted("object", &maps(200))));
    assert!(is_allowed(planted("object", &maps(10_000))), "the object by itself is within bounds");
    fault(planted("object", &maps(10_001)));
}

#[test]
fn f14_nesting_that_never_closes_is_no_review_or_denied_with_its_uid() {
    for levels in [128, 10_000, 1_000_000] {
        for open in ["[", "{\"a\":"] {
            assert!(ask(open.repeat(levels)).is_err());
            let review = planted("unread", "7");
            let cut = review.split_once("\"overhead\":").unwrap().0;
            fault(format!("{cut}\"overhead\":{}", open.repeat(levels)));
        }
    }
}

#[tokio::test]
async fn f14_deep_nesting_is_answered_through_the_whole_stack() {
    let response = Webhook::production()
        .post("/validate", planted("unread", &maps(1_000_000)))
        .await
        .response();
    assert_eq!((&response["uid"], &response["allowed"]), (&json!(UID), &json!(false)));
}

#[test]
fn f15_odd_numbers_in_a_field_that_nobody_reads_are_no_problem() {
    let long = "9".repeat(400);
    let numbers = [
        "1e400",
        "-1e400",
        "-0",
        "-0.0",
        "9223372036854775808",
        "18446744073709551616",
        "0.30000000000000004",
        long.as_str(),
        "1e-400",
    ];
    for number in numbers {
        for place in ["unread", "status"] {
            assert!(is_allowed(planted(place, number)), "{number} in {place}");
        }
        for place in ["label", "image", "annotation", "spec", "containers", "object"] {
            fault(planted(place, number));
        }
    }
    for number in ["01", "+1", ".5", "1.", "1e", "NaN", "Infinity", "0x10", "1_000"] {
        for place in ["unread", "cpu"] {
            assert!(
                ask(planted(place, number)).map_or(true, |a| !a.response.allowed),
                "{number} in {place}"
            );
        }
    }
}

#[test]
fn f15_a_quantity_may_be_any_number_that_json_can_say() {
    for (number, allowed) in
        [("1", true), ("0.5", true), ("18446744073709551615", true), ("0", false), ("-1", false)]
    {
        assert_eq!(is_allowed(planted("cpu", number)), allowed, "{number}");
    }
    for number in ["1e400", "-1e400", &"9".repeat(400)] {
        let message = fault(planted("cpu", number));
        assert!(message.contains("resources.limits.cpu") && !message.contains(number), "{message}");
    }
}

#[test]
fn f16_half_a_character_is_refused_wherever_it_stands() {
    for half in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\uD83Dx""#,
        r#""\ud800\u0041""#,
        r#""\ud83d\ud83d\ude00""#,
        r#""\udfff\\""#,
        r#""\\\ud800\n""#,
    ] {
        for place in ["unread", "status", "volume", "label", "image", "annotation", "cpu"] {
            fault(planted(place, half));
        }
        let nested = format!("{}{half}{}", "[".repeat(200), "]".repeat(200));
        let behind_a_number = format!("[1e400,{half}]");
        let in_a_key = format!("{{{half}:0}}");
        for text in [nested, behind_a_number, in_a_key] {
            for place in ["unread", "status"] {
                fault(planted(place, &text));
            }
        }
    }
}

#[test]
fn f16_whole_characters_are_no_halves_however_they_are_written() {
    for whole in [
        r#""\ud83d\ude00""#,
        r#""\uD83D\uDE00""#,
        r#""C:\\ud800""#,
        r#""\\\\ud800""#,
        "\"😀\"",
        r#""\u0041\ud7ff\ue000""#,
    ] {
        for place in ["unread", "label", "annotation"] {
            assert!(is_allowed(planted(place, whole)), "{whole} in {place}");
        }
    }
}

/// Bytes that are no UTF-8.
const NO_TEXT: [&[u8]; 7] =
    [b"\xff", b"\xc0\x80", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\x80"];

/// A review with these bytes in place of the word MARK.
fn marked(review: &str, bytes: &[u8]) -> Vec<u8> {
    let at = review.find("MARK").expect("a mark");
    [&review.as_bytes()[..at], bytes, &review.as_bytes()[at + 4..]].concat()
}

#[test]
fn f135_bytes_that_are_no_text_are_refused_where_they_are_read_and_nobodys_business_elsewhere() {
    for piece in NO_TEXT {
        for place in ["unread", "status", "volume"] {
            for text in ["\"MARK\"", "\"aMARKb\"", "{\"MARK\":{\"fMARK\":0}}", "[[\"MARK\"]]"] {
                let body = marked(&planted(place, text), piece);
                assert!(is_allowed(&body), "{piece:x?} in {place}: {text}");
            }
        }
        for place in ["label", "image", "annotation", "cpu"] {
            fault(marked(&planted(place, "\"MARK\""), piece));
        }
        for place in ["spec", "object", "containers", "unread"] {
            fault(marked(&planted(place, "MARK"), piece));
        }
    }
}

#[test]
fn f135_bytes_that_are_no_text_let_in_nothing_that_is_refused_without_them() {
    let mut pod = good_pod();
    pod["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    pod["metadata"]["managedFields"] =
        json!([{"fieldsV1": {"f:metadata": {"f:MARK": {}}}, "manager": "kubectl"}]);
    let plain = ask(create(&pod)).unwrap();
    assert!(!plain.response.allowed && !plain.is_fault);
    for piece in NO_TEXT {
        let answer = ask(marked(&create(&pod), piece)).expect("the uid is readable");
        assert_eq!(answer.response, plain.response, "{piece:x?}");
        assert_eq!(answer.summary.user, "developer");
        assert_eq!(answer.summary.name, "api");
    }
}

#[test]
fn f135_in_the_frame_bytes_that_are_no_text_end_in_a_denial_or_in_no_review() {
    let review = create(&good());
    for piece in NO_TEXT {
        for (at, _) in review.char_indices() {
            let body = [&review.as_bytes()[..at], piece, &review.as_bytes()[at..]].concat();
            let uid_end = review.find(UID).unwrap() + UID.len();
            match ask(&body) {
                Ok(answer) if answer.response.allowed => {
                    // In what nobody reads: it is let in without the bytes as well.
                    let repaired = ask(String::from_utf8_lossy(&body).as_bytes());
                    assert!(repaired.unwrap().response.allowed, "{}", &review[..at]);
                }
                Ok(answer) => assert!(answer.is_fault && answer.response.uid == UID),
                Err(_) => assert!(at <= uid_end + 1, "{}", &review[..at]),
            }
        }
    }
    let bom = [b"\xef\xbb\xbf".as_slice(), review.as_bytes()].concat();
    assert!(ask(&bom).is_err(), "a byte order mark");
    for wide in [0xfe_u8, 0xff] {
        let utf16: Vec<u8> = review.bytes().flat_map(|b| [b, 0]).collect();
        assert!(ask([&[wide, wide ^ 1], utf16.as_slice()].concat()).is_err(), "UTF-16");
    }
}

#[test]
fn f16_a_control_character_is_no_text_unless_it_is_escaped() {
    for control in ["\0", "\n", "\u{1f}"] {
        for place in ["unread", "label", "image"] {
            let body = planted(place, &format!("\"a{control}b\""));
            assert!(
                ask(&body).map_or(true, |answer| !answer.response.allowed),
                "{control:?} in {place}"
            );
        }
    }
    assert!(is_allowed(planted("unread", r#""a\u0000b""#)), "not ours to judge");
    for place in ["label", "image", "annotation"] {
        fault(planted(place, r#""a\u0000b""#));
    }
}

#[test]
fn f16_line_separators_are_text_and_never_reach_a_message() {
    assert!(is_allowed(planted("annotation", "\"a\u{2028}b\u{2029}c\"")));
    let answer = ask(planted("image", "\"a\u{2028}b:latest\"")).unwrap();
    let message = answer.response.status.expect("a denial").message;
    assert!(!message.contains('\u{2028}') && message.contains("\\u{2028}"), "{message}");
}

#[test]
fn json_that_is_almost_json_is_refused() {
    for almost in [
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "{\"a\":1,}",
        "/* */ 1",
        "1 // x",
        "undefined",
        "True",
        "\"a",
        "\"\\x41\"",
        "\"\\u12\"",
    ] {
        for place in ["unread", "label"] {
            let body = planted(place, almost);
            assert!(
                ask(&body).map_or(true, |answer| !answer.response.allowed),
                "{almost} in {place}"
            );
        }
    }
    let mut commented = create(&good());
    commented.push_str(" // the end");
    fault(&commented);
}
