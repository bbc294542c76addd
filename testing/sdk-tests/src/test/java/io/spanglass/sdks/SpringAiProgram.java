/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

/** An application on Spring AI's OpenAI model, without Spring Boot. */
public final class SpringAiProgram {
  private SpringAiProgram() {}

  public static void main(String[] arguments) {
    Calls calls = new Calls(arguments[0]);
    for (String scenario : List.of(arguments).subList(1, arguments.length)) {
      calls.run(scenario, url -> call(scenario, url));
    }
    calls.finish();
  }

  private static String call(String scenario, String url) {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .options(
                OpenAiChatOptions.builder()
                    .baseUrl(url)
                    .apiKey("none")
                    .model("gpt-4o-mini")
                    .maxRetries(2)
                    .build())
            .build();
    if (scenario.contains("-stream")) {
      List<ChatResponse> chunks = model.stream(new Prompt("Hello")).collectList().block();
      StringBuilder text = new StringBuilder();
      for (ChatResponse chunk : chunks == null ? List.<ChatResponse>of() : chunks) {
        String part = chunk.getResult() == null ? null : chunk.getResult().getOutput().getText();
        text.append(part == null ? "" : part);
      }
      return text.toString();
    }
    return String.valueOf(
        Objects.requireNonNull(model.call(new Prompt("Hello")).getResult()).getOutput().getText());
  }
}
