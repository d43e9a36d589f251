//! The six tables: what a row holds, and for each column its headers and its purpose. One entry is one column.

use std::net::IpAddr;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::address::{HostName, ServiceAddress};
use super::column::{Column, Field, Hours, Reading, Refusal, Value};
use super::comparison::{Incoming, IncomingTable};
use super::contact::{Mail, Phone};
use super::kinds::{AssetKind, Decision, Plan, Role, VendorKind};
use super::words::{
    AssetId, Code, DatasetId, ExternalServiceId, Kana, Line, Note, PersonId, SectionId, VendorId,
};
use super::{Register, Rows, Table};

/// A row of one of the tables.
pub trait Row: Clone + PartialEq + Serialize + DeserializeOwned + 'static {
    /// The type of the table's ids.
    type Id: Value + Ord + AsRef<str> + std::fmt::Display;

    /// Which table.
    const TABLE: Table;
    /// The columns, in their order on the sheet. The first is `id`.
    const COLUMNS: &'static [Column];

    /// The row's own id.
    fn id(&self) -> &Self::Id;

    /// What people call it.
    fn name(&self) -> &Line;

    /// Reads a row. `cell` gives the text under a column's key, and an empty text where the sheet has no such column.
    ///
    /// # Errors
    /// All refusals of the row at once, each with its column's key.
    fn read<'a>(
        cell: impl Fn(&str) -> &'a str,
        reading: &Reading,
    ) -> Result<Self, Vec<(&'static str, Refusal)>>;

    /// The row's cells as text, in the order of the columns.
    fn cells(&self) -> Vec<String>;

    /// Takes one column's value from another row.
    fn take(&mut self, key: &str, from: &Self);

    /// The rows of this table in a register.
    fn rows(register: &Register) -> &Rows<Self>;

    /// The rows of this table in a register, to be changed.
    fn rows_mut(register: &mut Register) -> &mut Rows<Self>;

    /// This table in what a file holds.
    fn incoming(incoming: &Incoming) -> Option<&IncomingTable<Self>>;

    /// This table in what a file holds, made where it is not there yet.
    fn incoming_mut(incoming: &mut Incoming) -> &mut IncomingTable<Self>;
}

/// Makes a row type of its columns.
macro_rules! table {
    (
        $(#[$meta:meta])*
        $name:ident: $id:ty, $table:ident, $rows:ident {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty = $ja:literal, $en:literal, also $also:expr, $help_ja:literal, $help_en:literal;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )+
        }

        impl Row for $name {
            type Id = $id;

            const TABLE: Table = Table::$table;
            const COLUMNS: &'static [Column] = &[
                $( Column {
                    key: stringify!($field),
                    ja: $ja,
                    en: $en,
                    also: &$also,
                    required: <$type as Field>::REQUIRED,
                    several: <$type as Field>::SEVERAL,
                    shape: <$type as Field>::SHAPE,
                    help: ($help_ja, $help_en),
                }, )+
            ];

            fn id(&self) -> &Self::Id {
                &self.id
            }

            fn name(&self) -> &Line {
                &self.name
            }

            fn read<'a>(
                cell: impl Fn(&str) -> &'a str,
                reading: &Reading,
            ) -> Result<Self, Vec<(&'static str, Refusal)>> {
                let mut refusals = Vec::new();
                $( let $field = match <$type as Field>::read(cell(stringify!($field)), reading) {
                    Ok(value) => Some(value),
                    Err(refusal) => {
                        refusals.push((stringify!($field), refusal));
                        None
                    }
                }; )+
                match ($( $field, )+) {
                    ($( Some($field), )+) => Ok(Self { $( $field, )+ }),
                    _ => Err(refusals),
                }
            }

            fn cells(&self) -> Vec<String> {
                vec![$( Field::cell(&self.$field), )+]
            }

            fn take(&mut self, key: &str, from: &Self) {
                match key {
                    $( stringify!($field) => self.$field.clone_from(&from.$field), )+
                    _ => {}
                }
            }

            fn rows(register: &Register) -> &Rows<Self> {
                &register.$rows
            }

            fn rows_mut(register: &mut Register) -> &mut Rows<Self> {
                &mut register.$rows
            }

            fn incoming(incoming: &Incoming) -> Option<&IncomingTable<Self>> {
                incoming.$rows.as_ref()
            }

            fn incoming_mut(incoming: &mut Incoming) -> &mut IncomingTable<Self> {
                incoming.$rows.get_or_insert_default()
            }
        }
    };
}

table! {
    /// A section (課室).
    Section: SectionId, Sections, sections {
        /// Own id.
        id: SectionId = "課室ID", "Section ID", also ["部署ID", "所属ID", "課室コード", "所属コード"],
            "課室を識別する番号や略称。変更しないでください", "Number or short name of the section; not to be changed";
        /// Name.
        name: Line = "課室名", "Section name", also ["部署名", "所属名", "名称"],
            "課室の名称", "Name of the section";
        /// The section above.
        parent: Option<SectionId> = "上位課室ID", "Parent section", also ["上位部署ID", "親課室ID", "上位課室"],
            "上位の課室(部など)の課室ID", "Section ID of the section above";
        /// Who answers for it.
        manager: Option<PersonId> = "責任者", "Manager", also ["課室責任者", "責任者ID", "責任者の職員ID"],
            "課室情報セキュリティ責任者の職員ID", "Person ID of who answers for the section";
        /// Who answers where the manager does not.
        substitute: Option<PersonId> = "代理者", "Substitute", also ["代理", "代理者ID", "代理者の職員ID", "副責任者"],
            "責任者が不在のときの代理者の職員ID", "Person ID of who stands in for the manager";
    }
}

table! {
    /// A person (職員).
    Person: PersonId, People, people {
        /// Own id.
        id: PersonId = "職員ID", "Person ID", also ["職員番号", "社員番号", "職員コード"],
            "職員番号など。変更しないでください", "Staff number; not to be changed";
        /// Name.
        name: Line = "氏名", "Name", also ["名前", "職員名"],
            "氏名", "Name";
        /// The name's reading.
        kana: Option<Kana> = "フリガナ", "Reading", also ["ふりがな", "カナ", "氏名カナ"],
            "氏名の読み", "Reading of the name";
        /// The section that the person belongs to.
        section: Option<SectionId> = "課室ID", "Section", also ["所属", "所属課室", "課室", "部署ID", "所属ID"],
            "所属する課室の課室ID", "Section ID of the section that the person belongs to";
        /// Mail address.
        mail: Option<Mail> = "メール", "Mail", also ["メールアドレス", "E-mail", "email", "Mail address"],
            "連絡用のメールアドレス", "Mail address";
        /// Telephone numbers, the first to be called first.
        #[serde(default)]
        phones: Vec<Phone> = "電話", "Phone", also ["電話番号", "連絡先電話番号", "phone", "tel"],
            "電話番号。複数あるときは、先にかける番号から順に書きます", "Telephone numbers, the first to be called first";
        /// Roles. None means a member of staff.
        #[serde(default)]
        roles: Vec<Role> = "役割", "Role", also ["役職", "role"],
            "情報セキュリティ上の役割。空欄は職員とみなします", "Role in information security; empty means staff";
        /// First day of a leave.
        leave_from: Option<Date> = "休暇開始", "Leave from", also ["休暇開始日", "休職開始日"],
            "休暇・休職の最初の日", "First day of a leave";
        /// Last day of a leave. None with a first day means that no end is known.
        leave_until: Option<Date> = "休暇終了", "Leave until", also ["休暇終了日", "休職終了日"],
            "休暇・休職の最後の日。未定なら空欄", "Last day of a leave; empty where no end is known";
        /// The last day of service of a leaver.
        left_on: Option<Date> = "退職日", "Left on", also ["退職年月日", "異動日"],
            "退職・転出した(する)日", "Last day of service of a leaver";
    }
}

table! {
    /// An asset (機器).
    Asset: AssetId, Assets, assets {
        /// Own id.
        id: AssetId = "機器ID", "Asset ID", also ["資産番号", "管理番号", "備品番号", "機器番号"],
            "管理番号など。変更しないでください", "Inventory number; not to be changed";
        /// Name.
        name: Line = "名称", "Asset name", also ["機器名", "機器名称", "資産名"],
            "機器の名称", "Name of the device";
        /// What it is.
        kind: AssetKind = "種別", "Kind", also ["機器種別", "区分"],
            "機器の種類", "Kind of device";
        /// The section that it belongs to.
        section: Option<SectionId> = "課室ID", "Section", also ["所属", "管理課室", "課室", "部署ID", "設置課室"],
            "管理する課室の課室ID", "Section ID of the section that looks after it";
        /// Who looks after it.
        owner: Option<PersonId> = "管理者", "Owner", also ["管理者ID", "管理者の職員ID", "利用者", "担当者"],
            "管理者(利用者)の職員ID", "Person ID of who looks after it";
        /// Host name.
        hostname: Option<HostName> = "ホスト名", "Host name", also ["コンピュータ名", "hostname"],
            "ホスト名", "Host name";
        /// IP addresses.
        #[serde(default)]
        addresses: Vec<IpAddr> = "IPアドレス", "IP address", also ["IP", "アドレス", "address"],
            "IPアドレス。複数あるときは ; で区切ります", "IP addresses, separated by ;";
        /// Where it stands: somebody may have to go there.
        location: Option<Line> = "設置場所", "Location", also ["場所", "設置場所名"],
            "設置場所(建物、階、ラックなど)", "Where it stands (building, floor, rack)";
        /// What is to happen with it in the closure.
        plan: Option<Plan> = "休業中の扱い", "Plan", also ["休暇中の扱い", "年末年始の扱い", "休業中"],
            "休業期間中に停止するか、稼働させるか、持ち出すか", "Off, on or carried out in the closure";
        /// The vendor to call.
        vendor: Option<VendorId> = "業者ID", "Vendor", also ["保守業者", "業者", "ベンダ", "委託先ID"],
            "障害時に連絡する業者の業者ID", "Vendor ID of the vendor to call";
        /// Maker.
        maker: Option<Line> = "メーカー", "Maker", also ["メーカ", "製造元", "ベンダー名"],
            "製造元", "Maker";
        /// Model.
        model: Option<Code> = "型番", "Model", also ["機種", "型式", "製品名"],
            "型番・製品名", "Model";
        /// Firmware version as noted by hand.
        firmware: Option<Code> = "ファームウェア", "Firmware", also ["ファームウェア版", "ファームウェアバージョン", "バージョン"],
            "確認済みのファームウェアの版", "Firmware version as last seen";
        /// Anything else.
        note: Option<Note> = "備考", "Note", also ["メモ"],
            "備考", "Anything else";
    }
}

table! {
    /// An external service (外部サービス).
    ExternalService: ExternalServiceId, ExternalServices, external_services {
        /// Own id.
        id: ExternalServiceId = "外部サービスID", "External service ID", also ["サービスID", "service id"],
            "外部サービスを識別する番号や略称。変更しないでください", "Number or short name of the service; not to be changed";
        /// Name.
        name: Line = "外部サービス名", "Service name", also ["サービス名", "名称"],
            "外部サービスの名称", "Name of the service";
        /// Who answers for it.
        owner: Option<PersonId> = "管理者", "Owner", also ["管理者ID", "管理者の職員ID", "担当者"],
            "管理者の職員ID", "Person ID of who answers for it";
        /// Whether it stays open in the closure.
        decision: Option<Decision> = "休業中の判断", "Decision", also ["継続・停止", "休業中の扱い", "判断"],
            "休業期間中に継続するか、停止するか", "Whether it stays open in the closure";
        /// Where it answers.
        address: Option<ServiceAddress> = "アドレス", "Address", also ["URL", "ホスト名", "URL・ホスト名"],
            "サービスのURLまたはホスト名。停止の確認に使います", "URL or host of the service; it is probed to see that it is closed";
        /// The vendor to call.
        vendor: Option<VendorId> = "業者ID", "Vendor", also ["業者", "提供事業者", "委託先ID"],
            "提供する業者の業者ID", "Vendor ID of who provides it";
        /// Contract number.
        contract: Option<Code> = "契約番号", "Contract", also ["契約", "契約ID"],
            "問い合わせに必要な契約番号", "Contract number to be told when calling";
        /// Anything else.
        note: Option<Note> = "備考", "Note", also ["メモ"],
            "備考", "Anything else";
    }
}

table! {
    /// A vendor (業者): who is called when something fails.
    Vendor: VendorId, Vendors, vendors {
        /// Own id.
        id: VendorId = "業者ID", "Vendor ID", also ["業者コード", "委託先ID", "事業者ID"],
            "業者を識別する番号や略称。変更しないでください", "Number or short name of the vendor; not to be changed";
        /// Name.
        name: Line = "業者名", "Vendor name", also ["事業者名", "会社名", "名称"],
            "業者の名称", "Name of the vendor";
        /// What it is called for.
        kind: VendorKind = "種別", "Kind", also ["業者種別", "区分"],
            "業者の種類", "Kind of vendor";
        /// Telephone numbers in business hours.
        #[serde(default)]
        phones: Vec<Phone> = "電話", "Phone", also ["電話番号", "連絡先", "phone", "tel"],
            "営業時間内の電話番号", "Telephone numbers in business hours";
        /// Telephone numbers at night and on holidays.
        #[serde(default)]
        after_hours_phones: Vec<Phone> = "夜間休日連絡先", "After-hours phone",
            also ["夜間・休日連絡先", "緊急連絡先", "夜間連絡先", "after_hours_phone"],
            "夜間・休日に通じる電話番号", "Telephone numbers that are answered at night and on holidays";
        /// Mail address.
        mail: Option<Mail> = "メール", "Mail", also ["メールアドレス", "E-mail", "email", "Mail address"],
            "メールアドレス", "Mail address";
        /// Hours in the closure, in words.
        hours: Option<Note> = "営業時間", "Hours", also ["休業中の営業時間", "受付時間"],
            "休業期間中の各日の営業(受付)時間", "Hours on each day of the closure";
        /// Contract number.
        contract: Option<Code> = "契約番号", "Contract", also ["契約", "契約ID"],
            "問い合わせに必要な契約番号", "Contract number to be told when calling";
    }
}

table! {
    /// An important dataset (重要データ).
    Dataset: DatasetId, Datasets, datasets {
        /// Own id.
        id: DatasetId = "データID", "Dataset ID", also ["重要データID", "データ番号"],
            "重要データを識別する番号や略称。変更しないでください", "Number or short name of the dataset; not to be changed";
        /// Name.
        name: Line = "データ名", "Dataset name", also ["重要データ名", "名称"],
            "重要データの名称", "Name of the dataset";
        /// Who answers for it.
        owner: Option<PersonId> = "管理者", "Owner", also ["管理者ID", "管理者の職員ID", "担当者"],
            "管理者の職員ID", "Person ID of who answers for it";
        /// The asset that holds it.
        asset: Option<AssetId> = "機器ID", "Asset", also ["保存先機器", "保存機器", "機器"],
            "保存している機器の機器ID", "Asset ID of the device that holds it";
        /// Name of the backup in the configuration.
        backup: Option<Code> = "バックアップ名", "Backup", also ["バックアップ"],
            "設定ファイルの [[backup]] の name", "Name of a [[backup]] in the configuration";
        /// How old the newest backup may be, in hours.
        max_age_hours: Option<Hours> = "許容時間", "Maximum age in hours", also ["許容経過時間", "バックアップ間隔"],
            "最新のバックアップの許容経過時間(時間)", "How many hours old the newest backup may be";
        /// Anything else.
        note: Option<Note> = "備考", "Note", also ["メモ"],
            "備考", "Anything else";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::test_runner::TestCaseError;

    use super::super::normal::comparable;
    use super::super::{Table, TableVisitor};
    use super::*;

    struct Headers;

    impl TableVisitor for Headers {
        type Output = &'static [Column];

        fn visit<R: Row>(self) -> Self::Output {
            R::COLUMNS
        }
    }

    #[test]
    fn every_header_names_one_column_only() {
        for table in Table::ALL {
            let mut seen = BTreeMap::new();
            for column in table.visit(Headers) {
                for name in column.names() {
                    let other = seen.insert(comparable(name), column.key).unwrap_or(column.key);
                    assert_eq!(other, column.key, "{table:?}: {name}");
                }
            }
        }
    }

    #[test]
    fn every_table_begins_with_id_and_name() {
        for table in Table::ALL {
            let keys: Vec<_> = table.visit(Headers).iter().map(|column| column.key).collect();
            assert_eq!(keys.first(), Some(&"id"), "{table:?}");
            assert_eq!(keys.get(1), Some(&"name"), "{table:?}");
        }
    }

    #[test]
    fn a_row_names_all_its_refusals_at_once() {
        let cells = BTreeMap::from([("id", "P 1"), ("mail", "taro"), ("leave_from", "someday")]);
        let refusals = Person::read(|key| cells.get(key).copied().unwrap_or_default(), &Reading::own_forms())
            .unwrap_err();
        let codes: Vec<_> = refusals.iter().map(|(key, refusal)| (*key, refusal.code)).collect();
        assert_eq!(
            codes,
            [
                ("id", "not-an-id"),
                ("name", "missing-value"),
                ("mail", "not-a-mail-address"),
                ("leave_from", "not-a-date"),
            ]
        );
    }

    /// What is taken is written in a form that gives the same value again, from a cell and from JSON.
    fn own_form_is_stable<T>(text: &str) -> Result<(), TestCaseError>
    where
        T: Field + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
    {
        let Ok(value) = T::read(text, &Reading::own_forms()) else { return Ok(()) };
        prop_assert_eq!(T::read(&value.cell(), &Reading::own_forms()).ok(), Some(value.clone()));
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<T>(&json).ok(), Some(value));
        Ok(())
    }

    fn all_own_forms_are_stable(text: &str) -> Result<(), TestCaseError> {
        own_form_is_stable::<Line>(text)?;
        own_form_is_stable::<Option<Note>>(text)?;
        own_form_is_stable::<Option<Code>>(text)?;
        own_form_is_stable::<Option<Kana>>(text)?;
        own_form_is_stable::<AssetId>(text)?;
        own_form_is_stable::<Option<Mail>>(text)?;
        own_form_is_stable::<Vec<Phone>>(text)?;
        own_form_is_stable::<Option<HostName>>(text)?;
        own_form_is_stable::<Vec<IpAddr>>(text)?;
        own_form_is_stable::<Option<ServiceAddress>>(text)?;
        own_form_is_stable::<Option<Hours>>(text)?;
        own_form_is_stable::<Option<Date>>(text)?;
        own_form_is_stable::<Vec<Role>>(text)
    }

    proptest! {
        #[test]
        fn own_forms_of_any_text_are_stable(text in any::<String>()) {
            all_own_forms_are_stable(&text)?;
        }

        #[test]
        fn own_forms_of_likely_text_are_stable(
            text in r"[ -~ぁ-んァ-ヶー一-鿋ｦ-ﾟ０-９Ａ-ｚ（）＝\u{3099}\u{309A}\u{F900}-\u{FA6D}\n]{0,24}",
            phone in r"[+(]?[0-9０-９（）()ー -]{9,18}(内線|ext\.)?[0-9-]{0,6}",
            address in r"(https?://)?[a-zA-Z0-9.\[\]:-]{1,20}(/[ -~]{0,10})?",
        ) {
            for text in [text, phone, address] {
                all_own_forms_are_stable(&text)?;
            }
        }
    }

    #[test]
    fn a_row_survives_json_and_cells() {
        let cells = BTreeMap::from([
            ("id", "P1"),
            ("name", "山田 太郎"),
            ("kana", "ヤマダ タロウ"),
            ("section", "A"),
            ("mail", "t@example.jp"),
            ("phones", "090-1234-5678; 内線12"),
            ("roles", "当番; 監査"),
            ("leave_from", "2026-12-28"),
        ]);
        let person =
            Person::read(|key| cells.get(key).copied().unwrap_or_default(), &Reading::own_forms()).unwrap();
        let json = serde_json::to_string(&person).unwrap();
        insta::assert_snapshot!(json, @r#"{"id":"P1","name":"山田 太郎","kana":"ヤマダ タロウ","section":"A","mail":"t@example.jp","phones":["090-1234-5678","内線12"],"roles":["duty","audit"],"leave_from":"2026-12-28","leave_until":null,"left_on":null}"#);
        assert_eq!(serde_json::from_str::<Person>(&json).unwrap(), person);
        assert_eq!(
            person.cells(),
            [
                "P1",
                "山田 太郎",
                "ヤマダ タロウ",
                "A",
                "t@example.jp",
                "090-1234-5678; 内線12",
                "当番; 監査",
                "2026-12-28",
                "",
                ""
            ]
        );
    }
}
