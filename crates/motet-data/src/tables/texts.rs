//! Many texts, one behind the other in one string.

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    /// With room for so many.
    pub fn with_room(count: usize) -> Texts {
        Texts { all: String::new(), ends: Vec::with_capacity(count) }
    }

    /// Gives back room that much more would fit in.
    pub fn give_back_room(&mut self) {
        if self.all.capacity() - self.all.len() > self.all.len() / 8 {
            self.all.shrink_to_fit();
        }
        if self.ends.capacity() - self.ends.len() > self.ends.len() / 8 {
            self.ends.shrink_to_fit();
        }
    }

    pub fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    pub fn append(&mut self, more: &Texts) {
        let before = self.all.len();
        self.all.push_str(&more.all);
        self.ends.extend(more.ends.iter().map(|end| before + end));
    }

    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.all[start..self.ends[index]]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn bytes(&self) -> usize {
        self.all.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}
