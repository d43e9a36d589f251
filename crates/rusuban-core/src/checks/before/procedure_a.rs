//! `before.procedure.a`: the incident procedure was reviewed for this closure, and is still what was reviewed.
//!
//! The facts show which content a document has. That somebody read it is for a person to state; the statement is bound
//! to the content, and void once it changes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::chain::sha256_hex;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::Unknown;
use crate::model::verdict::{Findings, Judgement, UnknownCode};
use crate::world::World;
use crate::world::documents::{Document, DocumentContent, DocumentFacts, DocumentState};

/// `before.procedure.a`; see the guide beside this file.
pub struct ProcedureA;

#[async_trait]
impl Check for ProcedureA {
    const META: CheckMeta = meta!("before.procedure.a", Both, Organisation, "procedure_a");
    type Facts = DocumentFacts;

    async fn observe(world: &World) -> Result<DocumentFacts, Unknown> {
        world.documents.look().await
    }

    fn judge(facts: &[Dated<'_, DocumentFacts>], _context: &Context<'_>) -> Judgement {
        let subject = facts.first().map_or_else(SubjectId::organisation, |dated| dated.subject().clone());
        let mut findings = Findings::about(&subject);
        let documents = documents(facts);
        if documents.is_empty() {
            findings.unseen(&not_configured());
        }
        for (name, document) in documents {
            match &document.state {
                DocumentState::Present(content) if content.size == 0 => empty(name, document, &mut findings),
                DocumentState::Present(_) => {}
                DocumentState::Missing => missing(name, document, &mut findings),
                DocumentState::Unreadable(why) => findings.unseen(why),
            }
        }
        findings.judgement()
    }

    /// Name and hash of every document. None while one of them cannot be read: that is no change yet.
    fn review_basis(facts: &[Dated<'_, DocumentFacts>]) -> Option<String> {
        let documents = documents(facts);
        if documents.is_empty() {
            return None;
        }
        let list: Option<Vec<(&str, &str)>> = documents
            .into_iter()
            .map(|(name, document)| content(document).map(|content| (name, content.sha256.as_str())))
            .collect();
        list.map(|list| sha256_hex(json!(list).to_string().as_bytes()))
    }
}

fn content(document: &Document) -> Option<&DocumentContent> {
    match &document.state {
        DocumentState::Present(content) => Some(content),
        _ => None,
    }
}

/// Every document by name. Where several machines looked at one, a look that read it counts before one that did not,
/// and a newer one before an older.
fn documents<'f>(facts: &'f [Dated<'f, DocumentFacts>]) -> BTreeMap<&'f str, &'f Document> {
    let mut seen: BTreeMap<&str, ((bool, jiff::Timestamp), &Document)> = BTreeMap::new();
    for dated in facts {
        for document in &dated.facts.documents {
            let rank = (content(document).is_some(), dated.observed_at());
            if seen.get(document.name.as_str()).is_none_or(|(held, _)| rank > *held) {
                seen.insert(&document.name, (rank, document));
            }
        }
    }
    seen.into_iter().map(|(name, (_, document))| (name, document)).collect()
}

fn not_configured() -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        "",
        Text::new(
            "対処手順の文書が登録されていません",
            "no document of the response procedure is registered",
        ),
        Text::new(
            "rusuban.toml に [[document]] を書くか、`rusuban attest before.procedure.a --by 氏名 --statement 確認した内容 --file 対処手順書.pdf` で登録してください",
            "add [[document]] to rusuban.toml, or register it with `rusuban attest before.procedure.a --by NAME --statement TEXT --file procedure.pdf`",
        ),
    )
}

fn missing(name: &str, document: &Document, findings: &mut Findings) {
    let path = &document.path;
    findings.failing(
        "document-missing",
        name,
        Text::new(
            format!("文書「{name}」が登録された場所にありません（{path}）"),
            format!("the document {name} is not where it was registered ({path})"),
        ),
        Text::new(
            "元の場所に戻すか、今の場所を [[document]] に書き直してください",
            "put it back, or write its present place into [[document]]",
        ),
    );
}

fn empty(name: &str, document: &Document, findings: &mut Findings) {
    let path = &document.path;
    findings.failing(
        "document-empty",
        name,
        Text::new(
            format!("文書「{name}」の中身が0バイトです（{path}）"),
            format!("the document {name} holds 0 bytes ({path})"),
        ),
        Text::new("正しい文書に置き換えてください", "put the right document in its place"),
    );
}

#[cfg(test)]
mod tests {
    use super::super::backups_a::tests::{NOW, evidence, judge, told};
    use super::*;
    use crate::checks::Judged;
    use crate::model::evidence::EvidenceKind;
    use crate::model::policy::Policy;
    use crate::model::verdict::Verdict;

    fn document(name: &str, state: DocumentState) -> Document {
        Document { name: name.into(), path: format!("/srv/{name}.pdf"), state }
    }

    fn present(name: &str, sha256: &str) -> Document {
        let content = DocumentContent { sha256: sha256.repeat(64), size: 10, modified_at: None };
        document(name, DocumentState::Present(content))
    }

    fn unreadable(name: &str) -> Document {
        document(
            name,
            DocumentState::Unreadable(Unknown::new(
                UnknownCode::NoPermission,
                name,
                Text::new("読めません", "cannot be read"),
                Text::new("権限を", "rights"),
            )),
        )
    }

    fn judged(documents: Vec<Document>) -> Judged {
        let evidence = evidence(&DocumentFacts { documents }, EvidenceKind::Observation, NOW);
        judge("before.procedure.a", &[&evidence], &Policy::default(), NOW)
    }

    #[test]
    fn documents_that_can_be_read_show_no_fault() {
        let told = told(&judged(vec![present("対処手順", "a"), present("BCP", "b")]));
        assert_eq!(told, (Verdict::Verified, vec![]));
    }

    #[test]
    fn none_registered_is_unknown() {
        let judged = judged(vec![]);
        assert_eq!(told(&judged), (Verdict::Unknown, vec!["unknown not-configured#".to_owned()]));
        assert_eq!(judged.basis, None);
    }

    #[test]
    fn missing_and_empty_ones_fail_and_unreadable_ones_are_unknown() {
        let content = DocumentContent { sha256: "e".repeat(64), size: 0, modified_at: None };
        let told = told(&judged(vec![
            document("A", DocumentState::Missing),
            document("B", DocumentState::Present(content)),
            unreadable("C"),
        ]));
        assert_eq!(told.0, Verdict::Failing);
        assert_eq!(
            told.1,
            ["failing document-missing#A", "failing document-empty#B", "unknown no-permission#C"]
        );
    }

    #[test]
    fn the_basis_follows_the_content_and_not_the_order() {
        let both = judged(vec![present("A", "a"), present("B", "b")]).basis;
        assert_eq!(both, judged(vec![present("B", "b"), present("A", "a")]).basis);
        assert_ne!(both, judged(vec![present("A", "b"), present("B", "a")]).basis);
        assert_ne!(both, judged(vec![present("A", "a")]).basis);
        assert!(both.is_some());
    }

    #[test]
    fn what_cannot_be_read_is_no_change() {
        assert_eq!(judged(vec![present("A", "a"), unreadable("B")]).basis, None);
        assert_eq!(judged(vec![present("A", "a"), document("B", DocumentState::Missing)]).basis, None);
    }
}
