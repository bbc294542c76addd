/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.nvml;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Loads the driver's NVML and the two native files of the binding, once per class loader.
 *
 * <p>The files are unpacked into a fresh private folder, loaded and deleted again: a shared folder
 * would break a second class loader in the same JVM, and nothing is left behind. The binding's own
 * loader is told that everything is loaded already, because it would load CUDA first.
 */
final class NativeLibraries {

  /** Why NVML cannot be used now, in words for the log. */
  static final class UnavailableException extends Exception {
    /** Whether it may work later without a restart of this process. */
    final boolean mayComeLater;

    UnavailableException(String message, boolean mayComeLater, @Nullable Throwable cause) {
      super(message, cause);
      this.mayComeLater = mayComeLater;
    }
  }

  private static final String SONAME = "libnvidia-ml.so.1";

  /** Where the library is when the dynamic loader does not know it. */
  private static final String[] KNOWN_PLACES = {
    "/usr/lib/wsl/lib/", // WSL 2
    "/usr/local/nvidia/lib64/", // Google Kubernetes Engine
    "/run/nvidia/driver/usr/lib64/", // the GPU operator's driver container
    "/run/nvidia/driver/usr/lib/x86_64-linux-gnu/",
    "/run/nvidia/driver/usr/lib/aarch64-linux-gnu/",
  };

  private static boolean coreLoaded;
  private static boolean nvmlLoaded;

  /**
   * Makes the NVML functions callable. Cheap when done already.
   *
   * @param library the path of the library, or null to search for it
   * @param unpackFolder where the binding's files may be unpacked, or null for the usual places
   */
  static synchronized void load(@Nullable String library, @Nullable String unpackFolder)
      throws UnavailableException {
    if (nvmlLoaded) {
      return;
    }
    String platform = platform();
    if (!coreLoaded) {
      bypassJavacppLoader();
      unpackAndLoad("/org/bytedeco/javacpp/" + platform + "/libjnijavacpp.so", unpackFolder);
      coreLoaded = true;
    }
    loadDriverLibrary(library);
    unpackAndLoad("/org/bytedeco/cuda/" + platform + "/libjninvml.so", unpackFolder);
    try {
      Class.forName(nvml.class.getName(), true, NativeLibraries.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new UnavailableException("the NVML binding does not initialise: " + e, false, e);
    }
    nvmlLoaded = true;
  }

  /** Whether the loaded driver library has this function. Only after {@link #load}. */
  static boolean hasSymbol(String symbol) {
    return Loader.addressof(symbol) != null;
  }

  /** The file that the running process has mapped as NVML, or null. */
  static @Nullable String mappedLibrary() {
    try (Stream<String> maps = Files.lines(Paths.get("/proc/self/maps"))) {
      return maps.filter(line -> line.contains("libnvidia-ml"))
          .map(line -> line.substring(line.indexOf('/')))
          .findFirst()
          .orElse(null);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static String platform() throws UnavailableException {
    String os = System.getProperty("os.name", "");
    String arch = System.getProperty("os.arch", "");
    if (os.toLowerCase(Locale.ROOT).startsWith("linux")) {
      if (arch.equals("amd64") || arch.equals("x86_64")) {
        return "linux-x86_64";
      }
      if (arch.equals("aarch64") || arch.equals("arm64")) {
        return "linux-arm64";
      }
    }
    throw new UnavailableException(
        "GPUs can be read on Linux x86_64 and arm64 only; this is " + os + " " + arch, false, null);
  }

  private static void loadDriverLibrary(@Nullable String library) throws UnavailableException {
    String error = dlopen(library != null ? library : SONAME);
    if (error == null) {
      return;
    }
    if (library != null) {
      throw new UnavailableException("cannot load " + library + ": " + error, true, null);
    }
    for (String place : KNOWN_PLACES) {
      if (new File(place, SONAME).exists() && dlopen(place + SONAME) == null) {
        return;
      }
    }
    throw new UnavailableException(
        SONAME
            + " is not on this machine (no NVIDIA driver, or a container without the \"utility\""
            + " capability): "
            + error,
        true,
        null);
  }

  private static @Nullable String dlopen(String file) {
    try {
      // Globally, so that the look-up of symbols sees it. Lazily, so that any driver version loads.
      Loader.loadGlobal(file);
      return null;
    } catch (UnsatisfiedLinkError e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void unpackAndLoad(String resource, @Nullable String unpackFolder)
      throws UnavailableException {
    UnsatisfiedLinkError loadError = null;
    IOException writeError = null;
    List<String> tried = new ArrayList<>();
    for (Path parent : unpackFolders(unpackFolder)) {
      tried.add(parent.toString());
      Path folder = null;
      Path file = null;
      try (InputStream in = NativeLibraries.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new UnavailableException("this jar lacks " + resource, false, null);
        }
        folder =
            Files.createTempDirectory(
                parent,
                "spanglass-gpu-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        Files.copy(in, file);
        System.load(file.toString());
        return;
      } catch (IOException | UnsupportedOperationException | SecurityException e) {
        writeError = e instanceof IOException ? (IOException) e : new IOException(e);
      } catch (UnsatisfiedLinkError e) {
        loadError = e;
      } finally {
        delete(file);
        delete(folder);
      }
    }
    throw new UnavailableException(
        explain(resource, tried, loadError, writeError), false, loadError);
  }

  private static String explain(
      String resource,
      List<String> tried,
      @Nullable UnsatisfiedLinkError loadError,
      @Nullable IOException writeError) {
    String name = resource.substring(resource.lastIndexOf('/') + 1);
    if (loadError == null) {
      return "no folder to unpack "
          + name
          + " into (tried "
          + String.join(", ", tried)
          + "): "
          + writeError
          + "; name a writable one with otel.instrumentation.spanglass.gpu.unpack-folder";
    }
    String message = String.valueOf(loadError.getMessage());
    if (message.contains("GLIBC_")) {
      return "the C library of this system is too old, glibc 2.34 or newer is needed: " + message;
    }
    if (message.contains("ld-linux") || message.contains("musl") || message.contains("libstdc++")) {
      return "glibc 2.34 or newer and libstdc++ are needed (Alpine's musl does not do): " + message;
    }
    if (message.contains("failed to map segment") || message.contains("not permitted")) {
      return "every folder to unpack into forbids execution (noexec; tried "
          + String.join(", ", tried)
          + "); name another one with otel.instrumentation.spanglass.gpu.unpack-folder: "
          + message;
    }
    if (message.contains("undefined symbol")) {
      return "the dynamic loader binds eagerly (LD_BIND_NOW or hardening) and this driver lacks a"
          + " function: "
          + message;
    }
    return "cannot load " + name + ": " + message;
  }

  private static List<Path> unpackFolders(@Nullable String configured) {
    List<Path> folders = new ArrayList<>();
    if (configured != null) {
      folders.add(Paths.get(configured));
      return folders;
    }
    folders.add(Paths.get(System.getProperty("java.io.tmpdir", "/tmp")));
    folders.add(Paths.get("/var/tmp"));
    folders.add(Paths.get("/dev/shm"));
    String home = System.getProperty("user.home");
    if (home != null) {
      folders.add(Paths.get(home));
    }
    return folders;
  }

  private static void delete(@Nullable Path path) {
    try {
      if (path != null) {
        Files.deleteIfExists(path); // Linux keeps a loaded library alive without its name
      }
    } catch (IOException | SecurityException e) {
      // left behind, in a folder of temporary files
    }
  }

  /**
   * JavaCPP's {@code Loader.load}, run by the static initialisers of its classes, searches and
   * loads libraries by itself, CUDA among them. With every library "found" in no place it does
   * nothing. Its settings are system properties, which an application's own JavaCPP would see too;
   * its fields belong to this class loader alone.
   */
  private static void bypassJavacppLoader() throws UnavailableException {
    try {
      Field found = Loader.class.getDeclaredField("foundLibraries");
      found.setAccessible(true);
      found.set(null, new NothingToLoad());
      Field cache = Loader.class.getDeclaredField("cacheDir");
      cache.setAccessible(true);
      cache.set(null, new File(System.getProperty("java.io.tmpdir", "/tmp"))); // never written to
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new UnavailableException("another JavaCPP than 1.5.13 is in the way: " + e, false, e);
    }
  }

  private static final class NothingToLoad extends HashMap<String, URL[]> {
    private static final URL[] NOWHERE = new URL[0];

    @Override
    public URL[] get(Object key) {
      return NOWHERE;
    }
  }

  private NativeLibraries() {}
}
