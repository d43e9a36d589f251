//! Adapter of `rusuban_core::world::documents`: hashes the registered files. It never looks at what they say.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::documents::{Document, DocumentContent, DocumentFacts, DocumentState};
use sha2::{Digest, Sha256};

use crate::host::{Host, unreadable};
use crate::plain_file::{self, Plain};

/// The largest document that is hashed, in bytes.
pub const MAX_DOCUMENT: u64 = 256 * 1024 * 1024;

/// How long one document may take; a file server that is gone answers never.
const LIMIT: Duration = Duration::from_mins(1);

/// A document that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredDocument {
    /// What people call it.
    pub name: String,
    /// Its absolute path on the machine.
    pub path: String,
}

/// Looks at the registered documents.
#[derive(Debug, Clone, Default)]
pub struct DocumentProbe {
    /// Where to look.
    pub host: Host,
    /// Which documents.
    pub documents: Vec<RegisteredDocument>,
}

#[async_trait]
impl Port<DocumentFacts> for DocumentProbe {
    async fn look(&self) -> Result<DocumentFacts, Unknown> {
        let mut documents = Vec::with_capacity(self.documents.len());
        for registered in &self.documents {
            let state = self.state(&registered.path).await;
            documents.push(Document { name: registered.name.clone(), path: registered.path.clone(), state });
        }
        Ok(DocumentFacts { documents })
    }
}

impl DocumentProbe {
    async fn state(&self, path: &str) -> DocumentState {
        if !path.starts_with('/') {
            return DocumentState::Unreadable(not_absolute(path));
        }
        let (real, shown) = (self.host.path(path), path.to_owned());
        let reading = tokio::task::spawn_blocking(move || read(&real, &shown, MAX_DOCUMENT));
        match tokio::time::timeout(LIMIT, reading).await {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => {
                DocumentState::Unreadable(unreadable(path, &std::io::Error::other(error.to_string())))
            }
            Err(_) => DocumentState::Unreadable(too_slow(path)),
        }
    }
}

/// Reads a file to its end, at most `max` bytes of it, and hashes it. `shown` is the path that people see.
fn read(real: &Path, shown: &str, max: u64) -> DocumentState {
    // Opening a pipe or a device could wait for ever.
    let file = match plain_file::open(real) {
        Ok(Plain::File(file)) => file,
        Ok(Plain::Other) => return DocumentState::Unreadable(no_file(shown)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return DocumentState::Missing,
        Err(error) => return DocumentState::Unreadable(unreadable(shown, &error)),
    };
    let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
    match hash(file, max) {
        Ok(Some((sha256, size))) => DocumentState::Present(DocumentContent {
            sha256,
            size,
            modified_at: modified.and_then(|time| Timestamp::try_from(time).ok()),
        }),
        Ok(None) => DocumentState::Unreadable(too_large(shown, max)),
        Err(error) => DocumentState::Unreadable(unreadable(shown, &error)),
    }
}

/// SHA-256 in hex and the number of bytes; none where there are more than `max`.
fn hash(file: File, max: u64) -> std::io::Result<Option<(String, u64)>> {
    let mut file = file.take(max.saturating_add(1));
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut size: u64 = 0;
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(buffer.get(..count).unwrap_or_default());
        size = size.saturating_add(count as u64);
    }
    Ok((size <= max).then(|| (hex::encode(hasher.finalize()), size)))
}

fn not_absolute(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        path,
        Text::new(
            format!("文書の場所 {path} が絶対パスではありません"),
            format!("the document's place {path} is no absolute path"),
        ),
        Text::new("`/` で始まるパスに書き直してください", "write a path that begins with `/`"),
    )
}

fn no_file(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        path,
        Text::new(format!("{path} はファイルではありません"), format!("{path} is no regular file")),
        Text::new(
            "フォルダではなく、文書のファイルを登録してください",
            "register the document's file, not its folder",
        ),
    )
}

fn too_large(path: &str, max: u64) -> Unknown {
    let mib = max / (1024 * 1024);
    Unknown::new(
        UnknownCode::NotSupported,
        path,
        Text::new(
            format!("{path} は上限の{mib} MiBより大きいため読みません"),
            format!("{path} is larger than {mib} MiB and is not read"),
        ),
        Text::new("小さく分けて登録してください", "register it in smaller parts"),
    )
}

fn too_slow(path: &str) -> Unknown {
    let seconds = LIMIT.as_secs();
    Unknown::new(
        UnknownCode::TimedOut,
        path,
        Text::new(
            format!("{path} を{seconds}秒以内に読み終えられませんでした"),
            format!("{path} could not be read within {seconds} seconds"),
        ),
        Text::new("ファイルサーバーに届くか確かめてください", "see whether the file server can be reached"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn look(root: &Path, paths: &[&str]) -> Vec<DocumentState> {
        let documents = paths
            .iter()
            .map(|path| RegisteredDocument { name: (*path).to_owned(), path: (*path).to_owned() })
            .collect();
        let facts = DocumentProbe { host: Host::at(root), documents }.look().await.unwrap();
        facts.documents.into_iter().map(|document| document.state).collect()
    }

    fn code(state: &DocumentState) -> Option<UnknownCode> {
        match state {
            DocumentState::Unreadable(why) => Some(why.code),
            _ => None,
        }
    }

    #[tokio::test]
    async fn a_document_is_hashed_to_its_end() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("手順.txt"), "abc").unwrap();
        std::fs::write(root.path().join("big"), vec![b'a'; 1_000_000]).unwrap();
        let states = look(root.path(), &["/手順.txt", "/big"]).await;
        // The two examples of FIPS 180-2, appendix B.
        let expected = [
            ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3),
            ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 1_000_000),
        ];
        for (state, (sha256, size)) in states.iter().zip(expected) {
            let DocumentState::Present(content) = state else { panic!("{state:?}") };
            assert_eq!((content.sha256.as_str(), content.size), (sha256, size));
            assert!(content.modified_at.is_some());
        }
    }

    #[tokio::test]
    async fn what_is_no_document_is_told_apart() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("folder")).unwrap();
        std::fs::write(root.path().join("empty"), "").unwrap();
        let states = look(root.path(), &["/none", "/folder", "relative", "/empty"]).await;
        assert_eq!(states[0], DocumentState::Missing);
        assert_eq!(code(&states[1]), Some(UnknownCode::NotSupported));
        assert_eq!(code(&states[2]), Some(UnknownCode::NotConfigured));
        assert!(matches!(&states[3], DocumentState::Present(content) if content.size == 0));
    }

    #[test]
    fn the_limit_is_the_last_size_that_is_read() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x");
        std::fs::write(&path, "1234").unwrap();
        assert!(matches!(read(&path, "/x", 4), DocumentState::Present(content) if content.size == 4));
        assert_eq!(code(&read(&path, "/x", 3)), Some(UnknownCode::NotSupported));
    }

    #[test]
    fn a_file_that_must_not_be_read_is_unreadable() {
        let why = unreadable("/x", &std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        assert_eq!(why.code, UnknownCode::NoPermission);
    }

    #[tokio::test]
    async fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let pipe = root.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert_eq!(code(&look(root.path(), &["/pipe"]).await[0]), Some(UnknownCode::NotSupported));
    }
}
