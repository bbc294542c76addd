/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.bootstrap.InstrumentationHolder;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
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
 *
 * <p>A container with a read-only root file system may have nothing to write to where Java's
 * temporary folder is. Then other folders are tried, and without any the classes are defined in the
 * boot loader from memory.
 */
final class BootJar {
  private static final String RESOURCE = "spanglass-bootstrap.bin";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private BootJar() {}

  /**
   * To be called once, before any class that the jar has is used.
   *
   * @return where the jar is and why, if it is not in Java's temporary folder; else null
   * @throws IOException if the boot loader cannot have the classes in any way; says each reason
   */
  static @Nullable String install(AgentSettings settings) throws IOException {
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
    List<String> reasons = new ArrayList<>();
    Path file = firstFile(folders(settings), jar, reasons);
    if (file != null) {
      instrumentation.appendToBootstrapClassLoaderSearch(new JarFile(file.toFile()));
      return reasons.isEmpty() ? null : "boot jar in " + file.getParent() + because(reasons);
    }
    try {
      BootClasses.define(instrumentation, jar);
    } catch (LinkageError | ReflectiveOperationException | RuntimeException e) {
      throw new IOException("the boot jar fits nowhere: in memory " + e + because(reasons), e);
    }
    return "boot classes in memory" + because(reasons);
  }

  private static String because(List<String> reasons) {
    return ", as " + String.join(" and ", reasons);
  }

  /**
   * A file with these bytes in the first folder that takes it.
   *
   * @param reasons gets one for each folder that does not
   * @return null if none does
   */
  static @Nullable Path firstFile(Iterable<Path> folders, byte[] jar, List<String> reasons) {
    for (Path folder : folders) {
      try {
        return file(folder, jar);
      } catch (IOException | RuntimeException e) {
        reasons.add(folder + " takes no file (" + e + ")");
      }
    }
    return null;
  }

  /**
   * Java's temporary folder, those that the extension may be in, and memory with the look of one.
   */
  private static Set<Path> folders(AgentSettings settings) {
    Set<Path> folders = new LinkedHashSet<>();
    add(folders, System.getProperty("java.io.tmpdir"));
    folders.addAll(ownFolders(settings.get("otel.javaagent.extensions")));
    Path memory = Path.of("/dev/shm");
    if (Files.isDirectory(memory)) {
      folders.add(memory);
    }
    return folders;
  }

  private static void add(Set<Path> folders, @Nullable String folder) {
    try {
      if (folder != null && !folder.isEmpty()) {
        folders.add(Path.of(folder));
      }
    } catch (InvalidPathException e) {
      // Not one, so nothing to try.
    }
  }

  /**
   * The folder that our jar lies in: where our classes come from, if the agent's class loader says
   * so, else by the setting that names extensions.
   *
   * @param extensions jars and folders of jars, with commas between them
   */
  static Set<Path> ownFolders(@Nullable String extensions) {
    Set<Path> folders = new LinkedHashSet<>();
    try {
      CodeSource source = BootJar.class.getProtectionDomain().getCodeSource();
      URL url = source == null ? null : source.getLocation();
      if (url != null && url.getProtocol().equals("file")) {
        add(folders, new File(new URI(url.toString())).getParent());
      }
    } catch (RuntimeException | URISyntaxException e) {
      // The setting may tell.
    }
    for (String name : extensions == null ? new String[0] : extensions.split(",", -1)) {
      File file = new File(name.trim());
      if (file.isDirectory()) {
        if (holdsUs(file.listFiles())) {
          folders.add(file.toPath());
        }
      } else if (holdsUs(file)) {
        add(folders, file.getAbsoluteFile().getParent());
      }
    }
    return folders;
  }

  private static boolean holdsUs(File @Nullable ... files) {
    for (File file : files == null ? new File[0] : files) {
      if (file.isFile() && file.getName().endsWith(".jar")) {
        try (JarFile jar = new JarFile(file)) {
          if (jar.getEntry("io/spanglass/javaagent/" + RESOURCE) != null) {
            return true;
          }
        } catch (IOException e) {
          // No jar.
        }
      }
    }
    return false;
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
    try {
      Files.write(file, jar);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    file.toFile().deleteOnExit();
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
