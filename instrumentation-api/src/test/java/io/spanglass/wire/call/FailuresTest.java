/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  static List<Arguments> failures() {
    return List.of(
        Arguments.of(new CancellationException(), StreamEnd.CANCELLED),
        Arguments.of(new InterruptedException(), StreamEnd.CANCELLED),
        Arguments.of(new InterruptedIOException(), StreamEnd.CANCELLED),
        Arguments.of(new InterruptedIOException("timeout"), StreamEnd.TIMEOUT),
        Arguments.of(new InterruptedIOException("deadline reached"), StreamEnd.TIMEOUT),
        Arguments.of(new TimeoutException(), StreamEnd.TIMEOUT),
        Arguments.of(new SocketTimeoutException(), StreamEnd.TIMEOUT),
        Arguments.of(new HttpTimeoutException("request timed out"), StreamEnd.TIMEOUT),
        Arguments.of(new HttpConnectTimeoutException("connect"), StreamEnd.TIMEOUT),
        Arguments.of(new SocketException("Connection reset"), StreamEnd.RESET),
        Arguments.of(new EOFException(), StreamEnd.RESET),
        Arguments.of(new ClosedChannelException(), StreamEnd.RESET),
        Arguments.of(new IOException("closed", new EOFException()), StreamEnd.RESET),
        Arguments.of(new ConnectException(), StreamEnd.ERROR),
        Arguments.of(new NoRouteToHostException(), StreamEnd.ERROR),
        Arguments.of(new UnknownHostException(), StreamEnd.ERROR),
        Arguments.of(new SSLHandshakeException(""), StreamEnd.ERROR),
        Arguments.of(new IOException(new IllegalStateException()), StreamEnd.ERROR),
        Arguments.of(new UncheckedIOException(new IOException()), StreamEnd.ERROR),
        Arguments.of(new IllegalArgumentException(), StreamEnd.ERROR),
        Arguments.of(new OutOfMemoryError(), StreamEnd.ERROR));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void classes(Throwable failure, StreamEnd end) {
    assertThat(Failures.classify(failure, false, false)).isEqualTo(end);
  }

  @Test
  void whatTheClientKnowsSaysMoreThanTheClass() {
    IOException broken = new IOException("Canceled");
    assertThat(Failures.classify(broken, true, false)).isEqualTo(StreamEnd.CANCELLED);
    assertThat(Failures.classify(broken, true, true)).isEqualTo(StreamEnd.TIMEOUT);
    // No connection that was broken on purpose throws this.
    assertThat(Failures.classify(new IllegalStateException(), true, true))
        .isEqualTo(StreamEnd.ERROR);
  }

  @Test
  void whatDidNotComeFromTheClientIsNoReset() {
    IOException own = new IOException();
    assertThat(Failures.classifyForeign(own, false, false)).isEqualTo(StreamEnd.ERROR);
    assertThat(Failures.classifyForeign(own, true, false)).isEqualTo(StreamEnd.CANCELLED);
    assertThat(Failures.classifyForeign(new InterruptedException(), false, false))
        .isEqualTo(StreamEnd.CANCELLED);
    assertThat(Failures.classifyForeign(new SocketTimeoutException(), false, false))
        .isEqualTo(StreamEnd.TIMEOUT);
  }

  @Test
  void whatIsMadeOfAFailureIsFromIt() {
    IOException failure = new IOException();
    assertThat(Failures.isFrom(failure, failure)).isTrue();
    assertThat(Failures.isFrom(new IOException(new RuntimeException(failure)), failure)).isTrue();
    assertThat(Failures.isFrom(failure, new CompletionException(failure))).isTrue();
    assertThat(Failures.isFrom(new IOException(), failure)).isFalse();
    assertThat(Failures.isFrom(failure, null)).isFalse();
    Throwable deep = failure;
    for (int i = 0; i < 100; i++) {
      deep = new IOException(deep);
    }
    assertThat(Failures.isFrom(deep, failure)).isFalse();
  }

  @Test
  void futuresWrappersAreTakenOff() {
    IOException failure = new IOException();
    assertThat(Failures.unwrap(new CompletionException(new ExecutionException(failure))))
        .isSameAs(failure);
    CompletionException bare = new CompletionException("no cause", null);
    assertThat(Failures.unwrap(bare)).isSameAs(bare);
  }

  @Test
  void theTypeIsTheClassName() {
    assertThat(Failures.errorType(new HttpTimeoutException("")))
        .isEqualTo("java.net.http.HttpTimeoutException");
    assertThat(Failures.errorType(new IOException() {}))
        .startsWith("io.spanglass.wire.call.FailuresTest$");
  }
}
