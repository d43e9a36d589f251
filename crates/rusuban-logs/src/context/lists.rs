//! The lists (people, duty, approvals, services, hosts, carried-out devices, networks) from CSV text in UTF-8.
//!
//! A list with a fault is not taken at all: half a roster would make alarms of the other half.

use jiff::tz::TimeZone;
use rusuban_core::model::register::normal::comparable;
use rusuban_core::model::text::Text;

use super::account::Account;
use super::table::{Column, Row, Table, column};
use super::{Approval, Belongs, CarriedOut, Duty, Host, Network, Person, Problem, ServiceAccount};

/// What the organisation wrote down. A list that was not given is empty, and is named in [`Lists::given`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lists {
    /// `people.csv`.
    pub people: Vec<Person>,
    /// `roster.csv`.
    pub roster: Vec<Duty>,
    /// `approved.csv`.
    pub approved: Vec<Approval>,
    /// `services.csv`.
    pub services: Vec<ServiceAccount>,
    /// `hosts.csv`.
    pub hosts: Vec<Host>,
    /// `carried-out.csv`.
    pub carried_out: Vec<CarriedOut>,
    /// `networks.csv`.
    pub networks: Vec<Network>,
    /// The lists that were given.
    pub given: Vec<List>,
}

/// The lists by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// People, their login names and leave.
    People,
    /// Duty.
    Roster,
    /// Approved work.
    Approved,
    /// Service accounts.
    Services,
    /// Hosts.
    Hosts,
    /// Carried-out devices.
    CarriedOut,
    /// Networks.
    Networks,
}

const PERIOD: &[&str] = &["開始", "開始日時", "from", "start"];
const PERIOD_END: &[&str] = &["終了", "終了日時", "to", "end", "until"];

const PEOPLE: &[Column] = &[
    column("id", "職員番号", &["職員ID", "ID", "番号", "person"]).required(),
    column("name", "氏名", &["名前"]).required(),
    column("logins", "ログイン名", &["アカウント", "ユーザー名", "ユーザ名", "login", "accounts", "user"]),
    column("leave_from", "休暇開始", &["休暇の開始", "leave start"]),
    column("leave_to", "休暇終了", &["休暇の終了", "leave end"]),
    column("left_on", "退職日", &["退職", "異動日", "left"]),
];
const ROSTER: &[Column] = &[
    column("who", "当番", &["担当者", "職員番号", "氏名", "person"]).required(),
    column("from", "開始", PERIOD).required(),
    column("to", "終了", PERIOD_END).required(),
    column("role", "役割", &["担当"]),
];
const APPROVED: &[Column] = &[
    column("who", "作業者", &["担当者", "職員番号", "氏名", "ログイン名", "person"]).required(),
    column("from", "開始", PERIOD).required(),
    column("to", "終了", PERIOD_END).required(),
    column("reason", "理由", &["作業内容", "why"]).required(),
    column("host", "対象機器", &["機器", "ホスト", "対象"]),
];
const SERVICES: &[Column] = &[
    column("account", "アカウント", &["ログイン名", "サービスアカウント", "pattern", "name"]).required(),
    column("from", "接続元", &["接続元ネットワーク", "source", "networks"]),
    column("purpose", "用途", &["目的", "理由", "reason"]).required(),
];
const HOSTS: &[Column] = &[
    column("name", "機器名", &["ホスト名", "host", "hostname", "names"]).required(),
    column("addresses", "IPアドレス", &["アドレス", "address", "ip"]),
    column("off_from", "停止開始", &["電源断開始", "停止の開始", "off start"]),
    column("off_to", "停止終了", &["電源断終了", "停止の終了", "off end"]),
    column("always_on", "常時記録", &["常時ログ", "途切れないログ", "sources"]),
];
const CARRIED_OUT: &[Column] = &[
    column("id", "機器番号", &["機器ID", "管理番号", "ID", "device"]).required(),
    column(
        "marks",
        "識別名",
        &["機器名", "端末名", "ホスト名", "アドレス", "names", "addresses", "user agents"],
    ),
    column("who", "持出者", &["持ち出し者", "職員番号", "氏名", "person"]).required(),
    column("from", "持出日", &["持ち出し日", "持出開始", "開始", "start"]).required(),
    column("to", "返却日", &["返却予定日", "持出終了", "終了", "end", "until"]).required(),
    column("place", "持出先", &["持ち出し先", "場所", "destination"]),
];
const NETWORKS: &[Column] = &[
    column("network", "ネットワーク", &["アドレス", "IPアドレス", "cidr", "address"]).required(),
    column("belongs", "区分", &["種別", "kind", "type"]).required(),
    column("note", "備考", &["説明", "名称", "理由", "reason"]),
];

impl List {
    /// All, in the order in which people think of them.
    pub const ALL: [Self; 7] = [
        Self::People,
        Self::Roster,
        Self::Approved,
        Self::Services,
        Self::Hosts,
        Self::CarriedOut,
        Self::Networks,
    ];

    /// The file's usual name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::People => "people.csv",
            Self::Roster => "roster.csv",
            Self::Approved => "approved.csv",
            Self::Services => "services.csv",
            Self::Hosts => "hosts.csv",
            Self::CarriedOut => "carried-out.csv",
            Self::Networks => "networks.csv",
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::People => PEOPLE,
            Self::Roster => ROSTER,
            Self::Approved => APPROVED,
            Self::Services => SERVICES,
            Self::Hosts => HOSTS,
            Self::CarriedOut => CARRIED_OUT,
            Self::Networks => NETWORKS,
        }
    }
}

impl Lists {
    /// Reads one list from its text. Times without an offset are read in `zone`.
    ///
    /// # Errors
    /// Every fault of the list; nothing of it is taken then.
    pub fn read(&mut self, list: List, file: &str, text: &str, zone: &TimeZone) -> Result<(), Vec<Problem>> {
        let mut read = Self::default();
        let mut table = Table::new(file, list.columns(), zone);
        let rows = table.rows(text);
        for row in &rows {
            // A row that lacks something has left its problem.
            let _ = read.row(list, &mut table, row);
        }
        if !table.problems.is_empty() {
            table.problems.sort();
            table.problems.dedup();
            return Err(table.problems);
        }
        match list {
            List::People => self.people = read.people,
            List::Roster => self.roster = read.roster,
            List::Approved => self.approved = read.approved,
            List::Services => self.services = read.services,
            List::Hosts => self.hosts = read.hosts,
            List::CarriedOut => self.carried_out = read.carried_out,
            List::Networks => self.networks = read.networks,
        }
        if !self.given.contains(&list) {
            self.given.push(list);
            self.given.sort();
        }
        Ok(())
    }

    fn row(&mut self, list: List, table: &mut Table<'_>, row: &Row) -> Option<()> {
        match list {
            List::People => self.person(table, row),
            List::Roster => {
                let (who, period) = (table.required(row, "who"), table.required_period(row, "from", "to"));
                let role = table.text(row, "role").unwrap_or_default();
                self.roster.push(Duty { who: who?, period: period?, role });
                Some(())
            }
            List::Approved => {
                let (who, period) = (table.required(row, "who"), table.required_period(row, "from", "to"));
                let reason = table.required(row, "reason");
                let host = table.text(row, "host");
                self.approved.push(Approval { who: who?, period: period?, host, reason: reason? });
                Some(())
            }
            List::Services => {
                let (pattern, purpose) = (table.required(row, "account"), table.required(row, "purpose"));
                let from = table.networks(row, "from");
                self.services.push(ServiceAccount { pattern: pattern?, from, purpose: purpose? });
                Some(())
            }
            List::Hosts => {
                table.required(row, "name")?;
                let addresses = table.addresses(row, "addresses");
                let off = table.period(row, "off_from", "off_to");
                let always_on = table.list(row, "always_on");
                self.hosts.push(Host {
                    names: table.list(row, "name"),
                    addresses,
                    off,
                    always_on: yes(always_on),
                });
                Some(())
            }
            List::CarriedOut => {
                let (id, who) = (table.required(row, "id"), table.required(row, "who"));
                let period = table.required_period(row, "from", "to");
                let (place, mut marks) =
                    (table.text(row, "place").unwrap_or_default(), table.list(row, "marks"));
                let id = id?;
                marks.push(id.clone());
                self.carried_out.push(CarriedOut { id, marks, who: who?, period: period?, place });
                Some(())
            }
            List::Networks => {
                table.required(row, "network");
                table.required(row, "belongs");
                let belongs = table.choice(
                    row,
                    "belongs",
                    &[
                        (&["自組織", "own", "組織内", "自社"], Belongs::Own),
                        (&["業者", "vendor", "保守業者", "委託先"], Belongs::Vendor),
                        (&["許可", "allowed", "監視"], Belongs::Allowed),
                    ],
                );
                let note = table.text(row, "note").unwrap_or_default();
                let (networks, belongs) = (table.networks(row, "network"), belongs?);
                let entries =
                    networks.into_iter().map(|network| Network { network, belongs, note: note.clone() });
                self.networks.extend(entries);
                Some(())
            }
        }
    }

    /// A person may stand in several rows, one for each leave.
    fn person(&mut self, table: &mut Table<'_>, row: &Row) -> Option<()> {
        let (id, name) = (table.required(row, "id"), table.required(row, "name"));
        let logins = table.list(row, "logins").iter().map(|login| Account::of(login)).collect::<Vec<_>>();
        let leave = table.period(row, "leave_from", "leave_to");
        let left_on = table.text(row, "left_on").and_then(|_| table.instant(row, "left_on", true));
        let (id, name) = (id?, name?);
        let known = self.people.iter().position(|p| p.id == id);
        if let Some(person) = known.and_then(|at| self.people.get_mut(at)) {
            person.leave.extend(leave);
            person.left_on = person.left_on.or(left_on);
            for login in logins {
                if !person.logins.contains(&login) {
                    person.logins.push(login);
                }
            }
        } else {
            self.people.push(Person { id, name, logins, leave: leave.into_iter().collect(), left_on });
        }
        Some(())
    }

    /// The person that somebody means by an id, a login name or a name; None where it is nobody or not certain.
    pub fn person_named(&self, who: &str) -> Option<usize> {
        if let Some(at) = self.people.iter().position(|p| comparable(&p.id) == comparable(who)) {
            return Some(at);
        }
        let account = Account::of(who);
        let plain = |name: &str| comparable(name);
        let fits = |p: &Person| p.logins.iter().any(|l| l.matches(&account)) || plain(&p.name) == plain(who);
        let mut found = self.people.iter().enumerate().filter(|(_, p)| fits(p)).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Some(at),
            _ => None,
        }
    }

    /// What does not hold between the lists: duty, approvals and devices of people who stand in no list. Empty where no
    /// list of people was given.
    pub fn inconsistencies(&self) -> Vec<Problem> {
        if !self.given.contains(&List::People) {
            return Vec::new();
        }
        let duty = self.roster.iter().map(|d| (List::Roster, &d.who));
        let carried = self.carried_out.iter().map(|c| (List::CarriedOut, &c.who));
        let unknown = duty.chain(carried).filter(|(_, who)| self.person_named(who).is_none());
        let mut problems: Vec<Problem> = unknown
            .map(|(list, who)| Problem {
                file: list.file_name().to_owned(),
                line: 0,
                field: "who".to_owned(),
                value: who.clone(),
                message: Text::new("職員の一覧にいない人です", "nobody in the list of people is called so"),
                hint: Text::new(
                    "people.csv の職員番号、ログイン名、氏名のどれかで、1人に決まるように書いてください",
                    "write the id, a login name or the name of one person of people.csv",
                ),
            })
            .collect();
        problems.sort();
        problems.dedup();
        problems
    }
}

/// `はい` stands for any source.
fn yes(sources: Vec<String>) -> Vec<String> {
    let all = |word: &str| {
        matches!(comparable(word).as_str(), "はい" | "有" | "○" | "yes" | "true" | "1" | "全て" | "すべて")
    };
    let no = |word: &str| matches!(comparable(word).as_str(), "いいえ" | "無" | "×" | "no" | "false" | "0");
    sources.into_iter().filter(|s| !no(s)).map(|s| if all(&s) { "*".to_owned() } else { s }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> TimeZone {
        TimeZone::get("Asia/Tokyo").unwrap()
    }

    #[test]
    fn people_in_japanese_with_two_leaves() {
        let text = "\u{feff}職員番号,氏名,ログイン名,休暇開始,休暇終了,退職日\n\
            0012,山田　太郎,yamada; CORP\\yamada2,2026-12-29,2026-12-30,\n\
            0012,山田　太郎,,2027-01-02,2027-01-03,\n\
            0013,佐藤 花子,ｓａｔｏ,,,2026-11-30\n";
        let mut lists = Lists::default();
        lists.read(List::People, "people.csv", text, &tokyo()).unwrap();
        assert_eq!(lists.people.len(), 2);
        let yamada = &lists.people[0];
        assert_eq!((yamada.leave.len(), yamada.logins.len()), (2, 2));
        assert_eq!(lists.people[1].logins[0].user, "sato");
        assert!(lists.people[1].left_on.is_some());
        assert_eq!(lists.person_named("山田太郎"), Some(0));
        assert_eq!(lists.person_named("SATO"), Some(1));
    }

    #[test]
    fn every_fault_is_named_and_nothing_is_taken() {
        let text = "who,from,to,color\nyamada,2026-12-29 09:00,2026-12-28 09:00,x\n,tomorrow,,x\n";
        let mut lists = Lists::default();
        let problems = lists.read(List::Roster, "roster.csv", text, &tokyo()).unwrap_err();
        let found: Vec<_> =
            problems.iter().map(|p| (p.line, p.field.as_str(), p.message.en.as_str())).collect();
        assert_eq!(
            found,
            [
                (1, "color", "this column is not known"),
                (2, "to", "the end is not after the start"),
                (3, "to", "a value is required here"),
                (3, "who", "a value is required here"),
            ]
        );
        assert!(lists.roster.is_empty() && lists.given.is_empty());
    }

    #[test]
    fn hosts_networks_devices_services_approvals() {
        let mut lists = Lists::default();
        let zone = tokyo();
        lists
            .read(
                List::Hosts,
                "hosts.csv",
                "機器名,IPアドレス,停止開始,停止終了,常時記録\nfs1; fs1.example.jp,10.0.0.5,2026-12-29,2027-01-03,\nfw1,,,,はい\n",
                &zone,
            )
            .unwrap();
        assert_eq!(lists.hosts[0].names.len(), 2);
        assert_eq!(lists.hosts[1].always_on, ["*"]);
        lists.read(List::Networks, "networks.csv", "network,kind\n198.51.100.0/24,業者\n", &zone).unwrap();
        assert_eq!(lists.networks[0].belongs, Belongs::Vendor);
        lists
            .read(List::Services, "s", "アカウント,接続元,用途\nsvc-*,10.0.0.0/8,バックアップ\n", &zone)
            .unwrap();
        lists
            .read(
                List::CarriedOut,
                "c",
                "機器番号,識別名,持出者,持出日,返却日\nPC-7,NOTE7,yamada,2026-12-28,2027-01-04\n",
                &zone,
            )
            .unwrap();
        assert_eq!(lists.carried_out[0].marks, ["NOTE7", "PC-7"]);
        lists
            .read(
                List::Approved,
                "a",
                "作業者,開始,終了,理由\nvendor1,2026-12-30 10:00,2026-12-30 12:00,保守\n",
                &zone,
            )
            .unwrap();
        assert_eq!(lists.given.len(), 5);
    }

    #[test]
    fn an_empty_text_and_broken_quotes_are_refused() {
        let mut lists = Lists::default();
        assert!(lists.read(List::Roster, "r", "", &tokyo()).is_err());
        assert!(lists.read(List::Roster, "r", "who,from,to\n\"a,b", &tokyo()).is_err());
        assert!(lists.read(List::Networks, "n", "network,kind\n300.1.1.1,own\n", &tokyo()).is_err());
    }

    #[test]
    fn unknown_people_are_named() {
        let mut lists = Lists::default();
        lists.read(List::People, "p", "id,name\n1,山田\n", &tokyo()).unwrap();
        lists.read(List::Roster, "r", "who,from,to\n鈴木,2026-12-29,2026-12-29\n", &tokyo()).unwrap();
        assert_eq!(lists.inconsistencies()[0].value, "鈴木");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(?s).{0,300}", at in 0_usize..7) {
            let list = List::ALL[at];
            let header = list.columns().iter().map(|c| c.key).collect::<Vec<_>>().join(",");
            let _ = Lists::default().read(list, "x", &text, &TimeZone::UTC);
            let _ = Lists::default().read(list, "x", &format!("{header}\n{text}"), &TimeZone::UTC);
        }
    }
}
