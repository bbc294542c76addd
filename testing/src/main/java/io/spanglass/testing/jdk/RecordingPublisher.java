/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Flow;

/** A publisher of the application that delivers on demand and writes down what is asked of it. */
final class RecordingPublisher implements BodyPublisher {

  private final List<byte[]> pieces;
  private final long contentLength;
  private final boolean fails;
  private final List<String> events = new ArrayList<>();

  /**
   * A publisher.
   *
   * @param contentLength -1 for unknown
   * @param fails whether it ends with an error instead of the last piece
   */
  RecordingPublisher(List<byte[]> pieces, long contentLength, boolean fails) {
    this.pieces = pieces;
    this.contentLength = contentLength;
    this.fails = fails;
  }

  @Override
  public long contentLength() {
    return contentLength;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    record("subscribe");
    Deque<byte[]> left = new ArrayDeque<>(pieces);
    subscriber.onSubscribe(
        new Flow.Subscription() {

          private long demand;
          private boolean emitting;
          private boolean done;

          @Override
          public void request(long n) {
            record("request " + n);
            synchronized (this) {
              demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
              if (emitting || done) {
                return;
              }
              emitting = true;
            }
            emit();
          }

          private void emit() {
            while (true) {
              byte[] next;
              synchronized (this) {
                if (done || demand == 0) {
                  emitting = false;
                  return;
                }
                demand--;
                next = left.poll();
              }
              if (next == null || (fails && left.isEmpty())) {
                done = true;
                if (fails) {
                  subscriber.onError(new IllegalStateException("application's publisher"));
                } else {
                  subscriber.onComplete();
                }
                return;
              }
              subscriber.onNext(ByteBuffer.wrap(next));
            }
          }

          @Override
          public void cancel() {
            if (!done) {
              record("cancel");
            }
            done = true;
          }
        });
  }

  private synchronized void record(String event) {
    events.add(event);
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }
}
