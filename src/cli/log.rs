//! Which log lines are written, and where they go.

use std::io;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

use crate::serve::log_format::{LogFormat, TextLines};
use crate::serve::log_stream::{Finish, LogStream};
use crate::text::nearest;

/// The levels, from nothing to everything.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The parts of the program that write lines; a filter holds for what is below one as well.
const PARTS: [&str; 30] = [
    "plimsoll",
    "plimsoll::cli",
    "plimsoll::cli::log",
    "plimsoll::cli::serve",
    "plimsoll::cli::serve::impact",
    "plimsoll::cli::serve::telemetry",
    "plimsoll::cluster",
    "plimsoll::cluster::certificates",
    "plimsoll::cluster::certificates::keeper",
    "plimsoll::cluster::definition",
    "plimsoll::cluster::events",
    "plimsoll::cluster::lease",
    "plimsoll::cluster::namespaces",
    "plimsoll::cluster::neighbours",
    "plimsoll::cluster::neighbours::course",
    "plimsoll::cluster::objects",
    "plimsoll::cluster::reflection",
    "plimsoll::cluster::registration",
    "plimsoll::cluster::registration::introduction",
    "plimsoll::cluster::registration::registrar",
    "plimsoll::cluster::single",
    "plimsoll::cluster::status",
    "plimsoll::decision",
    "plimsoll::serve",
    "plimsoll::serve::accept",
    "plimsoll::serve::collector",
    "plimsoll::serve::in_force",
    "plimsoll::serve::policy_files",
    "plimsoll::serve::profile",
    "plimsoll::serve::renewal",
];

/// Which lines are written; every part of it names a level and a part of the program.
#[derive(Debug, Clone)]
pub(super) struct Filter(String);

/// Reads a filter: levels, or parts of the program with a level each, separated by commas.
///
/// What is misspelt would be taken for a part of the program that never writes anything, and so
/// silence everything else.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    let directives: Vec<&str> = text.split(',').map(str::trim).collect();
    let filter = directives.join(",");
    let problem = directives.iter().find_map(|directive| problem_of(directive)).or_else(|| {
        let is_read = EnvFilter::from_str(&filter).is_ok();
        (!is_read).then(|| "write `info` or `plimsoll=debug`".to_owned())
    });
    problem.map_or(Ok(Filter(filter)), |problem| {
        let shown = crate::text::clipped(text, 60);
        Err(format!("`{}` is no log filter; {problem}", crate::text::printable(&shown)))
    })
}

/// What is wrong with one part of a filter.
fn problem_of(directive: &str) -> Option<String> {
    let (part, level) = match directive.split_once('=') {
        Some((part, level)) => (part, level),
        None if PARTS.contains(&directive) => return None,
        None => ("plimsoll", directive),
    };
    misspelt("part of the program", part, &PARTS)
        .or_else(|| misspelt("level", &level.to_ascii_lowercase(), &LEVELS))
}

fn misspelt(what: &str, name: &str, names: &[&str]) -> Option<String> {
    if names.contains(&name) {
        return None;
    }
    let name = crate::text::clipped(name, 60);
    let name = crate::text::printable(&name);
    Some(match nearest(&name, names.iter().copied()) {
        Some(near) => format!("no {what} is called `{name}`, did you mean `{near}`?"),
        None => format!("no {what} is called `{name}`, write one of {}", names.join(", ")),
    })
}

impl Filter {
    /// Starts the log: lines of this form into `target`.
    ///
    /// What is returned waits for the last lines when it is dropped.
    pub(super) fn start(
        &self,
        format: LogFormat,
        target: Box<dyn io::Write + Send>,
    ) -> io::Result<(LogStream, Finish)> {
        // The client of the API server logs whole answers that it cannot read, Secrets included.
        let quiet = format!("{},kube_client=off", self.0);
        let filter = EnvFilter::from_str(&quiet).map_err(io::Error::other)?;
        let (stream, finish) = LogStream::start(target)?;
        let (log, writer) = (tracing_subscriber::fmt().with_env_filter(filter), stream.clone());
        match format {
            LogFormat::Json => {
                log.json().flatten_event(true).with_writer(move || writer.clone()).init();
            }
            LogFormat::Text => {
                log.with_ansi(false).with_writer(move || TextLines(writer.clone())).init();
            }
        }
        std::panic::set_hook(Box::new(|panic| {
            // Where it happened and nothing else: the payload may quote an object.
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panic");
        }));
        Ok((stream, finish))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        entries
            .flat_map(|entry| {
                let path = entry.path();
                if path.is_dir() { files(&path) } else { vec![path] }
            })
            .collect()
    }

    #[test]
    fn every_file_that_writes_lines_is_a_part_that_a_filter_may_name() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut parts = vec!["plimsoll".to_owned(), "plimsoll::decision".to_owned()];
        for file in files(&root) {
            let text = std::fs::read_to_string(&file).expect("text");
            let macros = ["trace", "debug", "info", "warn", "error"];
            let writes =
                |line: &str| macros.iter().any(|m| line.contains(&format!("tracing::{m}!(")));
            if text.lines().any(writes) {
                let path = file.strip_prefix(&root).expect("below").with_extension("");
                let names = path.iter().map(|name| name.to_str().expect("text"));
                let names: Vec<&str> = names.filter(|name| *name != "mod").collect();
                for depth in 1..=names.len() {
                    parts.push(format!("plimsoll::{}", names[..depth].join("::")));
                }
            }
        }
        parts.sort();
        parts.dedup();
        assert_eq!(parts, PARTS);
    }

    #[test]
    fn levels_and_parts_are_taken_and_what_is_misspelt_is_not() {
        for text in ["info", "OFF", "plimsoll=debug", "warn, plimsoll::decision=info", "plimsoll"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in [
            "",
            ",",
            "inof",
            "info,",
            "plimsol=debug",
            "plimsoll=inof",
            "hyper=info",
            "5",
            "plimsoll::decison=off",
            "[span]=info",
            "a=b=c",
            "info debug",
            "plimsoll=",
        ] {
            assert!(filter(text).is_err(), "{text}");
        }
        assert_eq!(
            filter("inof").expect_err("misspelt"),
            "`inof` is no log filter; no level is called `inof`, did you mean `info`?"
        );
    }
}
