//! What to write instead of members that tables and data have in other languages.

/// By name: the kind, and what to write. Sorted.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("agg", "Table", "what stands for a group is a part of it: `t.group(\"city\", {total: [\"sum\", \"price\"]})`"),
    ("append", "Table", "a table does not change: `tables.concat(t, other)` is a longer one"),
    ("apply", "Table", "a column of all rows is `t.with({total: row => row.price * row.count})`"),
    ("assign", "Table", "more columns are `t.with({total: row => row.price * row.count})`"),
    ("astype", "Table", "the type of a column is said when it is read: `tables.read_csv(path, types: {code: String})`"),
    ("columns", "Table", "the names of the columns are `t.names`"),
    ("dropna", "Table", "the rows in which nothing is missing are `t.drop_missing()`"),
    ("dtypes", "Table", "the types of the columns are `t.types`"),
    ("dump", "json", "`write_file(path, json.stringify(x))` writes it to a file"),
    ("dump", "yaml", "the text of a value is `yaml.stringify(x)`"),
    ("dumps", "yaml", "the text of a value is `yaml.stringify(x)`"),
    ("fillna", "Table", "what stands for what is missing: `t.fill(0)`"),
    (
        "group_by",
        "Table",
        "`t.group(\"city\", {total: [\"sum\", \"price\"]})`; a table for each group is in `t.groups(\"city\")`",
    ),
    (
        "groupby",
        "Table",
        "`t.group(\"city\", {total: [\"sum\", \"price\"]})`; a table for each group is in `t.groups(\"city\")`",
    ),
    ("iloc", "Table", "a row is `t[0]`, some rows are `t[0..10]`"),
    ("iterrows", "Table", "`for (row in t)` walks over the rows"),
    ("load", "csv", "a file is a table by `tables.read_csv(path)`, records by `csv.parse(read_file(path))`"),
    ("load", "json", "`json.parse(read_file(path))` reads a file"),
    ("load", "yaml", "the value of a text is `yaml.parse(text)`"),
    ("loc", "Table", "a row is `t[0]`, the rows that fit are `t.filter(row => row.price > 3)`"),
    ("melt", "Table", "a row for each cell is `t.unpivot([\"city\"])`"),
    ("merge", "Table", "two tables side by side are `t.join(other, \"id\", how: \"left\")`"),
    ("mutate", "Table", "more columns are `t.with({total: row => row.price * row.count})`"),
    ("pivot_table", "Table", "`t.pivot(\"city\", \"year\", \"price\", \"mean\")`"),
    ("pow", "BigInt", "a power is `big(2) ^ 100`"),
    ("pow", "Decimal", "a power is `decimal(\"1.1\") ^ 3`"),
    ("push", "Table", "a table does not change: `tables.concat(t, other)` is a longer one"),
    ("query", "Table", "the rows that fit are `t.filter(row => row.price > 3)`"),
    ("read", "csv", "a file is a table by `tables.read_csv(path)`, records by `csv.parse(read_file(path))`"),
    ("read", "json", "`json.parse(read_file(path))` reads a file"),
    ("reader", "csv", "a file is a table by `tables.read_csv(path)`, records by `csv.parse(read_file(path))`"),
    ("safe_dump", "yaml", "the text of a value is `yaml.stringify(x)`"),
    ("safe_load", "yaml", "the value of a text is `yaml.parse(text)`"),
    ("shape", "Table", "rows and columns are `len(t)` and `len(t.names)`"),
    ("sort_by", "Table", "`t.sort(\"price\", descending: true)`"),
    ("sort_values", "Table", "`t.sort(\"price\", descending: true)`"),
    ("strftime", "Date", "a date as text is `d.format(\"%d %B %Y\")`"),
    ("to_dict", "Table", "a list of records is `t.rows()`, a record of columns `t.to_record()`"),
    ("value_counts", "Table", "`t.counts(\"city\")`"),
    ("where", "Table", "the rows that fit are `t.filter(row => row.price > 3)`"),
    ("write", "csv", "`t.write_csv(path)` writes a table, `write_file(path, csv.stringify(rows))` records"),
    ("write", "json", "`write_file(path, json.stringify(x))` writes it to a file"),
    ("writer", "csv", "`t.write_csv(path)` writes a table, `write_file(path, csv.stringify(rows))` records"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::ELSEWHERE.is_sorted());
    }
}
