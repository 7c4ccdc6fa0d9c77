//! Rows of which only those that are seen are made: tables, logs and trees of any length.
//!
//! | module | its one job |
//! |---|---|
//! | `scroll` | where rows are scrolled to; their scroll bars |
//! | `data` | values of programs as cells |
//! | `order` | sorting, on a thread of its own if it takes long |
//! | `table`, `log`, `outline` | a table, a log and a tree on the screen |

mod data;
mod log;
mod order;
mod outline;
mod scroll;
mod table;

pub use data::{Column, count_of, plain_text, table_of};
pub use log::{Log, draw as draw_log, size as log_size};
pub use outline::{Outline, draw as draw_outline, size as outline_size};
pub use table::{Table, draw as draw_table, size as table_size};

use crate::binding::Binding;
use motet_vm::memory::Frozen;
use std::sync::Arc;

/// What rows show: a value that stands still, or a signal's.
pub enum RowData {
    Fixed(Frozen),
    Bound(Arc<Binding>),
}

impl RowData {
    /// The value as it is now; none if a computed value threw.
    pub fn now(&self) -> Option<Frozen> {
        match self {
            RowData::Fixed(value) => Some(value.clone()),
            RowData::Bound(binding) => binding.value().ok(),
        }
    }
}

/// What rows remember from frame to frame.
#[derive(Default)]
pub struct Seen {
    scrolled: scroll::Scrolled,
    table: table::Seen,
    log: log::Seen,
    outline: outline::Seen,
}
