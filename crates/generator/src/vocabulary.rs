//! The invented network: ESET servers, computers, people, threats, files and web sites.
//!
//! Everything is invented. Names end in `.example` (RFC 2606), and [`crate::events`] draws addresses from private and
//! documentation ranges. The shape of the values matters, so every table also contains awkward ones: backslashes,
//! quotes, unbalanced braces, line breaks, and text in Czech, Cyrillic, Japanese and emoji.

/// An ESET server as a syslog receiver sees it. The server always writes messages in the same way.
pub(crate) struct Sender {
    /// The host in the syslog header.
    pub(crate) host: &'static str,
    /// The process ID in the syslog header.
    pub(crate) pid: u32,
    /// The product name in CEF.
    pub(crate) product: &'static str,
    /// The product version in CEF and LEEF.
    pub(crate) version: &'static str,
    /// The share of messages from this server, in percent.
    pub(crate) share: u32,
    /// Whether this is ESET PROTECT in the cloud, which writes every field of a type, and every JSON value as a string.
    pub(crate) cloud: bool,
    /// Whether the server writes `/` as `\/`.
    pub(crate) escapes_slash: bool,
    /// Whether ESET Inspect alerts have the fields of their type first and `event_type` near the end.
    pub(crate) inspect_alert_reversed: bool,
    /// The spelling of the field `occurred`.
    pub(crate) occurred: &'static str,
    /// The byte-order mark before the payload.
    pub(crate) byte_order_mark: &'static str,
}

/// U+FEFF in UTF-8.
const BOM: &str = "\u{feff}";

/// The byte-order mark after a relay that decoded UTF-8 as Latin-1.
const BOM_MISREAD: &str = "ï»¿";

/// The ESET servers. The first one has no quirks and is the only one with `--clean`.
pub(crate) const SENDERS: [Sender; 6] = [
    Sender {
        host: "protect01",
        pid: 3432,
        product: "Protect",
        version: "11.1.20.0",
        share: 20,
        cloud: false,
        escapes_slash: false,
        inspect_alert_reversed: false,
        occurred: "occured",
        byte_order_mark: "",
    },
    Sender {
        host: "protect02.corp.example",
        pid: 75,
        product: "Protect",
        version: "10.0.5.1",
        share: 28,
        cloud: false,
        escapes_slash: false,
        inspect_alert_reversed: false,
        occurred: "occured",
        byte_order_mark: BOM,
    },
    Sender {
        host: "192.0.2.10",
        pid: 16238,
        product: "Protect",
        version: "12.0.241.0",
        share: 4,
        cloud: false,
        escapes_slash: false,
        inspect_alert_reversed: false,
        occurred: "occurred",
        byte_order_mark: BOM_MISREAD,
    },
    Sender {
        host: "epc-frontend-7d9f",
        pid: 1,
        product: "ProtectCloud",
        version: "10.0.5.1",
        share: 20,
        cloud: true,
        escapes_slash: true,
        inspect_alert_reversed: false,
        occurred: "occured",
        byte_order_mark: BOM,
    },
    Sender {
        host: "epc-frontend-b81c",
        pid: 1,
        product: "ProtectCloud",
        version: "11.4.8.0",
        share: 20,
        cloud: true,
        escapes_slash: false,
        inspect_alert_reversed: true,
        occurred: "occured",
        byte_order_mark: "",
    },
    Sender {
        host: "epc-frontend-c402",
        pid: 1,
        product: "ProtectCloud",
        version: "12.1.3.0",
        share: 8,
        cloud: true,
        escapes_slash: false,
        inspect_alert_reversed: false,
        occurred: "occurred",
        byte_order_mark: BOM,
    },
];

/// A managed computer and its user.
pub(crate) struct Computer {
    pub(crate) name: &'static str,
    pub(crate) os: &'static str,
    pub(crate) group: &'static str,
    pub(crate) group_description: Option<&'static str>,
    pub(crate) user: &'static str,
    pub(crate) platform: &'static Platform,
}

const WINDOWS_10: &str = "Microsoft Windows 10 Pro";
const WINDOWS_11: &str = "Microsoft Windows 11 Business";
const SERVER_2019: &str = "Microsoft Windows Server 2019 Datacenter";
const SERVER_2022: &str = "Microsoft Windows Server 2022 Standard";
const LOST_AND_FOUND: Option<&str> = Some("Lost & found static group");

/// The managed computers. Those with Windows come first; see [`WINDOWS_COMPUTERS`].
pub(crate) const COMPUTERS: [Computer; 20] = [
    windows("wsu-pf3r12l5", WINDOWS_11, "All", None, r"CORP\j.smith"),
    windows("030-mg", WINDOWS_10, "All/Lost & found", LOST_AND_FOUND, r"030-MG\Administrator"),
    windows("dc01.corp.example", SERVER_2022, "CORP/Domain Controllers", None, r"NT AUTHORITY\SYSTEM"),
    windows("sql-prod-2", SERVER_2019, "CORP/Servers/SQL", Some("Databases, patched on Sundays"), r"CORP\svc_sql$"),
    windows("praha-uct-07", WINDOWS_11, "All/Praha/Účtárna", Some("Účetní oddělení, 2. patro"), r"FIRMA\Jiří.Dvořák"),
    windows("praha-sklad-1", WINDOWS_10, "All/Praha/Sklad", Some("Příjem zboží"), r"FIRMA\žaneta.čížková"),
    windows("brno-rec", WINDOWS_11, "All/Brno", None, r"FIRMA\Štěpán.Říha"),
    windows("msk-buh-12", WINDOWS_10, "All/Москва/Бухгалтерия", Some("Отдел «Бухгалтерия»"), r"NT AUTHORITY\СИСТЕМА"),
    windows("spb-ws-03", WINDOWS_10, "All/Санкт-Петербург", None, r"ДОМЕН\Петров"),
    windows("tokyo-eigyo-4", WINDOWS_11, "All/東京支社/営業部", Some("営業部のノートPC"), r"TOKYO\田中"),
    windows("osaka-kaihatsu", WINDOWS_11, "All/大阪/開発", None, r"TOKYO\山田"),
    windows("muc-vertrieb-9", WINDOWS_11, "All/München/Vertrieb", Some("Außendienst"), r"NT-AUTORITÄT\SYSTEM"),
    windows("desktop-8k2hq1", WINDOWS_11, "All/Home office 🏠", Some("BYOD \"best effort\""), r"DESKTOP-8K2HQ1\Kate"),
    windows("kate-ebademo", WINDOWS_11, "All", None, r"KATE-EBADEMO\Kate"),
    windows("lab-sandbox-b", WINDOWS_10, "All/Lab {B", Some("throw-away machines }"), r"LAB\tester"),
    windows("file01.corp.example", SERVER_2019, "CORP/Servers/Files", None, r"NT AUTHORITY\NETWORK SERVICE"),
    windows("rds-04", SERVER_2022, "CORP/Servers/RDS", Some(r"\\file01\profiles, 40 users"), r"CORP\m.o'neil"),
    unix("macbook-amelie", "macOS 15.6 Sequoia", "All/Paris/Création", Some("Équipe création"), "amélie"),
    unix("build-7", "Ubuntu 24.04.3 LTS", "All/CI", None, "root"),
    unix("db-replica-2", "Red Hat Enterprise Linux 9.6 (Plow)", "CORP/Servers/Linux", None, "postgres"),
];

/// The number of [`COMPUTERS`] with Windows.
pub(crate) const WINDOWS_COMPUTERS: usize = 17;

const fn windows(
    name: &'static str,
    os: &'static str,
    group: &'static str,
    group_description: Option<&'static str>,
    user: &'static str,
) -> Computer {
    Computer { name, os, group, group_description, user, platform: &WINDOWS }
}

const fn unix(
    name: &'static str,
    os: &'static str,
    group: &'static str,
    group_description: Option<&'static str>,
    user: &'static str,
) -> Computer {
    Computer { name, os, group, group_description, user, platform: &UNIX }
}

/// The values for computers with one family of operating systems.
pub(crate) struct Platform {
    /// `threat_type`, `threat_name`, `threat_flags`.
    pub(crate) threats: &'static [(&'static str, &'static str, Option<&'static str>)],
    /// `object_type` and `object_uri`.
    pub(crate) objects: &'static [(&'static str, &'static str)],
    pub(crate) processes: &'static [&'static str],
    pub(crate) browsers: &'static [&'static str],
    /// `processname`, `trigger_event`, `command_line` of an ESET Inspect alert.
    pub(crate) commands: &'static [(&'static str, &'static str, &'static str)],
}

const WINDOWS: Platform = Platform {
    threats: &[
        ("Trojan", "Win32/ShellcodeRunner.B", Some("Variant")),
        ("Trojan", "VBS/TrojanDownloader.Agent.YUI", None),
        ("Trojan", "LNK/Agent.BZ", None),
        ("Trojan", "JS/TrojanDownloader.Nemucod.AIC", None),
        ("Trojan", "MSIL/Kryptik.AKTV", Some("Variant")),
        ("Trojan", "Win32/Filecoder.Phobos.E", None),
        ("Trojan", "PowerShell/Agent.BNP", None),
        ("Trojan", "DOC/TrojanDownloader.Agent.EFT", Some("Variant")),
        ("Trojan", "HTML/Phishing.Outlook.CT", None),
        ("Virus", "XF/Gydhex.A", None),
        ("Virus", "Win32/Sality.NBA", None),
        ("Worm", "Win32/Bundpil.FB", None),
        ("Test file", "Eicar", None),
        ("Suspicious application", "JS/Packed.Agent.N", None),
        ("Potentially unwanted application", "Win32/OpenCandy.C", Some("Potentially unwanted")),
        ("Potentially unsafe application", "Win32/RemoteAdmin.RAdmin.AI", Some("Potentially unsafe")),
    ],
    objects: &[
        ("File", "file:///C:/Users/Administrator/Downloads/xls/YICT080714.xls"),
        ("File", "file:///C:/Windows/Temp/tmpsesusx.exe"),
        ("File", "file:///E:/Removable Drive (1GB).lnk"),
        ("File", "file:///C:/Users/Jiří Dvořák/Plocha/Žádost o úvěr – příloha č. 3.docm"),
        ("File", "file:///C:/Users/žaneta.čížková/AppData/Local/Temp/7zO4A1C/faktura.js"),
        ("File", "file:///D:/Общие документы/Счёт №17.xlsm"),
        ("File", "file:///C:/Users/田中/ダウンロード/請求書.exe"),
        ("File", "file:///C:/Users/Kate/Desktop/🎉 party 🎉.scr"),
        ("File", "file:///C:/ProgramData/{90160000-008C-0000-0000-0000000FF1CE}/setup.dll"),
        ("File", "file:///C:/Temp/unbalanced}{{.zip » ZIP » payload.exe"),
        ("File", r"\\file01\public\Tools\radmin35.exe"),
        ("File", r#"C:\Users\m.o'neil\Documents\"final" version.pdf.exe"#),
        ("File", "script"),
        ("Operating memory", "file:///"),
        ("Boot sector", "Boot sector of disk 0:"),
        (
            "Email message",
            "from: Ředitel <ceo@corp.example> to: Účtárna <ucto@firma.example> with subject {URGENT} \"platba\"",
        ),
    ],
    processes: &[
        r"C:\Windows\explorer.exe",
        r"C:\Program Files\WinRAR\WinRAR.exe",
        r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
        r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
        r"PowerShell_C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe_10.0.22621.1",
        r"C:\Windows\System32\svchost.exe",
        r"C:\Windows\System32\lsass.exe",
        r"C:\Users\Jiří Dvořák\AppData\Local\Temp\is-7Q2KD.tmp\setup.tmp",
        r"C:\Users\田中\AppData\Roaming\更新.exe",
        r"D:\sw\Environmental Manager\{A7}\EnvironmentalManagerService.exe",
        "System",
    ],
    browsers: &[
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
        r"C:\Users\田中\AppData\Local\ブラウザー\browser.exe",
    ],
    commands: &[
        (r"%SYSTEM%\taskkill.exe", r"%SYSTEM%\cmd.exe", "/PID 21288 /F"),
        (r"%SYSTEM%\nslookup.exe", r"%SYSTEM%\svchost.exe", "-type=TXT {a}.tunnel.example"),
        (r"%SYSTEM%\vssadmin.exe", r"%SYSTEM%\services.exe", "delete shadows /all /quiet"),
        (
            r"%SYSTEM%\windowspowershell\v1.0\powershell.exe",
            r"%PROGRAMFILES%\microsoft office\root\office16\winword.exe",
            r#"-NoP -W Hidden -Command "& { Get-ChildItem C:\ | ForEach-Object { $_.Name } }""#,
        ),
        (
            r"%SYSTEM%\cmd.exe",
            r"%WINDIR%\explorer.exe",
            r#"/c "echo {"event_type":"Threat_Event"} > \\file01\public\x.json""#,
        ),
        (r"%SYSTEM%\cmd.exe", r"%WINDIR%\explorer.exe", "/c \"echo } & echo {{ & echo \\\""),
        (r"%SYSTEM%\msiexec.exe", r"%SYSTEM%\services.exe", "/x {90160000-008C-0000-0000-0000000FF1CE} /qn"),
        (r"%TEMP%\更新.exe", r"%WINDIR%\explorer.exe", r"--ユーザー 田中 --出力 C:\一時\結果.txt"),
        (
            r"%SYSTEM%\wscript.exe",
            r"%PROGRAMFILES%\7-zip\7zfm.exe",
            r#""C:\Users\Jiří Dvořák\Plocha\úkol č. 1.vbs" 🙂"#,
        ),
    ],
};

const UNIX: Platform = Platform {
    threats: &[
        ("Trojan", "Linux/CoinMiner.GU", Some("Variant")),
        ("Trojan", "Linux/Mirai.BTF", None),
        ("Trojan", "PHP/Webshell.NOP", None),
        ("Potentially unwanted application", "OSX/Adware.Bundlore.HJ", Some("Potentially unwanted")),
        ("Test file", "Eicar", None),
    ],
    objects: &[
        ("File", "file:///tmp/.X11-unix/.rsync/c/tsm64"),
        ("File", "file:///var/www/html/wp-content/uploads/{cache}/x.php"),
        ("File", "file:///home/š.novotná/Stažené/účtenka „květen“.pdf.sh"),
        ("File", "file:///Users/amélie/Downloads/Installer 🎨.dmg"),
        ("File", "file:///srv/share/back\\slash \"quoted\".bin"),
    ],
    processes: &["/usr/sbin/sshd", "/usr/bin/python3.12", "/usr/sbin/php-fpm8.3", "/Applications/Safari.app"],
    browsers: &["/usr/bin/curl", "/usr/lib/firefox/firefox", "/Applications/Safari.app"],
    commands: &[
        ("/usr/bin/bash", "/usr/sbin/cron", "-c 'for i in 1 2\r\ndo\r\n\tcurl -s http://198.51.100.7/$i\r\ndone'"),
        ("/usr/bin/awk", "/usr/bin/bash", r#"'{ print $1 "\t" $2 }' /etc/passwd"#),
        (
            "/usr/bin/osascript",
            "/Applications/Mail.app",
            "-e 'display dialog \"Mot de passe périmé\" default answer \"\"'",
        ),
    ],
};

pub(crate) const SCANNERS: [&str; 9] = [
    "Real-time file system protection",
    "Real-time file system protection",
    "On-demand scanner",
    "Idle scanner",
    "Startup scanner",
    "HTTP filter",
    "Email filter",
    "AMSI scanner",
    "Script scanner",
];

/// `action_taken`, `action_error`, `threat_handled`.
pub(crate) const THREAT_ACTIONS: [(&str, Option<&str>, bool); 9] = [
    ("Cleaned by deleting", None, true),
    ("Cleaned by deleting", None, true),
    ("Cleaned by deleting (after the next restart)", None, true),
    ("Deleted", None, true),
    ("Blocked", None, true),
    ("Connection terminated", None, true),
    ("Contained infected files", None, true),
    ("Retained", None, false),
    ("Unable to clean", Some("The file is in use by another process (0x80070020): \"access denied\""), false),
];

pub(crate) const CIRCUMSTANCES: [&str; 6] = [
    "Event occurred on a newly created file.",
    "Event occurred during an attempt to access the file.",
    "Event occurred on a file modified by the application.",
    "Event occurred during an attempt to run the file by the application: \"cmd.exe\" /c {start}.",
    "Událost nastala při pokusu o přístup k souboru.",
    "ファイルへのアクセス中にイベントが発生しました。",
];

/// `event` and `threat_name` of a firewall event.
pub(crate) const ATTACKS: [(&str, Option<&str>); 10] = [
    ("Security vulnerability exploitation attempt", Some("CVE-2017-5638.Struts2")),
    ("Security vulnerability exploitation attempt", Some("SMB/Exploit.DoublePulsar.B")),
    ("Security vulnerability exploitation attempt", Some("JAVA/Exploit.CVE-2021-44228")),
    ("Security vulnerability exploitation attempt", Some("HTTP/Exploit.CVE-2021-41773")),
    ("Security vulnerability exploitation attempt", Some("RPC/Exploit.CVE-2020-1472")),
    ("Suspected botnet detected", Some("Win32/RiskWare.Meterpreter.A")),
    ("Web threat", Some("EK-Mozi")),
    ("Port scanning attack", None),
    ("ARP cache poisoning attack", None),
    ("Identical IP addresses detected in network", None),
];

pub(crate) const TARGET_PORTS: [u64; 10] = [22, 53, 80, 135, 443, 445, 3389, 5900, 8080, 47001];

/// `rule_name` and `rule_id` of a firewall event.
pub(crate) const FIREWALL_RULES: [(&str, &str); 4] = [
    ("Block incoming RDP", "3f1c0d52-96f8-4a1b-8a2e-5a4c02a1b7de"),
    ("Zakázat příchozí SMB {mimo LAN}", "b0d5a6c1-4a55-46f0-9d38-6f0f3ab14b77"),
    ("Allow \"trusted\" subnets", "{6C1C5D0E-1B7E-4B8B-B9F9-0E0C3F0E3A11}"),
    ("Блокировать входящие", "17"),
];

/// `application`, `operation`, `target`, `rule_name`.
pub(crate) const HIPS: [(&str, &str, &str, &str); 6] = [
    (
        r"C:\Users\Administrator\Desktop\test\java.exe",
        "Attempt to run a suspicious object",
        r"C:\Users\Administrator\Desktop\test\trojan.exe",
        "Suspicious attempt to launch an application",
    ),
    (
        r"C:\Windows\System32\reg.exe",
        "Modify startup settings",
        r"HKLM\SOFTWARE\Classes\CLSID\{0002DF01-0000-0000-C000-000000000046}\LocalServer32",
        "Registry: autorun",
    ),
    (
        r"C:\Windows\System32\rundll32.exe",
        "Get access to another application",
        r"C:\Windows\System32\lsass.exe",
        "Credential access from \"LSASS\"",
    ),
    (
        r"C:\Program Files\7-Zip\7zFM.exe",
        "Write to file",
        r"C:\Users\žaneta.čížková\Dokumenty\smlouvy\{2025}\",
        "Anti-ransomware: chráněné složky",
    ),
    (
        r"C:\Temp\{tool}.exe",
        "Terminate/suspend another application",
        r"C:\Program Files\ESET\ESET Security\ekrn.exe",
        "Self-defense: Protect ESET files and processes",
    ),
    (r"C:\Users\山田\Downloads\鍵生成.exe", "Install global hook", "Keyboard ⌨", "Block global hooks"),
];

/// `domain`, `action`, `detail`; `%` in the detail is replaced by the console user.
pub(crate) const AUDIT: [(&str, &str, &str); 9] = [
    ("Native user", "Login attempt", "Authenticating native user '%'."),
    ("Native user", "Logout", "Logging out native user '%'."),
    ("Domain group", "Login attempt", "Authenticating domain user '%'."),
    ("Single-sign-on token", "Single sign on token issue", "Single Sign On Session Token '********' issued for '%'."),
    ("ESET INSPECT", "Detections", "Detection \"Rule; Suspicious Service Executed [B0902]\" resolved by %"),
    ("Update modules", "Update", "Modules successfully updated."),
    ("Client task", "Create", "Creating client task 'Kontrola {týdenní}' of type 'On-Demand Scan' by %."),
    ("Policy", "Modify", "Modifying policy 'Antivirus – Maximální ochrana \u{1f6e1}' by user %."),
    ("Static group", "Move", "Moving computers {3f3f5a5a, 912dc85e} to group 'All/東京支社' by %."),
];

pub(crate) const CONSOLE_USERS: [&str; 6] =
    ["Administrator", r"CORP\a.novak", "soc@corp.example", r"FIRMA\Jiří.Dvořák", r"ДОМЕН\Иванов", "API \"automation\""];

/// `object_uri` of a filtered web site.
pub(crate) const SITES: [&str; 9] = [
    "https://heavy-fetish.example/categories/",
    "http://xn--hkyrky-ptac70bc.example/login.php?next=%2Fbank&token={abc}",
    "https://účty-banka.example/přihlášení",
    "https://пример.example/скачать?файл=1",
    "https://ログイン.example/?q={\"a\":[1,2]}",
    "https://cdn.ads.example/pixel.gif?utm_source=mail&uid=8f14e45f",
    "tracker.example",
    "http://203.0.113.66:8080/bins/sora.x86",
    "https://emoji-🎁.example/win",
];

/// `rule_id` of a filtered web site.
pub(crate) const SITE_RULES: [&str; 5] = [
    "Blocked by PUA blacklist",
    "Blocked by internal blacklist",
    "Blocked by anti-phishing blacklist",
    "Website certificate revoked",
    "Blocked by user's blacklist \"Sociální sítě\"",
];

/// `rulename` of an ESET Inspect alert.
pub(crate) const INSPECT_RULES: [&str; 8] = [
    "Nslookup wrote a file [F0500]",
    "Processes killing from command line [B0401]",
    "Suspicious Service Executed [B0902]",
    "Suspicious file executed from system folder [C0416]",
    "Shadow copies deleted [D0413]",
    "Encoded \"PowerShell\" command {obfuscated} [E0507]",
    "Vlastní pravidlo: spuštění z plochy [X0001]",
    "カスタム規則 [X0002]",
];

/// `action`, `cause`, `description` of a blocked file.
pub(crate) const BLOCKED_FILES: [(&str, &str, Option<&str>); 4] = [
    ("Blocked and cleaned", "Blocked by Administrator", Some("ESET Inspect")),
    ("Blocked", "Blocked by hash", Some("Zakázáno politikou {č. 7}")),
    ("Blocked", "ESET LiveGuard Advanced", None),
    ("Blocked and cleaned", "Blocked by Administrator", Some(r"See \\file01\ir\case-42")),
];

/// Fields that no ESET version sends yet.
pub(crate) struct Unknown {
    /// The fields as members of a JSON object.
    pub(crate) json: &'static str,
    /// The keys, labels and values for CEF and LEEF, which cannot nest values.
    pub(crate) flat: &'static [(&'static str, &'static str, &'static str)],
}

/// The unknown fields. The first entry contains an object and an array.
pub(crate) static UNKNOWN_FIELDS: [Unknown; 4] = [
    Unknown {
        json: r#""device_context":{"owner":{"name":"Jiří Dvořák","vip":true},"tags":["laptop","{remote}"]},"schema_version":3"#,
        flat: &[("deviceOwner", "Device Owner", "Jiří Dvořák"), ("schemaVersion", "Schema Version", "3")],
    },
    Unknown {
        json: r#""mitre_techniques":["T1059.001","T1027"]"#,
        flat: &[("mitreTechniques", "MITRE Techniques", "T1059.001, T1027")],
    },
    Unknown {
        json: r#""incident_uuid":"0f4b7e0a-8b5e-4f0e-a1b8-2f6f7d2b9c11","risk_score":71.5"#,
        flat: &[
            ("incidentUuid", "Incident UUID", "0f4b7e0a-8b5e-4f0e-a1b8-2f6f7d2b9c11"),
            ("riskScore", "Risk Score", "71.5"),
        ],
    },
    Unknown {
        json: r#""cloud_tenant":{"region":"eu","id":9007199254740993},"is_isolated":false,"parent":null"#,
        flat: &[("cloudTenantId", "Cloud Tenant ID", "9007199254740993"), ("isIsolated", "Is Isolated", "0")],
    },
];
