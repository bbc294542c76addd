/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.call.InMemoryBody;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A publisher of the JDK that has its body in memory. It knows this subscriber and shows it the
 * bytes without publishing anything.
 */
public final class InMemoryPublisher implements InMemoryBody, Flow.Subscriber<ByteBuffer> {
  private final HttpRequest.BodyPublisher publisher;
  private @Nullable Sink sink;
  private boolean shown;

  private InMemoryPublisher(HttpRequest.BodyPublisher publisher) {
    this.publisher = publisher;
  }

  /** Returns null for any other: the application's own is subscribed to by no one else. */
  static @Nullable InMemoryPublisher of(HttpRequest.@Nullable BodyPublisher publisher) {
    if (publisher == null) {
      return null;
    }
    String name = publisher.getClass().getName();
    return name.equals("jdk.internal.net.http.RequestPublishers$ByteArrayPublisher")
            || name.equals("jdk.internal.net.http.RequestPublishers$StringPublisher")
        ? new InMemoryPublisher(publisher)
        : null;
  }

  @Override
  public void writeTo(Sink sink) {
    this.sink = sink;
    publisher.subscribe(this);
  }

  @Override
  public boolean isShown() {
    return shown;
  }

  /** Returns whether this was a look of ours, and no subscription. */
  public static boolean take(
      Flow.Subscriber<?> subscriber, byte[] content, int offset, int length) {
    if (!(subscriber instanceof InMemoryPublisher)) {
      return false;
    }
    ((InMemoryPublisher) subscriber).shown = true;
    Sink sink = ((InMemoryPublisher) subscriber).sink;
    if (sink != null) {
      sink.accept(content, offset, length);
    }
    return true;
  }

  // Reached only if the publisher could not be hooked; nothing is asked of it then.

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.cancel();
  }

  @Override
  public void onNext(ByteBuffer item) {}

  @Override
  public void onError(Throwable failure) {}

  @Override
  public void onComplete() {}
}
