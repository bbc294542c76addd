/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.openaijava.adapter;

import com.openai.core.RequestOptions;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.call.Exchange;
import io.spanglass.call.Guard;
import io.spanglass.call.ModelCalls;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call of the SDK while its method runs. Advice calls these methods and catches what they throw.
 */
public final class OpenAiOperation {
  /**
   * The SDK makes options for each call and hands the same to each attempt; of what it hands down
   * only they stay the same object.
   */
  private static final VirtualField<RequestOptions, Exchange> EXCHANGE =
      VirtualField.find(RequestOptions.class, Exchange.class);

  private final Exchange exchange;
  private final Scope scope;

  @SuppressWarnings("MustBeClosedChecker") // Closed when the SDK's method is left.
  private OpenAiOperation(Exchange exchange) {
    this.exchange = exchange;
    this.scope = exchange.context().makeCurrent();
  }

  public static OpenAiOperation begin(@Nullable RequestOptions options) {
    Exchange exchange = ModelCalls.global().beginOperation(Context.current());
    if (options != null) {
      Exchange other = EXCHANGE.get(options);
      // An application that calls this client itself may share options between calls. Then they
      // tell nothing.
      EXCHANGE.set(options, other != null && other.isOpen() ? null : exchange);
    }
    return new OpenAiOperation(exchange);
  }

  public void end(@Nullable Throwable thrown) {
    try {
      scope.close();
    } finally {
      end(exchange, thrown);
    }
  }

  public void end(@Nullable CompletableFuture<?> future, @Nullable Throwable thrown) {
    if (thrown != null || future == null) {
      end(thrown);
      return;
    }
    try {
      scope.close();
    } finally {
      Exchange exchange = this.exchange;
      // Beside the application's own stages: what it gets is the SDK's future.
      CompletableFuture<?> unused =
          future.whenComplete((response, failure) -> Guard.run(() -> end(exchange, failure)));
      exchange.endWith(future);
    }
  }

  private static void end(Exchange exchange, @Nullable Throwable failure) {
    if (failure == null) {
      exchange.returned();
    } else {
      exchange.failed(failure);
    }
  }

  /** Makes the call current for an attempt that is issued on a thread that lacks it. */
  @SuppressWarnings("MustBeClosedChecker") // Closed when the client's method is left.
  public static @Nullable Scope resume(@Nullable RequestOptions options) {
    Exchange exchange = options == null ? null : EXCHANGE.get(options);
    return exchange == null
            || !exchange.isOpen()
            || ModelCalls.current(Context.current()) == exchange
        ? null
        : exchange.context().makeCurrent();
  }
}
