use super::super::sources;
use super::*;

/// The files of a configuration, in a temporary directory.
struct TestDirectory(PathBuf);

impl TestDirectory {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let directory = std::env::temp_dir().join(format!("eset-filter-config-{}-{name}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
        Self(directory)
    }

    fn load(&self, environment: &[(&str, &str)]) -> (Option<Config>, Vec<Finding>) {
        let environ: String = environment.iter().map(|(name, value)| format!("{name}={value}\0")).collect();
        Config::load(&self.0.join("main.yaml"), &self.0, &Environment::from_procfs(environ.as_bytes()))
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Returns the only finding of a configuration in one file.
#[track_caller]
fn finding(name: &str, text: &str, environment: &[(&str, &str)]) -> Finding {
    let (_, mut findings) = TestDirectory::new(name, &[("main.yaml", text)]).load(environment);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

#[test]
fn files_are_merged() {
    let main = "includes:\n  - in.yaml\n  - out-*.yaml\nservice:\n  flush: 1\n";
    let inputs = "pipeline:\n  inputs:\n    - name: TCP\n      Port: ${PORT:-5140}\n      tag: ${TAG}\n";
    let output = "pipeline:\n  outputs:\n    - name: stdout\n      match: '*'\n";
    let directory = TestDirectory::new(
        "together",
        &[("main.yaml", main), ("in.yaml", inputs), ("out-1.yaml", output), ("out-2.yaml", output)],
    );
    let (config, findings) = directory.load(&[("TAG", "eset")]);
    assert_eq!(findings, []);
    let config = config.unwrap();
    assert_eq!(config.files.len(), 4);
    assert_eq!((config.inputs.len(), config.outputs.len()), (1, 2));
    assert_eq!(config.service.get("flush"), Some("1"));
    let input = &config.inputs[0];
    assert_eq!((input.name().as_str(), input.get("port"), input.get("tag")), ("tcp", Some("5140"), Some("eset")));
    assert_eq!(input.place_of("port").to_string(), format!("{}:4", directory.0.join("in.yaml").display()));
}

#[test]
fn processors_and_lists_are_read() {
    let text = "pipeline:\n  inputs:\n    - name: dummy\n      processors:\n        logs:\n          - name: sql\n            query: ${Q}\n        metrics:\n          - name: x\n      remove: [a, b]\n";
    let (config, findings) = TestDirectory::new("processors", &[("main.yaml", text)]).load(&[("Q", "q")]);
    assert_eq!(findings, []);
    let input = &config.unwrap().inputs[0];
    assert_eq!(input.processors.len(), 1);
    assert_eq!(input.processors[0].get("query"), Some("q"));
    assert_eq!(input.all("remove").collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn the_env_section_takes_precedence_and_may_be_a_mapping_or_a_list() {
    let text = "env:\n  - name: A\n    value: 1\n  - B: 2\nservice:\n  a: ${A}${B}${C}\n";
    let directory = TestDirectory::new("env", &[("main.yaml", text)]);
    let (config, findings) = directory.load(&[("C", "3")]);
    assert_eq!((config.unwrap().service.get("a"), findings), (Some("123"), vec![]));
    let (config, findings) = directory.load(&[("A", "9"), ("C", "3")]);
    assert_eq!(config.unwrap().service.get("a"), Some("123"));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].what.contains("${A} has one value in `env:` and another"), "{findings:?}");
}

#[test]
fn the_host_name_is_only_a_default() {
    let directory = TestDirectory::new("hostname", &[("main.yaml", "service:\n  a: ${HOSTNAME}\n")]);
    let host = |environment: &[(&str, &str)]| {
        let (config, findings) = directory.load(environment);
        assert_eq!(findings, []);
        config.unwrap().service.get("a").unwrap().to_owned()
    };
    assert_eq!(host(&[("HOSTNAME", "set-by-the-service")]), "set-by-the-service");
    assert_eq!(host(&[]), host_name());
}

#[test]
fn a_variable_without_a_value_is_reported_once() {
    let found = finding("unset", "service:\n  a: ${NOT_SET}\n  b: ${NOT_SET}x\n", &[("NOT_SET", "")]);
    assert_eq!(found.what, "${NOT_SET} is used but not set");
    assert_eq!(found.place.unwrap().line, 2);
}

#[test]
fn variables_are_not_expanded_where_fluent_bit_does_not() {
    let found = finding("plugins", "plugins:\n  - ${P}/x.so\n", &[("P", "/lib")]);
    assert!(found.what.starts_with("`plugins:` contains ${P}/x.so"), "{found:?}");
    let found = finding("includes", "includes:\n  - ${P}.yaml\n", &[("P", "x")]);
    assert!(found.what.starts_with("`includes:` contains ${P}.yaml"), "{found:?}");
}

#[test]
fn a_secret_in_the_file_is_found() {
    let text = "pipeline:\n  outputs:\n    - name: x\n      client_secret: hunter22\n";
    let found = finding("secret", text, &[]);
    assert_eq!((found.check, found.place.map(|place| place.line)), ("secrets", Some(4)));
    let text = text.replace("hunter22", "${SECRET}");
    let (config, findings) = TestDirectory::new("no-secret", &[("main.yaml", &text)]).load(&[("SECRET", "hunter22")]);
    assert_eq!(findings, []);
    assert_eq!(config.unwrap().secrets().collect::<Vec<_>>(), ["hunter22"]);
}

#[test]
fn a_secret_in_the_env_section_is_found() {
    let text = "env:\n  CLIENT_SECRET: hunter22\n  CLIENT_ID: x\n";
    let directory = TestDirectory::new("env-secret", &[("main.yaml", text)]);
    let (config, findings) = directory.load(&[]);
    let lines: Vec<_> = findings.iter().map(|found| (found.check, found.place.as_ref().unwrap().line)).collect();
    assert_eq!(lines, [("secrets", 2)]);
    assert_eq!(config.unwrap().secrets().collect::<Vec<_>>(), ["hunter22"]);
}

#[test]
fn a_value_may_be_in_a_file() {
    let directory = TestDirectory::new("value-file", &[("secret", "hunter22\n")]);
    let secret = directory.0.join("secret");
    private(&secret);
    for env in [
        format!("  VALUE: file://{}\n", secret.display()),
        "  VALUE: file://secret\n".to_owned(),
        format!("  - name: VALUE\n    uri: file://{}\n    refresh_interval: 60\n", secret.display()),
        format!("  - name: VALUE\n    value: none\n    uri: file://{}\n", secret.display()),
        "  - VALUE: file://secret\n".to_owned(),
    ] {
        fs::write(directory.0.join("main.yaml"), format!("env:\n{env}service:\n  a: ${{VALUE}}\n")).unwrap();
        let (config, findings) = directory.load(&[]);
        let config = config.unwrap();
        assert_eq!(findings, [], "{env}");
        assert_eq!(config.service.get("a"), Some("hunter22"), "{env}");
        assert_eq!(config.secrets().collect::<Vec<_>>(), ["hunter22"], "{env}");
        let sources = sources::of(&config, &directory.0);
        assert!(sources.contains(&secret), "{env}: {sources:?}");
    }
}

#[test]
fn errors_in_the_file_of_a_value_are_found() {
    for (name, content, what) in [
        ("value-missing", None, "cannot read "),
        ("value-empty", Some(""), "is empty"),
        ("value-line-ends", Some("hunter22\r\n"), "has spaces or line endings around the value"),
    ] {
        let directory = TestDirectory::new(name, &[("main.yaml", "env:\n  SECRET: file://secret\n")]);
        let secret = directory.0.join("secret");
        if let Some(content) = content {
            fs::write(&secret, content).unwrap();
            private(&secret);
        }
        let (_, findings) = directory.load(&[]);
        assert_eq!(findings.len(), 1, "{name}: {findings:?}");
        assert!(findings[0].what.starts_with("${SECRET}: ") && findings[0].what.contains(what), "{name}: {findings:?}");
    }
}

#[test]
fn a_file_of_a_value_that_everybody_can_read_is_found() {
    let directory = TestDirectory::new("value-open", &[("main.yaml", "env:\n  X: file://x\n"), ("x", "hunter22")]);
    let (_, findings) = directory.load(&[]);
    let whats: Vec<_> = findings.iter().map(|finding| finding.what.as_str()).collect();
    assert!(cfg!(not(unix)) || whats[0].ends_with("contains a secret, and every user can read it"), "{whats:?}");
}

#[cfg(unix)]
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_file: &Path) {}

#[test]
fn directories_of_included_files_are_found() {
    let directory = TestDirectory::new("directories", &[("main.yaml", "includes:\n  - conf.d/*/a*.yaml\n")]);
    for name in ["conf.d/1", "conf.d/2"] {
        fs::create_dir_all(directory.0.join(name)).unwrap();
    }
    fs::write(directory.0.join("conf.d/1/a.yaml"), "service:\n  flush: 1\n").unwrap();
    let (config, _) = directory.load(&[]);
    let expected = ["conf.d/1", "conf.d/2", "conf.d"].map(|name| directory.0.join(name));
    assert_eq!(config.unwrap().directories, expected);
}

#[test]
fn invalid_configurations_are_refused() {
    for (name, text, what) in [
        ("missing", "includes:\n  - nowhere.yaml\n", "cannot read "),
        ("no-glob", "includes:\n  - nowhere*.yaml\n", "no file matches "),
        ("twice", "includes:\n  - ./main.yaml\n", ""),
        ("list", "- a\n", "the file is not a mapping of sections"),
        ("inputs", "pipeline:\n  inputs:\n    name: tcp\n", "`inputs` is not a list"),
        ("input", "pipeline:\n  inputs:\n    - tcp\n", "expected a mapping of names to values"),
        ("pipeline", "pipeline:\n  input: []\n", "unknown list `input` in `pipeline`"),
        ("vector", "sources:\n  a:\n    type: stdin\n", "`sources` is a section of Vector"),
        ("yaml", "pipeline: [", ""),
    ] {
        let (config, findings) = TestDirectory::new(name, &[("main.yaml", text)]).load(&[]);
        assert!(config.is_none(), "{name}");
        assert_eq!(findings.len(), 1, "{name}: {findings:?}");
        assert!(findings[0].what.starts_with(what), "{name}: {findings:?}");
    }
    let found = finding("section", "pipelines:\n  inputs: []\n", &[]);
    assert!(found.what.starts_with("unknown section `pipelines`"), "{found:?}");
}
