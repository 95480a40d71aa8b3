//! A table whose rows have an id, a realm, the record as JSON, and columns that lists need: a name, a type and a text to
//! search.

/// The row of a record.
macro_rules! row_of {
    ($table:ident, $realm:expr, $id:expr) => {
        $table::table.filter($table::id.eq($id)).filter($table::realm.eq($realm))
    };
}

/// Inserts the row of this id with these columns and the record, or replaces it.
macro_rules! put_record {
    ($table:ident, $record:expr, $to:expr $(, $columns:expr)?) => {{
        let (id, to): (String, &mut Writing<'_>) = ($record.id.to_string(), &mut *$to);
        let columns = ($($columns,)? $table::record.eq(to_json($record)?),);
        if diesel::update(row_of!($table, to.realm, &id)).set(columns.clone()).execute(to.connection)? == 0 {
            diesel::insert_into($table::table)
                .values(($table::id.eq(&id), $table::realm.eq(to.realm), columns))
                .execute(to.connection)?;
        }
    }};
}

/// Replaces the sealed secrets of the row of this id. Without new ones the stored ones stay.
macro_rules! put_sealed {
    ($table:ident, $id:expr, $to:expr) => {{
        let to: &mut Writing<'_> = $to;
        if let Some(sealed) = to.sealed {
            diesel::update(row_of!($table, to.realm, $id))
                .set((
                    $table::sealed_under.eq(Some(sealed.key_id.as_str())),
                    $table::sealed.eq(Some(sealed.ciphertext.as_slice())),
                ))
                .execute(to.connection)?;
        }
    }};
}

/// The record of this id and its sealed secrets, read together.
macro_rules! find_sealed {
    ($table:ident, $realm:expr, $id:expr, $connection:expr) => {{
        let id = $id.to_string();
        let found = row_of!($table, $realm.as_str(), &id)
            .select(($table::record, $table::sealed_under, $table::sealed))
            .first::<(String, Option<String>, Option<Vec<u8>>)>($connection)
            .optional()?;
        match found {
            None => None,
            Some((record, key_id, ciphertext)) => {
                let sealed = key_id
                    .zip(ciphertext)
                    .map(|(key_id, ciphertext)| claviger_domain::SealedBytes { key_id, ciphertext });
                Some((row(&id).json(&record)?, sealed))
            }
        }
    }};
}

/// Reads all rows, of all realms.
macro_rules! load_records {
    ($table:ident, $connection:expr, $each:expr) => {{
        let rows =
            $table::table
                .select(($table::id, $table::realm, $table::record))
                .load_iter::<(String, String, String), diesel::connection::DefaultLoadingMode>($connection)?;
        for columns in rows {
            let (id, realm, text) = columns?;
            let row = row(&id);
            let record: Self = row.json(&text)?;
            $each(row.parse(&realm)?, TableRow::uncut(record))?;
        }
    }};
}

/// The boxed query of one page, in the order and from the row that `$query` asks for. An id orders by creation.
macro_rules! page_of {
    ($table:ident, $realm:expr, $query:expr) => {{
        let query: &claviger_domain::Query<claviger_domain::VaultSort> = $query;
        let mut found = $table::table
            .filter($table::realm.eq($realm.as_str()))
            .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some(search) = &query.search {
            found = found.filter($table::search.like(containing(search)).escape('\\'));
        }
        let by_name = query.sort == claviger_domain::VaultSort::Name;
        let by_end = query.sort == claviger_domain::VaultSort::ExpiresAt;
        let end =
            || diesel::dsl::sql::<diesel::sql_types::BigInt>("COALESCE(expires_at, 9223372036854775807)");
        if let Some(after) = query.after.as_ref().filter(|_| by_end) {
            // A cursor that was changed by hand begins at the first item.
            let first = if query.descending { i64::MAX } else { i64::MIN };
            let (key, id): (i64, _) = (after.key.parse().unwrap_or(first), after.id.clone());
            found = match query.descending {
                false => found.filter(end().gt(key).or(end().eq(key).and($table::id.gt(id)))),
                true => found.filter(end().lt(key).or(end().eq(key).and($table::id.lt(id)))),
            };
        } else if let Some(after) = &query.after {
            let (key, id) = (after.key.clone(), after.id.clone());
            found = match (by_name, query.descending) {
                (false, false) => found.filter($table::id.gt(id)),
                (false, true) => found.filter($table::id.lt(id)),
                (true, false) => found
                    .filter($table::name.ge(key.clone()))
                    .filter($table::name.gt(key).or($table::id.gt(id))),
                (true, true) => found
                    .filter($table::name.le(key.clone()))
                    .filter($table::name.lt(key).or($table::id.lt(id))),
            };
        }
        match (by_name, query.descending) {
            (false, false) if by_end => found.order((end().asc(), $table::id.asc())),
            (false, true) if by_end => found.order((end().desc(), $table::id.desc())),
            (false, false) => found.order($table::id.asc()),
            (false, true) => found.order($table::id.desc()),
            (true, false) => found.order(($table::name.asc(), $table::id.asc())),
            (true, true) => found.order(($table::name.desc(), $table::id.desc())),
        }
    }};
}

pub(in crate::store::tables) use {find_sealed, load_records, page_of, put_record, put_sealed, row_of};
