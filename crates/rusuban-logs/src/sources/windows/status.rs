//! Why a login failed: NTSTATUS (MS-ERREF 2.3) and Kerberos (RFC 4120 7.5.9) codes that Security events carry.

/// The reason that an NTSTATUS states; None for success and for codes that say nothing to people.
pub(super) fn ntstatus(code: u64) -> Option<&'static str> {
    Some(match code {
        0xc000_0064 => "user name does not exist",
        0xc000_006a => "wrong password",
        0xc000_006d => "bad user name or authentication information",
        0xc000_006e => "account restriction",
        0xc000_006f => "outside the allowed hours",
        0xc000_0070 => "not allowed from this workstation",
        0xc000_0071 => "password expired",
        0xc000_0072 => "account disabled",
        0xc000_00dc => "server in the wrong state",
        0xc000_0133 => "clocks too far apart",
        0xc000_015b => "logon type not granted",
        0xc000_018c => "trust relationship with the domain failed",
        0xc000_0192 => "Netlogon service not started",
        0xc000_0193 => "account expired",
        0xc000_0224 => "password must be changed",
        0xc000_0225 => "not found",
        0xc000_0234 => "account locked out",
        0xc000_0413 => "authentication firewall",
        0xc000_005e => "no logon server available",
        0xc000_0022 => "access denied",
        0xc000_00bb => "not supported",
        _ => return None,
    })
}

/// The reason that a Kerberos result code states; None for success.
pub(super) fn kerberos(code: u64) -> Option<&'static str> {
    Some(match code {
        0x1 => "client's entry expired",
        0x2 => "server's entry expired",
        0x6 => "user name does not exist",
        0x7 => "service does not exist",
        0x9 => "client or server has no key",
        0xc => "workstation or time restriction",
        0xd => "option cannot be accommodated",
        0xe => "encryption type not supported",
        0x10 => "preauthentication type not supported",
        0x12 => "account disabled, expired or locked out",
        0x17 => "password expired",
        0x18 => "wrong password",
        0x19 => "more preauthentication needed",
        0x1f => "integrity check failed",
        0x20 => "ticket expired",
        0x21 => "ticket not yet valid",
        0x22 => "replay",
        0x25 => "clocks too far apart",
        0x29 => "message modified",
        0x3c => "generic error",
        0x3e => "client not trusted",
        0x1b | 0x42 => "user-to-user needed",
        0x44 => "wrong realm",
        0x4b => "client's certificate not trusted for the name",
        _ => return None,
    })
}

/// The name of a logon type (4624), as Microsoft writes it, and the action it is.
pub(super) fn logon_type(code: u64) -> Option<(&'static str, &'static str)> {
    Some(match code {
        0 => ("System", "authentication_system"),
        2 => ("Interactive", "authentication_interactive"),
        3 => ("Network", "authentication_network"),
        4 => ("Batch", "authentication_batch"),
        5 => ("Service", "authentication_service"),
        7 => ("Unlock", "authentication_unlock"),
        8 => ("NetworkCleartext", "authentication_network_cleartext"),
        9 => ("NewCredentials", "authentication_alternative_credentials"),
        10 => ("RemoteInteractive", "authentication_remote_interactive"),
        11 => ("CachedInteractive", "authentication_cached_interactive"),
        12 => ("CachedRemoteInteractive", "authentication_cached_remote_interactive"),
        13 => ("CachedUnlock", "authentication_cached_unlock"),
        _ => return None,
    })
}
