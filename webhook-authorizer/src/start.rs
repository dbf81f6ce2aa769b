//! What is done once, before the first event: settings and clients.

use shared::time::Timestamp;
use webhook_authorizer::config::Config;
use webhook_authorizer::io::aws::{Aws, AwsSettings};
use webhook_authorizer::io::registry::WebhookTable;
use webhook_authorizer::io::replays::ReplayTable;
use webhook_authorizer::io::secrets::{Secrets, SecretsManager};
use webhook_authorizer::io::target::LambdaFunction;
use webhook_authorizer::{OnDelivery, WebhookAuthorizer};

type OnAws = WebhookAuthorizer<WebhookTable, SecretsManager, ReplayTable, LambdaFunction>;

/// Reads the settings, reports everything that is wrong with them, and builds the clients that this
/// instance needs.
#[cfg_attr(feature = "local", expect(dead_code, reason = "the samples ask no AWS service"))]
pub(crate) async fn webhook_authorizer(_: Timestamp) -> Result<OnAws, Vec<String>> {
    let (config, aws) = match (Config::read(setting), AwsSettings::read(setting)) {
        (Ok(config), Ok(aws)) => (config, aws),
        (config, aws) => {
            let mistakes = [config.err(), aws.err()].into_iter().flatten();
            return Err(mistakes.flat_map(|mistakes| mistakes.0).collect());
        }
    };
    let aws = Aws::new(&aws).map_err(|problem| vec![problem])?;
    let dynamodb = aws.dynamodb();
    let registry = WebhookTable::new(dynamodb.clone(), config.webhook_table.clone());
    let secrets = Secrets::new(SecretsManager::new(&aws), config.secret_prefix.clone());
    let delivery = config.delivery.clone().map(|delivery| OnDelivery {
        replays: ReplayTable::new(dynamodb, delivery.replay_table),
        target: LambdaFunction::new(&aws, delivery.target_function, delivery.target_mode),
    });
    registry.prepare().await;
    Ok(WebhookAuthorizer { config, registry, secrets, delivery })
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
pub(crate) fn setting(name: &str) -> Option<String> {
    let set = std::env::var(name).ok();
    #[cfg(feature = "local")]
    let set = set.or_else(|| crate::local::setting(name));
    set
}
