/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.spanglass.wire.decode.RequestDecoder;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.DocumentFraming;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A request of 20 MB with an image in base64, read in the pieces that a client sends. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class RequestBenchmark {
  private static final int PIECE = 16 * 1024;

  private final byte[] request = ChatStream.requestWithImage(20 * 1024 * 1024);
  private final JsonFactory jackson = new JsonFactory();

  @Benchmark
  public Object spanglass() {
    RequestDecoder decoder =
        Objects.requireNonNull(WireApis.byPath("POST", "/v1/chat/completions")).newRequestDecoder();
    BodyReader reader = new BodyReader(new DocumentFraming(decoder), null);
    for (int at = 0; at < request.length; at += PIECE) {
      reader.onBytes(request, at, Math.min(PIECE, request.length - at));
    }
    reader.onEnd();
    return decoder.facts();
  }

  @Benchmark
  public long jacksonStreaming() throws IOException {
    long names = 0;
    try (JsonParser parser = jackson.createParser(request)) {
      while (parser.nextToken() != null) {
        names++;
      }
    }
    return names;
  }
}
