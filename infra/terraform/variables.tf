variable "name" {
  description = "What the functions and all that belongs to them are called after"
  type        = string
  default     = "portcullis"
}

variable "packages" {
  description = "The directory where `make package` leaves a directory of zip files for each architecture"
  type        = string
  default     = "../../target/lambda"
}

variable "architecture" {
  description = "The processor that they are built for: arm64 or x86_64"
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "rest_api_name" {
  description = "The REST API that you have"
  type        = string
}

variable "stage_name" {
  description = "Its stage. Import the one that you have: README.md"
  type        = string
}

variable "backend_function_arn" {
  description = "The function behind the sample routes, with or without an alias"
  type        = string
}

variable "user_pool_id" {
  description = "The user pool whose tokens are taken"
  type        = string
}

variable "app_client_ids" {
  description = "App clients whose users are let in"
  type        = list(string)

  validation {
    condition     = length(var.app_client_ids) > 0
    error_message = "Name the app clients whose users are let in."
  }
}

variable "pool_tenants" {
  description = "Which tenants the pool speaks for, as the setting POOL_TENANTS. Without it, for all"
  type        = string
  default     = ""
}

variable "service_clients" {
  description = "Services beside those of the access table: the tenant of each client id"
  type        = map(string)
  default     = {}
}

variable "on_unauthenticated" {
  description = "throw: a true 401 without the reason. deny: a 403 with the exact code"
  type        = string
  default     = "throw"

  validation {
    condition     = contains(["throw", "deny"], var.on_unauthenticated)
    error_message = "It is throw or deny."
  }
}

variable "allowed_origin" {
  description = "Whose pages may read what API Gateway itself answers"
  type        = string
  default     = "*"
}

# Without it, `any` takes tokens alone.
variable "aurora" {
  description = "The Aurora PostgreSQL cluster of the API keys, or its proxy"
  type = object({
    host               = string
    database           = optional(string, "portcullis")
    user               = optional(string, "portcullis_authorizer")
    environment        = optional(string, "prod") # as in sfk_prod_
    resource_id        = optional(string)         # cluster-… or prx-…, to log in with IAM
    secret_arn         = optional(string)         # or a secret with the password
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.aurora == null ? true : (var.aurora.resource_id == null) != (var.aurora.secret_arn == null)
    error_message = "Set resource_id to log in with IAM, or secret_arn for a password: one of them."
  }
}

# Without it, there is no route for webhooks.
variable "webhooks" {
  description = "The tables of the webhooks, and the function that verified deliveries go to"
  type = object({
    table         = string
    replay_table  = string
    target_arn    = string
    target_mode   = optional(string, "sync")
    secret_prefix = optional(string, "portcullis/webhook/")
  })
  default = null
}

variable "log_retention_days" {
  description = "How long the decision log is kept"
  type        = number
  default     = 365
}
