//! What a kind has beside metadata: one of a closed set of views, read key by key.

use serde::de::{Deserialize, IgnoredAny, MapAccess};

use super::claim::PersistentVolumeClaim;
use super::gateway::{Gateway, HttpRoute};
use super::ingress::Ingress;
use super::mapping::{Boxed, Mapping};
use super::metadata::ObjectMeta;
use super::network_policy::NetworkPolicy;
use super::pod::{PodSpec, PodTemplateSpec, TemplateMeta};
use super::prometheus::{Monitor, PrometheusRule};
use super::rbac::{Binding, Role};
use super::revision::ControllerRevision;
use super::secret::{ConfigMap, Secret};
use super::service::Service;
use super::shape::Shape;
use super::templates::{FoundTemplate, Seen, Wanted, follow};
use super::upkeep::{HorizontalPodAutoscaler, PodDisruptionBudget};
use super::workload::{Own, Workload};

/// What is read of an object beside its metadata.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the API's own kinds")]
pub enum Body<'a> {
    Workload(Box<Workload<'a>>),
    Service(Box<Service<'a>>),
    Ingress(Box<Ingress<'a>>),
    Role(Box<Role<'a>>),
    Binding(Box<Binding<'a>>),
    ControllerRevision(Box<ControllerRevision<'a>>),
    Secret(Box<Secret<'a>>),
    ConfigMap(Box<ConfigMap<'a>>),
    PodDisruptionBudget(Box<PodDisruptionBudget<'a>>),
    HorizontalPodAutoscaler(Box<HorizontalPodAutoscaler<'a>>),
    PersistentVolumeClaim(Box<PersistentVolumeClaim<'a>>),
    NetworkPolicy(Box<NetworkPolicy<'a>>),
    Monitor(Box<Monitor<'a>>),
    PrometheusRule(Box<PrometheusRule<'a>>),
    Gateway(Box<Gateway<'a>>),
    HttpRoute(Box<HttpRoute<'a>>),
    /// Nothing but metadata.
    #[default]
    Metadata,
}

/// Reads a body from the members of an object that are not common to all.
pub(super) struct BodyReader<'k, 'de> {
    shape: Shape,
    wanted: Wanted<'k>,
    seen: Seen,
    body: Body<'de>,
    templates: Vec<FoundTemplate<'de>>,
    pod: Option<Mapping<PodSpec<'de>>>,
}

impl<'k, 'de> BodyReader<'k, 'de> {
    pub(super) fn of(shape: Shape, wanted: Wanted<'k>) -> Self {
        let (seen, body) = (Seen::default(), Body::default());
        Self { shape, wanted, seen, body, templates: Vec::new(), pod: None }
    }

    /// Reads the value of `key`, or skips what nobody reads.
    pub(super) fn read<A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match (self.shape, key) {
            (Shape::Pod, "spec") => {
                self.seen.once::<A::Error>(1, key)?;
                self.pod = map.next_value()?;
                Ok(())
            }
            (Shape::PodTemplate, "template") => {
                self.seen.once::<A::Error>(1, key)?;
                let template = map.next_value::<Option<Mapping<PodTemplateSpec<'de>>>>()?;
                self.templates.extend(template.map(|t| FoundTemplate { path: 0, template: t.0 }));
                Ok(())
            }
            (Shape::Deployment, "spec") => self.own(key, map, Own::Deployment),
            (Shape::ReplicaSet, "spec") => self.own(key, map, Own::ReplicaSet),
            (Shape::StatefulSet, "spec") => self.own(key, map, Own::StatefulSet),
            (Shape::DaemonSet, "spec") => self.own(key, map, Own::DaemonSet),
            (Shape::ReplicationController, "spec") => {
                self.own(key, map, Own::ReplicationController)
            }
            (Shape::Job, "spec") => self.own(key, map, Own::Job),
            (Shape::CronJob, "spec") => self.own(key, map, Own::CronJob),
            (Shape::PodTemplates, _) => {
                follow(key, self.wanted, &mut self.seen, map, &mut self.templates)
            }
            (Shape::Role | Shape::ClusterRole, "rules")
            | (Shape::ClusterRole, "aggregationRule") => self.role(key, map),
            (Shape::Binding, "roleRef" | "subjects") => self.binding(key, map),
            (Shape::ControllerRevision, "data") => {
                self.seen.once::<A::Error>(1, key)?;
                let data = map.next_value()?;
                self.body = Body::ControllerRevision(Box::new(ControllerRevision { data }));
                Ok(())
            }
            (Shape::Secret, "type" | "data" | "stringData") => self.secret(key, map),
            (Shape::ConfigMap, "data") => {
                self.seen.once::<A::Error>(1, key)?;
                let data = map.next_value()?;
                self.body = Body::ConfigMap(Box::new(ConfigMap { data }));
                Ok(())
            }
            (shape, "spec") if without_spec(shape).is_some() => {
                self.seen.once::<A::Error>(1, key)?;
                self.body = of_spec(shape, map)?;
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn own<A: MapAccess<'de>, T: Deserialize<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        own: fn(Box<T>) -> Own<'de>,
    ) -> Result<(), A::Error> {
        self.seen.once::<A::Error>(1, key)?;
        let Some(spec) = map.next_value::<Option<Boxed<T>>>()? else { return Ok(()) };
        let mut own = own(spec.into_box());
        let template = own.take_template();
        self.templates.extend(template.map(|template| FoundTemplate { path: 0, template }));
        self.body = Body::Workload(Box::new(Workload { templates: Vec::new(), own }));
        Ok(())
    }

    fn role<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut role = match std::mem::take(&mut self.body) {
            Body::Role(role) => role,
            _ => Box::new(Role::default()),
        };
        if key == "rules" {
            self.seen.once::<A::Error>(1, key)?;
            role.rules = map.next_value()?;
        } else {
            self.seen.once::<A::Error>(2, key)?;
            role.aggregation_rule = map.next_value()?;
        }
        self.body = Body::Role(role);
        Ok(())
    }

    fn secret<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut secret = match std::mem::take(&mut self.body) {
            Body::Secret(secret) => secret,
            _ => Box::new(Secret::default()),
        };
        match key {
            "type" => {
                self.seen.once::<A::Error>(1, key)?;
                secret.kind = map.next_value()?;
            }
            "data" => {
                self.seen.once::<A::Error>(2, key)?;
                secret.data = map.next_value()?;
            }
            _ => {
                self.seen.once::<A::Error>(4, key)?;
                secret.string_data = map.next_value()?;
            }
        }
        self.body = Body::Secret(secret);
        Ok(())
    }

    fn binding<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut binding = match std::mem::take(&mut self.body) {
            Body::Binding(binding) => binding,
            _ => Box::new(Binding::default()),
        };
        if key == "roleRef" {
            self.seen.once::<A::Error>(1, key)?;
            binding.role_ref = map.next_value()?;
        } else {
            self.seen.once::<A::Error>(2, key)?;
            binding.subjects = map.next_value()?;
        }
        self.body = Body::Binding(binding);
        Ok(())
    }

    /// All that was read; a Pod's own metadata is that of its template as well.
    pub(super) fn end(self, metadata: &ObjectMeta<'de>) -> Body<'de> {
        let Self { shape, body, mut templates, pod, .. } = self;
        if shape == Shape::Pod {
            let metadata = TemplateMeta {
                labels: metadata.labels.clone(),
                annotations: metadata.annotations.clone(),
            };
            let template = PodTemplateSpec { metadata: Some(Mapping(metadata)), spec: pod };
            templates.push(FoundTemplate { path: 0, template });
        }
        templates.sort_by_key(|found| found.path);
        let own = match body {
            Body::Workload(workload) => workload.own,
            Body::Metadata if shape.is_workload() => Own::Nothing,
            body => return body.or_empty(shape),
        };
        Body::Workload(Box::new(Workload { templates, own }))
    }
}

/// Declares the views of which a `spec` is all that is read.
macro_rules! specs {
    ($($($shape:ident)|+ => $view:ident,)*) => {
        /// The view of a kind of which its `spec` is all that is read.
        fn of_spec<'de, A: MapAccess<'de>>(
            shape: Shape,
            map: &mut A,
        ) -> Result<Body<'de>, A::Error> {
            Ok(match shape {
                $($(Shape::$shape)|+ => {
                    let spec = map.next_value()?;
                    Body::$view(Box::new($view { spec }))
                })*
                _ => map.next_value::<IgnoredAny>().map(|IgnoredAny| Body::Metadata)?,
            })
        }

        /// The same where there was no `spec`; none for other kinds.
        fn without_spec<'a>(shape: Shape) -> Option<Body<'a>> {
            Some(match shape {
                $($(Shape::$shape)|+ => Body::$view(Box::default()),)*
                _ => return None,
            })
        }
    };
}

specs! {
    Service => Service,
    Ingress => Ingress,
    PodDisruptionBudget => PodDisruptionBudget,
    HorizontalPodAutoscaler => HorizontalPodAutoscaler,
    PersistentVolumeClaim => PersistentVolumeClaim,
    NetworkPolicy => NetworkPolicy,
    ServiceMonitor | PodMonitor => Monitor,
    PrometheusRule => PrometheusRule,
    Gateway => Gateway,
    HttpRoute => HttpRoute,
}

impl Body<'_> {
    /// The empty view of the shape, where no member of it was there.
    fn or_empty(self, shape: Shape) -> Self {
        match (self, shape) {
            (Self::Metadata, Shape::Role | Shape::ClusterRole) => Self::Role(Box::default()),
            (Self::Metadata, Shape::Binding) => Self::Binding(Box::default()),
            (Self::Metadata, Shape::ControllerRevision) => Self::ControllerRevision(Box::default()),
            (Self::Metadata, Shape::Secret) => Self::Secret(Box::default()),
            (Self::Metadata, Shape::ConfigMap) => Self::ConfigMap(Box::default()),
            (Self::Metadata, shape) => without_spec(shape).unwrap_or_default(),
            (body, _) => body,
        }
    }
}
