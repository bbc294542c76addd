/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.openaijava.adapter;

import com.openai.core.RequestOptions;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.http.ModelCalls;
import io.spanglass.http.ModelOperation;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A call of the SDK while its method runs. No method throws. */
public final class OpenAiOperation {
  /**
   * The SDK makes options for each call and hands the same to each attempt; of what it hands down
   * only they stay the same object.
   */
  private static final VirtualField<RequestOptions, ModelOperation> OPERATION =
      VirtualField.find(RequestOptions.class, ModelOperation.class);

  private final ModelOperation operation;
  private final Scope scope;

  private OpenAiOperation(ModelOperation operation, Scope scope) {
    this.operation = operation;
    this.scope = scope;
  }

  @SuppressWarnings("MustBeClosedChecker") // Closed when the SDK's method is left.
  public static @Nullable OpenAiOperation start(@Nullable RequestOptions options) {
    try {
      ModelOperation operation = ModelCalls.global().startOperation(Context.current());
      if (options != null) {
        ModelOperation other = OPERATION.get(options);
        // An application that calls this client itself may share options between calls. Then they
        // tell nothing.
        OPERATION.set(options, other != null && other.isOpen() ? null : operation);
      }
      return new OpenAiOperation(operation, operation.context().makeCurrent());
    } catch (Throwable t) {
      swallow(t);
      return null;
    }
  }

  public void afterExecute(@Nullable Throwable thrown) {
    closeScope();
    try {
      if (thrown != null) {
        operation.onFailure(thrown);
      } else {
        operation.onReturned();
      }
    } catch (Throwable t) {
      swallow(t);
    }
  }

  public void afterExecuteAsync(@Nullable CompletableFuture<?> future, @Nullable Throwable thrown) {
    if (thrown != null || future == null) {
      afterExecute(thrown);
      return;
    }
    closeScope();
    try {
      ModelOperation operation = this.operation;
      // Beside the application's own stages: what it gets is the SDK's future.
      CompletableFuture<?> unused =
          future.whenComplete(
              (response, failure) -> {
                if (failure != null) {
                  operation.onFailure(failure);
                } else {
                  operation.onReturned();
                }
              });
      operation.endWithHolder(future);
    } catch (Throwable t) {
      swallow(t);
    }
  }

  private void closeScope() {
    try {
      scope.close();
    } catch (Throwable t) {
      swallow(t);
    }
  }

  /** Makes the operation current for an attempt that is issued on a thread that lacks it. */
  @SuppressWarnings("MustBeClosedChecker") // Closed when the client's method is left.
  public static @Nullable Scope resume(@Nullable RequestOptions options) {
    try {
      ModelOperation operation = options == null ? null : OPERATION.get(options);
      if (operation == null
          || !operation.isOpen()
          || ModelOperation.fromContext(Context.current()) == operation) {
        return null;
      }
      return operation.context().makeCurrent();
    } catch (Throwable t) {
      swallow(t);
      return null;
    }
  }

  private static void swallow(Throwable failure) {
    try {
      ModelCalls.global().internalErrors().swallow("adapter", failure);
    } catch (Throwable ignored) {
      // There is nowhere left to report to.
    }
  }
}
