//! Which function a path means. A pattern is a method and a path, `"GET /users/:id"`, or a path alone for all methods; `:name`
//! stands for one part of a path, `*name` at the end for all that is left. Of several that fit, the most exact one counts.

use super::url::decode;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Name(String),
    Any(String),
    Rest(String),
}

#[derive(Debug)]
struct Route {
    /// None: every one.
    method: Option<String>,
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
pub struct Routes(Vec<Route>);

/// What a path means.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant {
    /// The number of a route, and what its names stand for.
    Route(usize, Vec<(String, String)>),
    /// Only with other methods.
    Methods(Vec<String>),
    Nothing,
}

impl Routes {
    /// Reads the patterns; an error says which makes no sense.
    pub fn read<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Routes, String> {
        let mut routes: Vec<Route> = Vec::new();
        for pattern in patterns {
            let route = Route::read(pattern)?;
            let is_same = |other: &Route| other.method == route.method && has_same_form(&other.parts, &route.parts);
            if routes.iter().any(is_same) {
                return Err(format!("{pattern:?} means the same as another route"));
            }
            routes.push(route);
        }
        Ok(Routes(routes))
    }

    pub fn find(&self, method: &str, path: &str) -> Meant {
        let names: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let mut best: Option<(usize, &Route)> = None;
        let mut methods = Vec::new();
        for (index, route) in self.0.iter().enumerate() {
            if !route.fits(&names) {
                continue;
            }
            match &route.method {
                // A head is what would come without its body.
                Some(own) if own != method && !(own == "GET" && method == "HEAD") => methods.push(own.clone()),
                _ if best.is_none_or(|(_, best)| route.exactness() > best.exactness()) => best = Some((index, route)),
                _ => {}
            }
        }
        match best {
            Some((index, route)) => Meant::Route(index, route.parameters(&names)),
            None if methods.is_empty() => Meant::Nothing,
            None => Meant::Methods(methods),
        }
    }
}

fn has_same_form(one: &[Part], other: &[Part]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|parts| match parts {
            (Part::Name(one), Part::Name(other)) => one == other,
            (Part::Any(_), Part::Any(_)) | (Part::Rest(_), Part::Rest(_)) => true,
            _ => false,
        })
}

impl Route {
    fn read(pattern: &str) -> Result<Route, String> {
        let (method, path) = match pattern.split_once(' ') {
            Some((method, path)) if !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                (Some(method.to_ascii_uppercase()), path.trim())
            }
            Some(_) => return Err(format!("{pattern:?} is no route: it is a method and a path, \"GET /users/:id\"")),
            None => (None, pattern),
        };
        let Some(path) = path.strip_prefix('/') else {
            return Err(format!("{pattern:?} is no route: its path begins with /"));
        };
        let names: Vec<&str> = path.split('/').collect();
        let mut parts = Vec::new();
        for (index, name) in names.iter().enumerate() {
            parts.push(match (name.strip_prefix(':'), name.strip_prefix('*')) {
                (Some(""), _) => return Err(format!("{pattern:?}: a name stands behind the colon")),
                (Some(own), _) => Part::Any(own.to_owned()),
                (_, Some(_)) if index + 1 < names.len() => {
                    return Err(format!("{pattern:?}: the star stands at the end"));
                }
                (_, Some(own)) => Part::Rest(if own.is_empty() { "rest".into() } else { own.to_owned() }),
                _ => Part::Name((*name).to_owned()),
            });
        }
        Ok(Route { method, parts })
    }

    fn fits(&self, names: &[&str]) -> bool {
        let is_open = matches!(self.parts.last(), Some(Part::Rest(_)));
        let is_long = if is_open { names.len() >= self.parts.len() } else { names.len() == self.parts.len() };
        is_long
            && self.parts.iter().zip(names).all(|(part, name)| match part {
                Part::Name(own) => own == name || name.contains('%') && *own == decode(name),
                Part::Any(_) => !name.is_empty(),
                Part::Rest(_) => true,
            })
    }

    /// More parts that are names; then no star; then a method.
    fn exactness(&self) -> (usize, bool, bool) {
        let named = self.parts.iter().filter(|part| matches!(part, Part::Name(_))).count();
        (named, !matches!(self.parts.last(), Some(Part::Rest(_))), self.method.is_some())
    }

    fn parameters(&self, names: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Name(_) => {}
                Part::Any(own) => found.push((own.clone(), decode(names[index]))),
                Part::Rest(own) => found.push((own.clone(), decode(&names[index..].join("/")))),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &[&str], method: &str, path: &str) -> String {
        match Routes::read(patterns.iter().copied()).map(|routes| routes.find(method, path)) {
            Ok(Meant::Route(index, parameters)) => format!("{} {parameters:?}", patterns[index]),
            Ok(Meant::Methods(methods)) => format!("only {}", methods.join(", ")),
            Ok(Meant::Nothing) => "nothing".into(),
            Err(error) => error,
        }
    }

    #[test]
    fn the_most_exact_route_counts() {
        let routes =
            ["GET /", "GET /users/:id", "GET /users/me", "POST /users", "/files/*path", "GET /files/list", "/:page"];
        for (method, path, expected) in [
            ("GET", "/", "GET / []"),
            ("HEAD", "/users/me", "GET /users/me []"),
            ("GET", "/users/7", "GET /users/:id [(\"id\", \"7\")]"),
            ("GET", "/users/a%2Fb%20c", "GET /users/:id [(\"id\", \"a/b c\")]"),
            ("PUT", "/users/7", "only GET"),
            ("POST", "/users", "POST /users []"),
            ("GET", "/users", "/:page [(\"page\", \"users\")]"),
            ("GET", "/users/", "nothing"),
            ("GET", "/files/a/b.txt", "/files/*path [(\"path\", \"a/b.txt\")]"),
            ("GET", "/files/list", "GET /files/list []"),
            ("GET", "/files", "/:page [(\"page\", \"files\")]"),
            ("GET", "/a/b/c", "nothing"),
        ] {
            assert_eq!(found(&routes, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn patterns_that_make_no_sense_are_refused() {
        for wrong in ["users", "GET users", "/a/*/b", "/:", "G3T /", " /x", ""] {
            assert!(Routes::read([wrong].into_iter()).is_err(), "{wrong}");
        }
        assert!(Routes::read(["GET /a/:x", "GET /a/:y"].into_iter()).is_err());
        assert!(Routes::read(["GET /a/:x", "POST /a/:y", "/a/:z"].into_iter()).is_ok());
    }
}
