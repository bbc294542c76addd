/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The fake libnvidia-ml, built from C by the test, and JVMs that run the probe against it. */
final class FakeDriver {
  static final String SONAME = "libnvidia-ml.so.1";

  /** The dynamic loader ends a process with this status when a function is missing. */
  static final int SYMBOL_LOOKUP_ERROR = 127;

  private final Path folder;
  final Map<String, String> environment = new HashMap<>();
  final List<String> jvmOptions = new ArrayList<>();

  /** What the JVM's command is an argument of. */
  final List<String> wrapper = new ArrayList<>();

  private FakeDriver(Path folder) {
    this.folder = folder;
  }

  record Result(int status, String out, String err) {
    /** What was printed by the n-th {@code print} step, 0-based. */
    String printed(int n) {
      String[] parts = out.split("> print\n", -1);
      assertThat(parts.length).as("prints in %s %s", out, err).isGreaterThan(n + 1);
      String part = parts[n + 1];
      int end = part.startsWith("> ") ? 0 : part.indexOf("\n> ");
      return end < 0 ? part.substring(0, part.lastIndexOf("done")) : part.substring(0, end) + "\n";
    }
  }

  /** Builds the library into {@code folder}, or skips the test where there is no C compiler. */
  static FakeDriver build(Path folder) throws IOException, InterruptedException {
    String compiler = compiler();
    Assumptions.assumeTrue(
        compiler != null,
        "SKIPPED: the fake NVIDIA driver needs a C compiler (cc, gcc or clang) on the PATH");
    Path source = Path.of("src/test/c/fake_nvml.c");
    if (!Files.exists(source)) {
      source = Path.of("../library").resolve(source); // from the program's module
    }
    Process process =
        new ProcessBuilder(
                String.valueOf(compiler),
                "-shared",
                "-fPIC",
                "-O1",
                "-Wl,-soname," + SONAME,
                "-o",
                folder.resolve(SONAME).toString(),
                source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return new FakeDriver(folder);
  }

  private static @org.jspecify.annotations.Nullable String compiler() {
    for (String name : List.of("cc", "gcc", "clang")) {
      for (String place : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
        if (Files.isExecutable(Path.of(place, name))) {
          return name;
        }
      }
    }
    return null;
  }

  /** For running a child against whatever driver the machine has. */
  static FakeDriver noDriver(Path folder) {
    return new FakeDriver(folder);
  }

  FakeDriver in(Path other) {
    return new FakeDriver(other);
  }

  Path library() {
    return folder.resolve(SONAME);
  }

  /** Writes a script; see the fake's source. */
  Path script(String name, String... lines) throws IOException {
    Path script = folder.resolve(name);
    Files.writeString(script, String.join("\n", lines) + "\n");
    return script;
  }

  /** Runs {@link Child} with the steps, the first script in force from the start. */
  Result run(Path script, String... steps) throws IOException, InterruptedException {
    Path current = Files.createTempFile(folder, "current", ".script");
    Files.copy(script, current, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    environment.put("FAKE_NVML_SCRIPT", current.toString());
    environment.putIfAbsent("LD_LIBRARY_PATH", folder.toString());
    return java(Child.class, steps);
  }

  Result java(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(arguments));
    Path out = Files.createTempFile(folder, "child", ".out");
    Path err = Files.createTempFile(folder, "child", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the child hangs: " + Files.readString(out));
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** The NVML functions that the library exports, from its own strings. */
  static List<String> functions() throws IOException {
    return Files.readString(Path.of("src/test/c/fake_nvml.c"))
        .lines()
        .filter(line -> line.startsWith("R nvml"))
        .map(line -> line.substring(2, line.indexOf('(')))
        .distinct()
        .toList();
  }

  /** A copy without one function: its name in the table of symbols is overwritten. */
  FakeDriver without(String function, Path other) throws IOException {
    byte[] bytes = Files.readAllBytes(library());
    byte[] name = ("\0" + function + "\0").getBytes(StandardCharsets.US_ASCII);
    int replaced = 0;
    for (int i = 0; i + name.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + name.length, name, 0, name.length)) {
        bytes[i + 1] = 'x';
        replaced++;
      }
    }
    assertThat(replaced).as(function).isPositive();
    Files.createDirectories(other);
    Files.write(other.resolve(SONAME), bytes);
    return new FakeDriver(other);
  }
}
