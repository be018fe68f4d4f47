//! Fields that API servers of the tested versions have or have not: judged where they are, and else
//! what the API server does with them before the webhook sees the object (F-122, F-123).

use serde_json::json;
use support::control_plane::User;
use support::corpora::say;
use support::worse::changed;

use crate::attacks::{World, pod};

/// The first minor whose API server has both fields without a feature gate.
const HAS_BOTH: u32 = 35;

pub fn fields_that_came_later_are_judged(world: &World) {
    let minor = world.cluster.minor();
    images_of_volumes_are_judged(world, minor);
    containers_that_last_are_judged(world, minor);
}

fn images_of_volumes_are_judged(world: &World, minor: u32) {
    let image = changed(&pod(), |pod| {
        pod["metadata"]["name"] = json!("image");
        pod["spec"]["volumes"] = json!([
            {"name": "tmp", "emptyDir": {}},
            {"name": "data", "image": {"reference": "registry.example/data:latest"}}
        ]);
    });
    let output = world.create(User::Developer, &image);
    if minor >= HAS_BOTH {
        return world.assert_refused(&output, "image-tag", "an image volume");
    }
    say(&format!("Kubernetes 1.{minor} drops volumes of images, so there is none to judge"));
    world.assert_admitted(&output, "a Pod whose image volume is dropped");
    let stored = world.cluster.kubectl(&["-n", "shop", "get", "pod", "image", "-o", "json"]);
    assert!(!stored.stdout.contains("registry.example/data"), "{stored}");
}

fn containers_that_last_are_judged(world: &World, minor: u32) {
    let lasting = changed(&pod(), |pod| {
        pod["spec"]["restartPolicy"] = json!("Never");
        for container in pod["spec"]["containers"].as_array_mut().unwrap() {
            container.as_object_mut().unwrap().remove("livenessProbe");
        }
        pod["spec"]["containers"][0]["restartPolicy"] = json!("Always");
    });
    let output = world.create(User::Developer, &lasting);
    if minor >= HAS_BOTH {
        world.assert_refused(&output, "liveness-probe", "a container that restarts for good");
    } else {
        say(&format!("Kubernetes 1.{minor} itself refuses a restartPolicy of a container"));
        let says = output.stderr.contains("may not be set for non-init containers");
        assert!(!output.success() && says, "{output}");
    }
    let ends = changed(&lasting, |pod| {
        let never = if minor >= HAS_BOTH { json!("Never") } else { json!(null) };
        pod["spec"]["containers"][0]["restartPolicy"] = never;
        pod["metadata"]["name"] = json!("ends");
    });
    world.assert_admitted(&world.create(User::Developer, &ends), "containers that end");
}
