# What API Gateway itself answers. docs/concepts.md says what a 401 and a 403 can say.
locals {
  gateway_responses = {
    UNAUTHORIZED                   = "UNAUTHORIZED"
    ACCESS_DENIED                  = "$context.authorizer.code"
    AUTHORIZER_FAILURE             = "UNAVAILABLE"
    AUTHORIZER_CONFIGURATION_ERROR = "MISCONFIGURED"
  }
}

resource "aws_api_gateway_gateway_response" "own" {
  for_each = local.gateway_responses

  rest_api_id   = data.aws_api_gateway_rest_api.api.id
  response_type = each.key

  response_templates = {
    "application/json" = "{\"code\":\"${each.value}\",\"request_id\":\"$context.extendedRequestId\"}"
  }

  response_parameters = merge(
    { "gatewayresponse.header.Access-Control-Allow-Origin" = "'${var.allowed_origin}'" },
    each.key == "UNAUTHORIZED" ? { "gatewayresponse.header.WWW-Authenticate" = "'Bearer'" } : {}
  )
}

# API Gateway serves what the API was when it was deployed last. Without the triggers, a method, an authorizer or a
# gateway response that changes is not served, and the API stays as open or as shut as it was. So all that a deployment
# holds stands in them, each whole and not by its id: an id stays the same where the authorizer of a method changes.
resource "aws_api_gateway_deployment" "own" {
  rest_api_id = data.aws_api_gateway_rest_api.api.id

  triggers = {
    redeployment = sha256(jsonencode([
      aws_api_gateway_authorizer.own,
      aws_api_gateway_gateway_response.own,
      aws_api_gateway_resource.api,
      aws_api_gateway_resource.sample,
      aws_api_gateway_method.sample,
      aws_api_gateway_method_response.sample,
      aws_api_gateway_integration.sample,
      aws_api_gateway_integration_response.sample,
      aws_api_gateway_method_response.failed,
      aws_api_gateway_integration_response.failed,
      aws_api_gateway_resource.v1,
      aws_api_gateway_resource.webhooks,
      aws_api_gateway_resource.tasks,
      aws_api_gateway_method.webhook,
      aws_api_gateway_integration.webhook,
    ]))
  }

  # The stage goes on to the new one before the old one is deleted.
  lifecycle {
    create_before_destroy = true
  }

  # It is served at once: its functions must be callable by then.
  depends_on = [
    aws_lambda_permission.authorizer,
    aws_lambda_permission.backend,
    aws_lambda_permission.delivery,
  ]
}

resource "aws_api_gateway_stage" "own" {
  rest_api_id   = data.aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.own.id
  stage_name    = var.stage_name
}
