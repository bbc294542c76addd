/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.bootstrap.InstrumentationHolder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * The jar with the wire core, which this extension carries and the boot class loader must have:
 * adapters are defined once in each class loader and meet only there.
 *
 * <p>The loader reads from a file for as long as the process lives. One that is made anew for each
 * process stays behind when a process is killed, and a host that restarts services often fills up.
 * So the file is kept, under the hash of what is in it, and the next process uses it again. What is
 * in it runs with all rights: it is used only from a folder that belongs to this user and that
 * nobody else can write to, and only if it is, byte for byte, what the extension carries.
 */
final class BootJar {
  private static final String RESOURCE = "spanglass-bootstrap.bin";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private BootJar() {}

  /** To be called once, before any class that the jar has is used. */
  static void install() throws IOException {
    Instrumentation instrumentation = InstrumentationHolder.getInstrumentation();
    if (instrumentation == null) {
      throw new IOException("there is no agent in this process");
    }
    byte[] jar;
    try (InputStream in = BootJar.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the extension jar lacks " + RESOURCE);
      }
      jar = in.readAllBytes();
    }
    Path file = file(Path.of(System.getProperty("java.io.tmpdir")), jar);
    instrumentation.appendToBootstrapClassLoaderSearch(new JarFile(file.toFile()));
  }

  /** A file with these bytes: one that is there, or else a new one. */
  static Path file(Path temporary, byte[] jar) throws IOException {
    Path kept = null;
    try {
      kept = kept(temporary, jar);
    } catch (IOException | RuntimeException e) {
      // A folder of somebody else, or a file system without owners.
    }
    if (kept != null) {
      return kept;
    }
    Path file = Files.createTempFile(temporary, "spanglass-bootstrap", ".jar");
    file.toFile().deleteOnExit();
    Files.write(file, jar);
    return file;
  }

  /** Returns null where a file cannot be kept safely. */
  private static @Nullable Path kept(Path temporary, byte[] jar) throws IOException {
    if (!temporary.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return null;
    }
    Path folder =
        temporary.resolve(
            "spanglass-" + System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9]", "_"));
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (FileAlreadyExistsException e) {
      // Looked at below.
    }
    // Made by us, so it says who we are; a name that somebody has put there leads nowhere.
    Path written = Files.createTempFile(folder, "new", ".jar");
    try {
      if (!isOwn(folder, Files.getOwner(written))) {
        return null;
      }
      Path file = folder.resolve("bootstrap-" + sha256(jar) + ".jar");
      if (!holds(file, jar)) {
        Files.write(written, jar);
        // Processes that read the one before go on reading it.
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return file;
    } finally {
      Files.deleteIfExists(written);
    }
  }

  private static boolean isOwn(Path folder, UserPrincipal user) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.isDirectory()
        && attributes.owner().equals(user)
        && attributes.permissions().equals(OWNER_ONLY);
  }

  private static boolean holds(Path file, byte[] jar) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == jar.length
        && Arrays.equals(Files.readAllBytes(file), jar);
  }

  private static String sha256(byte[] bytes) {
    try {
      StringBuilder hex = new StringBuilder();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      for (int i = 0; i < 16; i++) {
        hex.append(String.format("%02x", digest[i]));
      }
      return hex.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
