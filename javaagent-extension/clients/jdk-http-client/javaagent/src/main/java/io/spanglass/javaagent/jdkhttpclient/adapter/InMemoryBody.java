/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.jdkhttpclient.adapter;

import io.spanglass.http.ModelRequest;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;

/**
 * Looks into a publisher of the JDK that has its body in memory. Such a publisher knows this
 * subscriber and shows it the bytes without publishing anything.
 */
public final class InMemoryBody implements Flow.Subscriber<ByteBuffer> {
  private final ModelRequest request;

  private InMemoryBody(ModelRequest request) {
    this.request = request;
  }

  /**
   * Does nothing for any other publisher: the application's own is subscribed to by no one else.
   */
  static void preview(HttpRequest.BodyPublisher publisher, ModelRequest request) {
    String name = publisher.getClass().getName();
    if (name.equals("jdk.internal.net.http.RequestPublishers$ByteArrayPublisher")
        || name.equals("jdk.internal.net.http.RequestPublishers$StringPublisher")) {
      publisher.subscribe(new InMemoryBody(request));
    }
  }

  /** Returns whether this was a look of ours, and no subscription. */
  public static boolean take(
      Flow.Subscriber<?> subscriber, byte[] content, int offset, int length) {
    if (!(subscriber instanceof InMemoryBody)) {
      return false;
    }
    int read = Math.min(length, ModelRequest.PREVIEW_LIMIT);
    ((InMemoryBody) subscriber).request.onPreview(content, offset, read, read == length);
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
