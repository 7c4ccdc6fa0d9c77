//! Forms as text, in either notation, such that reading the text gives the forms back.
//!
//! This is for showing what a macro made and for data; it knows nothing of comments or of line lengths, which are the
//! formatter's matter and live in the tree.

mod gene;
mod quoting;
mod soc;

pub use gene::{print_gene, print_gene_plainly};
pub use soc::{print_soc, print_soc_exactly};
