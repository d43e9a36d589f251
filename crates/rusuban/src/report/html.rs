//! The report as one HTML file that asks nothing of the network.

use rusuban_core::model::text::Lang;

use super::data::Report;

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be rendered: {0}")]
pub struct RenderError(pub String);

/// Renders a report for a reader of `lang`.
///
/// # Errors
/// Where the template fails.
pub fn render(_report: &Report, _lang: Lang) -> Result<String, RenderError> {
    Ok(String::new())
}
