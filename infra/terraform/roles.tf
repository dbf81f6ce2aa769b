# The actions are those of docs/deploying.md, and no others.

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "own" {
  for_each = local.functions

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.own[each.key].arn}:*"]
  }

  dynamic "statement" {
    for_each = each.key == "any" && try(var.aurora.resource_id, null) != null ? [var.aurora] : []

    content {
      sid     = "LogIn"
      actions = ["rds-db:connect"]
      resources = [
        "arn:${data.aws_partition.current.partition}:rds-db:${local.arn_end}:dbuser:${statement.value.resource_id}/${statement.value.user}"
      ]
    }
  }

  dynamic "statement" {
    for_each = each.key == "any" && try(var.aurora.secret_arn, null) != null ? [var.aurora] : []

    content {
      sid       = "ReadPassword"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value.secret_arn]
    }
  }

  # A function in a VPC makes its network interfaces itself. None of these actions takes a resource.
  dynamic "statement" {
    for_each = each.key == "any" && local.is_in_vpc ? [1] : []

    content {
      sid = "UseNetwork"
      actions = [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "webhooks" ? [var.webhooks] : []

    content {
      sid       = "FindWebhook"
      actions   = ["dynamodb:GetItem"]
      resources = ["arn:${data.aws_partition.current.partition}:dynamodb:${local.arn_end}:table/${statement.value.table}"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "webhooks" ? [var.webhooks] : []

    content {
      sid       = "RememberDelivery"
      actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      resources = ["arn:${data.aws_partition.current.partition}:dynamodb:${local.arn_end}:table/${statement.value.replay_table}"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "webhooks" ? [var.webhooks] : []

    content {
      sid       = "ReadSecret"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = ["arn:${data.aws_partition.current.partition}:secretsmanager:${local.arn_end}:secret:${statement.value.secret_prefix}*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "webhooks" ? [var.webhooks] : []

    content {
      sid       = "CallTarget"
      actions   = ["lambda:InvokeFunction"]
      resources = [statement.value.target_arn]
    }
  }
}

resource "aws_iam_role" "own" {
  for_each = local.functions

  name               = "${var.name}-${each.key}-${data.aws_region.current.id}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "own" {
  for_each = local.functions

  name   = "own"
  role   = aws_iam_role.own[each.key].id
  policy = data.aws_iam_policy_document.own[each.key].json
}
