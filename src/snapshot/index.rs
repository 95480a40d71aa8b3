//! Index from referenced objects to the objects that reference them, so an act examines only what it can affect.

use imbl::{OrdMap, OrdSet};

/// Cheap to clone. A key without values uses no memory.
#[derive(Clone)]
pub struct Index<K, V>(OrdMap<K, OrdSet<V>>);

impl<K: Ord, V: Ord> Default for Index<K, V> {
    fn default() -> Self {
        Self(OrdMap::new())
    }
}

impl<K: Ord + Clone, V: Ord + Clone> Index<K, V> {
    pub fn insert(&mut self, key: K, value: V) {
        self.0.entry(key).or_default().insert(value);
    }

    pub fn remove(&mut self, key: &K, value: &V) {
        let Some(values) = self.0.get_mut(key) else { return };
        values.remove(value);
        if values.is_empty() {
            self.0.remove(key);
        }
    }

    pub fn get(&self, key: &K) -> impl Iterator<Item = &V> {
        self.0.get(key).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_values_are_dropped() {
        let mut index = Index::default();
        index.insert("a", 1);
        index.insert("a", 2);
        assert_eq!(index.get(&"a").copied().collect::<Vec<_>>(), [1, 2]);
        index.remove(&"a", &1);
        index.remove(&"a", &3);
        index.remove(&"b", &1);
        assert_eq!(index.get(&"a").copied().collect::<Vec<_>>(), [2]);
        index.remove(&"a", &2);
        assert!(index.0.is_empty());
    }
}
