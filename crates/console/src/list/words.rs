//! What a list and its tabs are called.

/// Of one list.
#[derive(Clone, Copy, Debug)]
pub struct ListWords {
    /// `Members`, the heading.
    pub title: &'static str,
    pub lede: &'static str,
    /// A symbol of the sprite.
    pub icon: &'static str,
    /// `members`
    pub many: &'static str,
    /// The label of the search field: what is searched.
    pub seek: &'static str,
    /// Of the empty list: what one of them is for.
    pub none_yet: &'static str,
    /// The command that makes the first one; empty if there is none.
    pub command: &'static str,
}

/// Of one tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TabWords {
    /// The value of `status` in the address.
    pub value: &'static str,
    pub title: &'static str,
    /// `active member`
    pub one: &'static str,
    /// `active members`
    pub many: &'static str,
    /// What is said of one that is found here and not in the tab that was searched: `One that is active does.`
    pub found: &'static str,
}

/// The tabs of a list, the usual one first.
pub trait ListTab: Copy + PartialEq + 'static {
    const ALL: &'static [Self];

    fn words(self) -> &'static TabWords;
}
