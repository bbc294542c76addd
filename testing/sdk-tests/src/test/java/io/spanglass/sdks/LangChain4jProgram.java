/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.sdks;

import dev.langchain4j.model.openaiofficial.OpenAiOfficialChatModel;
import java.util.List;

/** An application on LangChain4j's model over OpenAI's SDK. */
public final class LangChain4jProgram {
  private LangChain4jProgram() {}

  public static void main(String[] arguments) {
    Calls calls = new Calls(arguments[0]);
    for (String scenario : List.of(arguments).subList(1, arguments.length)) {
      calls.run(
          scenario,
          url ->
              OpenAiOfficialChatModel.builder()
                  .baseUrl(url)
                  .apiKey("none")
                  .modelName("gpt-4o-mini")
                  .maxRetries(2)
                  .build()
                  .chat("Hello"));
    }
    calls.finish();
  }
}
