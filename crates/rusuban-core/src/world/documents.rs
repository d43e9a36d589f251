//! Registered documents (incident procedure, business continuity plan): which content they have now.
//!
//! Whether a document is any good is for the person who reviews it; the facts only tell which content was reviewed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::verdict::Unknown;

/// Documents that are registered (`[[document]]`, or by a statement with a file).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// One entry a document, in the order of registration. Empty where none is registered.
    pub documents: Vec<Document>,
}

impl Facts for DocumentFacts {
    const TOPIC: &'static str = "documents/1";
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What people call it.
    pub name: String,
    /// Where it lies.
    pub path: String,
    /// What is there.
    pub state: DocumentState,
}

/// What is at the place of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    /// A file that was read to its end.
    Present(DocumentContent),
    /// Nothing.
    Missing,
    /// Something that could not be read.
    Unreadable(Unknown),
}

/// The content of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentContent {
    /// SHA-256 (FIPS 180-4) of all its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// When the file system says that it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
}
