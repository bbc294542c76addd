/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** LangChain4j's own OpenAI client with OkHttp below it. */
public final class LangChain4jOkHttpProgram {
  private LangChain4jOkHttpProgram() {}

  public static void main(String[] arguments) {
    Calls calls = new Calls(arguments[0]);
    for (String scenario : List.of(arguments).subList(1, arguments.length)) {
      calls.run(scenario, url -> scenario.contains("-stream") ? stream(url) : chat(url));
    }
    calls.finish();
  }

  private static String chat(String url) {
    return OpenAiChatModel.builder()
        .httpClientBuilder(LangChain4jOnOkHttp.builder())
        .baseUrl(url)
        .apiKey("none")
        .modelName("gpt-4o-mini")
        .maxRetries(2)
        .build()
        .chat("Hello");
  }

  private static String stream(String url) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder()
        .httpClientBuilder(LangChain4jOnOkHttp.builder())
        .baseUrl(url)
        .apiKey("none")
        .modelName("gpt-4o-mini")
        .build()
        .chat(
            "Hello",
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String part) {}

              @Override
              public void onCompleteResponse(ChatResponse response) {
                answer.complete(response.aiMessage().text());
              }

              @Override
              public void onError(Throwable error) {
                answer.completeExceptionally(error);
              }
            });
    return answer.get();
  }
}
