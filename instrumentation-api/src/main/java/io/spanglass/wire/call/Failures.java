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

/** What an exception that the application got says of how its call ended. */
final class Failures {
  private Failures() {}

  /** Without the wrappers that futures put around it. */
  static Throwable unwrap(Throwable failure) {
    Throwable unwrapped = failure;
    while ((unwrapped instanceof CompletionException || unwrapped instanceof ExecutionException)
        && unwrapped.getCause() != null) {
      unwrapped = unwrapped.getCause();
    }
    return unwrapped;
  }

  static StreamEnd classify(Throwable failure) {
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
      return StreamEnd.CANCELLED;
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

  /** Clients wrap what a callback of the application threw into an IOException. */
  private static boolean isFromApplication(@Nullable Throwable cause) {
    return cause != null && !(cause instanceof IOException);
  }

  /** The value of {@code error.type}: the exception's canonical name, where it has one. */
  static String errorType(Throwable failure) {
    Class<?> type = failure.getClass();
    String canonical = type.getCanonicalName();
    return canonical != null ? canonical : type.getName();
  }
}
