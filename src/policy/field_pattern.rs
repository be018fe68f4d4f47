//! A field of an object as an exception names it: a path in which `[*]` stands for any place.

use serde_json::Value;

use crate::path::{FieldPath, Segment};

/// A path in which an element of a list may be any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldPattern(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Any,
}

impl FieldPattern {
    /// Reads a path as refusals show it; none where it is no path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step;
            (step, rest) = match (rest.strip_prefix('['), rest.strip_prefix('.')) {
                (Some(inner), _) => bracket(inner)?,
                (None, Some(behind)) if !steps.is_empty() => key(behind)?,
                (None, None) if steps.is_empty() => key(rest)?,
                (None, _) => return None,
            };
            steps.push(step);
        }
        (!steps.is_empty()).then_some(Self(steps))
    }

    /// What stands in `object` at the field, which is at or below `at`; none where it is not, or
    /// where nothing stands there.
    pub(super) fn values_below<'v>(
        &self,
        at: &FieldPath,
        object: &'v Value,
    ) -> Option<Vec<&'v Value>> {
        let found = at.segments();
        let (above, below) = self.0.split_at_checked(found.len())?;
        let leads_there = above.iter().zip(found).all(|(step, segment)| match (step, segment) {
            (Step::Key(key), Segment::Key(found)) => key == found,
            (Step::Index(index), Segment::Index(found)) => index == found,
            (Step::Any, Segment::Index(_)) => true,
            _ => false,
        });
        let start = object.pointer(&at.pointer()).filter(|_| leads_there)?;
        let mut values = vec![start];
        for step in below {
            let next: Option<Vec<Vec<&Value>>> =
                values.iter().map(|value| step.of(value)).collect();
            values = next?.concat();
        }
        (!values.is_empty()).then_some(values)
    }
}

impl Step {
    /// Where the step leads from `value`; none where it leads nowhere.
    fn of<'v>(&self, value: &'v Value) -> Option<Vec<&'v Value>> {
        match self {
            Self::Key(key) => value.get(key).map(|value| vec![value]),
            Self::Index(index) => value.get(index).map(|value| vec![value]),
            Self::Any => value.as_array().map(|list| list.iter().collect()),
        }
    }
}

/// A plain key, and what stands behind it.
fn key(text: &str) -> Option<(Step, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (key, rest) = text.split_at_checked(end)?;
    let is_plain = !key.is_empty() && !key.contains([']', '"']);
    is_plain.then(|| (Step::Key(key.to_owned()), rest))
}

/// What stands behind an opening bracket, and what behind the closing one.
fn bracket(inner: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let (key, rest) = quoted.split_once("\"]")?;
        return (!key.is_empty()).then(|| (Step::Key(key.to_owned()), rest));
    }
    let (index, rest) = inner.split_once(']')?;
    match index.parse() {
        Ok(index) => Some((Step::Index(index), rest)),
        Err(_) => (index == "*").then_some((Step::Any, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_read_as_refusals_show_it() {
        for good in ["spec.a[0].b", "a", "a[*]", "metadata.annotations[\"a.b/c\"]", "a[\"b\"].c"] {
            assert!(FieldPattern::parse(good).is_some(), "{good}");
        }
        for bad in ["", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a]b", "a[\"\"]", "a[-1]"] {
            assert!(FieldPattern::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn values_are_found_at_and_below_the_place_of_a_finding_and_nowhere_else() {
        let object = json!({"v": [{"p": "/a"}, {"p": "/b", "l": [1, 2]}, 7]});
        let at = |index: usize| FieldPath::root().key("v").index(index);
        let found = |pattern: &str, index| {
            let pattern = FieldPattern::parse(pattern).expect("a path");
            pattern.values_below(&at(index), &object).map(|v| json!(v))
        };
        assert_eq!(found("v[*].p", 1), Some(json!(["/b"])));
        assert_eq!(found("v[0].p", 1), None);
        assert_eq!(found("v[*].l[*]", 1), Some(json!([1, 2])));
        assert_eq!(found("v[*].l[*]", 0), None);
        assert_eq!(found("v", 0), None);
        assert_eq!(found("v[*]", 2), Some(json!([7])));
        assert_eq!(found("w[*].p", 1), None);
    }
}
