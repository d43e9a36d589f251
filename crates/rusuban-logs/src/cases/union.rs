//! Sets that are joined (union-find). The smallest number leads its set, so the result does not depend on the order.

pub(super) struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    /// So many sets of one.
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    fn leader(&mut self, mut at: usize) -> usize {
        while let Some(parent) = self.parent.get(at).copied() {
            if parent == at {
                break;
            }
            let above = self.parent.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.leader(a), self.leader(b));
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    pub(super) fn same(&mut self, a: usize, b: usize) -> bool {
        self.leader(a) == self.leader(b)
    }

    /// The sets, each in order, in the order of their first members.
    pub(super) fn groups(mut self) -> Vec<Vec<usize>> {
        let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
        for at in 0..self.parent.len() {
            groups.entry(self.leader(at)).or_default().push(at);
        }
        groups.into_values().collect()
    }
}
