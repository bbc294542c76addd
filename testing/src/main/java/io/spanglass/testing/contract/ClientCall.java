/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request of the application, which a driver makes, and what the driver tells of it. The
 * telling methods are called on the threads on which the client calls the application.
 */
public final class ClientCall {

  /** The protocol that is to be used. */
  public enum Protocol {
    HTTP_1,
    /** Over TLS, agreed on by ALPN. */
    HTTP_2
  }

  /** How the application gives the body. */
  public enum Body {
    /** None, with method GET. */
    NONE,
    IN_MEMORY,
    /** Written in {@link #pieces} while it is sent, of unknown length. */
    WRITTEN,
    /** The same, but {@link #bodyFailure} is thrown in place of the last piece. */
    FAILING
  }

  /** What the application does next. */
  public enum Next {
    READ_ON,
    /** Closes or cancels the body, as the client wants it. */
    CLOSE,
    /** Drops it without a word. */
    LEAVE
  }

  private final Stage stage;
  private final URI uri;
  private final Way way;
  private final Protocol protocol;
  private final String applicationSpan = Span.current().getSpanContext().getSpanId();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final AtomicReference<@Nullable Runnable> cancel = new AtomicReference<>();

  private Body body = Body.IN_MEMORY;
  private byte[] content = new byte[0];
  private @Nullable Duration callTimeout;
  private @Nullable Duration readTimeout;
  private boolean fresh = true;
  private boolean lockstep;
  private long demand = 1;
  private int stopAfter = -1;
  private Next stop = Next.CLOSE;
  private @Nullable Runnable onResponse;
  private @Nullable Runnable onCallback;
  private @Nullable IntConsumer onReceived;
  private volatile boolean cancelled;

  ClientCall(Stage stage, URI uri, Way way, Protocol protocol) {
    this.stage = stage;
    this.uri = uri;
    this.way = way;
    this.protocol = protocol;
  }

  // How the exchange wants it.

  ClientCall body(Body kind, String text) {
    body = kind;
    content = Bodies.utf8(text);
    return this;
  }

  ClientCall callTimeout(Duration timeout) {
    callTimeout = timeout;
    return this;
  }

  ClientCall readTimeout(Duration timeout) {
    readTimeout = timeout;
    return this;
  }

  ClientCall shared() {
    fresh = false;
    return this;
  }

  /** The server waits after each piece until the application has got it. */
  ClientCall lockstep() {
    lockstep = true;
    return this;
  }

  ClientCall demand(long items) {
    demand = items;
    return this;
  }

  ClientCall stopAfter(int bytes, Next how) {
    stopAfter = bytes;
    stop = how;
    return this;
  }

  ClientCall onResponse(Runnable action) {
    onResponse = action;
    return this;
  }

  ClientCall onCallback(Runnable action) {
    onCallback = action;
    return this;
  }

  ClientCall onReceived(IntConsumer total) {
    onReceived = total;
    return this;
  }

  // What the driver asks.

  /** {@code GET} or {@code POST}. */
  public String method() {
    return body == Body.NONE ? "GET" : "POST";
  }

  public URI uri() {
    return uri;
  }

  /** Names and values in turn; a name may come twice. */
  public List<String> headers() {
    return List.of(
        "Content-Type",
        "application/json",
        "Authorization",
        "Bearer secret",
        "X-App",
        "a",
        "X-App",
        "b");
  }

  public Body body() {
    return body;
  }

  /** The whole body. */
  public byte[] content() {
    return content.clone();
  }

  /** The body in a few pieces. */
  public List<byte[]> pieces() {
    List<byte[]> pieces = new ArrayList<>();
    int size = Math.max(1, content.length / 4);
    for (int i = 0; i < content.length; i += size) {
      pieces.add(Arrays.copyOfRange(content, i, Math.min(content.length, i + size)));
    }
    return pieces;
  }

  /** What {@link Body#FAILING} throws. */
  public IOException bodyFailure() {
    return new IOException("application's body");
  }

  public Way way() {
    return way;
  }

  public Protocol protocol() {
    return protocol;
  }

  /** The limit until the response is there, or null. */
  public @Nullable Duration callTimeout() {
    return callTimeout;
  }

  /** The limit between two pieces of the body, or null. */
  public @Nullable Duration readTimeout() {
    return readTimeout;
  }

  /** Whether a client of its own is needed, with no connection yet; else one is shared. */
  public boolean fresh() {
    return fresh;
  }

  /** How many items {@link Feature#PUSH} asks for at a time. */
  public long demand() {
    return demand;
  }

  // What the driver tells.

  /**
   * How the call can be cancelled from another thread from now on; before it blocks. Again, when
   * that changes.
   */
  public void issued(Runnable cancel) {
    this.cancel.set(cancel);
  }

  /** The application has its response. */
  public void responded(int status, String protocol, Map<String, List<String>> headers) {
    tell(Aspect.HEAD, status + " " + protocol + " " + new TreeMap<>(headers));
    Runnable action = onResponse;
    if (action != null) {
      action.run();
    }
  }

  /** The application is called back with its response or its failure, on this thread. */
  public void calledBack(String with) {
    tell(Aspect.THREAD, with + " on " + stage.driver().thread(Transcript.threadPattern()));
    tell(Aspect.CONTEXT, with + " under " + context());
    Runnable action = onCallback;
    if (action != null) {
      action.run();
    }
  }

  private String context() {
    SpanContext current = Span.current().getSpanContext();
    if (!current.isValid()) {
      return "no span";
    }
    return current.getSpanId().equals(applicationSpan) ? "the application's span" : "another span";
  }

  /** The application got bytes, and says what it does then. */
  public Next received(byte[] bytes, int offset, int length) {
    int total;
    synchronized (received) {
      received.write(bytes, offset, length);
      total = received.size();
    }
    if (lockstep) {
      tell(Aspect.PIECE, length);
    }
    if (onReceived != null) {
      onReceived.accept(total);
    }
    Next next = stopAfter >= 0 && total >= stopAfter ? stop : Next.READ_ON;
    if (next != Next.READ_ON) {
      tell(Aspect.BODY, "then " + next);
    }
    if (lockstep) {
      // Last, since the server goes on then.
      stage.signal(Integer.toString(total));
    }
    return next;
  }

  /** The body is over. */
  public void ended() {
    byte[] bytes = bytes();
    tell(Aspect.BODY, Transcript.describe(bytes));
  }

  /** The class of an object that the application gets. */
  public void type(String what, @Nullable Object object) {
    String name = object == null ? "null" : object.getClass().getName();
    tell(Aspect.TYPE, what + " " + name.replaceAll("(Lambda).*", "$1"));
  }

  /** Whether an object that the application gets back is the one that it gave. */
  public void same(String what, boolean same) {
    tell(Aspect.TYPE, what + (same ? " is the same" : " is another"));
  }

  /** A call of the client to the application's subscriber. */
  public void pushed(String what) {
    if (lockstep) {
      tell(Aspect.DEMAND, what);
    }
  }

  /** What the client threw. */
  void failed(Throwable failure) {
    if (lockstep) {
      tell(Aspect.BODY, "broken off after " + Transcript.describe(bytes()));
    }
    if (cancelled && failure instanceof CancellationException) {
      tell(Aspect.THROWN, "cancelled");
    } else {
      stage.transcript().exception(Aspect.THROWN.key(), failure);
    }
  }

  /** Cancels from this thread. */
  void cancel() {
    cancelled = true;
    Runnable action = cancel.get();
    if (action == null) {
      throw new IllegalStateException("the driver did not say how to cancel");
    }
    action.run();
  }

  private byte[] bytes() {
    synchronized (received) {
      return received.toByteArray();
    }
  }

  private void tell(Aspect aspect, Object value) {
    stage.transcript().add(aspect.key(), value);
  }
}
