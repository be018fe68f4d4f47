//! URLs (`k8s.io/apiserver/pkg/cel/library/urls.go`).

use std::rc::Rc;

use super::function::{Call, Function, Overload};
use super::made;
use super::meter::{Failure, Meter};
use super::operators::text;
use super::types::Type::{Bool, Map, String as Text, Url};
use super::uri::Uri;
use super::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::global("url", &[Overload::new(&[Text], Url, url)]),
    Function::global(
        "isURL",
        &[Overload::new(&[Text], Bool, |of, meter| Ok(Value::Bool(parse(of, meter)?.is_some())))],
    ),
    Function::method("getScheme", &part(|of, meter| text_of(of, meter, |uri| &uri.scheme))),
    Function::method("getHost", &part(|of, meter| text_of(of, meter, |uri| &uri.host))),
    Function::method("getHostname", &part(|of, meter| text_of(of, meter, |uri| &uri.hostname))),
    Function::method("getPort", &part(|of, meter| text_of(of, meter, |uri| &uri.port))),
    Function::method("getEscapedPath", &part(|of, meter| text_of(of, meter, |uri| &uri.path))),
    Function::method("getQuery", &[Overload::new(&[Url], Map, query)]),
];

const fn part(call: Call) -> [Overload; 1] {
    [Overload::new(&[Url], Text, call)]
}

fn parse(of: &[Value<'_>], meter: &mut Meter) -> Result<Option<Uri>, Failure> {
    let text = text(of.first().ok_or(Failure::NoSuchOverload("url"))?, "url")?;
    meter.allocate(4 * text.len())?;
    Ok(Uri::parse(text))
}

fn url<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let uri = parse(of, meter)?.ok_or(Failure::Malformed("a URL"))?;
    Ok(Value::Url(Rc::new(uri)))
}

fn text_of<'t>(
    of: &[Value<'t>],
    meter: &mut Meter,
    read: fn(&Uri) -> &str,
) -> Result<Value<'t>, Failure> {
    let [Value::Url(uri)] = of else { return Err(Failure::NoSuchOverload("url")) };
    made::text(read(uri), meter)
}

fn query<'t>(of: &[Value<'t>], meter: &mut Meter) -> Result<Value<'t>, Failure> {
    let [Value::Url(uri)] = of else { return Err(Failure::NoSuchOverload("getQuery")) };
    let mut named: Vec<(String, Vec<Value<'t>>)> = Vec::new();
    for (name, value) in uri.query() {
        meter.step(1 + named.len())?;
        meter.allocate(size_of::<Value<'_>>())?;
        let value = made::text(&value, meter)?;
        match named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => named.push((name, vec![value])),
        }
    }
    let mut entries = Vec::with_capacity(named.len());
    for (name, values) in named {
        entries.push((made::text(&name, meter)?, made::list(values, meter)?));
    }
    made::map(entries, meter)
}
