# Samples: a path whose methods take tokens and keys, one whose methods take tokens alone, and one for webhooks. Put
# yours in their place. Whatever you add belongs into the triggers of the deployment below.

resource "aws_api_gateway_resource" "api" {
  rest_api_id = data.aws_api_gateway_rest_api.api.id
  parent_id   = data.aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "api"
}

resource "aws_api_gateway_resource" "sample" {
  for_each = toset(["incidents", "problems"])

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.api.id
  path_part   = each.key
}

locals {
  samples = {
    "GET incidents"  = { path = "incidents", method = "GET", authorizer = "any" }
    "POST incidents" = { path = "incidents", method = "POST", authorizer = "any" }
    "GET problems"   = { path = "problems", method = "GET", authorizer = "tokens" }
  }
}

resource "aws_api_gateway_method" "sample" {
  for_each = local.samples

  rest_api_id   = data.aws_api_gateway_rest_api.api.id
  resource_id   = aws_api_gateway_resource.sample[each.value.path].id
  http_method   = each.value.method
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.own[each.value.authorizer].id
}

# The backend gets what the template says and nothing else: no token, no key. A proxy integration would pass on all.
resource "aws_api_gateway_integration" "sample" {
  for_each = local.samples

  rest_api_id             = data.aws_api_gateway_rest_api.api.id
  resource_id             = aws_api_gateway_resource.sample[each.value.path].id
  http_method             = aws_api_gateway_method.sample[each.key].http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.id}:lambda:path/2015-03-31/functions/${var.backend_function_arn}/invocations"
  passthrough_behavior    = "NEVER"

  request_templates = {
    "application/json" = <<-TEMPLATE
      {
        "method": "$context.httpMethod",
        "resource": "$context.resourcePath",
        "identity": {
          "user_id": "$context.authorizer.user_id",
          "tenant_id": "$context.authorizer.tenant_id",
          "role": "$context.authorizer.role",
          "scopes": "$context.authorizer.scopes",
          "auth_method": "$context.authorizer.auth_method"
        },
        "request_id": "$context.extendedRequestId",
        "body": "$util.base64Encode($input.body)"
      }
    TEMPLATE
  }
}

resource "aws_api_gateway_method_response" "sample" {
  for_each = local.samples

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  resource_id = aws_api_gateway_resource.sample[each.value.path].id
  http_method = aws_api_gateway_method.sample[each.key].http_method
  status_code = "200"
}

resource "aws_api_gateway_integration_response" "sample" {
  for_each = local.samples

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  resource_id = aws_api_gateway_resource.sample[each.value.path].id
  http_method = aws_api_gateway_integration.sample[each.key].http_method
  status_code = aws_api_gateway_method_response.sample[each.key].status_code
}

# The function failed. What it says of that is not for the caller, and without a pattern it would be a 200.
resource "aws_api_gateway_method_response" "failed" {
  for_each = local.samples

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  resource_id = aws_api_gateway_resource.sample[each.value.path].id
  http_method = aws_api_gateway_method.sample[each.key].http_method
  status_code = "502"
}

resource "aws_api_gateway_integration_response" "failed" {
  for_each = local.samples

  rest_api_id       = data.aws_api_gateway_rest_api.api.id
  resource_id       = aws_api_gateway_resource.sample[each.value.path].id
  http_method       = aws_api_gateway_integration.sample[each.key].http_method
  status_code       = aws_api_gateway_method_response.failed[each.key].status_code
  selection_pattern = "(\\n|.)+"

  response_templates = {
    "application/json" = "{\"code\":\"BACKEND_FAILED\",\"request_id\":\"$context.extendedRequestId\"}"
  }
}

resource "aws_lambda_permission" "backend" {
  # Of an ARN with an alias, the alias is the qualifier.
  function_name = join(":", slice(split(":", var.backend_function_arn), 0, 7))
  qualifier     = try(split(":", var.backend_function_arn)[7], null)
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${data.aws_api_gateway_rest_api.api.execution_arn}/*/*/api/*"
}

# Webhooks ---------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_resource" "v1" {
  count = local.takes_webhooks ? 1 : 0

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  parent_id   = data.aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "v1"
}

resource "aws_api_gateway_resource" "webhooks" {
  count = local.takes_webhooks ? 1 : 0

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.v1[0].id
  path_part   = "webhooks"
}

resource "aws_api_gateway_resource" "tasks" {
  count = local.takes_webhooks ? 1 : 0

  rest_api_id = data.aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.webhooks[0].id
  path_part   = "tasks"
}

resource "aws_api_gateway_method" "webhook" {
  count = local.takes_webhooks ? 1 : 0

  rest_api_id   = data.aws_api_gateway_rest_api.api.id
  resource_id   = aws_api_gateway_resource.tasks[0].id
  http_method   = "POST"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.own["webhooks"].id
}

# The same function once more, with the body: it verifies the signature, and forwards what it proves.
resource "aws_api_gateway_integration" "webhook" {
  count = local.takes_webhooks ? 1 : 0

  rest_api_id             = data.aws_api_gateway_rest_api.api.id
  resource_id             = aws_api_gateway_resource.tasks[0].id
  http_method             = aws_api_gateway_method.webhook[0].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_alias.live["webhooks"].invoke_arn
}

resource "aws_lambda_permission" "delivery" {
  count = local.takes_webhooks ? 1 : 0

  function_name = aws_lambda_function.own["webhooks"].function_name
  qualifier     = aws_lambda_alias.live["webhooks"].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${data.aws_api_gateway_rest_api.api.execution_arn}/*/POST/v1/webhooks/tasks"
}
