/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

/** How the application makes a call and how it takes the body. */
public enum Way {
  BLOCKING_WHOLE(Feature.BLOCKING, Feature.WHOLE),
  BLOCKING_STREAM(Feature.BLOCKING, Feature.STREAM),
  BLOCKING_PUSH(Feature.BLOCKING, Feature.PUSH),
  ASYNC_WHOLE(Feature.ASYNC, Feature.WHOLE),
  ASYNC_STREAM(Feature.ASYNC, Feature.STREAM),
  ASYNC_PUSH(Feature.ASYNC, Feature.PUSH);

  private final Feature call;
  private final Feature body;

  Way(Feature call, Feature body) {
    this.call = call;
    this.body = body;
  }

  /** {@link Feature#BLOCKING} or {@link Feature#ASYNC}. */
  public Feature call() {
    return call;
  }

  /** {@link Feature#WHOLE}, {@link Feature#STREAM} or {@link Feature#PUSH}. */
  public Feature body() {
    return body;
  }

  public boolean isAsync() {
    return call == Feature.ASYNC;
  }
}
