//! One look over an event's ECS fields that picks up everything that activity is made of.

use std::borrow::Cow;

use crate::event::{Event, Field, Value};

use super::cow;

/// Declares bits by name.
macro_rules! bits {
    ($(#[$doc:meta])* $name:ident { $($bit:ident = $value:literal => $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name(u16);

        impl $name {
            $(pub(super) const $bit: Self = Self($value);)*

            fn of(value: Value<'_>) -> Self {
                match value {
                    Value::Str(word) => Self::word(word),
                    Value::List(list) => Self(list.iter().fold(0, |bits, v| bits | Self::of(*v).0)),
                    _ => Self(0),
                }
            }

            fn word(word: &str) -> Self {
                match word { $($word => Self::$bit,)* _ => Self(0) }
            }

            pub(super) fn has(self, bit: Self) -> bool {
                self.0 & bit.0 != 0
            }
        }
    };
}

bits! {
    /// The ECS `event.category` values that matter here.
    Categories {
        AUTHENTICATION = 1 => "authentication",
        SESSION = 2 => "session",
        IAM = 4 => "iam",
        NETWORK = 8 => "network",
        CONFIGURATION = 16 => "configuration",
        PROCESS = 32 => "process",
        WEB = 64 => "web",
    }
}

bits! {
    /// The ECS `event.type` values that matter here.
    Types {
        START = 1 => "start",
        END = 2 => "end",
        DENIED = 4 => "denied",
        CREATION = 8 => "creation",
        DELETION = 16 => "deletion",
        CHANGE = 32 => "change",
        USER = 64 => "user",
        GROUP = 128 => "group",
        ADMIN = 256 => "admin",
        INFO = 512 => "info",
        ALLOWED = 1024 => "allowed",
        ERROR = 2048 => "error",
    }
}

/// Declares the fields that activity is made of.
macro_rules! glance {
    ($($name:ident = $field:ident,)*) => {
        /// An event as activity sees it.
        #[derive(Debug, Clone, Copy)]
        pub struct Glance<'e, 'a> {
            event: &'e Event<'a>,
            pub(super) categories: Categories,
            pub(super) types: Types,
        }

        impl<'e, 'a> Glance<'e, 'a> {
            /// Looks at an event.
            pub fn of(event: &'e Event<'a>) -> Self {
                Self {
                    event,
                    categories: event.get(Field::EventCategory).map(Categories::of).unwrap_or_default(),
                    types: event.get(Field::EventType).map(Types::of).unwrap_or_default(),
                }
            }

            $(
                #[inline]
                pub(in crate::activity) fn $name(&self) -> Option<Value<'a>> {
                    self.event.get(Field::$field)
                }
            )*
        }
    };
}

glance! {
    outcome = EventOutcome,
    action = EventAction,
    code = EventCode,
    message = Message,
    app = LogSyslogAppname,
    process = ProcessName,
    command_line = ProcessCommandLine,
    user_name = UserName,
    user_domain = UserDomain,
    user_email = UserEmail,
    effective_name = UserEffectiveName,
    source_user = SourceUserName,
    target_name = UserTargetName,
    target_email = UserTargetEmail,
    target_group = UserTargetGroupName,
    group_name = GroupName,
    user_group = UserGroupName,
    roles = UserRoles,
    source_ip = SourceIp,
    source_address = SourceAddress,
    source_domain = SourceDomain,
    client_ip = ClientIp,
    client_address = ClientAddress,
    source_bytes = SourceBytes,
    country_code = SourceGeoCountryIsoCode,
    country_name = SourceGeoCountryName,
    operator = SourceAsOrganizationName,
    host_name = HostName,
    host_hostname = HostHostname,
    observer_hostname = ObserverHostname,
    observer_name = ObserverName,
    computer = WinlogComputerName,
    observer_type = ObserverType,
    network_protocol = NetworkProtocol,
    device_id = DeviceId,
    agent_device = UserAgentDeviceName,
    user_agent = UserAgentOriginal,
    cloud_provider = CloudProvider,
    event_id = WinlogEventId,
    channel = WinlogChannel,
}

impl<'a> Glance<'_, 'a> {
    /// The machine that wrote or is spoken of.
    pub(in crate::activity) fn host(&self) -> Option<Value<'a>> {
        [
            self.host_name(),
            self.host_hostname(),
            self.computer(),
            self.observer_hostname(),
            self.observer_name(),
        ]
        .into_iter()
        .flatten()
        .find(|v| !v.is_empty())
    }

    /// Names and addresses of machines that must be running for this event to be written.
    pub(in crate::activity) fn speakers(&self) -> [Option<Value<'a>>; 4] {
        [self.host(), self.source_ip(), self.client_ip(), self.source_domain()]
    }

    /// Bytes that the source sent.
    pub(in crate::activity) fn bytes_out(&self) -> Option<u64> {
        match self.source_bytes()? {
            Value::UInt(n) => Some(n),
            Value::Int(n) => u64::try_from(n).ok(),
            Value::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn is_text(value: Option<Value<'_>>, word: &str) -> bool {
        matches!(value, Some(Value::Str(text)) if text.eq_ignore_ascii_case(word))
    }

    /// The borrowed text of a value; empty where there is none.
    pub(super) fn str(value: Option<Value<'a>>) -> &'a str {
        match value {
            Some(Value::Str(text)) => text,
            _ => "",
        }
    }

    /// The program that wrote.
    pub(super) fn program(&self) -> &'a str {
        let app = Self::str(self.app());
        if app.is_empty() { Self::str(self.process()) } else { app }
    }

    /// `DOMAIN\user`, `user`, or a mail address.
    pub(super) fn who(&self) -> Cow<'a, str> {
        let name = cow(self.user_name());
        if name.is_empty() {
            let other = self.user_email().or(self.source_user());
            return cow(other);
        }
        match self.user_domain() {
            Some(domain) if !domain.is_empty() && !name.contains(['\\', '@']) => {
                Cow::Owned(format!("{}\\{name}", domain.to_text()))
            }
            _ => name,
        }
    }

    pub(super) fn from(&self) -> Cow<'a, str> {
        let all = [
            self.source_ip(),
            self.client_ip(),
            self.source_address(),
            self.client_address(),
            self.source_domain(),
        ];
        cow(all.into_iter().flatten().find(|v| !v.is_empty()))
    }

    pub(super) fn country(&self) -> Cow<'a, str> {
        cow(self.country_code().or(self.country_name()))
    }

    pub(super) fn network(&self) -> Cow<'a, str> {
        cow(self.operator())
    }

    pub(super) fn device(&self) -> Cow<'a, str> {
        cow(self.agent_device().or(self.device_id()).or(self.user_agent()))
    }

    pub(super) fn failed(&self) -> bool {
        Self::is_text(self.outcome(), "failure")
    }

    pub(super) fn succeeded(&self) -> bool {
        Self::is_text(self.outcome(), "success")
    }
}
