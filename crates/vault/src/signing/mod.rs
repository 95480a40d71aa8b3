//! Signatures that stand in for a secret: assertions (RFC 7523) and AWS requests.

mod jwt;
mod private_key;
mod sigv4;

pub use jwt::signed_jwt;
pub use private_key::{KeyFault, SigningKey};
pub use sigv4::{AwsKey, sign_aws_request};
