//! What is found by looking at processes. Only root can start one for somebody else, and only root has the processes of a
//! trial to itself: in a PID namespace of its own, in which no Fluent Bit runs but the trial's.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use eset_filter_tests::doctor::{Azure, Found, SECRET, SetUp, mode};
use tempfile::TempDir;

/// How a process is started. `$FLUENT_BIT` is a program that waits, and is called so.
const AS_ROOT: &str = "";
const AS_NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";
/// As root of a container.
const IN_A_CONTAINER: &str = "unshare --pid --fork";

/// Name and value.
type Variable = (String, String);

/// Processes of one trial.
struct Alone {
    folder: TempDir,
    program: PathBuf,
}

impl Alone {
    /// `None` where that cannot be had, which is said.
    fn new() -> Option<Self> {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let unshare = Command::new("unshare")
            .args(["--pid", "--mount-proc", "--fork", "setpriv", "--reuid=65534", "true"])
            .output();
        if !is_root || !unshare.is_ok_and(|output| output.status.success()) {
            println!("Only root, with unshare and setpriv, can start processes of others: this did not run.");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("fluent-bit");
        fs::copy("/bin/cat", &program).unwrap();
        mode(&program, 0o755);
        mode(folder.path(), 0o755);
        Some(Self { folder, program })
    }

    /// Has programs wait that say they are Fluent Bit, with a set-up's configuration and variables of their own, and runs
    /// the command with these arguments while they do.
    fn run(&self, set_up: &SetUp, waiting: &[(&str, &[Variable])], arguments: &str) -> Output {
        let config = set_up.config();
        let start = |(how, variables): &(&str, &[Variable])| {
            let variables: String = variables.iter().map(|(name, value)| format!(" '{name}={value}'")).collect();
            let program = self.program.display();
            format!("sleep 60 | env -i{variables} PATH=/usr/bin:/bin {how} {program} -- - -c {} &\n", config.display())
        };
        let script = format!(
            "cd /\n{}until [ \"$(cat /proc/[0-9]*/comm 2>&- | grep -c ^fluent-bit)\" = {} ]; do sleep 0.05; done\n\
             {} doctor {arguments}",
            waiting.iter().map(start).collect::<String>(),
            waiting.len(),
            eset_filter_tests::command().display(),
        );
        let mut command = Command::new("unshare");
        command.args(["--pid", "--mount-proc", "--fork", "--kill-child", "/bin/sh", "-c", &script]);
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(self.folder.path());
        let output = command.output().unwrap();
        let printed = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
        assert!(!printed.contains(SECRET), "a secret is seen: {printed}");
        output
    }
}

/// A set-up whose configuration everybody may read, with the secret in a file that only root may.
fn set_up() -> (SetUp, String) {
    let set_up = SetUp::new();
    set_up.output(&["--offline"]);
    mode(&set_up.folder, 0o755);
    let file = set_up.private("eset.env", lines(set_up.variables()));
    (set_up, format!("--format json --env-file {}", file.display()))
}

fn lines(variables: impl Iterator<Item = Variable>) -> String {
    variables.map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// Those of a set-up, but for one.
fn without(set_up: &SetUp, name: &str) -> Vec<Variable> {
    set_up.variables().filter(|(known, _)| known != name).collect()
}

/// Whoever has the proxy or one of the endpoints gets the secret, or a token.
fn traps(evil: &Azure) -> [Vec<Variable>; 4] {
    let url = format!("http://127.0.0.1:{}", evil.port);
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [
        vec![variable("AZURE_AUTH_URL", &format!("{url}/token"))],
        vec![variable("AZURE_DCE_URL", &url), variable("AZURE_TLS", "off")],
        vec![variable("HTTP_PROXY", &url)],
        vec![variable("http_proxy", &url)],
    ]
}

#[test]
fn one_of_another_users_gets_no_secret() {
    let Some(alone) = Alone::new() else { return };
    let evil = Azure::start(None);
    for how in [AS_NOBODY, IN_A_CONTAINER] {
        for trap in traps(&evil) {
            let (set_up, arguments) = set_up();
            // What the file does not say, the process would.
            let is_kept = |(name, _): &Variable| !trap.iter().any(|(trap, _)| trap == name);
            set_up.private("eset.env", lines(set_up.variables().filter(is_kept)));
            let output = alone.run(&set_up, &[(how, &trap)], &arguments);
            assert_eq!(evil.requests(), [], "{how}: {trap:?}");
            assert_eq!(set_up.azure.requests(), [], "{how}: {trap:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("was skipped") && said.contains("name the configuration"), "{how}: {said}");
            assert_eq!(output.status.code(), Some(2), "{how}: {said}");
        }
    }
}

#[test]
fn one_that_has_roots_rights_from_its_file_gets_no_secret() {
    let Some(alone) = Alone::new() else { return };
    let evil = Azure::start(None);
    mode(&alone.program, 0o4755);
    let (set_up, arguments) = set_up();
    set_up.private("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    let mut variables = without(&set_up, "AZURE_AUTH_URL");
    variables.extend(traps(&evil)[0].clone());
    let output = alone.run(&set_up, &[(AS_NOBODY, &variables)], &arguments);
    assert_eq!(evil.requests(), []);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("belongs to user 65534 and was skipped"), "{said}");
}

/// Root's own still counts, with the variables that it has, and those of the file before them. What others run beside it
/// changes nothing.
#[test]
fn one_of_ones_own_is_looked_at() {
    let Some(alone) = Alone::new() else { return };
    let (set_up, arguments) = set_up();
    set_up.private("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    let evil = Azure::start(None);
    let (own, others) = (without(&set_up, "AZURE_CLIENT_SECRET"), traps(&evil));
    let output = alone.run(&set_up, &[(AS_NOBODY, &others[0]), (AS_ROOT, &own), (AS_NOBODY, &others[2])], &arguments);
    let found = Found::of(&output);
    assert!(found.has("fluent-bit", "skipped", "belongs to user 65534 and was skipped"), "{found:#?}");
    assert!(found.has("fluent-bit", "ok", "Fluent Bit is running, as process "), "{found:#?}");
    assert!(found.has("azure", "ok", "issues a token"), "{found:#?}");
    let requests = set_up.azure.requests();
    assert_eq!((requests.len(), evil.requests()), (2, vec![]));
    assert!(requests[0].body.ends_with(SECRET));
}

/// Who is not root sees nothing of root's, and makes nothing up for it.
#[test]
fn one_of_roots_is_nothing_to_others() {
    let Some(alone) = Alone::new() else { return };
    let (set_up, _) = set_up();
    let program = alone.folder.path().join("eset-filter");
    fs::copy(eset_filter_tests::command(), &program).unwrap();
    let variables: Vec<_> = set_up.variables().collect();
    let as_nobody = format!(
        "--help >/dev/null; AZURE_CLIENT_SECRET={SECRET} AZURE_AUTH_URL=http://127.0.0.1:1 {AS_NOBODY} {} doctor --format json",
        program.display()
    );
    let output = alone.run(&set_up, &[(AS_ROOT, &variables)], &as_nobody);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("belongs to user 0 and was skipped"), "{said}");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(set_up.azure.requests(), []);
}
