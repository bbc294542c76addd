/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.Redactor;
import io.spanglass.redaction.exporters.RedactingSpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A batch of 512 ordinary spans through the wrapper; what is told is the time for one of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExporterBenchmark {
  private static final int SPANS = 512;

  /** Keeps what it is given, or nothing. */
  private static final class Keeper implements SpanExporter {
    private final List<SpanData> kept = new ArrayList<>();
    private final boolean keeps;

    Keeper(boolean keeps) {
      this.keeps = keeps;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      if (keeps) {
        kept.addAll(spans);
      }
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private final SpanExporter secrets =
      RedactingSpanExporter.wrap(new Keeper(false), Redactor.of(RedactionPolicy.secretsOnly()));
  private final SpanExporter strict = RedactingSpanExporter.wrap(new Keeper(false));
  private List<SpanData> spans = List.of();

  @Setup
  public void setUp() {
    Keeper keeper = new Keeper(true);
    try (SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(keeper)).build()) {
      for (int i = 0; i < SPANS; i++) {
        provider
            .get("io.opentelemetry.okhttp")
            .spanBuilder("chat gpt-4o-mini")
            .setAttribute("gen_ai.operation.name", "chat")
            .setAttribute("gen_ai.request.model", "gpt-4o-mini")
            .setAttribute("gen_ai.response.id", "chatcmpl-A1b2C3d4E5f6G7h8I9j0K")
            .setAttribute("gen_ai.usage.input_tokens", 123L)
            .setAttribute("gen_ai.usage.output_tokens", 45L)
            .setAttribute("server.address", "api.example.com")
            .setAttribute("server.port", 443L)
            .setAttribute("http.request.method", "POST")
            .setAttribute("url.full", "https://api.example.com/v1/chat/completions")
            .setAttribute("http.response.status_code", 200L)
            .startSpan()
            .end();
      }
    }
    spans = keeper.kept;
  }

  @Benchmark
  @OperationsPerInvocation(SPANS)
  public CompletableResultCode secretsOnly() {
    return secrets.export(spans);
  }

  @Benchmark
  @OperationsPerInvocation(SPANS)
  public CompletableResultCode strict() {
    return strict.export(spans);
  }
}
