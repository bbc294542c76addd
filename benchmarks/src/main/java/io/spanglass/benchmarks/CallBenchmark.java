/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import io.opentelemetry.context.Context;
import io.spanglass.call.Attempt;
import io.spanglass.call.Client;
import io.spanglass.call.Exchange;
import io.spanglass.call.InMemoryBody;
import io.spanglass.call.ModelCalls;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * All that the core does for one call, from its begin to the end of its span, with the SDK's own
 * part of it. What an adapter and the agent add is in the overhead's table.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls the setup.
public class CallBenchmark {
  private static final int CHUNKS = 200;
  private static final Client CLIENT = new Client() {};

  @Param public Sample api = Sample.CHAT_COMPLETIONS;

  private final ModelCalls calls = Core.newModelCalls();
  private RequestHead request;
  private ResponseHead documentHead;
  private ResponseHead streamHead;
  private InMemoryBody documentRequest;
  private InMemoryBody streamRequest;
  private byte[] document = {};
  private byte[][] stream = {};

  @Setup
  public void setUp() {
    request = Core.request(api);
    documentHead = Core.response("application/json");
    streamHead = Core.response(api.streamContentType());
    documentRequest = body(api.request(false));
    streamRequest = body(api.request(true));
    document = api.document().getBytes(StandardCharsets.UTF_8);
    String[] last = api.lastChunks();
    stream = new byte[CHUNKS + last.length][];
    for (int i = 0; i < stream.length; i++) {
      stream[i] = api.frame(i < CHUNKS ? api.chunk(i) : last[i - CHUNKS]);
    }
  }

  private static InMemoryBody body(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return sink -> sink.accept(bytes, 0, bytes.length);
  }

  @TearDown
  public void tearDown() {
    calls.close();
  }

  @Benchmark
  public Object call() {
    return run(documentRequest, documentHead, document);
  }

  /** A stream of 200 chunks that come one by one. */
  @Benchmark
  public Object stream() {
    return run(streamRequest, streamHead, stream);
  }

  private Object run(InMemoryBody body, ResponseHead head, byte[]... deliveries) {
    Exchange exchange = Objects.requireNonNull(calls.begin(request, body, CLIENT, Context.root()));
    Attempt attempt = exchange.attempt(null);
    attempt.requestEnd();
    attempt.head(head);
    exchange.returned();
    for (byte[] bytes : deliveries) {
      attempt.demand(1);
      attempt.bytes(bytes, 0, bytes.length, System.nanoTime());
    }
    attempt.end();
    return exchange;
  }
}
