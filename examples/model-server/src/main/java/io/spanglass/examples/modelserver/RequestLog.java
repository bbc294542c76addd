/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.modelserver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The last requests, oldest first. One lock guards the log and its entries. */
final class RequestLog {

  static final int CAPACITY = 1000;

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private int inFlight;

  /** Notes that a request has arrived; {@link Entry#end} must follow. */
  synchronized Entry begin(long receivedNanos, @Nullable String traceparent) {
    if (entries.size() == CAPACITY) {
      entries.removeFirst();
    }
    Entry entry = new Entry(receivedNanos, traceparent);
    entries.addLast(entry);
    inFlight++;
    return entry;
  }

  synchronized List<ServedRequest> snapshot() {
    List<ServedRequest> result = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      result.add(entry.snapshot());
    }
    return result;
  }

  /** Waits until no request is being answered; false if that took longer than the time given. */
  synchronized boolean awaitIdle(long timeoutMs) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (inFlight > 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  final class Entry {
    private final long receivedNanos;
    private final @Nullable String traceId;
    private final @Nullable String parentSpanId;
    private @Nullable String id;
    private @Nullable String model;
    private boolean stream;
    private @Nullable Integer status;
    private @Nullable Long inputTokens;
    private @Nullable Long outputTokens;
    private @Nullable Double firstTokenMs;
    private boolean aborted;

    private Entry(long receivedNanos, @Nullable String traceparent) {
      this.receivedNanos = receivedNanos;
      // version "-" trace-id "-" parent-id "-" flags, https://www.w3.org/TR/trace-context/
      if (traceparent != null
          && traceparent.matches("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.*")) {
        traceId = traceparent.substring(3, 35);
        parentSpanId = traceparent.substring(36, 52);
      } else {
        traceId = null;
        parentSpanId = null;
      }
    }

    long receivedNanos() {
      return receivedNanos;
    }

    void request(@Nullable String requestModel, boolean requestStream) {
      synchronized (RequestLog.this) {
        model = requestModel;
        stream = requestStream;
      }
    }

    void answer(String responseId, long input) {
      synchronized (RequestLog.this) {
        id = responseId;
        inputTokens = input;
      }
    }

    void firstTokenWritten(long nowNanos) {
      synchronized (RequestLog.this) {
        if (firstTokenMs == null) {
          firstTokenMs = (nowNanos - receivedNanos) / 1e6;
        }
      }
    }

    void outputTokens(long output) {
      synchronized (RequestLog.this) {
        outputTokens = output;
      }
    }

    void aborted() {
      synchronized (RequestLog.this) {
        aborted = true;
      }
    }

    void status(int httpStatus) {
      synchronized (RequestLog.this) {
        status = httpStatus;
      }
    }

    void end() {
      synchronized (RequestLog.this) {
        inFlight--;
        RequestLog.this.notifyAll();
      }
    }

    private ServedRequest snapshot() {
      return new ServedRequest(
          id,
          traceId,
          parentSpanId,
          model,
          stream,
          status,
          inputTokens,
          outputTokens,
          firstTokenMs,
          aborted);
    }
  }
}
