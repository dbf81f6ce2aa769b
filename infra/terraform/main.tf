# Portcullis in front of a REST API that you have. README.md says what to do with it.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40, < 7.0"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_api_gateway_rest_api" "api" {
  name = var.rest_api_name
}

locals {
  arn_end = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"

  takes_keys     = var.aurora != null
  takes_webhooks = var.webhooks != null
  is_in_vpc      = try(length(var.aurora.subnet_ids) > 0, false)

  # What every token is checked against.
  token_settings = {
    CREDENTIALS        = "id-token,service-token"
    USER_POOL_IDS      = var.user_pool_id
    APP_CLIENT_IDS     = join(",", var.app_client_ids)
    POOL_TENANTS       = var.pool_tenants
    SERVICE_CLIENTS    = join(",", [for client, tenant in var.service_clients : "${client}=${tenant}"])
    ON_UNAUTHENTICATED = var.on_unauthenticated
  }

  key_settings = local.takes_keys ? {
    CREDENTIALS         = "${local.token_settings.CREDENTIALS},api-key"
    API_KEY_ENVIRONMENT = var.aurora.environment
    AURORA_HOST         = var.aurora.host
    AURORA_DATABASE     = var.aurora.database
    AURORA_USER         = var.aurora.user
    AURORA_AUTH         = var.aurora.secret_arn == null ? "iam" : "secret:${var.aurora.secret_arn}"
  } : {}

  webhook_settings = local.takes_webhooks ? {
    STEPS           = "gate,delivery"
    WEBHOOK_TABLE   = var.webhooks.table
    REPLAY_TABLE    = var.webhooks.replay_table
    SECRET_PREFIX   = var.webhooks.secret_prefix
    TARGET_FUNCTION = var.webhooks.target_arn
    TARGET_MODE     = var.webhooks.target_mode
  } : {}

  # An HTTP API waits 10 seconds for an authorizer, and a REST API 29 for an integration.
  functions = merge(
    {
      any = {
        package  = local.takes_keys ? "authorizer-api-keys" : "authorizer"
        timeout  = 10
        settings = merge(local.token_settings, local.key_settings)
      }
      tokens = {
        package  = "authorizer"
        timeout  = 10
        settings = local.token_settings
      }
    },
    local.takes_webhooks ? {
      webhooks = {
        package  = "webhook-authorizer"
        timeout  = 29
        settings = local.webhook_settings
      }
    } : {}
  )
}
