/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.httpurlconnection.adapter;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.call.Attempt;
import io.spanglass.call.Client;
import io.spanglass.call.Exchange;
import io.spanglass.call.ModelCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A connection that makes a model call. Advice calls these methods and catches what they throw. */
public final class HttpUrlExchange {
  private static final VirtualField<HttpURLConnection, HttpUrlExchange> OF =
      VirtualField.find(HttpURLConnection.class, HttpUrlExchange.class);

  /** All that can end a call of this client is told: as an exception, or as {@code disconnect}. */
  private static final Client CLIENT = new Client() {};

  private final Exchange exchange;

  /** Whether a thread is in one of the methods; these call each other. */
  private final AtomicBoolean inside = new AtomicBoolean();

  private @Nullable Scope scope;
  private volatile @Nullable Attempt attempt;
  private boolean answered;

  /** How often the client waits for a response, one inside of the other. */
  private int parsing;

  // Of the response's stream.
  private long position;
  private long told;
  private long marked;

  private HttpUrlExchange(Exchange exchange) {
    this.exchange = exchange;
  }

  private static @Nullable Attempt attemptOf(HttpURLConnection connection) {
    HttpUrlExchange exchange = OF.get(connection);
    return exchange == null ? null : exchange.attempt;
  }

  /**
   * The application calls a method that sends. Returns null if it is none of ours, or is called
   * from another one.
   *
   * @param writing whether the method is going to be POST in any case
   */
  @SuppressWarnings("MustBeClosedChecker") // Closed by leave(), on the way out of the method.
  public static @Nullable Object enter(HttpURLConnection connection, boolean writing) {
    HttpUrlExchange exchange = OF.get(connection);
    if (exchange == null) {
      exchange = begin(connection, writing);
    }
    if (exchange == null
        || !exchange.exchange.isOpen()
        || !exchange.inside.compareAndSet(false, true)) {
      return null;
    }
    exchange.scope = exchange.exchange.context().makeCurrent();
    return exchange;
  }

  private static @Nullable HttpUrlExchange begin(HttpURLConnection connection, boolean writing) {
    String set = connection.getRequestMethod();
    String method = writing && "GET".equals(set) ? "POST" : set;
    if (!ModelCalls.isCandidate(method, connection.getURL().getPath())) {
      return null;
    }
    Exchange exchange =
        ModelCalls.global()
            .begin(
                new HttpUrlRequestHead(connection, method),
                /* body= */ null,
                CLIENT,
                Context.current());
    if (exchange == null) {
      return null;
    }
    HttpUrlExchange begun = new HttpUrlExchange(exchange);
    exchange.endWith(begun);
    OF.set(connection, begun);
    return begun;
  }

  private void leave() {
    Scope entered = scope;
    scope = null;
    inside.set(false);
    if (entered != null) {
      entered.close();
    }
  }

  /** A method is left that gives no response. */
  public static void exit(Object entered, @Nullable Throwable thrown) {
    HttpUrlExchange exchange = (HttpUrlExchange) entered;
    exchange.leave();
    if (thrown != null) {
      exchange.failed(thrown);
    }
  }

  /** {@code getInputStream} is left, which throws for a response that is an error, too. */
  public static void exit(
      Object entered,
      HttpURLConnection connection,
      @Nullable Object stream,
      int status,
      @Nullable Throwable thrown) {
    HttpUrlExchange exchange = (HttpUrlExchange) entered;
    try {
      if (stream != null && status > 0) {
        Attempt attempt = exchange.attempt;
        if (attempt != null) {
          // Asked for a header, the connection calls getInputStream: we are inside still.
          attempt.head(new HttpUrlResponseHead(connection, status));
          exchange.answered = true;
        }
        exchange.exchange.returned();
      } else if (thrown == null) {
        // From a cache of the application's.
        exchange.exchange.returned();
      } else {
        exchange.failed(thrown);
      }
    } finally {
      exchange.leave();
    }
  }

  private void failed(Throwable thrown) {
    Attempt latest = attempt;
    if (latest == null) {
      latest = exchange.attempt(null);
    }
    latest.failed(thrown);
    exchange.failed(thrown);
  }

  /** The application gives up the connection, whatever it is doing. */
  public static void disconnect(HttpURLConnection connection) {
    HttpUrlExchange exchange = OF.get(connection);
    if (exchange == null) {
      return;
    }
    if (exchange.attempt == null) {
      exchange.exchange.discard();
    } else {
      exchange.exchange.cancelled();
    }
  }

  /** A request is written. Returns its attempt, or null if it is none of ours. */
  public static @Nullable Object send(HttpURLConnection connection) {
    HttpUrlExchange exchange = OF.get(connection);
    if (exchange == null) {
      return null;
    }
    Attempt next =
        exchange.exchange.attempt(
            new HttpUrlRequestHead(connection, connection.getRequestMethod()));
    exchange.attempt = next;
    return next;
  }

  /**
   * A request was written.
   *
   * @param body a {@link ByteArrayOutputStream} with all of it; null if there is none, or it is
   *     written to the connection
   */
  public static void sent(Object attempt, @Nullable Object body, @Nullable Throwable thrown)
      throws IOException {
    Attempt to = (Attempt) attempt;
    if (thrown != null) {
      to.requestFailed();
    } else if (body instanceof ByteArrayOutputStream) {
      ((ByteArrayOutputStream) body).writeTo(new RequestBytes(to));
      to.requestEnd();
    }
  }

  /** Gets the array by reference. */
  private static final class RequestBytes extends OutputStream {
    private final Attempt attempt;

    RequestBytes(Attempt attempt) {
      this.attempt = attempt;
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      attempt.requestBytes(bytes, offset, length);
    }
  }

  /** The client waits for a response. From within that, it has sent the request again. */
  public static int parse(Object connection) {
    HttpUrlExchange exchange = OF.get((HttpURLConnection) connection);
    if (exchange == null) {
      return 0;
    }
    if (exchange.parsing > 0) {
      Attempt unused = (Attempt) send((HttpURLConnection) connection);
    }
    return exchange.parsing++;
  }

  /** Sets how often the client waits for a response, and returns how often it did. */
  public static int parsing(Object connection, int times) {
    HttpUrlExchange exchange = OF.get((HttpURLConnection) connection);
    if (exchange == null) {
      return 0;
    }
    int before = exchange.parsing;
    exchange.parsing = times;
    return before;
  }

  /** A piece of the body went to the connection. */
  public static void wrote(
      HttpURLConnection connection,
      byte[] bytes,
      int offset,
      int length,
      @Nullable Throwable thrown) {
    Attempt attempt = attemptOf(connection);
    if (attempt == null) {
      return;
    }
    if (thrown == null) {
      attempt.requestBytes(bytes, offset, length);
    } else {
      attempt.requestFailed();
    }
  }

  /** The body is complete, if it is as long as it was to be. */
  public static void written(HttpURLConnection connection, @Nullable Throwable thrown) {
    Attempt attempt = attemptOf(connection);
    if (attempt != null && thrown == null) {
      attempt.requestEnd();
    }
  }

  /** The application reads. */
  public static void reading(HttpURLConnection connection) {
    Attempt attempt = attemptOf(connection);
    if (attempt != null) {
      attempt.demand(1);
    }
  }

  /** The application has read. */
  public static void read(
      HttpURLConnection connection,
      byte[] bytes,
      int offset,
      int count,
      @Nullable Throwable thrown) {
    long now = System.nanoTime();
    HttpUrlExchange exchange = OF.get(connection);
    Attempt attempt = exchange == null ? null : exchange.attempt;
    if (attempt == null || !exchange.answered) {
      return;
    }
    if (thrown != null) {
      attempt.failed(thrown);
    } else if (count < 0) {
      attempt.end();
    } else {
      // After a reset the same bytes come once more.
      int again = (int) Math.min(exchange.told - exchange.position, count);
      exchange.position += count;
      exchange.told = Math.max(exchange.told, exchange.position);
      attempt.bytes(bytes, offset + again, count - again, now);
    }
  }

  public static void marked(HttpURLConnection connection) {
    HttpUrlExchange exchange = OF.get(connection);
    if (exchange != null) {
      exchange.marked = exchange.position;
    }
  }

  public static void reset(HttpURLConnection connection) {
    HttpUrlExchange exchange = OF.get(connection);
    if (exchange != null) {
      exchange.position = exchange.marked;
    }
  }

  /** The application closes the response. */
  public static void closed(HttpURLConnection connection) {
    Attempt attempt = attemptOf(connection);
    if (attempt != null) {
      attempt.closed();
    }
  }
}
