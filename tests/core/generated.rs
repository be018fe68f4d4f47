//! Files made from the code are what the code makes.

use std::fmt::Write as _;

use clap::CommandFactory;
use plimsoll::policy::built_in;
use plimsoll::rules::catalog::{CATALOG, RuleSettings};
use schemars::schema_for;
use serde_json::Value;
use support::committed::assert_committed;

/// The parameters of a rule as a table, from its schema.
fn parameters(schema: &Value, id: &str) -> String {
    let property = &schema["properties"][id];
    let reference = property.pointer("/anyOf/0/$ref").or_else(|| property.get("$ref"));
    let definition = match reference.and_then(Value::as_str) {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap_or(property),
        None => property.pointer("/anyOf/0").unwrap_or(property),
    };
    let required = definition["required"].as_array().cloned().unwrap_or_default();
    let mut text = String::new();
    for (name, parameter) in definition["properties"].as_object().into_iter().flatten() {
        if name == "mode" || name == "denyFrom" {
            continue;
        }
        let default = match parameter.get("default") {
            Some(default) => format!("default `{default}`"),
            None if required.contains(&Value::from(name.as_str())) => "required".to_owned(),
            None => "optional".to_owned(),
        };
        let description = parameter["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ = writeln!(text, "- `{name}` ({default}): {description}");
    }
    if text.is_empty() {
        text
    } else {
        format!("Parameters besides `mode` and `denyFrom`:\n\n{text}\n")
    }
}

/// The mode of a rule in each shipped policy.
fn modes(id: &str) -> String {
    let mut modes = Vec::new();
    for name in ["production", "baseline", "restricted"] {
        let policies = built_in(name).expect("it loads");
        let policy = &policies[0];
        let now = jiff::Timestamp::UNIX_EPOCH;
        if let Some(rule) = policy.rules.iter().find(|rule| rule.rule().id == id) {
            modes.push(format!("{name}: {}", rule.mode(policy.mode, now).as_str()));
        }
    }
    if modes.is_empty() { "none".to_owned() } else { modes.join(", ") }
}

#[test]
fn the_rule_reference_is_what_the_rules_say() {
    let schema = schema_for!(RuleSettings).to_value();
    let mut page = String::from(
        "<!-- Made by `make bless` from the rules themselves; do not edit. -->\n\n# Rules\n\n\
         Checklist lines are those of the [checklist](checklist.md).\n\n\
         | rule | severity | what must hold | in the shipped policies |\n| --- | --- | --- | --- |\n",
    );
    for meta in CATALOG {
        let (id, severity) = (&meta.id, meta.severity.as_str());
        let _ =
            writeln!(page, "| [`{id}`](#{id}) | {severity} | {} | {} |", meta.checklist, modes(id));
    }
    for meta in CATALOG {
        let body = meta.page.replace("\n## ", "\n### ");
        let lines = match meta.rows {
            [] => String::new(),
            rows => {
                let link = |row: &&str| format!("[{row}](checklist.md#{})", row.to_lowercase());
                let links: Vec<_> = rows.iter().map(link).collect();
                format!(", checklist lines {}", links.join(", "))
            }
        };
        let standards: Vec<String> = meta.standards.iter().map(ToString::to_string).collect();
        let standards = match standards.as_slice() {
            [] => String::new(),
            all => format!("Answers {}.\n\n", all.join("; ")),
        };
        let _ = write!(
            page,
            "\n## {}\n\n**{}** Severity {}, group {}{}.\n\n{standards}{}{}",
            meta.id,
            meta.checklist,
            meta.severity.as_str(),
            meta.group.replace('-', " "),
            lines,
            parameters(&schema, &meta.id),
            body
        );
    }
    assert_committed("docs/rules.md", &page);
}

#[test]
fn the_command_reference_is_what_the_commands_say() {
    let mut page = String::from(
        "<!-- Made by `make bless` from the commands themselves; do not edit. -->\n\n# Commands\n",
    );
    let mut command = plimsoll::cli::Args::command().term_width(100);
    command.build();
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        let name = sub.get_name().to_owned();
        let help = sub.clone().term_width(100).render_long_help().to_string();
        let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let _ = write!(page, "\n## plimsoll {name}\n\n```text\n{help}```\n");
    }
    assert_committed("docs/commands.md", &page);
}
