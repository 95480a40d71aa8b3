//! Objects that are created with a secret which is shown only once, and what to do if it could not be shown.

use serde::Deserialize;

use crate::server::answer::Answer;
use crate::terminal::cell::on_one_line;

/// For the commands that create one kind of object.
pub struct Creation {
    /// Such as "service credential".
    pub object: &'static str,
    /// Such as "client key".
    pub secret: &'static str,
    /// What to do without the secret. `ID` stands for the object's id.
    pub remedy: &'static str,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

impl Creation {
    /// One sentence with the id of the object, and never its secret.
    pub fn lost(&self, answer: &Answer) -> String {
        let Self { object, secret, remedy } = self;
        let id = answer.decode::<Created>().map_or_else(|_| "ID".to_owned(), |created| created.id);
        let id = on_one_line(id);
        format!("The {object} {id} exists, but its {secret} is lost: {}", remedy.replace("ID", &id))
    }
}
