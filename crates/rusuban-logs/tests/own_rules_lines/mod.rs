//! Made-up lines for the program's own rules.

/// A rule's file, lines in which it finds something, and lines in which it must not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

pub const LINES: &[Case] = &[
    (
        "fortigate/service_published.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044546" type="event" subtype="system" level="information" vd="root" logdesc="Attribute configured" user="admin" ui="GUI(203.0.113.9)" action="Add" cfgtid=1 cfgpath="firewall.vip" cfgobj="srv" cfgattr="extip[198.51.100.1]" msg="Add firewall.vip srv""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" user="admin" action="Delete" cfgpath="firewall.vip" cfgobj="srv" msg="Delete firewall.vip srv""#,
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044546" type="event" subtype="system" level="information" vd="root" user="admin" action="Add" cfgpath="firewall.address" cfgobj="srv" msg="Add firewall.address srv""#,
        ],
    ),
    (
        "fortigate/policy_changed.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" logdesc="Object attribute configured" user="admin" ui="https(203.0.113.9)" action="Edit" cfgtid=1 cfgpath="firewall.policy" cfgobj="4" cfgattr="srcaddr[lan->all]" msg="Edit firewall.policy 4""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" user="admin" action="Add" cfgpath="firewall.policy" cfgobj="4" msg="Add firewall.policy 4""#,
        ],
    ),
    (
        "fortigate/logging_disabled.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044546" type="event" subtype="system" level="information" vd="root" user="admin" ui="ssh(203.0.113.9)" action="Edit" cfgpath="log.syslogd.setting" cfgattr="status[enable->disable]" msg="Edit log.syslogd.setting ""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044546" type="event" subtype="system" level="information" vd="root" user="admin" action="Edit" cfgpath="log.syslogd.setting" cfgattr="status[disable->enable]" msg="Edit log.syslogd.setting ""#,
        ],
    ),
    (
        "fortigate/management_opened.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" user="admin" action="Edit" cfgpath="system.interface" cfgobj="wan1" cfgattr="allowaccess[ping->ping https ssh]" msg="Edit system.interface wan1""#,
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" user="admin" action="Edit" cfgpath="system.admin" cfgobj="admin" cfgattr="trusthost1[192.0.2.0 255.255.255.0->0.0.0.0 0.0.0.0]" msg="Edit system.admin admin""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100044547" type="event" subtype="system" level="information" vd="root" user="admin" action="Edit" cfgpath="system.interface" cfgobj="wan1" cfgattr="description[a->b]" msg="Edit system.interface wan1""#,
        ],
    ),
    (
        "fortigate/configuration_taken.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100032095" type="event" subtype="system" level="warning" vd="root" logdesc="Admin performed an action from GUI" user="admin" ui="GUI(203.0.113.9)" action="download" status="success" msg="System config file has been downloaded by user admin via GUI(203.0.113.9)""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100032095" type="event" subtype="system" level="warning" vd="root" logdesc="Admin performed an action from GUI" user="admin" ui="GUI(203.0.113.9)" action="download" status="success" msg="Report file has been downloaded by user admin""#,
        ],
    ),
    (
        "fortigate/firmware_or_configuration_replaced.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100032138" type="event" subtype="system" level="critical" vd="root" user="admin" ui="GUI(203.0.113.9)" action="restore-image" status="success" msg="User admin restored the image from GUI(203.0.113.9)""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0100041000" type="event" subtype="system" level="notice" vd="root" action="update" status="update" msg="Fortigate scheduled update fcni=yes""#,
        ],
    ),
    (
        "fortigate/sslvpn_by_administrator_name.yml",
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0101039947" type="event" subtype="vpn" level="information" vd="root" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=7 remip=203.0.113.9 tunnelip=10.0.0.9 user="admin" group="vpn" msg="SSL tunnel established""#,
        ],
        &[
            r#"date=2026-12-30 time=03:00:00 devname="fw" devid="FG1" logid="0101039947" type="event" subtype="vpn" level="information" vd="root" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=7 remip=203.0.113.9 tunnelip=10.0.0.9 user="adminoffice.taro" group="vpn" msg="SSL tunnel established""#,
        ],
    ),
    (
        "paloalto/committed.yml",
        &[
            "Dec 30 03:00:00 fw 1,2026/12/30 03:00:00,001801000001,CONFIG,0,2561,2026/12/30 03:00:00,192.0.2.5,,commit,admin,Web,Submitted,,77,0x0,0,0,0,0,,fw",
        ],
        &[
            "Dec 30 03:00:00 fw 1,2026/12/30 03:00:00,001801000001,CONFIG,0,2561,2026/12/30 03:00:00,192.0.2.5,,set,admin,Web,Succeeded, vsys  vsys1 address a,77,0x0,0,0,0,0,,fw",
        ],
    ),
    (
        "paloalto/log_forwarding_removed.yml",
        &[
            "Dec 30 03:00:00 fw 1,2026/12/30 03:00:00,001801000001,CONFIG,0,2561,2026/12/30 03:00:00,192.0.2.5,,delete,admin,Web,Succeeded, shared log-settings syslog collector,77,0x0,0,0,0,0,,fw",
        ],
        &[
            "Dec 30 03:00:00 fw 1,2026/12/30 03:00:00,001801000001,CONFIG,0,2561,2026/12/30 03:00:00,192.0.2.5,,delete,admin,Web,Succeeded, vsys  vsys1 address a,77,0x0,0,0,0,0,,fw",
        ],
    ),
    (
        "cisco/remote_access_changed.yml",
        &[
            "Dec 30 03:00:00 fw %ASA-5-111008: User 'admin' executed the 'group-policy OFFICE attributes' command.",
            "Dec 30 03:00:00 fw %ASA-5-111010: User 'admin', running 'CLI' from IP 203.0.113.9, executed 'access-list OUT extended permit ip any any'",
        ],
        &[
            "Dec 30 03:00:00 fw %ASA-5-111010: User 'admin', running 'CLI' from IP 203.0.113.9, executed 'terminal width 200'",
        ],
    ),
    (
        "sonicwall/configuration_changed.yml",
        &[
            r#"id=firewall sn=AA time="2026-12-30 03:00:00" fw=192.0.2.1 pri=6 c=16 m=441 msg="Access rule modified" n=2 usr="admin" src=203.0.113.9 dst=192.0.2.1"#,
        ],
        &[
            r#"id=firewall sn=AA time="2026-12-30 03:00:00" fw=192.0.2.1 pri=6 c=1024 m=537 msg="Connection Closed" src=192.0.2.7:51000:X0 dst=198.51.100.1:443:X1 proto=tcp/https sent=1 rcvd=2"#,
        ],
    ),
    (
        "watchguard/configuration_changed.yml",
        &[
            r#"Dec 30 03:00:00 fw Firebox 80BE0D00 (2026-12-30T03:00:00) configd: msg_id="0101-0001" The configuration was changed by admin from 203.0.113.9"#,
        ],
        &[
            r#"Dec 30 03:00:00 fw Firebox 80BE0D00 (2026-12-30T03:00:00) sessiond: msg_id="3E00-0002" Management user admin@Firebox-DB from 203.0.113.9 logged in"#,
        ],
    ),
    (
        "juniper/committed.yml",
        &[
            r#"<189>1 2026-12-30T03:00:00.000Z fw mgd 7 UI_COMMIT [junos@2636.1.1.1.2.40 username="admin" command="commit" message=""] User 'admin' requested 'commit' operation"#,
            "Dec 30 03:00:00 fw mgd[7]: UI_COMMIT: User 'admin' requested 'commit' operation (comment: none)",
        ],
        &[
            r#"<189>1 2026-12-30T03:00:00.000Z fw mgd 7 UI_CMDLINE_READ_LINE [junos@2636.1.1.1.2.40 username="admin" command="show system commit"] User 'admin', command 'show system commit'"#,
        ],
    ),
    (
        "juniper/logging_removed.yml",
        &[
            r#"<189>1 2026-12-30T03:00:00.000Z fw mgd 7 UI_CMDLINE_READ_LINE [junos@2636.1.1.1.2.40 username="admin" command="delete system syslog host 192.0.2.9"] User 'admin', command 'delete system syslog host 192.0.2.9'"#,
        ],
        &[
            r#"<189>1 2026-12-30T03:00:00.000Z fw mgd 7 UI_CMDLINE_READ_LINE [junos@2636.1.1.1.2.40 username="admin" command="show system syslog"] User 'admin', command 'show system syslog'"#,
        ],
    ),
    (
        "yamaha/configuration_saved.yml",
        &["2026/12/30 03:00:00: Configuration saved in \"CONFIG0\" by SSH(admin)"],
        &["2026/12/30 03:00:00: Login succeeded for SSH: 192.0.2.5 admin"],
    ),
    (
        "yamaha/file_transfer.yml",
        &["2026/12/30 03:00:00: Login succeeded for SFTP: 203.0.113.9 admin"],
        &["2026/12/30 03:00:00: Login succeeded for SSH: 203.0.113.9 admin"],
    ),
    (
        "yamaha/restarted_by_command.yml",
        &["2026/12/30 03:00:00: Restart by restart command"],
        &["2026/12/30 03:00:00: Power-on boot"],
    ),
    (
        "yamaha/power_on.yml",
        &["2026/12/30 03:00:00: Power-on boot"],
        &["2026/12/30 03:00:00: Restart by restart command"],
    ),
    (
        "yamaha/attack_from_inside.yml",
        &["2026/12/30 03:00:00: PP[01][out] TCP port scan 192.168.100.7 > 203.0.113.9"],
        &["2026/12/30 03:00:00: PP[01][in] TCP port scan 203.0.113.9 > 198.51.100.2"],
    ),
    (
        "vpn/ivanti_traversal_without_login.yml",
        &[
            r#"Dec 30 03:00:00 gw PulseSecure: id=firewall time="2026-12-30 03:00:00" pri=6 fw=192.0.2.1 vpn=GW user=System realm="" roles="" type=mgmt src=203.0.113.9 msg="AUT31556: Unauthenticated request url /dana/a/../../b came from IP 203.0.113.9.""#,
        ],
        &[
            r#"Dec 30 03:00:00 gw PulseSecure: id=firewall time="2026-12-30 03:00:00" pri=6 fw=192.0.2.1 vpn=GW user=System realm="" roles="" type=mgmt src=203.0.113.9 msg="AUT31556: Unauthenticated request url /dana/js?prot=1&svc=4 came from IP 203.0.113.9.""#,
        ],
    ),
    (
        "vpn/ivanti_integrity.yml",
        &[
            r#"Dec 30 03:00:00 gw PulseSecure: id=firewall time="2026-12-30 03:00:00" pri=6 fw=192.0.2.1 vpn=GW user=System realm="" roles="" type=mgmt src=127.0.0.1 msg="SYS32039: New files were found with the internal integrity check tool""#,
        ],
        &[
            r#"Dec 30 03:00:00 gw PulseSecure: id=firewall time="2026-12-30 03:00:00" pri=6 fw=192.0.2.1 vpn=GW user=System realm="" roles="" type=mgmt src=127.0.0.1 msg="SYS32038: The internal integrity check tool has completed""#,
        ],
    ),
    (
        "vpn/citrix_shell_by_hand.yml",
        &[r#"Dec 30 03:00:00 adc bash[7]: root on /dev/pts/0 shell_command="cat /nsconfig/ns.conf""#],
        &[r#"Dec 30 03:00:00 adc bash[7]: root on (null) shell_command="kill -0 7""#],
    ),
    (
        "vpn/citrix_shell_by_nobody.yml",
        &[r#"Dec 30 03:00:00 adc bash[7]: nobody on (null) shell_command="id""#],
        &[r#"Dec 30 03:00:00 adc bash[7]: root on (null) shell_command="id""#],
    ),
    (
        "vpn/citrix_access_changed.yml",
        &[
            r#"<133> 12/30/2026:03:00:00 GMT adc 0-PPE-0 : default GUI CMD_EXECUTED 99 0 : User nsroot - Remote_ip 203.0.113.9 - Command "unbind vpn vserver gw -policy mfa" - Status "Success""#,
        ],
        &[
            r#"<133> 12/30/2026:03:00:00 GMT adc 0-PPE-0 : default GUI CMD_EXECUTED 99 0 : User nsroot - Remote_ip 203.0.113.9 - Command "show vpn vserver" - Status "Success""#,
        ],
    ),
    (
        "vpn/f5_shell.yml",
        &[
            "Dec 30 03:00:00 f5 notice tmsh[7]: 01420002:5: AUDIT - pid=7 user=admin folder=/Common module=(tmos)# status=[Command OK] cmd_data=run util bash -c id",
        ],
        &[
            "Dec 30 03:00:00 f5 notice tmsh[7]: 01420002:5: AUDIT - pid=7 user=admin folder=/Common module=(tmos)# status=[Command OK] cmd_data=list ltm virtual",
        ],
    ),
    (
        "samba/ransom_note.yml",
        &["Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|share|openat|ok|w|/srv/share/HOW_TO_DECRYPT.txt"],
        &[
            "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|share|openat|ok|w|/srv/share/how_to_work.txt",
            "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|share|openat|ok|r|/srv/share/HOW_TO_DECRYPT.txt",
        ],
    ),
    (
        "samba/administrative_share.yml",
        &[
            "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|pc1|connect|ok|C$",
            "Dec 30 03:00:00 fs smbd[9]: pc1 (ipv4:192.0.2.7:50000) connect to service admin$ initially as user taro (uid=1, gid=1) (pid 9)",
        ],
        &[
            "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|pc1|connect|ok|IPC$",
            "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|pc1|connect|ok|share",
            "Dec 30 03:00:00 fs smbd[9]: pc1 (ipv4:192.0.2.7:50000) connect to service IPC$ initially as user taro (uid=1, gid=1) (pid 9)",
        ],
    ),
    (
        "vmware/shell_or_ssh_enabled.yml",
        &[
            "2026-12-30T03:00:00.1Z: [GenericCorrelator] 308us: [vob.audit.ssh.enabled] SSH access has been enabled.",
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : SSH access has been enabled.",
        ],
        &[
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : SSH access has been disabled.",
        ],
    ),
    (
        "vmware/lockdown_off.yml",
        &[
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Administrator access to the host has been enabled.",
        ],
        &[
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Administrator access to the host has been disabled.",
        ],
    ),
    (
        "vmware/firewall_or_logging_changed.yml",
        &[
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Firewall configuration has changed. Operation 'disable' for rule set sshServer succeeded.",
        ],
        &[
            "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : User root@192.0.2.5 logged in as VMware-client/6.5.0",
        ],
    ),
    (
        "vmware/disk_downloaded.yml",
        &[
            "2026-12-30T03:00:00.126Z info envoy[11] [Originator@6876 sub=Default] 2026-12-30T02:59:59.070Z GET /folder/dc1/dc1-flat.vmdk?dcPath=DC&dsName=ds1 HTTP/1.1 200 via_upstream - 1 2 1 0 0 203.0.113.9:54080 192.0.2.5:443 127.0.0.1:1 127.0.0.1:8085",
        ],
        &[
            "2026-12-30T03:00:00.126Z info envoy[11] [Originator@6876 sub=Default] 2026-12-30T02:59:59.070Z GET /folder/dc1/dc1-flat.vmdk?dcPath=DC&dsName=ds1 HTTP/1.1 401 via_upstream - 1 2 1 0 0 203.0.113.9:54080 192.0.2.5:443 127.0.0.1:1 127.0.0.1:8085",
            "2026-12-30T03:00:00.126Z info envoy[11] [Originator@6876 sub=Default] 2026-12-30T02:59:59.070Z GET /folder/dc1/vmware.log HTTP/1.1 200 via_upstream - 1 2 1 0 0 203.0.113.9:54080 192.0.2.5:443 127.0.0.1:1 127.0.0.1:8085",
        ],
    ),
    (
        "veeam/immutability_changed.yml",
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=28930 Name="Repo" UserName="OFFICE\taro" ChangesXML="<Property internal="ImmutabilityPeriod" type="Integer">0</Property>" Version="1" Description="Backup repository Repo settings have been updated."]"#,
        ],
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=28930 Name="Repo" UserName="OFFICE\taro" ChangesXML="<Property internal="Description" type="String">x</Property>" Version="1" Description="Backup repository Repo settings have been updated."]"#,
        ],
    ),
    (
        "veeam/credentials_changed.yml",
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=25400 UserName="OFFICE\taro" Version="1" Description="Credentials record has been changed."]"#,
        ],
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=24010 UserName="OFFICE\taro" Version="1" Description="License key has been installed."]"#,
        ],
    ),
    (
        "veeam/protection_weakened.yml",
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=42401 UserName="OFFICE\taro" Version="1" Description="Four-eyes authorization has been disabled."]"#,
        ],
        &[
            r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=40205 UserName="OFFICE\taro" Version="1" Description="Multi-factor authentication has failed."]"#,
        ],
    ),
    (
        "cloud/entra_method_set_by_administrator.yml",
        &[
            r#"{"category":"UserManagement","result":"success","activityDisplayName":"Admin registered security info","loggedByService":"Authentication Methods","activityDateTime":"2026-12-30T03:00:00Z","initiatedBy":{"user":{"userPrincipalName":"admin@example.co.jp"}},"targetResources":[{"type":"User","userPrincipalName":"taro@example.co.jp"}]}"#,
        ],
        &[
            r#"{"category":"UserManagement","result":"success","activityDisplayName":"User registered security info","loggedByService":"Authentication Methods","activityDateTime":"2026-12-30T03:00:00Z","targetResources":[]}"#,
        ],
    ),
    (
        "cloud/m365_audit_disabled.yml",
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"Set-AdminAuditLogConfig","OrganizationId":"o","RecordType":1,"UserType":2,"Workload":"Exchange","UserId":"admin@example.co.jp","Parameters":[{"Name":"UnifiedAuditLogIngestionEnabled","Value":"False"}]}"#,
        ],
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"Set-AdminAuditLogConfig","OrganizationId":"o","RecordType":1,"UserType":2,"Workload":"Exchange","UserId":"admin@example.co.jp","Parameters":[{"Name":"UnifiedAuditLogIngestionEnabled","Value":"True"}]}"#,
        ],
    ),
    (
        "cloud/m365_application_consent.yml",
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"Consent to application.","OrganizationId":"o","RecordType":8,"UserType":0,"Workload":"AzureActiveDirectory","ResultStatus":"Success","UserId":"taro@example.co.jp"}"#,
        ],
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"Consent to application.","OrganizationId":"o","RecordType":8,"UserType":0,"Workload":"AzureActiveDirectory","ResultStatus":"Failure","UserId":"taro@example.co.jp"}"#,
        ],
    ),
    (
        "cloud/m365_mail_flow_changed.yml",
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"New-TransportRule","OrganizationId":"o","RecordType":1,"UserType":2,"Workload":"Exchange","ResultStatus":"True","UserId":"admin@example.co.jp","Parameters":[{"Name":"BlindCopyTo","Value":"x@example.net"}]}"#,
        ],
        &[
            r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"Get-TransportRule","OrganizationId":"o","RecordType":1,"UserType":2,"Workload":"Exchange","ResultStatus":"True","UserId":"admin@example.co.jp"}"#,
        ],
    ),
    (
        "cloud/google_second_factor_off.yml",
        &[
            r#"{"id":{"time":"2026-12-30T03:00:00.000Z","applicationName":"user_accounts"},"actor":{"email":"taro@example.co.jp"},"events":[{"type":"2sv_change","name":"2sv_disable"}]}"#,
        ],
        &[
            r#"{"id":{"time":"2026-12-30T03:00:00.000Z","applicationName":"user_accounts"},"actor":{"email":"taro@example.co.jp"},"events":[{"type":"2sv_change","name":"2sv_enroll"}]}"#,
        ],
    ),
    (
        "web/program_among_static_files.yml",
        &[
            r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "POST /images/logo.php HTTP/1.1" 200 12 "-" "Mozilla/5.0""#,
        ],
        &[
            r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "POST /images/logo.php HTTP/1.1" 404 12 "-" "Mozilla/5.0""#,
            r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "POST /upload/upload.php HTTP/1.1" 200 12 "-" "Mozilla/5.0""#,
        ],
    ),
    (
        "web/path_traversal_answered.yml",
        &[
            r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "GET /a?f=../../../etc/passwd HTTP/1.1" 200 1200 "-" "Mozilla/5.0""#,
        ],
        &[
            r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "GET /a?f=../../../etc/passwd HTTP/1.1" 403 12 "-" "Mozilla/5.0""#,
        ],
    ),
    (
        "clamav/found.yml",
        &["Dec 30 03:00:00 fs clamd[9]: /srv/share/a.exe: Win.Trojan.Made-Up-1 FOUND"],
        &["Dec 30 03:00:00 fs clamd[9]: instream(192.0.2.1@3310): Win.Trojan.Made-Up-1 FOUND"],
    ),
    (
        "clamav/definitions_not_updated.yml",
        &["Dec 30 03:00:00 fs freshclam[9]: Your ClamAV installation is OUTDATED!"],
        &["Dec 30 03:00:00 fs freshclam[9]: daily.cld database is up-to-date (version: 1, sigs: 2)"],
    ),
];

/// A rule's file, a line, how often it must come (once less is not enough), and a line after them. `{i}` is a number.
pub const MANY: &[(&str, &str, usize, &str)] = &[
    (
        "vpn/account_from_many_addresses.yml",
        "Dec 30 03:00:00 fw %ASA-6-113039: Group <office> User <taro> IP <203.0.113.{i}> AnyConnect parent session started.",
        3,
        "",
    ),
    (
        "samba/mass_deletion.yml",
        "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|share|unlinkat|ok|/srv/share/{i}.docx",
        200,
        "",
    ),
    (
        "samba/mass_renaming.yml",
        "Dec 30 03:00:00 fs smbd_audit[9]: taro|192.0.2.7|share|renameat|ok|/srv/share/{i}.docx|/srv/share/{i}.docx.x",
        100,
        "",
    ),
    (
        "vmware/machines_powered_off.yml",
        "<166>2026-12-30T03:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event {i} : srv{i} on esx01 in ha-datacenter is powered off",
        5,
        "",
    ),
    (
        "vmware/snapshots_removed.yml",
        "<14>1 2026-12-30T03:00:00.5Z vc vpxd 7 - - Event [{i}] [1-1] [2026-12-30T03:00:00.5Z] [vim.event.TaskEvent] [info] [OFFICE\\taro] [DC] [{i}] [Task: Remove all snapshots]",
        3,
        "",
    ),
    (
        "veeam/jobs_failed.yml",
        r#"1 2026-12-30T03:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=190 JobSessionID="{i}" Result="2" Version="1" Description="Backup job 'Files' finished with Failed."]"#,
        3,
        "",
    ),
    (
        "cloud/m365_mass_download.yml",
        r#"{"CreationTime":"2026-12-30T03:00:00","Operation":"FileDownloaded","OrganizationId":"o","RecordType":6,"UserType":0,"Workload":"SharePoint","UserId":"taro@example.co.jp","ObjectId":"https://example.sharepoint.com/{i}.docx"}"#,
        200,
        "",
    ),
    (
        "cloud/google_mass_download.yml",
        r#"{"id":{"time":"2026-12-30T03:00:00.000Z","applicationName":"drive"},"actor":{"email":"taro@example.co.jp"},"events":[{"type":"access","name":"download","parameters":[{"name":"doc_title","value":"{i}"}]}]}"#,
        100,
        "",
    ),
    (
        "mail/account_sends_in_bulk.yml",
        "Dec 30 03:00:00 mx postfix/submission/smtpd[9]: 4F1A2B3C{i}: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=taro",
        60,
        "",
    ),
    (
        "mail/undeliverable_in_bulk.yml",
        "Dec 30 03:00:00 mx postfix/smtp[9]: 4F1A2B3C4D: to=<a{i}@example.net>, relay=mx.example.net[198.51.100.7]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx.example.net said: 550 no such user)",
        100,
        "",
    ),
    (
        "web/searched_then_found.yml",
        r#"203.0.113.9 - - [30/Dec/2026:03:00:00 +0900] "GET /x{i} HTTP/1.1" 404 12 "-" "Mozilla/5.0""#,
        50,
        r#"203.0.113.9 - - [30/Dec/2026:03:00:09 +0900] "GET /admin/ HTTP/1.1" 200 120 "-" "Mozilla/5.0""#,
    ),
];
