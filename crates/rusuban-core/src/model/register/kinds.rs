//! The columns that take one of a few words.

use serde::{Deserialize, Serialize};

use super::column::{Choice, Reading, Refusal, Shape, Value};
use super::normal::{comparable, nearest};
use crate::model::text::Text;

/// Makes an enum of the words that a column takes.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident = $key:literal, $ja:literal, $en:literal,
                also $also:expr, narrower $narrower:expr;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $key)] $variant, )+
        }

        impl $name {
            /// All of them, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            const CHOICES: &'static [Choice] =
                &[$( Choice { key: $key, ja: $ja, en: $en, also: &$also, narrower: &$narrower } ),+];

            /// The word in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $key, )+ }
            }

            /// The word that people read.
            pub fn label(self) -> Text {
                match self { $( Self::$variant => Text::new($ja, $en), )+ }
            }
        }

        impl Value for $name {
            const SHAPE: Shape = Shape::Choice(Self::CHOICES);

            fn parse(text: &str, _reading: &Reading) -> Result<Self, Refusal> {
                let word = comparable(text);
                Self::CHOICES
                    .iter()
                    .position(|choice| means(choice, &word))
                    .and_then(|at| Self::ALL.get(at).copied())
                    .ok_or_else(|| no_choice(text, Self::CHOICES))
            }

            fn text(&self) -> String {
                self.label().ja
            }
        }
    };
}

fn means(choice: &Choice, word: &str) -> bool {
    [choice.ja, choice.en, choice.key].iter().chain(choice.also).any(|name| comparable(name) == word)
}

fn no_choice(text: &str, choices: &'static [Choice]) -> Refusal {
    let word = comparable(text);
    let by_part =
        choices.iter().find(|choice| choice.narrower.iter().any(|narrower| comparable(narrower) == word));
    let by_spelling = || {
        let names = choices.iter().flat_map(|choice| [choice.ja, choice.en, choice.key]);
        let near = nearest(text, names)?;
        choices.iter().find(|choice| [choice.ja, choice.en, choice.key].contains(&near))
    };
    let hint = if let Some(choice) = by_part.or_else(by_spelling) {
        Text::new(
            format!("「{}」と書いてください", choice.ja),
            format!("write {:?} ({})", choice.ja, choice.en),
        )
    } else {
        let words = Shape::Choice(choices).label();
        Text::new(
            format!("次のいずれかを書いてください: {}", words.ja),
            format!("write one of: {} ({})", words.ja, words.en),
        )
    };
    Refusal::new(
        "not-a-choice",
        Text::new("この列に書ける語ではありません", "this column does not take this word"),
        hint,
    )
}

choices! {
    /// What a person is in the organisation's information security (役割). Nothing said means a member of staff.
    Role {
        /// Who decides for the whole organisation.
        Responsible = "responsible", "責任者", "Officer",
            also ["情報セキュリティ責任者", "統括情報セキュリティ責任者", "CISO"], narrower [];
        /// Who answers for a section.
        SectionHead = "section_head", "課室責任者", "Section head",
            also ["課室情報セキュリティ責任者", "情報セキュリティ管理者"], narrower ["課長", "室長"];
        /// Who runs systems.
        SystemAdmin = "system_admin", "システム管理者", "System administrator",
            also ["情報システムセキュリティ責任者", "情報システム管理者"], narrower ["情報システム担当者"];
        /// Who stands on the watch in turns.
        Duty = "duty", "当番", "Duty", also ["当番者", "当直"], narrower [];
        /// Who handles incidents.
        Csirt = "csirt", "CSIRT", "CSIRT", also ["CSIRT責任者", "CSIRT要員"], narrower [];
        /// Who audits, and so answers for nothing that is audited.
        Audit = "audit", "監査", "Audit", also ["監査担当", "監査者", "情報セキュリティ監査責任者"], narrower [];
        /// Everybody else.
        Staff = "staff", "職員", "Staff", also ["職員等", "一般職員"], narrower ["会計年度任用職員", "派遣職員"];
    }
}

choices! {
    /// What an asset is (種別), in the words of the government's common standards (統一基準).
    AssetKind {
        /// A server.
        Server = "server", "サーバ", "Server",
            also ["サーバー", "サーバ装置", "サーバー装置"],
            narrower ["仮想サーバ", "ファイルサーバ", "Webサーバ", "メールサーバ", "DNSサーバ"];
        /// A personal computer.
        Computer = "computer", "パソコン", "Computer",
            also ["PC", "端末", "パーソナルコンピュータ", "クライアント"],
            narrower ["ノートPC", "ノートパソコン", "デスクトップPC", "デスクトップ", "シンクライアント"];
        /// A telephone or tablet.
        Mobile = "mobile", "モバイル端末", "Mobile device",
            also ["モバイル"], narrower ["タブレット", "スマートフォン", "スマホ", "携帯電話", "iPad", "iPhone"];
        /// Routers, switches, firewalls, VPN gateways, access points.
        Network = "network", "通信回線装置", "Network device",
            also ["ネットワーク機器", "NW機器"],
            narrower [
                "ルータ", "ルーター", "スイッチ", "ハブ", "L2スイッチ", "L3スイッチ", "ファイアウォール", "FW", "UTM",
                "VPN", "VPN装置", "無線LAN", "アクセスポイント", "無線AP",
            ];
        /// Storage on the network.
        Storage = "storage", "ストレージ", "Storage", also ["記憶装置"], narrower ["NAS", "SAN", "テープ装置"];
        /// Printers and copiers.
        Printer = "printer", "複合機", "Printer",
            also ["プリンタ複合機"], narrower ["プリンタ", "プリンター", "コピー機", "スキャナ", "FAX"];
        /// Cameras, video conferences, telephones, door locks and other devices made for one purpose.
        SpecialPurpose = "special_purpose", "特定用途機器", "Special-purpose device",
            also ["IoT", "IoT機器"],
            narrower [
                "カメラ", "監視カメラ", "ネットワークカメラ", "防犯カメラ", "テレビ会議", "テレビ会議システム", "IP電話",
                "電話交換機", "入退室管理", "UPS", "無停電電源装置", "デジタルサイネージ",
            ];
        /// Media that are carried: USB sticks, external disks.
        Media = "media", "外部記録媒体", "Removable media",
            also ["外部電磁的記録媒体", "記録媒体"], narrower ["USBメモリ", "USB", "外付けHDD", "SDカード", "DVD"];
        /// Anything else.
        Other = "other", "その他", "Other", also [], narrower [];
    }
}

choices! {
    /// What is to happen with an asset in the closure (休業中の扱い). Nothing said means that nobody has decided.
    Plan {
        /// It is switched off.
        Off = "off", "停止", "Off", also ["電源オフ", "オフ", "電源断"], narrower [];
        /// It goes on running.
        On = "on", "稼働", "On", also ["運転", "継続稼働", "オン", "稼動"], narrower [];
        /// It is taken out of the office.
        CarriedOut = "carried_out", "持ち出し", "Carried out", also ["持出", "持出し", "持ちだし"], narrower [];
    }
}

choices! {
    /// Whether an external service stays open in the closure. Nothing said means that nobody has decided.
    Decision {
        /// It stays.
        Keep = "keep", "継続", "Keep", also ["継続利用", "公開"], narrower [];
        /// It is closed.
        Disable = "disable", "停止", "Disable", also ["閉鎖", "休止"], narrower [];
    }
}

choices! {
    /// What a vendor is called for.
    VendorKind {
        /// Builds or looks after a system.
        System = "system", "システムベンダ", "System vendor",
            also ["システムベンダー", "ベンダ", "ベンダー"], narrower ["SIer", "開発", "システム保守"];
        /// Looks after devices.
        Device = "device", "機器保守", "Device maintenance", also ["ハードウェア保守"], narrower ["リース"];
        /// Lines and the Internet.
        Line = "line", "回線", "Line", also ["回線事業者", "通信事業者", "ISP"], narrower [];
        /// An external service.
        ExternalService = "external_service", "外部サービス", "External service",
            also ["クラウド", "外部サービス事業者"], narrower ["SaaS", "IaaS", "ASP"];
        /// A data centre.
        DataCentre = "data_centre", "データセンタ", "Data centre", also ["データセンター", "DC"], narrower [];
        /// Watches for attacks.
        Monitoring = "monitoring", "監視", "Monitoring", also ["SOC", "監視事業者"], narrower ["MSS"];
        /// Anything else.
        Other = "other", "その他", "Other", also [], narrower [];
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::Field;
    use super::*;

    #[test]
    fn every_word_means_one_choice_only() {
        for choices in
            [Role::CHOICES, AssetKind::CHOICES, Plan::CHOICES, Decision::CHOICES, VendorKind::CHOICES]
        {
            let words: Vec<String> = choices
                .iter()
                .flat_map(|c| {
                    let mut own: Vec<String> = [c.ja, c.en, c.key].iter().map(|w| comparable(w)).collect();
                    own.sort_unstable();
                    own.dedup();
                    own.extend(c.also.iter().chain(c.narrower).map(|w| comparable(w)));
                    own
                })
                .collect();
            for word in &words {
                assert_eq!(words.iter().filter(|other| *other == word).count(), 1, "{word}");
            }
        }
    }

    #[test]
    fn words_are_taken_in_both_languages() {
        let own = Reading::own_forms();
        for text in ["サーバ", "ｻｰﾊﾞｰ", "server", "Ｓｅｒｖｅｒ", "サーバ 装置"] {
            assert_eq!(AssetKind::read(text, &own), Ok(AssetKind::Server), "{text}");
        }
        assert_eq!(Vec::<Role>::read("当番、監査", &own), Ok(vec![Role::Duty, Role::Audit]));
        assert_eq!(Option::<Plan>::read("", &own), Ok(None));
    }

    #[test]
    fn a_part_is_answered_with_the_whole() {
        let refusal = AssetKind::read("ルーター", &Reading::own_forms()).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.hint.ja.as_str()),
            ("not-a-choice", "「通信回線装置」と書いてください")
        );
        let refusal = Plan::read("切る", &Reading::own_forms()).unwrap_err();
        assert_eq!(refusal.hint.ja, "次のいずれかを書いてください: 停止 / 稼働 / 持ち出し");
    }
}
