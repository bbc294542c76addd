/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.spanglass.telemetry.InferenceSpan;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.call.CallState;
import io.spanglass.wire.call.Failures;
import io.spanglass.wire.call.StreamEnd;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import java.lang.ref.Cleaner;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call of the application into an HTTP client, or into an SDK around such calls. What is sent
 * for it, once or again, is a turn of it: of a client an {@link Attempt}, of an SDK the exchange of
 * a client. The last turn counts, and what earlier ones brought is forgotten. The span ends when
 * that turn has ended and the application has got what it waited for; its end time is the turn's.
 *
 * <p>No method throws, blocks or waits; all may come from any thread. The monitor is held for a few
 * assignments only, never while anything of others runs. See {@code docs/concurrency.md}.
 */
public final class Exchange {
  private static final ContextKey<Exchange> KEY = ContextKey.named("spanglass-exchange");
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Client NO_CLIENT = new Client() {};
  private static final int UNKNOWN_ATTEMPTS = 0;

  private final ModelCalls calls;
  private final Client client;
  private final Context parent;
  private final long startNanos;

  /** Null of an SDK's, until its first turn. */
  private volatile @Nullable Target target;

  /** Null of an SDK's. */
  private final @Nullable RequestBody body;

  /** The SDK's exchange that this is a turn of. */
  private final @Nullable Exchange outer;

  private volatile @Nullable CallContext context;

  // Guarded by this. They are few enough to be read together.
  private @Nullable InferenceSpan span;
  private int turns;

  /** Whether the latest turn is under way. */
  private boolean open;

  /** The latest turn; of an SDK's, once it was made. */
  private volatile @Nullable Attempt attempt;

  private @Nullable Exchange inner;

  /** How the last turn that ended did. */
  private @Nullable CallState last;

  private volatile @Nullable Outcome outcome;

  /** Whether the span has ended, or is about to. */
  private boolean done;

  private volatile Cleaner.@Nullable Cleanable abandonment;

  /** What a request goes to. */
  static final class Target {
    final WireApi api;
    final String host;
    final int port;
    final RequestHead head;

    Target(WireApi api, String host, int port, RequestHead head) {
      this.api = api;
      this.host = host;
      this.port = port;
      this.head = head;
    }

    boolean isSame(Target other) {
      return api == other.api && port == other.port && host.equals(other.host);
    }
  }

  /** What the application got, and when. */
  private static final class Outcome {
    /** Null for a response. */
    final @Nullable StreamEnd how;

    final @Nullable Throwable thrown;
    final long nanos = System.nanoTime();

    Outcome(@Nullable StreamEnd how, @Nullable Throwable thrown) {
      this.how = how;
      this.thrown = thrown;
    }
  }

  private Exchange(
      ModelCalls calls,
      Client client,
      Context parent,
      long startNanos,
      @Nullable Target target,
      @Nullable RequestBody body,
      @Nullable Exchange outer) {
    this.calls = calls;
    this.client = client;
    this.parent = parent;
    this.startNanos = startNanos;
    this.target = target;
    this.body = body;
    this.outer = outer;
  }

  /**
   * Begins the exchange of a client: the next turn of an SDK's in {@code parent}, or on its own.
   */
  static Exchange begin(
      ModelCalls calls, Target target, RequestBody body, Client client, Context parent) {
    Exchange sdk = current(parent);
    Exchange turn = sdk == null ? null : sdk.beginTurn(target, body, client, parent);
    if (turn != null) {
      return turn;
    }
    Exchange exchange =
        new Exchange(calls, client, parent, System.nanoTime(), target, body, /* outer= */ null);
    exchange.start(exchange.newSpan(target, body, parent));
    return exchange;
  }

  /** Begins the exchange of an SDK. Its span starts with its first turn. */
  static Exchange beginOperation(ModelCalls calls, Context parent) {
    Exchange exchange =
        new Exchange(
            calls,
            NO_CLIENT,
            parent,
            System.nanoTime(),
            /* target= */ null,
            /* body= */ null,
            /* outer= */ null);
    exchange.context = new CallContext(parent.with(KEY, exchange), parent);
    return exchange;
  }

  /** The innermost exchange of an SDK that {@code context} was made for, which may be over. */
  static @Nullable Exchange current(Context context) {
    return context.get(KEY);
  }

  private InferenceSpan newSpan(Target target, RequestBody body, Context parent) {
    RequestFacts facts = body.facts();
    return calls
        .telemetry()
        .start(
            parent,
            target.api,
            target.host,
            target.port,
            facts == null ? null : facts.model,
            startNanos);
  }

  private synchronized void start(InferenceSpan span) {
    this.span = span;
    this.context = new CallContext(span.in(parent), parent);
    calls.live().add(this);
  }

  /**
   * Begins the next turn of an SDK's exchange. Requests to elsewhere, and any that are issued while
   * a turn is under way, are calls of their own that happen to be made in this context.
   *
   * @return null if it is no turn of this
   */
  private @Nullable Exchange beginTurn(
      Target target, RequestBody body, Client client, Context parent) {
    InferenceSpan shared;
    synchronized (this) {
      Target first = this.target;
      if (outcome != null || open || done || (first != null && !first.isSame(target))) {
        return null;
      }
      open = true;
      turns++;
      this.target = target;
      shared = span;
    }
    // From here on this thread alone is inside, until the turn is known.
    Exchange turn = new Exchange(calls, client, parent, startNanos, target, body, this);
    try {
      if (shared == null) {
        shared = newSpan(target, body, this.parent);
        synchronized (this) {
          span = shared;
        }
        calls.live().add(this);
      }
      turn.start(shared);
    } catch (Throwable t) {
      onTurnDiscarded();
      throw t;
    }
    Outcome over;
    synchronized (this) {
      inner = turn;
      over = outcome;
    }
    if (over != null) {
      turn.endTurn(over);
    }
    return turn;
  }

  private boolean isOfClient() {
    return body != null;
  }

  @Nullable RequestBody requestBody() {
    return body;
  }

  /**
   * What is to be current while the client issues the request: the call's span is in it. Of an
   * SDK's exchange, what is to be current while it issues its requests, on whatever thread.
   */
  public Context context() {
    CallContext context = this.context;
    return context == null ? parent : context;
  }

  /**
   * The client's method is left: what it starts from now on is not part of issuing the request, and
   * making {@link #context()} current makes the application's context current.
   */
  public void issued() {
    CallContext context = this.context;
    if (context != null) {
      context.onIssued();
    }
  }

  /** Whether the application still waits for what it gets from the client's method or future. */
  public boolean isOpen() {
    return outcome == null;
  }

  /**
   * A request is being sent, for the first time or again.
   *
   * @param head as it is sent; null if that is not known to be another than the one that the
   *     exchange began with
   * @return the attempt to tell of it, never null
   */
  public Attempt attempt(@Nullable RequestHead head) {
    InferenceSpan span;
    synchronized (this) {
      span = done || !isOfClient() ? null : this.span;
    }
    try {
      if (span != null) {
        Attempt next = new Attempt(this, head, new CallState(startNanos, span), true);
        Attempt before = null;
        boolean begun;
        Outcome over = null;
        synchronized (this) {
          begun = !done;
          if (begun) {
            before = attempt;
            attempt = next;
            open = true;
            turns++;
            over = outcome;
          }
        }
        if (before != null) {
          before.drop();
        }
        if (begun) {
          if (over != null) {
            endTurn(over);
          }
          return next;
        }
      }
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
    return new Attempt(this, head, new CallState(startNanos, NoChunks.INSTANCE), false);
  }

  /** The application has got the response, though perhaps not yet all of its body. */
  public void returned() {
    end(new Outcome(null, null));
  }

  /** The application has got this exception from the client's method or future. */
  public void failed(Throwable failure) {
    try {
      StreamEnd how = Failures.classifyForeign(failure, isCancelled(), isTimedOut());
      end(new Outcome(how, failure));
    } catch (Throwable t) {
      swallow("lifecycle", t);
      returned();
    }
  }

  /** The application has cancelled the client's method or future. */
  public void cancelled() {
    end(new Outcome(StreamEnd.CANCELLED, null));
  }

  /** The call could not be observed after all: its span ends, and nothing is recorded of it. */
  public void discard() {
    try {
      Attempt latest;
      synchronized (this) {
        if (done) {
          return;
        }
        done = true;
        latest = attempt;
      }
      leave();
      if (latest != null) {
        latest.drop();
      }
      if (outer != null) {
        outer.onTurnDiscarded();
      } else {
        discardSpan();
      }
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
  }

  /**
   * Ends the exchange when {@code holder} is collected before it ended otherwise: of a client as
   * abandoned, of an SDK with its last turn.
   *
   * @param holder what is kept as long as bytes, or an outcome, can come; nothing that this refers
   *     to may refer to it
   */
  public void endWith(Object holder) {
    try {
      abandonment =
          CLEANER.register(
              holder,
              () -> {
                if (isOfClient()) {
                  abandon();
                } else {
                  returned();
                }
              });
      boolean late;
      synchronized (this) {
        late = done || (!isOfClient() && outcome != null);
      }
      if (late) {
        clean();
      }
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
  }

  /** Nobody waits for it any more, or can: it ends with what is known. */
  void abandon() {
    end(new Outcome(StreamEnd.ABANDONED, null));
    // The application may have returned long ago, and what it does with its body is not over.
    Attempt latest = attempt;
    if (latest != null) {
      latest.endNow(StreamEnd.ABANDONED);
    }
  }

  /**
   * Abandons the exchange if the application has its response and has not asked for more of it for
   * so long.
   */
  void abandonIfUnread(long now, long afterNanos) {
    Attempt latest = attempt;
    if (outcome != null && latest != null && latest.isUnread(now, afterNanos)) {
      latest.end(StreamEnd.ABANDONED, null);
    }
  }

  private boolean isCancelled() {
    try {
      return client.isCancelled();
    } catch (Throwable t) {
      swallow("lifecycle", t);
      return false;
    }
  }

  private boolean isTimedOut() {
    try {
      return client.isTimedOut();
    } catch (Throwable t) {
      swallow("lifecycle", t);
      return false;
    }
  }

  /** How an attempt ended that the client broke off with this failure. */
  StreamEnd classify(Throwable failure) {
    return Failures.classify(failure, isCancelled(), isTimedOut());
  }

  ResponseReader newReader(@Nullable RequestHead request, ResponseHead response, CallState state) {
    Target target = Objects.requireNonNull(this.target);
    return target.api.newResponseReader(request == null ? target.head : request, response, state);
  }

  void onRequestFacts() {
    Attempt latest = attempt;
    RequestFacts facts = body == null ? null : body.facts();
    if (latest != null && facts != null) {
      latest.onRequest(facts);
    }
  }

  private void end(Outcome with) {
    try {
      boolean commits = false;
      boolean turnOpen;
      synchronized (this) {
        if (outcome != null) {
          return;
        }
        outcome = with;
        turnOpen = open;
        if (!open && !done) {
          done = true;
          commits = true;
        }
      }
      issued();
      Attempt latest = attempt;
      if (latest != null) {
        latest.onActivity();
      }
      if (!isOfClient()) {
        clean();
      }
      if (commits) {
        commit(with);
      } else if (turnOpen) {
        endTurn(with);
      }
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
  }

  /** The application does not wait for the turn that is under way, or it has its response. */
  private void endTurn(Outcome with) {
    Attempt attempt;
    Exchange inner;
    synchronized (this) {
      attempt = this.attempt;
      inner = this.inner;
    }
    StreamEnd how = with.how;
    if (attempt != null) {
      if (how != null) {
        attempt.end(how, with.thrown);
      }
    } else if (inner != null) {
      if (how == StreamEnd.CANCELLED || with.thrown != null) {
        inner.endFromOutside(with);
      } else if (inner.attempt != null) {
        // An SDK that has the response got it from the client.
        inner.returned();
      }
    }
  }

  /** The SDK around this has given up on it. */
  private void endFromOutside(Outcome with) {
    Attempt latest = attempt;
    Throwable thrown = with.thrown;
    if (thrown == null) {
      cancelled();
      if (latest != null) {
        latest.closed();
      }
      return;
    }
    if (latest != null) {
      latest.requestFailed();
      latest.failed(thrown);
    }
    failed(thrown);
  }

  /** Called once for each turn that was not dropped, when it has ended. */
  @SuppressWarnings("ReferenceEquality")
  void onTurnEnd(Object turn, CallState state) {
    try {
      Outcome over;
      synchronized (this) {
        if (done || !open || turn != (isOfClient() ? attempt : inner)) {
          return;
        }
        open = false;
        last = state;
        over = outcome;
        done = over != null;
      }
      if (over != null) {
        commit(over);
      }
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
  }

  /**
   * The turn under way could not be observed: it leaves no trace, as far as that is possible. If it
   * was the first, the exchange is none.
   */
  private void onTurnDiscarded() {
    Outcome over;
    boolean none;
    synchronized (this) {
      if (done) {
        return;
      }
      turns--;
      open = false;
      inner = null;
      none = turns == 0;
      if (none && outcome == null) {
        outcome = new Outcome(null, null);
      }
      over = outcome;
      done = over != null;
    }
    if (none) {
      leave();
      discardSpan();
    } else if (over != null) {
      commit(over);
    }
  }

  private void discardSpan() {
    InferenceSpan span;
    synchronized (this) {
      span = this.span;
    }
    if (span != null) {
      span.discard();
    }
  }

  /** By whoever has set {@link #done}. */
  private void commit(Outcome over) {
    CallState state;
    InferenceSpan span;
    int turns;
    synchronized (this) {
      state = last;
      span = this.span;
      turns = this.turns;
    }
    leave();
    if (span == null) {
      return;
    }
    if (state == null) {
      if (over.how == null) {
        // It was never sent: something of the application had an answer.
        if (outer != null) {
          outer.onTurnDiscarded();
        } else {
          span.discard();
        }
        return;
      }
      state = new CallState(startNanos, span);
      onRequest(state);
    }
    try {
      reconcile(state, over);
    } catch (Throwable t) {
      swallow("lifecycle", t);
    }
    try {
      if (outer != null) {
        outer.onTurnEnd(this, state);
      } else {
        span.end(state, isOfClient() ? UNKNOWN_ATTEMPTS : turns);
      }
    } catch (Throwable t) {
      swallow("telemetry", t);
    }
  }

  private void onRequest(CallState state) {
    RequestFacts facts = body == null ? null : body.facts();
    if (facts != null) {
      state.onRequest(facts);
    }
  }

  private void reconcile(CallState state, Outcome over) {
    StreamEnd how = over.how;
    Attempt attempt = this.attempt;
    if (attempt != null) {
      attempt.reconcile(how == StreamEnd.ABANDONED ? null : how, over.thrown, over.nanos);
    } else if (how == null) {
      return;
    } else if (isOfClient()) {
      state.overrule(how, over.thrown, over.nanos);
    } else if (how == StreamEnd.CANCELLED) {
      // How the attempt ended says more than what an SDK makes of it, but for this.
      state.onStoppedAfterEnd(how, over.nanos);
    }
  }

  /** The exchange is over: nothing holds it any more. */
  private void leave() {
    calls.live().remove(this);
    if (body != null) {
      body.close();
    }
    clean();
  }

  /** Lets go of the holder's cleaner. Its action runs, without effect. */
  private void clean() {
    Cleaner.Cleanable cleanable = abandonment;
    if (cleanable != null) {
      cleanable.clean();
    }
  }

  void swallow(String component, Throwable failure) {
    calls.internalErrors().swallow(component, failure);
  }
}
