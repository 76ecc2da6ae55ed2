import type { MetricTable } from '../mapping.ts';

/**
 * LiteLLM's proxy. Its labels hold people (end_user, user_email, client_ip …); those are banned by
 * `process/identity-labels.ts`. A missing label is the text `None`.
 */
export const LITELLM: MetricTable = {
  system: 'litellm',
  title: 'LiteLLM',
  kind: 'gateway',
  source: 'https://docs.litellm.ai/docs/proxy/prometheus',
  prefixes: ['litellm_'],
  labels: {
    requested_model: 'gen_ai_request_model',
    model: 'gen_ai_response_model',
    api_provider: 'gen_ai_provider_name',
    exception_class: 'error_type',
  },
  absentLabelValue: 'None',
  lines: [
    {
      native: 'litellm_request_total_latency_metric',
      type: 'histogram',
      to: 'gen_ai_gateway_request_duration_seconds',
    },
    {
      native: 'litellm_llm_api_latency_metric',
      type: 'histogram',
      to: 'gen_ai_gateway_upstream_duration_seconds',
    },
    {
      native: 'litellm_llm_api_time_to_first_token_metric',
      type: 'histogram',
      to: 'gen_ai_gateway_time_to_first_token_seconds',
    },
    {
      native: 'litellm_deployment_latency_per_output_token',
      type: 'histogram',
      to: 'gen_ai_gateway_inter_token_latency_seconds',
      approximate: 'the mean of each request, not each gap between tokens',
    },
    { native: 'litellm_proxy_total_requests_metric_total', type: 'counter', to: 'gen_ai_gateway_requests_total' },
    {
      native: 'litellm_proxy_failed_requests_metric_total',
      type: 'counter',
      to: 'gen_ai_gateway_request_errors_total',
    },
    { native: 'litellm_in_flight_requests', type: 'gauge', to: 'gen_ai_gateway_requests_running' },
    { native: 'litellm_input_tokens_metric_total', type: 'counter', to: 'gen_ai_gateway_input_tokens_total' },
    { native: 'litellm_output_tokens_metric_total', type: 'counter', to: 'gen_ai_gateway_output_tokens_total' },
    {
      native: 'litellm_input_cached_tokens_metric_total',
      type: 'counter',
      to: 'gen_ai_gateway_cache_read_tokens_total',
    },
    { native: 'litellm_spend_metric_total', type: 'counter', to: 'gen_ai_gateway_cost_usd_total' },
    { native: 'litellm_input_cache_creation_tokens_metric_total', type: 'counter' },
    { native: 'litellm_output_reasoning_tokens_metric_total', type: 'counter' },
    { native: 'litellm_overhead_latency_metric', type: 'histogram' },
    { native: 'litellm_overhead_with_guardrails_latency_metric', type: 'histogram' },
    { native: 'litellm_deployment_state', type: 'gauge', note: '0 healthy, 1 partial outage, 2 full outage.' },
    { native: 'litellm_deployment_success_responses_total', type: 'counter' },
    { native: 'litellm_deployment_failure_responses_total', type: 'counter' },
    { native: 'litellm_deployment_cooled_down_total', type: 'counter' },
    { native: 'litellm_deployment_successful_fallbacks_total', type: 'counter' },
    { native: 'litellm_deployment_failed_fallbacks_total', type: 'counter' },
    { native: 'litellm_remaining_requests_metric', type: 'gauge' },
    { native: 'litellm_remaining_team_budget_metric', type: 'gauge' },
    { native: 'litellm_remaining_api_key_budget_metric', type: 'gauge' },
    { native: 'litellm_deployment_tpm_limit', type: 'gauge' },
    { native: 'litellm_deployment_rpm_limit', type: 'gauge' },
    { native: 'litellm_cache_hits_metric_total', type: 'counter', note: 'Response cache.' },
    { native: 'litellm_cache_misses_metric_total', type: 'counter' },
    { native: 'litellm_guardrail_requests_total', type: 'counter' },
    { native: 'litellm_guardrail_latency_seconds', type: 'histogram' },
    { native: 'litellm_mcp_tool_calls_total', type: 'counter' },
  ],
};
