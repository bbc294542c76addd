/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenAiConfigTest {
  private static final String GENAI = "otel.instrumentation.genai.";

  private final List<String> warnings = new ArrayList<>();

  private GenAiConfig with(String key, String value) {
    return GenAiConfig.from(Map.of(key, value)::get, warnings::add);
  }

  @Test
  void defaults() {
    GenAiConfig config = GenAiConfig.from(key -> null, warnings::add);
    assertThat(config.isEnabled()).isTrue();
    assertThat(config.semconvProfile()).isEqualTo("1.41");
    assertThat(config.providers()).isEmpty();
    assertThat(config.observes("any.example", 443, "/any")).isTrue();
    assertThat(config.describe())
        .isEqualTo(
            "semconv-profile=1.41, include=all, exclude=none, providers=built-in,"
                + " abandoned-after=600s, capture-message-content=false")
        .isEqualTo(GenAiConfig.defaults().describe());
    assertThat(warnings).isEmpty();
  }

  @Test
  void everyKeyIsListed() throws IllegalAccessException {
    TreeSet<String> keys = new TreeSet<>();
    for (Field field : GenAiConfig.class.getDeclaredFields()) {
      Object value = Modifier.isPublic(field.getModifiers()) ? field.get(null) : null;
      if (value instanceof String key && key.startsWith("otel.")) {
        keys.add(key);
      }
    }
    assertThat(GenAiConfig.KEYS).containsExactlyInAnyOrderElementsOf(keys).hasSize(10);
  }

  @Test
  void eachListedKeyIsAskedForOnce() {
    List<String> asked = new ArrayList<>();
    GenAiConfig.from(
        key -> {
          asked.add(key);
          return null;
        },
        warnings::add);
    assertThat(asked).containsExactlyInAnyOrderElementsOf(GenAiConfig.KEYS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "otel.instrumentation.spanglass.enabled",
        GENAI + "semconv-profile",
        "otel.semconv-stability.opt-in",
        GENAI + "include",
        GENAI + "exclude",
        GENAI + "providers",
        GENAI + "abandoned-after",
        GENAI + "capture-message-content"
      })
  void aBlankValueIsNoValue(String key) {
    assertThat(with(key, " \t").describe()).isEqualTo(GenAiConfig.defaults().describe());
    assertThat(with(key, "").isEnabled()).isTrue();
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false", "FALSE, false", "' True ', true"})
  void enabled(String value, boolean enabled) {
    assertThat(with("otel.instrumentation.spanglass.enabled", value).isEnabled())
        .isEqualTo(enabled);
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1500, 1500000000",
    "250ms, 250000000",
    "30s, 30000000000",
    "2 m, 120000000000",
    "1h, 3600000000000",
    "1d, 86400000000000",
    "0, 0",
    "999999999999d, 0"
  })
  void abandonedAfter(String value, long nanos) {
    assertThat(with(GENAI + "abandoned-after", value).abandonedAfterNanos()).isEqualTo(nanos);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aDurationBeyondMeasureIsForEver() {
    assertThat(with(GENAI + "abandoned-after", "999999999999d").describe())
        .contains("abandoned-after=never");
    assertThat(with(GENAI + "abandoned-after", "999999999d").abandonedAfterNanos()).isZero();
  }

  @Test
  void aPasswordInAnAddressIsNotRepeated() {
    with(GENAI + "include", "https://user:canary@llm.example.com/v1");
    assertThat(warnings).singleElement().asString().doesNotContain("canary");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "-          | -                                                  | 1.41        | -",
        "latest     | -                                                  | latest      | -",
        "latest/dup | -                                                  | latest      | 1.41",
        "1.41/dup   | -                                                  | 1.41        | latest",
        "-          | gen_ai_latest_experimental                         | latest      | -",
        "-          | database, gen_ai_latest_experimental ,http/dup     | latest      | -",
        "-          | gen_ai_latest_experimental/dup                     | latest      | 1.41",
        "-          | gen_ai_latest_experimental/dup,gen_ai_latest_experimental | latest | 1.41",
        "-          | http,database/dup                                  | 1.41        | -",
        "-          | ,                                                  | 1.41        | -",
        "1.41       | gen_ai_latest_experimental/dup                     | 1.41        | -"
      })
  void theProfileIsOurOwnSettingElseOfTheListThatAllShare(
      @Nullable String profile, @Nullable String optIn, String spans, @Nullable String besides) {
    Map<String, @Nullable String> properties = new HashMap<>();
    properties.put(GENAI + "semconv-profile", profile);
    properties.put("otel.semconv-stability.opt-in", optIn);
    GenAiConfig config = GenAiConfig.from(properties::get, warnings::add);
    assertThat(config.semconvProfile()).isEqualTo(spans);
    assertThat(config.secondSemconvProfile()).isEqualTo(besides);
    assertThat(config.describe())
        .startsWith("semconv-profile=" + spans + (besides == null ? "" : "/dup") + ", ");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aBadProfileLeavesTheListInForceAndOneWarningSaysSo() {
    GenAiConfig config =
        GenAiConfig.from(
            Map.of(
                    GENAI + "semconv-profile",
                    "1.42",
                    "otel.semconv-stability.opt-in",
                    "gen_ai_latest_experimental/dup")
                ::get,
            warnings::add);
    assertThat(config.semconvProfile()).isEqualTo("latest");
    assertThat(warnings)
        .containsExactly(
            "otel.instrumentation.genai.semconv-profile=1.42: known is only 1.41, latest, each"
                + " with or without /dup; using latest/dup");
  }

  @Test
  void goodValuesGiveNoWarning() {
    with(GENAI + "semconv-profile", " 1.41 ");
    with(GENAI + "include", "api.openai.com, *.example.com/v1/*");
    with(GENAI + "exclude", "localhost");
    with(GENAI + "capture-message-content", "false");
    GenAiConfig config = with(GENAI + "providers", " LLM.Example.com = in house ,b=c");
    assertThat(config.providers()).isEqualTo(Map.of("llm.example.com", "in house", "b", "c"));
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "otel.instrumentation.spanglass.enabled | yes | using true",
        "otel.instrumentation.spanglass.enabled | 1 | using true",
        "otel.instrumentation.genai.semconv-profile | newest | using 1.41",
        "otel.instrumentation.genai.semconv-profile | latest/both | using 1.41",
        "otel.instrumentation.genai.semconv-profile | /dup | using 1.41",
        "otel.semconv-stability.opt-in | gen_ai_latest | using 1.41",
        "otel.semconv-stability.opt-in | gen_ai/dup | using 1.41",
        "otel.semconv-stability.opt-in | GEN_AI_LATEST_EXPERIMENTAL | using 1.41",
        "otel.instrumentation.genai.abandoned-after | soon | using 600s",
        "otel.instrumentation.genai.abandoned-after | -1s | using 600s",
        "otel.instrumentation.genai.semconv-profile | 1.41.1 | using 1.41",
        "otel.instrumentation.genai.capture-message-content | true | using false",
        "otel.instrumentation.genai.capture-message-content | maybe | using false",
        "otel.instrumentation.genai.include | https://api.openai.com | using no entry",
        "otel.instrumentation.genai.include | /v1/chat | using no entry",
        "otel.instrumentation.genai.exclude | http://* | using no entry",
        "otel.instrumentation.genai.providers | api.example.com | using no entry",
        "otel.instrumentation.genai.providers | =openai | using no entry",
        "otel.instrumentation.genai.providers | host= | using no entry",
      })
  void aBadValueGivesOneWarningThatSaysWhatIsUsed(String key, String value, String used) {
    GenAiConfig config = with(key, value);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).startsWith(key + "=" + value + ": ").endsWith("; " + used);
    assertThat(config.describe()).isEqualTo(GenAiConfig.defaults().describe());
    assertThat(config.isEnabled()).isTrue();
  }

  @Test
  void aBadEntryOfAListLeavesTheOthers() {
    GenAiConfig config = with(GENAI + "include", "a.example,,http://b.example,c.example/v1");
    assertThat(warnings).hasSize(2);
    assertThat(config.describe()).contains("include=a.example,c.example/v1,");
    warnings.clear();
    assertThat(with(GENAI + "providers", "a=b,nonsense,c=d=e").providers())
        .isEqualTo(Map.of("a", "b", "c", "d=e"));
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("nonsense");
  }

  @ParameterizedTest
  @CsvSource({
    "api.openai.com, api.openai.com, /v1/chat/completions, true",
    "API.openai.com, api.OPENAI.com, /v1, true",
    "api.openai.com, eu.api.openai.com, /v1, false",
    "*.openai.com, eu.api.openai.com, /v1, true",
    "*.openai.com, openai.com, /v1, false",
    "*, anything, /v1, true",
    "*/v1/*, anything, /v1/chat/completions, true",
    "*/v1/*, anything, /v2/chat/completions, false",
    "host/v1/chat/completions, host, /v1/chat/completions, true",
    "host/v1/chat/completions, host, /v1/chat/completions2, false",
    "host/V1, host, /v1, false",
    "host/, host, /v1, false",
    "host/*/completions, host, /a/b/completions, true",
    "h*t, host, /v1, true",
    "h*t, hos, /v1, false",
    "a*a, a, /v1, false",
    "*a*b*c*, xaxbxcx, /v1, true",
    "*a*b*c*, xaxcxbx, /v1, false",
    "**, host, /, true",
    "h.st, host, /v1, false",
    "10.0.*, 10.0.7.1, /v1, true",
    "host:443, host, /v1, true",
    "host:8000, host, /v1, false",
    "host:443/v1, host, /v1, true",
    "[::1], [::1], /v1, true",
    "[::1]:443, [::1], /v1, true",
    "'other, host', host, /v1, true",
  })
  void patterns(String pattern, String host, String path, boolean matches) {
    assertThat(with(GENAI + "include", pattern).observes(host, 443, path)).isEqualTo(matches);
    assertThat(with(GENAI + "exclude", pattern).observes(host, 443, path)).isEqualTo(!matches);
    assertThat(warnings).isEmpty();
  }

  @Test
  void excludeWinsOverInclude() {
    GenAiConfig config =
        GenAiConfig.from(
            Map.of(GENAI + "include", "*.example.com", GENAI + "exclude", "*/private/*")::get,
            warnings::add);
    assertThat(config.observes("a.example.com", 443, "/v1")).isTrue();
    assertThat(config.observes("a.example.com", 443, "/private/v1")).isFalse();
    assertThat(config.observes("other.com", 443, "/v1")).isFalse();
    assertThat(config.describe()).contains("include=*.example.com, exclude=*/private/*");
  }

  @Test
  void aPatternOfManyStarsTakesNoTimeThatGrowsWithTheirPower() {
    // 30 stars over 5000 characters: trying all ways would never end.
    GenAiConfig config = with(GENAI + "include", "*a".repeat(30) + "b");
    assertThat(config.observes("a".repeat(5000), 443, "/v1")).isFalse();
  }

  @Test
  void apisOfServersWhosePathsDoNotTellThem() {
    List<String> warnings = new ArrayList<>();
    Map<String, String> properties =
        Map.of(GenAiConfig.APIS, "tgi:8080=tgi, a/b*=tgi,c=ollama, d=vllm, =tgi, e");
    GenAiConfig config = GenAiConfig.from(properties::get, warnings::add);
    assertThat(config.apis().isTgi("TGI", 8080, "/")).isTrue();
    assertThat(config.apis().isTgi("tgi", 8081, "/")).isFalse();
    assertThat(config.apis().isTgi("tgi", 8080, "/generate")).isFalse();
    assertThat(config.apis().isTold("tgi", 8080, "/generate")).isTrue();
    assertThat(config.apis().isTgi("a", 443, "/bc")).isTrue();
    assertThat(config.apis().isTgi("a", 443, "/")).isFalse();
    assertThat(config.apis().isTgi("c", 443, "/")).isFalse();
    assertThat(config.apis().isTold("c", 443, "/api/chat")).isTrue();
    assertThat(config.apis().isTold("d", 443, "/")).isFalse();
    assertThat(warnings).hasSize(3).allMatch(warning -> warning.startsWith(GenAiConfig.APIS));
    assertThat(config.describe()).contains("apis=tgi:tgi:8080,a/b* ollama:c");
    assertThat(GenAiConfig.defaults().apis().anyTgi()).isFalse();
  }
}
