//! What is held of it by examples.

use super::*;

#[test]
fn what_http_carries_a_credential_in_is_found_in_text() {
    assert!(BEGINNINGS.is_ok(), "the search can be made");
    for text in [
        "Bearer hunter2",
        "Bearer correct-horse",
        "Bearer 0123456789abcdef and more",
        "bearer 0123456789abcdef",
        "Basic YXBwOmh1bnRlcjI=",
        "basic YTpi",
        "Basic 0123456789abcdef",
        "curl -H 'Authorization: Bearer hunter2' http://a",
        "curl -H \"authorization: bearer hunter2\" http://a",
        "curl -H \"Authorization: Token hunter2\" http://a",
        "curl -H 'Authorization: hunter2' http://a",
        "curl -HX-Api-Key: hunter2",
        "wget --header=\"X-Api-Key: correct-horse\" http://a",
        "wget --header \\\"PRIVATE-TOKEN: hunter2\\\" http://a",
        "X-Vault-Token: hunter2",
        "Cookie: session=hunter2",
        "Proxy-Authorization: Basic hunter2",
        "Authorization=Basic%20YXBwOmh1bnRlcjI=,x=y",
        "--authorization=Bearer hunter2",
        "{\"Authorization\": \"hunter2\"}",
        "{\"auth\":\"Bearer hunter2\"}",
        "proxy_set_header Authorization \"Token hunter2\";",
        "Authorization: Digest username=\"app\", realm=\"x\"",
        "Authorization: Token token=\"hunter2\"",
    ] {
        assert!(holds_header(text), "{text}");
    }
}

#[test]
fn references_and_words_about_credentials_are_no_credentials() {
    for text in [
        "Bearer $(TOKEN)",
        "Bearer token",
        "Bearer only",
        "bearer correct",
        "The Bearer of this",
        "Basic plan",
        "Basic authentication",
        "basic authentication/authorization",
        "Basic realm=x",
        "curl -H \"Authorization: Bearer $token\" http://a",
        "curl -H \"Authorization: Bearer $(cat /run/token | tr -d x)\" http://a",
        "curl -H \"Authorization: Bearer `cat /run/token`\" http://a",
        "curl -H 'Authorization: Bearer '\"$TOKEN\"'' http://a",
        "curl -H \"Authorization: $auth\" http://a",
        "curl -H \"X-Api-Key: ${KEY}\" http://a",
        "curl -H \"X-Api-Key: $key\" http://a",
        "curl -H \"Authorization: Token token=\"$TOKEN http://a",
        "'Authorization: Bearer ' + token",
        "f'Authorization: Bearer {token}'",
        "'Authorization: Bearer %s' % token",
        "Authorization: Bearer <token>",
        "Authorization: enabled",
        "security:\n  authorization: rbac-for-all",
        "--authorization-mode=Node,RBAC",
        "authorization=RBAC",
        "my-secret:1.0.0",
        "the api-key: of whoever asks",
        "Content-Type: application/json",
        "Cookie: lang=en",
        "Cookie: shop_session-id=x-liveness-probe",
    ] {
        assert!(!holds_header(text), "{text}");
    }
}

#[test]
fn a_variable_for_a_header_holds_its_scheme_too() {
    assert!(is_header_variable("UPSTREAM_AUTH", "Token hunter2"));
    assert!(is_header_variable("AUTHORIZATION", "ApiKey correct-horse"));
    assert!(!is_header_variable("AUTHORIZATION", "RBAC"));
    assert!(!is_header_variable("AUTH_HEADER", "Token $(TOKEN)"));
    assert!(!is_header_variable("MOTTO", "Token of love"));
}
