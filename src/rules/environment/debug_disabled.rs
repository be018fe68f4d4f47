//! What helps a developer at the desk helps an intruder in production.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debugging::{Effect, Level, TIMES, effect_of_variable, effect_of_word, may_have_effect};
use super::literal::{Literal, lasting, literals};
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Params, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, List, Pod, Pods, Secretive};

#[doc = include_str!("debug_disabled.md")]
pub(crate) struct DebugDisabled;

/// The most that may be logged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// What went wrong, or nearly did.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// What the program does.
    Debug,
    /// All of it.
    Trace,
}

impl LogLevel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Warn => Level::Warn,
            Self::Info => Level::Info,
            Self::Debug => Level::Debug,
            Self::Trace => Level::Trace,
        }
    }
}

/// What may be logged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DebugDisabledParams {
    /// The level of logs that is allowed: `warn`, `info`, `debug` or `trace`.
    pub log_level: LogLevel,
}

impl Params for DebugDisabledParams {}

impl Rule for DebugDisabled {
    type On = Pods;
    type Params = DebugDisabledParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("debug-disabled"),
        group: Text::Borrowed("environment"),
        severity: Severity::High,
        checklist: Text::Borrowed("No program is run for development or with debugging on."),
        rows: &["R26"],
        standards: &[Standard::Cwe(489)],
        page: Text::Borrowed(include_str!("debug_disabled.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        params: &DebugDisabledParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        for c in lasting(pod) {
            for variable in literals(c) {
                variable.spend(TIMES, found)?;
                if !may_have_effect(variable.characters) {
                    continue;
                }
                let effect = effect_of_variable(variable.name, variable.value);
                if let Some(effect) = effect.filter(|effect| is_too_much(*effect, params)) {
                    let finding = finding_of_variable(&variable, effect, params);
                    found.add(finding, || evidence(&c, "variable", variable.name, effect))?;
                }
            }
            arguments(&c, "command", &c.spec.0.command, params, found)?;
            arguments(&c, "args", &c.spec.0.args, params, found)?;
        }
        Ok(())
    }
}

fn is_too_much(effect: Effect, params: &DebugDisabledParams) -> bool {
    !matches!(effect, Effect::Logs(level) if level <= params.log_level.level())
}

/// That a variable or flag does this; of logs, more is harder.
fn evidence(c: &ContainerRef<'_, '_>, what: &str, name: &str, effect: Effect) -> Evidence {
    let (word, degree) = match effect {
        Effect::Debugging => ("debugging", 0),
        Effect::Debugger => ("debugger", 0),
        Effect::Development(_) => ("development", 0),
        Effect::Logs(level) => ("logs", level as u8),
    };
    Evidence::new([Fact::new(Reach::one(c), [what, name, word]).degree(degree)])
}

fn finding_of_variable(
    variable: &Literal<'_, '_>,
    effect: Effect,
    params: &DebugDisabledParams,
) -> Finding {
    let at = variable.value_at();
    let most = params.log_level.as_str();
    let (fault, remedy) = match effect {
        Effect::Debugging => ("switches debugging on".to_owned(), Remedy::remove(variable.at())),
        Effect::Debugger => (
            "opens the program to a debugger".to_owned(),
            Remedy::Advice(format!("take the debugger out of {at}")),
        ),
        Effect::Development(Some(production)) => {
            ("names an environment for development".to_owned(), Remedy::set(at.clone(), production))
        }
        Effect::Development(None) => (
            "names an environment for development".to_owned(),
            Remedy::Advice(format!("name the production environment at {at}")),
        ),
        Effect::Logs(_) => {
            let fault = format!("makes it log more than `{most}`");
            let is_word = variable.value.bytes().all(|b| b.is_ascii_alphabetic());
            // As it is written: some programs know their levels in one case only.
            let is_loud = variable.value.bytes().all(|b| b.is_ascii_uppercase());
            let level = if is_loud { most.to_ascii_uppercase() } else { most.to_owned() };
            let remedy = if is_word {
                Remedy::set(at.clone(), level)
            } else {
                Remedy::Advice(format!("allow `{most}` at most at {at}"))
            };
            (fault, remedy)
        }
    };
    Finding::of(&variable.container, at, format!("{variable} {fault}"), remedy)
}

fn arguments(
    c: &ContainerRef<'_, '_>,
    list: &'static str,
    arguments: &List<Secretive<'_>>,
    params: &DebugDisabledParams,
    found: &mut Findings<'_>,
) -> Checked {
    let words = |index: usize| arguments.get(index).map(Secretive::as_str);
    for (index, argument) in arguments.iter().enumerate() {
        found.visit(1)?;
        found.spend(2 * argument.len())?;
        // A line of shell is words by itself; a flag that ends it has its value in the next.
        let mut rest = argument.split_whitespace().peekable();
        while let Some(word) = rest.next() {
            if !word.starts_with(['-', '"', '\'']) {
                continue;
            }
            let bare = word.trim_matches(['"', '\'']);
            if !bare.starts_with('-') {
                continue;
            }
            let next = rest.peek().copied().or_else(|| words(index + 1));
            found.spend(TIMES * bare.len())?;
            let Some((effect, flag)) = effect_of_word(bare, next) else { continue };
            if !is_too_much(effect, params) {
                continue;
            }
            let at = c.at(&[list]).index(index);
            let most = params.log_level.as_str();
            let fault = match effect {
                Effect::Debugger => "opens the program to a debugger".to_owned(),
                Effect::Logs(_) => format!("makes it log more than `{most}`"),
                Effect::Debugging | Effect::Development(_) => "switches debugging on".to_owned(),
            };
            let remedy = match effect {
                Effect::Logs(_) => Remedy::Advice(format!("allow `{most}` at most at {at}")),
                // What stands behind it may be its value.
                _ if word.len() == argument.len() && is_alone(bare, next) => {
                    Remedy::remove(at.clone())
                }
                _ => Remedy::Advice(format!("take {flag} out of {at}")),
            };
            let message = format!("argument {flag} of {c} {fault}");
            found.add(Finding::of(c, at, message, remedy), || evidence(c, list, flag, effect))?;
        }
    }
    Ok(())
}

/// Whether a flag has no value, or has it in the same word.
fn is_alone(flag: &str, next: Option<&str>) -> bool {
    flag.contains('=') || next.is_none_or(|next| next.starts_with('-'))
}
