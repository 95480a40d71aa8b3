//! Service credentials.

mod lines;
