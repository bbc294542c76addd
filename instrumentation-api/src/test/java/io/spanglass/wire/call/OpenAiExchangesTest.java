/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spanglass.testing.Pieces;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole exchanges, from the bytes to what is known of the call. */
class OpenAiExchangesTest {
  static final Path EXCHANGES = Path.of("src", "test", "resources", "exchanges");

  /** Answers of a real vLLM, which some checkouts have beside the repository. */
  private static final Path RECORDED = Path.of("..", "..", "shared", "vllm-recorded");

  private static final int RANDOM_CUTS = 20;

  static List<Path> exchanges() throws IOException {
    try (Stream<Path> files = Files.walk(EXCHANGES)) {
      return files.filter(file -> file.toString().endsWith(".http")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void factsAreThoseOfTheExchangeHoweverItIsCut(Path file) throws IOException {
    RecordedExchange.Recorded recorded = RecordedExchange.read(file);
    assertFacts(recorded.exchange(), recorded.expected());
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void theRestOfABodyThatIsCutOffIsNotInvented(Path file) throws IOException {
    RecordedExchange exchange = RecordedExchange.read(file).exchange();
    JsonNode whole = exchange.facts(Pieces::whole).get("response");
    Random random = new Random(1);
    for (int i = 0; i < RANDOM_CUTS; i++) {
      int end = random.nextInt(exchange.responseBody.length + 1);
      JsonNode part =
          exchange
              .facts(
                  (bytes, sink) ->
                      Pieces.whole(
                          bytes == exchange.responseBody ? Arrays.copyOf(bytes, end) : bytes, sink))
              .get("response");
      for (String fact : List.of("id", "model", "systemFingerprint", "serviceTier")) {
        if (part.has(fact)) {
          assertThat(part.get(fact)).isEqualTo(whole.get(fact));
        }
      }
      part.fieldNames().forEachRemaining(fact -> assertThat(whole.has(fact)).as(fact).isTrue());
    }
  }

  private static void assertFacts(RecordedExchange exchange, JsonNode expected) {
    String text = sorted(expected);
    assertThat(sorted(exchange.facts(Pieces::whole))).isEqualTo(text);
    assertThat(sorted(exchange.facts(Pieces::singly))).isEqualTo(text);
    // Without the detour over a tree, of which there would be hundred thousands.
    String whole = exchange.text(Pieces::whole);
    for (int i = 0; i < RANDOM_CUTS; i++) {
      int seed = i;
      assertThat(exchange.text((bytes, sink) -> Pieces.randomly(bytes, seed, sink)))
          .isEqualTo(whole);
    }
    int length = Math.max(exchange.requestBody.length, exchange.responseBody.length);
    for (int i = 1; i < length; i++) {
      int at = i;
      String cut =
          exchange.text((bytes, sink) -> Pieces.cut(bytes, sink, Math.min(at, bytes.length)));
      if (!cut.equals(whole)) {
        assertThat(cut).as("cut at %s", at).isEqualTo(whole);
      }
    }
  }

  private static String sorted(JsonNode node) {
    ObjectNode sorted = RecordedExchange.JACKSON.createObjectNode();
    node.properties().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            property ->
                sorted.set(
                    property.getKey(),
                    property.getValue().isObject()
                        ? read(sorted(property.getValue()))
                        : property.getValue()));
    return sorted.toPrettyString();
  }

  private static JsonNode read(String json) {
    try {
      return RecordedExchange.JACKSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** One answer of a recording: status line to the next, or to what the recorder wrote. */
  private static final Pattern ANSWER =
      Pattern.compile(
          "HTTP/1.1 (\\d+) [^\n]*\n(.*?)\r?\n\r?\n(.*?)(?=^# |^HTTP/1.1 |rc 0|\\z)",
          Pattern.DOTALL | Pattern.MULTILINE);

  private static final Pattern USAGE = Pattern.compile("\"usage\":\\s*(\\{.*)");

  @Test
  void recordedAnswersOfVllmParseAndTheirUsageIsWhatTheFileSays() throws IOException {
    Assumptions.assumeTrue(
        Files.isDirectory(RECORDED), "no recorded answers of a vLLM beside this checkout");
    List<Path> files;
    try (Stream<Path> all = Files.list(RECORDED)) {
      files = all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    int answers = 0;
    int withUsage = 0;
    for (Path file : files) {
      String text = Files.readString(file);
      String path = path(text);
      if (path == null) {
        continue;
      }
      Matcher matcher = ANSWER.matcher(text);
      while (matcher.find()) {
        String body = matcher.group(3);
        int status = Integer.parseInt(matcher.group(1));
        Map<String, String> headers = new HashMap<>();
        RecordedExchange.headers(matcher.group(2) + "\n", 0, headers);
        RecordedExchange exchange =
            new RecordedExchange(
                new RecordedExchange.Request(
                    "POST", URI.create("http://localhost" + path), Map.of()),
                "{}".getBytes(UTF_8),
                status,
                headers,
                body.getBytes(UTF_8));
        JsonNode facts = exchange.facts(Pieces::whole);
        assertFacts(exchange, facts);
        answers++;
        JsonNode response = facts.get("response");
        if (status == 200 && !body.startsWith("data: {\"error\"")) {
          assertThat(response.has("id"))
              .as(file.toString())
              .isEqualTo(!path.endsWith("/embeddings"));
          assertThat(response.has("model")).as(file.toString()).isTrue();
        }
        if (status >= 400) {
          assertThat(facts.get("end").asText()).as(file.toString()).isEqualTo("error");
        }
        List<JsonNode> usages = usages(body);
        if (usages.isEmpty()) {
          assertThat(response.has("inputTokens")).as(file.toString()).isFalse();
          assertThat(response.has("outputTokens")).as(file.toString()).isFalse();
        } else {
          withUsage++;
          JsonNode usage = usages.get(usages.size() - 1);
          assertThat(response.get("inputTokens").longValue())
              .as(file.toString())
              .isEqualTo(usage.get("prompt_tokens").longValue());
          if (path.endsWith("/embeddings")) {
            assertThat(response.has("outputTokens")).as(file.toString()).isFalse();
          } else {
            assertThat(response.get("outputTokens").longValue())
                .as(file.toString())
                .isEqualTo(usage.get("completion_tokens").longValue());
          }
          JsonNode details = usage.path("prompt_tokens_details");
          if (details.path("cached_tokens").isNumber()) {
            assertThat(response.get("cacheReadTokens").longValue())
                .isEqualTo(details.get("cached_tokens").longValue());
          }
        }
      }
    }
    assertThat(answers).isGreaterThan(25);
    assertThat(withUsage).isGreaterThan(14);
  }

  /** That of the API whose answers a recording holds; null for an API that is not known. */
  private static @Nullable String path(String recording) {
    String command = recording.lines().findFirst().orElse("");
    for (String path : List.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings")) {
      if (command.contains(path)) {
        return path;
      }
    }
    return recording.contains("\"chat.completion") ? "/v1/chat/completions" : null;
  }

  private static List<JsonNode> usages(String body) throws IOException {
    List<JsonNode> usages = new ArrayList<>();
    for (String line : body.split("\n", -1)) {
      Matcher matcher = USAGE.matcher(line);
      if (matcher.find()) {
        // Jackson reads one value and leaves what follows.
        usages.add(RecordedExchange.JACKSON.readTree(matcher.group(1)));
      }
    }
    return usages;
  }
}
