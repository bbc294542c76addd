/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.spanglass.examples.modelserver.ModelServer;
import io.spanglass.examples.modelserver.ServedRequest;
import io.spanglass.examples.modelserver.ServerOptions;
import io.spanglass.testing.AgentJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LangChain4jAppTest {

  @Test
  void makesFourCallsAndDeclaresThem() throws Exception {
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 5, 1));
        AgentJvm app =
            AgentJvm.builder()
                .agent(null)
                .main(LangChain4jApp.class.getName(), server.baseUrl(), "canned-1-mini")
                .start()) {
      app.waitForSuccess(Duration.ofMinutes(1));

      List<JsonNode> calls = new ArrayList<>();
      for (String line : app.stdout().lines().toList()) {
        calls.add(new ObjectMapper().readTree(line));
      }
      assertThat(calls)
          .extracting(
              call -> call.path("call").asText(),
              call -> call.path("stream").asBoolean(),
              call -> call.path("model").asText())
          .containsExactly(
              tuple("chat", false, "canned-1-mini"),
              tuple("streaming chat", true, "canned-1-mini"),
              tuple("tool round", false, "canned-1-mini"),
              tuple("tool round", false, "canned-1-mini"));
      assertThat(calls.get(2).at("/tool_calls/0").asText())
          .isEqualTo("temperature {\"city\":\"BERLIN\"}");
      assertThat(calls.get(3).path("answer").asText())
          .isEqualTo("This answer is canned. The tool returned: 7");
      assertThat(server.requests())
          .extracting(ServedRequest::id)
          .containsExactlyElementsOf(
              calls.stream().map(call -> call.path("response_id").asText()).toList());
    }
  }

  @Test
  void failedCallsAreDeclaredToo() throws Exception {
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 5, 1));
        AgentJvm app =
            AgentJvm.builder()
                .agent(null)
                .main(LangChain4jApp.class.getName(), server.baseUrl(), "no-such-model")
                .start()) {
      app.waitForSuccess(Duration.ofMinutes(1));

      assertThat(app.stdout().lines()).hasSize(3).allMatch(line -> line.contains("\"error\""));
    }
  }
}
