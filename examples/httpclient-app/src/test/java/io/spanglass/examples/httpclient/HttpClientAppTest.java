/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.httpclient;

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

class HttpClientAppTest {

  @Test
  void makesFourCallsAndDeclaresThem() throws Exception {
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 5, 10));
        AgentJvm app =
            AgentJvm.builder()
                .agent(null)
                .main(HttpClientApp.class.getName(), server.baseUrl(), "canned-1")
                .start()) {
      app.waitForSuccess(Duration.ofMinutes(1));
      assertThat(server.awaitIdle(30_000)).isTrue();

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
              tuple("chat", false, "canned-1"),
              tuple("streaming chat", true, "canned-1"),
              tuple("cancelled stream", true, "canned-1"),
              tuple("unknown model", false, "canned-1-that-does-not-exist"));
      assertThat(calls.get(2).path("chunks").asInt()).isEqualTo(5);
      assertThat(calls.get(3).path("error").asText()).startsWith("404 The model ");
      assertThat(server.requests())
          .extracting(ServedRequest::id)
          .containsExactlyElementsOf(
              calls.stream().map(call -> call.path("response_id").textValue()).toList());
      assertThat(server.requests())
          .extracting(ServedRequest::aborted)
          .containsExactly(false, false, true, false);
    }
  }

  @Test
  void callsEveryApiOfTheServer() throws Exception {
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 5, 1));
        AgentJvm app =
            AgentJvm.builder()
                .agent(null)
                .main(HttpClientApp.class.getName(), server.baseUrl(), "canned-1", "--api")
                .start()) {
      app.waitForSuccess(Duration.ofMinutes(1));
      assertThat(server.awaitIdle(30_000)).isTrue();

      List<String> lines = app.stdout().lines().toList();
      assertThat(lines).hasSize(8);
      for (String line : lines) {
        JsonNode call = new ObjectMapper().readTree(line);
        assertThat(call.has("error")).as(line).isFalse();
        assertThat(call.path("documents").asInt()).as(line).isPositive();
      }
      assertThat(server.requests()).hasSize(8).noneMatch(ServedRequest::aborted);
    }
  }
}
