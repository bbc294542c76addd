/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.spanglass.wire.decode.RequestReader;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A request of 20 MB with an image in base64, read in the pieces that a client sends. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestBenchmark {
  private static final int PIECE = 16 * 1024;

  @Param public Sample api = Sample.CHAT_COMPLETIONS;

  private byte[] request = {};
  private final JsonFactory jackson = new JsonFactory();

  @Setup
  public void setUp() {
    request = api.requestWithImage(20 * 1024 * 1024).getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public Object decode() {
    RequestReader reader =
        Objects.requireNonNull(WireApis.byPath("POST", api.path()))
            .newRequestReader(Core.request(api));
    for (int at = 0; at < request.length; at += PIECE) {
      reader.onBytes(request, at, Math.min(PIECE, request.length - at));
    }
    if (!reader.isComplete()) {
      throw new IllegalStateException("the request was not read to its end");
    }
    reader.close();
    return reader.facts();
  }

  /** Jackson's blocking parser, which has the whole document at hand. */
  @Benchmark
  public long jackson() throws IOException {
    long tokens = 0;
    try (JsonParser parser = jackson.createParser(request)) {
      while (parser.nextToken() != null) {
        tokens++;
      }
    }
    return tokens;
  }
}
