//! How many replicas answer, and on how many nodes.

use std::collections::BTreeSet;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::cluster::{Asked, ask};

/// The replicas behind a Service that are ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ready {
    replicas: usize,
    nodes: usize,
}

impl Ready {
    /// One, of which nothing else is known.
    pub(super) fn one() -> Self {
        Self { replicas: 1, nodes: 1 }
    }

    /// Whether one answers.
    pub(super) fn is_any(self) -> bool {
        self.replicas > 0
    }

    /// Whether no single Pod or node takes all of them with it.
    pub(super) fn suffices(self) -> bool {
        self.replicas >= 2 && self.nodes >= 2
    }

    fn of(slices: &[EndpointSlice]) -> Self {
        let endpoints = slices.iter().flat_map(|slice| slice.endpoints.iter().flatten());
        let ready = endpoints.filter(|endpoint| {
            endpoint.conditions.as_ref().is_some_and(|conditions| {
                conditions.ready == Some(true) && conditions.terminating != Some(true)
            })
        });
        let (mut replicas, mut nodes) = (BTreeSet::new(), BTreeSet::new());
        for endpoint in ready {
            // A Pod may be in several slices, one for each family of addresses.
            let target = endpoint.target_ref.as_ref().and_then(|target| target.uid.clone());
            replicas.insert(target.unwrap_or_else(|| endpoint.addresses.concat()));
            nodes.extend(endpoint.node_name.clone());
        }
        Self { replicas: replicas.len(), nodes: nodes.len() }
    }
}

/// The ready replicas behind the Service `name`.
pub(super) async fn ready(client: &Client, namespace: &str, name: &str) -> Asked<Ready> {
    let slices: Api<EndpointSlice> = Api::namespaced(client.clone(), namespace);
    let of_service = ListParams::default().labels(&format!("kubernetes.io/service-name={name}"));
    Ok(Ready::of(&ask(slices.list(&of_service)).await?.items))
}
