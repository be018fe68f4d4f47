//! Forms of text (`k8s.io/apiserver/pkg/cel/library/format.go`).

use super::form::{FORMATS, NamedFormat};
use super::function::{Call, Function, Overload};
use super::made::{list, some, text as made_text};
use super::meter::{Failure, Meter};
use super::operators::text;
use super::types::Type::{Format, Optional, String as Text};
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global("format.named", &[Overload::new(&[Text], Optional, named)]),
    Function::global("format.dns1123Label", &form(|_, _| of(0))),
    Function::global("format.dns1123Subdomain", &form(|_, _| of(1))),
    Function::global("format.dns1035Label", &form(|_, _| of(2))),
    Function::global("format.qualifiedName", &form(|_, _| of(3))),
    Function::global("format.dns1123LabelPrefix", &form(|_, _| of(4))),
    Function::global("format.dns1123SubdomainPrefix", &form(|_, _| of(5))),
    Function::global("format.dns1035LabelPrefix", &form(|_, _| of(6))),
    Function::global("format.labelValue", &form(|_, _| of(7))),
    Function::global("format.uri", &form(|_, _| of(8))),
    Function::global("format.uuid", &form(|_, _| of(9))),
    Function::global("format.byte", &form(|_, _| of(10))),
    Function::global("format.date", &form(|_, _| of(11))),
    Function::global("format.datetime", &form(|_, _| of(12))),
    Function::method("validate", &[Overload::new(&[Format, Text], Optional, validate)]),
];

const fn form(call: Call) -> [Overload; 1] {
    [Overload::new(&[], Format, call)]
}

fn of<'t>(at: usize) -> Result<Value<'t>, Failure> {
    FORMATS.get(at).map(Value::Format).ok_or(Failure::OutOfRange)
}

fn named<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let name = text(of.first().ok_or(Failure::NoSuchOverload("format.named"))?, "format.named")?;
    match FORMATS.iter().find(|format| format.name == name) {
        Some(format) => some(Value::Format(format), meter),
        None => Ok(Value::Optional(None)),
    }
}

fn validate<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::Format(NamedFormat { is_no, fits, .. }), Value::String(text)] = of else {
        return Err(Failure::NoSuchOverload("validate"));
    };
    meter.step(text.len() / 16)?;
    if fits(text) {
        return Ok(Value::Optional(None));
    }
    let said = made_text(&format!("is no {is_no}"), meter)?;
    some(list(vec![said], meter)?, meter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_function_that_gives_it() {
        let mut meter = Meter::new(super::super::Limits::default());
        for format in &FORMATS {
            let name = format!("format.{}", format.name);
            let function = FUNCTIONS.iter().find(|function| function.name == name).expect("there");
            let made = (function.overloads[0].call)(&[], &mut meter);
            assert!(matches!(made, Ok(Value::Format(of)) if of.name == format.name), "{name}");
        }
    }
}
