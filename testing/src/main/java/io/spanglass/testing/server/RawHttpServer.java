/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on a plain socket: every write of a script is one write to the socket, so that
 * responses can be cut anywhere, be wrong, or end in a reset. One thread per connection.
 */
public final class RawHttpServer implements AutoCloseable {

  private static final int GONE_TIMEOUT_MILLIS = 20_000;

  private final ServerSocket listener;
  private final Function<ReceivedRequest, Script> scripts;
  private final RequestLog log = new RequestLog();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();

  private RawHttpServer(ServerSocket listener, Function<ReceivedRequest, Script> scripts) {
    this.listener = listener;
    this.scripts = scripts;
  }

  /** Starts a server on the loopback interface that looks up a script for every request. */
  public static RawHttpServer start(Function<ReceivedRequest, Script> scripts) throws IOException {
    ServerSocket listener =
        new ServerSocket(0, 2048, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    RawHttpServer server = new RawHttpServer(listener, scripts);
    daemon(server::acceptAll, "raw-http-accept");
    return server;
  }

  /** {@code http://127.0.0.1:port}. */
  public String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** What was received since the start or the last {@link #reset}. */
  public List<ReceivedRequest> requests() {
    return log.all();
  }

  /** Forgets what was received and closes the connections that are still open. */
  public void reset() {
    closeConnections();
    log.clear();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    closeConnections();
  }

  private void closeConnections() {
    for (Socket socket : open) {
      closeQuietly(socket);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is as closed as it will get.
    }
  }

  private static void daemon(Runnable task, String name) {
    Thread thread = new Thread(null, task, name, 256 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAll() {
    while (true) {
      Socket socket;
      try {
        socket = listener.accept();
      } catch (IOException e) {
        return;
      }
      open.add(socket);
      int number = connections.incrementAndGet();
      daemon(() -> serve(socket, number), "raw-http-" + number);
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int index = 0; ; index++) {
        ReceivedRequest request = readHead(in, number, index);
        if (request == null) {
          return;
        }
        log.add(request);
        RawExchange exchange = new RawExchange(socket, in, request);
        scripts.apply(request).play(exchange);
        if (!exchange.reusable()) {
          return;
        }
      }
    } catch (Exception e) {
      // The client went away, which scripts provoke; what was received is in the log.
    } finally {
      open.remove(socket);
    }
  }

  private static @Nullable ReceivedRequest readHead(InputStream in, int number, int index)
      throws IOException {
    String requestLine = readLine(in);
    if (requestLine == null) {
      return null;
    }
    List<String> headers = new ArrayList<>();
    for (String line = readLine(in); line != null && !line.isEmpty(); line = readLine(in)) {
      headers.add(line);
    }
    int first = requestLine.indexOf(' ');
    int last = requestLine.lastIndexOf(' ');
    return new ReceivedRequest(
        requestLine.substring(0, first),
        requestLine.substring(first + 1, last),
        requestLine.substring(last + 1),
        headers,
        number,
        index);
  }

  private static @Nullable String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != -1; b = in.read()) {
      if (b == '\n') {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      line.write(b);
    }
    return null;
  }

  private static final class RawExchange implements ServerExchange {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final ReceivedRequest request;
    private Framing framing = Framing.CLOSE;
    private boolean bodyRead;
    private boolean ended;

    RawExchange(Socket socket, InputStream in, ReceivedRequest request) throws IOException {
      this.socket = socket;
      this.in = in;
      this.out = socket.getOutputStream();
      this.request = request;
      this.bodyRead =
          request.header("content-length") == null && request.header("transfer-encoding") == null;
    }

    boolean reusable() {
      return ended && bodyRead && framing != Framing.CLOSE && !socket.isClosed();
    }

    @Override
    public ReceivedRequest request() {
      return request;
    }

    @Override
    public byte[] readBody() throws IOException {
      byte[] body;
      String length = request.header("content-length");
      if (length != null) {
        body = in.readNBytes(Integer.parseInt(length));
        request.body(body);
        if (body.length < Integer.parseInt(length)) {
          throw new EOFException();
        }
      } else if (request.header("transfer-encoding") != null) {
        body = readChunks();
        request.body(body);
      } else {
        body = new byte[0];
        request.body(body);
      }
      bodyRead = true;
      return body;
    }

    private byte[] readChunks() throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (true) {
        String size = readLine(in);
        if (size == null) {
          // What came until here is what the server saw of a body that was broken off.
          request.body(body.toByteArray());
          throw new EOFException();
        }
        int n = Integer.parseInt(size.trim(), 16);
        body.write(in.readNBytes(n));
        String separator = readLine(in);
        if (separator == null) {
          request.body(body.toByteArray());
          throw new EOFException();
        }
        if (n == 0) {
          return body.toByteArray();
        }
      }
    }

    @Override
    public void interim(int status) throws IOException {
      raw(("HTTP/1.1 " + status + " Interim\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void head(int status, Framing framing, String... headers) throws IOException {
      this.framing = framing;
      StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
      for (int i = 0; i < headers.length; i += 2) {
        head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
      }
      if (framing == Framing.CHUNKED) {
        head.append("Transfer-Encoding: chunked\r\n");
      } else if (framing == Framing.CLOSE) {
        head.append("Connection: close\r\n");
      }
      raw(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void data(byte[] bytes) throws IOException {
      if (framing == Framing.CHUNKED) {
        if (bytes.length == 0) {
          return;
        }
        ByteArrayOutputStream chunk = new ByteArrayOutputStream(bytes.length + 16);
        chunk.writeBytes(
            (Integer.toHexString(bytes.length).toUpperCase(Locale.ROOT) + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        chunk.writeBytes(bytes);
        chunk.writeBytes(new byte[] {'\r', '\n'});
        raw(chunk.toByteArray());
      } else {
        raw(bytes);
      }
    }

    @Override
    public void end() throws IOException {
      if (framing == Framing.CHUNKED) {
        raw(new byte[] {'0', '\r', '\n', '\r', '\n'});
      }
      ended = true;
      if (framing == Framing.CLOSE) {
        // FIN only: closing with unread request bytes would be a reset.
        socket.shutdownOutput();
        drain();
      }
    }

    private void drain() throws IOException {
      socket.setSoTimeout(GONE_TIMEOUT_MILLIS);
      in.transferTo(OutputStream.nullOutputStream());
    }

    @Override
    public void raw(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    @Override
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() throws IOException {
      socket.shutdownOutput();
      drain();
    }

    @Override
    public void awaitClientGone() throws IOException {
      try {
        drain();
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        // Reset by the client: gone, too.
      }
    }

    @Override
    public void push(String path) {
      throw new UnsupportedOperationException("HTTP/1.1 has no push");
    }
  }
}
