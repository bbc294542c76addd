/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.AnthropicClientAsync;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClientAsync;
import com.anthropic.core.http.AsyncStreamResponse;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An application on Anthropic's SDK. */
public final class AnthropicProgram {
  private AnthropicProgram() {}

  public static void main(String[] arguments) {
    Calls calls = new Calls(arguments[0]);
    for (String scenario : List.of(arguments).subList(1, arguments.length)) {
      // That SDK puts the version into the path itself.
      calls.run(scenario, url -> call(scenario, url.substring(0, url.length() - "/v1".length())));
    }
    calls.finish();
  }

  private static MessageCreateParams parameters() {
    return MessageCreateParams.builder()
        .model("claude-x")
        .maxTokens(16)
        .addUserMessage("Hello")
        .build();
  }

  private static String call(String scenario, String url) throws Exception {
    boolean stream = scenario.contains("-stream");
    if (scenario.endsWith("-async")) {
      AnthropicClientAsync client =
          AnthropicOkHttpClientAsync.builder().apiKey("none").baseUrl(url).build();
      try {
        if (!stream) {
          return text(client.messages().create(parameters()).get(30, TimeUnit.SECONDS));
        }
        AtomicInteger events = new AtomicInteger();
        AsyncStreamResponse<RawMessageStreamEvent> response =
            client.messages().createStreaming(parameters());
        response.subscribe(event -> events.incrementAndGet());
        response.onCompleteFuture().get(30, TimeUnit.SECONDS);
        return events + " events";
      } finally {
        client.close();
      }
    }
    AnthropicClient client = AnthropicOkHttpClient.builder().apiKey("none").baseUrl(url).build();
    try {
      if (!stream) {
        return text(client.messages().create(parameters()));
      }
      try (StreamResponse<RawMessageStreamEvent> response =
          client.messages().createStreaming(parameters())) {
        return response.stream().count() + " events";
      }
    } finally {
      client.close();
    }
  }

  private static String text(Message message) {
    return message.content().get(0).asText().text();
  }
}
