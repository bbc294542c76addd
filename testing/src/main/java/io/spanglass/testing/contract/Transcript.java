/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the application saw of one scenario, line by line. Safe for use by several threads. */
public final class Transcript {

  private static final String ABOUT = "about ";

  private final List<String> lines = new ArrayList<>();

  /** Whether two lines say the same, the number of {@link #about} at most a third higher. */
  public static boolean sameLine(String before, String after) {
    int number = before.lastIndexOf(' ') + 1;
    if (!before.startsWith(ABOUT) || !after.startsWith(before.substring(0, number))) {
      return before.equals(after);
    }
    int expected = Integer.parseInt(before.substring(number));
    return Integer.parseInt(after.substring(number)) <= expected + expected / 3;
  }

  public synchronized void add(String what, @Nullable Object value) {
    lines.add(escape(what + ": " + value));
  }

  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  /** Class and message of an exception and of its causes and suppressed ones. */
  public void exception(String what, @Nullable Throwable thrown) {
    StringBuilder text = new StringBuilder();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      text.append(text.length() == 0 ? "" : " <- ").append(t.getClass().getName());
      // A socket and a client's own clock say it differently, and who is first is left to chance.
      String message =
          t instanceof SocketTimeoutException ? "timeout" : String.valueOf(t.getMessage());
      text.append('(').append(normalize(message)).append(')');
      for (Throwable suppressed : t.getSuppressed()) {
        text.append(" +").append(suppressed.getClass().getName());
      }
      if (t instanceof HttpTimeoutException || t instanceof InterruptedIOException) {
        // Below it is whatever the client was doing when the time was over.
        break;
      }
    }
    add(what, text);
  }

  /** A number that is not quite the same in every run, and may be less. */
  public void about(String what, int number) {
    add(ABOUT + what, number);
  }

  public void bytes(String what, byte @Nullable [] bytes) {
    add(what, bytes == null ? "null" : describe(bytes));
  }

  /** Length, digest and, if short, the text. */
  public static String describe(byte[] bytes) {
    try {
      String digest =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
      return bytes.length + " bytes " + digest + (bytes.length <= 300 ? " " + text(bytes) : "");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return HexFormat.of().formatHex(bytes);
    }
  }

  /** A thread's name without the numbers that differ from run to run. */
  public static String threadPattern() {
    return normalize(Thread.currentThread().getName());
  }

  /**
   * Without the application's, its executor's and the client's own threads: which of these calls
   * depends on who comes first.
   */
  public static Set<String> otherThreads(Set<String> patterns) {
    Set<String> others = new TreeSet<>(patterns);
    others.removeAll(Set.of("app-main", "app-executor", "HttpClient-N-Worker-N"));
    return others;
  }

  /** Numbers of clients and workers and identity hashes differ from run to run. */
  public static String normalize(String text) {
    return text.replaceAll("HttpClient-\\d+", "HttpClient-N")
        .replaceAll("Worker-\\d+", "Worker-N")
        .replaceAll("Thread-\\d+", "Thread-N")
        .replaceAll("worker-\\d+", "worker-N")
        .replaceAll("@[0-9a-f]+", "@N");
  }

  private static String escape(String line) {
    return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }
}
