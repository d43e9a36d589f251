//! Where the value of a rule's field stands in an event.
//!
//! First the source's own field of that name. Where there is none: other names under which Windows writes the same, then the
//! ECS fields that mean the same (Sigma's taxonomy appendix 2.1.0), and the ECS field of that very name.

use crate::event::Field;

/// Another way to a field's value among the source's own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alias {
    /// The field of this name.
    Native(&'static str),
    /// Two fields, joined with a backslash: domain and user, key and value.
    Joined(&'static str, &'static str),
    /// The hash of this name in a `Hashes` field: `MD5=…,SHA256=…`.
    Hash(&'static str),
}

/// Other names on Windows: Security 4688 and 4657 for the categories that follow Sysmon, older and newer spellings.
pub fn windows(name: &str) -> &'static [Alias] {
    use Alias::{Hash, Joined, Native};
    match name {
        "Image" => &[Native("NewProcessName"), Native("ProcessName"), Native("Application")],
        "ParentImage" => &[Native("ParentProcessName")],
        "CommandLine" => &[Native("ProcessCommandLine")],
        "ParentProcessId" => &[Native("ProcessId")],
        "IntegrityLevel" => &[Native("MandatoryLabel")],
        "User" => &[Joined("SubjectDomainName", "SubjectUserName"), Native("SubjectUserName")],
        "LogonId" => &[Native("SubjectLogonId"), Native("TargetLogonId")],
        "TargetObject" => &[Joined("ObjectName", "ObjectValueName"), Native("ObjectName")],
        "Details" => &[Native("NewValue")],
        "EventLog" | "log_name" => &[Native("Channel")],
        "Source" | "SourceName" | "EventSource" | "Provider" | "ProviderName" => &[Native("Provider_Name")],
        "ComputerName" | "Hostname" | "Host" => &[Native("Computer")],
        "Computer" => &[Native("ComputerName")],
        "EventId" | "event_id" => &[Native("EventID")],
        "Hashes" => &[Native("Hash")],
        "md5" | "MD5" | "Md5" => &[Hash("MD5")],
        "sha1" | "SHA1" | "Sha1" => &[Hash("SHA1")],
        "sha256" | "SHA256" | "Sha256" => &[Hash("SHA256")],
        "imphash" | "Imphash" | "IMPHASH" => &[Hash("IMPHASH")],
        _ => &[],
    }
}

/// True for fields whose rules are written against more than the source's field of that name: IIS keeps path and query
/// apart, and rules of the category look for paths in both.
pub fn also_ecs(name: &str) -> bool {
    matches!(name, "c-uri" | "cs-uri" | "cs-uri-query" | "c-uri-query" | "cs-uri-stem" | "c-uri-stem")
}

/// The ECS fields that mean the same, best first.
pub fn ecs(name: &str) -> Vec<Field> {
    let list = known(name);
    if !list.is_empty() {
        return list.to_vec();
    }
    Field::of_name(name).into_iter().collect()
}

fn known(name: &str) -> &'static [Field] {
    use Field as F;
    match name {
        // Web and proxy (W3C extended log file format)
        "c-uri" | "cs-uri" | "uri" => &[F::UrlFull, F::UrlOriginal],
        "cs-uri-query" => &[F::UrlOriginal, F::UrlQuery, F::UrlFull],
        "c-uri-query" => &[F::UrlQuery, F::UrlOriginal, F::UrlFull],
        "c-uri-stem" | "cs-uri-stem" => &[F::UrlPath],
        "c-uri-extension" | "cs-uri-extension" => &[F::UrlExtension],
        "cs-method" | "http.method" => &[F::HttpRequestMethod],
        "c-useragent" | "cs-user-agent" | "cs-useragent" | "user_agent" => &[F::UserAgentOriginal],
        "cs-host" | "r-dns" => &[F::UrlDomain, F::DestinationDomain],
        "cs-referer" | "cs-referrer" | "c-referer" | "referer" => &[F::HttpRequestReferrer],
        "sc-status" => &[F::HttpResponseStatusCode],
        "sc-bytes" => &[F::HttpResponseBytes],
        "cs-bytes" => &[F::HttpRequestBytes],
        "cs-version" => &[F::HttpVersion],
        "rs-content-type" | "sc-content-type" => &[F::HttpResponseMimeType],
        "c-ip" | "src_ip" | "SourceIp" | "SourceAddress" | "src" | "srcip" | "IpAddress" | "ClientIP"
        | "source_ip" => &[F::SourceIp, F::SourceAddress, F::ClientIp],
        "c-port" | "src_port" | "SourcePort" | "srcport" | "IpPort" => &[F::SourcePort],
        "s-ip" | "dst_ip" | "DestinationIp" | "DestAddress" | "dst" | "dstip" | "r-ip" | "cs-ip" => {
            &[F::DestinationIp, F::DestinationAddress, F::ServerIp]
        }
        "s-port" | "dst_port" | "DestinationPort" | "DestPort" | "dstport" | "r-port" => {
            &[F::DestinationPort, F::ServerPort]
        }
        "s-computername" => &[F::HostName, F::HostHostname],
        "SourceHostname" | "src_host" => &[F::SourceDomain, F::SourceAddress],
        "DestinationHostname" | "dst_host" => &[F::DestinationDomain, F::UrlDomain],
        "cs-username" | "username" | "user" | "User" | "UserName" | "acct" | "TargetUserName" => {
            &[F::UserName]
        }
        // Firewall and network
        "action" | "Action" => &[F::EventAction],
        "protocol" | "Protocol" => &[F::NetworkTransport, F::NetworkProtocol],
        "app" | "application" => &[F::NetworkApplication],
        "bytes_in" => &[F::DestinationBytes],
        "bytes_out" => &[F::SourceBytes],
        // DNS
        "query" | "QueryName" | "record" => &[F::DnsQuestionName],
        "record_type" | "query_type" | "QueryType" => &[F::DnsQuestionType],
        "answer" | "answers" | "QueryResults" => &[F::DnsAnswersData, F::DnsResolvedIp],
        "rcode" | "QueryStatus" | "dns.response.code" => &[F::DnsResponseCode],
        // Processes, files, registry: the names of Sysmon
        "Image" | "exe" => &[F::ProcessExecutable],
        "CommandLine" => &[F::ProcessCommandLine],
        "ParentImage" => &[F::ProcessParentExecutable],
        "ParentCommandLine" => &[F::ProcessParentCommandLine],
        "CurrentDirectory" | "cwd" => &[F::ProcessWorkingDirectory],
        "ProcessId" | "pid" => &[F::ProcessPid],
        "ParentProcessId" | "ppid" => &[F::ProcessParentPid],
        "ProcessGuid" => &[F::ProcessEntityId],
        "ParentProcessGuid" => &[F::ProcessParentEntityId],
        "ProcessName" | "comm" => &[F::ProcessName],
        "TargetFilename" | "Filename" | "FileName" => &[F::FilePath, F::FileName],
        "TargetObject" => &[F::RegistryPath, F::RegistryKey],
        "Details" => &[F::RegistryDataStrings],
        "ImageLoaded" => &[F::DllPath, F::FilePath],
        "md5" | "MD5" => &[F::ProcessHashMd5, F::FileHashMd5],
        "sha1" | "SHA1" => &[F::ProcessHashSha1, F::FileHashSha1],
        "sha256" | "SHA256" => &[F::ProcessHashSha256, F::FileHashSha256],
        // Windows
        "EventID" => &[F::WinlogEventId, F::EventCode],
        "Channel" => &[F::WinlogChannel],
        "Provider_Name" => &[F::WinlogProviderName, F::EventProvider],
        "Computer" | "ComputerName" | "host" | "hostname" => {
            &[F::WinlogComputerName, F::HostName, F::HostHostname]
        }
        "LogonType" => &[F::WinlogLogonType],
        "LogonId" => &[F::WinlogLogonId],
        "Keywords" => &[F::WinlogKeywords],
        // Antivirus
        "Signature" => &[F::ThreatSoftwareName, F::RuleName],
        "Message" | "msg" => &[F::Message],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taxonomy_names_and_ecs_names() {
        assert_eq!(ecs("cs-method"), [Field::HttpRequestMethod]);
        assert_eq!(ecs("source.ip"), [Field::SourceIp]);
        assert!(ecs("properties.message").is_empty());
    }
}
