//! Workbooks (Office Open XML): reading what people saved, and writing what they edit.

mod archive;
mod guide;
mod read;
mod write;

pub(super) use guide::is_guide;
pub(super) use read::sheets;
pub use write::{write_xlsx, xlsx_bytes};
