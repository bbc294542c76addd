/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * The context of a call, with its span in it, for as long as the request is being issued.
 * Afterwards making it current makes the application's context current.
 *
 * <p>Instrumentations of asynchronous clients keep the context that they found and run the
 * application's callbacks in it. Those are not part of the call: what the application does with an
 * answer belongs under the application's span, where it is without us.
 */
final class CallContext implements Context {
  private final Context call;
  private final Context application;
  private volatile boolean issued;

  CallContext(Context call, Context application) {
    this.call = call;
    this.application = application;
  }

  void onIssued() {
    issued = true;
  }

  @Override
  public <V> @Nullable V get(ContextKey<V> key) {
    return call.get(key);
  }

  @Override
  public <V> Context with(ContextKey<V> key, V value) {
    return call.with(key, value);
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Scope makeCurrent() {
    return issued ? application.makeCurrent() : Context.super.makeCurrent();
  }
}
