//! What to write instead of members that databases have in other languages.

/// By name: the kind, and what to write. Sorted.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("all", "Database", "the rows are `db.query(\"SELECT * FROM users\")`, a list of records"),
    (
        "commit",
        "Database",
        "each statement is kept when it has run; `db.transaction(t => t.execute(sql))` keeps several or none",
    ),
    ("connect", "sqlite", "a connection is `sqlite.open(path)`"),
    ("cursor", "Database", "`db.query(sql)` gives the rows, `db.execute(sql)` runs a statement"),
    ("exec", "Database", "`db.execute(sql)` runs a statement, `db.script(sql)` several"),
    ("executemany", "Database", "`db.transaction(t => { for (row in rows) { t.execute(sql, row) } })`"),
    ("executescript", "Database", "`db.script(sql)` runs several statements"),
    ("fetchall", "List", "these are the rows already"),
    ("fetchone", "List", "the first row is `rows[0]`"),
    ("get", "Database", "the first row is `db.query(sql)[0]`"),
    ("prepare", "Database", "a statement is prepared and kept by itself: `db.query(sql, 3)`"),
    ("rollback", "Database", "what `db.transaction(f)` began is undone if `f` throws"),
    ("run", "Database", "`db.execute(sql)` runs a statement"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::ELSEWHERE.is_sorted());
    }
}
