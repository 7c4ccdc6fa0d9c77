//! The choice of a file or folder. Folders are read on another thread: a disk that is slow keeps no window waiting.

use super::dialogs::{buttons, name};
use crate::look::Tokens;
use crate::notices::{Answer, PathQuestion, Wants};
use egui::{Align, Button, Key, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Height of the list, and of a row.
const LIST: f32 = 240.0;
const ROW: f32 = 24.0;

/// A file or folder in the list. Folders come first, then by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    is_file: bool,
    name: String,
}

impl Entry {
    fn shown(&self) -> String {
        if self.is_file { self.name.clone() } else { format!("{}/", self.name) }
    }
}

enum Listing {
    Awaited(Receiver<Result<Vec<Entry>, String>>),
    There(Vec<Entry>),
    Failed(String),
}

/// What the dialog remembers from frame to frame.
pub struct Files {
    folder: PathBuf,
    listing: Listing,
    chosen: Option<usize>,
    /// The name of the file that is to be saved.
    name: String,
    /// Folders are read at once: in tests, which must not depend on how fast a disk is.
    is_patient: bool,
}

impl Files {
    pub fn new(question: &PathQuestion, is_patient: bool) -> Files {
        let folder = std::path::absolute(&question.folder).unwrap_or_else(|_| question.folder.clone());
        let listing = Listing::There(Vec::new());
        let mut files = Files { folder, listing, chosen: None, name: question.name.to_string(), is_patient };
        files.enter(files.folder.clone(), question);
        files
    }

    /// Goes to a folder.
    fn enter(&mut self, folder: PathBuf, question: &PathQuestion) {
        self.folder = folder;
        self.chosen = None;
        let (folder, wants, endings) = (self.folder.clone(), question.wants, question.endings.clone());
        let list = move || entries(&folder, wants, &endings);
        if self.is_patient {
            self.listing = listed(list());
            return;
        }
        let (sender, receiver) = channel();
        let work = move || {
            // The dialog may be gone by now.
            let _ = sender.send(list());
        };
        self.listing = match std::thread::Builder::new().name("folder".into()).spawn(work) {
            Ok(_) => Listing::Awaited(receiver),
            Err(error) => Listing::Failed(error.to_string()),
        };
    }

    pub fn draw(&mut self, ui: &mut Ui, tokens: &Tokens, question: &PathQuestion, is_old: bool) -> Option<Answer> {
        if let Listing::Awaited(receiver) = &self.listing {
            match receiver.try_recv() {
                Ok(result) => self.listing = listed(result),
                Err(TryRecvError::Empty) => ui.ctx().request_repaint(),
                Err(TryRecvError::Disconnected) => self.listing = Listing::Failed("it cannot be read".into()),
            }
        }
        ui.horizontal(|ui| {
            let parent = self.folder.parent().map(Path::to_path_buf);
            let up = ui.add_enabled(parent.is_some(), Button::new("Up"));
            if let Some(parent) = parent.filter(|_| up.clicked()) {
                self.enter(parent, question);
            }
            ui.label(RichText::new(self.folder.display().to_string()).monospace().color(tokens.text_secondary));
        });
        let opened = self.list(ui, tokens);
        if question.wants == Wants::NewFile {
            let edit = TextEdit::singleline(&mut self.name).hint_text("Name").desired_width(f32::INFINITY);
            let response = ui.add(edit.margin(vec2(8.0, 5.0)));
            name(ui, &response, "Name");
            if !is_old {
                response.request_focus();
            }
        }
        let there = match &self.listing {
            Listing::There(entries) => &entries[..],
            _ => &[],
        };
        let chosen = self.chosen.and_then(|index| there.get(index)).cloned();
        if question.wants == Wants::NewFile {
            // The line is there in any case, so that nothing moves when it says something.
            let is_there = there.iter().any(|entry| entry.is_file && entry.name == self.name);
            let warning = if is_there { format!("{} will be replaced.", self.name) } else { " ".into() };
            ui.label(RichText::new(warning).color(tokens.warn));
        }
        let accept = match question.wants {
            Wants::File => "Open",
            Wants::NewFile => "Save",
            Wants::Folder => "Choose",
        };
        let clicked = buttons(ui, tokens, &[accept, "Cancel"], false);
        let enters = ui.input(|input| input.key_pressed(Key::Enter)) && clicked.is_none();
        if clicked == Some(1) {
            return Some(None);
        }
        if let Some(entry) = opened.or_else(|| chosen.clone().filter(|_| enters)) {
            if !entry.is_file {
                self.enter(self.folder.join(&entry.name), question);
                return None;
            }
            if question.wants == Wants::File {
                return Some(Some(self.folder.join(&entry.name).display().to_string()));
            }
        }
        if clicked != Some(0) && !(enters && question.wants == Wants::NewFile) {
            return None;
        }
        match (question.wants, chosen) {
            (Wants::NewFile, _) if !self.name.trim().is_empty() => {
                Some(Some(self.folder.join(self.name.trim()).display().to_string()))
            }
            (Wants::Folder, Some(entry)) => Some(Some(self.folder.join(entry.name).display().to_string())),
            (Wants::Folder, None) => Some(Some(self.folder.display().to_string())),
            (Wants::File, Some(entry)) if entry.is_file => {
                Some(Some(self.folder.join(entry.name).display().to_string()))
            }
            (Wants::File, Some(entry)) => {
                self.enter(self.folder.join(entry.name), question);
                None
            }
            _ => None,
        }
    }

    /// The rows; gives the one that is opened.
    fn list(&mut self, ui: &mut Ui, tokens: &Tokens) -> Option<Entry> {
        let well = egui::Frame::NONE.fill(tokens.sunken).corner_radius(6.0).inner_margin(4.0);
        let mut opened = None;
        well.show(ui, |ui| {
            ui.set_min_height(LIST);
            let entries = match &self.listing {
                Listing::There(entries) => entries,
                Listing::Awaited(_) => {
                    ui.label(RichText::new("Reading…").color(tokens.text_faint));
                    return;
                }
                Listing::Failed(why) => {
                    ui.label(RichText::new(why).color(tokens.error));
                    return;
                }
            };
            if entries.is_empty() {
                ui.label(RichText::new("Nothing to choose here").color(tokens.text_faint));
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            let area = ScrollArea::vertical().max_height(LIST).auto_shrink([false, false]);
            area.show_rows(ui, ROW, entries.len(), |ui, rows| {
                ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
                    for index in rows {
                        let entry = &entries[index];
                        let row = Button::selectable(self.chosen == Some(index), entry.shown());
                        let response = ui.add(row.min_size(vec2(0.0, ROW)));
                        if response.clicked() {
                            self.chosen = Some(index);
                            if entry.is_file {
                                self.name.clone_from(&entry.name);
                            }
                        }
                        if response.double_clicked() {
                            opened = Some(entry.clone());
                        }
                    }
                });
            });
        });
        opened
    }
}

fn listed(result: Result<Vec<Entry>, String>) -> Listing {
    match result {
        Ok(entries) => Listing::There(entries),
        Err(why) => Listing::Failed(why),
    }
}

/// What is in a folder and can be chosen. What begins with a dot is not shown.
fn entries(folder: &Path, wants: Wants, endings: &[Box<str>]) -> Result<Vec<Entry>, String> {
    let read = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut entries = Vec::new();
    for entry in read {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A link is what it leads to; one that leads nowhere is a file.
        let is_file = !entry.path().is_dir();
        let has_ending =
            |ending: &str| Path::new(&name).extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
        let fits =
            !is_file || endings.is_empty() || endings.iter().any(|ending| has_ending(ending.trim_start_matches('.')));
        if !name.starts_with('.') && fits && (!is_file || wants != Wants::Folder) {
            entries.push(Entry { is_file, name });
        }
    }
    entries.sort_by_cached_key(|entry| (entry.is_file, entry.name.to_lowercase()));
    Ok(entries)
}
