//! Validates a backup before the database is touched: complete, of a known version, and readable with the available
//! keys.

use std::io::BufRead;

use serde::Deserialize;

use crate::store::backup::error::BackupError;
use crate::store::backup::file::{Header, Line, Reader};
use crate::store::error::StoreError;
use crate::store::operator::envelopes::{TABLES, owner_in};
use crate::store::operator::migrations;
use crate::store::sealed_part::{SealedOwner, SealedPart};
use claviger_domain::SealedBytes;

/// A row with sealed bytes, in hexadecimal digits.
#[derive(Deserialize)]
struct SealedRow {
    realm: String,
    /// Of a signing key.
    kid: Option<String>,
    /// Of a row with an envelope, or with none.
    id: Option<String>,
    sealed_under: Option<String>,
    sealed: Option<String>,
}

/// `opens` says whether sealed bytes can be opened. Returns the header and the number of rows.
pub fn check(
    from: impl BufRead,
    opens: &dyn Fn(&SealedPart) -> bool,
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
        if closed.is_none() && (line.table == "signing_key" || TABLES.contains(&line.table)) {
            closed = sealed_part(&line, number)?.filter(|part| !opens(part));
        }
        if reader.count() % 1_000 == 0 {
            progress(reader.count());
        }
    }
    // Reported only for a complete backup; otherwise the damage is the error.
    match closed {
        Some(part) => {
            let what = part.to_string();
            Err(BackupError::MasterKey { what, sealed_under: part.sealed.key_id }.into())
        }
        None => Ok((header, reader.count())),
    }
}

/// `None` if the row has nothing sealed.
fn sealed_part(line: &Line<'_>, number: u64) -> Result<Option<SealedPart>, BackupError> {
    let table = line.table;
    let damaged = |reason: String| BackupError::Line { line: number, reason: format!("{table}: {reason}") };
    let row: SealedRow = serde_json::from_str(line.row.get()).map_err(|error| damaged(error.to_string()))?;
    let (Some(key_id), Some(sealed)) = (row.sealed_under, row.sealed) else { return Ok(None) };
    let ciphertext = from_hex(&sealed).ok_or_else(|| damaged("sealed is not hexadecimal".to_owned()))?;
    let owner = match row.kid {
        Some(kid) => Some(SealedOwner::SigningKey { kid }),
        None => row.id.and_then(|id| owner_in(table, id)),
    };
    let owner = owner.ok_or_else(|| damaged("it has neither kid nor id".to_owned()))?;
    Ok(Some(SealedPart { owner, realm: row.realm, sealed: SealedBytes { key_id, ciphertext } }))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}
