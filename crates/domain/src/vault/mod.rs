//! Credentials of third parties and the sources that use them.

pub(crate) mod catalog_id;
pub(crate) mod listing;
pub(crate) mod slug;
pub(crate) mod source;
pub(crate) mod source_credential;
pub(crate) mod validation;
