/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request as a scripted server received it. Safe for use by several threads. */
public final class ReceivedRequest {

  /** What propagators add; everything else must be the application's. */
  private static final Set<String> PROPAGATION = Set.of("traceparent", "tracestate", "baggage");

  /**
   * A moment on the server.
   *
   * @param nanoTime of {@link System#nanoTime}, which on Linux is the same clock in every process
   * @param epochNanos nanoseconds since the epoch
   */
  public record Stamp(String label, long nanoTime, long epochNanos) {}

  private final String method;
  private final String path;
  private final String protocol;
  private final List<String> headers;
  private final int connection;
  private final int indexOnConnection;
  private final List<Stamp> stamps = new ArrayList<>();
  private byte @Nullable [] body;

  ReceivedRequest(
      String method,
      String path,
      String protocol,
      List<String> headers,
      int connection,
      int indexOnConnection) {
    this.method = method;
    this.path = path;
    this.protocol = protocol;
    this.headers = List.copyOf(headers);
    this.connection = connection;
    this.indexOnConnection = indexOnConnection;
    stamp("received");
  }

  public String method() {
    return method;
  }

  /** Path and query as they stood in the request. */
  public String path() {
    return path;
  }

  /** {@code HTTP/1.1} or {@code HTTP/2.0}. */
  public String protocol() {
    return protocol;
  }

  /** The header lines, {@code name: value}, in the order of arrival. */
  public List<String> headers() {
    return headers;
  }

  /** The header lines without those that a trace context propagator adds. */
  public List<String> applicationHeaders() {
    return headers.stream().filter(line -> !PROPAGATION.contains(name(line))).toList();
  }

  /** The value of the first header with this name, or null. */
  public @Nullable String header(String name) {
    for (String line : headers) {
      if (name(line).equals(name.toLowerCase(Locale.ROOT))) {
        return line.substring(line.indexOf(':') + 1).trim();
      }
    }
    return null;
  }

  private static String name(String line) {
    return line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT);
  }

  /** Which connection it came on, counted from 1 over the life of the server. */
  public int connection() {
    return connection;
  }

  /** Counted from 0: more than 0 if the connection was used before. */
  public int indexOnConnection() {
    return indexOnConnection;
  }

  /** The body, null if the script did not read it. */
  public synchronized byte @Nullable [] body() {
    return body;
  }

  synchronized void body(byte[] bytes) {
    this.body = bytes;
  }

  /** The moments noted so far; the first is {@code received}. */
  public synchronized List<Stamp> stamps() {
    return List.copyOf(stamps);
  }

  /** The moment with this label, or null. */
  public @Nullable Stamp stampOf(String label) {
    for (Stamp stamp : stamps()) {
      if (stamp.label().equals(label)) {
        return stamp;
      }
    }
    return null;
  }

  synchronized void stamp(String label) {
    long nanoTime = System.nanoTime();
    Instant now = Instant.now();
    stamps.add(new Stamp(label, nanoTime, now.getEpochSecond() * 1_000_000_000L + now.getNano()));
  }
}
