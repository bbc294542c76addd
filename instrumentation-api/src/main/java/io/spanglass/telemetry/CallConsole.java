/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import io.opentelemetry.api.trace.SpanContext;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.ResponseFacts;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Prints a line for each call that has ended, for developers who have no Collector. A thread of its
 * own writes: whoever reads the output may be slow, and the application must not wait. Lines beyond
 * {@value #MAX_WAITING} that wait are dropped, and the next line says how many. Thread-safe.
 */
final class CallConsole {
  static final int MAX_WAITING = 1024;

  private static final long IDLE_SECONDS = 5;
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrintStream out;
  private final String arrow;
  private final BlockingQueue<String> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final AtomicInteger dropped = new AtomicInteger();
  private final Object lock = new Object();

  /** Ends when nothing has come for a while. */
  private @Nullable Thread writer;

  /** How many lines are not written yet, the one that is being written among them. */
  private final AtomicInteger unwritten = new AtomicInteger();

  /** On standard error as the process was given it, whatever the application has set since. */
  static CallConsole onStandardError() {
    Charset charset = Charset.defaultCharset();
    return new CallConsole(
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, charset),
        charset.canEncode() && charset.newEncoder().canEncode('\u2192'));
  }

  CallConsole(PrintStream out, boolean canArrow) {
    this.out = out;
    this.arrow = canArrow ? "\u2192" : "->";
  }

  /** Prints what is known of a call that has ended. Never blocks. */
  void print(
      String operation,
      @Nullable String requestModel,
      CallState call,
      ResponseFacts response,
      long firstTokenNanos,
      int attempts,
      SpanContext span) {
    unwritten.incrementAndGet();
    if (!waiting.offer(
        line(operation, requestModel, call, response, firstTokenNanos, attempts, span))) {
      unwritten.decrementAndGet();
      dropped.incrementAndGet();
    }
    startWriter();
  }

  private String line(
      String operation,
      @Nullable String requestModel,
      CallState call,
      ResponseFacts response,
      long firstTokenNanos,
      int attempts,
      SpanContext span) {
    StringBuilder line = new StringBuilder(160).append(operation);
    String model = requestModel != null ? requestModel : response.model;
    if (model != null) {
      line.append(' ').append(Outlet.printable(model));
    }
    if (call.isEnded()) {
      line.append("  ").append(seconds(call.duration()));
    }
    if (firstTokenNanos != CallState.UNKNOWN) {
      line.append("  first token ").append(seconds(firstTokenNanos));
    }
    tokens(line, response);
    StreamEnd end = call.end();
    line.append("  ").append(end == null ? "observed in part" : end.value());
    String errorType = end == null ? null : call.errorType();
    if (errorType != null) {
      line.append(' ').append(Outlet.printable(errorType));
    }
    if (attempts > 1) {
      line.append("  ").append(attempts).append(" attempts");
    }
    if (span.isValid()) {
      line.append("  trace=").append(span.getTraceId());
    }
    return line.toString();
  }

  private void tokens(StringBuilder line, ResponseFacts response) {
    boolean in = response.inputTokens != ResponseFacts.ABSENT;
    boolean out = response.outputTokens != ResponseFacts.ABSENT;
    if (in && out) {
      line.append("  ")
          .append(response.inputTokens)
          .append(arrow)
          .append(response.outputTokens)
          .append(" tokens");
    } else if (in || out) {
      line.append("  ")
          .append(in ? response.inputTokens : response.outputTokens)
          .append(in ? " tokens in" : " tokens out");
    }
  }

  private static String seconds(long nanos) {
    double seconds = nanos / NANOS_PER_SECOND;
    return seconds < 0.1
        ? String.format(Locale.ROOT, "%.0f ms", seconds * 1000)
        : String.format(Locale.ROOT, "%.2f s", seconds);
  }

  private void startWriter() {
    synchronized (lock) {
      if (writer == null) {
        Thread thread = new Thread(this::write, "spanglass-console");
        thread.setDaemon(true);
        // A thread of the process and not of the application that happened to call first.
        thread.setContextClassLoader(null);
        writer = thread;
        thread.start();
      }
    }
  }

  private void write() {
    while (true) {
      String line;
      try {
        line = waiting.poll(IDLE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        line = null;
      }
      if (line == null) {
        synchronized (lock) {
          if (waiting.isEmpty()) {
            writer = null;
            return;
          }
        }
        continue;
      }
      int lost = dropped.getAndSet(0);
      if (lost > 0) {
        out.println(lost + " calls are not shown: the output was too slow for them");
      }
      out.println(line);
      unwritten.decrementAndGet();
    }
  }

  /** Waits until what was printed is written, for at most so long. */
  void flush(long millis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      while (unwritten.get() > 0 && System.nanoTime() - deadline < 0) {
        Thread.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
