//! What the record types mean: ECS category, type and action (the actions that the audit libraries agree on).

use crate::event::Value;
use crate::sources::unix::{
    ACCESS, AUTHENTICATION, CHANGE, CONFIGURATION, DENIED, END, FILE, HOST, IAM, INFO, LOGIN, NETWORK,
    PROCESS, SESSION, START,
};

/// A list of ECS allowed values.
type List = &'static [Value<'static>];

const USER_CREATION: List = &[Value::Str("user"), Value::Str("creation")];
const USER_DELETION: List = &[Value::Str("user"), Value::Str("deletion")];
const USER_CHANGE: List = &[Value::Str("user"), Value::Str("change")];
const GROUP_CREATION: List = &[Value::Str("group"), Value::Str("creation")];
const GROUP_DELETION: List = &[Value::Str("group"), Value::Str("deletion")];
const GROUP_CHANGE: List = &[Value::Str("group"), Value::Str("change")];

/// Category, type and action of a record type.
pub(super) fn meaning(kind: &str, op: &str) -> Option<(List, List, &'static str)> {
    Some(match kind {
        "USER_AUTH" => (AUTHENTICATION, INFO, "authenticated"),
        // One login writes many records: it is counted by USER_LOGIN, or by USER_AUTH where a program writes no USER_LOGIN.
        "USER_ACCT" => (SESSION, INFO, "was-authorized"),
        "USER_LOGIN" => (LOGIN, START, "logged-in"),
        "USER_ERR" => (AUTHENTICATION, INFO, "error"),
        "USER_LOGOUT" => (SESSION, END, "logged-out"),
        "LOGIN" => (SESSION, START, "changed-login-id-to"),
        "USER_START" => (SESSION, START, "started-session"),
        "USER_END" => (SESSION, END, "ended-session"),
        "CRED_ACQ" => (SESSION, INFO, "acquired-credentials"),
        "CRED_DISP" => (SESSION, INFO, "disposed-credentials"),
        "CRED_REFR" => (SESSION, INFO, "refreshed-credentials"),
        "USER_CMD" => (PROCESS, START, "ran-command"),
        "USER_TTY" | "TTY" => (PROCESS, INFO, "typed"),
        "ADD_USER" => (IAM, USER_CREATION, "added-user-account"),
        "DEL_USER" => (IAM, USER_DELETION, "deleted-user-account"),
        "ADD_GROUP" => (IAM, GROUP_CREATION, "added-group-account-to"),
        "DEL_GROUP" => (IAM, GROUP_DELETION, "deleted-group-account-from"),
        "GRP_MGMT" => (IAM, GROUP_CHANGE, "modified-group-account"),
        "GRP_CHAUTHTOK" => (IAM, GROUP_CHANGE, "changed-group-password"),
        "USER_CHAUTHTOK" if op.contains("PAM:chauthtok") || op.contains("password") || op.is_empty() => {
            (IAM, USER_CHANGE, "changed-password")
        }
        "USER_MGMT" | "ACCT_MGMT" | "USER_CHAUTHTOK" => (IAM, USER_CHANGE, "modified-user-account"),
        "ACCT_LOCK" | "RESP_ACCT_LOCK" | "RESP_ACCT_LOCK_TIMED" => (IAM, USER_CHANGE, "locked-account"),
        "ACCT_UNLOCK" | "RESP_ACCT_UNLOCK_TIMED" => (IAM, USER_CHANGE, "unlocked-account"),
        "ANOM_LOGIN_FAILURES" => (AUTHENTICATION, DENIED, "failed-log-in-too-many-times-to"),
        "ANOM_LOGIN_TIME" => (AUTHENTICATION, DENIED, "attempted-log-in-during-unusual-hour-to"),
        "ANOM_LOGIN_LOCATION" => (AUTHENTICATION, DENIED, "attempted-log-in-from-unusual-place-to"),
        "ANOM_ROOT_TRANS" => (AUTHENTICATION, INFO, "changed-user-id"),
        "ANOM_ABEND" => (PROCESS, END, "crashed-program"),
        "ANOM_PROMISCUOUS" => (NETWORK, CHANGE, "changed-promiscuous-mode-on-device"),
        "ANOM_EXEC" => (PROCESS, DENIED, "attempted-execution-of-forbidden-program"),
        "CONFIG_CHANGE" => (CONFIGURATION, CHANGE, "changed-audit-configuration"),
        "DAEMON_CONFIG" => (CONFIGURATION, CHANGE, "changed-auditd-configuration"),
        "DAEMON_START" => (PROCESS, START, "started-audit"),
        "DAEMON_END" | "DAEMON_ABORT" => (PROCESS, END, "shutdown-audit"),
        "DAEMON_ROTATE" => (CONFIGURATION, INFO, "rotated-audit-logs"),
        "SERVICE_START" => (PROCESS, START, "started-service"),
        "SERVICE_STOP" => (PROCESS, END, "stopped-service"),
        "SYSTEM_BOOT" => (HOST, START, "booted-system"),
        "SYSTEM_SHUTDOWN" => (HOST, END, "shutdown-system"),
        "SYSTEM_RUNLEVEL" => (HOST, CHANGE, "changed-to-runlevel"),
        "EXECVE" => (PROCESS, START, "executed"),
        "SYSCALL" => (PROCESS, INFO, "called-syscall"),
        "PATH" => (FILE, ACCESS, "path"),
        "CWD" => (PROCESS, INFO, "cwd"),
        "PROCTITLE" => (PROCESS, INFO, "proctitle"),
        "SOCKADDR" => (NETWORK, INFO, "sockaddr"),
        "SECCOMP" => (PROCESS, DENIED, "violated-seccomp-policy"),
        "AVC" | "USER_AVC" => (PROCESS, DENIED, "violated-selinux-policy"),
        "MAC_STATUS" => (CONFIGURATION, CHANGE, "changed-selinux-enforcement"),
        "MAC_POLICY_LOAD" => (CONFIGURATION, CHANGE, "loaded-selinux-policy"),
        "NETFILTER_CFG" => (CONFIGURATION, CHANGE, "loaded-firewall-rule-to"),
        "KERN_MODULE" => (CONFIGURATION, CHANGE, "loaded-kernel-module"),
        "CRYPTO_LOGIN" => (AUTHENTICATION, INFO, "crypto-officer-logged-in"),
        "CRYPTO_SESSION" | "CRYPTO_KEY_USER" => (NETWORK, INFO, "negotiated-crypto-key"),
        _ => return None,
    })
}

/// True for records whose account is the one that was changed, not the one that acted.
pub(super) fn about_an_account(kind: &str) -> bool {
    matches!(
        kind,
        "ADD_USER"
            | "DEL_USER"
            | "ADD_GROUP"
            | "DEL_GROUP"
            | "USER_MGMT"
            | "ACCT_MGMT"
            | "GRP_MGMT"
            | "USER_CHAUTHTOK"
            | "GRP_CHAUTHTOK"
            | "ACCT_LOCK"
            | "ACCT_UNLOCK"
    )
}

/// The kernel's log names record types by number.
pub(super) fn name_of(kind: &str) -> &str {
    match kind {
        "1006" => "LOGIN",
        "1100" => "USER_AUTH",
        "1101" => "USER_ACCT",
        "1103" => "CRED_ACQ",
        "1104" => "CRED_DISP",
        "1105" => "USER_START",
        "1106" => "USER_END",
        "1108" => "USER_CHAUTHTOK",
        "1109" => "USER_ERR",
        "1110" => "CRED_REFR",
        "1112" => "USER_LOGIN",
        "1113" => "USER_LOGOUT",
        "1114" => "ADD_USER",
        "1115" => "DEL_USER",
        "1116" => "ADD_GROUP",
        "1117" => "DEL_GROUP",
        "1123" => "USER_CMD",
        "1130" => "SERVICE_START",
        "1131" => "SERVICE_STOP",
        "1300" => "SYSCALL",
        "1302" => "PATH",
        "1305" => "CONFIG_CHANGE",
        "1306" => "SOCKADDR",
        "1307" => "CWD",
        "1309" => "EXECVE",
        "1325" => "NETFILTER_CFG",
        "1326" => "SECCOMP",
        "1327" => "PROCTITLE",
        "1330" => "KERN_MODULE",
        "1400" => "AVC",
        "1403" => "MAC_POLICY_LOAD",
        "1404" => "MAC_STATUS",
        "1700" => "ANOM_PROMISCUOUS",
        "1701" => "ANOM_ABEND",
        other => other,
    }
}

/// Names of system calls of x86-64 that rules ask for (Linux `syscall_64.tbl`).
pub(super) fn system_call(number: &str) -> Option<&'static str> {
    Some(match number {
        "0" => "read",
        "1" => "write",
        "2" => "open",
        "41" => "socket",
        "42" => "connect",
        "43" => "accept",
        "49" => "bind",
        "56" => "clone",
        "59" => "execve",
        "62" => "kill",
        "63" => "uname",
        "76" => "truncate",
        "77" => "ftruncate",
        "82" => "rename",
        "83" => "mkdir",
        "84" => "rmdir",
        "85" => "creat",
        "86" => "link",
        "87" => "unlink",
        "88" => "symlink",
        "90" => "chmod",
        "91" => "fchmod",
        "92" => "chown",
        "93" => "fchown",
        "94" => "lchown",
        "99" => "sysinfo",
        "101" => "ptrace",
        "105" => "setuid",
        "106" => "setgid",
        "117" => "setresuid",
        "133" => "mknod",
        "135" => "personality",
        "159" => "adjtimex",
        "161" => "chroot",
        "164" => "settimeofday",
        "165" => "mount",
        "166" => "umount2",
        "170" => "sethostname",
        "175" => "init_module",
        "176" => "delete_module",
        "188" => "setxattr",
        "227" => "clock_settime",
        "257" => "openat",
        "258" => "mkdirat",
        "259" => "mknodat",
        "260" => "fchownat",
        "263" => "unlinkat",
        "264" => "renameat",
        "268" => "fchmodat",
        "288" => "accept4",
        "313" => "finit_module",
        "316" => "renameat2",
        "319" => "memfd_create",
        "321" => "bpf",
        "322" => "execveat",
        "437" => "openat2",
        _ => return None,
    })
}
