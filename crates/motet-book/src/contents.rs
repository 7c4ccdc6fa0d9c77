//! `SUMMARY.md`: the chapters of a book, in their order and parts.

/// What the book is made of.
#[derive(Debug, Default, PartialEq)]
pub struct Contents {
    pub chapters: Vec<Chapter>,
}

#[derive(Debug, PartialEq)]
pub struct Chapter {
    pub title: String,
    /// Seen from the folder of the book's pages.
    pub path: String,
    /// How many chapters it lies in.
    pub depth: usize,
    /// The heading that stands above it, if a part begins with it.
    pub part: Option<String>,
}

impl Contents {
    pub fn parse(summary: &str) -> Contents {
        let mut chapters = Vec::new();
        let mut part = None;
        for line in summary.lines() {
            if let Some(heading) = line.strip_prefix("# ") {
                // The first heading is the book's.
                part = (heading != "Summary").then(|| heading.to_owned());
                continue;
            }
            let item = line.trim_start();
            let Some((title, path)) = link(item.strip_prefix("- ").unwrap_or(item)) else { continue };
            let depth = (line.len() - item.len()) / 2;
            chapters.push(Chapter { title, path, depth, part: part.take() });
        }
        Contents { chapters }
    }

    /// The chapter of this file.
    pub fn has(&self, path: &str) -> bool {
        self.chapters.iter().any(|chapter| chapter.path == path)
    }
}

/// `[title](path)`
fn link(text: &str) -> Option<(String, String)> {
    let (title, rest) = text.strip_prefix('[')?.split_once("](")?;
    Some((title.to_owned(), rest.strip_suffix(')')?.trim_start_matches("./").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_gives_the_chapters() {
        let found = Contents::parse(
            "# Summary\n\n[Begin](begin.md)\n\n# Guides\n\n- [A](a.md)\n  - [B](./a/b.md)\n\nNo link\n",
        );
        let chapter = |title: &str, path: &str, depth, part: Option<&str>| Chapter {
            title: title.into(),
            path: path.into(),
            depth,
            part: part.map(str::to_owned),
        };
        let expected = [
            chapter("Begin", "begin.md", 0, None),
            chapter("A", "a.md", 0, Some("Guides")),
            chapter("B", "a/b.md", 1, None),
        ];
        assert_eq!(found.chapters, expected);
    }
}
