# docs/tenants-and-caching.md says whose answers may be cached, and by what.
#
#   any       takes tokens and keys at one address, so no header of them may be required
#   tokens    takes tokens alone: what they are allowed is cached by the token
#   webhooks  answers for one delivery, which says nothing about the next
resource "aws_api_gateway_authorizer" "own" {
  for_each = local.functions

  rest_api_id    = data.aws_api_gateway_rest_api.api.id
  name           = each.key
  type           = "REQUEST"
  authorizer_uri = aws_lambda_alias.live[each.key].invoke_arn

  # Left out, they would be 300 and `Authorization`. The provider cannot say "none", and the method is always there.
  # https://github.com/hashicorp/terraform-provider-aws/issues/39689
  authorizer_result_ttl_in_seconds = each.key == "tokens" ? 300 : 0
  identity_source                  = each.key == "tokens" ? "method.request.header.Authorization" : "context.httpMethod"
}

resource "aws_lambda_permission" "authorizer" {
  for_each = local.functions

  function_name = aws_lambda_function.own[each.key].function_name
  qualifier     = aws_lambda_alias.live[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${data.aws_api_gateway_rest_api.api.execution_arn}/authorizers/${aws_api_gateway_authorizer.own[each.key].id}"
}
