/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the host of a call to the value of {@code gen_ai.provider.name}. */
final class Providers {
  /**
   * Hosts, or ends of hosts after a dot or a hyphen, of the values that the conventions list.
   * Sources are the providers' own API documentation.
   */
  private static final Map<String, String> BUILT_IN =
      Map.ofEntries(
          Map.entry("api.openai.com", GenAiProviders.OPENAI),
          Map.entry("openai.azure.com", GenAiProviders.AZURE_AI_OPENAI),
          Map.entry("services.ai.azure.com", GenAiProviders.AZURE_AI_INFERENCE),
          Map.entry("models.ai.azure.com", GenAiProviders.AZURE_AI_INFERENCE),
          Map.entry("api.anthropic.com", GenAiProviders.ANTHROPIC),
          Map.entry("api.cohere.com", GenAiProviders.COHERE),
          Map.entry("api.cohere.ai", GenAiProviders.COHERE),
          Map.entry("api.deepseek.com", GenAiProviders.DEEPSEEK),
          Map.entry("api.groq.com", GenAiProviders.GROQ),
          Map.entry("api.mistral.ai", GenAiProviders.MISTRAL_AI),
          Map.entry("api.moonshot.ai", GenAiProviders.MOONSHOT_AI),
          Map.entry("api.moonshot.cn", GenAiProviders.MOONSHOT_AI),
          Map.entry("api.perplexity.ai", GenAiProviders.PERPLEXITY),
          Map.entry("api.x.ai", GenAiProviders.X_AI),
          Map.entry("generativelanguage.googleapis.com", GenAiProviders.GCP_GEMINI),
          Map.entry("aiplatform.googleapis.com", GenAiProviders.GCP_VERTEX_AI),
          Map.entry("ml.cloud.ibm.com", GenAiProviders.IBM_WATSONX_AI));

  private final Map<String, String> byHost;

  /**
   * @param configured from host, or end of one after a dot, to a name; wins over what is built in
   */
  Providers(Map<String, String> configured) {
    byHost = new LinkedHashMap<>(configured);
    BUILT_IN.forEach(byHost::putIfAbsent);
  }

  /** The provider, or null for a host that is not known. */
  @Nullable String of(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    String exact = byHost.get(name);
    if (exact != null) {
      return exact;
    }
    // The region is in the middle: bedrock-runtime.us-east-1.amazonaws.com.
    if (name.startsWith("bedrock-runtime") && name.endsWith(".amazonaws.com")) {
      return GenAiProviders.AWS_BEDROCK;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      // A hyphen too: us-central1-aiplatform.googleapis.com.
      if (c == '.' || c == '-') {
        String provider = byHost.get(name.substring(i + 1));
        if (provider != null) {
          return provider;
        }
      }
    }
    return null;
  }
}
