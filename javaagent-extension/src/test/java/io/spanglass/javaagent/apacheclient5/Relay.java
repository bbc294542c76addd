/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apacheclient5;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A proxy for one connection after the other: of requests with a whole URL, and of tunnels. */
public final class Relay implements AutoCloseable {

  private final ServerSocket listener =
      new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));

  public Relay() throws IOException {
    daemon(
        () -> {
          while (true) {
            relay(listener.accept());
          }
        });
  }

  public int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // One side has gone.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private static void relay(Socket client) throws IOException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    String head = "";
    while (!head.endsWith("\r\n\r\n")) {
      read.write(in.read());
      head = read.toString(StandardCharsets.ISO_8859_1);
    }
    String[] line = head.substring(0, head.indexOf('\r')).split(" ", -1);
    boolean tunnel = line[0].equals("CONNECT");
    URI target = URI.create(tunnel ? "http://" + line[1] : line[1]);
    Socket server = new Socket(target.getHost(), target.getPort());
    if (tunnel) {
      client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } else {
      String forwarded =
          line[0]
              + " "
              + target.getRawPath()
              + " "
              + line[2]
              + "\r\nX-Relayed: yes"
              + head.substring(head.indexOf('\r'));
      server.getOutputStream().write(forwarded.getBytes(StandardCharsets.ISO_8859_1));
    }
    daemon(() -> copy(in, server));
    daemon(() -> copy(server.getInputStream(), client));
  }

  private static void copy(InputStream in, Socket to) throws IOException {
    OutputStream out = to.getOutputStream();
    byte[] buffer = new byte[8192];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      out.flush();
    }
    to.shutdownOutput();
  }
}
