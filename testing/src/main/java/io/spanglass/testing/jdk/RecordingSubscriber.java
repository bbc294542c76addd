/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Transcript;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A subscriber of the application that writes down every call and asks for one item at a time. */
final class RecordingSubscriber implements BodySubscriber<byte[]> {

  /** Where the application throws. */
  enum Fault {
    NONE,
    ON_SUBSCRIBE,
    ON_NEXT,
    ON_COMPLETE,
    GET_BODY
  }

  private final Fault fault;
  private final long demand;
  private final int cancelAfter;
  private final IntConsumer received;

  private final List<String> events = new ArrayList<>();
  private final Set<String> threads = new TreeSet<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> body = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;
  private boolean cancelled;

  /**
   * A subscriber.
   *
   * @param demand what each {@code request} asks for
   * @param cancelAfter number of bytes after which the subscription is cancelled, -1 for never
   * @param received called with the number of bytes so far after each item
   */
  RecordingSubscriber(Fault fault, long demand, int cancelAfter, IntConsumer received) {
    this.fault = fault;
    this.demand = demand;
    this.cancelAfter = cancelAfter;
    this.received = received;
  }

  RecordingSubscriber() {
    this(Fault.NONE, 1, -1, n -> {});
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    if (fault == Fault.GET_BODY) {
      throw new IllegalStateException("application's getBody");
    }
    return body;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    record("onSubscribe");
    if (fault == Fault.ON_SUBSCRIBE) {
      throw new IllegalStateException("application's onSubscribe");
    }
    this.subscription = subscription;
    subscription.request(demand);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    int count = 0;
    boolean writable = false;
    for (ByteBuffer buffer : buffers) {
      writable |= !buffer.isReadOnly();
      byte[] piece = new byte[buffer.remaining()];
      buffer.get(piece);
      synchronized (this) {
        bytes.writeBytes(piece);
      }
      count += piece.length;
    }
    record("onNext " + count + (writable ? " writable" : ""));
    if (fault == Fault.ON_NEXT) {
      throw new IllegalStateException("application's onNext");
    }
    int total = size();
    if (cancelAfter >= 0 && total >= cancelAfter && !cancelled && subscription != null) {
      cancelled = true;
      record("cancel");
      subscription.cancel();
      body.complete(bytes());
    } else if (subscription != null && demand != Long.MAX_VALUE) {
      subscription.request(demand);
    }
    received.accept(total);
  }

  @Override
  public void onError(Throwable throwable) {
    record("onError " + throwable.getClass().getName());
    body.completeExceptionally(throwable);
  }

  @Override
  public void onComplete() {
    record("onComplete");
    if (fault == Fault.ON_COMPLETE) {
      throw new IllegalStateException("application's onComplete");
    }
    body.complete(bytes());
  }

  private synchronized void record(String event) {
    if (events.contains("cancel")) {
      // Whether the client still calls depends on how far it had come.
      return;
    }
    events.add(event);
    threads.add(Transcript.threadPattern());
  }

  private synchronized int size() {
    return bytes.size();
  }

  private synchronized byte[] bytes() {
    return bytes.toByteArray();
  }

  /** The calls one by one: for exchanges in which the server waits for the application. */
  synchronized List<String> events() {
    return List.copyOf(events);
  }

  /** The calls with successive items taken together: how they are cut is the network's choice. */
  synchronized List<String> eventsWithoutSizes() {
    List<String> merged = new ArrayList<>();
    for (String event : events) {
      String kind = event.startsWith("onNext") ? "onNext" : event;
      if (merged.isEmpty() || !merged.get(merged.size() - 1).equals(kind)) {
        merged.add(kind);
      }
    }
    return merged;
  }

  synchronized Set<String> threads() {
    return new TreeSet<>(threads);
  }
}
