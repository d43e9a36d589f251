//! The register as files: XLSX and CSV in and out.
