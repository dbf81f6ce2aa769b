//! The functions of the template: what runs for them here, and with which settings.

use authorizer::config::Config;
use webhook_authorizer::config::Config as WebhookConfig;

use super::Reading;
use super::problems::Problems;
use crate::command::dev::functions::{authorizer_value, webhook_value};
use crate::command::dev::plan::{Plan, Settings};
use crate::template::{Authorizer, AuthorizerKind, Function, IdentitySource, Ttl};

/// The settings of an authorizer that are the template's. All others name what is deployed, and are the
/// laptop's own.
const OF_AUTHORIZER: [&str; 9] = [
    "CREDENTIALS",
    "TOKEN_SOURCES",
    "ROLE_CLAIM",
    "TENANT_CLAIM",
    "ON_UNAUTHENTICATED",
    "RESPONSE",
    "LEEWAY_SECONDS",
    "CONTEXT_CLAIMS",
    "API_KEY_IMPORTED",
];
/// The same of a webhook-authorizer.
const OF_WEBHOOKS: [&str; 3] = ["STEPS", "RESPONSE", "TARGET_MODE"];

impl Reading<'_> {
    /// The name of the function that answers for `authorizer`, which is ours; it is added to `plan`.
    pub(super) fn function(
        &self,
        authorizer: &Authorizer,
        plan: &mut Plan,
        problems: &mut Problems<'_>,
    ) -> Option<String> {
        let function = self.deployed.function(authorizer);
        let name = function.map_or(&authorizer.id, |function| &function.id).clone();
        if plan.authorizers.contains_key(&name) {
            return Some(name);
        }
        let known = function.filter(|own| has(own, "CREDENTIALS"));
        let Some(function) = known else {
            if !self.is_named(authorizer) {
                self.not_ours(authorizer, problems);
                return None;
            }
            self.sample_settings(authorizer, problems);
            plan.notes.insert(format!(
                "The settings of `{name}` are not in the template: it has those of the samples."
            ));
            plan.authorizers.insert(name.clone(), Settings::new());
            return Some(name);
        };
        let settings = self.settings(function, &OF_AUTHORIZER, problems)?;
        let read = Config::read(|name| authorizer_value(&settings, name));
        if let Err(error) = read {
            wrong_settings(function, &error.0, problems);
            return None;
        }
        for (name, own) in [("ROLE_CLAIM", "custom:role"), ("TENANT_CLAIM", "custom:tenant_id")] {
            let claim = settings.get(name).cloned().flatten().filter(|claim| claim != own);
            plan.notes.extend(claim.map(|claim| {
                format!(
                    "`{name}` of `{}` is `{claim}`: tokens of `portcullis dev token` do not have that claim.",
                    function.id
                )
            }));
        }
        plan.authorizers.insert(name.clone(), settings);
        Some(name)
    }

    /// The samples' settings take tokens in `Authorization`: without it among the identity sources, one caller's
    /// answer would be another's.
    fn sample_settings(&self, authorizer: &Authorizer, problems: &mut Problems<'_>) {
        let token = IdentitySource::Header("authorization".to_owned());
        let is_apart = authorizer.sources.as_ref().is_some_and(|own| own.contains(&token));
        let Ttl::Seconds(ttl @ 1..) = authorizer.ttl else { return };
        if authorizer.kind == AuthorizerKind::Token || is_apart {
            return;
        }
        problems.add(
            authorizer.ttl_line,
            format!(
                "answers of `{}` are cached for {ttl} s, and the template does not say where its tokens stand",
                authorizer.id
            ),
            "write the settings of its function, or use `--ttl 0`",
        );
    }

    fn is_named(&self, authorizer: &Authorizer) -> bool {
        let function = authorizer.function.as_ref();
        self.deployed.named.iter().any(|name| *name == authorizer.id || Some(name) == function)
    }

    /// The name of the function that answers for the gate `authorizer`; it is added to `plan`.
    pub(super) fn webhooks_of(
        &self,
        authorizer: &Authorizer,
        plan: &mut Plan,
        problems: &mut Problems<'_>,
    ) -> Option<String> {
        let function = self.deployed.function(authorizer)?;
        self.webhooks(function, plan, problems)
    }

    /// The name of the webhook-authorizer `function`, which is added to `plan`.
    pub(super) fn webhooks(
        &self,
        function: &Function,
        plan: &mut Plan,
        problems: &mut Problems<'_>,
    ) -> Option<String> {
        let name = function.id.clone();
        if plan.webhooks.contains_key(&name) {
            return Some(name);
        }
        let settings = self.settings(function, &OF_WEBHOOKS, problems)?;
        let read = WebhookConfig::read(|name| webhook_value(&settings, name));
        if let Err(error) = read {
            wrong_settings(function, &error.0, problems);
            return None;
        }
        plan.webhooks.insert(name.clone(), settings);
        Some(name)
    }

    /// The settings `names` of `function`.
    fn settings(
        &self,
        function: &Function,
        names: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<Settings> {
        let environment = function.environment.as_ref()?;
        let mut settings = Settings::new();
        let mut is_known = true;
        for name in names {
            let setting = environment.get(*name);
            if let Some(setting) = setting.filter(|setting| setting.value.is_none()) {
                is_known = false;
                problems.add(
                    setting.line,
                    format!("the setting `{name}` of `{}` cannot be known", function.id),
                    "write the value itself, or give its parameters by `--parameter`",
                );
            }
            settings.insert(*name, setting.and_then(|setting| setting.value.clone()));
        }
        is_known.then_some(settings)
    }
}

/// Whether the environment of `function` has the setting `name`.
pub(super) fn has(function: &Function, name: &str) -> bool {
    function.environment.as_ref().is_some_and(|own| own.contains_key(name))
}

/// The function would not start on AWS either.
fn wrong_settings(function: &Function, mistakes: &[String], problems: &mut Problems<'_>) {
    for mistake in mistakes {
        let sentence = format!("the settings of `{}`: {mistake}", function.id);
        problems.add(function.line, sentence, "the function does not start with it");
    }
}
