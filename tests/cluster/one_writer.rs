//! What one writer of Pods can cost others, through a real API server (F-129, F-134).

use std::thread;

use serde_json::{Value, json};
use support::control_plane::User;
use support::worse::changed;

use crate::attacks::{World, pod};

/// A text in which every credential form seems to begin again and again, in a Pod that is refused
/// for something else.
fn literal() -> Value {
    let n = 100_000;
    let text = format!("{}://{}", "_PW=".repeat(n), "eyJ(".repeat(n));
    changed(&pod(), |pod| {
        pod["metadata"]["name"] = json!("literal");
        pod["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": text}]);
        pod["spec"]["hostPID"] = json!(true);
    })
}

/// As many capabilities as the API server lets in.
fn capabilities() -> Value {
    changed(&pod(), |pod| {
        pod["metadata"]["name"] = json!("capabilities");
        let container = pod["spec"]["containers"][0].clone();
        let containers = (0..44).map(|n| {
            let mut container = container.clone();
            container["name"] = json!(format!("c{n}"));
            container["securityContext"]["capabilities"]["add"] = json!(vec!["A"; 16_000]);
            container
        });
        pod["spec"]["containers"] = containers.collect();
    })
}

/// Both are answered as what they are within the time that the API server waits for a webhook; so
/// are the writes of others meanwhile.
pub fn one_writer_stops_nobody(world: &World) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let refused = world.create(User::Developer, &literal());
                world.assert_refused(&refused, "host-namespaces", "a literal");
            });
        }
        let good = changed(&pod(), |pod| pod["metadata"]["name"] = json!("meanwhile"));
        world.assert_admitted(&world.create(User::Developer, &good), "a good one meanwhile");
    });
    let refused = world.create(User::Developer, &capabilities());
    world.assert_refused(&refused, "the review ended at 1000 failures", "capabilities");
}
