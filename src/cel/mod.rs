//! CEL as Kubernetes has it (`k8s.io/apiserver/pkg/cel/environment/base.go`, at 1.36): expressions
//! over objects, checked when they are read and bounded when they are evaluated.
//!
//! The parser is that of the crate `cel`; the rest is not, for that crate has no bound, no check
//! before evaluation and none of Kubernetes' libraries.

mod calls;
mod catalog;
mod cidr;
mod compile;
mod conversions;
mod environment;
mod evaluate;
mod fold;
mod form;
mod formats;
mod function;
mod lists;
mod macros;
mod made;
mod messages;
mod meter;
mod network;
mod node;
mod numbers;
mod operators;
mod optional;
mod program;
mod quantity;
mod run;
mod scope;
mod search;
mod sets;
mod strings;
mod text_format;
mod time;
mod types;
mod uri;
mod url;
mod value;
mod versions;

pub use environment::{Environment, Mistake, SOURCE_LIMIT};
pub use made::{labels, partly_known};
pub use meter::{Failure, Limits, Meter};
pub use program::Program;
pub use run::Inputs;
pub use types::Type;
pub use value::{List, MadeList, MadeMap, Map, Text, Value};
