//! Which API of the template, with the values of its parameters.

use std::path::Path;

use local::gateway::ApiKind;
use runtime::printable;

use super::Source;
use crate::deployed::{Deployed, Role};
use crate::env::Env;
use crate::exit::CommandError;
use crate::template::{self, Api, Template, Ttl};
use crate::yaml;

/// One API of a template.
pub(super) struct Chosen {
    /// The template's name in messages.
    pub(super) file: String,
    /// The template without its other APIs.
    pub(super) template: Template,
    /// The API's logical id.
    pub(super) id: String,
    pub(super) kind: ApiKind,
    /// The parameters whose default was taken.
    pub(super) defaults: Vec<String>,
}

impl Chosen {
    /// Reads the template in `path`.
    ///
    /// # Errors
    /// It is none, or it does not have the API or the parameters that `arguments` name.
    pub(super) fn read(
        arguments: &Source,
        path: &Path,
        env: &Env<'_>,
    ) -> Result<Self, CommandError> {
        let file = printable(&path.to_string_lossy());
        let given = template::values(&arguments.parameter)?;
        let document = yaml::load(path, env)?;
        let (mut template, defaults) = template::read_with(&file, &document, &given)?;
        let api = choose(&file, &template, arguments.api_id.as_deref())?;
        let kind = match api.kind {
            template::ApiKind::Rest => ApiKind::Rest,
            template::ApiKind::Http => ApiKind::Http,
            template::ApiKind::WebSocket => {
                return Err(CommandError::failed(format!(
                    "{file}:{}: `{}` is a WebSocket API, and this gateway opens no WebSockets",
                    api.line, api.id
                )));
            }
        };
        let id = api.id.clone();
        template.keep_api(&id);
        Ok(Self { file, template, id, kind, defaults })
    }

    /// Gives the authorizers that answer by the table the TTL of the arguments; `named` are those that the
    /// arguments name. A gate's TTL stays.
    ///
    /// # Errors
    /// The template has nothing of a name in `named`.
    pub(super) fn cache_for(&mut self, ttl: u32, named: &[String]) -> Result<(), CommandError> {
        let deployed = Deployed::new(&self.file, &self.template, named)?;
        let ours: Vec<String> = deployed.of_role(Role::Ours).map(|own| own.id.clone()).collect();
        for own in self.template.authorizers.iter_mut().filter(|own| ours.contains(&own.id)) {
            own.ttl = Ttl::Seconds(ttl);
        }
        Ok(())
    }
}

fn choose<'t>(
    file: &str,
    template: &'t Template,
    id: Option<&str>,
) -> Result<&'t Api, CommandError> {
    let ids: Vec<String> = template.apis.iter().map(|api| format!("`{}`", api.id)).collect();
    let ids = ids.join(", ");
    if let Some(id) = id {
        return template.api(id).ok_or_else(|| {
            let id = printable(id);
            CommandError::usage(format!("`--api-id`: {file} has no API `{id}`: it has {ids}"))
        });
    }
    match template.apis.as_slice() {
        [api] => Ok(api),
        [] => Err(CommandError::failed(format!("{file}:{}: it has no API", template.line))),
        _ => Err(CommandError::usage(format!(
            "{file} has several APIs: choose one by `--api-id`: {ids}"
        ))),
    }
}
