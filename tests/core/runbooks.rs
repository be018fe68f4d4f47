//! The runbooks do what they say: their commands are commands, and their manifests go in.

use clap::CommandFactory;
use jiff::Timestamp;
use plimsoll::inventory::Inventory;
use plimsoll::policy::{Snapshot, built_in};
use plimsoll::review::review;
use plimsoll::rules::Budget;
use plimsoll::subject::Subject;
use plimsoll::yaml;
use support::committed::repository;
use support::page::{Part, parts};

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// The blocks of the runbooks in a language, also those that stand in a list.
fn blocks(language: &str) -> Vec<String> {
    let (mut page, mut is_within) = (String::new(), false);
    for line in read("docs/runbooks.md").lines() {
        let is_fence = line.starts_with("   ```");
        let line =
            if is_within || is_fence { line.strip_prefix("   ").unwrap_or(line) } else { line };
        is_within ^= is_fence;
        page.push_str(line);
        page.push('\n');
    }
    let blocks = parts(&page).into_iter().filter_map(|part| match part {
        Part::Block(info, text) if info == [language] => Some(text),
        _ => None,
    });
    blocks.collect()
}

/// The simple commands of a line of the shell, as words.
fn commands(line: &str) -> Vec<Vec<String>> {
    let all = line.trim_start_matches("$ ").split(['|', '&']);
    let words = all.map(|command| {
        let words = command.split_whitespace().take_while(|word| *word != ">");
        words.map(str::to_owned).collect()
    });
    words.collect()
}

#[test]
fn every_command_of_the_runbooks_is_one() {
    let makefile = read("Makefile");
    let mut count = 0;
    for words in blocks("console").iter().flat_map(|text| text.lines()).flat_map(commands) {
        match words.first().map(String::as_str) {
            Some("plimsoll") => {
                let command = plimsoll::cli::Args::command();
                if let Err(error) = command.try_get_matches_from(&words) {
                    panic!("{words:?}: {error}");
                }
                count += 1;
            }
            Some("make") => {
                assert!(makefile.contains(&format!("\n{}: ", words[1])), "{words:?}");
                count += 1;
            }
            _ => {}
        }
    }
    assert!(count > 6, "{count}");
}

#[test]
fn every_manifest_of_the_runbooks_passes_the_production_policy() {
    let snapshot = Snapshot::new(built_in("production").unwrap());
    let snapshot = snapshot.with_inventory(Inventory::default());
    let (mut objects, mut reviewed) = (0, 0);
    for document in blocks("yaml").iter().flat_map(|text| yaml::documents(text)) {
        let object = document.expect("a manifest").to_value();
        objects += 1;
        let (version, kind) = (&object["apiVersion"], object["kind"].as_str().unwrap());
        let (group, _) = version.as_str().unwrap().split_once('/').unwrap_or(("", ""));
        let Some(kind) = snapshot.kinds().find(group, kind) else { continue };
        let json = object.to_string();
        let subject = Subject::read(kind, json.as_bytes()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let verdict = review(&subject, None, &snapshot, now, &mut Budget::default());
        assert!(verdict.allowed(), "{:?}", verdict.violations);
        reviewed += 1;
    }
    assert_eq!((objects, reviewed), (3, 3));
}
