resource "aws_cloudwatch_log_group" "own" {
  for_each = local.functions

  name              = "/portcullis/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "own" {
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  filename         = "${var.packages}/${var.architecture}/${each.value.package}.zip"
  source_code_hash = filebase64sha256("${var.packages}/${var.architecture}/${each.value.package}.zip")
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = 128
  timeout          = each.value.timeout
  publish          = true
  role             = aws_iam_role.own[each.key].arn

  environment {
    # What is empty counts as not set.
    variables = { for name, value in each.value.settings : name => value if value != "" }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.own[each.key].name
  }

  dynamic "vpc_config" {
    for_each = each.key == "any" && local.is_in_vpc ? [var.aurora] : []

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Without its rights a function in a VPC is not made, and one that starts cannot log.
  depends_on = [aws_iam_role_policy.own]
}

# API Gateway calls the alias: the functions can be put back to an older version without a deployment of the API.
resource "aws_lambda_alias" "live" {
  for_each = local.functions

  name             = "live"
  function_name    = aws_lambda_function.own[each.key].function_name
  function_version = aws_lambda_function.own[each.key].version
}
