//! What may stand in a manifest: names of packages, addresses of repositories, names in repositories. All of it may come
//! from a stranger, and some of it is handed to `git`.

use std::path::{Component, Path};

/// Names are part of paths and of addresses.
const LONGEST: usize = 64;

/// Whether this can be the name of a package; if not, what names are like.
pub fn check(name: &str) -> Result<(), String> {
    let rule = "a name has letters from a to z, digits, _ and -, begins with a letter, and has 64 characters at most";
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let continues = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if !begins || !name.chars().all(continues) || name.len() > LONGEST {
        return Err(rule.into());
    }
    if name.eq_ignore_ascii_case("std") {
        return Err("`std:` stands before the names of the library's modules".into());
    }
    // Windows has devices of these names in each folder.
    let is_device = ["con", "prn", "aux", "nul"].iter().any(|device| name.eq_ignore_ascii_case(device));
    if is_device { Err("systems use this name for a device".into()) } else { Ok(()) }
}

/// The nearest name that a package can have.
pub fn nearest(name: &str) -> Option<String> {
    let mut near = String::new();
    for character in name.chars() {
        let part = match character {
            'ä' | 'Ä' => "ae",
            'ö' | 'Ö' => "oe",
            'ü' | 'Ü' => "ue",
            'ß' => "ss",
            character if character.is_ascii_alphanumeric() || character == '_' => {
                near.push(character.to_ascii_lowercase());
                continue;
            }
            _ if near.is_empty() || near.ends_with('-') => continue,
            _ => "-",
        };
        near.push_str(part);
    }
    let near = near.trim_end_matches('-').trim_start_matches(|first: char| !first.is_ascii_alphabetic());
    check(near).is_ok().then(|| near.to_owned())
}

/// What git may fetch from. Among what it may not is `ext::`, which runs a command.
const SCHEMES: [&str; 5] = ["https://", "ssh://", "http://", "git://", "file://"];

/// Whether this is the address of a repository; if not, what addresses are like.
pub fn url(url: &str) -> Result<(), String> {
    if url.is_empty() || url.starts_with('-') {
        return Err("an address does not begin with -".into());
    }
    if url.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return Err("an address has no blanks".into());
    }
    let rule = "write \"https://host/name\", \"ssh://user@host/name\", \"user@host:name\", or the path of a folder";
    if is_local(url) {
        return Ok(());
    }
    if let Some(scheme) = SCHEMES.iter().find(|scheme| url.starts_with(**scheme)) {
        // A host that begins like an option would become one of ssh's.
        let host = url[scheme.len()..].rsplit_once('@').map_or(&url[scheme.len()..], |(_, host)| host);
        let is_host =
            *scheme == "file://" || host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[');
        return if is_host && !url[scheme.len()..].starts_with('-') { Ok(()) } else { Err(rule.into()) };
    }
    // user@host:name, as ssh has it.
    let is_short = url.split_once(':').is_some_and(|(host, name)| {
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let is_host = host.starts_with(|first: char| first.is_ascii_alphanumeric())
            && host.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-'));
        is_host && host.contains('.') && !name.is_empty() && !name.starts_with([':', '-', '/'])
    });
    if is_short { Ok(()) } else { Err(rule.into()) }
}

/// Whether an address is a path of this machine.
pub fn is_local(url: &str) -> bool {
    let first = url.split('/').next().unwrap_or_default();
    matches!(first, "." | "..") || Path::new(url).is_absolute()
}

/// Whether an address leads to this machine's own files.
pub fn is_of_this_machine(url: &str) -> bool {
    is_local(url) || url.starts_with("file://")
}

/// Whether this can be the name of a branch or a tag; if not, why.
pub fn git_name(name: &str) -> Result<(), String> {
    let wrong = |character: char| character.is_control() || character.is_whitespace() || "~^:?*[\\".contains(character);
    let is_wrong = name.is_empty()
        || name.starts_with(['-', '/', '.'])
        || name.ends_with(['/', '.'])
        || name.ends_with(".lock")
        || ["..", "//", "@{", "/."].iter().any(|part| name.contains(part))
        || name.chars().any(wrong);
    if is_wrong {
        Err("a name in a repository begins with a letter or a digit, and has no blanks, `..` and none of ~ ^ : ? * ["
            .into())
    } else {
        Ok(())
    }
}

pub fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A path that leads to a place below where it begins.
pub fn is_below(path: &str) -> bool {
    let is_normal = |component: Component<'_>| matches!(component, Component::Normal(_));
    !path.is_empty() && !path.contains(['\0', '\\']) && Path::new(path).components().all(is_normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for name in ["a", "geometry", "a-b_c2", "if", "JSON"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "-a", "2d", "a b", "größe", "a/b", "..", "a.b", "std", "NUL", &"a".repeat(65)] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_nearest_name_can_be_one() {
        for (name, near) in [
            ("a b", Some("a-b")),
            ("Größe!", Some("groesse")),
            ("2d plot", Some("d-plot")),
            ("漢字", None),
            ("", None),
            ("--", None),
            ("..", None),
            ("std", None),
        ] {
            assert_eq!(nearest(name).as_deref(), near, "{name}");
        }
    }

    #[test]
    fn addresses_run_nothing() {
        for right in [
            "https://host.org/a/b.git",
            "http://localhost:3000/a",
            "ssh://git@host/a",
            "git@host.org:a/b.git",
            "host.org:a",
            "file:///tmp/a",
            "/tmp/a",
            "../a",
            "./a",
        ] {
            assert_eq!(url(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "-x",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c x",
            "ext::x",
            "fd::17",
            "EXT::x",
            "https::ext::x",
            "a b",
            "https://a\nb",
            "ssh://-oProxyCommand=x/a",
            "ssh://u@-oProxyCommand=x/a",
            "-oProxyCommand=x:a",
            "u@-oProxyCommand=x:a",
            "plots",
            "ftp://host/a",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_in_repositories_are_no_options() {
        for right in ["main", "v1.2.0", "feature/new-plots", "ünder"] {
            assert_eq!(git_name(right), Ok(()), "{right}");
        }
        for wrong in
            ["", "-x", "--all", "a..b", "a b", "a~1", "HEAD^", "a:b", "/a", "a/", ".a", "a/.b", "a@{1}", "x.lock"]
        {
            assert!(git_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_below_a_folder_stay_there() {
        assert!(is_below("src/main.soc") && is_below("a"));
        for wrong in ["", "/a", "../a", "a/../../b", "./a", "a\\b", "a\0"] {
            assert!(!is_below(wrong), "{wrong}");
        }
    }
}
