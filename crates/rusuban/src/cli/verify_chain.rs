//! `rusuban verify-chain`.

use std::path::PathBuf;

use rusuban_core::model::chain::{ChainFault, CheckpointFault};
use rusuban_core::model::text::Lang;

use super::screen::Screen;
use super::{CliError, Exit};
use crate::app::{AppError, ErrorKind, Session, chain};
use crate::store::export::ChainReport;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 書き出した証跡のファイル（省略すると手元のデータ） ‖ An exported chain (without it: the store)
    pub file: Option<PathBuf>,
    /// 報告書にある末尾のハッシュ。連鎖に含まれなければ不一致とする ‖ Hash of a head that a report names: it must stand in the chain
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// 報告書にある公開鍵。ほかの鍵で署名されていれば不一致とする ‖ Public key that a report names: no other may have signed
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub async fn run(args: &Args, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let report = chain::verify(session).await?;
    show(args, report, screen)
}

pub fn run_file(args: &Args, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let Some(path) = &args.file else { return Ok(Exit::Internal) };
    let report = chain::verify_file(path)?;
    show(args, report, screen)
}

fn show(args: &Args, mut report: ChainReport, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    for (option, value) in [("--head", &args.head), ("--key", &args.key)] {
        if value.as_ref().is_some_and(|v| v.len() != 64 || !v.chars().all(|c| c.is_ascii_hexdigit())) {
            return Err(AppError::new(
                ErrorKind::Usage,
                format!("{option} は64桁の16進数です"),
                format!("{option} takes 64 hexadecimal digits"),
            )
            .into());
        }
    }
    if let Some(head) = &args.head {
        report.require(head);
    }
    if let Some(key) = &args.key {
        report.require_key(key);
    }
    let exit = if report.holds() { Exit::Good } else { Exit::Failing };
    if screen.json {
        screen.value(&serde_json::json!({ "holds": report.holds(), "report": report }))?;
        return Ok(exit);
    }
    for fault in &report.faults {
        let text = describe(fault, screen.lang);
        screen.wrapped("✗ ", "  ", &text)?;
    }
    let line = match (screen.lang, report.holds()) {
        (Lang::Ja, true) => format!(
            "✓ 証跡 {}件と署名 {}件に改ざんは見つかりません。末尾 {}",
            report.records, report.checkpoints, report.head.hash
        ),
        (Lang::Ja, false) => {
            format!("証跡 {}件のうち {}件の異常があります", report.records, report.faults.len())
        }
        (Lang::En, true) => format!(
            "✓ {} records and {} signatures: nothing was changed. Head {}",
            report.records, report.checkpoints, report.head.hash
        ),
        (Lang::En, false) => format!("{} faults in {} records", report.faults.len(), report.records),
    };
    screen.wrapped("", "  ", &line)?;
    for key in &report.keys {
        let line = format!("{}{key}", screen.pick("署名した鍵 ", "signed by "));
        screen.wrapped("  ", "  ", &line)?;
    }
    Ok(exit)
}

/// What is wrong with a chain, in words.
pub fn describe(fault: &ChainFault, lang: Lang) -> String {
    if lang == Lang::En {
        return fault.to_string();
    }
    match fault {
        ChainFault::Altered { seq } => format!("証跡 {seq}：内容が変えられています（ハッシュが合いません）"),
        ChainFault::Unreadable { seq, reason } => format!("証跡 {seq}：内容を読めません（{reason}）"),
        ChainFault::OutOfPlace { seq, expected } => {
            format!("証跡 {seq}：ここには {expected} があるはずです（欠落または重複）")
        }
        ChainFault::Unlinked { seq } => format!("証跡 {seq}：前の証跡からつながっていません"),
        ChainFault::ColumnAltered { seq, column } => format!("証跡 {seq}：列 {column} が変えられています"),
        ChainFault::Checkpoint { seq, reason } => format!("証跡 {seq} まで：{}", checkpoint(reason)),
    }
}

fn checkpoint(fault: &CheckpointFault) -> String {
    match fault {
        CheckpointFault::BadSignature => "署名が正しくありません".to_owned(),
        CheckpointFault::CutOff => "署名された証跡がありません（末尾が切り取られています）".to_owned(),
        CheckpointFault::Replaced => "署名された証跡が差し替えられています".to_owned(),
        CheckpointFault::PlaceAltered => "署名の列 seq が変えられています".to_owned(),
        CheckpointFault::NoneAtEnd => {
            "末尾に署名がありません（署名が消されたか、証跡が足されています）".to_owned()
        }
        CheckpointFault::WrongEnd => {
            "書き出しの末尾が合いません（証跡が切り取られたか、足されています）".to_owned()
        }
        CheckpointFault::EndMissing => "書き出しの最後の行がありません".to_owned(),
        CheckpointFault::HeadMissing(hash) => {
            format!("ハッシュ {hash} の証跡がありません（切り取りまたは差し替え）")
        }
        CheckpointFault::OtherKeys(keys) => format!("指定の鍵だけで署名されていません（{keys}）"),
    }
}
