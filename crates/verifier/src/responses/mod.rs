//! What a refused request is answered with, in any framework.

mod answer;
mod protected_resource;
mod protection;

pub use answer::{Answer, NotPresented};
pub use protected_resource::{InvalidResource, ProtectedResource};
pub use protection::{Protection, Refusal};
