/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.json.JsonText;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an error names: a code, a type, a number. Words are told only if they are of a known set,
 * since a server may put anything there, and {@code error.type} is an attribute of metrics.
 */
final class ErrorCodes {
  /** A number beyond is no code. */
  private static final long MAX_NUMBER = 999_999;

  /** Of the documentation and the sources that {@code docs/apis.md} names. */
  private static final Set<String> KNOWN =
      Set.of(
          // OpenAI and those that took its words.
          "invalid_request_error",
          "authentication_error",
          "permission_error",
          "not_found_error",
          "rate_limit_error",
          "server_error",
          "api_error",
          "insufficient_quota",
          "invalid_api_key",
          "model_not_found",
          "context_length_exceeded",
          "rate_limit_exceeded",
          "requests",
          "tokens",
          "billing_hard_limit_reached",
          "billing_not_active",
          "account_deactivated",
          "access_terminated",
          "content_policy_violation",
          "content_filter",
          "invalid_prompt",
          "string_above_max_length",
          "string_below_min_length",
          "array_above_max_length",
          "array_below_min_length",
          "integer_above_max_value",
          "integer_below_min_value",
          "decimal_above_max_value",
          "decimal_below_min_value",
          "unsupported_value",
          "unsupported_parameter",
          "unsupported_model",
          "unknown_parameter",
          "unknown_url",
          "missing_required_parameter",
          "invalid_value",
          "invalid_type",
          "invalid_function_parameters",
          "invalid_json_schema",
          "invalid_image",
          "invalid_image_url",
          "invalid_image_format",
          "invalid_base64_image",
          "invalid_image_mode",
          "image_too_large",
          "image_too_small",
          "image_parse_error",
          "image_content_policy_violation",
          "image_file_too_large",
          "unsupported_image_media_type",
          "empty_image_file",
          "failed_to_download_image",
          "image_file_not_found",
          "image_generation_user_error",
          "moderation_blocked",
          "audio_too_short",
          "bio_policy",
          "cyber_policy_violation",
          "vector_store_timeout",
          "previous_response_not_found",
          "conversation_locked",
          "response_not_found",
          "mismatched_organization",
          "invalid_organization",
          "unsupported_country_region_territory",
          "slow_down",
          "request_timeout",
          "request_too_large",
          "max_output_tokens",
          // Azure.
          "DeploymentNotFound",
          "OperationNotSupported",
          "ResourceNotFound",
          "InternalServerError",
          "NoCapacity",
          "NoRegisteredProviders",
          "RequestTimeout",
          "TooManyRequests",
          "BadRequest",
          "NotFound",
          "ServiceUnavailable",
          "PermissionDenied",
          "AccessDenied",
          "InvalidRequest",
          "ResponsibleAIPolicyViolation",
          "ProxyModelError",
          // Names of exceptions: vLLM, SGLang, LiteLLM and others in Python.
          "APIConnectionError",
          "APIError",
          "APIStatusError",
          "APITimeoutError",
          "AuthenticationError",
          "BadGatewayError",
          "BadRequestError",
          "BudgetExceededError",
          "ConflictError",
          "ContentPolicyViolationError",
          "ContextWindowExceededError",
          "EngineDeadError",
          "EngineGenerateError",
          "ForbiddenError",
          "GatewayTimeoutError",
          "HTTPException",
          "InternalError",
          "InvalidRequestError",
          "MidStreamFallbackError",
          "NotFoundError",
          "NotImplementedError",
          "OverloadedError",
          "PermissionDeniedError",
          "RateLimitError",
          "RequestTimeoutError",
          "RuntimeError",
          "ServiceUnavailableError",
          "Timeout",
          "TimeoutError",
          "TooManyRequestsError",
          "UnauthorizedError",
          "UnprocessableEntityError",
          "UnsupportedParamsError",
          "ValidationError",
          "ValueError",
          "abort",
          // LiteLLM's proxy.
          "auth_error",
          "bad_request_error",
          "budget_exceeded",
          "expired_key",
          "internal_server_error",
          "key_model_access_denied",
          "no_db_connection",
          "team_model_access_denied",
          "throttling_error",
          "token_not_found_in_db",
          "user_model_access_denied",
          // Anthropic.
          "billing_error",
          "overloaded_error",
          "timeout_error",
          // Mistral.
          "invalid_model",
          "invalid_request_file",
          "invalid_request_invalid_args",
          "invalid_request_message_order",
          "invalid_request_prompt",
          "rate_limited",
          "service_tier_capacity_exceeded",
          "unknown_model",
          // Groq and Cerebras.
          "blocked_api_access",
          "invalid_request",
          "json_validate_failed",
          "model_decommissioned",
          "model_terms_required",
          "organization_restricted",
          "queue_exceeded",
          "request_quota_exceeded",
          "token_quota_exceeded",
          "tool_use_failed",
          "too_many_requests_error",
          "wrong_api_key",
          // Google, and whoever uses the codes of gRPC.
          "ABORTED",
          "ALREADY_EXISTS",
          "CANCELLED",
          "DATA_LOSS",
          "DEADLINE_EXCEEDED",
          "FAILED_PRECONDITION",
          "INTERNAL",
          "INVALID_ARGUMENT",
          "NOT_FOUND",
          "OUT_OF_RANGE",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "UNAUTHENTICATED",
          "UNAVAILABLE",
          "UNIMPLEMENTED",
          "UNKNOWN",
          // Moonshot, DeepSeek, Qwen.
          "Arrearage",
          "DataInspectionFailed",
          "InvalidApiKey",
          "InvalidParameter",
          "ModelNotFound",
          "RequestTimeOut",
          "Throttling",
          "Throttling.AllocationQuota",
          "Throttling.RateQuota",
          "data_inspection_failed",
          "engine_overloaded_error",
          "exceeded_current_quota_error",
          "insufficient_balance",
          "invalid_authentication_error",
          "invalid_parameter_error",
          "limit_burst_rate",
          "permission_denied_error",
          "rate_limit_reached_error",
          "resource_not_found_error",
          "unknown_error",
          // TGI, llama.cpp, Ollama.
          "exceed_context_size_error",
          "generation",
          "incomplete_generation",
          "not_supported_error",
          "overloaded",
          "template_error",
          "tokenizer",
          "unavailable_error",
          "unhealthy",
          "validation",
          // Bedrock.
          "AccessDeniedException",
          "InternalServerException",
          "ModelErrorException",
          "ModelNotReadyException",
          "ModelStreamErrorException",
          "ModelTimeoutException",
          "ResourceNotFoundException",
          "ServiceQuotaExceededException",
          "ServiceUnavailableException",
          "ThrottlingException",
          "ValidationException",
          "internalServerException",
          "modelStreamErrorException",
          "modelTimeoutException",
          "serviceUnavailableException",
          "throttlingException",
          "validationException",
          // What gateways say of the server behind them.
          "bad_gateway",
          "bad_request",
          "conflict",
          "connection_error",
          "forbidden",
          "gateway_timeout",
          "internal_error",
          "invalid_response",
          "not_found",
          "not_implemented",
          "payment_required",
          "provider_error",
          "provider_unavailable",
          "quota_exceeded",
          "service_unavailable",
          "stream_error",
          "timeout",
          "too_many_requests",
          "unauthorized",
          "unprocessable_entity",
          "upstream_error",
          "upstream_timeout",
          "validation_error");

  private boolean any;
  private @Nullable String code;
  private @Nullable String type;
  private long number;

  /** Whether a text says anything: some servers write a null as a word. */
  static boolean says(JsonText text) {
    return !text.isBlank() && !(text.isWhole() && text.length() == 4 && isNothing(text.toString()));
  }

  private static boolean isNothing(String word) {
    return word.equalsIgnoreCase("none") || word.equalsIgnoreCase("null");
  }

  /** Forgets everything. */
  void clear() {
    any = false;
    code = null;
    type = null;
    number = 0;
  }

  /** Whether no code was named, known or not. */
  boolean isEmpty() {
    return !any;
  }

  /** A code as a word, or as a number in a string. */
  void code(JsonText text) {
    if (!text.isWhole() || !says(text)) {
      any |= !text.isWhole();
      return;
    }
    String word = text.toString();
    long parsed = number(word);
    if (parsed != 0 || word.equals("0")) {
      code(parsed);
      return;
    }
    code(word);
  }

  /** A code as a word. */
  void code(String word) {
    any = true;
    if (code == null && KNOWN.contains(word)) {
      code = word;
    }
  }

  void code(long value) {
    any |= value != 0;
    if (number == 0 && Math.abs(value) <= MAX_NUMBER) {
      number = value;
    }
  }

  void type(JsonText text) {
    if (type == null && text.isWhole() && !text.isEmpty()) {
      String word = text.toString();
      if (KNOWN.contains(word)) {
        any = true;
        type = word;
      }
    }
  }

  /** Adds what these do not name. */
  void add(ErrorCodes other) {
    any |= other.any;
    if (code == null) {
      code = other.code;
    }
    if (type == null) {
      type = other.type;
    }
    if (number == 0) {
      number = other.number;
    }
  }

  /** Returns the code, else the type, else the number: words say more. Null if there is none. */
  @Nullable String code() {
    if (code != null) {
      return code;
    }
    if (type != null) {
      return type;
    }
    return number == 0 ? null : Long.toString(number);
  }

  /** Returns the number that a word is; 0 if it is none, or too long to be a code. */
  private static long number(String word) {
    long value = 0;
    int from = word.startsWith("-") ? 1 : 0;
    if (word.length() == from || word.length() - from > 6) {
      return 0;
    }
    for (int i = from; i < word.length(); i++) {
      int digit = word.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      value = value * 10 + digit;
    }
    return from == 1 ? -value : value;
  }
}
