/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kubelet which container holds which GPU, on a daemon thread of its own: a kubelet that
 * does not answer delays nothing else. Each question has a connection of its own and a deadline, so
 * a kubelet that restarts is found again by itself.
 */
final class PodWatcher implements PodSource {
  static final String DEFAULT_SOCKET = "/var/lib/kubelet/pod-resources/kubelet.sock";

  private static final Logger logger = Logger.getLogger(PodWatcher.class.getName());

  private static final String METHOD = "/v1.PodResourcesLister/List";
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** What was true a minute ago is not told as the present: pods come and go. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final String socket;
  private final long periodNanos;
  private final long deadlineNanos;
  private final long staleNanos;
  private final Thread thread;
  private volatile boolean closed;
  private volatile PodAllocations latest = PodAllocations.NONE;
  private volatile long answeredNanos;
  private volatile boolean answered;
  private boolean failureTold;

  PodWatcher(String socket) {
    this(socket, PERIOD_NANOS, DEADLINE_NANOS, STALE_NANOS);
  }

  PodWatcher(String socket, long periodNanos, long deadlineNanos, long staleNanos) {
    this.socket = socket;
    this.periodNanos = periodNanos;
    this.deadlineNanos = deadlineNanos;
    this.staleNanos = staleNanos;
    this.thread = new Thread(this::run, "spanglass-gpu-pods");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  /** What the kubelet told last, or nothing when that is too long ago. Any thread. */
  @Override
  public PodAllocations current() {
    if (!answered || System.nanoTime() - answeredNanos > staleNanos) {
      return PodAllocations.NONE;
    }
    return latest;
  }

  private void run() {
    while (!closed) {
      long start = System.nanoTime();
      if (!ask(start)) {
        return;
      }
      long next = start + periodNanos;
      long now;
      while (!closed && (now = System.nanoTime()) < next) {
        LockSupport.parkNanos(this, next - now);
      }
    }
  }

  /** Asks once. Returns whether it makes sense to ask again. */
  private boolean ask(long now) {
    try {
      latest = PodResourcesDecoder.decode(list(now + deadlineNanos));
      answeredNanos = System.nanoTime();
      answered = true;
      if (failureTold) {
        failureTold = false;
        logger.log(Level.INFO, "the kubelet tells the pods of the GPUs again");
      }
      return true;
    } catch (UnsupportedOperationException e) {
      logger.log(Level.WARNING, "the pods of the GPUs are not known: " + e.getMessage());
      return false;
    } catch (IOException | RuntimeException e) {
      if (!failureTold && !closed) {
        failureTold = true;
        logger.log(
            Level.WARNING,
            "the pods of the GPUs are not known: the kubelet's socket "
                + socket
                + " gives no list: "
                + explain(e)
                + " (will ask again)");
      }
      return true;
    }
  }

  private static String explain(Exception e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private byte[] list(long deadline) throws IOException {
    try (SocketChannel channel = open()) {
      channel.configureBlocking(false);
      channel.connect(address(socket));
      return UnaryGrpcCall.call(channel, METHOD, deadline);
    }
  }

  // Unix domain sockets came with Java 16; this class is compiled for 11.

  private static SocketChannel open() throws IOException {
    Object channel =
        invoke(
            SocketChannel.class.getName(), "open", ProtocolFamily.class, family("UNIX"), "channel");
    return (SocketChannel) channel;
  }

  private static ProtocolFamily family(String name) {
    try {
      return StandardProtocolFamily.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedOperationException(
          "Unix domain sockets need Java 16 or newer, this is " + javaVersion(), e);
    }
  }

  private static SocketAddress address(String path) throws IOException {
    Object address =
        invoke("java.net.UnixDomainSocketAddress", "of", String.class, path, "address");
    return (SocketAddress) address;
  }

  private static Object invoke(
      String type, String method, Class<?> parameter, Object argument, String what)
      throws IOException {
    try {
      Object result = Class.forName(type).getMethod(method, parameter).invoke(null, argument);
      if (result == null) {
        throw new IOException("no " + what);
      }
      return result;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException) {
        throw (IOException) cause;
      }
      throw new IOException(String.valueOf(cause), cause);
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException(
          "Unix domain sockets need Java 16 or newer, this is " + javaVersion(), e);
    }
  }

  private static @Nullable String javaVersion() {
    return System.getProperty("java.version");
  }
}
