//! Texts that are kept once, however often they occur.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The place of something in a [`Pool`]; one that may not be there takes no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place(NonZeroU32);

/// A text in a pool.
pub(super) type Text = Place;

/// Texts, or lists, each once.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized = str> {
    places: HashMap<Arc<T>, Place>,
    all: Vec<Arc<T>>,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Hash + Eq + ?Sized> Pool<T> {
    /// Keeps something.
    pub(super) fn keep<'t>(&mut self, value: &'t T) -> Place
    where
        Arc<T>: From<&'t T>,
    {
        if let Some(&place) = self.places.get(value) {
            return place;
        }
        let value: Arc<T> = value.into();
        self.all.push(Arc::clone(&value));
        let count = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let place = Place(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        self.places.insert(value, place);
        place
    }

    /// What is kept at a place.
    pub(super) fn find(&self, place: Place) -> Option<&T> {
        let at = usize::try_from(place.0.get()).unwrap_or(usize::MAX);
        self.all.get(at - 1).map(AsRef::as_ref)
    }
}

impl Pool {
    /// A text that is kept.
    pub(super) fn get(&self, text: Text) -> &str {
        self.find(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_place_and_is_found_there() {
        let mut pool: Pool = Pool::default();
        let (one, other) = (pool.keep("one"), pool.keep("other"));
        assert_eq!((pool.keep("one"), pool.get(one), pool.get(other)), (one, "one", "other"));
        assert_eq!(size_of::<Option<Text>>(), 4);
    }
}
