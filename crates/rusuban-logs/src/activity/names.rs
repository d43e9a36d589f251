//! Texts that are said again and again, kept once.

use std::collections::HashMap;
use std::sync::Arc;

use super::evidence::start_of;

/// A kept text. Its number says nothing outside of its [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct NameId(pub(super) u32);

impl NameId {
    /// The number of the name that was kept at this place, from 1.
    pub(super) fn of(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }
}

/// The longest text that is kept, in bytes; names longer than this are cut.
const LONGEST: usize = 512;

/// The texts of one partial result. Number 0 is the empty text.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    ids: HashMap<Arc<str>, NameId, foldhash::fast::RandomState>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// The number of a text.
    pub(super) fn id(&mut self, text: &str) -> NameId {
        if text.is_empty() {
            return NameId(0);
        }
        let text = start_of(text, LONGEST);
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let kept: Arc<str> = text.into();
        let id = NameId::of(self.texts.len() + 1);
        self.texts.push(kept.clone());
        self.ids.insert(kept, id);
        id
    }

    /// The text of a number.
    pub(super) fn text(&self, id: NameId) -> Arc<str> {
        (id.0 as usize).checked_sub(1).and_then(|at| self.texts.get(at)).cloned().unwrap_or_default()
    }

    /// The numbers that the texts of `other` have here, by their number there.
    pub(super) fn take(&mut self, other: &Self) -> Vec<NameId> {
        std::iter::once(NameId(0)).chain(other.texts.iter().map(|text| self.id(text))).collect()
    }

    /// How many there are, without the empty text.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}
