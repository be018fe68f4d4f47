//! What functions there are: those of CEL's standard library and of the libraries that Kubernetes
//! adds (`k8s.io/apiserver/pkg/cel/environment/base.go`, at 1.36).

use super::function::Function;
use super::{conversions, formats, lists, network, optional, quantity, sets, strings, text_format};
use super::{time, url, versions};

/// All of them, by where they are from.
fn all() -> impl Iterator<Item = &'static Function> {
    let libraries: [&[Function]; 12] = [
        conversions::FUNCTIONS,
        formats::FUNCTIONS,
        lists::FUNCTIONS,
        network::FUNCTIONS,
        optional::FUNCTIONS,
        quantity::FUNCTIONS,
        sets::FUNCTIONS,
        strings::FUNCTIONS,
        text_format::FUNCTIONS,
        time::FUNCTIONS,
        url::FUNCTIONS,
        versions::FUNCTIONS,
    ];
    libraries.into_iter().flatten()
}

/// All functions of this name; a name may be that of functions of several libraries.
pub(super) fn named(name: &str, is_method: bool) -> impl Iterator<Item = &'static Function> {
    all().filter(move |function| function.name == name && function.is_method == is_method)
}

/// The names of all functions that are called so.
pub(super) fn names(is_method: bool) -> impl Iterator<Item = &'static str> {
    all().filter(move |function| function.is_method == is_method).map(|function| function.name)
}
