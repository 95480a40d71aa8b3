//! Shared database reads: which waiting caller may use which read. Pure.

/// Reads are sequential: at most one is in progress.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Looks<T> {
    /// Number of reads begun.
    begun: u64,
    under_way: bool,
    /// The latest completed read with its number.
    latest: Option<(u64, T)>,
}

/// A request for the read with this number or a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self { begun: 0, under_way: false, latest: None }
    }
}

impl<T> Looks<T> {
    /// A read that begins from now on: one in progress may miss a member that has joined since it began.
    pub fn ask(&self) -> Ticket {
        Ticket(self.begun + 1)
    }

    pub fn find(&self, Ticket(wanted): Ticket) -> Option<&T> {
        self.latest.as_ref().filter(|(number, _)| *number >= wanted).map(|(_, found)| found)
    }

    /// The number of a new read, unless one is in progress.
    pub fn begin(&mut self) -> Option<u64> {
        if self.under_way {
            return None;
        }
        self.begun += 1;
        self.under_way = true;
        Some(self.begun)
    }

    /// `None` if the read failed; the next one may begin in any case.
    pub fn end(&mut self, number: u64, found: Option<T>) {
        self.under_way = false;
        if let Some(found) = found {
            self.latest = Some((number, found));
        }
    }

    pub fn is_under_way(&self) -> bool {
        self.under_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_that_had_begun_before_it_was_asked_for_is_not_used() {
        let mut looks = Looks::default();
        let first = looks.ask();
        let number = looks.begin().expect("none is under way");
        let late = looks.ask();
        assert_eq!(looks.begin(), None);
        looks.end(number, Some("first"));
        assert_eq!((looks.find(first), looks.find(late)), (Some(&"first"), None));
        let broken = looks.begin().expect("none is under way");
        looks.end(broken, None);
        assert_eq!(looks.find(late), None);
        let number = looks.begin().expect("none is under way");
        looks.end(number, Some("third"));
        assert_eq!((looks.find(first), looks.find(late)), (Some(&"third"), Some(&"third")));
    }
}
