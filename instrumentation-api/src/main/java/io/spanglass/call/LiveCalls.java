/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.spanglass.telemetry.InternalErrors;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges that have not ended. One daemon thread goes through them now and then for streams
 * that the application has left unread: clients hold the body of an open response themselves, so
 * that the garbage collector never finds it.
 */
final class LiveCalls {
  private static final int LOOKS = 10;

  private final Set<Exchange> calls = ConcurrentHashMap.newKeySet();
  private final long abandonedAfterNanos;
  private final InternalErrors errors;

  /** The thread starts with the first call. */
  private volatile boolean started;

  private @Nullable ScheduledThreadPoolExecutor executor;

  /**
   * @param abandonedAfterNanos how long an application may leave a stream unread, 0 for ever
   */
  LiveCalls(long abandonedAfterNanos, InternalErrors errors) {
    this.abandonedAfterNanos = abandonedAfterNanos;
    this.errors = errors;
  }

  void add(Exchange call) {
    calls.add(call);
    if (!started && abandonedAfterNanos > 0) {
      start();
    }
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  void remove(Exchange call) {
    calls.remove(call);
  }

  /** Ends all that are under way, as abandoned, with what is known of them. */
  void endAll() {
    for (Exchange call : calls) {
      call.abandon();
    }
  }

  /** Stops the thread; it does not start again. */
  synchronized void close() {
    started = true;
    ScheduledThreadPoolExecutor executor = this.executor;
    if (executor != null) {
      this.executor = null;
      executor.shutdownNow();
    }
  }

  private synchronized void start() {
    if (started) {
      return;
    }
    started = true;
    try {
      ScheduledThreadPoolExecutor executor =
          new ScheduledThreadPoolExecutor(1, task -> newThread(task, "spanglass-live-calls"));
      this.executor = executor;
      long period = Math.max(1, abandonedAfterNanos / LOOKS);
      Object unused =
          executor.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
  }

  /** With nothing of the application in it that happened to make the first call. */
  static Thread newThread(Runnable task, String name) {
    return AccessController.doPrivileged(
        (PrivilegedAction<Thread>)
            () -> {
              ThreadGroup group = Thread.currentThread().getThreadGroup();
              while (group.getParent() != null) {
                group = group.getParent();
              }
              Thread thread = new Thread(group, task, name, 0, false);
              thread.setDaemon(true);
              thread.setContextClassLoader(null);
              return thread;
            });
  }

  private void look() {
    try {
      long now = System.nanoTime();
      for (Exchange call : calls) {
        call.abandonIfUnread(now, abandonedAfterNanos);
      }
    } catch (Throwable t) {
      errors.swallow("lifecycle", t);
    }
  }
}
