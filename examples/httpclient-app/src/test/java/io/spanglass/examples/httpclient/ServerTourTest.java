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
import io.spanglass.examples.modelserver.ServerOptions;
import io.spanglass.testing.AgentJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ServerTourTest {

  @Test
  void goesOnAfterEachLineAndSaysWhatCameOfEachCall() throws Exception {
    List<JsonNode> calls = new ArrayList<>();
    try (ModelServer server = ModelServer.start(new ServerOptions(0, 5, 10));
        AgentJvm app =
            AgentJvm.builder()
                .agent(null)
                .main(
                    ServerTour.class.getName(),
                    server.baseUrl(),
                    "canned-1",
                    server.baseUrl(),
                    "canned-1",
                    "--step")
                .start()) {
      for (int i = 0; i < 17; i++) {
        app.writeLine("go on");
      }
      app.waitForSuccess(Duration.ofMinutes(2));
      for (String line : app.stdout().lines().toList()) {
        calls.add(new ObjectMapper().readTree(line));
      }
    }
    assertThat(calls).hasSize(17);
    Set<String> names =
        calls.stream().map(call -> call.path("call").asText()).collect(Collectors.toSet());
    assertThat(names).hasSize(17).contains("too long a prompt", "embeddings in base64");
    assertThat(calls.subList(0, 6))
        .extracting(
            call -> call.path("stream").asBoolean(),
            call -> call.path("status").asInt(),
            call -> call.path("completion_tokens").isNumber(),
            call -> call.path("cancelled").asBoolean())
        .startsWith(
            tuple(false, 200, true, false),
            tuple(true, 200, true, false),
            tuple(true, 200, false, false))
        .endsWith(tuple(true, 200, false, true), tuple(true, 200, false, true));
    assertThat(calls.get(6).path("status").asInt()).isEqualTo(404);
    assertThat(calls.get(6).has("error")).isTrue();
  }
}
