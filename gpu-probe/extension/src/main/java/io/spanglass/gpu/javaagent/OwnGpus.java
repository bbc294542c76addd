/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code hw.id}s of the GPUs that this process's container was given, without the driver's
 * library: from the container runtime's variable, else from the kernel driver's files about those
 * GPUs whose device file is here.
 */
final class OwnGpus {
  private static final int MAX_GPUS = 64;

  /** The kernel driver may hang; the service's start must not. */
  private static final long DEADLINE_MILLIS = 250;

  private static final Pattern UUID = Pattern.compile("GPU UUID:\\s*(GPU-[0-9a-fA-F-]{36})");
  private static final Pattern MINOR = Pattern.compile("Device Minor:\\s*(\\d+)");
  private static final Pattern ID = Pattern.compile("(GPU|MIG)-[0-9a-fA-F-]{36}");

  /** Empty when they are not known, for certain or in time. */
  static List<String> find(@Nullable String visibleDevices, Path information, Path devices) {
    List<String> named = named(visibleDevices);
    if (!named.isEmpty()) {
      return named;
    }
    List<String> found = Collections.synchronizedList(new ArrayList<>());
    Thread reader = new Thread(() -> found.addAll(read(information, devices)), "spanglass-gpu-ids");
    reader.setDaemon(true);
    reader.start();
    try {
      reader.join(DEADLINE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ArrayList<>();
    }
    return reader.isAlive() ? new ArrayList<>() : new ArrayList<>(found);
  }

  /** The UUIDs in {@code NVIDIA_VISIBLE_DEVICES}, if it holds nothing else. */
  private static List<String> named(@Nullable String visibleDevices) {
    List<String> ids = new ArrayList<>();
    if (visibleDevices != null) {
      for (String id : visibleDevices.split(",", -1)) {
        if (!ID.matcher(id.trim()).matches() || ids.size() == MAX_GPUS) {
          return new ArrayList<>();
        }
        ids.add(id.trim());
      }
    }
    return ids;
  }

  private static List<String> read(Path information, Path devices) {
    TreeSet<String> ids = new TreeSet<>();
    try (DirectoryStream<Path> gpus = Files.newDirectoryStream(information)) {
      for (Path gpu : gpus) {
        String text =
            new String(Files.readAllBytes(gpu.resolve("information")), StandardCharsets.ISO_8859_1);
        Matcher uuid = UUID.matcher(text);
        Matcher minor = MINOR.matcher(text);
        if (!uuid.find() || !minor.find()) {
          return new ArrayList<>(); // not initialised yet, or an older driver: part is wrong
        }
        if (Files.exists(devices.resolve("nvidia" + minor.group(1))) && ids.size() < MAX_GPUS) {
          ids.add(uuid.group(1));
        }
      }
    } catch (IOException | RuntimeException e) {
      return new ArrayList<>();
    }
    return new ArrayList<>(ids);
  }

  private OwnGpus() {}
}
