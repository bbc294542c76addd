/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * One unary gRPC call over a connection of its own: all that reading a kubelet's list needs, in
 * place of a gRPC library of several megabytes.
 *
 * <p>The connection is closed after the call, and the peer is told not to use a dynamic header
 * table, so no header state has to be kept. Of the response's headers only {@code grpc-status} is
 * read.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113">HTTP/2</a>
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over
 *     HTTP/2</a>
 */
final class UnaryGrpcCall {
  /** A larger answer is refused: hundreds of pods take less than one MiB. */
  static final int MAX_MESSAGE_BYTES = 4 << 20;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] STATUS_NAME = "grpc-status".getBytes(StandardCharsets.US_ASCII);

  /** The same in HPACK's Huffman code, as Go's servers send it. */
  private static final byte[] STATUS_NAME_HUFFMAN = {
    (byte) 0x9a, (byte) 0xca, (byte) 0xc8, (byte) 0xb2, 0x12, 0x34, (byte) 0xda, (byte) 0x8f
  };

  private static final int MAX_FRAME_BYTES = 16_384; // nothing larger is allowed by our settings
  private static final int CONNECTION_WINDOW = 65_535;
  private static final int STREAM = 1;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 0x1;
  private static final int ACK = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;

  private final SocketChannel channel;
  private final Selector selector;
  private final long deadlineNanos;
  private final ByteBuffer in = ByteBuffer.allocate(MAX_FRAME_BYTES + 9).limit(0);

  private byte[] message = new byte[4096];
  private int received;
  private byte[] headerBlock = new byte[0];
  private int grpcStatus = -1;

  private UnaryGrpcCall(SocketChannel channel, Selector selector, long deadlineNanos) {
    this.channel = channel;
    this.selector = selector;
    this.deadlineNanos = deadlineNanos;
  }

  /**
   * Calls a method with an empty request.
   *
   * @param channel connected or connecting, not blocking; the caller closes it
   * @param path {@code /package.Service/Method}
   * @param deadlineNanos {@link System#nanoTime} at which the call fails
   * @return the response message's bytes
   * @throws IOException when there is no answer in time, or another than OK
   */
  static byte[] call(SocketChannel channel, String path, long deadlineNanos) throws IOException {
    try (Selector selector = Selector.open()) {
      UnaryGrpcCall call = new UnaryGrpcCall(channel, selector, deadlineNanos);
      channel.register(selector, 0);
      if (!channel.isConnected()) {
        do {
          call.await(SelectionKey.OP_CONNECT);
        } while (!channel.finishConnect());
      }
      call.write(request(path));
      return call.readResponse();
    }
  }

  private static ByteBuffer request(String path) {
    ByteBuffer headers = ByteBuffer.allocate(256 + path.length());
    headers.put((byte) 0x83); // :method POST
    headers.put((byte) 0x86); // :scheme http
    literal(headers.put((byte) 0x04), path); // :path
    literal(headers.put((byte) 0x01), "localhost"); // :authority
    literal(headers.put((byte) 0x0f).put((byte) 0x10), "application/grpc"); // content-type
    literal(literal(headers.put((byte) 0x00), "te"), "trailers");
    headers.flip();

    ByteBuffer out = ByteBuffer.allocate(512 + path.length());
    out.put(PREFACE);
    frame(out, 18, SETTINGS, 0, 0);
    setting(out, 0x1, 0); // no dynamic header table
    setting(out, 0x2, 0); // no push
    setting(out, 0x4, MAX_MESSAGE_BYTES); // so that no flow control is needed
    frame(out, 4, WINDOW_UPDATE, 0, 0);
    out.putInt(MAX_MESSAGE_BYTES - CONNECTION_WINDOW);
    frame(out, headers.remaining(), HEADERS, END_HEADERS, STREAM);
    out.put(headers);
    frame(out, 5, DATA, END_STREAM, STREAM);
    out.put((byte) 0).putInt(0); // a message of no bytes, not compressed
    return out.flip();
  }

  /** A header string as it is; all of ours are shorter than 127 bytes. */
  private static ByteBuffer literal(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return to.put((byte) bytes.length).put(bytes);
  }

  private static void setting(ByteBuffer out, int id, int value) {
    out.putShort((short) id).putInt(value);
  }

  private static void frame(ByteBuffer out, int length, int type, int flags, int stream) {
    out.putInt((length << 8) | type).put((byte) flags).putInt(stream);
  }

  private byte[] readResponse() throws IOException {
    while (true) {
      fill(9);
      int lengthAndType = in.getInt();
      int length = lengthAndType >>> 8;
      int type = lengthAndType & 0xFF;
      int flags = in.get();
      int stream = in.getInt() & Integer.MAX_VALUE;
      if (length > MAX_FRAME_BYTES) {
        throw new IOException("not an HTTP/2 answer, or too large a frame");
      }
      fill(length);
      byte[] payload = new byte[length];
      in.get(payload);
      if (stream == STREAM) {
        if (type == DATA) {
          append(payload, flags);
        } else if (type == HEADERS) {
          headerBlock = unpadded(payload, flags, (flags & PRIORITY) != 0 ? 5 : 0);
        } else if (type == CONTINUATION) {
          headerBlock = join(headerBlock, payload);
        } else if (type == RST_STREAM) {
          throw new IOException("the call was reset");
        }
        if ((type == HEADERS || type == CONTINUATION) && (flags & END_HEADERS) != 0) {
          int status = grpcStatus(headerBlock);
          grpcStatus = status >= 0 ? status : grpcStatus;
        }
        if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
          return finished();
        }
      } else if (type == SETTINGS && (flags & ACK) == 0) {
        reply(SETTINGS, new byte[0]);
      } else if (type == PING && (flags & ACK) == 0) {
        reply(PING, payload);
      } else if (type == GOAWAY && length >= 4 && ByteBuffer.wrap(payload).getInt() < STREAM) {
        throw new IOException("the connection was turned away");
      }
    }
  }

  private void append(byte[] payload, int flags) throws IOException {
    byte[] data = unpadded(payload, flags, 0);
    if (received + data.length > MAX_MESSAGE_BYTES + 5) {
      throw new IOException("the answer is larger than " + (MAX_MESSAGE_BYTES >> 20) + " MiB");
    }
    if (received + data.length > message.length) {
      message = Arrays.copyOf(message, Math.max(message.length * 2, received + data.length));
    }
    System.arraycopy(data, 0, message, received, data.length);
    received += data.length;
  }

  private byte[] finished() throws IOException {
    if (grpcStatus > 0) {
      throw new IOException("gRPC status " + grpcStatus);
    }
    if (received < 5) {
      throw new IOException("the call ended without an answer");
    }
    int length = ByteBuffer.wrap(message, 1, 4).getInt();
    if (message[0] != 0 || length != received - 5) {
      throw new IOException("the answer is compressed or cut off");
    }
    return Arrays.copyOfRange(message, 5, received);
  }

  private static byte[] unpadded(byte[] payload, int flags, int skip) throws IOException {
    int from = skip;
    int padding = 0;
    if ((flags & PADDED) != 0) {
      from++;
      padding = payload.length == 0 ? 0 : payload[0] & 0xFF;
    }
    if (from + padding > payload.length) {
      throw new IOException("a frame with more padding than length");
    }
    return from + padding == 0
        ? payload
        : Arrays.copyOfRange(payload, from, payload.length - padding);
  }

  private static byte[] join(byte[] first, byte[] second) throws IOException {
    if (first.length + second.length > 65_536) {
      throw new IOException("too many response headers");
    }
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private void reply(int type, byte[] payload) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(9 + payload.length);
    frame(out, payload.length, type, ACK, 0);
    write(out.put(payload).flip());
  }

  // ---- headers

  /** The gRPC status in a header block (HPACK, RFC 7541), or -1 when it has none. */
  static int grpcStatus(byte[] block) {
    ByteBuffer in = ByteBuffer.wrap(block);
    int status = -1;
    try {
      while (in.hasRemaining()) {
        int first = in.get() & 0xFF;
        if ((first & 0x80) != 0) {
          integer(in, first, 7); // a field of the static table: never grpc-status
        } else if ((first & 0xE0) == 0x20) {
          integer(in, first, 5); // a new size of the table
        } else {
          int name = integer(in, first, (first & 0x40) != 0 ? 6 : 4);
          boolean isStatus = false;
          if (name == 0) {
            boolean huffman = (in.get(in.position()) & 0x80) != 0;
            isStatus = Arrays.equals(string(in), huffman ? STATUS_NAME_HUFFMAN : STATUS_NAME);
          }
          boolean huffman = (in.get(in.position()) & 0x80) != 0;
          byte[] value = string(in);
          if (isStatus) {
            status = huffman ? huffmanDigits(value) : digits(value);
          }
        }
      }
    } catch (RuntimeException e) {
      return status; // not HPACK: what was understood stands
    }
    return status;
  }

  private static int integer(ByteBuffer in, int first, int bits) {
    int mask = (1 << bits) - 1;
    int value = first & mask;
    if (value == mask) {
      int shift = 0;
      int next;
      do {
        next = in.get() & 0xFF;
        value += (next & 0x7F) << shift;
        shift += 7;
      } while ((next & 0x80) != 0 && shift < 28);
    }
    return value;
  }

  private static byte[] string(ByteBuffer in) {
    byte[] bytes = new byte[integer(in, in.get() & 0xFF, 7)];
    in.get(bytes);
    return bytes;
  }

  private static int digits(byte[] text) {
    int value = 0;
    for (byte digit : text) {
      value = value * 10 + (digit - '0');
    }
    return text.length == 0 ? -1 : value;
  }

  /** Digits in HPACK's Huffman code: 0 to 2 have five bits, 3 to 9 six; ones fill the last byte. */
  private static int huffmanDigits(byte[] code) {
    int bits = 0;
    int count = 0;
    int value = 0;
    for (byte each : code) {
      bits = (bits << 8) | (each & 0xFF);
      count += 8;
      while (count >= 5) {
        int five = (bits >> (count - 5)) & 0x1F;
        if (five <= 2) {
          value = value * 10 + five;
          count -= 5;
          continue;
        }
        int six = count >= 6 ? (bits >> (count - 6)) & 0x3F : 0;
        if (six < 0x19 || six > 0x1F) {
          break;
        }
        value = value * 10 + (six - 0x19 + 3);
        count -= 6;
      }
      bits &= (1 << count) - 1;
    }
    return value;
  }

  // ---- bytes

  /** Makes at least {@code count} bytes readable. */
  private void fill(int count) throws IOException {
    while (in.remaining() < count) {
      in.compact();
      int read = channel.read(in);
      in.flip();
      if (read < 0) {
        throw new EOFException("the connection was closed before the answer");
      }
      if (read == 0) {
        await(SelectionKey.OP_READ);
      }
    }
  }

  private void write(ByteBuffer out) throws IOException {
    while (out.hasRemaining()) {
      if (channel.write(out) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  private void await(int operation) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    channel.keyFor(selector).interestOps(operation);
    selector.select(left);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("interrupted");
    }
  }
}
