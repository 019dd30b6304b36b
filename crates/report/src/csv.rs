use crate::{Options, RenderError};
use merlon_model::Report;
use std::io;
pub(crate) fn render(
    _: &Report,
    _: &Options<'_>,
    _: &mut impl io::Write,
) -> Result<(), RenderError> {
    Ok(())
}
