output "api_url" {
  description = "Where the stage is"
  value       = aws_api_gateway_stage.own.invoke_url
}

output "authorizer_ids" {
  description = "What a method names to be protected"
  value       = { for name, authorizer in aws_api_gateway_authorizer.own : name => authorizer.id }
}

output "function_arns" {
  description = "The functions, as their live aliases"
  value       = { for name, alias in aws_lambda_alias.live : name => alias.arn }
}
