//! Lists: a page of objects, or all of a few.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{Schema, member, object, with};

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// For the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A list that is answered whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items<T> {
    pub items: Vec<T>,
}

impl<T: Schema> Schema for Listed<T> {
    fn schema() -> Value {
        with(
            Items::<T>::schema(),
            vec![(
                "next_cursor",
                member::<Option<String>>(&[
                    "`cursor` of the next page; null on the last one. For example `WyJuaWdodGx5…`.",
                ]),
            )],
        )
    }
}

impl<T: Schema> Schema for Items<T> {
    fn schema() -> Value {
        with(object(Vec::new(), &[]), vec![("items", member::<Vec<T>>(&["The objects."]))])
    }
}
