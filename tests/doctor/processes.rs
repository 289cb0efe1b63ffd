//! Running Fluent Bit processes. Each test has its own PID namespace, so that it sees only its own processes. Only root
//! can create one, and start processes as another user.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use eset_filter_tests::doctor::{Azure, Found, SECRET, SetUp, mode};
use tempfile::TempDir;

/// The prefixes of the commands that start a process.
const AS_ROOT: &str = "";
const AS_NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";
/// As root in a container.
const IN_A_CONTAINER: &str = "unshare --pid --fork";

/// The name and value of an environment variable.
type Variable = (String, String);

/// Runs each command in a new PID namespace.
struct Namespace {
    folder: TempDir,
    program: PathBuf,
}

impl Namespace {
    /// Returns `None` and prints a message if this user cannot create one.
    fn new() -> Option<Self> {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let unshare = Command::new("unshare")
            .args(["--pid", "--mount-proc", "--fork", "setpriv", "--reuid=65534", "true"])
            .output();
        if !is_root || !unshare.is_ok_and(|output| output.status.success()) {
            println!("Only root, with unshare and setpriv, can start processes as other users: this did not run.");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("fluent-bit");
        fs::copy("/bin/cat", &program).unwrap();
        mode(&program, 0o755);
        mode(folder.path(), 0o755);
        Some(Self { folder, program })
    }

    /// Starts programs that look like Fluent Bit, with the configuration of a setup and with their own variables. Runs
    /// the command with these arguments while the programs wait.
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
        assert!(!printed.contains(SECRET), "a secret was printed: {printed}");
        output
    }
}

/// Returns a setup whose configuration every user can read, and the arguments that name its environment file, which only
/// root can read.
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

/// Returns the variables of a setup except one.
fn without(set_up: &SetUp, name: &str) -> Vec<Variable> {
    set_up.variables().filter(|(known, _)| known != name).collect()
}

/// Returns variables that would send the secret or a token to `evil`, as an endpoint or as the proxy.
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
fn a_process_of_another_user_gets_no_secret() {
    let Some(namespace) = Namespace::new() else { return };
    let evil = Azure::start(None);
    for how in [AS_NOBODY, IN_A_CONTAINER] {
        for trap in traps(&evil) {
            let (set_up, arguments) = set_up();
            // The file leaves these variables out, so they could only come from the process.
            let is_kept = |(name, _): &Variable| !trap.iter().any(|(trap, _)| trap == name);
            set_up.private("eset.env", lines(set_up.variables().filter(is_kept)));
            let output = namespace.run(&set_up, &[(how, &trap)], &arguments);
            assert_eq!(evil.requests(), [], "{how}: {trap:?}");
            assert_eq!(set_up.azure.requests(), [], "{how}: {trap:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("was skipped") && said.contains("name the configuration"), "{how}: {said}");
            assert_eq!(output.status.code(), Some(2), "{how}: {said}");
        }
    }
}

#[test]
fn a_set_user_id_program_gets_no_secret() {
    let Some(namespace) = Namespace::new() else { return };
    let evil = Azure::start(None);
    mode(&namespace.program, 0o4755);
    let (set_up, arguments) = set_up();
    set_up.private("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    let mut variables = without(&set_up, "AZURE_AUTH_URL");
    variables.extend(traps(&evil)[0].clone());
    let output = namespace.run(&set_up, &[(AS_NOBODY, &variables)], &arguments);
    assert_eq!(evil.requests(), []);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("belongs to user 65534 and was skipped"), "{said}");
}

/// Root's own process is checked, with its environment and the environment file, which takes precedence. Processes of
/// others make no difference.
#[test]
fn a_process_of_this_user_is_checked() {
    let Some(namespace) = Namespace::new() else { return };
    let (set_up, arguments) = set_up();
    set_up.private("eset.env", format!("AZURE_CLIENT_SECRET={SECRET}\n"));
    let evil = Azure::start(None);
    let (own, others) = (without(&set_up, "AZURE_CLIENT_SECRET"), traps(&evil));
    let output =
        namespace.run(&set_up, &[(AS_NOBODY, &others[0]), (AS_ROOT, &own), (AS_NOBODY, &others[2])], &arguments);
    let found = Found::of(&output);
    assert!(found.has("fluent-bit", "skipped", "belongs to user 65534 and was skipped"), "{found:#?}");
    assert!(found.has("fluent-bit", "ok", "Fluent Bit is running as process "), "{found:#?}");
    assert!(found.has("azure", "ok", "issues a token"), "{found:#?}");
    let requests = set_up.azure.requests();
    assert_eq!((requests.len(), evil.requests()), (2, vec![]));
    assert!(requests[0].body.ends_with(SECRET));
}

/// Other users cannot read root's process, so it is skipped.
#[test]
fn a_process_of_root_is_skipped_for_other_users() {
    let Some(namespace) = Namespace::new() else { return };
    let (set_up, _) = set_up();
    let program = namespace.folder.path().join("eset-filter");
    fs::copy(eset_filter_tests::command(), &program).unwrap();
    let variables: Vec<_> = set_up.variables().collect();
    let as_nobody = format!(
        "--help >/dev/null; AZURE_CLIENT_SECRET={SECRET} AZURE_AUTH_URL=http://127.0.0.1:1 {AS_NOBODY} {} doctor --format json",
        program.display()
    );
    let output = namespace.run(&set_up, &[(AS_ROOT, &variables)], &as_nobody);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("belongs to user 0 and was skipped"), "{said}");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(set_up.azure.requests(), []);
}
