//! The module's functions: one for each combination of options, because Fluent Bit passes no options to a module.

use eset_filter::{Choice, Heartbeats, Options, Raw, SyslogFields};

/// Returns the name of the module's function for these options. `record_limit` and `single` do not affect it.
///
/// ```
/// use eset_filter::{Options, Raw, SyslogFields};
/// use eset_filter_wasm_host::function_name;
///
/// assert_eq!(function_name(&Options::for_shipper()), "eset_filter");
/// let options = Options::for_shipper().raw(Raw::Never).syslog_fields(SyslogFields::All);
/// assert_eq!(function_name(&options), "eset_filter_raw_never_syslog_all");
/// ```
#[must_use]
pub fn function_name(options: &Options) -> String {
    let raw = match options.raw {
        Raw::OnError => "",
        Raw::Always => "_raw_always",
        Raw::Never => "_raw_never",
    };
    let heartbeats = match options.heartbeats {
        Heartbeats::Drop => "",
        Heartbeats::Keep => "_keep_heartbeats",
    };
    let syslog_fields = match options.syslog_fields {
        SyslogFields::Hostname => "",
        SyslogFields::All => "_syslog_all",
    };
    ["eset_filter", raw, heartbeats, syslog_fields].concat()
}

/// Returns the options of the module's function with this name, or `None` if the module has no such function.
///
/// ```
/// use eset_filter::Raw;
/// use eset_filter_wasm_host::function_options;
///
/// let options = function_options("eset_filter_raw_always").unwrap();
/// assert!(options.raw == Raw::Always && options.single);
/// assert_eq!(function_options("eset_filter_raw_sometimes"), None);
/// ```
#[must_use]
pub fn function_options(name: &str) -> Option<Options> {
    functions().find(|options| function_name(options) == name)
}

/// Returns the options of each of the module's functions.
///
/// ```
/// use eset_filter_wasm_host::{function_name, functions};
///
/// let mut names = functions().map(|options| function_name(&options));
/// assert_eq!(names.next().unwrap(), "eset_filter");
/// assert!(names.any(|name| name == "eset_filter_keep_heartbeats"));
/// ```
pub fn functions() -> impl Iterator<Item = Options> {
    Raw::VALUES.iter().flat_map(|(_, raw)| {
        Heartbeats::VALUES.iter().flat_map(move |(_, heartbeats)| {
            SyslogFields::VALUES.iter().map(move |(_, syslog_fields)| {
                let options = Options::for_shipper().single(true);
                options.raw(*raw).heartbeats(*heartbeats).syslog_fields(*syslog_fields)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_determines_its_options() {
        for options in functions() {
            assert_eq!(function_options(&function_name(&options)), Some(options));
        }
        assert_eq!(function_options("eset_filter"), Some(Options::for_shipper().single(true)));
        let all = function_options("eset_filter_raw_always_keep_heartbeats_syslog_all").unwrap();
        assert_eq!((all.raw, all.heartbeats, all.syslog_fields), (Raw::Always, Heartbeats::Keep, SyslogFields::All));
        assert_eq!(function_options("eset_filter_syslog_all_raw_always"), None);
        assert_eq!(function_options(""), None);
    }
}
