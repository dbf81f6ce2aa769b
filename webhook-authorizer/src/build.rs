//! What is done once, before the first event: settings and stores.

use adapters::aws::sdk::{Aws, AwsSettings};
use adapters::dynamodb::{ReplayStore, ReplayTable, WebhookRegistry, WebhookTable};
use adapters::lambda::{Target, TargetFunction};
use adapters::secrets_manager::{HmacKeyCache, SecretStore, SecretsManager};
use runtime::settings::{Lookup, SettingsError};

use crate::config::Config;
use crate::{DeliveryStores, WebhookAuthorizer};

/// The stores in which a webhook-authorizer looks things up, and the target.
pub struct Stores<R, S, P, T> {
    /// The webhooks.
    pub registry: R,
    /// Their secrets.
    pub secrets: S,
    /// What only a delivery needs.
    pub delivery: Option<DeliveryStores<P, T>>,
}

/// The [`Stores`] on AWS.
pub type AwsStores = Stores<WebhookTable, SecretsManager, ReplayTable, TargetFunction>;

/// Builds a webhook-authorizer from the settings in `lookup`, on the stores that `stores` opens.
/// `stores` reads its own settings before it opens anything, so that all mistakes are reported at
/// once.
///
/// # Errors
/// Every mistake there is, not only the first.
pub async fn build<R: WebhookRegistry, S: SecretStore, P: ReplayStore, T: Target, O>(
    lookup: Lookup<'_>,
    stores: impl FnOnce(Lookup<'_>) -> Result<O, SettingsError>,
) -> Result<WebhookAuthorizer<R, S, P, T>, SettingsError>
where
    O: AsyncFnOnce(&Config) -> Result<Stores<R, S, P, T>, SettingsError>,
{
    let (config, open) = match (Config::read(lookup), stores(lookup)) {
        (Ok(config), Ok(open)) => (config, open),
        (config, open) => {
            let errors = [config.err(), open.err()].into_iter().flatten();
            return Err(SettingsError(errors.flat_map(|error| error.0).collect()));
        }
    };
    let Stores { registry, secrets, delivery } = open(&config).await?;
    Ok(WebhookAuthorizer { config, registry, keys: HmacKeyCache::new(secrets), delivery })
}

/// Reads the settings of AWS, and returns what opens the stores there.
///
/// # Errors
/// Every mistake in the settings.
pub fn aws_stores(
    lookup: Lookup<'_>,
) -> Result<impl AsyncFnOnce(&Config) -> Result<AwsStores, SettingsError> + use<>, SettingsError> {
    let settings = AwsSettings::read(lookup)?;
    Ok(async move |config: &Config| open(config, &settings).await)
}

/// Makes the clients that this instance needs, and the first lookup, so that the first event finds
/// the connection open.
async fn open(config: &Config, settings: &AwsSettings) -> Result<AwsStores, SettingsError> {
    let aws = Aws::new(settings)?;
    let dynamodb = aws.dynamodb();
    let registry = WebhookTable::new(dynamodb.clone(), config.webhook_table.clone());
    let delivery = config.delivery.clone().map(|delivery| DeliveryStores {
        replays: ReplayTable::new(dynamodb, delivery.replay_table),
        target: TargetFunction::new(&aws, delivery.target_function, delivery.target_mode),
    });
    registry.prepare().await;
    Ok(Stores { registry, secrets: SecretsManager::new(&aws), delivery })
}
