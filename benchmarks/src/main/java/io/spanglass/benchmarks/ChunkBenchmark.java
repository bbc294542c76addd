/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.SseFraming;
import java.io.IOException;
import java.util.Objects;
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

/**
 * Frame and decode of one chunk of a stream, without capture. Jackson gets the bare documents and
 * so has no frames to find; it looks at the same fields.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ChunkBenchmark {
  private static final int CHUNKS = 100;

  private final byte[][] events = ChatStream.events(CHUNKS);
  private final byte[][] spaced = ChatStream.withSpaces(events);
  private final byte[][] changing = ChatStream.changing(CHUNKS);
  private final byte[][] changingSpaced = ChatStream.withSpaces(changing);
  private final byte[][] documents = ChatStream.chunks(CHUNKS);
  private final JsonFactory jackson = new JsonFactory();

  private final Sink sink = new Sink();
  private BodyReader reader = newReader();

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

  private BodyReader newReader() {
    WireApi api = Objects.requireNonNull(WireApis.byPath("POST", "/v1/chat/completions"));
    ResponseDecoder decoder = api.newResponseDecoder(sink);
    return new BodyReader(new SseFraming(decoder), null);
  }

  @Setup
  public void setUp() {
    reader = newReader();
  }

  /** Each chunk looks like the one before, as in nearly all streams. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long hit() {
    return read(events);
  }

  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long hitSpaces() {
    return read(spaced);
  }

  /** No chunk looks like one of the last, and all of them are parsed. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long miss() {
    return read(changing);
  }

  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long missSpaces() {
    return read(changingSpaced);
  }

  private long read(byte[][] events) {
    for (byte[] event : events) {
      reader.onBytes(event, 0, event.length);
    }
    return sink.total();
  }

  /** Jackson's blocking parser, which needs a whole document at hand. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long jacksonStreaming() throws IOException {
    long seen = 0;
    for (byte[] document : documents) {
      try (JsonParser parser = jackson.createParser(document)) {
        seen += read(parser);
      }
    }
    return seen;
  }

  /** Jackson's non-blocking parser, which could be fed from buffers as they come. */
  @Benchmark
  @OperationsPerInvocation(CHUNKS)
  public long jacksonNonBlocking() throws IOException {
    long seen = 0;
    for (byte[] document : documents) {
      try (JsonParser parser = jackson.createNonBlockingByteArrayParser()) {
        ByteArrayFeeder feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
        feeder.feedInput(document, 0, document.length);
        feeder.endOfInput();
        seen += read(parser);
      }
    }
    return seen;
  }

  /** Depth tells where a name stands; enough for the fields in question. */
  private static long read(JsonParser parser) throws IOException {
    long seen = 0;
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (token != JsonToken.FIELD_NAME) {
        continue;
      }
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "content", "reasoning_content" -> {
          if (value == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
            seen |= 1;
          }
        }
        case "finish_reason" -> {
          if (value == JsonToken.VALUE_STRING) {
            seen |= 2;
          }
        }
        case "prompt_tokens", "completion_tokens" -> seen += parser.getLongValue();
        default -> {}
      }
    }
    return seen;
  }
}
