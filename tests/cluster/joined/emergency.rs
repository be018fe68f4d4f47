//! An operator breaks the glass: nothing is refused for a while, and everybody sees it.

use jiff::{Timestamp, ToSpan};

use super::{BAD, World};
use crate::kubectl::wait_until;

#[test]
fn one_line_of_kubectl_lowers_the_ceiling_until_a_moment_and_it_ends_by_itself() {
    let world = World::registered(&[]);
    world.wait_until_refused();
    let until = (Timestamp::now() + 15.seconds()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let annotation = format!("plimsoll.dev/warn-until={until}");
    world.kubectl(&["annotate", "namespace", "plimsoll", &annotation]);
    wait_until("it is let in", || world.try_out(BAD).success());
    let let_in = world.try_out(BAD);
    assert!(let_in.success(), "{let_in}");
    let held_back = format!("Warning: not refused until {until}: run-as-non-root: ");
    assert!(let_in.stderr.contains(&held_back), "{let_in}");
    assert!(world.metric(0, "plimsoll_break_glass_until_timestamp_seconds") > Some(0.0));
    assert_eq!(world.metric(0, "plimsoll_enforcement_ceiling{mode=\"warn\"}"), Some(1.0));
    world.wait_for_event("NothingIsRefused");
    world.wait_until_refused();
    world.wait_for_event("RefusingAgain");
    assert_eq!(world.metric(0, "plimsoll_break_glass_until_timestamp_seconds"), Some(0.0));
    // What names no moment does nothing, and is said.
    let wrong =
        ["annotate", "--overwrite", "namespace", "plimsoll", "plimsoll.dev/warn-until=soon"];
    world.kubectl(&wrong);
    world.wait_for_event("WarnUntilUnreadable");
    assert!(!world.try_out(BAD).success());
}
