/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What an exception of a client says of how its call ended. The one place that knows. */
public final class Failures {
  private static final int MAX_CAUSES = 20;

  private Failures() {}

  /** Returns the failure without the wrappers that futures put around it. */
  public static Throwable unwrap(Throwable failure) {
    Throwable unwrapped = failure;
    for (int depth = 0; depth < MAX_CAUSES; depth++) {
      Throwable cause = unwrapped.getCause();
      if (cause == null
          || !(unwrapped instanceof CompletionException
              || unwrapped instanceof ExecutionException)) {
        break;
      }
      unwrapped = cause;
    }
    return unwrapped;
  }

  /**
   * How a call ended that broke with this failure.
   *
   * @param cancelled whether the application has stopped the call by the client's own means
   * @param timedOut whether a deadline of the client for the whole call has run out
   */
  public static StreamEnd classify(Throwable failure, boolean cancelled, boolean timedOut) {
    Throwable unwrapped = unwrap(failure);
    if (unwrapped instanceof IOException) {
      // Both break the connection; what comes of that has any class.
      if (timedOut) {
        return StreamEnd.TIMEOUT;
      }
      if (cancelled) {
        return StreamEnd.CANCELLED;
      }
    }
    return ofClass(unwrapped);
  }

  /**
   * The same of a failure that did not come from the client: code of the application that runs
   * inside it has thrown it, or the application has stopped waiting.
   */
  public static StreamEnd classifyForeign(Throwable failure, boolean cancelled, boolean timedOut) {
    StreamEnd how = classify(failure, cancelled, timedOut);
    return how == StreamEnd.RESET ? StreamEnd.ERROR : how;
  }

  private static StreamEnd ofClass(Throwable failure) {
    if (failure instanceof CancellationException || failure instanceof InterruptedException) {
      return StreamEnd.CANCELLED;
    }
    if (failure instanceof TimeoutException
        || failure instanceof SocketTimeoutException
        // Of the JDK's client and of others: named, since the wire core knows no client.
        || failure.getClass().getSimpleName().endsWith("TimeoutException")) {
      return StreamEnd.TIMEOUT;
    }
    if (failure instanceof InterruptedIOException) {
      return isDeadline(failure.getMessage()) ? StreamEnd.TIMEOUT : StreamEnd.CANCELLED;
    }
    if (failure instanceof IOException
        && !(failure instanceof ConnectException)
        && !(failure instanceof NoRouteToHostException)
        && !(failure instanceof UnknownHostException)
        && !(failure instanceof ProtocolException)
        && !failure.getClass().getName().startsWith("javax.net.ssl.")
        && !isFromApplication(failure.getCause())) {
      return StreamEnd.RESET;
    }
    return StreamEnd.ERROR;
  }

  /** Okio has one class for a deadline and for an interrupted thread. */
  private static boolean isDeadline(@Nullable String message) {
    return "timeout".equals(message) || "deadline reached".equals(message);
  }

  /** Clients wrap what a callback of the application threw into an IOException. */
  private static boolean isFromApplication(@Nullable Throwable cause) {
    return cause != null && !(cause instanceof IOException);
  }

  /** Whether what the application got is this failure, or was made of it. */
  @SuppressWarnings("ReferenceEquality") // This very failure, and not one like it.
  public static boolean isFrom(Throwable thrown, @Nullable Throwable failure) {
    if (failure == null) {
      return false;
    }
    Throwable wanted = unwrap(failure);
    Throwable each = thrown;
    for (int depth = 0; each != null && depth < MAX_CAUSES; depth++) {
      if (each == wanted || each == failure) {
        return true;
      }
      each = each.getCause();
    }
    return false;
  }

  /** The value of {@code error.type}: the exception's canonical name, where it has one. */
  static String errorType(Throwable failure) {
    Class<?> type = unwrap(failure).getClass();
    String canonical = type.getCanonicalName();
    return canonical != null ? canonical : type.getName();
  }
}
