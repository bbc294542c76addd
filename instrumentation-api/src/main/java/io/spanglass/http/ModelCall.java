/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import io.opentelemetry.context.Context;
import io.spanglass.telemetry.InferenceSpan;
import io.spanglass.telemetry.InternalErrors;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.RequestFacts;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One model call as a client adapter tells of it. No method throws, blocks or waits.
 *
 * <p>Threads: {@link #beforeDelivery()}, {@link #afterDelivery} and {@link #onResponseEnd()} come
 * from whatever thread delivers the response, one at a time, as the client delivers it. All ways in
 * which a call can end may come at any time from any thread; the first one counts. An end that
 * comes while a delivery is under way is carried out by the delivering thread when it is done, so
 * that an application that reads the last chunk and closes at once has read the whole answer. See
 * {@code docs/concurrency.md}.
 */
public final class ModelCall {
  static final Cleaner CLEANER = Cleaner.create();

  private static final int IDLE = 0;

  /** The application is being given something that we look at afterwards. */
  private static final int DELIVERING = 1;

  /** The span has ended, or is about to. Final. */
  private static final int ENDED = 2;

  private final ModelRequest request;
  private final InferenceSpan span;

  /** What this is an attempt of, and who then ends the span; null for a call of its own. */
  private final @Nullable ModelOperation operation;

  private final CallState state;
  private final CallContext context;
  private final InternalErrors errors;
  private final LiveCalls liveCalls;

  /** Who may touch {@link #state}: whoever moved the phase out of IDLE. */
  private final AtomicInteger phase = new AtomicInteger(IDLE);

  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();

  /** Set when the application has got the response or an exception from the client. */
  private volatile boolean returned;

  private volatile @Nullable Throwable bodyFailure;

  /** How many deliveries the application has asked for and not got; capped, for "all there is". */
  private final AtomicLong demand = new AtomicLong();

  /** When the application was last given, or asked for, something. */
  private volatile long activityNanos;

  private volatile Cleaner.@Nullable Cleanable abandonment;

  /** How a call ended, and when. */
  private static final class Ending {
    final @Nullable StreamEnd how;
    final @Nullable Throwable failure;
    final long nanos = System.nanoTime();

    /** Both null: the response is over. Only a failure: its type says how. */
    Ending(@Nullable StreamEnd how, @Nullable Throwable failure) {
      this.how = how;
      this.failure = failure;
    }
  }

  /**
   * @param startNanos when the call began, which times count from: for a later attempt of an
   *     operation before this request was issued
   */
  ModelCall(
      ModelRequest request,
      InferenceSpan span,
      @Nullable ModelOperation operation,
      Context parent,
      long startNanos,
      InternalErrors errors,
      LiveCalls liveCalls) {
    this.liveCalls = liveCalls;
    this.activityNanos = System.nanoTime();
    this.request = request;
    this.span = span;
    this.operation = operation;
    this.context = new CallContext(span.in(parent), parent);
    this.errors = errors;
    this.state = new CallState(request.api(), startNanos, span);
    RequestFacts facts = request.facts();
    if (facts != null) {
      state.onRequest(facts);
    }
    request.attach(this);
    liveCalls.add(this);
  }

  /**
   * What is to be current while the client issues the request: this call's span is in it. {@link
   * #onIssued()} must follow.
   */
  public Context context() {
    return context;
  }

  /** The client's method is left; what it starts from now on is not part of issuing the request. */
  public void onIssued() {
    context.onIssued();
  }

  public ModelRequest request() {
    return request;
  }

  void onRequestFacts(RequestFacts facts) {
    state.onRequest(facts);
  }

  /**
   * Ends the call as abandoned when {@code holder} is collected before it ended otherwise.
   *
   * @param holder what the client keeps as long as bytes can come; this call must not refer to it
   */
  public void endWithHolder(Object holder) {
    try {
      abandonment = CLEANER.register(holder, () -> end(new Ending(StreamEnd.ABANDONED, null)));
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
  }

  /**
   * The client, or something of the application inside it, sends the request once more: what came
   * so far is not the answer.
   */
  public void onResend() {
    beforeDelivery();
    if (phase.get() != DELIVERING) {
      return;
    }
    try {
      state.onResend();
    } catch (Throwable t) {
      errors.swallow("response", t);
    } finally {
      afterObserving();
    }
  }

  /** The head of the final response; comes before any of its bytes. */
  public void onResponseHead(
      int status, @Nullable String contentType, @Nullable String contentEncoding) {
    beforeDelivery();
    if (phase.get() != DELIVERING) {
      return;
    }
    try {
      state.onResponseHead(status, contentType, contentEncoding);
    } catch (Throwable t) {
      errors.swallow("response", t);
    } finally {
      afterObserving();
    }
  }

  /** The application is about to get bytes; {@link #afterDelivery} must follow, come what may. */
  public void beforeDelivery() {
    phase.compareAndSet(IDLE, DELIVERING);
  }

  /**
   * The application has got bytes.
   *
   * @param views of our own on them, whose positions may move
   * @param arrivedNanos {@link System#nanoTime()} when the bytes had arrived
   */
  public void afterDelivery(ByteBuffer[] views, long arrivedNanos) {
    activityNanos = arrivedNanos;
    demand.getAndUpdate(before -> before == Long.MAX_VALUE ? before : Math.max(0, before - 1));
    if (phase.get() != DELIVERING) {
      return;
    }
    try {
      for (ByteBuffer view : views) {
        state.onResponseBytes(view, arrivedNanos);
      }
    } catch (Throwable t) {
      errors.swallow("response", t);
    } finally {
      afterObserving();
    }
  }

  /**
   * The application asks for more of the body. A client with back-pressure tells each time, else an
   * application that has stopped reading cannot be told from one that waits.
   *
   * @param deliveries how many more it is ready for; not positive, a fault, changes nothing
   */
  public void onDemand(long deliveries) {
    if (deliveries <= 0) {
      return;
    }
    activityNanos = System.nanoTime();
    demand.getAndUpdate(
        before -> before + deliveries < before ? Long.MAX_VALUE : before + deliveries);
  }

  /**
   * Ends the call as abandoned if the application has its response and has not asked for more of it
   * for so long.
   */
  void endIfAbandoned(long now, long afterNanos) {
    long since = activityNanos;
    if (returned && demand.get() == 0 && now - since >= afterNanos) {
      end(new Ending(StreamEnd.ABANDONED, null));
    }
  }

  private void afterObserving() {
    if (state.isEnded()) {
      phase.set(ENDED);
      finish();
    } else {
      phase.set(IDLE);
      if (ending.get() != null) {
        applyEnding();
      }
    }
  }

  /** The response is over and the application was told. */
  public void onResponseEnd() {
    end(new Ending(null, null));
  }

  /** The application stopped the call. To be told before the client acts on it. */
  public void onCancel() {
    end(new Ending(StreamEnd.CANCELLED, null));
  }

  /** The application got the response, though perhaps not yet all of its body. */
  public void onReturned() {
    activityNanos = System.nanoTime();
    returned = true;
    Throwable failure = bodyFailure;
    if (failure != null) {
      onFailure(failure);
    }
  }

  /** The application got this exception from the client in place of a response. */
  public void onFailure(Throwable failure) {
    end(new Ending(null, failure));
  }

  /**
   * The same where the adapter knows more than the exception's type tells.
   *
   * @param failure what the application got; its class becomes {@code error.type} if {@code how} is
   *     a failure
   */
  public void onFailure(StreamEnd how, Throwable failure) {
    end(new Ending(how, failure));
  }

  /**
   * The body broke off. As long as the application waits for the response, what it gets from the
   * client in the end says more than this does.
   */
  public void onBodyFailure(Throwable failure) {
    bodyFailure = failure;
    if (returned) {
      onFailure(failure);
    }
  }

  /** The call could not be observed after all: its span ends and nothing is recorded of it. */
  public void discard() {
    if (phase.getAndSet(ENDED) != ENDED) {
      liveCalls.remove(this);
      if (operation == null) {
        span.discard();
      } else {
        operation.onAttemptDiscarded();
      }
    }
  }

  private void end(Ending with) {
    if (ending.compareAndSet(null, with)) {
      applyEnding();
    }
  }

  private void applyEnding() {
    Ending ending = this.ending.get();
    if (ending == null || !phase.compareAndSet(IDLE, ENDED)) {
      return;
    }
    try {
      if (ending.failure != null && ending.how != null) {
        state.onFailure(ending.how, ending.failure, ending.nanos);
      } else if (ending.failure != null) {
        state.onFailure(ending.failure, ending.nanos);
      } else if (ending.how != null) {
        state.onStopped(ending.how, ending.nanos);
      } else {
        state.onResponseEnd(ending.nanos);
      }
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
    finish();
  }

  /** Called once, by the thread that moved the phase to ENDED. */
  private void finish() {
    liveCalls.remove(this);
    try {
      if (operation == null) {
        span.end(state);
      } else {
        operation.onAttemptEnd(state);
      }
    } catch (Throwable t) {
      errors.swallow("telemetry", t);
    }
    Cleaner.Cleanable cleanable = abandonment;
    if (cleanable != null) {
      // Lets go of this call now, and not when the client's objects are collected.
      cleanable.clean();
    }
  }
}
