//! A workload that does not select the pods that it makes would make them for ever.

use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Text,
};
use crate::subject::{
    LabelSelector, LabelSelectorRequirement, List, Map, Selecting, Selection, Selector, Str,
};
use crate::text::Quoted;

#[doc = include_str!("selector_mismatch.md")]
pub(crate) struct SelectorMismatch;

type Labels<'s> = Option<&'s Map<'s, Str<'s>>>;

impl Rule for SelectorMismatch {
    type On = Selecting;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("selector-mismatch"),
        group: Text::Borrowed("api"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every workload selects the pods that it makes."),
        rows: &["R16"],
        standards: &[],
        page: Text::Borrowed(include_str!("selector_mismatch.md")),
    };

    fn check(
        selection: Selection<'_>,
        _: &NoParams,
        _: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let at = FieldPath::root().keys(&["spec", "selector"]);
        match selection.selector {
            Some(Selector::Plain(labels)) => equal(labels, &at, selection.labels, found),
            Some(Selector::Labels(selector)) if !is_empty(selector) => {
                let of_labels = at.clone().key("matchLabels");
                equal(&selector.match_labels, &of_labels, selection.labels, found)?;
                required(&selector.match_expressions, &at, selection.labels, found)
            }
            Some(Selector::Labels(_)) | None => {
                let advice = format!("name labels of the template in {at}.matchLabels");
                let finding =
                    Finding::new(at, "the selector selects no pods", Remedy::Advice(advice));
                found.add(finding, || Evidence::new([Fact::new(Reach::object(), ["empty"])]))
            }
        }
    }
}

fn is_empty(selector: &LabelSelector<'_>) -> bool {
    selector.match_labels.is_empty() && selector.match_expressions.is_empty()
}

/// Labels that the pods must have as they are.
fn equal(
    wanted: &Map<'_, Str<'_>>,
    at: &FieldPath,
    labels: Labels<'_>,
    found: &mut Findings<'_>,
) -> Checked {
    for (key, value) in wanted.iter() {
        found.visit(1)?;
        found.spend(key.len() + value.len())?;
        let label = labels.and_then(|labels| labels.get(key)).map(Str::as_str);
        if label == Some(value.as_str()) {
            continue;
        }
        let of_pod =
            FieldPath::root().keys(&["spec", "template", "metadata", "labels"]).found_key(key);
        let (fault, remedy) = if label.is_none() {
            ("is not on the pods", Remedy::set(of_pod.clone(), value.as_str()))
        } else {
            let of_selector = at.clone().found_key(key);
            let advice = format!("write the same at {of_selector} and {of_pod}");
            ("has another value on the pods", Remedy::Advice(advice))
        };
        let message = format!("the label {} of the selector {fault}", Quoted(key));
        let fact = || Fact::new(Reach::object(), [key.as_str(), value.as_str()]);
        found.add(Finding::new(of_pod, message, remedy), || Evidence::new([fact()]))?;
    }
    Ok(())
}

/// Requirements that the pods' labels must fulfil.
fn required(
    expressions: &List<crate::subject::Mapping<LabelSelectorRequirement<'_>>>,
    at: &FieldPath,
    labels: Labels<'_>,
    found: &mut Findings<'_>,
) -> Checked {
    for (index, asked) in expressions.iter().enumerate() {
        found.visit(1 + asked.values.len())?;
        let key = asked.key.as_deref().unwrap_or_default();
        found.spend(key.len() + asked.values.iter().map(|value| value.len()).sum::<usize>())?;
        let label = labels.and_then(|labels| labels.get(key)).map(Str::as_str);
        if asked.is_fulfilled_by(label) {
            continue;
        }
        let at = at.clone().key("matchExpressions").index(index);
        let message =
            format!("the label {} of the pods is not as the selector asks for", Quoted(key));
        let remedy = Remedy::Advice(format!("let the labels of the template fulfil {at}"));
        let operator = asked.operator.as_deref().unwrap_or_default();
        let words = [key, operator].into_iter().chain(asked.values.iter().map(Str::as_str));
        let fact = || Fact::new(Reach::object(), words.clone());
        found.add(Finding::new(at, message, remedy), || Evidence::new([fact()]))?;
    }
    Ok(())
}
