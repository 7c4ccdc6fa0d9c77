//! Changes of manifests that leave all else in them as it stands.

use super::manifest::{Origin, Wanted};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// The text of a manifest with one more dependency, or another one in the place of one of the same name.
pub fn added(text: &str, name: &str, origin: &Origin) -> Result<String, String> {
    let mut document = parsed(text)?;
    let mut entry = InlineTable::new();
    match origin {
        Origin::Path(path) => {
            entry.insert("path", path.as_str().into());
        }
        Origin::Git { url, wanted } => {
            entry.insert("git", url.as_str().into());
            if let Some((kind, name)) = Wanted::written(wanted) {
                entry.insert(kind, name.into());
            }
        }
    }
    let dependencies = document.as_table_mut().entry("dependencies").or_insert(Item::Table(Table::new()));
    let table = dependencies.as_table_like_mut().ok_or("dependencies is no table")?;
    // In its place, so that comments around it stay.
    match table.get_mut(name) {
        Some(item) => *item = Item::Value(Value::InlineTable(entry)),
        None => {
            table.insert(name, Item::Value(Value::InlineTable(entry)));
        }
    }
    Ok(document.to_string())
}

/// The text of a manifest without a dependency; none if it has no such dependency.
pub fn removed(text: &str, name: &str) -> Result<Option<String>, String> {
    let mut document = parsed(text)?;
    let dependencies = document.as_table_mut().get_mut("dependencies");
    let table: Option<&mut dyn TableLike> = dependencies.and_then(Item::as_table_like_mut);
    let was_there = table.is_some_and(|table| table.remove(name).is_some());
    Ok(was_there.then(|| document.to_string()))
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_stands_there_stays() {
        let text =
            "# ours\n[package]\nname = \"a\" # short\n\n[dependencies]\n# shapes\nshapes = { path = \"../shapes\" }\n";
        let path = Origin::Path("../maps".into());
        let more = added(text, "maps", &path).expect("it is TOML");
        assert_eq!(more, format!("{text}maps = {{ path = \"../maps\" }}\n"));
        let git = Origin::Git { url: "https://h.org/maps".into(), wanted: Wanted::Tag("v1".into()) };
        let other = added(&more, "maps", &git).expect("it is TOML");
        assert_eq!(other, format!("{text}maps = {{ git = \"https://h.org/maps\", tag = \"v1\" }}\n"));
        assert_eq!(removed(&more, "maps").expect("it is TOML").as_deref(), Some(text));
        assert_eq!(removed(text, "maps").expect("it is TOML"), None);
    }

    #[test]
    fn the_table_is_made_if_there_is_none() {
        let path = Origin::Path("../maps".into());
        let more = added("[package]\nname = \"a\"\n", "maps", &path).expect("it is TOML");
        assert_eq!(more, "[package]\nname = \"a\"\n\n[dependencies]\nmaps = { path = \"../maps\" }\n");
        let inline = added("dependencies = {}\n[package]\nname = \"a\"\n", "maps", &path).expect("it is TOML");
        assert!(inline.starts_with("dependencies = { maps = { path = \"../maps\" } }\n"), "{inline}");
    }
}
