$searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
$found = $searcher.Search('IsInstalled=0')
$have = $searcher.Search('IsInstalled=1')
$os = Get-CimInstance Win32_OperatingSystem
$policy = Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU' -ErrorAction SilentlyContinue
[ordered]@{
  format = 'rusuban-windows-update/1'
  searchedAt = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
  resultCodes = @([int]$found.ResultCode, [int]$have.ResultCode)
  online = [bool]$searcher.Online
  wsus = [bool]$policy.UseWUServer
  installed = [int]$have.Updates.Count
  rebootRequired = [bool](New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired
  system = [string]$os.Caption
  version = [string]$os.Version
  updates = @($found.Updates | ForEach-Object { [ordered]@{
    title = [string]$_.Title
    kb = @($_.KBArticleIDs | ForEach-Object { "KB$_" })
    severity = [string]$_.MsrcSeverity
    categories = @($_.Categories | ForEach-Object { [string]$_.CategoryID })
    hidden = [bool]$_.IsHidden
  } })
} | ConvertTo-Json -Depth 4 | Out-File -Encoding utf8 windows-update.json
