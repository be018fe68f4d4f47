//! For people at a terminal: how many workloads would be refused, by namespace and rule, then which.

use std::fmt::Write as _;

use super::table::{shown, widest};
use super::text::remarks;
use crate::audit::preview::Preview;
use crate::audit::refused::{MadeAnew, Refused, counts};
use crate::text::{plural, printable};

/// Of everything that is in no namespace.
const NOWHERE: &str = "-";

/// What becomes of what runs.
const RATCHET: &str = "What runs goes on: its next edit is only warned about, as long as it adds \
                       nothing that is refused.";

/// What stands above those that are refused then.
const REMADE: &str = "refused when they are made anew, by a controller that is no workload of \
                      Kubernetes' own,\nunless a policy leaves out its account:\n";

pub(super) fn write<E>(
    preview: &Preview,
    out: &mut impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let book = &preview.audit.book;
    let refused = book.refused();
    if !refused.is_empty() {
        table(counted(&refused), out)?;
        table(named(&refused), out)?;
    }
    let anew = book.made_anew();
    if !anew.is_empty() {
        out(REMADE)?;
        anew.iter().try_for_each(|of| out(&remade(of)))?;
        out("\n")?;
    }
    let (remarks, sum) = (remarks(&preview.audit), sum(preview, &refused));
    let gap = if remarks.is_empty() { "" } else { "\n" };
    out(&format!("{remarks}{gap}{sum}"))
}

/// Three columns, the last as wide as it is.
struct Table {
    heads: [&'static str; 3],
    rows: Vec<[String; 3]>,
}

fn counted(refused: &[Refused<'_>]) -> Table {
    let row = |count: &crate::audit::refused::Count<'_>| {
        let number = count.workloads.len().to_string();
        [shown(count.namespace.unwrap_or(NOWHERE)), shown(count.rule), number]
    };
    let rows = counts(refused).iter().map(row).collect();
    Table { heads: ["NAMESPACE", "RULE", "REFUSED"], rows }
}

fn named(refused: &[Refused<'_>]) -> Table {
    let row = |one: &Refused<'_>| {
        let rules: Vec<&str> = one.rules.iter().copied().collect();
        let made = one.made.as_ref().map(|kinds| {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("{kind}s")).collect();
            format!(" (its {})", kinds.join(" and "))
        });
        let rules = format!("{}{}", rules.join(", "), made.unwrap_or_default());
        let namespace = shown(one.namespace.unwrap_or(NOWHERE));
        [namespace, shown(&one.title()), printable(&rules).into_owned()]
    };
    let rows = refused.iter().map(row).collect();
    Table { heads: ["NAMESPACE", "WORKLOAD", "RULES"], rows }
}

fn table<E>(table: Table, out: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let Table { heads, rows } = table;
    let columns = |[first, second, _]: &[String; 3]| (first.clone(), second.clone());
    let (firsts, seconds): (Vec<String>, Vec<String>) = rows.iter().map(columns).unzip();
    let (first, second) = (widest(firsts.into_iter(), 9), widest(seconds.into_iter(), 22));
    for [a, b, c] in std::iter::once(&heads.map(str::to_owned)).chain(&rows) {
        out(&format!("{a:first$}  {b:second$}  {c}\n"))?;
    }
    out("\n")
}

/// `  kafka  Pod/main-0 and 2 more of StrimziPodSet/main`.
fn remade(of: &MadeAnew<'_>) -> String {
    let MadeAnew { namespace, controller, kind, name, objects } = of;
    let more = objects.saturating_sub(1);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let object = shown(&format!("{kind}/{name}"));
    format!("  {}  {object}{more} of {}\n", shown(namespace.unwrap_or(NOWHERE)), shown(controller))
}

fn sum(preview: &Preview, refused: &[Refused<'_>]) -> String {
    let book = &preview.audit.book;
    let (workloads, others) = (book.workloads(), book.other_objects());
    let of_workloads = refused.iter().filter(|one| one.is_workload).count();
    let count = |refused| if refused == 0 { "none".to_owned() } else { format!("{refused}") };
    let mut text =
        format!("would refuse {} of {}", count(of_workloads), plural(workloads, "workload"));
    if others > 0 {
        let refused = count(refused.len() - of_workloads);
        let _ = write!(text, " and {refused} of {}", plural(others, "other object"));
    }
    text.push_str(" if created today");
    match preview.audit.failures().len() {
        0 => {}
        failed => {
            let _ = write!(text, "; {} could not be done", plural(failed, "thing"));
        }
    }
    let _ = writeln!(text, "\n{RATCHET}");
    for policy in &preview.judging_controllers {
        let _ = writeln!(
            text,
            "Policy `{}` judges Kubernetes' own controllers as well: Pods that it refuses cannot be made \
             anew, as when a node is drained. See `match.controllers`.",
            shown(policy)
        );
    }
    text
}
