/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.testing.OtlpReceiver;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes every OTLP request, decompressed, into a file of its own: {@code 0001-traces.pb}. The
 * content is the protobuf message of the OTLP export request.
 */
final class OtlpDump implements OtlpReceiver.Listener {

  private final Path directory;
  private final AtomicInteger number = new AtomicInteger();

  /** Creates the directory, and removes what an earlier dump left there. */
  OtlpDump(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    try (DirectoryStream<Path> old =
        Files.newDirectoryStream(
            directory, path -> path.getFileName().toString().matches("\\d{4,}-[a-z]+\\.pb"))) {
      for (Path file : old) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void onRequest(String path, byte[] body) throws IOException {
    String signal = path.substring(path.lastIndexOf('/') + 1);
    Files.write(
        directory.resolve(String.format("%04d-%s.pb", number.incrementAndGet(), signal)), body);
  }

  /** How many requests were written. */
  int count() {
    return number.get();
  }
}
