/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.contract.Transcript;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The ways of the JDK, and one of the application, to publish a request body. */
enum Publishers {
  STRING,
  STRING_UTF_16,
  BYTES,
  BYTES_RANGE,
  BYTE_ARRAYS,
  INPUT_STREAM,
  FROM_PUBLISHER,
  FROM_PUBLISHER_WITH_LENGTH,
  CONCAT,
  CUSTOM,
  CUSTOM_UNKNOWN_LENGTH,
  NO_BODY;

  /** A publisher of the text; what an own publisher was asked is added to the transcript later. */
  BodyPublisher of(String text, List<Runnable> atEnd, Transcript transcript) {
    byte[] bytes = Bodies.utf8(text);
    return switch (this) {
      case STRING -> BodyPublishers.ofString(text);
      case STRING_UTF_16 -> BodyPublishers.ofString(text, StandardCharsets.UTF_16LE);
      case BYTES -> BodyPublishers.ofByteArray(bytes);
      case BYTES_RANGE -> {
        byte[] padded = new byte[bytes.length + 20];
        System.arraycopy(bytes, 0, padded, 7, bytes.length);
        yield BodyPublishers.ofByteArray(padded, 7, bytes.length);
      }
      case BYTE_ARRAYS -> BodyPublishers.ofByteArrays(pieces(bytes));
      case INPUT_STREAM -> BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));
      case FROM_PUBLISHER -> BodyPublishers.fromPublisher(recording(bytes, -1, atEnd, transcript));
      case FROM_PUBLISHER_WITH_LENGTH ->
          BodyPublishers.fromPublisher(
              recording(bytes, bytes.length, atEnd, transcript), bytes.length);
      case CONCAT ->
          BodyPublishers.concat(
              BodyPublishers.ofByteArray(bytes, 0, bytes.length / 2),
              BodyPublishers.ofByteArray(bytes, bytes.length / 2, bytes.length - bytes.length / 2));
      case CUSTOM -> recording(bytes, bytes.length, atEnd, transcript);
      case CUSTOM_UNKNOWN_LENGTH -> recording(bytes, -1, atEnd, transcript);
      case NO_BODY -> BodyPublishers.noBody();
    };
  }

  private static BodyPublisher recording(
      byte[] bytes, long length, List<Runnable> atEnd, Transcript transcript) {
    RecordingPublisher publisher = new RecordingPublisher(pieces(bytes), length, false);
    atEnd.add(() -> transcript.add("publisher", publisher.events()));
    return publisher;
  }

  static List<byte[]> pieces(byte[] bytes) {
    List<byte[]> pieces = new ArrayList<>();
    int size = Math.max(1, bytes.length / 4);
    for (int i = 0; i < bytes.length; i += size) {
      pieces.add(Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + size)));
    }
    return pieces;
  }
}
