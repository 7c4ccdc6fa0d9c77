//! What a program may touch although its [`Permissions`] say no: single folders, hosts, programs and variables.
//!
//! Here are only the words. The crates that lead outside compare them with what a program asks for: only they know what a
//! path or a host means.

use crate::limits::Permissions;
use std::path::PathBuf;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Files, and folders with all that is in them, that may be read.
    pub read: Vec<PathBuf>,
    /// The same for making, changing and removing.
    pub write: Vec<PathBuf>,
    /// Machines that may be reached, and addresses that may be listened at.
    pub hosts: Vec<Host>,
    /// Programs that may be started, as the program names them.
    pub programs: Vec<String>,
    /// Variables of the environment that may be read.
    pub variables: Vec<String>,
}

/// A host, and perhaps one of its ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A name or an address, in small letters. `*.example.org` stands for all names that end so.
    pub name: String,
    pub port: Option<u16>,
}

impl Host {
    fn of(text: &str) -> Result<Host, String> {
        let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            // An address of version 6 has colons of its own.
            Some((name, rest)) => (name, rest.strip_prefix(':')),
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.rsplit_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map(|port| port.parse().map_err(|_| format!("{port} is no port"))).transpose()?;
        if name.is_empty() {
            return Err("a host has a name".into());
        }
        Ok(Host { name: name.to_ascii_lowercase(), port })
    }

    /// Whether it stands for this host and port.
    pub fn covers(&self, name: &str, port: u16) -> bool {
        let name = name.to_ascii_lowercase();
        let is_name = match self.name.strip_prefix('*') {
            Some(end) => end.starts_with('.') && name.len() > end.len() && name.ends_with(end),
            None => name == self.name,
        };
        is_name && self.port.is_none_or(|own| own == port)
    }
}

/// What one word of `--allow` may be, for messages.
pub const KINDS: &str = "read, write, net, run, env or input";

impl Grants {
    /// Adds what a word such as `read=data`, `net=example.org:443` or `run=git` grants; a kind alone, such as `net`, grants
    /// all of it.
    pub fn allow(&mut self, word: &str, permissions: &mut Permissions) -> Result<(), String> {
        let (kind, thing) = match word.split_once('=') {
            Some((_, "")) => return Err(format!("{word} says nothing behind its `=`")),
            Some((kind, thing)) => (kind, Some(thing)),
            None => (word, None),
        };
        match (kind, thing) {
            ("read", None) => permissions.read_files = true,
            ("read", Some(path)) => self.read.push(path.into()),
            ("write", None) => permissions.write_files = true,
            ("write", Some(path)) => self.write.push(path.into()),
            ("net", None) => permissions.network = true,
            ("net", Some(host)) => self.hosts.push(Host::of(host)?),
            ("run", None) => permissions.processes = true,
            ("run", Some(program)) => self.programs.push(program.into()),
            ("env", None) => permissions.environment = true,
            ("env", Some(name)) => self.variables.push(name.into()),
            ("input", None) => permissions.standard_input = true,
            ("input", Some(_)) => return Err("input is granted as a whole: --allow input".into()),
            _ => return Err(format!("{kind} is nothing that can be allowed: that is {KINDS}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(words: &[&str]) -> (Grants, Permissions) {
        let (mut grants, mut permissions) = (Grants::default(), Permissions::NONE);
        for word in words {
            grants.allow(word, &mut permissions).expect("a word that grants something");
        }
        (grants, permissions)
    }

    #[test]
    fn words_grant_single_things() {
        let (grants, permissions) = granted(&["read=data", "write=out", "net=Example.org:443", "run=git", "env=HOME"]);
        assert_eq!(permissions, Permissions::NONE);
        assert_eq!((&grants.read[..], &grants.write[..]), (&["data".into()][..], &["out".into()][..]));
        assert_eq!((&grants.programs[..], &grants.variables[..]), (&["git".into()][..], &["HOME".into()][..]));
        assert_eq!(grants.hosts, [Host { name: "example.org".into(), port: Some(443) }]);
    }

    #[test]
    fn a_kind_alone_grants_all_of_it() {
        let (grants, permissions) = granted(&["net", "input"]);
        assert_eq!(grants, Grants::default());
        assert_eq!(permissions, Permissions { network: true, standard_input: true, ..Permissions::NONE });
    }

    #[test]
    fn hosts_cover_what_they_name() {
        let host = |text: &str| Host::of(text).expect("a host");
        for (text, name, port, is_covered) in [
            ("example.org", "EXAMPLE.org", 80, true),
            ("example.org", "example.org.evil.net", 80, false),
            ("example.org", "www.example.org", 80, false),
            ("example.org:443", "example.org", 443, true),
            ("example.org:443", "example.org", 80, false),
            ("*.example.org", "www.example.org", 80, true),
            ("*.example.org", "example.org", 80, false),
            ("*.example.org", "evilexample.org", 80, false),
            ("127.0.0.1:8080", "127.0.0.1", 8080, true),
            ("::1", "::1", 80, true),
            ("[::1]:80", "::1", 80, true),
            ("[::1]:80", "::1", 81, false),
        ] {
            assert_eq!(host(text).covers(name, port), is_covered, "{text} {name}:{port}");
        }
    }

    #[test]
    fn other_words_are_refused() {
        for word in ["", "files", "read=", "net=:80", "net=host:http", "net=host:70000", "input=all"] {
            assert!(Grants::default().allow(word, &mut Permissions::ALL.clone()).is_err(), "{word}");
        }
    }
}
