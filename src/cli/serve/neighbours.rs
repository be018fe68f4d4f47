//! The neighbours that the rules in force ask for, followed into what is in force.

use std::sync::Arc;
use std::{io, thread};

use kube::Client;
use tokio::runtime::Builder;
use tokio::sync::watch;

use crate::cluster::Observer;
use crate::cluster::neighbours::{Change, Follower, Wanted, Way};
use crate::cluster::objects::{EXCEPTIONS, OwnObjects, POLICIES};
use crate::serve::{InForce, LOSS_NEEDS};

/// What is awaited of them before the first review: that each kind was tried once.
pub(super) const NEIGHBOURS: &str = "neighbours";

/// How much less than others the thread that follows them is worth to the system, where there is not
/// time for all (as `nice` says it).
const NICENESS: i32 = 10;

/// Follows them for good; `objects` are the policies and exceptions of the cluster.
///
/// On a thread of its own: a page of what there is takes milliseconds to read, in which no review and
/// no probe may wait.
///
/// # Errors
/// Where the system has no thread for that.
pub(super) fn follow(
    client: &Client,
    secret_keys: bool,
    in_force: &Arc<InForce>,
    objects: watch::Receiver<OwnObjects>,
    observer: &Arc<dyn Observer>,
) -> io::Result<()> {
    let (wanted, wants) = watch::channel(None);
    tokio::spawn(tell_needs(Arc::clone(in_force), objects, wanted));
    let of_change = Arc::clone(in_force);
    let change = move |change: &Change<'_>| {
        of_change.update(|snapshot| {
            let mut inventory = snapshot.inventory().clone();
            change(&mut inventory);
            snapshot.clone().with_inventory(inventory)
        });
    };
    let (client, observer) = (client.clone(), Arc::clone(observer));
    let way = Way { client, change: Arc::new(change), observer };
    let in_force = Arc::clone(in_force);
    let settled = move || in_force.is_known(NEIGHBOURS);
    let follower = Follower { way, secret_keys };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let following = move || {
        // Of this thread alone, for that is what Linux takes nobody for; elsewhere it is as it was.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, NICENESS);
        runtime.block_on(follower.run(wants, settled));
    };
    thread::Builder::new().name(NEIGHBOURS.to_owned()).spawn(following)?;
    Ok(())
}

/// Tells what the rules in force ask for, and who tells of what is taken away, once it is known which are.
async fn tell_needs(
    in_force: Arc<InForce>,
    mut objects: watch::Receiver<OwnObjects>,
    wanted: watch::Sender<Wanted>,
) {
    let mut changes = in_force.changes();
    loop {
        changes.mark_unchanged();
        objects.mark_unchanged();
        let awaited = in_force.awaited();
        if ![POLICIES, EXCEPTIONS].iter().any(|kind| awaited.contains(&kind.plural)) {
            let mut needs = in_force.current().needs();
            needs.extend(LOSS_NEEDS);
            let needs = Some(needs);
            wanted.send_if_modified(|wanted| {
                let is_new = *wanted != needs;
                wanted.clone_from(&needs);
                is_new
            });
        }
        let event = tokio::select! {
            event = changes.changed() => event,
            event = objects.changed() => event,
        };
        if event.is_err() {
            return;
        }
    }
}
