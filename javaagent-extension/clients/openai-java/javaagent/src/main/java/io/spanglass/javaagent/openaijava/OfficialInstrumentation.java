/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.openaijava;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesBuilder;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesConfigurer;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.spanglass.javaagent.SpanglassAgent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the agent's own instrumentation of the SDK off, unless somebody asks for it: by hiding
 * from the agent the two classes that it begins at, which nothing else instruments. Why, and who
 * then owns the span, is in this module's RATIONALE.md.
 */
@AutoService(IgnoredTypesConfigurer.class)
public final class OfficialInstrumentation implements IgnoredTypesConfigurer {
  /** Where the agent's module wraps the clients; each client starts as one of them. */
  private static final String[] BUILDERS = {
    "com.openai.client.okhttp.OpenAIOkHttpClient$Builder",
    "com.openai.client.okhttp.OpenAIOkHttpClientAsync$Builder"
  };

  /** The names of the agent's module. */
  private static final String[] NAMES = {"openai-java", "openai-java-1.1", "openai"};

  /** Without either of them nothing of ours sees the SDK's calls. */
  private static final String[] OURS = {OpenAiJavaModule.NAME, "spanglass-okhttp"};

  @Override
  @SuppressWarnings(
      "deprecation") // In favour of one without the configuration; older agents call this one.
  public void configure(IgnoredTypesBuilder builder, ConfigProperties config) {
    try {
      for (String ours : OURS) {
        if (!SpanglassAgent.start(config, List.of(ours, "spanglass-http", "spanglass"))) {
          SpanglassAgent.note("calls of openai-java are left to the agent, as " + ours + " is off");
          return;
        }
      }
      String reason = reasonForOfficial();
      if (reason != null) {
        SpanglassAgent.note("calls of openai-java are spans of the agent, as " + reason);
        return;
      }
      for (String type : BUILDERS) {
        builder.ignoreClass(type);
      }
      SpanglassAgent.note(
          "calls of openai-java are spans of Spanglass"
              + " (of the agent with otel.instrumentation.openai.enabled=true)");
    } catch (LinkageError | RuntimeException e) {
      SpanglassAgent.note("calls of openai-java are left to the agent: " + e);
    }
  }

  private static @Nullable String reasonForOfficial() {
    if (SpanglassAgent.isNamedAsEnabled(NAMES)) {
      return "its instrumentation is enabled by name";
    }
    // It tells of messages, which ours cannot yet.
    String capture = SpanglassAgent.setting("otel.instrumentation.genai.capture-message-content");
    return capture != null && capture.trim().equalsIgnoreCase("true")
        ? "message content is to be captured"
        : null;
  }
}
