/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.opentelemetry.context.Context;
import io.spanglass.call.Attempt;
import io.spanglass.call.Client;
import io.spanglass.call.Exchange;
import io.spanglass.call.ModelCalls;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One chunk of a stream, from its bytes to what is known of it; each lies in an array of its own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls the setup.
public class ChunkBenchmark {
  private static final int CHUNKS = 100;

  @Param public Sample api = Sample.CHAT_COMPLETIONS;
  @Param public Shape shape = Shape.ALIKE;

  private byte[][] frames = {};
  private byte[][] documents = {};
  private final JsonFactory jackson = new JsonFactory();

  private final Sink sink = new Sink();
  private ResponseReader reader;
  private final ModelCalls calls = Core.newModelCalls();
  private Attempt attempt;

  /** What a decoder tells; kept so that nothing can be optimized away. */
  private static final class Sink implements ResponseListener {
    private long chunks;
    private int kinds;

    @Override
    public void onChunk(int outputKinds, boolean hasChoices) {
      chunks++;
      kinds |= outputKinds;
    }

    @Override
    public void onTerminator() {
      chunks--;
    }

    long total() {
      return chunks + kinds;
    }
  }

  @Setup
  public void setUp() {
    documents = new byte[CHUNKS][];
    frames = new byte[CHUNKS][];
    for (int i = 0; i < CHUNKS; i++) {
      String chunk = shape.apply(api.chunk(i), i);
      documents[i] = chunk.getBytes(StandardCharsets.UTF_8);
      frames[i] = api.frame(chunk);
    }
    reader =
        Objects.requireNonNull(WireApis.byPath("POST", api.path()))
            .newResponseReader(Core.request(api), Core.response(api.streamContentType()), sink);
    byte[] request = api.request(true).getBytes(StandardCharsets.UTF_8);
    Exchange exchange =
        Objects.requireNonNull(
            calls.begin(
                Core.request(api),
                body -> body.accept(request, 0, request.length),
                new Client() {},
                Context.root()));
    attempt = exchange.attempt(null);
    attempt.head(Core.response(api.streamContentType()));
    exchange.returned();
  }

  @TearDown
  public void tearDown() {
    attempt.closed();
    calls.close();
  }

  /** Framing and decoding alone. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long decode() {
    for (byte[] frame : frames) {
      reader.onBytes(frame, 0, frame.length);
    }
    return sink.total();
  }

  /** All that a client's thread does for a chunk, with the SDK recording metrics. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public Object wholePath() {
    for (byte[] frame : frames) {
      attempt.demand(1);
      attempt.bytes(frame, 0, frame.length, System.nanoTime());
    }
    return attempt;
  }

  /**
   * Jackson's blocking parser, which looks at the same fields. It gets the bare documents, each
   * whole, and so has no frames to find.
   */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long jackson() throws IOException {
    long seen = 0;
    for (byte[] document : documents) {
      try (JsonParser parser = jackson.createParser(document)) {
        seen += read(parser);
      }
    }
    return seen;
  }

  private static long read(JsonParser parser) throws IOException {
    long seen = 0;
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (token != JsonToken.FIELD_NAME) {
        continue;
      }
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "content", "text", "reasoning_content" -> {
          if (value == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
            seen |= 1;
          }
        }
        case "finish_reason", "stop_reason", "type" -> {
          if (value == JsonToken.VALUE_STRING) {
            seen |= 2;
          }
        }
        case "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens" ->
            seen += parser.getLongValue();
        default -> {}
      }
    }
    return seen;
  }
}
