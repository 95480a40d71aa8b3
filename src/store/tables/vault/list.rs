//! A page of a table whose rows have a name, a type and a text to search.

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
        if let Some(after) = &query.after {
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
            (false, false) => found.order($table::id.asc()),
            (false, true) => found.order($table::id.desc()),
            (true, false) => found.order(($table::name.asc(), $table::id.asc())),
            (true, true) => found.order(($table::name.desc(), $table::id.desc())),
        }
    }};
}

pub(super) use page_of;
