/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientAsync;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.client.okhttp.OpenAIOkHttpClientAsync;
import com.openai.core.http.AsyncStreamResponse;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An application on OpenAI's SDK. Says after each call what it got. */
public final class OpenAiProgram {
  private OpenAiProgram() {}

  public static void main(String[] arguments) throws Exception {
    Calls calls = new Calls(arguments[0]);
    List<String> only = List.of(arguments).subList(1, arguments.length);
    for (String scenario : only) {
      calls.run(scenario, url -> call(scenario, url));
    }
    calls.finish();
  }

  private static String call(String scenario, String url) throws Exception {
    Duration timeout = Duration.ofMillis(scenario.startsWith("silent") ? 300 : 30_000);
    int retries = scenario.startsWith("silent") ? 1 : 2;
    boolean stream = scenario.contains("-stream");
    if (scenario.endsWith("-async")) {
      OpenAIClientAsync client =
          OpenAIOkHttpClientAsync.builder()
              .apiKey("none")
              .baseUrl(url)
              .timeout(timeout)
              .maxRetries(retries)
              .build();
      try {
        return stream ? streamAsync(client) : chatAsync(client, scenario.contains("-cancel"));
      } finally {
        client.close();
      }
    }
    OpenAIClient client =
        OpenAIOkHttpClient.builder()
            .apiKey("none")
            .baseUrl(url)
            .timeout(timeout)
            .maxRetries(retries)
            .build();
    try {
      return stream ? stream(client, scenario.contains("-early")) : chat(client);
    } finally {
      client.close();
    }
  }

  private static ChatCompletionCreateParams parameters() {
    return ChatCompletionCreateParams.builder()
        .model("gpt-4o-mini")
        .addUserMessage("Hello")
        .temperature(0.5)
        .build();
  }

  private static String chat(OpenAIClient client) {
    return text(client.chat().completions().create(parameters()));
  }

  private static String text(ChatCompletion completion) {
    return completion.choices().get(0).message().content().orElse("nothing");
  }

  private static String chatAsync(OpenAIClientAsync client, boolean cancel) throws Exception {
    CompletableFuture<ChatCompletion> future = client.chat().completions().create(parameters());
    if (cancel) {
      Thread.sleep(100);
      String cancelled = "cancelled " + future.cancel(true) + " " + future.isCancelled();
      // Until the answer has come and was collected.
      for (int i = 0; i < 15; i++) {
        Thread.sleep(100);
        System.gc();
      }
      return cancelled;
    }
    // In a callback, where most applications go on.
    return future.thenApply(OpenAiProgram::text).get(30, TimeUnit.SECONDS);
  }

  private static String stream(OpenAIClient client, boolean early) {
    StringBuilder text = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> response =
        client.chat().completions().createStreaming(parameters())) {
      Iterator<ChatCompletionChunk> chunks = response.stream().iterator();
      while (chunks.hasNext()) {
        append(text, chunks.next());
        if (early) {
          break;
        }
      }
    }
    return text.toString();
  }

  private static String streamAsync(OpenAIClientAsync client) throws Exception {
    List<String> parts = Collections.synchronizedList(new ArrayList<>());
    AsyncStreamResponse<ChatCompletionChunk> response =
        client.chat().completions().createStreaming(parameters());
    response.subscribe(
        chunk -> {
          StringBuilder one = new StringBuilder();
          append(one, chunk);
          parts.add(one.toString());
        });
    response.onCompleteFuture().get(30, TimeUnit.SECONDS);
    return String.join("", parts);
  }

  private static void append(StringBuilder text, ChatCompletionChunk chunk) {
    List<ChatCompletionChunk.Choice> choices = new ArrayList<>(chunk.choices());
    for (ChatCompletionChunk.Choice choice : choices) {
      text.append(choice.delta().content().orElse(""));
    }
    text.append('.');
  }
}
