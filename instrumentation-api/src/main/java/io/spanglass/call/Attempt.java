/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.Failures;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseReader;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request that a client sends for an exchange, and its response. Each has its own reader. No
 * method throws, blocks or waits; all may come from any thread at any time.
 *
 * <p>A client that pushes the body calls {@link #delivering()} before the application gets bytes,
 * then {@link #bytes} and {@link #delivered()}. One whose body is pulled calls {@link #bytes} when
 * the bytes lie in the application's buffer. Whatever ends the attempt while the application is
 * being served takes effect when the bytes were read, with the time at which it came: an
 * application that closes at the last chunk has read the whole answer. The first end counts, but
 * for a failure of the application's own code, which always does. See {@code docs/concurrency.md}.
 */
public final class Attempt {
  private static final int IDLE = 0;

  /** The application is being given bytes that are read afterwards. */
  private static final int DELIVERING = 1;

  /** Whoever has set it uses the state and the reader. */
  private static final int READING = 2;

  /** Final. Whoever has set it uses the state and the reader, and tells the exchange. */
  private static final int ENDED = 3;

  private final Exchange exchange;
  private final @Nullable RequestHead head;
  private final CallState state;
  private final AtomicInteger phase;
  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();

  private @Nullable ResponseReader reader;

  /** Whose delivery it is. */
  private volatile @Nullable Thread deliverer;

  /** Something of ours has failed, or bytes were missed: nothing is read any more. */
  private volatile boolean unobserved;

  private volatile boolean answered;

  /** What the client has told first that it broke off with, without wrappers around it. */
  private volatile @Nullable Throwable told;

  // The request's body. Written by whoever sends it.
  private final boolean readsRequest;
  private long requestPosition;
  private volatile boolean writing;

  /** How many deliveries the application has asked for and not got; capped, for "all there is". */
  private final AtomicLong demand = new AtomicLong();

  /** When the application was last given, or asked for, something. */
  private volatile long activityNanos = System.nanoTime();

  private static final int BY_CLIENT = 0;
  private static final int BY_APPLICATION = 1;

  /** It counts for nothing: another attempt follows, or the call is not observed. */
  private static final int DROPPED = 2;

  /** How an attempt ended, and when. */
  private static final class Ending {
    /** Null: properly. */
    final @Nullable StreamEnd how;

    final @Nullable Throwable failure;

    /** Takes the place of one of a lower rank. */
    final int rank;

    final long nanos = System.nanoTime();

    Ending(@Nullable StreamEnd how, @Nullable Throwable failure, int rank) {
      this.how = how;
      this.failure = failure;
      this.rank = rank;
    }
  }

  /**
   * @param observed false for one that is told to nobody
   */
  Attempt(Exchange exchange, @Nullable RequestHead head, CallState state, boolean observed) {
    this.exchange = exchange;
    this.head = head;
    this.state = state;
    this.phase = new AtomicInteger(observed ? IDLE : ENDED);
    RequestBody body = exchange.requestBody();
    this.readsRequest = observed && body != null && body.isSentBy(head);
    RequestFacts facts = body == null ? null : body.facts();
    if (facts != null) {
      state.onRequest(facts);
    }
  }

  /**
   * Bytes of the request's body that are being sent, or were.
   *
   * @param view of our own, whose position may move
   */
  public void requestBytes(ByteBuffer view) {
    try {
      writing = true;
      long position = requestPosition;
      requestPosition = position + view.remaining();
      RequestBody body = exchange.requestBody();
      if (readsRequest && body != null && body.onBytes(view, position)) {
        exchange.onRequestFacts();
      }
    } catch (Throwable t) {
      exchange.swallow("request", t);
    }
  }

  /** As {@link #requestBytes(ByteBuffer)}; nothing of the array is kept. */
  public void requestBytes(byte[] bytes, int offset, int length) {
    try {
      writing = true;
      long position = requestPosition;
      requestPosition = position + length;
      RequestBody body = exchange.requestBody();
      if (readsRequest && body != null && body.onBytes(bytes, offset, length, position)) {
        exchange.onRequestFacts();
      }
    } catch (Throwable t) {
      exchange.swallow("request", t);
    }
  }

  /** The request's body is sent. */
  public void requestEnd() {
    try {
      writing = false;
      RequestBody body = exchange.requestBody();
      if (readsRequest && body != null) {
        body.onEnd(requestPosition);
      }
    } catch (Throwable t) {
      exchange.swallow("request", t);
    }
  }

  /**
   * The connection does not take more of the request's body. Without this a failure in the middle
   * of the body is one of the application, which could not go on writing it.
   */
  public void requestFailed() {
    writing = false;
  }

  void onRequest(RequestFacts facts) {
    state.onRequest(facts);
  }

  /** The head of the final response; comes before any of its bytes. */
  public void head(ResponseHead response) {
    answered = true;
    int from = beginReading();
    if (from == ENDED) {
      return;
    }
    try {
      ResponseReader before = reader;
      if (before != null) {
        before.close();
      }
      ResponseReader reader = exchange.newReader(head, response, state);
      this.reader = reader;
      state.onResponseHead(response.status(), reader);
    } catch (Throwable t) {
      fail(t);
    } finally {
      endReading(from);
    }
  }

  /**
   * The application is about to get bytes.
   *
   * @return whether they will be read: then {@link #bytes} must follow on this thread, once for
   *     each buffer, and then {@link #delivered()}, come what may
   */
  public boolean delivering() {
    if (phase.compareAndSet(IDLE, DELIVERING)) {
      deliverer = Thread.currentThread();
      return true;
    }
    if (phase.get() != ENDED) {
      // Two deliveries at once have no order.
      unobserved = true;
    }
    return false;
  }

  /**
   * The application has got bytes.
   *
   * @param view of our own, whose position may move
   * @param arrivedNanos {@link System#nanoTime()} when the bytes had arrived
   */
  public void bytes(ByteBuffer view, long arrivedNanos) {
    int from = beginReading();
    if (from == ENDED) {
      return;
    }
    try {
      ResponseReader reader = arrived(arrivedNanos, from);
      if (reader != null) {
        reader.onBytes(view);
      }
    } catch (Throwable t) {
      fail(t);
    } finally {
      endReading(from);
    }
  }

  /** As {@link #bytes(ByteBuffer, long)}; nothing of the array is kept. */
  public void bytes(byte[] bytes, int offset, int length, long arrivedNanos) {
    int from = beginReading();
    if (from == ENDED) {
      return;
    }
    try {
      ResponseReader reader = arrived(arrivedNanos, from);
      if (reader != null) {
        reader.onBytes(bytes, offset, length);
      }
    } catch (Throwable t) {
      fail(t);
    } finally {
      endReading(from);
    }
  }

  /** Returns what reads them, or null if nothing does. */
  private @Nullable ResponseReader arrived(long nanos, int from) {
    activityNanos = nanos;
    if (from == IDLE) {
      met();
    }
    if (unobserved) {
      return null;
    }
    state.onResponseBytes(nanos);
    return reader;
  }

  /** Our own failure: from here on the attempt is not observed. */
  private void fail(Throwable failure) {
    unobserved = true;
    exchange.swallow("response", failure);
  }

  /** Returns the phase to go back to, or {@link #ENDED} if this thread may not read. */
  @SuppressWarnings("ReferenceEquality")
  private int beginReading() {
    if (deliverer == Thread.currentThread()) {
      return phase.compareAndSet(DELIVERING, READING) ? DELIVERING : ENDED;
    }
    if (phase.compareAndSet(IDLE, READING)) {
      return IDLE;
    }
    if (phase.get() != ENDED) {
      unobserved = true;
    }
    return ENDED;
  }

  private void endReading(int from) {
    if (state.isEnded()) {
      phase.set(ENDED);
      finish();
    } else {
      phase.set(from);
      if (from == IDLE && ending.get() != null) {
        applyEnding();
      }
    }
  }

  /** The delivery is over, and its bytes were told. */
  public void delivered() {
    deliverer = null;
    activityNanos = System.nanoTime();
    met();
    if (phase.compareAndSet(DELIVERING, IDLE) && ending.get() != null) {
      applyEnding();
    }
  }

  private void met() {
    long before;
    do {
      before = demand.get();
    } while (before > 0 && before != Long.MAX_VALUE && !demand.compareAndSet(before, before - 1));
  }

  /**
   * The application asks for more of the body. A client with back-pressure tells each time, else an
   * application that has stopped reading cannot be told from one that waits.
   *
   * @param deliveries how many more it is ready for; not positive, a fault, changes nothing
   */
  public void demand(long deliveries) {
    if (deliveries <= 0) {
      return;
    }
    activityNanos = System.nanoTime();
    long before;
    long after;
    do {
      before = demand.get();
      after = before + deliveries < before ? Long.MAX_VALUE : before + deliveries;
    } while (!demand.compareAndSet(before, after));
  }

  void onActivity() {
    activityNanos = System.nanoTime();
  }

  boolean isUnread(long now, long afterNanos) {
    long since = activityNanos;
    return demand.get() == 0 && now - since >= afterNanos;
  }

  /** The response is over, properly, and the application was told. */
  public void end() {
    end(new Ending(null, null, BY_CLIENT));
  }

  /** The client broke off, before the response or in its body. */
  public void failed(Throwable failure) {
    try {
      if (told == null) {
        told = Failures.unwrap(failure);
      }
      if (writing && !answered && isOfConnection(failure)) {
        // The application could not go on with its body; the connection took all of it so far.
        end(new Ending(StreamEnd.ERROR, failure, BY_CLIENT));
      } else {
        end(new Ending(exchange.classify(failure), failure, BY_CLIENT));
      }
    } catch (Throwable t) {
      exchange.swallow("lifecycle", t);
    }
  }

  private boolean isOfConnection(Throwable failure) {
    StreamEnd how = exchange.classify(failure);
    return how == StreamEnd.RESET || how == StreamEnd.ERROR;
  }

  /** Code of the application that the client runs for this attempt threw this. */
  public void applicationFailed(Throwable failure) {
    end(new Ending(StreamEnd.ERROR, failure, BY_APPLICATION));
  }

  /** The application closed or cancelled the body. To be told before the client acts on it. */
  public void closed() {
    end(new Ending(StreamEnd.CANCELLED, null, BY_CLIENT));
  }

  /** Ends this as the exchange has, if it has not ended itself. */
  void end(StreamEnd how, @Nullable Throwable failure) {
    end(new Ending(how, failure, BY_CLIENT));
  }

  /** Ends it even though the application is being served, which it may never leave. */
  void endNow(StreamEnd how) {
    end(how, null);
    if (phase.compareAndSet(DELIVERING, ENDED)) {
      apply();
    }
  }

  /** Another attempt has begun, or the call is not observed after all: this one ends unseen. */
  void drop() {
    end(new Ending(null, null, DROPPED));
  }

  private void end(Ending with) {
    try {
      Ending before;
      do {
        before = ending.get();
        if (before != null && before.rank >= with.rank) {
          return;
        }
      } while (!ending.compareAndSet(before, with));
      applyEnding();
    } catch (Throwable t) {
      exchange.swallow("lifecycle", t);
    }
  }

  private void applyEnding() {
    if (phase.compareAndSet(IDLE, ENDED)) {
      apply();
    }
  }

  /** By the thread that moved the phase to ENDED. */
  private void apply() {
    Ending ending = this.ending.get();
    if (ending != null && ending.rank != DROPPED) {
      try {
        apply(ending);
      } catch (Throwable t) {
        fail(t);
      }
      if (!state.isEnded()) {
        state.onUnobserved(ending.nanos);
      }
    }
    finish();
  }

  private void apply(Ending ending) {
    StreamEnd how = ending.how;
    if (ending.rank == BY_APPLICATION) {
      state.overrule(StreamEnd.ERROR, ending.failure, ending.nanos);
    } else if (unobserved) {
      state.onUnobserved(ending.nanos);
    } else if (how == null) {
      ResponseReader reader = this.reader;
      if (reader != null) {
        reader.onEnd();
      }
      state.onResponseEnd(ending.nanos);
    } else if (ending.failure != null) {
      state.onFailure(how, ending.failure, ending.nanos);
    } else {
      state.onStopped(how, ending.nanos);
    }
  }

  /** By the thread that moved the phase to ENDED. */
  private void finish() {
    deliverer = null;
    try {
      ResponseReader reader = this.reader;
      if (reader != null) {
        reader.close();
      }
    } catch (Throwable t) {
      exchange.swallow("response", t);
    }
    exchange.onTurnEnd(this, state);
  }

  /**
   * Says what the application got in the end, where that is something else than how this ended. By
   * the exchange, once, when this has ended.
   *
   * @param how null if it got the response
   * @param thrown what it got in place of it
   */
  void reconcile(@Nullable StreamEnd how, @Nullable Throwable thrown, long nanos) {
    Ending ending = this.ending.get();
    if (ending != null && ending.rank == BY_APPLICATION) {
      // The end of the answer may have been read meanwhile.
      state.overrule(StreamEnd.ERROR, ending.failure, ending.nanos);
    } else if (how != null && !isOutcomeOf(ending, thrown)) {
      state.overrule(how, thrown, nanos);
    }
  }

  /** Whether the application got this exception for how the attempt had ended. */
  private boolean isOutcomeOf(@Nullable Ending ending, @Nullable Throwable thrown) {
    if (thrown == null || ending == null) {
      return false;
    }
    if (ending.how != StreamEnd.CANCELLED || ending.failure != null) {
      return Failures.isFrom(thrown, ending.failure);
    }
    // A client breaks off what the application has closed, and says so to whoever waits. Anything
    // else is why the application closed it: its own code has failed.
    Throwable told = this.told;
    return told != null
        && Failures.isFrom(thrown, told)
        && Failures.classify(told, /* cancelled= */ false, /* timedOut= */ false)
            == StreamEnd.RESET;
  }
}
