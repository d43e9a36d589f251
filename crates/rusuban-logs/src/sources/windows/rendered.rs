//! The messages that Windows renders for people, in Japanese and English, taken apart into the event's own fields: exports
//! that hold nothing else.
//!
//! After the message templates of Microsoft's pages on the single events. A message is sections (`Subject:`,
//! `サブジェクト:`) of labels and values; which account a label is about depends on its section.

use super::text::says;
use crate::event::{Event, Value};

/// Whom a section is about: the beginning of its fields' names.
const ROLES: [(&str, &[&str]); 4] = [
    ("Subject", &["Subject", "Creator Subject", "サブジェクト", "作成者サブジェクト"]),
    (
        "Target",
        &[
            "New Logon",
            "Account For Which Logon Failed",
            "Account Information",
            "Account That Was Locked Out",
            "Account Whose Credentials Were Used",
            "New Account",
            "Target Account",
            "Target Subject",
            "Group",
            "New Group",
            "Deleted Group",
            "新しいログオン",
            "ログオンを失敗したアカウント",
            "アカウント情報",
            "ロックアウトされたアカウント",
            "資格情報が使用されたアカウント",
            "新しいアカウント",
            "ターゲット アカウント",
            "対象アカウント",
            "ターゲット サブジェクト",
            "グループ",
            "新しいグループ",
            "削除されたグループ",
        ],
    ),
    ("Member", &["Member", "メンバー"]),
    ("", &["Network Information", "ネットワーク情報", "Process Information", "プロセス情報"]),
];

/// Labels of accounts, with the rest of the field's name.
const OF_ACCOUNTS: [(&str, &[&str]); 4] = [
    ("UserName", &["Account Name", "アカウント名"]),
    ("DomainName", &["Account Domain", "アカウント ドメイン", "Supplied Realm Name", "指定された領域名"]),
    ("UserSid", &["Security ID", "User ID", "セキュリティ ID", "ユーザー ID"]),
    ("LogonId", &["Logon ID", "ログオン ID"]),
];

/// Labels that mean the same in every section.
const LABELS: [(&str, &[&str]); 26] = [
    ("LogonType", &["Logon Type", "ログオン タイプ", "ログオンの種類"]),
    ("WorkstationName", &["Workstation Name", "ワークステーション名"]),
    ("Workstation", &["Source Workstation", "ソース ワークステーション"]),
    (
        "IpAddress",
        &[
            "Source Network Address",
            "Client Address",
            "ソース ネットワーク アドレス",
            "クライアント アドレス",
        ],
    ),
    ("IpPort", &["Source Port", "Client Port", "ソース ポート", "クライアント ポート"]),
    (
        "Status",
        &[
            "Status",
            "Result Code",
            "Failure Code",
            "Error Code",
            "ステータス",
            "状態",
            "結果コード",
            "失敗コード",
            "エラー コード",
        ],
    ),
    ("SubStatus", &["Sub Status", "サブ ステータス", "サブステータス"]),
    ("FailureReason", &["Failure Reason", "失敗の原因"]),
    ("TargetUserName", &["Logon Account", "Group Name", "ログオン アカウント", "グループ名"]),
    ("TargetDomainName", &["Group Domain", "グループ ドメイン"]),
    ("LogonProcessName", &["Logon Process", "ログオン プロセス"]),
    ("AuthenticationPackageName", &["Authentication Package", "認証パッケージ"]),
    ("ProcessName", &["Process Name", "Caller Process Name", "プロセス名", "呼び出し側プロセス名"]),
    ("NewProcessName", &["New Process Name", "新しいプロセス名"]),
    ("CommandLine", &["Process Command Line", "プロセスのコマンド ライン", "プロセスのコマンド　ライン"]),
    ("ParentProcessName", &["Creator Process Name", "クリエーター プロセス名", "作成者プロセス名"]),
    ("ServiceName", &["Service Name", "サービス名"]),
    ("ServiceFileName", &["Service File Name", "サービス ファイル名"]),
    ("TaskName", &["Task Name", "タスク名"]),
    ("ShareName", &["Share Name", "共有名"]),
    ("RelativeTargetName", &["Relative Target Name", "相対ターゲット名"]),
    ("TargetServerName", &["Target Server Name", "ターゲット サーバー名"]),
    ("User", &["User", "ユーザー"]),
    ("PreviousTime", &["Previous Time", "以前の時刻"]),
    ("NewTime", &["New Time", "新しい時刻"]),
    ("AuditPolicyChanges", &["Changes", "変更"]),
];

/// Pushes the fields that a message names.
pub(super) fn fields<'a>(event: &mut Event<'a>, message: &'a str) {
    let mut role = "";
    for line in message.lines() {
        let Some((label, value)) = line.split_once([':', '：']) else { continue };
        let (label, value) = (label.trim(), value.trim());
        if value.is_empty() {
            // A section; others than those that are known have no accounts.
            if !line.starts_with([' ', '\t']) {
                role = ROLES.iter().find(|(_, names)| names.contains(&label)).map_or("", |(role, _)| *role);
            }
            continue;
        }
        if let Some(name) = name(role, label).filter(|_| says(value))
            && event.native(name).is_none()
        {
            event.native.push((name, Value::Str(value)));
        }
    }
    // System says of a new service what Security calls otherwise; the remote desktop calls an address so.
    for (ours, theirs) in [("ServiceFileName", "ImagePath"), ("IpAddress", "Address")] {
        if let Some(value) = event.native(ours) {
            event.native.push((theirs, value));
        }
    }
}

fn name(role: &str, label: &str) -> Option<&'static str> {
    let of_account = OF_ACCOUNTS.iter().find(|(_, labels)| labels.contains(&label)).map(|(rest, _)| *rest);
    match (role, of_account) {
        ("Subject", Some("UserName")) => Some("SubjectUserName"),
        ("Subject", Some("DomainName")) => Some("SubjectDomainName"),
        ("Subject", Some("UserSid")) => Some("SubjectUserSid"),
        ("Subject", Some("LogonId")) => Some("SubjectLogonId"),
        ("Target", Some("UserName")) => Some("TargetUserName"),
        ("Target", Some("DomainName")) => Some("TargetDomainName"),
        ("Target", Some("UserSid")) => Some("TargetUserSid"),
        ("Target", Some("LogonId")) => Some("TargetLogonId"),
        ("Member", Some("UserName")) => Some("MemberName"),
        ("Member", Some("UserSid")) => Some("MemberSid"),
        (_, Some(_)) => None,
        (_, None) => LABELS.iter().find(|(_, labels)| labels.contains(&label)).map(|(name, _)| *name),
    }
}
