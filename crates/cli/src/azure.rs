//! `eset-filter azure`: the deployment templates for Microsoft Sentinel.

use std::fs;
use std::io;
use std::path::Path;

use eset_filter_sentinel::content::{Content, ContentError};
use eset_filter_sentinel::existing::Existing;
use eset_filter_sentinel::workbook::Workbook;
use eset_filter_sentinel::{columns, deployment};

use crate::args::{AzureArgs, TemplateFormat};
use crate::error::Error;
use crate::{Reason, input};

/// Returns the text of the template.
///
/// # Errors
///
/// The description of the existing table, or a content file, cannot be read or used.
pub(crate) fn render(args: &AzureArgs) -> Result<String, Error> {
    if let Some(directory) = &args.content {
        let content = Content::read(directory).map_err(unusable)?;
        return Ok(format!("{:#}\n", content.to_arm()));
    }
    if let Some(path) = &args.workbook {
        let workbook = Workbook::read(path).map_err(unusable)?;
        return Ok(format!("{:#}\n", workbook.to_gallery()));
    }
    let columns = columns::all();
    let template = match &args.merge {
        None => deployment::new(&columns),
        Some(path) => deployment::over(&existing(path)?, &columns),
    };
    Ok(match args.format {
        TemplateFormat::Arm => format!("{:#}\n", template.to_arm()),
        TemplateFormat::Bicep => template.to_bicep(),
    })
}

fn existing(path: &Path) -> Result<Existing, Error> {
    let (shown, description) = if input::is_stdin(path) {
        ("stdin".to_owned(), io::read_to_string(io::stdin()))
    } else {
        (path.display().to_string(), fs::read_to_string(path))
    };
    let description =
        description.map_err(|error| Error::Failure(format!("cannot read {shown}: {}", Reason(&error))))?;
    Existing::read(&description).map_err(|why| Error::Failure(format!("cannot use {shown}: {why}")))
}

fn unusable(error: ContentError) -> Error {
    Error::Failure(match error {
        ContentError::Read(path, error) => format!("cannot read {}: {}", path.display(), Reason(&error)),
        other => other.to_string(),
    })
}
