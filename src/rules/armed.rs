//! A built-in rule as a policy sets it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Armed, BadValue, Checked, Context, Findings, Halt, Likeness, Mode, Params, Remarks, Rule,
    RuleRef, Setting,
};
use crate::inventory::Neighbour;
use crate::subject::{Kind, Target, Views, fingerprint};

/// A built-in rule as a policy sets it.
pub(super) struct ArmedRule<R: Rule> {
    setting: Setting<R::Params>,
    /// Of the setting, where there are any.
    remarks: Option<Arc<Remarks>>,
    /// What tells these parameters from others.
    likeness: Option<Likeness>,
}

impl<R: Rule> ArmedRule<R> {
    /// As it is set.
    pub(super) fn new(setting: Setting<R::Params>) -> Self {
        let remarks = setting.remarks.clone();
        let remarks = (remarks != Remarks::default()).then(|| Arc::new(remarks));
        let likeness = match serde_json::to_vec(&setting.params) {
            Ok(params) => Some((const { &R::DESCRIPTION }.id.as_ref(), fingerprint([params]))),
            Err(_) => None,
        };
        Self { setting, remarks, likeness }
    }
}

impl<R: Rule> Armed for ArmedRule<R> {
    fn rule(&self) -> RuleRef {
        RuleRef::BuiltIn(const { &R::DESCRIPTION })
    }

    fn mode(&self, default: Mode, now: Timestamp) -> Mode {
        self.setting.mode(default, now)
    }

    fn deny_from(&self) -> Option<Timestamp> {
        self.setting.deny_from
    }

    fn remarks(&self) -> Option<&Arc<Remarks>> {
        self.remarks.as_ref()
    }

    fn covers(&self, kind: &Kind) -> bool {
        R::On::covers(kind)
    }

    fn needs(&self) -> &[Neighbour] {
        R::NEEDS
    }

    fn reads_labels(&self) -> bool {
        R::READS_LABELS
    }

    fn parts(&self) -> Vec<&str> {
        R::parts(&self.setting.params)
    }

    fn likeness(&self) -> Option<Likeness> {
        self.likeness
    }

    fn check(
        &self,
        views: &Views<'_>,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Option<Checked> {
        let mut checked = None;
        let mut undetermined = None;
        for on in R::On::of(views) {
            // Whatever it looks at, it comes to every element, perhaps to find nothing there.
            let one = match found.visit(R::On::elements(on)) {
                Ok(()) if !R::applies(on, &self.setting.params, cx) => continue,
                Ok(()) => R::check(on, &self.setting.params, cx, found),
                Err(halt) => Err(halt),
            };
            checked = Some(Ok(()));
            match one {
                Ok(()) => {}
                // What cannot be said of one may be said of the next.
                Err(Halt::Undetermined(why)) => undetermined = Some(Err(why.into())),
                Err(halt) => return Some(Err(halt)),
            }
        }
        undetermined.or(checked)
    }
}

/// A built-in rule that a policy sets: what can be asked of it beside what it finds.
pub(super) trait Set: Armed {
    /// What is wrong with the values of its parameters.
    fn problems(&self) -> Vec<BadValue>;
    /// The setting as it could be written.
    fn to_value(&self) -> Result<Value, serde_json::Error>;
}

impl<R: Rule> Set for ArmedRule<R> {
    fn problems(&self) -> Vec<BadValue> {
        let of_remarks = self.setting.remarks.problems().into_iter();
        let of_remarks =
            of_remarks.map(|(parameter, reason)| BadValue { parameter, element: None, reason });
        self.setting.params.problems().into_iter().chain(of_remarks).collect()
    }

    fn to_value(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(&self.setting)
    }
}
