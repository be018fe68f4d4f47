//! The whole of what is under review as trees, each made when it is first asked for.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::container::ContainerRole;
use super::target::Views;
use super::tree::{Fields, Tree, TreeSeed};
use super::{Source, Write};

/// The most bytes that a tree takes: of what is larger as a whole, no part is looked at this way.
const ROOM: usize = 16 << 20;

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// Nobody knows it here.
    Unknown,
    /// It is too large, or cannot be read.
    Unreadable,
}

/// Trees of what is under review.
pub trait Trees: fmt::Debug {
    /// The object.
    ///
    /// # Errors
    /// Why there is none.
    fn object(&self) -> Result<&Tree<'_>, Untold>;
    /// The object as it was; `null` where it is new.
    ///
    /// # Errors
    /// Why there is none.
    fn before(&self) -> Result<&Tree<'_>, Untold>;
    /// The request by which it is written, without the objects in it.
    ///
    /// # Errors
    /// Why there is none.
    fn request(&self) -> Result<&Tree<'_>, Untold>;
    /// Every container of its pods in the order in which they run, with the part that it plays as
    /// its `role`.
    ///
    /// # Errors
    /// Why there are none.
    fn containers(&self) -> Result<&[Tree<'_>], Untold>;
}

/// The trees of a subject.
pub struct Whole<'s> {
    views: &'s Views<'s>,
    /// Whether it is the object as it was, which others are held against: nothing was changed then.
    is_old: bool,
    object: OnceCell<Result<Tree<'s>, Untold>>,
    before: OnceCell<Result<Tree<'s>, Untold>>,
    request: OnceCell<Result<Tree<'s>, Untold>>,
    containers: OnceCell<Result<Vec<Tree<'s>>, Untold>>,
}

impl fmt::Debug for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whole")
    }
}

impl<'s> Whole<'s> {
    /// The trees of what these are the views of.
    pub fn of(views: &'s Views<'s>, is_old: bool) -> Self {
        let (object, before, request) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { views, is_old, object, before, request, containers: OnceCell::new() }
    }

    /// The views.
    pub fn views(&self) -> &'s Views<'s> {
        self.views
    }

    /// The object. Of what is being written it is at hand, or it is something that nobody can read.
    fn made(&self) -> Result<Tree<'s>, Untold> {
        let subject = self.views.subject();
        match subject.source.made() {
            Err(Untold::Unknown) if subject.write.is_some() => Err(Untold::Unreadable),
            made => made,
        }
    }

    fn written(&self) -> Result<Write<'s>, Untold> {
        self.views.subject().write.ok_or(Untold::Unknown)
    }
}

fn parsed<'s, D: DeserializeSeed<'s, Value = Tree<'s>>>(
    seed: D,
    json: &'s [u8],
) -> Result<Tree<'s>, Untold> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    seed.deserialize(&mut deserializer).map_err(|_| Untold::Unreadable)
}

impl<'s> Source<'s> {
    fn made(self) -> Result<Tree<'s>, Untold> {
        let room = Cell::new(ROOM);
        match self {
            Source::None => Err(Untold::Unknown),
            Source::Json(json) => parsed(TreeSeed::within(&room), json),
            Source::Node(node) => {
                TreeSeed::within(&room).deserialize(node).map_err(|_| Untold::Unreadable)
            }
        }
    }
}

/// The field `request` of a review without the objects in it.
struct RequestSeed<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for RequestSeed<'_> {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        deserializer.deserialize_map(Review(self.0))
    }
}

struct Review<'c>(&'c Cell<usize>);

impl<'de> Visitor<'de> for Review<'_> {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a review")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut review: A) -> Result<Tree<'de>, A::Error> {
        let mut request = Tree::Null;
        while let Some(key) = review.next_key::<Cow<'de, str>>()? {
            if key == "request" {
                request = review.next_value_seed(RequestFields(self.0))?;
            } else {
                review.next_value::<IgnoredAny>()?;
            }
        }
        Ok(request)
    }
}

struct RequestFields<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for RequestFields<'_> {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RequestFields<'_> {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut request: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = request.next_key::<Cow<'de, str>>()? {
            if matches!(&*key, "object" | "oldObject" | "uid") {
                request.next_value::<IgnoredAny>()?;
            } else {
                fields.push((key, request.next_value_seed(TreeSeed::within(self.0))?));
            }
        }
        Ok(Tree::Map(Fields::new(fields)))
    }
}

fn told<'t, T: ?Sized>(made: Result<&'t T, &Untold>) -> Result<&'t T, Untold> {
    made.map_err(|untold| *untold)
}

impl Trees for Whole<'_> {
    fn object(&self) -> Result<&Tree<'_>, Untold> {
        told(self.object.get_or_init(|| self.made()).as_ref())
    }

    fn before(&self) -> Result<&Tree<'_>, Untold> {
        if self.is_old {
            return self.object();
        }
        let made = || match self.written()?.before {
            Some(source) => source.made(),
            None => Ok(Tree::Null),
        };
        told(self.before.get_or_init(made).as_ref())
    }

    fn request(&self) -> Result<&Tree<'_>, Untold> {
        let made = || {
            let room = Cell::new(ROOM);
            parsed(RequestSeed(&room), self.written()?.review)
        };
        told(self.request.get_or_init(made).as_ref())
    }

    fn containers(&self) -> Result<&[Tree<'_>], Untold> {
        let made = || {
            let object = self.made()?;
            let mut found = Vec::new();
            for pod in self.views.pods() {
                let template =
                    pod.template.keys().iter().try_fold(&object, |at, key| at.field(key));
                let spec = template.and_then(|template| template.field("spec"));
                for c in pod.containers() {
                    let list = spec.and_then(|spec| spec.field(c.list()));
                    let Some(Tree::Map(fields)) = list.and_then(|list| list.item(c.index())) else {
                        return Err(Untold::Unreadable);
                    };
                    let role = Tree::Text(Cow::Borrowed(role(c.role)));
                    found.push(Tree::Map(fields.with("role", role)));
                }
            }
            Ok(found)
        };
        let containers = self.containers.get_or_init(made).as_ref();
        told(containers.map(Vec::as_slice))
    }
}

fn role(role: ContainerRole) -> &'static str {
    match role {
        ContainerRole::Init => "init",
        ContainerRole::Sidecar => "sidecar",
        ContainerRole::Main => "main",
        ContainerRole::Ephemeral => "ephemeral",
    }
}
