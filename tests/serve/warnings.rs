//! F-50: warnings as the API server passes them on.

use serde_json::Value;
use support::review::create;

use crate::answers::{assert_fit, many_containers};
use crate::fixture::{ask_under, bad, spec};

/// The `Warning` headers that the API server's recorder makes of these warnings, by its own rules
/// (`AddWarning` in `endpoints/filters/warning.go`, `NewWarningHeader` in `util/net/http.go`).
pub fn recorded(warnings: &[&str]) -> Vec<String> {
    const TOTAL: usize = 4_096;
    const ITEM: usize = 256;
    let header = |text: &str| (!text.chars().any(char::is_control)).then(|| text.to_owned());
    let cut = |text: &str| text.chars().take(ITEM).collect::<String>();
    let (mut headers, mut ordered) = (Vec::new(), Vec::new());
    let (mut written, mut truncating) = (0, false);
    for &warning in warnings {
        if warning.is_empty() || written >= TOTAL && truncating || ordered.contains(&warning) {
            continue;
        }
        ordered.push(warning);
        let text = if truncating { cut(warning) } else { warning.to_owned() };
        let Some(text) = header(&text) else { continue };
        let runes = text.chars().count();
        if written + runes <= TOTAL || truncating {
            written += runes;
            headers.push(text);
            continue;
        }
        truncating = true;
        headers = ordered.iter().filter_map(|text| header(&cut(text))).collect();
        written = headers.iter().map(|text| text.chars().count()).sum();
    }
    headers
}

#[test]
fn the_recorders_rules_are_those_of_the_api_server() {
    assert_eq!(recorded(&["a", "a", "b\n", "", "c\u{85}"]), ["a"]);
    let long = "é".repeat(300);
    assert_eq!(recorded(&[&long]), [long.as_str()], "alone it is passed on whole");
    let others: Vec<String> = (0..40).map(|i| format!("{i:02}{long}")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let passed = recorded(&others);
    assert_eq!(passed.len(), 16);
    assert!(passed.iter().all(|w| w.chars().count() == 256));
}

#[test]
fn f50_hundreds_of_warnings_are_cut_to_what_the_api_server_passes_on() {
    let policy =
        spec("{mode: warn, rules: {resource-limits: {}, image-tag: {}, run-as-non-root: {}}}");
    for (count, name) in [(1, "a"), (500, "a"), (500, "\n\t\u{1b}"), (100, &"é".repeat(5_000))] {
        let answer = ask_under(&policy, create(&many_containers(count, name))).unwrap();
        assert!(answer.response.allowed);
        let response = serde_json::to_value(&answer.response).unwrap();
        assert_fit(&response);
        let warnings = &answer.response.warnings;
        let runes: usize = warnings.iter().map(|w| w.chars().count()).sum();
        assert!(runes <= 2_500, "{runes} characters leave too little to other webhooks");
        assert!(warnings.iter().all(|w| w.chars().count() <= 256));
        let total = answer.verdict.warnings().count();
        if count > 1 {
            let last = warnings.last().unwrap();
            let shown = warnings.len() - 1;
            assert!(last.starts_with(&format!("{} more warnings", total - shown)), "{last}");
        } else {
            assert_eq!(warnings.len(), total);
        }
    }
}

#[test]
fn f50_the_worst_warning_comes_first() {
    let policy = spec(
        "{mode: warn, rules: {image-tag: {}, secret-literals: {}, liveness-probe: {}, privileged: {}}}",
    );
    let mut object = bad();
    let container = &mut object["spec"]["template"]["spec"]["containers"][0];
    container["image"] = "a:latest".into();
    container["livenessProbe"] = Value::Null;
    let answer = ask_under(&policy, create(&object)).unwrap();
    let rules: Vec<&str> =
        answer.response.warnings.iter().filter_map(|w| w.split(':').next()).collect();
    assert_eq!(rules, ["secret-literals", "image-tag", "liveness-probe"]);
}
