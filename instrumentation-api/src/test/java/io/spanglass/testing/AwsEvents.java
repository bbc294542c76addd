/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Writes AWS's event streams from lines that can be read. */
public final class AwsEvents {
  private AwsEvents() {}

  /**
   * Returns a stream of one message for each line.
   *
   * @param lines each with the kind of message, its name, and its payload, apart by a space: {@code
   *     event messageStop {…}}
   */
  public static byte[] of(String lines) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (String line : lines.split("\n", -1)) {
      if (!line.isBlank()) {
        String[] parts = line.split(" ", 3);
        stream.writeBytes(
            message(
                headers(
                    ":" + parts[0] + "-type",
                    parts[1],
                    ":content-type",
                    "application/json",
                    ":message-type",
                    parts[0]),
                parts[2].getBytes(UTF_8)));
      }
    }
    return stream.toByteArray();
  }

  /** Returns headers that hold strings. */
  public static byte[] headers(String... namesAndValues) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      byte[] name = namesAndValues[i].getBytes(UTF_8);
      byte[] value = namesAndValues[i + 1].getBytes(UTF_8);
      headers.write(name.length);
      headers.writeBytes(name);
      headers.write(7);
      headers.write(value.length >> 8);
      headers.write(value.length);
      headers.writeBytes(value);
    }
    return headers.toByteArray();
  }

  public static byte[] message(byte[] headers, byte[] payload) {
    int total = 16 + headers.length + payload.length;
    ByteBuffer message = ByteBuffer.allocate(total).putInt(total).putInt(headers.length);
    message.putInt(checksum(message.array(), 8));
    message.put(headers).put(payload);
    return message.putInt(checksum(message.array(), total - 4)).array();
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }
}
