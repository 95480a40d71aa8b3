//! Secrets that are sealed in envelopes: found for maintenance, and wrapped under a new master key.

use diesel::prelude::*;

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::{local_account, sign_in_provider, source_credential, webhook};
use crate::store::sealed_part::{SealedOwner, SealedPart};
use claviger_domain::SealedBytes;

/// The head of the log is locked during a batch. This size does not delay writers noticeably.
const WRAPPED_AT_ONCE: i64 = 200;

/// Seals a part again under the active master key.
pub type Wrap<'a> = &'a mut dyn FnMut(&SealedPart) -> Result<SealedBytes, String>;

/// Defines what is done alike for each table with envelopes, and the owner of a row.
macro_rules! tables {
    ($($table:ident: $owner:ident,)*) => {
        impl Store {
            /// The number of secrets whose data key is wrapped under this master key.
            pub fn wrapped_under(&self, key: &str) -> Result<usize, StoreError> {
                let connection = &mut *self.reader()?;
                let mut all = 0;
                $(
                    let under = $table::table.filter($table::sealed_under.eq(key));
                    all += under.count().get_result::<i64>(connection)?;
                )*
                Ok(usize::try_from(all).unwrap_or_default())
            }

            /// Replaces the next secrets that are wrapped under another master key than `active`. Returns the number
            /// replaced; 0 when none are left. It can be interrupted and repeated between batches.
            pub fn wrap_next(&self, active: &str, wrap: Wrap<'_>) -> Result<usize, StoreError> {
                self.write(|connection| {
                    lock_head(connection)?;
                    let mut wrapped = 0;
                    $(
                        let rows = $table::table
                            .filter($table::sealed_under.ne(active))
                            .select((
                                $table::id,
                                $table::realm,
                                $table::sealed_under.assume_not_null(),
                                $table::sealed.assume_not_null(),
                            ))
                            .limit(WRAPPED_AT_ONCE)
                            .load::<Columns>(connection)?;
                        for columns in rows {
                            let part = part(|id| SealedOwner::$owner { id }, columns);
                            let id = part.owner.id();
                            let row = Row { table: stringify!($table), id };
                            let again = row.checked(wrap(&part))?;
                            diesel::update($table::table.filter($table::id.eq(id)))
                                .set((
                                    $table::sealed_under.eq(Some(&again.key_id)),
                                    $table::sealed.eq(Some(&again.ciphertext)),
                                ))
                                .execute(connection)?;
                            wrapped += 1;
                        }
                    )*
                    Ok(wrapped)
                })
            }
        }

        pub fn envelopes(connection: &mut AnyConnection) -> Result<Vec<SealedPart>, StoreError> {
            let mut parts = Vec::new();
            $(
                let rows = $table::table
                    .filter($table::sealed.is_not_null())
                    .select((
                        $table::id,
                        $table::realm,
                        $table::sealed_under.assume_not_null(),
                        $table::sealed.assume_not_null(),
                    ))
                    .load::<Columns>(connection)?;
                parts.extend(rows.into_iter().map(|columns| part(|id| SealedOwner::$owner { id }, columns)));
            )*
            Ok(parts)
        }

        /// The owner of a row of this table; `None` if the table has no envelopes.
        pub fn owner_in(table: &str, id: String) -> Option<SealedOwner> {
            match table {
                $(stringify!($table) => Some(SealedOwner::$owner { id }),)*
                _ => None,
            }
        }

        /// The tables whose rows may have one.
        pub const TABLES: &[&str] = &[$(stringify!($table),)*];
    };
}

tables! {
    local_account: LocalAccount,
    source_credential: SourceCredential,
    webhook: Webhook,
    sign_in_provider: SignInProvider,
}

type Columns = (String, String, String, Vec<u8>);

fn part(owner: impl Fn(String) -> SealedOwner, (id, realm, key_id, ciphertext): Columns) -> SealedPart {
    SealedPart { owner: owner(id), realm, sealed: SealedBytes { key_id, ciphertext } }
}
