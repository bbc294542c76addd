/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Named events that scripts and programs in other JVMs set and wait for, so that they meet at
 * defined points instead of after sleeps. An event once set stays set until {@link #reset}.
 */
public final class Signals implements AutoCloseable {

  private static final long TIMEOUT_MILLIS = 15_000;

  private final ServerSocket listener;
  private final Set<String> set = new HashSet<>();

  private Signals(ServerSocket listener) {
    this.listener = listener;
  }

  /** Starts to serve other processes on the loopback interface. */
  public static Signals start() throws IOException {
    Signals signals =
        new Signals(new ServerSocket(0, 256, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
    Thread thread = new Thread(signals::acceptAll, "signals");
    thread.setDaemon(true);
    thread.start();
    return signals;
  }

  public int port() {
    return listener.getLocalPort();
  }

  public synchronized void set(String name) {
    set.add(name);
    notifyAll();
  }

  /**
   * Waits for an event.
   *
   * @throws TimeoutException if nobody sets it
   */
  public synchronized void await(String name) throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000;
    while (!set.contains(name)) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new TimeoutException("nobody set " + name);
      }
      wait(left);
    }
  }

  public synchronized void reset() {
    set.clear();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void acceptAll() {
    while (true) {
      Socket socket;
      try {
        socket = listener.accept();
      } catch (IOException e) {
        return;
      }
      Thread thread = new Thread(() -> serve(socket), "signals-connection");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void serve(Socket socket) {
    try (socket;
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      if (line == null) {
        return;
      }
      if (line.startsWith("set ")) {
        set(line.substring("set ".length()));
      } else {
        await(line.substring("await ".length()));
      }
      socket.getOutputStream().write('\n');
    } catch (IOException | InterruptedException | TimeoutException e) {
      // The other side sees the connection close without an answer.
    }
  }

  /** The side of another process. */
  public static final class Remote {

    private final int port;

    public Remote(int port) {
      this.port = port;
    }

    /** Sets an event and returns once that is known. */
    public void set(String name) {
      call("set " + name);
    }

    /** Waits for an event; throws if nobody sets it in time. */
    public void await(String name) {
      call("await " + name);
    }

    private void call(String line) {
      try (Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port)) {
        OutputStream out = socket.getOutputStream();
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        if (socket.getInputStream().read() != '\n') {
          throw new IllegalStateException("no answer to: " + line);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(line, e);
      }
    }
  }
}
