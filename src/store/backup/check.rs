//! Validates a backup before the database is touched: complete, of a known version, and readable with the available
//! keys.

use std::io::BufRead;

use serde::Deserialize;

use crate::store::backup::error::BackupError;
use crate::store::backup::file::{Header, Line, Reader};
use crate::store::error::StoreError;
use crate::store::operator::maintenance::SealedKey;
use crate::store::operator::migrations;
use claviger_domain::SealedBytes;

/// The row of a signing key, its bytes in hexadecimal digits.
#[derive(Deserialize)]
struct KeyRow {
    realm: String,
    kid: String,
    role: String,
    sealed_under: String,
    sealed: String,
}

/// `opens` says whether a private key can be decrypted. Returns the header and the number of rows.
pub fn check(
    from: impl BufRead,
    opens: &dyn Fn(&SealedKey) -> bool,
    progress: &mut dyn FnMut(u64),
) -> Result<(Header, u64), StoreError> {
    let (mut reader, header) = Reader::begin(from)?;
    if !migrations::known()?.contains(&header.schema) {
        return Err(BackupError::Schema(header.schema).into());
    }
    let mut closed = None;
    loop {
        let number = reader.line() + 1;
        let Some(line) = reader.row()? else { break };
        if closed.is_none() && line.table == "signing_key" {
            closed = Some(sealed_key(&line, number)?).filter(|key| !opens(key));
        }
        if reader.count() % 1_000 == 0 {
            progress(reader.count());
        }
    }
    // Reported only for a complete backup; otherwise the damage is the error.
    match closed {
        Some(SealedKey { realm, kid, sealed, .. }) => {
            Err(BackupError::MasterKey { realm, kid, sealed_under: sealed.key_id }.into())
        }
        None => Ok((header, reader.count())),
    }
}

fn sealed_key(line: &Line<'_>, number: u64) -> Result<SealedKey, BackupError> {
    let damaged = |reason: String| BackupError::Line { line: number, reason };
    let row: KeyRow =
        serde_json::from_str(line.row.get()).map_err(|error| damaged(format!("signing_key: {error}")))?;
    let ciphertext =
        from_hex(&row.sealed).ok_or_else(|| damaged("signing_key: sealed is not hexadecimal".to_owned()))?;
    let sealed = SealedBytes { key_id: row.sealed_under, ciphertext };
    Ok(SealedKey { realm: row.realm, kid: row.kid, role: row.role, sealed })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}
