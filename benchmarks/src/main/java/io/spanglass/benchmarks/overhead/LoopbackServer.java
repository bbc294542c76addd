/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.overhead;

import io.spanglass.benchmarks.Sample;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A model server that takes no time: each request gets bytes that were made at the start. It runs
 * in a process of its own and ends when its standard input does.
 *
 * <p>A request with {@code "stream":true} among the first bytes of its body gets a stream, one
 * write an event; else one document. What an OTLP exporter sends gets an empty 200.
 */
public final class LoopbackServer {
  static final int CHUNKS = 200;

  private static final int MAX_HEAD = 64 * 1024;
  private static final byte[] STREAM = ascii("\"stream\":true");
  private static final byte[] OTLP = ascii("post /v1/metrics ");
  private static final byte[] LENGTH = ascii("\r\ncontent-length:");
  private static final byte[] CHUNKED = ascii("\r\ntransfer-encoding:");

  private final byte[] document;
  private final byte[][] stream;
  private final byte[] empty = ascii("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

  private LoopbackServer(Sample sample) {
    byte[] body = sample.document().getBytes(StandardCharsets.UTF_8);
    document =
        concat(
            ascii(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length
                    + "\r\n\r\n"),
            body);
    List<byte[]> writes = new ArrayList<>();
    writes.add(
        ascii(
            "HTTP/1.1 200 OK\r\nContent-Type: "
                + sample.streamContentType()
                + "\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < CHUNKS; i++) {
      writes.add(httpChunk(sample.frame(sample.chunk(i))));
    }
    for (String last : sample.lastChunks()) {
      writes.add(httpChunk(sample.frame(last)));
    }
    writes.add(ascii("0\r\n\r\n"));
    stream = writes.toArray(new byte[0][]);
  }

  private static byte[] httpChunk(byte[] bytes) {
    return concat(ascii(Integer.toHexString(bytes.length) + "\r\n"), bytes, ascii("\r\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /**
   * Prints {@code port} and the port.
   *
   * @param arguments the name of the {@link Sample} to answer with
   */
  public static void main(String[] arguments) throws IOException {
    LoopbackServer server = new LoopbackServer(Sample.valueOf(arguments[0]));
    try (ServerSocket socket = new ServerSocket(0, 256, InetAddress.getLoopbackAddress())) {
      System.out.println("port " + socket.getLocalPort());
      Thread acceptor = new Thread(() -> server.accept(socket), "acceptor");
      acceptor.setDaemon(true);
      acceptor.start();
      while (System.in.read() >= 0) {
        // Until whoever started this is gone.
      }
    }
  }

  private void accept(ServerSocket socket) {
    try {
      while (true) {
        Socket connection = socket.accept();
        Thread thread = new Thread(() -> serve(connection), "connection");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      // Closed: the process ends.
    }
  }

  private void serve(Socket connection) {
    byte[] buffer = new byte[MAX_HEAD];
    int held = 0;
    try (connection;
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream()) {
      connection.setTcpNoDelay(true);
      while (true) {
        int head = endOfHead(buffer, held);
        while (head < 0) {
          int read = in.read(buffer, held, buffer.length - held);
          if (read <= 0) {
            return;
          }
          held += read;
          head = endOfHead(buffer, held);
        }
        if (indexOf(buffer, 0, head, CHUNKED) >= 0) {
          throw new IOException("a chunked request");
        }
        long length = contentLength(buffer, head);
        int inBuffer = (int) Math.min(length, buffer.length - head);
        while (held - head < inBuffer) {
          int read = in.read(buffer, held, buffer.length - held);
          if (read < 0) {
            return;
          }
          held += read;
        }
        in.skipNBytes(length - inBuffer);
        if (indexOf(buffer, 0, OTLP.length, OTLP) == 0) {
          out.write(empty);
        } else if (indexOf(buffer, head, head + inBuffer, STREAM) >= 0) {
          for (byte[] write : stream) {
            out.write(write);
          }
        } else {
          out.write(document);
        }
        int left = held - head - inBuffer;
        System.arraycopy(buffer, head + inBuffer, buffer, 0, left);
        held = left;
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private static int endOfHead(byte[] bytes, int end) {
    for (int i = 3; i < end; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private static long contentLength(byte[] bytes, int head) {
    int at = indexOf(bytes, 0, head, LENGTH);
    if (at < 0) {
      return 0;
    }
    long length = 0;
    for (int i = at + LENGTH.length; bytes[i] != '\r'; i++) {
      if (bytes[i] != ' ') {
        length = 10 * length + (bytes[i] - '0');
      }
    }
    return length;
  }

  /** In any case of the letters: {@code what} is in lower case. */
  private static int indexOf(byte[] bytes, int from, int to, byte[] what) {
    outer:
    for (int i = from; i <= to - what.length; i++) {
      for (int j = 0; j < what.length; j++) {
        int b = bytes[i + j];
        if (b != what[j] && (b | 0x20) != what[j]) {
          continue outer;
        }
      }
      return i;
    }
    return -1;
  }
}
