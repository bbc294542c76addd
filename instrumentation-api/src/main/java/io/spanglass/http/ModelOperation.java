/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.spanglass.telemetry.InferenceSpan;
import io.spanglass.telemetry.InternalErrors;
import io.spanglass.wire.call.CallState;
import java.lang.ref.Cleaner;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One call of an SDK, which may issue several requests: the model calls that are started in its
 * {@link #context()} are attempts of it. They share one span, which begins when the SDK was called
 * and ends with the last attempt, once the SDK has returned. No method throws, blocks or waits; all
 * may come from any thread.
 *
 * <p>An adapter of an SDK opens one around the SDK's own retries and tells when these are over:
 * {@link #onReturned()} or {@link #onFailure}. The response's body may be read after that; the span
 * then ends with it. An operation without a model call leaves no trace.
 */
public final class ModelOperation {
  private static final ContextKey<ModelOperation> KEY =
      ContextKey.named("spanglass-model-operation");

  private final long startNanos = System.nanoTime();
  private final Context parent;
  private final CallContext context;
  private final InternalErrors errors;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  /** What the first attempt was sent to. Written by it alone, before it can end. */
  private volatile @Nullable ModelRequest first;

  private volatile @Nullable InferenceSpan span;

  private volatile Cleaner.@Nullable Cleanable abandonment;

  /** What is known at one moment. Each change makes a new one, so that it is made by one thread. */
  private static final class State {
    static final State NEW = new State(0, false, null, null, null);

    final int attempts;

    /** Whether an attempt is under way. */
    final boolean open;

    /** The attempt that is under way, once it was made. */
    final @Nullable ModelCall current;

    /** How the last attempt that ended did. */
    final @Nullable CallState last;

    /** Set when the SDK's own work is over. */
    final @Nullable Return over;

    State(
        int attempts,
        boolean open,
        @Nullable ModelCall current,
        @Nullable CallState last,
        @Nullable Return over) {
      this.attempts = attempts;
      this.open = open;
      this.current = current;
      this.last = last;
      this.over = over;
    }
  }

  /** How the SDK's own work ended, and when. */
  private static final class Return {
    final @Nullable Throwable failure;
    final long nanos = System.nanoTime();

    Return(@Nullable Throwable failure) {
      this.failure = failure;
    }
  }

  ModelOperation(Context parent, InternalErrors errors) {
    this.parent = parent;
    this.errors = errors;
    this.context = new CallContext(parent.with(KEY, this), parent);
  }

  /** The innermost operation that {@code context} was made for, which may be over. */
  public static @Nullable ModelOperation fromContext(Context context) {
    return context.get(KEY);
  }

  /**
   * What is to be current while the SDK issues its requests, on whatever thread. Once it has
   * returned, making this current makes the application's context current.
   */
  public Context context() {
    return context;
  }

  /** Whether the SDK is still at work. */
  public boolean isOpen() {
    return state().over == null;
  }

  /**
   * Ends the operation when {@code holder} is collected and the SDK has not returned until then.
   *
   * @param holder what the application waits with; this operation must not refer to it
   */
  public void endWithHolder(Object holder) {
    try {
      abandonment = ModelCall.CLEANER.register(holder, this::onReturned);
      if (!isOpen()) {
        clean();
      }
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
  }

  /** The SDK has returned the response of the last attempt, whose body may still come. */
  public void onReturned() {
    end(new Return(null));
  }

  /** The SDK has given up with this exception. */
  public void onFailure(Throwable failure) {
    end(new Return(failure));
  }

  private State state() {
    // Never null; said for the checker, which does not know it.
    return Objects.requireNonNull(state.get());
  }

  private void end(Return over) {
    try {
      State before;
      State after;
      do {
        before = state();
        if (before.over != null) {
          return;
        }
        after = new State(before.attempts, before.open, before.current, before.last, over);
      } while (!state.compareAndSet(before, after));
      context.onIssued();
      clean();
      if (before.open) {
        failIfItFailed(after);
      } else if (before.last != null) {
        if (over.failure != null) {
          before.last.onFailureAfterEnd(over.failure, over.nanos);
        }
        endSpan(before.last, before.attempts);
      }
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
  }

  /** The application has an exception; nobody waits for an attempt that is still under way. */
  private static void failIfItFailed(State state) {
    if (state.over != null && state.over.failure != null && state.current != null) {
      state.current.onFailure(state.over.failure);
    }
  }

  /** Lets go of the holder's cleaner. Runs {@link #onReturned} once more, without effect. */
  private void clean() {
    Cleaner.Cleanable cleanable = abandonment;
    if (cleanable != null) {
      cleanable.clean();
    }
  }

  /** Makes a call. */
  interface CallFactory {
    ModelCall start(InferenceSpan span, long startNanos);
  }

  /** Makes the span of the operation. */
  interface SpanFactory {
    InferenceSpan start(Context parent, long startNanos);
  }

  /**
   * Starts the next attempt. Requests to elsewhere, and any that are issued while an attempt is
   * under way, are calls of their own that happen to be made in this context.
   *
   * @return null if it is no attempt of this operation
   */
  @Nullable ModelCall startAttempt(ModelRequest request, SpanFactory spans, CallFactory calls) {
    State before;
    do {
      before = state();
      if (before.over != null || before.open || !isSameTarget(request)) {
        return null;
      }
    } while (!state.compareAndSet(
        before, new State(before.attempts + 1, true, null, before.last, null)));
    // From here on this thread alone is inside, until the attempt is published.
    ModelCall call;
    try {
      InferenceSpan shared = span;
      if (shared == null) {
        first = request;
        shared = spans.start(parent, startNanos);
        span = shared;
      }
      call = calls.start(shared, startNanos);
    } catch (Throwable t) {
      onAttemptDiscarded();
      throw t;
    }
    publish(call);
    return call;
  }

  private boolean isSameTarget(ModelRequest request) {
    ModelRequest first = this.first;
    return first == null
        || (first.api() == request.api()
            && first.port() == request.port()
            && first.host().equals(request.host()));
  }

  private void publish(ModelCall call) {
    State before;
    State after;
    do {
      before = state();
      after = new State(before.attempts, true, call, before.last, before.over);
    } while (!state.compareAndSet(before, after));
    failIfItFailed(after);
  }

  /** Called once for each attempt, when it has ended. */
  void onAttemptEnd(CallState ended) {
    State before;
    State after;
    do {
      before = state();
      after = new State(before.attempts, false, null, ended, before.over);
    } while (!state.compareAndSet(before, after));
    if (after.over != null) {
      endSpan(ended, after.attempts);
    }
  }

  /**
   * The attempt under way could not be observed: it leaves no trace, as far as that is possible. If
   * it was the first, the operation is none.
   */
  void onAttemptDiscarded() {
    State before;
    State after;
    do {
      before = state();
      int attempts = before.attempts - 1;
      Return over = before.over == null && attempts == 0 ? new Return(null) : before.over;
      after = new State(attempts, false, null, before.last, over);
    } while (!state.compareAndSet(before, after));
    if (after.attempts > 0) {
      if (after.over != null && after.last != null) {
        endSpan(after.last, after.attempts);
      }
      return;
    }
    InferenceSpan unused = span;
    if (unused != null) {
      unused.discard();
    }
  }

  private void endSpan(CallState last, int attempts) {
    InferenceSpan shared = span;
    if (shared != null) {
      shared.end(last, attempts);
    }
  }
}
