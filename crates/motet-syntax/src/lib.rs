//! Both notations of Motet: lossless parsing with errors as data, forms, printing, diagnostics. Knows nothing of running.

pub mod form;
