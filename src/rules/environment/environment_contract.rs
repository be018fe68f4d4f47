//! A program starts with the environment that it was built for, and with nothing that nobody meant.

use super::contract_params::{Demand, EnvironmentContractParams, Origin, Unknown};
use super::contract_value::{Complaint, Other};
use super::contract_variable::{Environment, Found, Known, Variable};
use crate::inventory::{Neighbour, Unseen};
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, Reach, Remedy, Rule, RuleDescription,
    Severity, Standard, Text,
};
use crate::subject::{ContainerRef, Pod, Pods};
use crate::text::{Quoted, Wildcard, nearest};

#[doc = include_str!("environment_contract.md")]
pub(crate) struct EnvironmentContract;

impl Rule for EnvironmentContract {
    type On = Pods;
    type Params = EnvironmentContractParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("environment-contract"),
        group: Text::Borrowed("environment"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every container has the environment that its contract demands."),
        rows: &[
            "R2", "R4", "R5", "R6", "R11", "R13", "R23", "M9", "M10", "M11", "M15", "M17", "M18",
            "M19", "M20", "M21", "M22", "M23", "M24", "M40",
        ],
        standards: &[Standard::Cwe(1188)],
        page: Text::Borrowed(include_str!("environment_contract.md")),
    };
    const NEEDS: &'static [Neighbour] = &[
        Neighbour::Secret,
        Neighbour::ConfigMap,
        Neighbour::ConfigMapValue,
        Neighbour::SecretValue,
    ];

    fn parts(params: &EnvironmentContractParams) -> Vec<&str> {
        params.variables.iter().map(|demand| demand.name.as_str()).collect()
    }

    fn applies(pod: &Pod<'_, '_>, params: &EnvironmentContractParams, _: &Context<'_>) -> bool {
        pod.containers().any(|c| params.is_for(pod, &c))
    }

    fn check(
        pod: &Pod<'_, '_>,
        params: &EnvironmentContractParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let mut unseen = None;
        for container in pod.containers() {
            found.visit(params.containers.len())?;
            if params.is_for(pod, &container) {
                let environment = Environment { container, cx: *cx };
                let mut check = Check { environment, params, unseen: &mut unseen };
                check.run(found)?;
            }
        }
        unseen.map_or(Ok(()), |why| Err(why.into()))
    }
}

/// What the controller of indexed Jobs puts into their Pods.
const OF_INDEXED_JOBS: &str = "JOB_COMPLETION_INDEX";

/// How many steps a demand takes on a value, for each of its bytes.
const A_BYTE: usize = 8;

/// The check of one container.
struct Check<'c, 's, 'a> {
    environment: Environment<'s, 'a>,
    params: &'c EnvironmentContractParams,
    /// The first thing that would have to be known, and is not.
    unseen: &'c mut Option<Unseen>,
}

impl<'s> Check<'_, 's, '_> {
    fn run(&mut self, found: &mut Findings<'_>) -> Checked {
        let container = self.environment.container;
        for demand in &self.params.variables {
            found.visit(1 + container.spec.0.env_from.len())?;
            if demand.is_of_many() {
                self.many(demand, found)?;
            } else {
                self.one(demand, found)?;
            }
        }
        if self.params.unknown == Unknown::Report { self.unknown(found) } else { Ok(()) }
    }

    fn many(&mut self, demand: &Demand, found: &mut Findings<'_>) -> Checked {
        let container = self.environment.container;
        let name = Wildcard::new(&demand.name);
        found.visit(container.spec.0.env.len())?;
        for (index, variable) in container.spec.0.env.iter().enumerate() {
            let called = variable.name.as_deref().unwrap_or_default();
            found.spend(called.len())?;
            if name.fits(called) {
                let variable = self.environment.listed(index, variable);
                self.hold(demand, called, &variable, found)?;
            }
        }
        let (names, unseen) = self.environment.names_in_objects();
        found.visit(names.len())?;
        for called in names.iter().filter(|called| name.fits(called)) {
            if let Found::Variable(variable) = self.environment.find(called) {
                self.hold(demand, called, &variable, found)?;
            }
        }
        unseen.map_or(Ok(()), |why| self.leave_open(demand, why, found))
    }

    /// Notes that it cannot be said whether a demand is met.
    fn leave_open(&mut self, demand: &Demand, why: Unseen, found: &mut Findings<'_>) -> Checked {
        self.unseen.get_or_insert(why);
        found.leave_open(&demand.name)
    }

    fn one(&mut self, demand: &Demand, found: &mut Findings<'_>) -> Checked {
        match self.environment.find(&demand.name) {
            Found::Variable(variable) => self.hold(demand, &demand.name, &variable, found),
            Found::Nothing if demand.is_required() => self.missing(demand, found),
            Found::Nothing => Ok(()),
            Found::Perhaps(why) => self.leave_open(demand, why, found),
        }
    }

    fn missing(&self, demand: &Demand, found: &mut Findings<'_>) -> Checked {
        let c = self.environment.container;
        let name = Quoted(&demand.name);
        let message = format!("{c} has no variable {name}");
        let at = c.at(&["env"]);
        let from =
            demand.from.map_or(String::new(), |origin| format!(", from {}", origin.as_str()));
        let value = demand.equals.as_ref();
        let value =
            value.map_or(String::new(), |value| format!(" with the value {}", Quoted(value)));
        let remedy = Remedy::Advice(format!("add {name}{value}{from} to {at}"));
        let finding =
            self.bounded(Finding::of(&c, at, message, remedy), self.environment.has_objects());
        let finding = finding.of_part(&demand.name);
        found.add(finding, || fact(&c, [&demand.name, "missing", ""]))
    }

    /// Holds a variable that is there against what is demanded of it.
    fn hold(
        &mut self,
        demand: &Demand,
        name: &str,
        variable: &Variable<'s>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let c = self.environment.container;
        if demand.forbidden {
            let message = format!("{c} has variable {}, which it must not have", Quoted(name));
            let remedy = if variable.is_listed {
                Remedy::remove(entry(&variable.at, c))
            } else {
                Remedy::Advice(in_its_object("take it out of", variable))
            };
            let finding = Finding::of(&c, variable.at.clone(), message, remedy);
            let finding = self.bounded(finding, !variable.is_listed).of_part(&demand.name);
            return found.add(finding, || fact(&c, [name, "forbidden", ""]));
        }
        if let Some(wanted) = demand.from.filter(|wanted| *wanted != variable.origin) {
            let (is, must) = (variable.origin.as_str(), wanted.as_str());
            let message = format!(
                "variable {} of {c} comes from {is} and must come from {must}",
                Quoted(name)
            );
            let by = match wanted {
                Origin::Secret => " with valueFrom.secretKeyRef",
                Origin::ConfigMap => " with valueFrom.configMapKeyRef",
                Origin::Field | Origin::Literal => "",
            };
            let remedy = Remedy::Advice(format!("take it from {must}{by} at {}", variable.at));
            let finding = Finding::of(&c, variable.at.clone(), message, remedy);
            let finding = self.bounded(finding, !variable.is_listed).of_part(&demand.name);
            found.add(finding, || fact(&c, [name, "from", is]))?;
        }
        if !demand.is_about_value() {
            return Ok(());
        }
        match &variable.value {
            Known::Text(value) => self.value(demand, name, variable, value, found),
            Known::NoText => {
                let complaint = Complaint::of("text", "is no text");
                self.complain((demand, name), variable, "", complaint, found)
            }
            // What nobody can hold against the demand must not pass for what fits it; what an object
            // will hold is for `secret-references` to ask.
            Known::Later if variable.held_in.is_none() && variable.origin != Origin::Secret => {
                let text = "is made from what is not known before it starts";
                let complaint = Complaint::of("known", text);
                self.complain((demand, name), variable, "", complaint, found)
            }
            Known::Later => Ok(()),
            Known::Unseen(why) => self.leave_open(demand, *why, found),
        }
    }

    fn value(
        &mut self,
        demand: &Demand,
        name: &str,
        variable: &Variable<'s>,
        value: &str,
        found: &mut Findings<'_>,
    ) -> Checked {
        found.spend(value.len().saturating_mul(A_BYTE))?;
        let others = |name: &str| match self.environment.find(name) {
            Found::Variable(Variable { value: Known::Text(text), held_in, .. }) => {
                Some(Other { value: text.into_owned(), is_of_neighbour: held_in.is_some() })
            }
            _ => None,
        };
        let complaints = demand.complaints(value, &self.environment.container, &others);
        for complaint in complaints {
            self.complain((demand, name), variable, value, complaint, found)?;
        }
        Ok(())
    }

    /// Says what is wrong with a value, and nothing of the value.
    fn complain(
        &self,
        (of, name): (&Demand, &str),
        variable: &Variable<'s>,
        value: &str,
        complaint: Complaint,
        found: &mut Findings<'_>,
    ) -> Checked {
        let c = self.environment.container;
        let Complaint { demand, text, right, rests_on_neighbours } = complaint;
        let message = format!("variable {} of {c} {text}", Quoted(name));
        let (at, remedy) = match (&variable.held_in, right) {
            (None, Some(right)) if variable.origin == Origin::Literal => {
                let at = variable.at.clone().key("value");
                (at.clone(), Remedy::set(at, right))
            }
            (Some(_), right) => {
                let advice = match right {
                    Some(right) => {
                        format!("{} to {}", in_its_object("set", variable), Quoted(&right))
                    }
                    None => in_its_object("correct", variable),
                };
                (variable.at.clone(), Remedy::Advice(advice))
            }
            (None, _) => {
                let advice = format!("correct it at {}", variable.at);
                (variable.at.clone(), Remedy::Advice(advice))
            }
        };
        let finding = self.bounded(
            Finding::of(&c, at, message, remedy),
            variable.held_in.is_some() || rests_on_neighbours,
        );
        let finding = finding.of_part(&of.name);
        found.add(finding, || fact(&c, [name, demand, value]))
    }

    /// What rests on what stands around the pod refuses nothing while the pod is written: it may be
    /// applied a second later.
    fn bounded(&self, finding: Finding, rests_on_neighbours: bool) -> Finding {
        let is_bounded = rests_on_neighbours && self.environment.cx.is_write;
        if is_bounded { finding.only_warns() } else { finding }
    }

    /// Variables of the list that no demand names.
    fn unknown(&self, found: &mut Findings<'_>) -> Checked {
        let c = self.environment.container;
        let demands = &self.params.variables;
        for (index, variable) in c.spec.0.env.iter().enumerate() {
            found.visit(demands.len())?;
            let name = variable.name.as_deref().unwrap_or_default();
            let is_known = |demand: &Demand| {
                demand.name == name || demand.is_of_many() && Wildcard::new(&demand.name).fits(name)
            };
            if name == OF_INDEXED_JOBS || demands.iter().any(is_known) {
                continue;
            }
            found.spend(name.len().saturating_mul(demands.len()))?;
            let at = c.at(&["env"]).index(index);
            let message =
                format!("variable {} of {c} is none that its contract names", Quoted(name));
            let near = nearest(name, demands.iter().map(|demand| demand.name.as_str()));
            let remedy = match near {
                Some(near) => Remedy::Advice(format!(
                    "correct its name at {at}: did you mean {}?",
                    Quoted(near)
                )),
                None => Remedy::Advice(format!("remove it at {at}, or name it in the contract")),
            };
            found.add(Finding::of(&c, at, message, remedy), || fact(&c, [name, "unknown", ""]))?;
        }
        Ok(())
    }
}

/// What to do to the object that a variable comes from.
fn in_its_object(verb: &str, variable: &Variable<'_>) -> String {
    match &variable.held_in {
        Some((source, name, key)) => {
            format!("{verb} key {} of {} {}", Quoted(key), source.kind(), Quoted(name))
        }
        None => format!("{verb} {}", variable.at),
    }
}

/// The element of the list that a place is in.
fn entry(at: &FieldPath, c: ContainerRef<'_, '_>) -> FieldPath {
    let depth = c.at(&["env"]).segments().len() + 1;
    FieldPath::from_segments(at.segments().iter().take(depth).cloned().collect())
}

fn fact(c: &ContainerRef<'_, '_>, what: [&str; 3]) -> Evidence {
    Evidence::new([Fact::new(Reach::one(c), what)])
}
