//! Windows: which channels and event ids Sigma's categories and services mean.
//!
//! After Sigma's taxonomy appendix 2.1.0, and the sysmon and windows-audit pipelines of pySigma. Where the appendix and
//! Windows itself write a channel in different ways, both are taken.

/// Events of one channel; no ids means all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// The channel's name.
    pub name: &'static str,
    /// Event ids.
    pub ids: &'static [u64],
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const SECURITY: &str = "Security";
const POWERSHELL: &str = "Microsoft-Windows-PowerShell/Operational";
const POWERSHELL_CORE: &str = "PowerShellCore/Operational";
const POWERSHELL_CLASSIC: &str = "Windows PowerShell";

/// One row for each category of the taxonomy.
macro_rules! channels {
    ($($name:ident $ids:expr),*) => { &[$(Channel { name: $name, ids: &$ids }),*] };
}

/// The events of a category; None for categories that are not of Windows; empty where Windows writes no channel for it.
pub fn category(name: &str) -> Option<&'static [Channel]> {
    Some(match name {
        "process_creation" => channels![SYSMON[1], SECURITY[4688]],
        "file_change" => channels![SYSMON[2]],
        "network_connection" => channels![SYSMON[3]],
        "sysmon_status" => channels![SYSMON[4, 16]],
        "process_termination" => channels![SYSMON[5], SECURITY[4689]],
        "driver_load" => channels![SYSMON[6]],
        "image_load" => channels![SYSMON[7]],
        "create_remote_thread" => channels![SYSMON[8]],
        "raw_access_thread" | "raw_access_read" => channels![SYSMON[9]],
        "process_access" => channels![SYSMON[10]],
        "file_event" => channels![SYSMON[11]],
        "registry_add" | "registry_delete" => channels![SYSMON[12], SECURITY[4657]],
        "registry_set" => channels![SYSMON[13], SECURITY[4657]],
        "registry_rename" => channels![SYSMON[14]],
        "registry_event" => channels![SYSMON[12, 13, 14], SECURITY[4657]],
        "create_stream_hash" => channels![SYSMON[15]],
        "pipe_created" => channels![SYSMON[17, 18]],
        "wmi_event" => channels![SYSMON[19, 20, 21]],
        "dns_query" => channels![SYSMON[22]],
        "file_delete" => channels![SYSMON[23, 26]],
        "clipboard_capture" | "clipboard_change" => channels![SYSMON[24]],
        "process_tampering" => channels![SYSMON[25]],
        "file_delete_detected" => channels![SYSMON[26]],
        "file_block_executable" => channels![SYSMON[27]],
        "file_block_shredding" => channels![SYSMON[28]],
        "file_executable_detected" => channels![SYSMON[29]],
        "sysmon_error" => channels![SYSMON[255]],
        "ps_classic_start" => channels![POWERSHELL_CLASSIC[400]],
        "ps_classic_provider_start" => channels![POWERSHELL_CLASSIC[600]],
        "ps_classic_script" => channels![POWERSHELL_CLASSIC[800]],
        "ps_module" => channels![POWERSHELL[4103], POWERSHELL_CORE[4103]],
        "ps_script" => channels![POWERSHELL[4104], POWERSHELL_CORE[4104]],
        // Traces of the kernel (Microsoft-Windows-Kernel-File), which no event log holds.
        "file_access" | "file_rename" => &[],
        _ => return None,
    })
}

/// What a category asks of `EventType` (Sysmon) or `OperationType` (Security 4657) beyond the event's id.
pub fn operation(category: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match category {
        "registry_add" => (&["CreateKey", "CreateValue"], &["%%1904", "New registry value created"]),
        "registry_delete" => (&["DeleteKey", "DeleteValue"], &["%%1906", "Registry value deleted"]),
        "registry_set" => (
            &["SetValue"],
            &["%%1904", "%%1905", "New registry value created", "Existing registry value modified"],
        ),
        _ => return None,
    })
}

/// The channels of a service; None for services that the taxonomy does not know.
pub fn service(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "application" | "audit-cve" => &["Application"],
        "application-experience" => &[
            "Microsoft-Windows-Application-Experience/Program-Telemetry",
            "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        ],
        "applocker" => &[
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ],
        "appmodel-runtime" => &["Microsoft-Windows-AppModel-Runtime/Admin"],
        "appxdeployment-server" => &["Microsoft-Windows-AppXDeploymentServer/Operational"],
        "appxpackaging-om" => &["Microsoft-Windows-AppxPackaging/Operational"],
        "bitlocker" => &["Microsoft-Windows-BitLocker/BitLocker Management"],
        "bits-client" => &["Microsoft-Windows-Bits-Client/Operational"],
        "capi2" => &["Microsoft-Windows-CAPI2/Operational"],
        "certificateservicesclient-lifecycle-system" => {
            &["Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"]
        }
        "codeintegrity-operational" => &["Microsoft-Windows-CodeIntegrity/Operational"],
        "dhcp" => &["Microsoft-Windows-DHCP-Server/Operational"],
        "diagnosis-scripted" => &["Microsoft-Windows-Diagnosis-Scripted/Operational"],
        "dns-client" => {
            &["Microsoft-Windows-DNS Client Events/Operational", "Microsoft-Windows-DNS-Client/Operational"]
        }
        "dns-server" => &["DNS Server"],
        "dns-server-analytic" => &["Microsoft-Windows-DNS-Server/Analytical"],
        "dns-server-audit" => &["Microsoft-Windows-DNS-Server/Audit"],
        "driver-framework" => &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
        "firewall-as" => &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
        "hyper-v-worker" => &["Microsoft-Windows-Hyper-V-Worker", "Microsoft-Windows-Hyper-V-Worker-Admin"],
        "iis-configuration" => &["Microsoft-IIS-Configuration/Operational"],
        "kernel-event-tracing" => {
            &["Microsoft-Windows-Kernel-EventTracing", "Microsoft-Windows-Kernel-EventTracing/Admin"]
        }
        "kernel-shimengine" => &[
            "Microsoft-Windows-Kernel-ShimEngine/Operational",
            "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        ],
        "ldap" | "ldap_debug" => &["Microsoft-Windows-LDAP-Client/Debug"],
        "lsa-server" => &["Microsoft-Windows-LSA/Operational"],
        "microsoft-servicebus-client" | "servicebus-client" => &[
            "Microsoft-ServiceBus-Client",
            "Microsoft-ServiceBus-Client/Operational",
            "Microsoft-ServiceBus-Client/Admin",
        ],
        "msexchange-management" => &["MSExchange Management"],
        "ntfs" => &["Microsoft-Windows-Ntfs/Operational"],
        "ntlm" => &["Microsoft-Windows-NTLM/Operational"],
        "openssh" => &["OpenSSH/Operational"],
        "powershell" => &[POWERSHELL, POWERSHELL_CORE],
        "powershell-classic" => &[POWERSHELL_CLASSIC],
        "printservice-admin" => &["Microsoft-Windows-PrintService/Admin"],
        "printservice-operational" => &["Microsoft-Windows-PrintService/Operational"],
        "security" => &[SECURITY],
        "security-mitigations" => &[
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
            "Microsoft-Windows-Security-Mitigations/KernelMode",
            "Microsoft-Windows-Security-Mitigations/UserMode",
        ],
        "sense" => &["Microsoft-Windows-SENSE/Operational"],
        "shell-core" => &["Microsoft-Windows-Shell-Core/Operational"],
        "smbclient-connectivity" => &["Microsoft-Windows-SmbClient/Connectivity"],
        "smbclient-security" => &["Microsoft-Windows-SmbClient/Security"],
        "smbserver-connectivity" => &["Microsoft-Windows-SMBServer/Connectivity"],
        "sysmon" => &[SYSMON],
        "system" => &["System"],
        "taskscheduler" => &["Microsoft-Windows-TaskScheduler/Operational"],
        "terminalservices-localsessionmanager" => {
            &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"]
        }
        "terminalservices-remoteconnectionmanager" => {
            &["Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"]
        }
        "vhdmp" => &["Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-VHDMP-Operational"],
        "windefend" => &["Microsoft-Windows-Windows Defender/Operational"],
        "winrm" => &["Microsoft-Windows-WinRM/Operational"],
        "wmi" => &["Microsoft-Windows-WMI-Activity/Operational"],
        _ => return None,
    })
}
