/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutletTest {
  private static final AttributeKey<List<String>> CUT = stringArrayKey("spanglass.attributes.cut");
  private static final SemconvProfile SEMCONV = SemconvProfile.V1_41;

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider tracers =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();

  private SpanData emit(Consumer<Outlet> what) {
    Outlet out = new Outlet(tracers.get("test").spanBuilder("chat"), "chat");
    Span span = out.start(1);
    what.accept(out);
    span.end();
    return spans.getFinishedSpanItems().get(0);
  }

  private Attributes attributes(Consumer<Outlet> what) {
    // A copy of the API's class: the SDK's does not equal it.
    return Attributes.builder().putAll(emit(what).getAttributes()).build();
  }

  @Test
  void whatIsShortStandsAsItIs() {
    Attributes attributes =
        attributes(
            out -> {
              out.set(SEMCONV.responseId, "c-1");
              out.setList(SEMCONV.responseFinishReasons, List.of("stop", "length"));
            });
    assertThat(attributes)
        .isEqualTo(
            Attributes.of(
                stringKey("gen_ai.response.id"),
                "c-1",
                stringArrayKey("gen_ai.response.finish_reasons"),
                List.of("stop", "length")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u00e9", "\u20ac"})
  void anIdIsWholeOrNotThere(String character) {
    int bytes = character.getBytes(UTF_8).length;
    String longest = character.repeat(Outlet.MAX_VALUE / bytes);
    Attributes attributes =
        attributes(
            out -> {
              out.set(SEMCONV.responseId, longest);
              out.set(SEMCONV.responseModel, longest + character);
            });
    assertThat(attributes.get(stringKey("gen_ai.response.id"))).isEqualTo(longest);
    assertThat(attributes.get(stringKey("gen_ai.response.model"))).isNull();
    assertThat(attributes.get(CUT)).containsExactly("gen_ai.response.model");
  }

  /** The decoders keep 256 bytes of a value, and do not say that there was more. */
  @Test
  void whatADecoderHasShortenedIsTooLong() {
    assertThat(Outlet.fits("x".repeat(256 - 3))).isFalse();
  }

  @Test
  void anErrorThatCannotBeToldIsStillAnError() {
    Attributes attributes =
        attributes(out -> out.set(SEMCONV.errorType, "e".repeat(300), Outlet.OTHER));
    assertThat(attributes.get(stringKey("error.type"))).isEqualTo("_OTHER");
    assertThat(attributes.get(CUT)).containsExactly("error.type");
  }

  @Test
  void aTextIsShortenedBetweenCharacters() {
    String text = "x" + "\ud83d\ude00".repeat(100);
    Attributes attributes =
        attributes(out -> out.setList(SEMCONV.requestStopSequences, List.of("a", text, "b")));
    List<String> told = attributes.get(stringArrayKey("gen_ai.request.stop_sequences"));
    assertThat(told).hasSize(3).startsWith("a").endsWith("b");
    String shortened = told == null ? "" : told.get(1);
    assertThat(shortened).endsWith("\ud83d\ude00\u2026").hasSizeGreaterThan(40);
    assertThat(text).startsWith(shortened.substring(0, shortened.length() - 1));
    assertThat(attributes.get(CUT)).containsExactly("gen_ai.request.stop_sequences");
  }

  @Test
  void aListKeepsItsFirstElements() {
    List<String> reasons = new ArrayList<>(List.of("stop", "length"));
    reasons.add("x".repeat(300));
    reasons.add("stop");
    Attributes attributes = attributes(out -> out.setList(SEMCONV.responseFinishReasons, reasons));
    assertThat(attributes.get(stringArrayKey("gen_ai.response.finish_reasons")))
        .containsExactly("stop", "length");
    assertThat(attributes.get(CUT)).containsExactly("gen_ai.response.finish_reasons");
    assertThat(reasons).hasSize(4);
  }

  @Test
  void aListOfNothingThatCanBeToldIsNotThere() {
    Attributes attributes =
        attributes(
            out -> out.setList(SEMCONV.responseFinishReasons, List.of("x".repeat(300), "stop")));
    assertThat(attributes.get(stringArrayKey("gen_ai.response.finish_reasons"))).isNull();
    assertThat(attributes.get(CUT)).containsExactly("gen_ai.response.finish_reasons");
  }

  @Test
  void aListOfManyIsShortened() {
    Attributes attributes =
        attributes(
            out -> out.setList(SEMCONV.responseFinishReasons, Collections.nCopies(128, "stop")));
    assertThat(attributes.get(stringArrayKey("gen_ai.response.finish_reasons")))
        .hasSize(Outlet.MAX_ELEMENTS);
    assertThat(attributes.get(CUT)).containsExactly("gen_ai.response.finish_reasons");
  }

  @Test
  void aSpanHasABoundOnTheSum() {
    Attributes attributes =
        attributes(
            out -> {
              // More attributes than there are.
              for (int i = 0; i < 100; i++) {
                out.set(
                    Concept.of(stringKey("key." + i), Concept.Kind.STRUCTURAL), "x".repeat(200));
              }
            });
    assertThat(attributes.size()).isBetween(Outlet.MAX_SPAN / 200 - 1, Outlet.MAX_SPAN / 200 + 1);
    assertThat(attributes.get(CUT)).contains("key.99").doesNotContain("key.1");
  }

  @Test
  void noContentLeaves() {
    assertThat(
            attributes(
                out -> {
                  out.set(SEMCONV.inputMessages, "a");
                  out.set(SEMCONV.outputMessages, "b");
                  out.set(SEMCONV.systemInstructions, "c");
                  out.set(SEMCONV.toolDefinitions, "d");
                }))
        .isEqualTo(Attributes.empty());
  }

  @Test
  void aConceptThatTheProfileLacksIsPassedOver() {
    assertThat(
            attributes(
                out -> {
                  out.set(Concept.<String>absent(), "x");
                  out.set(Concept.<Long>absent(), 1L);
                  out.setNumber(Concept.absent(), 1.0);
                  out.setList(Concept.absent(), List.of("x"));
                }))
        .isEqualTo(Attributes.empty());
  }

  @Test
  void aNumberIsOfItsProfilesType() {
    Concept<Number> whole = Concept.number(AttributeKey.longKey("whole"), Concept.Kind.STRUCTURAL);
    Concept<Number> other = Concept.number(AttributeKey.longKey("other"), Concept.Kind.STRUCTURAL);
    Attributes attributes =
        attributes(
            out -> {
              out.setNumber(SEMCONV.requestTopK, 4.0);
              out.setNumber(whole, 4.0);
              out.setNumber(other, 4.5);
            });
    assertThat(attributes)
        .isEqualTo(
            Attributes.of(
                AttributeKey.doubleKey("gen_ai.request.top_k"),
                4.0,
                AttributeKey.longKey("whole"),
                4L));
  }

  @Test
  void aModelThatIsTooLongIsNotInTheName() {
    assertThat(Outlet.name("chat", "m")).isEqualTo("chat m");
    assertThat(Outlet.name("chat", "m".repeat(251))).isEqualTo("chat");
    assertThat(Outlet.name("chat", null)).isEqualTo("chat");
  }
}
