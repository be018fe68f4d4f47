//! What switches debugging on, by variable or by argument.

use crate::text::{Characters, Letters, holds_any};

/// What a variable or an argument brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Debugging of the program.
    Debugging,
    /// A debugger that others can connect to.
    Debugger,
    /// An environment for development; where it is certain, what it is called in production.
    Development(Option<&'static str>),
    /// Logs of this level.
    Logs(Level),
}

/// How much is logged; more is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Warn,
    Info,
    Debug,
    Trace,
}

/// Words for levels.
const LEVELS: [(&str, Level); 14] = [
    ("trace", Level::Trace),
    ("tracing", Level::Trace),
    ("all", Level::Trace),
    ("finest", Level::Trace),
    ("finer", Level::Trace),
    ("silly", Level::Trace),
    ("debug", Level::Debug),
    ("fine", Level::Debug),
    ("verbose", Level::Debug),
    ("info", Level::Info),
    ("information", Level::Info),
    ("notice", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
];

/// Switches whose names do not say so by a word.
const SWITCHES: [&str; 5] = [
    "PYTHONDEVMODE",
    "PYTHONASYNCIODEBUG",
    "PHP_DISPLAY_ERRORS",
    "DISPLAY_ERRORS",
    "SQLALCHEMY_ECHO",
];

/// Variables that name an environment, what it is called in development, and in production where that
/// is the same for everybody.
const ENVIRONMENTS: [(&str, &[&str], Option<&str>); 14] = [
    ("NODE_ENV", &["development", "dev", "test"], Some("production")),
    ("FLASK_ENV", &["development"], Some("production")),
    ("RAILS_ENV", &["development", "test"], Some("production")),
    ("RACK_ENV", &["development", "test"], Some("production")),
    ("ASPNETCORE_ENVIRONMENT", &["development"], Some("Production")),
    ("DOTNET_ENVIRONMENT", &["development"], Some("Production")),
    ("MIX_ENV", &["dev", "test"], Some("prod")),
    ("GIN_MODE", &["debug", "test"], Some("release")),
    ("APP_ENV", &["development", "dev", "local", "debug"], None),
    ("ENV", &["development", "dev", "local", "debug"], None),
    ("ENVIRONMENT", &["development", "dev", "local", "debug"], None),
    ("SPRING_PROFILES_ACTIVE", &["development", "dev", "local", "debug"], None),
    ("QUARKUS_PROFILE", &["dev", "test"], None),
    ("MICRONAUT_ENVIRONMENTS", &["dev", "test"], None),
];

/// Arguments that make the JVM wait for a debugger.
const JVM_DEBUGGERS: [&str; 2] = ["-agentlib:jdwp", "-Xrunjdwp"];

/// Arguments that make Node.js wait for one.
const NODE_DEBUGGERS: [&str; 4] = ["--inspect", "--inspect-brk", "--inspect-wait", "--debug-brk"];

/// Flags behind which a level of logs stands.
const LEVEL_FLAGS: [&str; 6] =
    ["--log-level", "--loglevel", "--log_level", "--log.level", "--logging-level", "-log-level"];

/// What is in the name of every variable that may bring something about, one or the other.
const NAMES: [Letters; 8] = [
    Letters::of("env"),
    Letters::of("mode"),
    Letters::of("profile"),
    Letters::of("log"),
    Letters::of("debug"),
    Letters::of("display_errors"),
    Letters::of("echo"),
    Letters::of("options"),
];

/// What is in the name of every debugger of the JVM.
const DEBUGGER: Letters = Letters::of("jdwp");

/// Whether a variable with these characters in its name and value may bring something about: most need
/// not be gone through.
pub(super) fn may_have_effect((name, value): (Characters, Characters)) -> bool {
    name.letters.may_hold_any(&NAMES)
        || value.may_hold_sign(b'-') && value.letters.may_hold(DEBUGGER)
}

/// How often a value, or a word that begins like a flag, is gone over.
pub(super) const TIMES: usize = 6;

/// What a variable brings about.
pub(super) fn effect_of_variable(name: &str, value: &str) -> Option<Effect> {
    let effect = effect_of_text(name, value).filter(|_| !value.is_empty());
    // What is put in there is not known.
    effect.filter(|_| !value.contains("$("))
}

fn effect_of_text(name: &str, value: &str) -> Option<Effect> {
    let words = || value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '='));
    let is_one_of = |list: &[&str]| {
        words().any(|word| list.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    if let Some((.., names, instead)) = ENVIRONMENTS.iter().find(|(known, ..)| *known == name) {
        return is_one_of(names).then_some(Effect::Development(*instead));
    }
    let is_debugged = may_hold_agent(value)
        && JVM_DEBUGGERS.iter().any(|agent| value.contains(agent))
        || name == "NODE_OPTIONS" && value.split_whitespace().any(waits_for_debugger)
        || name == "XDEBUG_MODE" && is_one_of(&["debug", "develop", "trace"]);
    if is_debugged {
        return Some(Effect::Debugger);
    }
    if names_a_level(name) {
        return words().filter_map(level).max().map(Effect::Logs);
    }
    let is_named = matches!(name, "DEBUG" | "NODE_DEBUG");
    let is_switched = is_named && !is_off(value)
        || (names_debugging(name) || SWITCHES.contains(&name)) && is_on(value);
    is_switched.then_some(Effect::Debugging)
}

/// What a word of an argument brings about, with the word behind it, and the flag that does: one of
/// those that are known, and no other text of the argument.
pub(super) fn effect_of_word<'w>(word: &'w str, next: Option<&str>) -> Option<(Effect, &'w str)> {
    // Most flags begin as none of those do, and need not be compared.
    let first = word.bytes().find(|b| *b != b'-');
    if !first.is_some_and(|first| matches!(first, b'a' | b'X' | b'i' | b'd' | b'e' | b'l')) {
        return None;
    }
    if let Some(agent) = JVM_DEBUGGERS.iter().find(|agent| word.starts_with(**agent)) {
        return Some((Effect::Debugger, agent));
    }
    if waits_for_debugger(word) {
        return Some((Effect::Debugger, word.split('=').next().unwrap_or_default()));
    }
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) => (flag, Some(value)),
        None => (word, None),
    };
    if LEVEL_FLAGS.contains(&flag) {
        let level = value.or(next).and_then(|value| level(value.trim_matches(['"', '\''])))?;
        return Some((Effect::Logs(level), flag));
    }
    if matches!(flag, "--debug" | "-debug" | "--debugger" | "--enable-debug" | "--debug-mode") {
        let said = value.or(next.filter(|next| !next.starts_with('-'))).unwrap_or_default();
        let is_switched =
            if value.is_some() { is_on(said) } else { !is_off(said) || said.is_empty() };
        return is_switched.then_some((Effect::Debugging, flag));
    }
    None
}

/// Whether a text has one of the beginnings in it that agents of the JVM have: most are done with here.
fn may_hold_agent(text: &str) -> bool {
    text.len() > 9 && text.as_bytes().contains(&b'-') && holds_any(text, [*b"\x2dag", *b"\x2dxr"])
}

fn waits_for_debugger(word: &str) -> bool {
    let flag = word.split('=').next().unwrap_or_default();
    NODE_DEBUGGERS.contains(&flag)
}

fn level(word: &str) -> Option<Level> {
    let known = LEVELS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
    known.map(|(_, level)| *level)
}

fn is_on(value: &str) -> bool {
    let words = ["true", "yes", "on", "y", "t", "enabled"];
    let is_number = value.bytes().all(|b| b.is_ascii_digit()) && value.bytes().any(|b| b != b'0');
    is_number || words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_off(value: &str) -> bool {
    let words = ["false", "no", "off", "n", "f", "none", "null", "disabled"];
    value.bytes().all(|b| b == b'0') || words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `LOG_LEVEL`, `KC_LOG_LEVEL`, `LOGGING_LEVEL_ROOT`, `LOGLEVEL`, `RUST_LOG`.
fn names_a_level(name: &str) -> bool {
    if !holds_any(name, [*b"log"]) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    let parts = ["LOG_LEVEL", "LOGLEVEL", "LOGGING_LEVEL", "LOG_LVL"];
    upper == "RUST_LOG" || parts.iter().any(|part| upper.contains(part))
}

/// Whether the last word of a name is `DEBUG`, but for those that say that it is a switch, and none
/// turns it around.
fn names_debugging(name: &str) -> bool {
    let is = |word: &str, list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_turned = || words().any(|word| is(word, &["NO", "NOT", "DISABLE", "DISABLED", "SKIP"]));
    let mut from_the_end =
        words().rev().skip_while(|word| is(word, &["MODE", "ENABLE", "ENABLED", "ON"]));
    holds_any(name, [*b"debug"])
        && !is_turned()
        && from_the_end.next().is_some_and(|word| is(word, &["DEBUG"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_switch_debugging_on_are_told_from_others() {
        use Effect::{Debugger, Debugging, Development, Logs};
        let production = Some("production");
        for (name, value, effect) in [
            ("DEBUG", "true", Debugging),
            ("DEBUG", "1", Debugging),
            ("DEBUG", "express:*", Debugging),
            ("DJANGO_DEBUG", "True", Debugging),
            ("APP_DEBUG_MODE", "on", Debugging),
            ("ENABLE_DEBUG", "yes", Debugging),
            ("PYTHONDEVMODE", "1", Debugging),
            ("NODE_ENV", "development", Development(production)),
            ("ASPNETCORE_ENVIRONMENT", "Development", Development(Some("Production"))),
            ("SPRING_PROFILES_ACTIVE", "dev,mysql", Development(None)),
            ("LOG_LEVEL", "DEBUG", Logs(Level::Debug)),
            ("KC_LOG_LEVEL", "INFO,org.keycloak:debug", Logs(Level::Debug)),
            ("RUST_LOG", "info,hyper=trace", Logs(Level::Trace)),
            ("LOGGING_LEVEL_ROOT", "INFO", Logs(Level::Info)),
            ("JAVA_TOOL_OPTIONS", "-Xmx1g -agentlib:jdwp=transport=dt_socket", Debugger),
            ("NODE_OPTIONS", "--inspect=0.0.0.0:9229", Debugger),
            ("XDEBUG_MODE", "debug,coverage", Debugger),
        ] {
            assert_eq!(effect_of_variable(name, value), Some(effect), "{name}={value}");
            let characters = (Characters::of(name), Characters::of(value));
            assert!(may_have_effect(characters), "{name}={value}");
        }
        for (name, value) in [
            ("DEBUG", "false"),
            ("DEBUG", "0"),
            ("DEBUG", ""),
            ("DEBUG", "$(FROM)"),
            ("DISABLE_DEBUG", "true"),
            ("DEBUG_PORT", "5005"),
            ("NODE_ENV", "production"),
            ("ENV", "prod"),
            ("LOG_LEVEL", "warp"),
            ("NODE_OPTIONS", "--max-old-space-size=512"),
            ("XDEBUG_MODE", "off"),
            ("DEBUGGING_TEAM", "yes"),
        ] {
            assert_eq!(effect_of_variable(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn every_variable_that_is_known_is_looked_at() {
        let known = SWITCHES.iter().chain(ENVIRONMENTS.iter().map(|(name, ..)| name));
        for name in known.chain(&["KC_LOG_LEVEL", "LOGLEVEL", "LOG_LVL", "RUST_LOG", "MY_DEBUG"]) {
            let characters = (Characters::of(name), Characters::of("true"));
            assert!(may_have_effect(characters), "{name}");
        }
        for agent in JVM_DEBUGGERS {
            let characters = (Characters::of("A"), Characters::of(agent));
            assert!(may_have_effect(characters), "{agent}");
        }
    }

    #[test]
    fn arguments_that_switch_debugging_on_are_told_from_others() {
        let of = |word, next| effect_of_word(word, next).map(|(effect, _)| effect);
        for (word, next, effect) in [
            ("--debug", None, Effect::Debugging),
            ("--debug", Some("--port"), Effect::Debugging),
            ("--debug=true", None, Effect::Debugging),
            ("--log-level", Some("debug"), Effect::Logs(Level::Debug)),
            ("--log.level=trace", None, Effect::Logs(Level::Trace)),
            ("--inspect-brk=9229", None, Effect::Debugger),
            ("-agentlib:jdwp=server=y", None, Effect::Debugger),
            ("-Xrunjdwp:server=y", None, Effect::Debugger),
            ("--enable-debug", None, Effect::Debugging),
        ] {
            assert_eq!(of(word, next), Some(effect), "{word} {next:?}");
        }
        for (word, next) in [
            ("--debug=false", None),
            ("--debug", Some("false")),
            ("--debug-addr", None),
            ("--log-level", None),
            ("--log-level", Some("json")),
            ("debug", None),
        ] {
            assert_eq!(of(word, next), None, "{word} {next:?}");
        }
    }
}
