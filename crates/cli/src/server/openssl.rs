//! Generates RSA keys with `openssl`, if it is installed. The server does not generate them.

use std::process::{Command, Stdio};

use zeroize::Zeroizing;

const MAKE: [&str; 5] = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// PKCS#8 in PEM. The key comes through a pipe. It is never in a file or an argument.
pub fn make_rsa_key() -> Result<Zeroizing<String>, String> {
    let made = Command::new("openssl").args(MAKE).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let by_hand = format!(
        "create the key with `openssl {} -out key.pem` and pass it with --private-key key.pem",
        MAKE.join(" ")
    );
    match made {
        Ok(output) if output.status.success() => {
            let pem = String::from_utf8(output.stdout)
                .map_err(|_| format!("openssl did not write PEM: {by_hand}"))?;
            Ok(Zeroizing::new(pem))
        }
        Ok(output) => Err(format!("openssl could not create the key ({}): {by_hand}", output.status)),
        Err(error) => {
            Err(format!("keys of this kind require openssl, which cannot be run ({error}): {by_hand}"))
        }
    }
}
