/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Waits for the driver's events on a daemon thread of its own: XIDs, which a poll would miss, and
 * changes of the MIG configuration. Lives from one initialisation of the library to its shutdown.
 */
final class EventWatcher {
  static final long XID = 0x8;
  static final long MIG_CONFIG_CHANGE = 0x100;

  private static final Logger logger = Logger.getLogger(EventWatcher.class.getName());
  private static final int WAIT_MILLIS = 250; // also how long a release may wait
  private static final long MAX_PAUSE_MILLIS = 30_000;
  private static final long NO_INSTANCE = 0xFFFFFFFFL;

  private final NvmlApi api;
  private final List<DeviceState> devices;
  private final Listener listener;
  private final Runnable onMigChange;
  private final Thread thread;
  private volatile boolean stopped;

  EventWatcher(NvmlApi api, List<DeviceState> devices, Listener listener, Runnable onMigChange) {
    this.api = api;
    this.devices = devices;
    this.listener = listener;
    this.onMigChange = onMigChange;
    this.thread = new Thread(this::run, "spanglass-gpu-events");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Ends the thread.
   *
   * @return whether it left the driver in time; if not, the library must not be shut down under it
   */
  boolean stop() {
    stopped = true;
    thread.interrupt();
    try {
      thread.join(WAIT_MILLIS + TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  private void run() {
    try {
      watch();
    } catch (RuntimeException | LinkageError e) {
      logger.log(Level.WARNING, "GPU events can no longer be watched", e);
    }
  }

  private void watch() {
    long[] event = new long[4];
    if (api.eventSetCreate(event) != NvmlReturn.SUCCESS) {
      return;
    }
    long set = event[0];
    try {
      int registered = 0;
      for (DeviceState device : devices) {
        long types = device.eventTypes & (XID | MIG_CONFIG_CHANGE);
        if (types != 0 && api.eventRegister(device.handle, types, set) == NvmlReturn.SUCCESS) {
          registered++;
        }
      }
      if (registered > 0) {
        waitForEvents(set, event);
      }
    } finally {
      api.eventSetFree(set);
    }
  }

  private void waitForEvents(long set, long[] event) {
    long pause = 1000;
    while (!stopped) {
      int code = api.eventWait(set, WAIT_MILLIS, event);
      if (code == NvmlReturn.SUCCESS) {
        pause = 1000;
        handle(event);
      } else if (code != NvmlReturn.TIMEOUT) {
        if (NvmlReturn.scopeOf(code) == NvmlReturn.Scope.LIBRARY) {
          return; // the collector sees it too, and starts another watcher
        }
        try {
          Thread.sleep(pause);
        } catch (InterruptedException e) {
          return; // only stop() interrupts
        }
        pause = Math.min(pause * 2, MAX_PAUSE_MILLIS);
      }
    }
  }

  private void handle(long[] event) {
    if ((event[1] & MIG_CONFIG_CHANGE) != 0) {
      onMigChange.run();
    }
    if ((event[1] & XID) == 0) {
      return;
    }
    for (DeviceState device : devices) {
      if (device.handle == event[0]) {
        int xid = (int) event[2];
        device.countXid(xid);
        listener.onXid(device, xid, event[3] == NO_INSTANCE ? -1 : (int) event[3]);
        return;
      }
    }
  }
}
